"""Subscriptions in the ledger: what continuous use was agreed, and every delta of it (R041-R043).

A subscription is a use with purpose, subject, channels and a window like a campaign's, and one standing order; its
deltas are extracts of that order. So whatever asks who holds a person finds deltas as it finds campaigns' extracts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, exists, func, insert, select, update

from core.errors import InvalidTransition, NotFound
from ledger import tables
from ledger.engine import Transaction

Row = dict[str, Any]
CALLED_BACK = "ban_link"
"""Kind of hit after which a seed leaves as a person who said no does."""


def subscription(connection: Connection, subscription: str, *, lock: bool = False) -> Row:
    """One subscription; raises ``NotFound``. ``lock`` keeps its row for the rest of the transaction."""
    query = select(tables.subscription).where(tables.subscription.c.subscription == subscription)
    row = connection.execute(query.with_for_update() if lock else query).mappings().one_or_none()
    if row is None:
        raise NotFound("subscription_unknown", subscription=subscription)
    return dict(row)


def subscriptions(connection: Connection, *, customer: str | None = None) -> list[Row]:
    """Subscriptions with ``customer``, ``name``, ``ends_at`` and ``closed_at``, newest first."""
    one, use = tables.subscription, tables.campaign.c
    query = (
        select(one, use.customer, use.agreement, use.name, use.purpose, use.channels, use.ends_at, use.closed_at)
        .join(tables.campaign, use.campaign == one.c.subscription)
        .order_by(one.c.opened_at.desc(), one.c.subscription)
    )
    if customer is not None:
        query = query.where(use.customer == customer)
    return [dict(row) for row in connection.execute(query).mappings()]


def ids(connection: Connection) -> set[str]:
    """Every subscription there ever was."""
    return set(connection.execute(select(tables.subscription.c.subscription)).scalars())


def running(row: Mapping[str, Any], *, at: datetime) -> bool:
    """Whether deltas go out at that instant; ``row`` has ``ends_at`` and ``closed_at``."""
    return bool(row["closed_at"] is None and at < row["ends_at"])


def open_subscription(tx: Transaction, *, subscription: str, order: str, withheld: float) -> None:
    """Record the subscription of a use and its standing order."""
    tx.execute(
        insert(tables.subscription),
        {"subscription": subscription, "order": order, "withheld": withheld, "opened_at": tx.at},
    )
    tx.audit("subscription.ordered", subscription=subscription, order=order)


# --- deltas -----------------------------------------------------------------------------------------------------------


def deltas(connection: Connection, subscription: str) -> list[Row]:
    """The deltas that were not voided, oldest first, each with its extract's ``extract_state``, ``snapshot``,
    ``fence``, ``released_at`` and first ``delivered_at``."""
    query = _deltas().where(tables.subscription_delta.c.subscription == subscription)
    return [dict(row) for row in connection.execute(query).mappings()]


def delta(connection: Connection, subscription: str, number: int) -> Row:
    """One delta; raises ``NotFound`` (delta_unknown)."""
    for row in deltas(connection, subscription):
        if row["delta"] == number:
            return row
    raise NotFound("delta_unknown", subscription=subscription, delta=number)


def _deltas() -> Select[Any]:
    one, extract, handed = tables.subscription_delta, tables.extract, tables.delivery.c
    first = select(func.min(handed.delivered_at)).where(handed.extract == extract.c.extract).scalar_subquery()
    return (
        select(
            one, extract.c.state.label("extract_state"), extract.c.snapshot, extract.c.fence, extract.c.released_at,
            first.label("delivered_at"),
        )
        .join(extract, extract.c.extract == one.c.extract)
        .where(extract.c.state != "void")
        .order_by(one.c.subscription, one.c.delta)
    )  # fmt: skip


def next_number(connection: Connection, subscription: str) -> int:
    """The number of the next delta; those of voided ones are not given again."""
    one = tables.subscription_delta.c
    last = connection.execute(select(func.max(one.delta)).where(one.subscription == subscription)).scalar_one()
    return 0 if last is None else int(last) + 1


def record_delta(tx: Transaction, delta: Row) -> None:
    """Record a delta beside its extract; it has all columns but those of the acknowledgement."""
    tx.execute(insert(tables.subscription_delta), delta)
    counts = {name: delta[name] for name in ("added", "changed", "removed", "additions_stopped")}
    tx.audit(
        "subscription.delta",
        subscription=delta["subscription"],
        delta=delta["delta"],
        extract=delta["extract"],
        **counts,
    )


def acknowledge(tx: Transaction, subscription_id: str, *, upto: int, by: str) -> list[int]:
    """The recipient says that it has applied every delta up to this one; returns those that were still open.

    Raises ``NotFound`` (subscription_unknown, delta_unknown), and ``InvalidTransition`` when that delta was not handed
    over or is acknowledged already.
    """
    subscription(tx.connection, subscription_id, lock=True)
    last = delta(tx.connection, subscription_id, upto)
    if last["delivered_at"] is None or last["acknowledged_at"] is not None:
        state = "not delivered" if last["delivered_at"] is None else "acknowledged"
        raise InvalidTransition(
            "transition_invalid", kind="delta", id=f"{subscription_id} {upto}", state=state, event="acknowledged"
        )
    known = deltas(tx.connection, subscription_id)
    open_ones = [
        row["delta"]
        for row in known
        if row["delta"] <= upto and row["delivered_at"] is not None and row["acknowledged_at"] is None
    ]
    one = tables.subscription_delta
    tx.execute(
        update(one)
        .where(one.c.subscription == subscription_id, one.c.delta.in_(open_ones))
        .values(acknowledged_at=tx.at, acknowledged_by=by, recorded_by=tx.actor)
    )
    tx.audit("subscription.acknowledged", subscription=subscription_id, deltas=open_ones)
    return open_ones


def files_named(connection: Connection) -> set[str]:
    """Paths of all files of states and removals that a delta points at, relative to the home."""
    one = tables.subscription_delta.c
    rows = connection.execute(select(one.state, one.removals)).all()
    return {path for row in rows for path in row if path is not None}


def files_by_end(connection: Connection, *, days: int) -> dict[str, list[datetime | None]]:
    """The same, each with the ends of the uses that name it, so many days for disposal included."""
    one, use = tables.subscription_delta.c, tables.campaign.c
    query = select(one.state, one.removals, use.ends_at, use.closed_at).join(
        tables.campaign, use.campaign == one.subscription
    )
    found: dict[str, list[datetime | None]] = {}
    for row in connection.execute(query):
        over = row.ends_at if row.closed_at is None else min(row.ends_at, row.closed_at)
        for path in filter(None, (row.state, row.removals)):
            found.setdefault(path, []).append(over + timedelta(days=days))
    return found


# --- what is owed -----------------------------------------------------------------------------------------------------


def owe(tx: Transaction, subscriptions: Sequence[str], *, by: datetime, fence: int) -> None:
    """A removal waits in these subscriptions: it is to be delivered by then, in a delta that saw the bans up to
    ``fence``. The earliest day stands. The caller holds the fence lock."""
    for identifier in sorted(set(subscriptions)):
        row = subscription(tx.connection, identifier, lock=True)
        values = {"owed_by": min(filter(None, [row["owed_by"], by])), "owed_fence": max(fence, row["owed_fence"] or 0)}
        tx.execute(update(tables.subscription).where(tables.subscription.c.subscription == identifier).values(**values))
        tx.audit("subscription.owed", subscription=identifier, by=values["owed_by"].isoformat())


def settle(tx: Transaction, subscription_id: str, *, fence: int) -> None:
    """A delta was handed over that saw the bans up to ``fence``: what was owed up to there is owed no more."""
    one = tables.subscription
    tx.execute(
        update(one)
        .where(one.c.subscription == subscription_id, one.c.owed_fence <= fence)
        .values(owed_by=None, owed_fence=None)
    )


# --- seeds ------------------------------------------------------------------------------------------------------------


def seeds(connection: Connection, subscription: str) -> list[Row]:
    """The seeds that the recipient has, or will have with the delta that waits: those that came with a delta that was
    not voided and did not leave with one; ``cells``, ``since``, ``called_back`` (somebody used its ban link) and the
    columns of the stock."""
    one, stock = tables.subscription_seed, tables.seed
    known = {row["delta"] for row in deltas(connection, subscription)}
    hit = tables.seed_hit.c
    query = (
        select(
            stock,
            one.c.cells,
            one.c.since,
            one.c.until,
            exists().where(hit.seed == stock.c.seed, hit.kind == CALLED_BACK).label("called_back"),
        )
        .join(stock, stock.c.seed == one.c.seed)
        .where(one.c.subscription == subscription)
        .order_by(one.c.seed)
    )
    return [
        dict(row)
        for row in connection.execute(query).mappings()
        if row["since"] in known and (row["until"] is None or row["until"] not in known)
    ]


def move_seeds(
    tx: Transaction, subscription: str, *, delta: int, come: Mapping[str, Mapping[str, Any]], leave: Sequence[str]
) -> None:
    """Seeds that come with a delta (their cells as delivered) and those that leave with it."""
    if come:
        tx.execute(
            insert(tables.subscription_seed),
            [
                {"seed": seed, "subscription": subscription, "cells": dict(cells), "since": delta}
                for seed, cells in sorted(come.items())
            ],
        )
    one = tables.subscription_seed
    tx.execute(update(one).where(one.c.seed.in_(list(leave))).values(until=delta))
