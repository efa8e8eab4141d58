"""Orders: what was asked for which campaign, what was stated, and every step of an order's life with who took it.

Which step may follow which, and who may take it, is data: ``schemas.order_states``. The state on record is the one that
the last recorded event led to; what time alone brings is derived when it is read, and written down, at the instant at
which it came, before the next event.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, func, insert, select, update

from core.clock import day_start
from core.errors import NotFound
from core.ids import new_id
from ledger import own_lists, tables
from ledger.engine import Transaction
from schemas.order_states import BEFORE_CUT, MOVED_BY_TIME, Window, check_step, passed, state_at, step_of

Row = dict[str, Any]

CLOCK = "clock"
"""Actor and role of what time brings."""
_SHAPING = ("drafted", "revised", "quoted", "accepted", "held")
"""Whoever did one of these shaped the order, and does not approve it (R029)."""


def order(connection: Connection, order: str) -> Row:
    """One order with the state on record; raises ``NotFound``."""
    row = connection.execute(select(tables.order).where(tables.order.c.order == order)).mappings().one_or_none()
    if row is None:
        raise NotFound("order_unknown", order=order)
    return dict(row)


def orders(connection: Connection, *, at: datetime, campaign: str | None = None) -> list[Row]:
    """Orders, newest first, each with its ``state`` at that instant."""
    table = tables.order
    query = _with_window().order_by(table.c.placed_at.desc(), table.c.order)
    if campaign is not None:
        query = query.where(table.c.campaign == campaign)
    rows = connection.execute(query).mappings().all()
    return [{column.name: row[column] for column in table.columns} | {"state": _state(row, at)} for row in rows]


def state(connection: Connection, order_id: str, *, at: datetime) -> str:
    """The state of an order at an instant; raises ``NotFound``."""
    row = connection.execute(_with_window().where(tables.order.c.order == order_id)).mappings().one_or_none()
    if row is None:
        raise NotFound("order_unknown", order=order_id)
    return _state(row, at)


def events(connection: Connection, order_id: str, *, at: datetime) -> list[Row]:
    """What happened to an order, oldest first, what time has brought meanwhile included; raises ``NotFound``."""
    row = connection.execute(_with_window().where(tables.order.c.order == order_id)).mappings().one_or_none()
    if row is None:
        raise NotFound("order_unknown", order=order_id)
    table = tables.order_event
    query = select(table).where(table.c.order == order_id).order_by(table.c.number)
    found = [dict(event) for event in connection.execute(query).mappings()]
    number, source = len(found), row[tables.order.c.state]
    for one in passed(source, since=row["since"], window=_window(row), now=at):
        number += 1
        found.append(_event(order_id, number, one.step.event, source, one.step.target) | {"at": one.at})
        source = one.step.target
    return found


def moved_by_time(connection: Connection, *, at: datetime) -> list[str]:
    """Orders that time has moved on since their last event, for the job that writes it down (:func:`catch_up`)."""
    table = tables.order
    alive = _with_window().where(table.c.state.in_(MOVED_BY_TIME)).order_by(table.c.order)
    rows = connection.execute(alive).mappings()
    return [row[table.c.order] for row in rows if _state(row, at) != row[table.c.state]]


# --- what happens to an order -----------------------------------------------------------------------------------------


def draft(
    tx: Transaction,
    *,
    campaign: str,
    criteria: Mapping[str, Any],
    fields: Sequence[str],
    formats: Sequence[str],
    reason: str | None,
    with_sources: bool = False,
    role: str = "sales",
) -> str:
    """Make an order that asks for nothing yet; returns its id. Raises ``PermissionRefused`` (role_may_not)."""
    identifier = new_id("order")
    step = check_step(identifier, state=None, event="drafted", role=role, second=False)
    tx.execute(
        insert(tables.order),
        {
            "order": identifier,
            "campaign": campaign,
            "criteria": dict(criteria),
            "fields": list(fields),
            "formats": list(formats),
            "with_sources": with_sources,
            "state": step.target,
            "findings": [],
            "placed_by": tx.actor,
            "placed_at": tx.at,
            "reason": reason,
        },
    )
    _record(tx, _event(identifier, 1, "drafted", None, step.target), actor=tx.actor, role=role, ids={}, reason=None)
    tx.audit("order.drafted", order=identifier, campaign=campaign, role=role)
    return identifier


def happen(
    tx: Transaction,
    order_id: str,
    *,
    event: str,
    role: str = "sales",
    by: str | None = None,
    reason: str | None = None,
    ids: Mapping[str, Any] | None = None,
    values: Mapping[str, Any] | None = None,
) -> str:
    """Let an event happen to an order, with its row, its audit and the columns ``values``; returns the new state.

    ``by`` acts when it is not the transaction's actor. Raises ``NotFound`` (order_unknown), ``InvalidTransition`` and
    ``PermissionRefused`` as ``schemas.order_states.check_step`` does. What time brought comes first: an order whose
    campaign has ended is not approved any more.
    """
    row, number = catch_up(tx, order_id)
    actor = by or tx.actor
    step = check_step(order_id, state=row["state"], event=event, role=role, second=actor not in _authors(tx, row))
    changed = {"state": step.target, **(values or {})}
    tx.execute(update(tables.order).where(tables.order.c.order == order_id).values(**changed))
    _let_go(tx, order_id, step.target)
    made = _event(order_id, number + 1, event, row["state"], step.target)
    _record(tx, made, actor=actor, role=role, ids=dict(ids or {}), reason=reason)
    tx.audit(f"order.{event}", order=order_id, state=step.target, by=actor, role=role, **(ids or {}))
    return step.target


def may(tx: Transaction, order_id: str, *, event: str) -> bool:
    """Whether an event can happen to an order in its present state, whoever it is."""
    row, _ = catch_up(tx, order_id)
    return step_of(row["state"], event) is not None


def catch_up(tx: Transaction, order_id: str) -> tuple[Row, int]:
    """Lock an order and write down what time has brought it. Returns it as it now is, and its last event's number."""
    tx.one(select(tables.order.c.order).where(tables.order.c.order == order_id).with_for_update())
    row = tx.one(_with_window().where(tables.order.c.order == order_id))
    if row is None:
        raise NotFound("order_unknown", order=order_id)
    known = {column.name: row[column] for column in tables.order.columns}
    number = int(row["number"])
    for one in passed(known["state"], since=row["since"], window=_window(row), now=tx.at):
        number += 1
        made = _event(order_id, number, one.step.event, known["state"], one.step.target)
        _record(tx, made, actor=CLOCK, role=CLOCK, ids={}, reason=None, at=one.at)
        tx.execute(update(tables.order).where(tables.order.c.order == order_id).values(state=one.step.target))
        _let_go(tx, order_id, one.step.target)
        tx.audit(f"order.{one.step.event}", order=order_id, state=one.step.target, by=CLOCK, since=one.at.isoformat())
        known["state"] = one.step.target
    return known, number


