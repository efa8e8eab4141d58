"""Messages to recipients in the ledger: which rows, which neutral code, and what became of them (R023, R063).

A message names rows by extract and number and says ``remove`` or ``update``; whom a row is about stands nowhere in
it, and its cause never goes out. States are data: ``TRANSITIONS``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, insert, null, select, tuple_, update

from core.clock import helsinki_day
from core.errors import InvalidTransition, NotFound
from core.ids import new_id
from ledger import endings, tables
from ledger.engine import Transaction

Row = dict[str, Any]

CODES = ("remove", "update")
DISPOSE = "dispose"
"""The campaign is over: every row of the extract is to go, but for those of responders (R035). Its acknowledgement is
the recipient's statement that this was done."""
EVERY_ROW = 0
"""Row number that stands for the whole extract."""
STATES = ("open", "sent", "acknowledged", "failed", "withdrawn")
OPEN_STATES = ("open", "sent", "failed")
"""States in which the recipient has not said that it is done."""

TRANSITIONS: Mapping[tuple[str, str], str] = {
    ("open", "sent"): "sent",
    ("sent", "sent"): "sent",
    ("failed", "sent"): "sent",
    ("open", "acknowledged"): "acknowledged",
    ("sent", "acknowledged"): "acknowledged",
    ("failed", "acknowledged"): "acknowledged",
    ("open", "failed"): "failed",
    ("sent", "failed"): "failed",
    ("open", "withdrawn"): "withdrawn",
    ("sent", "withdrawn"): "withdrawn",
    ("failed", "withdrawn"): "withdrawn",
}
"""(state, event) → new state. An update is withdrawn when all its rows are to be removed. A failed
message may still be sent again: a contact can come back to life."""

_BATCH = 400
_NAMED = 20
"""The audit names so many causes of a message; its rows name them all."""


@dataclass(frozen=True)
class Entry:
    """One row of an extract that a recipient is told about. ``number`` 0 is every row of the extract."""

    extract: str
    number: int
    cause: str
    """The ban, case, correction or source that asks for it; it never goes out."""
    changes: Mapping[str, Any] | None = None


def message(connection: Connection, message: str) -> Row:
    """One message; raises ``NotFound`` (message_unknown)."""
    row = connection.execute(select(tables.message).where(tables.message.c.message == message)).mappings().one_or_none()
    if row is None:
        raise NotFound("message_unknown", message=message)
    return dict(row)


def messages(connection: Connection, *, customer: str | None = None, states: Sequence[str] | None = None) -> list[Row]:
    """Messages with the recipient's ``name`` and ``contact`` and the number of their ``rows``, oldest first."""
    counts = (
        select(tables.message_row.c.message, func.count().label("rows"))
        .group_by(tables.message_row.c.message)
        .subquery()
    )
    query = (
        select(tables.message, tables.customer.c.name, tables.customer.c.contact, counts.c.rows)
        .join(tables.customer, tables.customer.c.customer == tables.message.c.customer)
        .join(counts, counts.c.message == tables.message.c.message)
        .order_by(tables.message.c.created_at, tables.message.c.message)
    )
    if customer is not None:
        query = query.where(tables.message.c.customer == customer)
    if states is not None:
        query = query.where(tables.message.c.state.in_(list(states)))
    return [dict(row) for row in connection.execute(query).mappings()]


def entries(connection: Connection, message: str) -> list[Row]:
    """``extract, number, cause, changes`` of a message, by extract and number."""
    row = tables.message_row.c
    query = (
        select(row.extract, row.number, row.cause, row.changes)
        .where(row.message == message)
        .order_by(row.extract, row.number, row.cause)
    )
    return [dict(found) for found in connection.execute(query).mappings()]


