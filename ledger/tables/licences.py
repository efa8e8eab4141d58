"""Standing terms of use by version, and who accepted which (R033)."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Date, ForeignKey, Index, Integer, String, Table, Text

from ledger.tables.base import Instant, metadata

licence_terms = Table(
    "licence_terms",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False, comment="1, 2, 3 …"),
    Column("text", JSON, nullable=False, comment="terms and message text by language (schemas.licence)"),
    Column("sha256", String(64), nullable=False, comment="of the canonical text"),
    Column("material", Boolean, nullable=False, comment="needs a new acceptance before the next delivery"),
    Column("changes", Text, nullable=False, comment="what is new, in words"),
    Column("effective_on", Date, nullable=False, comment="the first Finnish day on which it holds"),
    Column("filed_at", Instant, nullable=False),
    Column("filed_by", String(200), nullable=False),
)

licence_acceptance = Table(
    "licence_acceptance",
    metadata,
    Column("acceptance", String(40), primary_key=True),
    Column("agreement", ForeignKey("agreement.agreement"), nullable=False, index=True),
    Column("campaign", ForeignKey("campaign.campaign"), comment="null: every campaign of the agreement"),
    Column("version", ForeignKey("licence_terms.version"), nullable=False),
    Column("accepted_by", String(200), comment="who accepted for the customer; null: the written agreement itself"),
    Column("accepted_at", Instant, nullable=False),
    Column("how", String(20), nullable=False, comment="agreement, signature, email, phone, portal"),
    Column("reference", String(200), comment="where the evidence lies; never contact data"),
    Column("recorded_by", String(200), nullable=False),
    Index("ix_licence_acceptance_campaign", "campaign"),
)
