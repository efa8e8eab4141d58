"""Bans and the tasks they leave for an operator."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Date, ForeignKey, Index, LargeBinary, String, Table, Text

from ledger.tables.base import BIG, Instant, metadata

ban = Table(
    "ban",
    metadata,
    Column("ban", String(40), primary_key=True),
    Column(
        "kind",
        String(20),
        nullable=False,
        comment="processing or disclosure (a ban, R012), restriction (R062), erasure (R061); each of them blocks",
    ),
    Column("target", String(20), nullable=False, comment="person, position, organisation"),
    Column("channel", String(10), comment="null: all channels"),
    Column("via", String(20), nullable=False),
    Column("received_on", Date, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("recorded_by", String(200), nullable=False),
    Column("fence", BIG, nullable=False, unique=True),
    Column("lifted_at", Instant),
    Column("lifted_by", String(200)),
    Column("lift_approved_by", String(200)),
    Column("lift_evidence", Text),
)

ban_key = Table(
    "ban_key",
    metadata,
    Column("ban", ForeignKey("ban.ban"), primary_key=True),
    Column("kind", String(20), primary_key=True, comment="email, phone, name_org, name_municipality, organisation"),
    Column("key", LargeBinary(32), primary_key=True, comment="HMAC-SHA-256; no clear text anywhere (R019)"),
    Column("key_id", String(80), nullable=False),
    Index("ix_ban_key_key", "kind", "key"),
)

ban_hit = Table(
    "ban_hit",
    metadata,
    Column("ban", ForeignKey("ban.ban"), primary_key=True),
    Column("target", String(20), primary_key=True, comment="person, position, organisation"),
    Column("id", BIG, primary_key=True, autoincrement=False, comment="register id, stable across snapshots"),
    Column("fence", BIG, nullable=False, comment="when the hit was found; a release looks for later ones (R014)"),
    Column("held", Boolean, nullable=False, comment="one of several candidates: out until somebody decides (R018)"),
)

task = Table(
    "task",
    metadata,
    Column("task", String(40), primary_key=True),
    Column("kind", String(40), nullable=False),
    Column("ids", JSON, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("closed_at", Instant),
)
