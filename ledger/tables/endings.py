"""The end of a licence: extracts whose campaign is over, and the recipients' word that the rows are gone (R035)."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Date, ForeignKey, Integer, String, Table, Text, UniqueConstraint

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

leftover_check = Table(
    "leftover_check",
    metadata,
    Column("check", String(40), primary_key=True),
    Column("extract", ForeignKey("extract.extract"), nullable=False, index=True),
    Column("customer", ForeignKey("customer.customer"), nullable=False, index=True),
    Column("number", Integer, nullable=False, comment="1, 2, 3 … of the extract; the last one counts"),
    Column("file_sha256", String(64), nullable=False, comment="of the hashes as they came; they are not kept"),
    Column("records", Integer, nullable=False, comment="records of the recipient's that were asked about"),
    Column("matched", Integer, nullable=False, comment="of them, those that are rows of the extract"),
    Column("rows", JSON, nullable=False, comment="numbers of the rows that must go; never of whoever is not in it"),
    Column("stay", Integer, nullable=False, comment="rows that may stay: responders, or licensed elsewhere"),
    Column("checked_at", Instant, nullable=False),
    Column("checked_by", String(200), nullable=False),
    Column("attested_by", String(200), comment="who at the recipient answers for what was found"),
    Column("attested_on", Date),
    Column("attested_at", Instant),
    Column("attested_recorded_by", String(200)),
    Column("grounds", Text, comment="what the recipient says of the rows, in words"),
    UniqueConstraint("extract", "number"),
)
