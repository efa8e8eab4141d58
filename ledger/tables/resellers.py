"""Resellers: the tokens they act with, whom nothing is sold to, and that they pass on what persons tell them."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, ForeignKey, String, Table, Text

from ledger.tables.base import Instant, metadata

reseller_token = Table(
    "reseller_token",
    metadata,
    Column("token", String(40), primary_key=True),
    Column("customer", ForeignKey("customer.customer"), nullable=False, index=True, comment="the reseller"),
    Column("secret_mac", String(64), nullable=False, unique=True, comment="HMAC of the secret, which is shown once"),
    Column("key_id", String(80), nullable=False, comment="which key file"),
    Column("label", String(100), nullable=False, comment="what it is for"),
    Column("made_at", Instant, nullable=False),
    Column("made_by", String(200), nullable=False),
    Column("expires_on", Date, nullable=False, comment="the last day"),
    Column("used_at", Instant, comment="last time"),
    Column("revoked_at", Instant),
    Column("revoked_by", String(200)),
)

prohibition = Table(
    "prohibition",
    metadata,
    Column("prohibition", String(40), primary_key=True),
    Column("country", String(2), nullable=False),
    Column("business_id", String(20), nullable=False, index=True),
    Column("reason", Text, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("made_by", String(200), nullable=False),
    Column("ended_at", Instant),
    Column("ended_by", String(200)),
)

relay = Table(
    "relay",
    metadata,
    Column("relay", String(40), primary_key=True),
    Column("reseller", ForeignKey("customer.customer"), nullable=False, index=True),
    Column("token", ForeignKey("reseller_token.token"), nullable=False),
    Column("kind", String(10), nullable=False, comment="ban, request or drill"),
    Column("received_on", Date, nullable=False, comment="when it reached the reseller"),
    Column("due_at", Instant, nullable=False, comment="24:00 Helsinki of the next working day (R053)"),
    Column("relayed_at", Instant, nullable=False),
    Column("late", Boolean, nullable=False),
    Column("outcome", String(40), comment="id of the ban or case it became"),
)

relay_drill = Table(
    "relay_drill",
    metadata,
    Column("drill", String(40), primary_key=True),
    Column("reseller", ForeignKey("customer.customer"), nullable=False, index=True),
    Column("code_sha256", String(64), nullable=False, unique=True, comment="of the code in the made-up request"),
    Column("made_at", Instant, nullable=False),
    Column("made_by", String(200), nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("relay", ForeignKey("relay.relay"), comment="null: it has not come back"),
)
