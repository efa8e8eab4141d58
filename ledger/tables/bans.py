"""Bans, the outside lists that ban in somebody else's name, and the tasks they leave for an operator."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Date, ForeignKey, Index, Integer, LargeBinary, String, Table, Text

from ledger.tables.base import BIG, Instant, metadata

ban = Table(
    "ban",
    metadata,
    Column("ban", String(40), primary_key=True),
    Column(
        "kind",
        String(20),
        nullable=False,
        comment="processing or disclosure (a ban, R012), restriction (R062), erasure (R061); each of them blocks",
    ),
    Column("target", String(20), nullable=False, comment="person, position, organisation, address, list"),
    Column("channel", String(10), comment="null: all channels"),
    Column("via", String(20), nullable=False),
    Column("reference", String(200), comment="where the evidence lies: letter, call, message; never contact data"),
    Column("batch", String(80), unique=True, comment="digest and row of the imported file: no row is filed twice"),
    Column("received_on", Date, nullable=False, comment="the clock starts here, not when it was recorded (T20)"),
    Column("recorded_at", Instant, nullable=False),
    Column("recorded_by", String(200), nullable=False),
    Column("fence", BIG, nullable=False, unique=True),
    Column("lifted_at", Instant),
    Column("lifted_by", String(200)),
    Column("lift_approved_by", String(200)),
    Column("lift_evidence", Text),
)

ban_key = Table(
    "ban_key",
    metadata,
    Column("ban", ForeignKey("ban.ban"), primary_key=True),
    Column("kind", String(20), primary_key=True, comment="what is keyed"),
    Column("key", LargeBinary(32), primary_key=True, comment="HMAC-SHA-256; no clear text anywhere (R019)"),
    Column("key_id", String(80), nullable=False, comment="which key file; old ones are kept for matching"),
    Column(
        "grade",
        String(10),
        nullable=False,
        server_default="firm",
        comment="firm: this one, imports stop too; shared: address out, its users held; address: only the address out; "
        "review: whoever fits is held",
    ),
    Index("ix_ban_key_key", "kind", "key"),
)

ban_hit = Table(
    "ban_hit",
    metadata,
    Column("ban", ForeignKey("ban.ban"), primary_key=True),
    Column("target", String(20), primary_key=True, comment="person, position, organisation"),
    Column("id", BIG, primary_key=True, autoincrement=False, comment="register id, stable across snapshots"),
    Column("fence", BIG, nullable=False, comment="when the hit was found; a release looks for later ones (R014)"),
    Column("held", Boolean, nullable=False, comment="one of several candidates: out until somebody decides (R018)"),
    Column("channel", String(10), comment="null: the ban's; email, phone or electronic: there alone (T04, T05)"),
    Column("released_at", Instant, comment="decided: not meant. The row stays, so that no publish holds it again"),
    Index("ix_ban_hit_target_id", "target", "id"),
)

ban_link_miss = Table(
    "ban_link_miss",
    metadata,
    Column("miss", String(40), primary_key=True),
    Column("at", Instant, nullable=False, index=True),
    Column("via", String(20), nullable=False),
    Column("reason", String(20), nullable=False, comment="unknown: no row has it; elsewhere: of another extract"),
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
    Column("closed_by", String(200)),
)

suppression_list = Table(
    "suppression_list",
    metadata,
    Column("version", String(40), primary_key=True),
    Column("list", String(80), nullable=False, index=True),
    Column("kind", String(20), nullable=False, comment="email, phone, organisation"),
    Column("dated_on", Date, nullable=False, comment="the day its keeper made it (R025)"),
    Column("valid_days", Integer, nullable=False, comment="how long after that day it may be relied upon"),
    Column("rows", BIG, nullable=False),
    Column("data", String(200), nullable=False, comment="Parquet of keyed hashes, relative to the home"),
    Column("data_sha256", String(64), nullable=False),
    Column("key_id", String(80), nullable=False),
    Column("ban", ForeignKey("ban.ban"), nullable=False, unique=True, comment="whom it hits, as a ban"),
    Column("loaded_at", Instant, nullable=False),
    Column("loaded_by", String(200), nullable=False),
    Column("confirmed_by", String(200), comment="who vouched for a list that shrank or was empty (T22)"),
    Column("replaced_at", Instant),
)
