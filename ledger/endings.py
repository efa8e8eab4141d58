"""The end of a licence: which extracts are over, whose copies are gone, and who still owes its word (R035).

An extract is over when its campaign is; no job has to run for that. The rows here say what was done about it: the
stored copies removed, and the recipient's statement that it has disposed of the rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, and_, func, insert, or_, select, update

from core.clock import day_end, helsinki_day
from core.errors import InvalidTransition
from ledger import orders, tables, tasks
from ledger.engine import Transaction

Row = dict[str, Any]
_BATCH = 500
OWING_MODES = ("campaign", "reseller")
"""Agreement modes whose rows must be disposed of; what came for continuous use is the recipient's own (R041)."""


@dataclass(frozen=True)
class Over:
    """An extract whose campaign is over."""

    extract: str
    order: str
    state: str
    customer: str
    ended_at: datetime
    handed_over: bool
    """Whether the recipient ever got it."""
    owes: bool
    """Whether it must state that the rows are gone: it got them, and for a campaign only."""


def disposal_due(ended_at: datetime, *, days: int) -> datetime:
    """By when disposal must be stated: 24:00 Helsinki, so many days after the last day of the campaign (R035)."""
    return day_end(due_day(ended_at) + timedelta(days=days))


def due_day(due_at: datetime) -> date:
    """The last day on which what is due at the end of a day is in time."""
    return helsinki_day(due_at - timedelta(microseconds=1))


def over(connection: Connection, *, now: datetime, campaign: str | None = None) -> list[Over]:
    """Extracts whose campaign is over at ``now``, and whose end or whose copies are still to be settled."""
    extract, done = tables.extract, tables.extract_end.c
    query = (
        _extracts_with_campaign()
        .outerjoin(tables.extract_end, done.extract == extract.c.extract)
        .where(or_(done.extract.is_(None), done.removed_at.is_(None)), _ended(now))
        .order_by(tables.campaign.c.ends_at, extract.c.extract)
    )
    if campaign is not None:
        query = query.where(extract.c.campaign == campaign)
    found = []
    for row in connection.execute(query):
        ended_at = row.ends_at if row.closed_at is None else min(row.ends_at, row.closed_at)
        owes = row.deliveries > 0 and row.mode in OWING_MODES
        found.append(Over(row.extract, row.order, row.state, row.customer, ended_at, row.deliveries > 0, owes))
    return found


def _extracts_with_campaign() -> Select[Any]:
    extract, campaign, agreement = tables.extract, tables.campaign, tables.agreement
    deliveries = (
        select(func.count()).where(tables.delivery.c.extract == extract.c.extract).correlate(extract).scalar_subquery()
    )
    return (
        select(
            extract.c.extract, extract.c.order, extract.c.state, extract.c.customer, campaign.c.ends_at,
            campaign.c.closed_at, agreement.c.mode, deliveries.label("deliveries"),
        )
        .join(campaign, campaign.c.campaign == extract.c.campaign)
        .join(agreement, agreement.c.agreement == campaign.c.agreement)
    )  # fmt: skip


def _ended(now: datetime) -> Any:
    campaign = tables.campaign.c
    return or_(campaign.ends_at <= now, and_(campaign.closed_at.is_not(None), campaign.closed_at <= now))


def finished(connection: Connection, extracts: Sequence[str]) -> set[str]:
    """Those of these extracts that nobody may fetch any more, whatever the clock says: over, void or revoked."""
    table, done = tables.extract.c, tables.extract_end.c
    query = (
        select(table.extract)
        .outerjoin(tables.extract_end, done.extract == table.extract)
        .where(or_(done.extract.is_not(None), table.state != "released"))
    )
    found: set[str] = set()
    for start in range(0, len(extracts), _BATCH):
        part = list(extracts[start : start + _BATCH])
        found |= set(connection.execute(query.where(table.extract.in_(part))).scalars())
    return found


def begin(tx: Transaction, one: Over, *, files: int, size: int, due_at: datetime | None) -> bool:
    """Record that an extract is over, before its copies go; False when another process did so first."""
    tx.execute(select(tables.extract.c.extract).where(tables.extract.c.extract == one.extract).with_for_update())
    if end(tx.connection, one.extract) is not None:
        return False
    row = {"extract": one.extract, "ended_at": one.ended_at, "files": files, "bytes": size, "found_at": tx.at}
    tx.execute(insert(tables.extract_end), row | {"due_at": due_at})
    tx.audit("extract.ended", extract=one.extract, ended_at=one.ended_at, files=files, disposal_due=due_at)
    return True


