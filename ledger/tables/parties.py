"""What recipients and processors declare and prove: places, contacts that answer, agreements, evidence (R076-R078)."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Date, ForeignKey, Integer, String, Table, Text, UniqueConstraint

from ledger.tables.base import Instant, metadata

contact_test = Table(
    "contact_test",
    metadata,
    Column("test", String(40), primary_key=True),
    Column("customer", ForeignKey("customer.customer"), nullable=False),
    Column("number", Integer, nullable=False, comment="1, 2, 3 … of the customer"),
    Column("kind", String(10), nullable=False, comment="declared by an operator, or sent with a token"),
    Column("token_sha256", String(64), unique=True, comment="of the token that the contact sends back"),
    Column("made_at", Instant, nullable=False),
    Column("made_by", String(200), nullable=False),
    Column("answer_by", Instant, comment="of one that was sent"),
    Column("outcome", String(20), comment="confirmed, failed, or superseded by another contact; null: waits"),
    Column("valid_until", Instant, comment="of one that holds"),
    Column("settled_at", Instant),
    Column("settled_by", String(200)),
    Column("reason", Text, comment="why it failed"),
    UniqueConstraint("customer", "number"),
)

data_location = Table(
    "data_location",
    metadata,
    Column("location", String(40), primary_key=True),
    Column("customer", ForeignKey("customer.customer"), nullable=False, index=True),
    Column("kind", String(20), nullable=False, comment="storage or subcontractor"),
    Column("country", String(2), nullable=False),
    Column("declared_at", Instant, nullable=False),
    Column("declared_by", String(200), nullable=False),
    Column("ended_at", Instant, comment="another declaration followed, or the establishment changed"),
)

processor = Table(
    "processor",
    metadata,
    Column("processor", String(40), primary_key=True),
    Column("name", String(300), nullable=False, unique=True, comment="legal entity"),
    Column("category", String(20), nullable=False, comment="kind of service"),
    Column("data", String(10), nullable=False, comment="register: of registered persons; users: of customers' users"),
    Column("purposes", JSON, nullable=False),
    Column("fields", JSON, nullable=False, comment="categories of data"),
    Column("agreement_on", Date, comment="of the Art. 28 agreement"),
    Column("sub_processors", JSON(none_as_null=True), comment="approved ones, by name and country; null: nobody said"),
    Column("location", String(2), comment="country of its establishment"),
    Column("storage", JSON, nullable=False, comment="countries where it keeps the data"),
    Column("transfer", String(20), comment="mechanism of Chapter V, where the data are of customers' users"),
    Column("added_at", Instant, nullable=False),
    Column("added_by", String(200), nullable=False),
    Column("ended_at", Instant),
)

processor_evidence = Table(
    "processor_evidence",
    metadata,
    Column("evidence", String(40), primary_key=True),
    Column("processor", ForeignKey("processor.processor"), nullable=False, index=True),
    Column("kind", String(100), nullable=False, comment="of security: certificate, audit, assessment"),
    Column("reference", String(300), nullable=False, comment="where it lies"),
    Column("valid_until", Date, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("recorded_by", String(200), nullable=False),
)
