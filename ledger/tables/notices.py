"""Notices to registered persons (Art. 14): versions of the text, who was sent which, exemptions, languages."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, CheckConstraint, Column, Date, ForeignKey, Index, Integer, String, Table, Text

from ledger.tables.base import BIG, Instant, metadata

notice_version = Table(
    "notice_version",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False, comment="1, 2, 3 …"),
    Column("texts", JSON, nullable=False, comment="{language: the whole text}"),
    Column(
        "facts", JSON, nullable=False, comment="what the text says, by part: two versions are compared by it (R098)"
    ),
    Column("changed", JSON, nullable=False, comment="parts that differ from the version before"),
    Column(
        "material", Boolean, nullable=False, comment="a material change is told to the persons before it takes effect"
    ),
    Column("effective_on", Date, nullable=False, comment="the first Finnish day on which it holds"),
    Column("filed_at", Instant, nullable=False),
    Column("filed_by", String(200), nullable=False),
)

notice_batch = Table(
    "notice_batch",
    metadata,
    Column("batch", String(40), primary_key=True),
    Column("number", Integer, nullable=False, unique=True, comment="1, 2, 3 …: a later batch speaks later"),
    Column("channel", String(10), nullable=False),
    Column("version", ForeignKey("notice_version.version"), nullable=False),
    Column("persons", Integer, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("made_by", String(200), nullable=False),
)

notice = Table(
    "notice",
    metadata,
    Column("batch", ForeignKey("notice_batch.batch"), primary_key=True),
    Column("person", BIG, primary_key=True, autoincrement=False, comment="register id, stable across snapshots"),
    Column("channel", String(10), nullable=False, comment="email or post: a website is no notice (R096)"),
    Column("language", String(2), nullable=False, comment="fi, sv, en"),
    Column("state", String(10), nullable=False, comment="exported, sent, failed"),
    Column("sent_on", Date, comment="Finnish day"),
    Column("failed_on", Date, comment="Finnish day"),
    Column("proof", String(200), comment="where the proof is kept; never contact data"),
    CheckConstraint("channel IN ('email', 'post')", name="channel"),
    Index("ix_notice_person", "person"),
    Index("ix_notice_state", "state"),
)

notice_exemption = Table(
    "notice_exemption",
    metadata,
    Column("exemption", String(40), primary_key=True),
    Column("ground", String(20), nullable=False, comment="14(5)(a) … 14(5)(d)"),
    Column("reason", Text, nullable=False),
    Column("persons", Integer, nullable=False),
    Column("review_on", Date, nullable=False, comment="it holds until this day, at most 12 months"),
    Column("proposed_at", Instant, nullable=False),
    Column("proposed_by", String(200), nullable=False),
    Column("approved_on", Date, comment="Finnish day; null: not approved, no effect"),
    Column("approved_by", String(200)),
    Column("ended_on", Date, comment="taken back before its review day"),
)

notice_exempted = Table(
    "notice_exempted",
    metadata,
    Column("exemption", ForeignKey("notice_exemption.exemption"), primary_key=True),
    Column("person", BIG, primary_key=True, autoincrement=False),
)

person_language = Table(
    "person_language",
    metadata,
    Column("person", BIG, primary_key=True, autoincrement=False),
    Column("language", String(2), nullable=False, comment="fi, sv, en: what the person asked for (R097)"),
    Column("recorded_at", Instant, nullable=False),
)

assessment = Table(
    "assessment",
    metadata,
    Column("assessment", String(40), primary_key=True),
    Column(
        "number", Integer, nullable=False, unique=True, comment="1, 2, 3 …: the highest of a kind and purpose counts"
    ),
    Column("kind", String(10), nullable=False, comment="lia (balancing test of one purpose) or dpia"),
    Column("purpose", String(20), comment="of a lia; null: a dpia covers all"),
    Column("owner", String(200), nullable=False),
    Column("made_on", Date, nullable=False),
    Column("review_on", Date, nullable=False, comment="at most 12 months after made_on (R099)"),
    Column("text", Text, nullable=False),
    Column("sha256", String(64), nullable=False, comment="of the text"),
    Column("shipped", Boolean, nullable=False, comment="the product's own text, still to be adopted by the controller"),
    Column("filed_at", Instant, nullable=False),
    Column("filed_by", String(200), nullable=False),
)
