"""Breaches in the ledger: one case per trigger, its clock, its notices, its letters (R092-R094, Art. 33 and 34).

A trigger opens a candidate in the transaction that found it. A privacy officer makes a breach of it or dismisses it,
with the ground either way: Art. 33(5) wants every breach on record, whether or not anybody is notified.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, get_args

from sqlalchemy import Connection, exc, func, insert, select, update

from core.errors import InvalidTransition, NotFound
from core.ids import new_id
from ledger import tables
from ledger.engine import Transaction

Row = dict[str, Any]
Trigger = Literal[
    "late_ban",
    "banned_delivered",
    "audit_broken",
    "restored_without_tombstones",
    "seed_hit",
    "traced",
    "wrong_recipient",
    "shared_link",
    "reported",
]
TRIGGERS: tuple[str, ...] = get_args(Trigger)
"""What opens a case; ``reported`` is a person who told us, all others are found by the product (R094)."""

TRANSITIONS: Mapping[tuple[str, str], str] = {
    ("candidate", "confirm"): "open",
    ("candidate", "dismiss"): "dismissed",
    ("dismissed", "confirm"): "open",
    ("open", "close"): "closed",
    ("closed", "reopen"): "open",
}
"""(state, event) → new state. Every other pair raises ``InvalidTransition``."""

STATES = ("candidate", "open", "dismissed", "closed")
RISKS = ("none", "risk", "high")
ROLES = ("controller", "processor")


def open_candidate(tx: Transaction, *, trigger: str, key: str, ids: Mapping[str, Any]) -> str | None:
    """Open a candidate for what ``key`` names (an extract, a ban …); None when this trigger opened one for it before.

    It belongs to the caller's transaction and never fails it: two that find the same thing make one case (R094).
    """
    if trigger not in TRIGGERS:
        raise LookupError(f"unknown breach trigger {trigger!r}")
    breach = tables.breach.c
    if tx.one(select(breach.breach).where(breach.trigger == trigger, breach.key == key)) is not None:
        return None
    case = new_id("breach")
    try:
        with tx.connection.begin_nested():
            tx.execute(
                insert(tables.breach),
                {
                    "breach": case,
                    "state": "candidate",
                    "trigger": trigger,
                    "key": key,
                    "ids": dict(ids),
                    "found_at": tx.at,
                    "found_by": tx.actor,
                    "role": "controller",
                    "facts": {},
                    "scope": {},
                    "impact": {},
                },
            )
    except exc.IntegrityError:  # another process was first
        return None
    note(tx, case, event="found", ids={"trigger": trigger, "key": key, **ids})
    return case


def found_leak(tx: Transaction, *, extract: str, trigger: str, ids: Mapping[str, Any]) -> str | None:
    """Open a candidate for an extract that turned up elsewhere (``seed_hit`` or ``traced``).

    While a case about that extract is undecided or open, what is found again is noted in it, and None returned; ``ids``
    names the ``suspect`` by its digest, and the same suspect is noted once. After that case was dismissed or closed,
    another suspect file opens a new one.
    """
    column = tables.breach.c
    leaks = select(tables.breach).where(column.trigger.in_(("seed_hit", "traced"))).order_by(column.found_at)
    about = [row for row in tx.execute(leaks).mappings() if row["ids"].get("extract") == extract]
    if any(row["ids"].get("suspect") == ids["suspect"] for row in about):
        return None
    pending = [row for row in about if row["state"] in ("candidate", "open")]
    if pending:
        again = {"trigger": trigger, **ids}
        if not any(
            event["ids"].get("suspect") == ids["suspect"] for event in events(tx.connection, pending[0]["breach"])
        ):
            note(tx, pending[0]["breach"], event="found_again", ids=again)
        return None
    return open_candidate(tx, trigger=trigger, key=f"{extract} {ids['suspect'][:16]}", ids={"extract": extract, **ids})


def case(connection: Connection, breach: str) -> Row:
    """One case; raises ``NotFound`` (breach_unknown)."""
    row = connection.execute(select(tables.breach).where(tables.breach.c.breach == breach)).mappings().one_or_none()
    if row is None:
        raise NotFound("breach_unknown", breach=breach)
    return dict(row)


def case_of(connection: Connection, *, trigger: str, key: str) -> str:
    """The case that this trigger opened for ``key``; raises ``NotFound`` (breach_unknown)."""
    column = tables.breach.c
    found = select(column.breach).where(column.trigger == trigger, column.key == key)
    breach = connection.execute(found).scalar_one_or_none()
    if breach is None:
        raise NotFound("breach_unknown", breach=f"{trigger} {key}")
    return str(breach)


def cases(connection: Connection, *, state: str | None = None) -> list[Row]:
    """Cases, the most pressing first: by the end of their clock, then by when they were found."""
    query = select(tables.breach).order_by(
        tables.breach.c.due_at.is_(None), tables.breach.c.due_at, tables.breach.c.found_at, tables.breach.c.breach
    )
    if state is not None:
        query = query.where(tables.breach.c.state == state)
    return [dict(row) for row in connection.execute(query).mappings()]


def events(connection: Connection, breach: str) -> list[Row]:
    """What happened in a case, oldest first."""
    query = (
        select(tables.breach_event).where(tables.breach_event.c.breach == breach).order_by(tables.breach_event.c.number)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def note(
    tx: Transaction, breach: str, *, event: str, ids: Mapping[str, Any] | None = None, reason: str | None = None
) -> None:
    """Add an event to the case and to the audit (the reason, which is free text, to the case alone)."""
    column = tables.breach_event.c
    last = tx.execute(select(func.max(column.number)).where(column.breach == breach)).scalar_one()
    row = {"breach": breach, "number": (last or 0) + 1, "event": event, "at": tx.at, "actor": tx.actor}
    tx.execute(insert(tables.breach_event), row | {"ids": dict(ids or {}), "reason": reason})
    tx.audit(f"breach.{event}", breach=breach, **(ids or {}))


def move(tx: Transaction, breach: str, *, event: str, values: Mapping[str, Any], reason: str | None = None) -> str:
    """Take the case through ``TRANSITIONS`` with what is known now; returns the new state."""
    row = locked(tx, breach)
    state = TRANSITIONS.get((row["state"], event))
    if state is None:
        raise InvalidTransition("transition_invalid", kind="breach", id=breach, state=row["state"], event=event)
    change(tx, breach, values={"state": state, **values})
    note(tx, breach, event=event, reason=reason)
    return state


def locked(tx: Transaction, breach: str) -> Row:
    """The case, held for the rest of the transaction; raises ``NotFound``."""
    row = tx.one(select(tables.breach).where(tables.breach.c.breach == breach).with_for_update())
    if row is None:
        raise NotFound("breach_unknown", breach=breach)
    return dict(row)


def change(tx: Transaction, breach: str, *, values: Mapping[str, Any]) -> None:
    """Write columns of a case; the caller notes why."""
    tx.execute(update(tables.breach).where(tables.breach.c.breach == breach).values(**values))


def start_clock(tx: Transaction, breach: str, *, aware_at: datetime, hours: int) -> datetime:
    """Count ``hours`` from when we knew, weekends and holidays included (Reg. 1182/71 Art. 3(3)); returns the end."""
    due_at = aware_at.astimezone(UTC) + timedelta(hours=hours)  # elapsed hours, also over a night the clocks change
    change(tx, breach, values={"aware_at": aware_at, "due_at": due_at, "hours": hours})
    return due_at


def notices(connection: Connection, breach: str) -> list[Row]:
    """Notices of a case, oldest first."""
    query = (
        select(tables.breach_notice)
        .where(tables.breach_notice.c.breach == breach)
        .order_by(tables.breach_notice.c.number)
    )
    return [{**row, "final": bool(row["final"])} for row in connection.execute(query).mappings()]


def record_notice(
    tx: Transaction,
    breach: str,
    *,
    recipient: str,
    sent_at: datetime,
    reference: str,
    missing: Sequence[str],
    final: bool,
) -> int:
    """Record one phase of notification (Art. 33(4)); returns its number in the case."""
    number = 1 + len(notices(tx.connection, breach))
    tx.execute(
        insert(tables.breach_notice),
        {
            "breach": breach,
            "number": number,
            "recipient": recipient,
            "sent_at": sent_at,
            "reference": reference,
            "missing": list(missing),
            "final": int(final),
            "recorded_at": tx.at,
            "recorded_by": tx.actor,
        },
    )
    note(tx, breach, event="notified", ids={"notice": number, "recipient": recipient, "missing": list(missing)})
    return number
