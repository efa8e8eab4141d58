"""Price lists, credits for rows that were no good, and the keys by which a request is made once only."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Date, ForeignKey, Index, Integer, String, Table

from ledger.tables.base import Instant, metadata

price_list = Table(
    "price_list",
    metadata,
    Column("price_list", String(40), primary_key=True),
    Column("version", Integer, nullable=False, unique=True, comment="1, 2, 3 …"),
    Column("currency", String(3), nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("modes", JSON, nullable=False, comment="mode to item to price, as decimal text"),
    Column("sha256", String(64), nullable=False, comment="of the file it was loaded from"),
    Column("loaded_at", Instant, nullable=False),
    Column("loaded_by", String(200), nullable=False),
)

credit = Table(
    "credit",
    metadata,
    Column("credit", String(40), primary_key=True),
    Column("extract", ForeignKey("extract.extract"), nullable=False, index=True),
    Column("customer", ForeignKey("customer.customer"), nullable=False, comment="who is credited: who pays the order"),
    Column("rows", Integer, nullable=False, comment="rows credited by this report"),
    Column("amount", String(20), nullable=False, comment="decimal text; 0.00 where the order had no price"),
    Column("currency", String(3)),
    Column("reported_at", Instant, nullable=False),
    Column("reported_by", String(200), nullable=False),
    Index("ix_credit_customer", "customer", "reported_at"),
)

credit_row = Table(
    "credit_row",
    metadata,
    Column("extract", ForeignKey("extract.extract"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False, comment="row of the extract; credited once"),
    Column("credit", ForeignKey("credit.credit"), nullable=False, index=True),
    Column("kind", String(20), nullable=False, comment="bounce, wrong_person, left"),
    Column("handled_at", Instant, comment="when the correction that follows from it was begun"),
)

idempotency_key = Table(
    "idempotency_key",
    metadata,
    Column("customer", ForeignKey("customer.customer"), primary_key=True),
    Column("key_sha256", String(64), primary_key=True),
    Column("body_sha256", String(64), nullable=False, comment="what was asked under the key"),
    Column("claim", String(40), nullable=False, comment="the request that works on it, or did"),
    Column("claimed_at", Instant, nullable=False),
    Column("order", ForeignKey("campaign_order.order"), comment="null: in flight"),
)
