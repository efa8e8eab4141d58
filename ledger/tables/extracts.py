"""Extracts, their files and deliveries, and seeds."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Date, ForeignKey, Integer, String, Table, UniqueConstraint

from ledger.tables.base import BIG, Instant, metadata

extract = Table(
    "extract",
    metadata,
    Column("extract", String(40), primary_key=True),
    Column("order", ForeignKey("campaign_order.order"), nullable=False),
    Column("part", Integer, nullable=False, default=0, comment="0; of continuous use the number of the delta"),
    Column("campaign", ForeignKey("campaign.campaign"), nullable=False, index=True),
    Column("customer", ForeignKey("customer.customer"), nullable=False, index=True),
    Column("snapshot", ForeignKey("snapshot.snapshot"), nullable=False),
    Column("fence", BIG, nullable=False, comment="the bans it was checked against"),
    Column("rows", Integer, nullable=False),
    Column("persons", Integer, nullable=False),
    Column("seeds", Integer, nullable=False),
    Column("pool", Integer, nullable=False, comment="units that were eligible (fingerprint.md 2.3)"),
    Column("terms", ForeignKey("licence_terms.version"), nullable=False, comment="of the licence it carries (R033)"),
    Column("manifest", String(200), nullable=False, comment="relative to the home"),
    Column("manifest_sha256", String(64), nullable=False),
    Column("state", String(20), nullable=False, comment="released, void, revoked"),
    Column("released_at", Instant, nullable=False),
    Column("released_by", String(200), nullable=False),
    Column("unlinked_at", Instant, comment="its manifest names nobody from then on (R072)"),
    Column("links_kept", Integer, comment="rows it kept all the same: of restricted and of held persons"),
    UniqueConstraint("order", "part"),
)

extract_file = Table(
    "extract_file",
    metadata,
    Column("extract", ForeignKey("extract.extract"), primary_key=True),
    Column("name", String(200), primary_key=True),
    Column("format", String(20), nullable=False),
    Column("rows", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("bytes", BIG, nullable=False),
)

delivery = Table(
    "delivery",
    metadata,
    Column("delivery", String(40), primary_key=True),
    Column("extract", ForeignKey("extract.extract"), nullable=False, index=True),
    Column("files", JSON, nullable=False),
    Column("encrypted", Boolean, nullable=False),
    Column("fence", BIG, nullable=False),
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
    Column("snapshot", String(60), comment="whose organisations it was made like; none: before there was any, a host"),
    Column("state", String(20), nullable=False, comment="ready, allocated, retired"),
    Column("extract", ForeignKey("extract.extract"), index=True),
    Column("number", Integer, comment="row number in that extract"),
    UniqueConstraint("extract", "number"),
)

seed_hit = Table(
    "seed_hit",
    metadata,
    Column("hit", String(40), primary_key=True),
    Column("seed", ForeignKey("seed.seed"), nullable=False, index=True),
    Column(
        "kind",
        String(20),
        nullable=False,
        comment="ban_link: its row's link was used; email, phone, post: it was reached",
    ),
    Column("via", String(20), nullable=False),
    Column("received_on", Date, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("recorded_by", String(200), nullable=False),
    Column(
        "answered_as",
        String(40),
        unique=True,
        comment="the reference that was given: it looks like a ban's, so that nobody tells a seed by its answer",
    ),
    Column("seen_at", Instant, comment="when it arrived or was made, as it says"),
    Column("verdict", String(20), comment="expected, outside (a case), stray (proves nothing)"),
    Column("reasons", JSON(none_as_null=True)),
    Column("digest", String(64), unique=True, comment="HMAC of seed and message: recorded once, not twice"),
    Column("evidence", String(200), comment="the copy, relative to the home"),
    Column("evidence_sha256", String(64)),
)

campaign_sender = Table(
    "campaign_sender",
    metadata,
    Column("campaign", ForeignKey("campaign.campaign"), primary_key=True),
    Column("sender", String(320), primary_key=True, comment="domain or E.164 number that it is sent from"),
    Column("declared_at", Instant, nullable=False),
)
