"""Scope keys shown in a dispute: who asked for it and who let it happen."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, String, Table, Text

from ledger.tables.base import Instant, metadata

reveal = Table(
    "reveal",
    metadata,
    Column("reveal", String(40), primary_key=True),
    Column("extract", ForeignKey("extract.extract"), nullable=False, index=True),
    Column("trace", String(40), nullable=False),
    Column("evidence_sha256", String(64), nullable=False),
    Column("reason", Text, nullable=False, comment="of the dispute, without contact data"),
    Column("requested_at", Instant, nullable=False),
    Column("requested_by", String(200), nullable=False),
    Column("approved_at", Instant),
    Column("approved_by", String(200), comment="somebody else"),
    Column("sha256", String(64), comment="of the file with the keys"),
)
