"""Requests of registered persons and orders of authorities: cases, whom they concern, and what happened in them.

No column holds an identity number, a picture of a document or a signature (R055), and none a copy of a reply (R069).
"""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Date, ForeignKey, Index, Integer, String, Table, Text

from ledger.tables.base import BIG, Instant, metadata

subject_case = Table(
    "subject_case",
    metadata,
    Column("case", String(40), primary_key=True),
    Column("right", String(20), nullable=False, comment="access, rectification, erasure, … (subjects.cases.RIGHTS)"),
    Column("via", String(20), nullable=False, comment="the channel it came through"),
    Column("electronic", Boolean, nullable=False, comment="asked electronically, so answered electronically (R056)"),
    Column("language", String(2), nullable=False, comment="fi, sv or en: the language of the reply"),
    Column("received_on", Date, nullable=False, comment="not counted in the period (Reg. 1182/71 Art. 3(1))"),
    Column("due_on", Date, nullable=False, comment="last day of the period, with extension and pauses so far"),
    Column("order_due_on", Date, comment="the day an authority set; nothing else moves it"),
    Column("state", String(20), nullable=False),
    Column("identity", String(20), nullable=False, comment="not_asked, asked, verified, failed (R055)"),
    Column("paused_on", Date, comment="since when the clock stands for an identity query; null: it runs"),
    Column("paused_days", Integer, nullable=False, comment="whole days that the clock stood before"),
    Column("extended_on", Date, comment="when the person was told of the two further months, with the reason"),
    Column("counterpart", String(300), comment="the authority that ordered or complained; never a person's name"),
    Column("follows", String(40), comment="an earlier case that this one continues"),
    Column("note", Text, comment="what was asked, in short; no contact data"),
    Column("opened_at", Instant, nullable=False),
    Column("opened_by", String(200), nullable=False),
    Column("closed_at", Instant),
    Column("closed_by", String(200)),
    Column("outcome", String(20)),
    Index("ix_subject_case_state", "state", "due_on"),
)

subject_case_person = Table(
    "subject_case_person",
    metadata,
    Column("case", ForeignKey("subject_case.case"), primary_key=True),
    Column("person", BIG, primary_key=True, autoincrement=False, index=True, comment="register id"),
)

subject_case_event = Table(
    "subject_case_event",
    metadata,
    Column("case", ForeignKey("subject_case.case"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False, comment="1, 2, 3 … in the case"),
    Column("event", String(40), nullable=False),
    Column("at", Instant, nullable=False),
    Column("actor", String(200), nullable=False),
    Column("ids", JSON, nullable=False, comment="codes, counts, digests; never contact data"),
    Column("reason", Text, comment="grounds in words, as told to the person or as evidence is referred to"),
)
