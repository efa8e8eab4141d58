"""Who looked at which registered person, when and why (R058, R088)."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table

from ledger.tables.base import BIG, Instant, metadata

consultation = Table(
    "consultation",
    metadata,
    Column("consultation", String(40), primary_key=True),
    Column("kind", String(40), nullable=False, comment="what was looked at, e.g. access reply, trace evidence"),
    Column("purpose", String(300), nullable=False, comment="why; told to the person on request (C-579/21)"),
    Column("case", String(40), comment="the case it was done for"),
    Column("persons", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    Column("by", String(200), nullable=False, comment="staff; never named to the person (R058)"),
)

consultation_person = Table(
    "consultation_person",
    metadata,
    Column("consultation", ForeignKey("consultation.consultation"), primary_key=True),
    Column("person", BIG, primary_key=True, autoincrement=False),
    Index("ix_consultation_person_person", "person"),
)
