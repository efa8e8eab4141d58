"""What the rules of the narrowest selection look back on: planned persons, budgets raised, questions answered."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Integer, LargeBinary, String, Table, Text

from ledger.tables.base import Instant, metadata

order_plan = Table(
    "order_plan",
    metadata,
    Column("order", ForeignKey("campaign_order.order"), primary_key=True),
    Column("tokens", LargeBinary, nullable=False, comment="person tokens of 16 bytes, as in the manifests, each once"),
    Column("ends_at", Instant, nullable=False, comment="end of its campaign: nothing is cut for it then"),
)

view_grant = Table(
    "view_grant",
    metadata,
    Column("grant", String(40), primary_key=True),
    Column("campaign", ForeignKey("campaign.campaign"), nullable=False, index=True),
    Column("user", String(200), nullable=False, index=True, comment="whose budget of pages it raises"),
    Column("persons", Integer, nullable=False, comment="by so many different persons"),
    Column("reason", Text, nullable=False),
    Column("granted_by", String(200), nullable=False),
    Column("granted_at", Instant, nullable=False),
)

question = Table(
    "count_question",
    metadata,
    Column("question", String(40), primary_key=True),
    Column("campaign", ForeignKey("campaign.campaign"), nullable=False, index=True),
    Column("by", String(200), nullable=False, comment="who asked"),
    Column("at", Instant, nullable=False, index=True),
    Column("snapshot", ForeignKey("snapshot.snapshot"), nullable=False),
    Column("shape", String(64), nullable=False, comment="digest of what is counted how, apart from which rows"),
    Column("asked", Integer, nullable=False, comment="rows it is about, whoever of them may be delivered"),
    Column("tally", LargeBinary, nullable=False, comment="how many of them fall into each of the random buckets"),
    Column("answer", JSON, nullable=False, comment="as it was given"),
    Column("fresh", Boolean, nullable=False, comment="counted, not repeated from an earlier question"),
)
