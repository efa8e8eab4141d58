"""Retention: what each run disposed of, and legal holds (R068, R075)."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Date, ForeignKey, Index, Integer, String, Table, Text

from ledger.tables.base import Instant, metadata

retention_run = Table(
    "retention_run",
    metadata,
    Column("run", String(40), primary_key=True),
    Column("at", Instant, nullable=False),
    Column("by", String(200), nullable=False),
    Column("disposed", JSON, nullable=False, comment="class → how many"),
    Column("held", Integer, nullable=False, comment="due, but kept: under a legal hold, or of a restricted person"),
    Column("finished_at", Instant, comment="null: it was stopped, and the next one goes on"),
)

retention_disposal = Table(
    "retention_disposal",
    metadata,
    Column("run", ForeignKey("retention_run.run"), primary_key=True),
    Column("kind", String(20), primary_key=True),
    Column("name", String(80), primary_key=True),
    Column("id", String(300), primary_key=True, comment="of the row or file that is gone; never a person's data"),
    Column("since", Date, comment="when its period began"),
    Index("ix_retention_disposal_id", "kind", "name", "id"),
)

retention_hold = Table(
    "retention_hold",
    metadata,
    Column("hold", String(40), primary_key=True),
    Column("case", String(80), nullable=False, comment="the dispute or investigation it is for"),
    Column("reason", Text, nullable=False),
    Column("placed_at", Instant, nullable=False),
    Column("placed_by", String(200), nullable=False),
    Column("review_on", Date, nullable=False),
    Column("released_at", Instant),
    Column("released_by", String(200)),
    Column("release_reason", Text),
)

retention_hold_row = Table(
    "retention_hold_row",
    metadata,
    Column("hold", ForeignKey("retention_hold.hold"), primary_key=True),
    Column("kind", String(20), primary_key=True, comment="table, files, register"),
    Column("name", String(80), primary_key=True),
    Column("id", String(300), primary_key=True, comment="as the plan names it"),
    Index("ix_retention_hold_row_id", "kind", "name", "id"),
)
