"""Messages to the recipients of persons' rows, what became of them, and the links of ids that left the register."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text

from ledger.tables.base import BIG, Instant, metadata

message = Table(
    "message",
    metadata,
    Column("message", String(40), primary_key=True),
    Column("customer", ForeignKey("customer.customer"), nullable=False, comment="the recipient"),
    Column("code", String(10), nullable=False, comment="remove, update or dispose: neutral, never the reason (R023)"),
    Column("state", String(20), nullable=False, comment="open, sent, acknowledged, failed, withdrawn"),
    Column("created_at", Instant, nullable=False),
    Column("send_by", Instant, nullable=False, comment="24:00 Helsinki of the next working day (R023)"),
    Column("acknowledge_by", Instant, nullable=False, comment="from then on the recipient gets no new data (R023)"),
    Column("sent_at", Instant),
    Column("reminded_at", Instant),
    Column("settled_at", Instant, comment="acknowledged, or given up as failed"),
    Column("settled_by", String(200), nullable=True, comment="who at the recipient said it is done"),
    Column("recorded_by", String(200), comment="who wrote that down"),
    Column("effort", Text, comment="what was tried before the message was given up (T15)"),
    Index("ix_message_customer_state", "customer", "state"),
)

message_row = Table(
    "message_row",
    metadata,
    Column("message", ForeignKey("message.message"), primary_key=True),
    Column("extract", ForeignKey("extract.extract"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False, comment="row of the extract; 0: every row"),
    Column("cause", String(100), primary_key=True, comment="the ban, case, correction or source; it never goes out"),
    Column("changes", JSON(none_as_null=True), comment="update: field to new value; emptied when acknowledged"),
    Index("ix_message_row_place", "extract", "number"),
    Index("ix_message_row_cause", "cause"),
)

message_attempt = Table(
    "message_attempt",
    metadata,
    Column("message", ForeignKey("message.message"), primary_key=True),
    Column("attempt", Integer, primary_key=True, autoincrement=False, comment="from 1"),
    Column("at", Instant, nullable=False),
    Column("by", String(200), nullable=False),
    Column("via", String(20), nullable=False, comment="webhook, email, file"),
    Column("reminder", Integer, nullable=False, comment="0 the message itself, 1 a reminder of it"),
    Column("outcome", String(20), nullable=False, comment="delivered, announced, failed"),
    Column("detail", String(200), comment="HTTP status, SMTP code, kind of error or digest of the file"),
)

told = Table(
    "told",
    metadata,
    Column("subject", String(100), primary_key=True, comment="bans, corrections, or one source"),
    Column(
        "fence", BIG, nullable=False, comment="bans: hits found up to here were told; corrections: up to this audit row"
    ),
    Column("at", Instant, nullable=False, comment="source: a quarantine before this instant was told"),
)

webhook = Table(
    "webhook",
    metadata,
    Column("customer", ForeignKey("customer.customer"), primary_key=True),
    Column("url", String(2000), nullable=False),
    Column("generation", Integer, nullable=False, comment="of the secret, from 1"),
    Column("set_at", Instant, nullable=False),
    Column("overlap_until", Instant, comment="the secret before this one signs too until then"),
    Column("disabled_at", Instant, comment="the recipient answered 410 Gone"),
)

former_link = Table(
    "former_link",
    metadata,
    Column("kind", String(10), primary_key=True, comment="person or unit, as in the manifests"),
    Column("token", LargeBinary(16), primary_key=True, comment="keyed, as in the manifests"),
    Column("person", BIG, nullable=False, index=True, comment="whom it stood for"),
    Column("position", BIG, comment="which position, if it is a unit's"),
    Column("organisation", BIG, index=True, comment="in which organisation, if it is a unit's"),
    Column("source", String(80), index=True, comment="the only source of a unit's data, if there was only one"),
    Column("kept_at", Instant, nullable=False),
)
