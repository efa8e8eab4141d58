"""Sources, loads and snapshots of the register."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Date, ForeignKey, Index, Integer, String, Table

from ledger.tables.base import BIG, Instant, metadata

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
    Column("read", BIG, nullable=False),
    Column("accepted", BIG, nullable=False),
    Column("quarantined", BIG, nullable=False),
    Column("suppressed", BIG, nullable=False),
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
    Column("organisations", BIG, nullable=False),
    Column("persons", BIG, nullable=False),
    Column("positions", BIG, nullable=False),
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
