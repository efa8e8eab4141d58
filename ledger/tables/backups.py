"""Backups that were made, and breaks found in the audit chain."""

from __future__ import annotations

from sqlalchemy import Column, Integer, String, Table, Text

from ledger.tables.base import BIG, Instant, metadata

backup = Table(
    "backup",
    metadata,
    Column("backup", String(40), primary_key=True),
    Column("file", String(300), nullable=False, comment="name of the archive; where it lies is the operator's matter"),
    Column("sha256", String(64), nullable=False),
    Column("bytes", BIG, nullable=False),
    Column("files", Integer, nullable=False),
    Column("recipient", String(100), nullable=False, comment="age public key it is encrypted for"),
    Column("tombstone_line", BIG, nullable=False, comment="what happened after this line a restore does again"),
    Column("made_at", Instant, nullable=False),
    Column("made_by", String(200), nullable=False),
    Column("expires_at", Instant, nullable=False, comment="made_at + the setting backup_days (R074)"),
    Column("removed_at", Instant),
)

audit_break = Table(
    "audit_break",
    metadata,
    Column("break", String(40), primary_key=True),
    Column("reason", String(40), nullable=False, comment="changed, missing, reordered, tail_cut, rebuilt, …"),
    Column("seq", BIG, nullable=False, comment="audit row at which the chain breaks"),
    Column("found", String(64), nullable=False, comment="the hash found there"),
    Column("found_at", Instant, nullable=False),
    Column("accepted_at", Instant, comment="from then on this very break stops nothing"),
    Column("accepted_by", String(200)),
    Column("approved_by", String(200)),
    Column("evidence", Text),
)
