"""Personal data breaches: cases, what happened in them, notices to authority and customers, letters to persons.

Kept ten years (R092). Persons are register ids: no name or address is stored here, a letter's text is not kept.
"""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from ledger.tables.base import BIG, Instant, metadata

breach = Table(
    "breach",
    metadata,
    Column("breach", String(40), primary_key=True),
    Column("state", String(20), nullable=False, comment="candidate, open, dismissed, closed"),
    Column("trigger", String(40), nullable=False, comment="what opened it; reported: a person told us"),
    Column("key", String(200), nullable=False, comment="what the trigger is about: one case per trigger and key"),
    Column("ids", JSON, nullable=False, comment="where it was found: ids and counts"),
    Column("found_at", Instant, nullable=False),
    Column("found_by", String(200), nullable=False),
    Column("role", String(20), nullable=False, comment="controller, or processor: then the customer is told (33(2))"),
    Column("happened_from", Instant, comment="the breach itself, as far as known"),
    Column("happened_until", Instant),
    Column("aware_at", Instant, comment="when the clock of Art. 33(1) started"),
    Column("due_at", Instant, comment="aware_at and the hours in force then"),
    Column("hours", Integer, comment="length of the clock when it was started"),
    Column("risk", String(20), comment="none, risk, high; decided always, also when nobody is notified (R092)"),
    Column("facts", JSON, nullable=False, comment="Art. 33(3) in words, field → text; no contact data"),
    Column("scope", JSON, nullable=False, comment="extracts, customer, node, window the impact was taken from"),
    Column("impact", JSON, nullable=False, comment="counts, field names and recipients' ids"),
    Column("late_reason", Text, comment="why the authority was told after the clock (Art. 33(1))"),
    Column("no_letters_reason", Text, comment="why persons at high risk get no letter of their own (Art. 34(3))"),
    Column("closed_at", Instant),
    Column("closed_by", String(200)),
    UniqueConstraint("trigger", "key"),
    Index("ix_breach_state", "state", "due_at"),
)

breach_event = Table(
    "breach_event",
    metadata,
    Column("breach", ForeignKey("breach.breach"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False, comment="1, 2, 3 … in the case"),
    Column("event", String(40), nullable=False),
    Column("at", Instant, nullable=False),
    Column("actor", String(200), nullable=False),
    Column("ids", JSON, nullable=False, comment="codes, counts, digests; never contact data"),
    Column("reason", Text, comment="the ground in words"),
)

breach_notice = Table(
    "breach_notice",
    metadata,
    Column("breach", ForeignKey("breach.breach"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False, comment="phase 1, 2, 3 … (Art. 33(4))"),
    Column("recipient", String(40), nullable=False, comment="authority, or the customer told (Art. 33(2))"),
    Column("sent_at", Instant, nullable=False),
    Column("reference", String(200), nullable=False, comment="the authority's or our journal number"),
    Column("missing", JSON, nullable=False, comment="Art. 33(3) fields that were still to come"),
    Column("final", Integer, nullable=False, comment="1: nothing more is to come"),
    Column("recorded_at", Instant, nullable=False),
    Column("recorded_by", String(200), nullable=False),
)

breach_person = Table(
    "breach_person",
    metadata,
    Column("breach", ForeignKey("breach.breach"), primary_key=True),
    Column("person", BIG, primary_key=True, autoincrement=False, index=True, comment="register id at that time"),
    Column("letter", String(20), nullable=False, comment="none, due, exported, sent, failed, impossible"),
    Column("language", String(2)),
    Column("channel", String(20), comment="email or post"),
    Column("at", Instant, comment="last change of the letter's state"),
    Column("reference", String(200), comment="proof of sending, or why it failed"),
)
