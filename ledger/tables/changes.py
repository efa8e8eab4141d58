"""Changes that registered persons ask for, or that accuracy demands: corrections, erasures, restrictions told of.

A correction is the one place in the ledger that holds a person's text: it must outlive every import. It is deleted when
the person is erased (R061).
"""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Date, ForeignKey, Index, Integer, String, Table, Text

from ledger.tables.base import BIG, Instant, metadata

correction = Table(
    "correction",
    metadata,
    Column("correction", String(40), primary_key=True),
    Column("person", BIG, nullable=False, index=True, comment="register id"),
    Column("position", BIG, index=True, comment="register id; null for the person's name"),
    Column("field", String(20), nullable=False, comment="name, title, email, …"),
    Column("value", JSON(none_as_null=True), comment="what is right; null: nothing is"),
    Column("was", JSON(none_as_null=True), comment="what the register held when it was recorded"),
    Column("source", String(20), nullable=False, comment="data subject or own initiative (R060, R011)"),
    Column("reason", String(20), nullable=False, comment="request, bounce, returned, call, register"),
    Column(
        "scope",
        String(10),
        nullable=False,
        comment="always: whatever a source says; against: only while the sources still say what it was",
    ),
    Column("disputed", Boolean, nullable=False, comment="not taken over; the statement stands beside the data"),
    Column("statement", Text, comment="supplementary statement of the person (Art. 16)"),
    Column("case", String(40), index=True),
    Column("block", String(40), comment="the block that keeps a wrong address out until the next publish"),
    Column("snapshot", String(80), comment="the first snapshot built with it; what was cut before lacks it (R060)"),
    Column("made_on", Date, nullable=False, comment="the date of the field from then on"),
    Column("made_at", Instant, nullable=False),
    Column("made_by", String(200), nullable=False),
    Column("ended_at", Instant, comment="withdrawn, or followed by a later correction of the same field"),
    Column("ended_by", String(200)),
    Index("ix_correction_ended_at", "ended_at"),
)

erasure = Table(
    "erasure",
    metadata,
    Column("erasure", String(40), primary_key=True),
    Column("state", String(20), nullable=False, comment="how far it has come"),
    Column("ground", String(20), nullable=False, comment="Art. 17(1)"),
    Column("via", String(20), nullable=False),
    Column("received_on", Date, nullable=False),
    Column("keeps_keys", Boolean, nullable=False, comment="whether keyed hashes stop the persons from coming back"),
    Column("case", String(40)),
    Column("requested_at", Instant, nullable=False),
    Column("requested_by", String(200), nullable=False),
    Column("snapshot", String(80), comment="the first snapshot without them"),
    Column("waits_for", JSON, nullable=False, comment="snapshots with them that a reader may still hold"),
    Column("removed", JSON, nullable=False, comment="counts of what was removed so far, by kind"),
    Column("certified_at", Instant),
    Index("ix_erasure_state", "state"),
)

erasure_subject = Table(
    "erasure_subject",
    metadata,
    Column("erasure", ForeignKey("erasure.erasure"), primary_key=True),
    Column("target", String(20), primary_key=True, comment="person, or organisation (a sole trader's)"),
    Column("id", BIG, primary_key=True, autoincrement=False, index=True, comment="register id; never used again"),
    Column("ban", ForeignKey("ban.ban"), nullable=False, comment="the block, of kind erasure"),
)

restriction_notice = Table(
    "restriction_notice",
    metadata,
    Column("ban", ForeignKey("ban.ban"), primary_key=True, comment="a block of kind restriction (R062)"),
    Column("via", String(20), nullable=False),
    Column("told_on", Date, nullable=False, comment="when the person was told that it will be lifted (Art. 18(3))"),
    Column("recorded_at", Instant, nullable=False),
    Column("recorded_by", String(200), nullable=False),
)

load_erasure = Table(
    "load_erasure",
    metadata,
    Column("load", ForeignKey("load.load"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False, comment="1, 2, 3 … of the load"),
    Column("rows", BIG, nullable=False, comment="accepted rows taken out of its file"),
    Column("at", Instant, nullable=False),
)
