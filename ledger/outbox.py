"""The outbox: messages queued with what they are about, sent later, every try recorded.

A message is queued in the transaction that makes it necessary, so none is lost and none is sent for a thing that was
rolled back. Content is sealed by the caller; nothing here, in the audit or in a log names an addressee (R019, R087).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, insert, null, or_, select, update

from core.errors import InvalidTransition, NotFound
from ledger import tables
from ledger.engine import Transaction

Row = dict[str, Any]

STATES = ("queued", "sent", "exported", "failed", "dropped")
TRANSITIONS: Mapping[tuple[str, str], str] = {
    ("queued", "sent"): "sent",
    ("queued", "exported"): "exported",
    ("queued", "deferred"): "queued",
    ("queued", "refused"): "failed",
    ("queued", "dropped"): "dropped",
    ("failed", "requeued"): "queued",
    ("failed", "dropped"): "dropped",
}
"""(state, event) → new state."""
TRIES = ("sent", "deferred", "refused", "exported")
"""Events that are a try at sending."""
_OUT = ("sent", "exported", "dropped")
_CLAIM = timedelta(minutes=10)
_COLUMNS = [column for column in tables.mail.c if column.name != "content"]


def queue(tx: Transaction, *, mail: str, kind: str, about: str, content: bytes, key_id: str) -> None:
    """Queue a sealed message under its id; audited with the transaction it belongs to."""
    row = {"mail": mail, "kind": kind, "about": about, "state": "queued", "content": content, "key_id": key_id}
    tx.execute(insert(tables.mail), row | {"queued_at": tx.at, "queued_by": tx.actor})
    tx.audit("mail.queued", mail=mail, kind=kind, about=about)


def claim(connection: Connection, *, at: datetime, before: datetime) -> Row | None:
    """Take the oldest message that nobody is sending and that was not tried since ``before``; None when there is none.

    A claim is a lock, not a fact: give it a :meth:`ledger.engine.Ledger.locking` connection.
    """
    mail = tables.mail
    free = or_(mail.c.claimed_until.is_(None), mail.c.claimed_until <= at)
    tried = select(tables.mail_attempt.c.mail).where(tables.mail_attempt.c.at >= before)
    query = (
        select(mail)
        .where(mail.c.state == "queued", free, mail.c.mail.not_in(tried))
        .order_by(mail.c.queued_at, mail.c.mail)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        return None
    connection.execute(update(mail).where(mail.c.mail == row["mail"]).values(claimed_until=at + _CLAIM))
    return dict(row)


def settle(tx: Transaction, mail: str, *, event: str, detail: str | None = None) -> str:
    """Let an event of :data:`TRANSITIONS` happen to a message; a try is recorded. Returns the new state.

    What is out, or dropped, keeps no content. Raises ``NotFound`` (mail_unknown), ``InvalidTransition``.
    """
    row = tx.one(select(*_COLUMNS).where(tables.mail.c.mail == mail).with_for_update())
    if row is None:
        raise NotFound("mail_unknown", mail=mail)
    state = TRANSITIONS.get((row["state"], event))
    if state is None:
        raise InvalidTransition("transition_invalid", kind="mail", id=mail, state=row["state"], event=event)
    values: Row = {"state": state, "claimed_until": None, "settled_at": None if state == "queued" else tx.at}
    if state in _OUT:
        values["content"] = null()
    tx.execute(update(tables.mail).where(tables.mail.c.mail == mail).values(**values))
    if event in TRIES:
        last = tx.execute(
            select(func.max(tables.mail_attempt.c.attempt)).where(tables.mail_attempt.c.mail == mail)
        ).scalar_one()
        tx.execute(
            insert(tables.mail_attempt),
            {"mail": mail, "attempt": (last or 0) + 1, "at": tx.at, "by": tx.actor, "outcome": event, "detail": detail},
        )
    tx.audit(f"mail.{event}", mail=mail, kind=row["kind"], about=row["about"], detail=detail)
    return state


def mails(connection: Connection, *, state: str | None = None, about: str | None = None) -> list[Row]:
    """Messages without their content, oldest first."""
    query = select(*_COLUMNS).order_by(tables.mail.c.queued_at, tables.mail.c.mail)
    if state is not None:
        query = query.where(tables.mail.c.state == state)
    if about is not None:
        query = query.where(tables.mail.c.about == about)
    return [dict(row) for row in connection.execute(query).mappings()]


def find(connection: Connection, mail: str) -> Row:
    """One message without its content, with its ``attempts``. Raises ``NotFound`` (mail_unknown)."""
    row = connection.execute(select(*_COLUMNS).where(tables.mail.c.mail == mail)).mappings().one_or_none()
    if row is None:
        raise NotFound("mail_unknown", mail=mail)
    tries = (
        select(tables.mail_attempt).where(tables.mail_attempt.c.mail == mail).order_by(tables.mail_attempt.c.attempt)
    )
    return dict(row) | {"attempts": [dict(one) for one in connection.execute(tries).mappings()]}


def waiting(connection: Connection) -> tuple[int, datetime | None, int]:
    """How many messages are queued, since when the oldest of them, and how many have failed."""
    mail = tables.mail.c
    queued, oldest = connection.execute(
        select(func.count(), func.min(mail.queued_at)).where(mail.state == "queued")
    ).one()
    failed = connection.execute(select(func.count()).where(mail.state == "failed")).scalar_one()
    return int(queued), oldest, int(failed)
