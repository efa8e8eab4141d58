"""Responders that customers reported: who may be kept, shown by what (R034). Rows are tokens and row keys, no names."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from ledger.tables.base import Instant, metadata

activation_report = Table(
    "activation_report",
    metadata,
    Column("report", String(40), primary_key=True),
    Column("extract", ForeignKey("extract.extract"), nullable=False, index=True),
    Column("customer", ForeignKey("customer.customer"), nullable=False, index=True),
    Column("file_sha256", String(64), nullable=False, comment="of the file as it came; the file itself is not kept"),
    Column("read", Integer, nullable=False),
    Column("accepted", Integer, nullable=False, comment="read = accepted + refused"),
    Column("refused", Integer, nullable=False),
    Column("duplicates", Integer, nullable=False, comment="of the accepted, those that were reported before"),
    Column("reasons", JSON, nullable=False, comment="reason → refused rows"),
    Column(
        "activated", Integer, nullable=False, comment="persons of the extract reported so far, this report included"
    ),
    Column("persons", Integer, nullable=False, comment="persons delivered in the extract"),
    Column("verdict", String(20), nullable=False, comment="usual, flagged, bulk (R034)"),
    Column("review", String(20), comment="open, released or rejected; null: none was needed", index=True),
    Column("campaign_ends_at", Instant, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("recorded_by", String(200), nullable=False),
    Column("decided_at", Instant),
    Column("decided_by", String(200)),
    Column("approved_by", String(200), comment="the second person"),
    Column("grounds", Text, comment="of the decision, in words"),
)

activation = Table(
    "activation",
    metadata,
    Column("activation", String(40), primary_key=True),
    Column("report", ForeignKey("activation_report.report"), nullable=False),
    Column("extract", ForeignKey("extract.extract"), nullable=False),
    Column("number", Integer, nullable=False, comment="row of the extract"),
    Column("person_token", LargeBinary(16), comment="keyed, as in the manifest; emptied with its links (R072)"),
    Column(
        "seed", ForeignKey("seed.seed"), comment="reported as a responder though it is nobody: a strong signal (R039)"
    ),
    Column("act", String(20), nullable=False),
    Column("acted_on", Date, nullable=False),
    Column("evidence", String(20), nullable=False),
    Column("reference", String(200), nullable=False, comment="where the customer has it; never contact data"),
    UniqueConstraint("report", "number"),
    Index("ix_activation_place", "extract", "number"),
)
