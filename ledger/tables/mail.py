"""Messages that wait to be mailed. Whom to and what stands in a sealed column only, and goes when it is out."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, String, Table

from ledger.tables.base import Instant, metadata

mail = Table(
    "mail",
    metadata,
    Column("mail", String(40), primary_key=True),
    Column("kind", String(40), nullable=False, comment="what it is: ban_confirmation, reply, notice, forward, …"),
    Column("about", String(200), nullable=False, comment="the ban, case or notice it belongs to; never an address"),
    Column("state", String(20), nullable=False, comment="queued, sent, exported, failed, dropped"),
    Column("content", LargeBinary, comment="the message and its addressee, sealed with key_id; emptied when out"),
    Column("key_id", String(80), nullable=False),
    Column("queued_at", Instant, nullable=False),
    Column("queued_by", String(200), nullable=False),
    Column("claimed_until", Instant, comment="a process is sending it; after that another may try"),
    Column("settled_at", Instant, comment="sent, exported, failed or dropped"),
    Index("ix_mail_state", "state", "queued_at"),
    Index("ix_mail_about", "about"),
)

mail_attempt = Table(
    "mail_attempt",
    metadata,
    Column("mail", ForeignKey("mail.mail"), primary_key=True),
    Column("attempt", Integer, primary_key=True, autoincrement=False, comment="from 1"),
    Column("at", Instant, nullable=False),
    Column("by", String(200), nullable=False),
    Column("outcome", String(20), nullable=False, comment="sent, deferred, refused, exported"),
    Column("detail", String(80), comment="SMTP code or kind of error; never the server's words, which name addresses"),
)