def _let_go(tx: Transaction, order_id: str, state: str) -> None:
    """The digests of the customer's own lists go as soon as no cut is to come (R031)."""
    if state not in BEFORE_CUT:
        own_lists.forget(tx, order_id)


# --- rows -------------------------------------------------------------------------------------------------------------


def _with_window() -> Select[Any]:
    """Orders with ``since`` and ``number`` of their last event, and the dates of their campaign."""
    table, event, campaign = tables.order, tables.order_event, tables.campaign
    since = select(func.max(event.c.at)).where(event.c.order == table.c.order).scalar_subquery()
    number = select(func.coalesce(func.max(event.c.number), 0)).where(event.c.order == table.c.order).scalar_subquery()
    return select(
        table,
        func.coalesce(since, table.c.placed_at).label("since"),
        number.label("number"),
        campaign.c.starts_on,
        campaign.c.ends_at,
        campaign.c.closed_at,
    ).join(campaign, campaign.c.campaign == table.c.campaign)


def _window(row: RowMapping) -> Window:
    return Window(day_start(row["starts_on"]), row["ends_at"], row["closed_at"])


def _state(row: RowMapping, at: datetime) -> str:
    return state_at(row[tables.order.c.state], since=row["since"], window=_window(row), now=at)


def _authors(tx: Transaction, row: Row) -> set[str]:
    table = tables.order_event.c
    shaped = select(table.actor).where(table.order == row["order"], table.event.in_(_SHAPING))
    return {row["placed_by"], *tx.execute(shaped).scalars()}


def _event(order_id: str, number: int, event: str, source: str | None, target: str) -> Row:
    """An event as it is stored; what time brings has the clock as its actor."""
    return {
        "order": order_id, "number": number, "event": event, "source": source, "target": target,
        "actor": CLOCK, "role": CLOCK, "recorded_by": None, "ids": {}, "reason": None,
    }  # fmt: skip


def _record(
    tx: Transaction, event: Row, *, actor: str, role: str, ids: Row, reason: str | None, at: datetime | None = None
) -> None:
    who = {"actor": actor, "role": role, "recorded_by": tx.actor, "at": at or tx.at, "ids": ids, "reason": reason}
    tx.execute(insert(tables.order_event), event | who)
