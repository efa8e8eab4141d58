"""Orders and what happened to them."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from ledger.tables.base import Instant, metadata

order = Table(
    "campaign_order",
    metadata,
    Column("order", String(40), primary_key=True),
    Column("campaign", ForeignKey("campaign.campaign"), nullable=False, index=True),
    Column("criteria", JSON, nullable=False),
    Column("fields", JSON, nullable=False),
    Column("formats", JSON, nullable=False),
    Column("with_sources", Boolean, nullable=False, default=False, comment="where the cells are from, beside the rows"),
    Column(
        "state", String(20), nullable=False, index=True, comment="as last recorded; time may have moved it on since"
    ),
    Column("statement", JSON(none_as_null=True), comment="frozen when it was quoted or submitted"),
    Column("shown", JSON(none_as_null=True), comment="the statement as customers and resellers see it (R026)"),
    Column("findings", JSON, nullable=False, default=list, comment="of the narrowest selection, at submitting (R029)"),
    Column("narrowness", JSON(none_as_null=True), comment="the meter's reading, at submitting (R029)"),
    Column("snapshot", ForeignKey("snapshot.snapshot"), comment="what the statement was counted on"),
    Column("price", JSON(none_as_null=True), comment="frozen with the statement; null: no list was in force"),
    Column("quoted_until", Date, comment="the quote's last day"),
    Column("placed_by", String(200), nullable=False),
    Column("placed_at", Instant, nullable=False),
    Column("reason", Text, comment="why it may exceed the caps (R029)"),
)

order_event = Table(
    "order_event",
    metadata,
    Column("order", ForeignKey("campaign_order.order"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False, comment="1, 2, 3 … of the order"),
    Column("event", String(20), nullable=False),
    Column("source", String(20), comment="the state before; null: there was no order"),
    Column("target", String(20), nullable=False),
    Column("at", Instant, nullable=False, comment="of what time brings, the instant at which it did"),
    Column("actor", String(200), nullable=False),
    Column("role", String(20), nullable=False),
    Column("recorded_by", String(200), nullable=False),
    Column("ids", JSON, nullable=False, comment="codes, counts and ids; never contact data"),
    Column("reason", Text, comment="in words, as it was given"),
)

own_list = Table(
    "own_list",
    metadata,
    Column("order", ForeignKey("campaign_order.order"), primary_key=True),
    Column("key", String(30), primary_key=True, comment="organisations_file, persons_file, hashes_file"),
    Column("sha256", String(64), nullable=False, comment="of the file, which is never kept (R031)"),
    Column("lines", Integer, nullable=False),
    Column("recognised", JSON, nullable=False, comment="kind → how many different values"),
    Column("left_out", Integer, comment="selected rows that the order's lists took away, once counted"),
    Column("digests", LargeBinary, comment="sealed; null once the order is cut or comes to nothing"),
    Column("kept_at", Instant, nullable=False),
    Column("gone_at", Instant),
)

selection = Table(
    "selection",
    metadata,
    Column("selection", String(40), primary_key=True),
    Column("customer", ForeignKey("customer.customer"), nullable=False),
    Column("campaign", ForeignKey("campaign.campaign"), index=True, comment="it was saved for; null: for the customer"),
    Column("name", String(80), nullable=False),
    Column("version", Integer, nullable=False, comment="1, 2, 3 … of the name; none is ever changed"),
    Column("criteria", JSON, nullable=False, comment="checked anew whenever it is used (T14)"),
    Column("note", Text, comment="what it is for, in words"),
    Column("saved_at", Instant, nullable=False),
    Column("saved_by", String(200), nullable=False),
    UniqueConstraint("customer", "name", "version"),
)
