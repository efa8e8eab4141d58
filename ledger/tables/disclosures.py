"""Disclosures outside any licence: to an authority, for a legal claim, a reorganisation, or security (R079)."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Date, ForeignKey, Integer, String, Table, Text

from ledger.tables.base import BIG, Instant, metadata

other_disclosure = Table(
    "other_disclosure",
    metadata,
    Column("disclosure", String(40), primary_key=True),
    Column("kind", String(20), nullable=False, comment="authority, legal_claim, reorganisation, security"),
    Column("recipient", String(300), nullable=False, comment="legal entity; never a person's name"),
    Column("country", String(2), nullable=False),
    Column("ground", Text, nullable=False, comment="provision, order or claim that it rests on"),
    Column("scope", Text, nullable=False, comment="what is disclosed and what for, in words without contact data"),
    Column("fields", JSON, nullable=False, comment="categories of data"),
    Column("persons", Integer, nullable=False, comment="how many; 0: statistics only"),
    Column("closed_on", Date, comment="of a reorganisation: the day it was carried through"),
    Column("secret_ground", Text, comment="provision that forbids telling the persons"),
    Column("secret_until", Date, comment="the last day on which it does; null with a ground: until it is lifted"),
    Column("state", String(20), nullable=False, comment="open, approved, made, withdrawn"),
    Column("opened_at", Instant, nullable=False),
    Column("opened_by", String(200), nullable=False),
    Column("approved_at", Instant),
    Column("approved_by", String(200)),
    Column("ended_at", Instant, comment="made or withdrawn"),
    Column("ended_by", String(200)),
    Column("sha256", String(64), comment="of the file that was handed over"),
)

other_disclosure_person = Table(
    "other_disclosure_person",
    metadata,
    Column("disclosure", ForeignKey("other_disclosure.disclosure"), primary_key=True),
    Column("person", BIG, primary_key=True, autoincrement=False, index=True, comment="register id"),
)
