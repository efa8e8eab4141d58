"""The fence and the audit."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Index, Integer, String, Table

from ledger.tables.base import BIG, Instant, metadata

fence = Table(
    "fence",
    metadata,
    Column("id", Integer, primary_key=True, comment="always 1"),
    Column("value", BIG, nullable=False, comment="grows by one in every ban, erasure and restriction"),
    Column("beat_at", Instant, comment="the primary was alive then; a replica that sees an old one refuses (R016)"),
)

audit_head = Table(
    "audit_head",
    metadata,
    Column("id", Integer, primary_key=True, comment="always 1"),
    Column("seq", BIG, nullable=False),
    Column("hash", String(64), nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("seq", BIG, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("actor", String(200), nullable=False),
    Column("action", String(80), nullable=False),
    Column("ids", JSON, nullable=False, comment="ids and counts, never contact data"),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Index("ix_audit_action", "action", "at"),
)
