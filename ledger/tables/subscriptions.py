"""Continuous use: recipients that are controllers themselves, their subscriptions, and every delta that went out."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Float, ForeignKey, Integer, String, Table

from ledger.tables.base import BIG, Instant, metadata

controller = Table(
    "controller",
    metadata,
    Column("agreement", ForeignKey("agreement.agreement"), primary_key=True, comment="of mode continuous"),
    Column("notice_url", String(2000), nullable=False, comment="the recipient's own privacy notice (Art. 14)"),
    Column("contact", String(320), nullable=False, comment="who there acts on Art. 19 messages"),
    Column("named_at", Instant, nullable=False),
    Column("confirmed_at", Instant, comment="when it said that it meets Art. 14 itself; null: nothing is delivered"),
    Column("confirmed_by", String(200), comment="who there said so"),
    Column("recorded_by", String(200)),
)

subscription = Table(
    "subscription",
    metadata,
    Column(
        "subscription", ForeignKey("campaign.campaign"), primary_key=True, comment="purpose, subject, channels, window"
    ),
    Column("order", ForeignKey("campaign_order.order"), nullable=False, unique=True, comment="criteria and fields"),
    Column("withheld", Float, nullable=False, comment="share never delivered, fixed at opening (fingerprint.md 2.3)"),
    Column("opened_at", Instant, nullable=False),
    Column("owed_by", Instant, comment="a removal is waiting; it is delivered by then (R023)"),
    Column("owed_fence", BIG, comment="a delta that saw the bans up to here settles it"),
)

subscription_delta = Table(
    "subscription_delta",
    metadata,
    Column("subscription", ForeignKey("subscription.subscription"), primary_key=True),
    Column("delta", Integer, primary_key=True, autoincrement=False, comment="0 is the first delivery"),
    Column("extract", ForeignKey("extract.extract"), nullable=False, unique=True),
    Column("previous", Integer, comment="the delta it is applied upon"),
    Column("whole", Boolean, nullable=False, comment="every row, whatever went out before"),
    Column("added", Integer, nullable=False, comment="rows, seeds included, as the recipient counts them"),
    Column("changed", Integer, nullable=False),
    Column("removed", Integer, nullable=False),
    Column("held", Integer, nullable=False, comment="rows the recipient has once it is applied"),
    Column("additions_stopped", Boolean, nullable=False, comment="removals alone: an earlier one is unacknowledged"),
    Column("state", String(200), nullable=False, comment="keyed digests of what the recipient then has"),
    Column("state_sha256", String(64), nullable=False),
    Column("removals", String(200), comment="keys of the rows it removes"),
    Column("removals_sha256", String(64)),
    Column("acknowledged_at", Instant),
    Column("acknowledged_by", String(200), comment="who at the recipient said so"),
    Column("recorded_by", String(200)),
)

subscription_seed = Table(
    "subscription_seed",
    metadata,
    Column("seed", ForeignKey("seed.seed"), primary_key=True),
    Column("subscription", ForeignKey("subscription.subscription"), nullable=False, index=True),
    Column("cells", JSON, nullable=False, comment="as delivered, so that it stays the same from delta to delta"),
    Column("since", Integer, nullable=False, comment="the delta it came with"),
    Column("until", Integer, comment="the delta it left with"),
)
