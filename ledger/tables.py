"""The ledger's tables: what was promised and done. Migrations in ``migrations/`` build exactly these.

Times are UTC; a date is a Finnish calendar day. Register ids (person, position, organisation) are bare
integers: no foreign key leads from a ban to the register, so a ban outlives the person's row (R012).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)


class Instant(TypeDecorator[datetime]):
    """A UTC-aware instant on every database; a naive one is a programming error."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive datetime")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)

_BIG = BigInteger().with_variant(Integer, "sqlite")

# --- the fence and the audit ------------------------------------------------------------------------

fence = Table(
    "fence",
    metadata,
    Column("id", Integer, primary_key=True, comment="always 1"),
    Column("value", _BIG, nullable=False, comment="grows by one in every ban, erasure and restriction"),
)

audit_head = Table(
    "audit_head",
    metadata,
    Column("id", Integer, primary_key=True, comment="always 1"),
    Column("seq", _BIG, nullable=False),
    Column("hash", String(64), nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("seq", _BIG, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("actor", String(200), nullable=False),
    Column("action", String(80), nullable=False),
    Column("ids", JSON, nullable=False, comment="ids and counts, never contact data"),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)

# --- sources and snapshots --------------------------------------------------------------------------

source = Table(
    "source",
    metadata,
    Column("source", String(80), primary_key=True),
    Column("priority", Integer, nullable=False, comment="the smaller number wins a field"),
    Column("ground", String(200), nullable=False),
    Column("added_at", Instant, nullable=False),
    Column("quarantined_at", Instant),
)

load = Table(
    "load",
    metadata,
    Column("load", Integer, primary_key=True, autoincrement=True),
    Column("source", ForeignKey("source.source"), nullable=False),
    Column("kind", String(20), nullable=False, comment="organisations or positions"),
    Column(
        "mode",
        String(10),
        nullable=False,
        comment="full replaces the source's earlier loads of the kind, update adds to them",
    ),
    Column("files", JSON, nullable=False, comment="[{name, sha256}]"),
    Column("data", String(200), nullable=False, comment="Parquet of the accepted rows, relative to the home"),
    Column("data_sha256", String(64), nullable=False),
    Column("quarantine_file", String(200)),
    Column("read", _BIG, nullable=False),
    Column("accepted", _BIG, nullable=False),
    Column("quarantined", _BIG, nullable=False),
    Column("suppressed", _BIG, nullable=False),
    Column("reasons", JSON, nullable=False),
    Column("obtained_on", Date, nullable=False),
    Column("loaded_at", Instant, nullable=False),
    Index("ix_load_source_kind", "source", "kind"),
)

snapshot = Table(
    "snapshot",
    metadata,
    Column("snapshot", String(80), primary_key=True),
    Column("path", String(200), nullable=False, comment="relative to the home"),
    Column("sha256", String(64), nullable=False),
    Column("schema_version", Integer, nullable=False),
    Column("organisations", _BIG, nullable=False),
    Column("persons", _BIG, nullable=False),
    Column("positions", _BIG, nullable=False),
    Column("loads", JSON, nullable=False, comment="numbers of the loads it was built from"),
    Column("seconds", Integer, nullable=False),
    Column("published_at", Instant, nullable=False),
    Column("retired_at", Instant),
)

snapshot_pointer = Table(
    "snapshot_pointer",
    metadata,
    Column("id", Integer, primary_key=True, comment="always 1"),
    Column("snapshot", ForeignKey("snapshot.snapshot")),
)

lease = Table(
    "lease",
    metadata,
    Column("lease", String(40), primary_key=True),
    Column("snapshot", ForeignKey("snapshot.snapshot"), nullable=False, index=True),
    Column("holder", String(200), nullable=False),
    Column("expires_at", Instant, nullable=False),
)

# --- bans -------------------------------------------------------------------------------------------

ban = Table(
    "ban",
    metadata,
    Column("ban", String(40), primary_key=True),
    Column("target", String(20), nullable=False, comment="person, position, organisation"),
    Column("channel", String(10), comment="null: all channels"),
    Column("via", String(20), nullable=False),
    Column("received_on", Date, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("recorded_by", String(200), nullable=False),
    Column("fence", _BIG, nullable=False, unique=True),
    Column("lifted_at", Instant),
    Column("lifted_by", String(200)),
    Column("lift_approved_by", String(200)),
    Column("lift_evidence", Text),
)

ban_key = Table(
    "ban_key",
    metadata,
    Column("ban", ForeignKey("ban.ban"), primary_key=True),
    Column("kind", String(20), primary_key=True, comment="email, phone, name_org, name_municipality, organisation"),
    Column("key", LargeBinary(32), primary_key=True, comment="HMAC-SHA-256; no clear text anywhere (R019)"),
    Column("key_id", String(80), nullable=False),
    Index("ix_ban_key_key", "kind", "key"),
)

ban_hit = Table(
    "ban_hit",
    metadata,
    Column("ban", ForeignKey("ban.ban"), primary_key=True),
    Column("target", String(20), primary_key=True, comment="person, position, organisation"),
    Column("id", _BIG, primary_key=True, autoincrement=False, comment="register id, stable across snapshots"),
    Column("held", Boolean, nullable=False, comment="one of several candidates: out until somebody decides (R018)"),
)

task = Table(
    "task",
    metadata,
    Column("task", String(40), primary_key=True),
    Column("kind", String(40), nullable=False),
    Column("ids", JSON, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("closed_at", Instant),
)

# --- customers, agreements, campaigns, orders -------------------------------------------------------

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
    Column("starts_on", Date, nullable=False),
    Column("ends_on", Date, nullable=False),
    Column("ends_at", Instant, nullable=False, comment="24:00 Europe/Helsinki of ends_on (R036)"),
    Column("opened_at", Instant, nullable=False),
    Column("closed_at", Instant),
)

order = Table(
    "campaign_order",
    metadata,
    Column("order", String(40), primary_key=True),
    Column("campaign", ForeignKey("campaign.campaign"), nullable=False, index=True),
    Column("criteria", JSON, nullable=False),
    Column("fields", JSON, nullable=False),
    Column("formats", JSON, nullable=False),
    Column("state", String(20), nullable=False),
    Column("statement", JSON, nullable=False),
    Column("snapshot", ForeignKey("snapshot.snapshot"), nullable=False),
    Column("placed_by", String(200), nullable=False),
    Column("placed_at", Instant, nullable=False),
    Column("decided_by", String(200)),
    Column("decided_at", Instant),
    Column("reason", Text),
)

# --- extracts ---------------------------------------------------------------------------------------

extract = Table(
    "extract",
    metadata,
    Column("extract", String(40), primary_key=True),
    Column("order", ForeignKey("campaign_order.order"), nullable=False, unique=True),
    Column("campaign", ForeignKey("campaign.campaign"), nullable=False, index=True),
    Column("customer", ForeignKey("customer.customer"), nullable=False, index=True),
    Column("snapshot", ForeignKey("snapshot.snapshot"), nullable=False),
    Column("fence", _BIG, nullable=False, comment="the bans it was checked against"),
    Column("rows", Integer, nullable=False),
    Column("persons", Integer, nullable=False),
    Column("seeds", Integer, nullable=False),
    Column("pool", Integer, nullable=False, comment="units that were eligible (fingerprint.md 2.3)"),
    Column("manifest", String(200), nullable=False, comment="relative to the home"),
    Column("manifest_sha256", String(64), nullable=False),
    Column("state", String(20), nullable=False, comment="released, void, revoked"),
    Column("released_at", Instant, nullable=False),
    Column("released_by", String(200), nullable=False),
)

extract_file = Table(
    "extract_file",
    metadata,
    Column("extract", ForeignKey("extract.extract"), primary_key=True),
    Column("name", String(200), primary_key=True),
    Column("format", String(20), nullable=False),
    Column("rows", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("bytes", _BIG, nullable=False),
)

delivery = Table(
    "delivery",
    metadata,
    Column("delivery", String(40), primary_key=True),
    Column("extract", ForeignKey("extract.extract"), nullable=False, index=True),
    Column("files", JSON, nullable=False),
    Column("encrypted", Boolean, nullable=False),
    Column("fence", _BIG, nullable=False),
    Column("delivered_at", Instant, nullable=False),
    Column("delivered_by", String(200), nullable=False),
)

seed = Table(
    "seed",
    metadata,
    Column("seed", String(40), primary_key=True),
    Column("kind", String(20), nullable=False, comment="host or fictitious (fingerprint.md)"),
    Column("first_name", String(100), nullable=False),
    Column("last_name", String(100), nullable=False),
    Column("email", String(320), nullable=False, unique=True),
    Column("mobile", String(20), nullable=False, unique=True),
    Column("organisation_name", String(300), nullable=False),
    Column("business_id", String(20), nullable=False),
    Column("phone", String(20)),
    Column("website", String(300)),
    Column("street", String(300), nullable=False),
    Column("ready_on", Date, nullable=False, comment="silent until then (fingerprint.md 2.4)"),
    Column("added_at", Instant, nullable=False),
    Column("state", String(20), nullable=False, comment="ready, allocated, retired"),
    Column("extract", ForeignKey("extract.extract"), index=True),
    Column("number", Integer, comment="row number in that extract"),
    UniqueConstraint("extract", "number"),
)
