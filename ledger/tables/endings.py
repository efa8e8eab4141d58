"""The end of a licence: extracts whose campaign is over, and the recipients' word that the rows are gone (R035)."""

from __future__ import annotations

from sqlalchemy import Column, Date, ForeignKey, Integer, String, Table

from ledger.tables.base import BIG, Instant, metadata

extract_end = Table(
    "extract_end",
    metadata,
    Column("extract", ForeignKey("extract.extract"), primary_key=True),
    Column("ended_at", Instant, nullable=False, comment="end of the campaign, or its closing if that came earlier"),
    Column("files", Integer, nullable=False, comment="stored copies that lay in the home when the end was found"),
    Column("bytes", BIG, nullable=False),
    Column("found_at", Instant, nullable=False),
    Column("removed_at", Instant, comment="from then on no stored copy is in the home"),
    Column("due_at", Instant, comment="by when disposal must be stated; null: nothing was handed over", index=True),
    Column("message", ForeignKey("message.message"), comment="by which the recipient was asked for its statement"),
    Column("task", ForeignKey("task.task"), comment="for whoever sees to it that the statement comes"),
)

disposal_statement = Table(
    "disposal_statement",
    metadata,
    Column("extract", ForeignKey("extract.extract"), primary_key=True),
    Column("stated_by", String(200), nullable=False, comment="who at the recipient says that the rows are gone"),
    Column("stated_on", Date, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("recorded_by", String(200), nullable=False),
)
