"""What came in by mail, by a keyed digest alone, and the daily synthetic requests through every channel (R100)."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Date, Index, LargeBinary, String, Table

from ledger.tables.base import Instant, metadata

intake_item = Table(
    "intake_item",
    metadata,
    Column("item", String(40), primary_key=True),
    Column("digest", LargeBinary(32), nullable=False, unique=True, comment="HMAC of the message: read once, not twice"),
    Column("kind", String(20), nullable=False, comment="ban, request, bounce, automatic, drill, unread"),
    Column("outcome", JSON, nullable=False, comment="ids of the ban, cases or task it became; never an address"),
    Column("received_on", Date, nullable=False, comment="the day our server took it: the clock starts there (T20)"),
    Column("recorded_at", Instant, nullable=False),
    Column("recorded_by", String(200), nullable=False),
)

drill = Table(
    "drill",
    metadata,
    Column("drill", String(40), primary_key=True),
    Column("channel", String(20), nullable=False, comment="mailbox, reply_token, web, phone, letter, …"),
    Column("sent_at", Instant, nullable=False),
    Column("sent_by", String(200), nullable=False),
    Column("arrived_at", Instant, comment="closed by itself; it is neither a ban nor a case and in no figure"),
    Index("ix_drill_channel", "channel", "sent_at"),
)