def attempts(connection: Connection, message: str) -> list[Row]:
    """Every try to tell the recipient, oldest first."""
    query = (
        select(tables.message_attempt)
        .where(tables.message_attempt.c.message == message)
        .order_by(tables.message_attempt.c.attempt)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def of_rows(connection: Connection, places: Iterable[tuple[str, int]]) -> list[Row]:
    """``message, customer, code, state, created_at, sent_at, settled_at, extract, number, cause`` of every message
    that names one of these (extract, row number), oldest first. A message about the whole extract names them all."""
    wanted = sorted(set(places))
    found: list[Row] = []
    row, sent = tables.message_row.c, tables.message.c
    query = select(
        sent.message, sent.customer, sent.code, sent.state, sent.created_at, sent.sent_at, sent.settled_at,
        row.extract, row.number, row.cause,
    ).join(tables.message_row, row.message == sent.message)  # fmt: skip
    for start in range(0, len(wanted), _BATCH):
        part = wanted[start : start + _BATCH]
        named = tuple_(row.extract, row.number).in_(part)
        found += [dict(one) for one in connection.execute(query.where(named)).mappings()]
    extracts = sorted({extract for extract, _ in wanted})
    for start in range(0, len(extracts), _BATCH):
        whole = query.where(row.extract.in_(extracts[start : start + _BATCH]), row.number == EVERY_ROW)
        found += [dict(one) for one in connection.execute(whole).mappings()]
    unique = {(one["message"], one["extract"], one["number"], one["cause"]): one for one in found}
    return sorted(unique.values(), key=lambda one: (one["created_at"], one["message"], one["extract"], one["number"]))


def queue(
    tx: Transaction, *, customer: str, code: str, entries: Sequence[Entry], send_by: datetime, acknowledge_by: datetime
) -> str | None:
    """Queue one message with those entries that were not queued before; None when there is none of them.

    A row is told to be removed once, whatever asks for it again; an update is told once per cause, and never of a row
    that is to be removed. The caller holds the fence lock, so that two at a time do not both find a row untold.
    """
    fresh = _untold(tx, entries, code=code)
    if not fresh:
        return None
    identifier = new_id("message")
    tx.execute(
        insert(tables.message),
        {
            "message": identifier,
            "customer": customer,
            "code": code,
            "state": "open",
            "created_at": tx.at,
            "send_by": send_by,
            "acknowledge_by": acknowledge_by,
        },
    )
    tx.execute(
        insert(tables.message_row),
        [
            {
                "message": identifier,
                "extract": entry.extract,
                "number": entry.number,
                "cause": entry.cause,
                "changes": dict(entry.changes) if entry.changes is not None else None,
            }
            for entry in fresh
        ],
    )
    if code == "remove":
        _forget_changes(tx, [(entry.extract, entry.number) for entry in fresh])
    causes = sorted({entry.cause for entry in fresh})
    tx.audit(
        "message.queued", message=identifier, customer=customer, code=code, rows=len(fresh), causes=causes[:_NAMED]
    )
    return identifier


def _untold(tx: Transaction, entries: Sequence[Entry], *, code: str) -> list[Entry]:
    wanted = {(entry.extract, entry.number, "" if code == "remove" else entry.cause): entry for entry in entries}
    removed: set[tuple[str, int]] = set()
    updated: set[tuple[str, int, str]] = set()
    for row in of_rows(tx.connection, {(extract, number) for extract, number, _ in wanted}):
        if row["code"] == code != "remove":
            updated.add((row["extract"], row["number"], row["cause"]))
        if row["code"] == "remove" and code != DISPOSE:
            removed.add((row["extract"], row["number"]))
    return [
        entry
        for place, entry in sorted(wanted.items())
        if place not in updated and place[:2] not in removed and (entry.extract, EVERY_ROW) not in removed
    ]


def _forget_changes(tx: Transaction, places: Sequence[tuple[str, int]]) -> None:
    """New values of rows that are now to be removed are of no more use; an update left without any is withdrawn."""
    row = tables.message_row.c
    emptied: set[str] = set()
    for start in range(0, len(places), _BATCH):
        named = tuple_(row.extract, row.number).in_(list(places[start : start + _BATCH]))
        emptied |= _forget(tx, and_(named, row.changes.is_not(None)))
    whole = sorted({extract for extract, number in places if number == EVERY_ROW})
    for start in range(0, len(whole), _BATCH):
        named = row.extract.in_(whole[start : start + _BATCH])
        emptied |= _forget(tx, and_(named, row.changes.is_not(None)))
    for message_id in sorted(emptied):
        left = select(row.message).where(row.message == message_id, row.changes.is_not(None))
        state = tx.execute(select(tables.message.c.state).where(tables.message.c.message == message_id)).scalar_one()
        if tx.execute(left).first() is None and (state, "withdrawn") in TRANSITIONS:
            after = _step(tx, message_id, "withdrawn")
            tx.execute(
                update(tables.message)
                .where(tables.message.c.message == message_id)
                .values(state=after["next"], settled_at=tx.at, recorded_by=tx.actor)
            )
            tx.audit("message.withdrawn", message=message_id, customer=after["customer"])


def _forget(tx: Transaction, these: ColumnElement[bool]) -> set[str]:
    """Empty the new values of some rows; returns the messages they belong to."""
    touched = set(tx.execute(select(tables.message_row.c.message).where(these)).scalars())
    if touched:
        tx.execute(update(tables.message_row).where(these).values(changes=null()))
    return touched


def is_ban(connection: Connection, cause: str) -> bool:
    """Whether a cause is a ban, erasure or restriction of the ledger."""
    return connection.execute(select(tables.ban.c.ban).where(tables.ban.c.ban == cause)).first() is not None


def unacknowledged(connection: Connection, *, customer: str, at: datetime) -> list[Row]:
    """The recipient's messages about rows whose time to be acknowledged has run out, the oldest first (R023). A
    disposal that is not stated has a term and a consequence of its own (:mod:`ledger.endings`)."""
    query = (
        select(tables.message)
        .where(
            tables.message.c.customer == customer,
            tables.message.c.state.in_(OPEN_STATES),
            tables.message.c.code != DISPOSE,
            tables.message.c.acknowledge_by <= at,
        )
        .order_by(tables.message.c.acknowledge_by, tables.message.c.message)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def _step(tx: Transaction, message_id: str, event: str) -> Row:
    """Lock a message and take it along ``TRANSITIONS``. Returns it as it was, with the new state as ``next``."""
    row = tx.one(select(tables.message).where(tables.message.c.message == message_id).with_for_update())
    if row is None:
        raise NotFound("message_unknown", message=message_id)
    state = TRANSITIONS.get((row["state"], event))
    if state is None:
        raise InvalidTransition("transition_invalid", kind="message", id=message_id, state=row["state"], event=event)
    return dict(row) | {"next": state}


def record_attempt(tx: Transaction, message_id: str, *, via: str, outcome: str, detail: str | None = None) -> Row:
    """Record one try to tell the recipient: ``delivered`` (all of it went out), ``announced`` (only that there is
    something to fetch) or ``failed``. A try at a message that went out already is a reminder. Returns the attempt.

    Raises ``NotFound``, and ``InvalidTransition`` for an acknowledged message.
    """
    before = _step(tx, message_id, "sent")
    last = tx.execute(
        select(func.max(tables.message_attempt.c.attempt)).where(tables.message_attempt.c.message == message_id)
    ).scalar_one()
    reminder = before["sent_at"] is not None
    attempt = {
        "message": message_id,
        "attempt": (last or 0) + 1,
        "at": tx.at,
        "by": tx.actor,
        "via": via,
        "reminder": int(reminder),
        "outcome": outcome,
        "detail": detail,
    }
    tx.execute(insert(tables.message_attempt), attempt)
    if outcome == "delivered":
        values = {"reminded_at": tx.at} if reminder else {"sent_at": tx.at}
        tx.execute(
            update(tables.message)
            .where(tables.message.c.message == message_id)
            .values(state=before["next"], settled_at=None, **values)
        )
    tx.audit(f"message.{outcome}", message=message_id, via=via, attempt=attempt["attempt"], reminder=reminder)
    return attempt


def acknowledge(tx: Transaction, message_id: str, *, by: str, at: datetime | None = None) -> None:
    """The recipient says that it has done what the message asked; new values kept for it are let go.

    To say so of a ``dispose`` message is to state the disposal (R035). Raises ``NotFound``, and ``InvalidTransition``
    when it was acknowledged before.
    """
    after = _step(tx, message_id, "acknowledged")
    if after["code"] == DISPOSE:
        for entry in entries(tx.connection, message_id):
            endings.state(tx, entry["extract"], by=by, on=helsinki_day(at or tx.at))
    tx.execute(
        update(tables.message)
        .where(tables.message.c.message == message_id)
        .values(state=after["next"], settled_at=at or tx.at, settled_by=by, recorded_by=tx.actor)
    )
    tx.execute(
        update(tables.message_row)
        .where(tables.message_row.c.message == message_id, tables.message_row.c.changes.is_not(None))
        .values(changes=null())
    )
    tx.audit("message.acknowledged", message=message_id, customer=after["customer"])


def give_up(tx: Transaction, message_id: str, *, effort: str) -> None:
    """The recipient cannot be reached; what was tried is kept (T15). It goes on getting nothing new.

    Raises ``NotFound``, and ``InvalidTransition`` when the message is acknowledged or given up already.
    """
    after = _step(tx, message_id, "failed")
    tx.execute(
        update(tables.message)
        .where(tables.message.c.message == message_id)
        .values(state=after["next"], settled_at=tx.at, recorded_by=tx.actor, effort=effort)
    )
    tx.audit("message.failed", message=message_id, customer=after["customer"])