def removed(tx: Transaction, extract: str) -> bool:
    """Record that no copy of an extract is in the home any more; False when that was recorded before."""
    table = tables.extract_end
    done = update(table).where(table.c.extract == extract, table.c.removed_at.is_(None)).values(removed_at=tx.at)
    if not tx.execute(done).rowcount:
        return False
    tx.audit("extract.copies_removed", extract=extract)
    return True


def end(connection: Connection, extract: str) -> Row | None:
    """The recorded end of an extract; None while it was not found to be over."""
    row = connection.execute(select(tables.extract_end).where(tables.extract_end.c.extract == extract)).mappings()
    found = row.one_or_none()
    return None if found is None else dict(found)


def statement(connection: Connection, extract: str) -> Row | None:
    """The recipient's word that the rows of an extract are gone; None while it is owed or not due."""
    table = tables.disposal_statement
    found = connection.execute(select(table).where(table.c.extract == extract)).mappings().one_or_none()
    return None if found is None else dict(found)


def state(tx: Transaction, extract: str, *, by: str, on: date) -> None:
    """Record the recipient's statement that the rows are gone; its order is disposed of where its life allows it by
    now, and the task to see to it is done. Raises ``InvalidTransition`` when there is one already.
    """
    table = tables.extract.c
    order = tx.execute(select(table.order).where(table.extract == extract).with_for_update()).scalar_one()
    if statement(tx.connection, extract) is not None:
        raise InvalidTransition("transition_invalid", kind="extract", id=extract, state="disposed", event="disposed")
    row = {"extract": extract, "stated_by": by, "stated_on": on, "recorded_at": tx.at, "recorded_by": tx.actor}
    tx.execute(insert(tables.disposal_statement), row)
    tx.audit("extract.disposed", extract=extract, stated_on=on)
    dispose_order(tx, order)
    ended = end(tx.connection, extract)
    if ended is not None and ended["task"] is not None:
        tasks.close_task(tx, ended["task"])


def dispose_order(tx: Transaction, order: str) -> None:
    """Take an order to its last state, if its campaign is over by now."""
    if orders.may(tx, order, event="disposed"):
        orders.happen(tx, order, event="disposed")


def unasked(connection: Connection) -> list[Row]:
    """Disposals that are owed and that the recipient was not asked for yet: ``extract, customer, ended_at, due_at``."""
    extract, done, word = tables.extract.c, tables.extract_end.c, tables.disposal_statement.c
    query = (
        select(extract.extract, extract.campaign, extract.customer, done.ended_at, done.due_at)
        .join(tables.extract_end, done.extract == extract.extract)
        .outerjoin(tables.disposal_statement, word.extract == extract.extract)
        .where(done.due_at.is_not(None), done.message.is_(None), word.extract.is_(None))
        .order_by(done.due_at, extract.extract)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def asked(tx: Transaction, extract: str, *, message: str | None, task: str) -> None:
    """Note the message that asks the recipient for its statement, and the task to see to it."""
    table = tables.extract_end
    tx.execute(update(table).where(table.c.extract == extract).values(message=message, task=task))


def disposals(connection: Connection, *, customers: Sequence[str] | None = None, owed: bool = False) -> list[Row]:
    """Ended extracts that were handed over, with their recipient, ``due_at`` and the statement (null: still owed).

    The most pressing first. ``owed``: only those without a statement.
    """
    extract, done, word = tables.extract.c, tables.extract_end.c, tables.disposal_statement.c
    query = (
        select(
            extract.extract, extract.order, extract.campaign, extract.customer, tables.customer.c.name,
            tables.customer.c.contact, done.ended_at, done.due_at, done.message, word.stated_by, word.stated_on,
            word.recorded_at,
        )
        .join(tables.extract_end, done.extract == extract.extract)
        .join(tables.customer, tables.customer.c.customer == extract.customer)
        .outerjoin(tables.disposal_statement, word.extract == extract.extract)
        .where(done.due_at.is_not(None))
        .order_by(done.due_at, extract.extract)
    )  # fmt: skip
    if customers is not None:
        query = query.where(extract.customer.in_(list(customers)))
    if owed:
        query = query.where(word.extract.is_(None))
    return [dict(row) for row in connection.execute(query).mappings()]
