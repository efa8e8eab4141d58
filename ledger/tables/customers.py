"""Customers, agreements and campaigns."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Date, ForeignKey, Integer, String, Table

from ledger.tables.base import Instant, metadata
from schemas.codes import MARKS_OFF

customer = Table(
    "customer",
    metadata,
    Column("customer", String(40), primary_key=True),
    Column("name", String(300), nullable=False),
    Column("business_id", String(20), nullable=False, unique=True),
    Column("country", String(2), nullable=False),
    Column("parent", ForeignKey("customer.customer")),
    Column("contact", String(320), comment="role mailbox for notices about persons delivered (R076)"),
    Column("added_at", Instant, nullable=False),
    Column("removed_at", Instant, comment="its access ended; the entity stays nameable as a recipient (T15)"),
    Column("removed_by", String(200)),
)

former_contact = Table(
    "former_contact",
    metadata,
    Column("customer", ForeignKey("customer.customer"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False, comment="1, 2, 3 … of the customer"),
    Column("contact", String(320), nullable=False, comment="deleted 30 days after it was replaced (R075)"),
    Column("replaced_at", Instant, nullable=False),
    Column("replaced_by", String(200), nullable=False),
)

agreement = Table(
    "agreement",
    metadata,
    Column("agreement", String(40), primary_key=True),
    Column("customer", ForeignKey("customer.customer"), nullable=False, index=True),
    Column("mode", String(20), nullable=False),
    Column("starts_on", Date, nullable=False),
    Column("ends_on", Date, nullable=False),
    Column("added_at", Instant, nullable=False),
)

campaign = Table(
    "campaign",
    metadata,
    Column("campaign", String(40), primary_key=True),
    Column("agreement", ForeignKey("agreement.agreement"), nullable=False, index=True),
    Column(
        "customer",
        ForeignKey("customer.customer"),
        nullable=False,
        index=True,
        comment="the recipient: end customer of a reseller",
    ),
    Column("name", String(300), nullable=False),
    Column("subject", JSON, nullable=False, comment="responsibility codes the offer is about (R028)"),
    Column("purpose", String(20), nullable=False),
    Column("channels", JSON, nullable=False),
    Column(
        "marks_off",
        JSON,
        nullable=False,
        default=lambda: list(MARKS_OFF),
        comment="layers and channels of marks it is without",
    ),
    Column("starts_on", Date, nullable=False),
    Column("ends_on", Date, nullable=False),
    Column("ends_at", Instant, nullable=False, comment="24:00 Europe/Helsinki of ends_on (R036)"),
    Column("opened_at", Instant, nullable=False),
    Column("closed_at", Instant),
)
