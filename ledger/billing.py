"""What is billed and credited: extracts that were delivered, with the price their order froze. Never a person.

Who pays is whose agreement it is: the customer, or the reseller that ordered for an end customer.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Select, func, insert, select, update

from core.errors import NotFound
from core.ids import new_id
from ledger import tables
from ledger.engine import Transaction

Row = dict[str, Any]


_FIRST = (
    select(tables.delivery.c.extract, func.min(tables.delivery.c.delivered_at).label("delivered_at"))
    .group_by(tables.delivery.c.extract)
    .subquery("first_delivery")
)


def _lines() -> Select[Any]:
    extract, order, campaign, agreement = tables.extract, tables.order, tables.campaign, tables.agreement
    payer, recipient = tables.customer.alias("payer"), tables.customer.alias("recipient")
    return (
        select(
            extract.c.extract, extract.c.order, extract.c.campaign, extract.c.persons, extract.c.rows,
            extract.c.manifest, extract.c.released_at, order.c.price, _FIRST.c.delivered_at,
            payer.c.customer.label("payer"), payer.c.name.label("payer_name"),
            payer.c.business_id.label("payer_business_id"),
            recipient.c.customer.label("recipient"), recipient.c.name.label("recipient_name"),
        )
        .join(order, order.c.order == extract.c.order)
        .join(campaign, campaign.c.campaign == extract.c.campaign)
        .join(agreement, agreement.c.agreement == campaign.c.agreement)
        .join(payer, payer.c.customer == agreement.c.customer)
        .join(recipient, recipient.c.customer == extract.c.customer)
        .outerjoin(_FIRST, _FIRST.c.extract == extract.c.extract)
    )  # fmt: skip


def delivered_between(connection: Connection, *, since: datetime, until: datetime) -> list[Row]:
    """Extracts whose first delivery lies in the half-open window, by payer and delivery."""
    within = (_FIRST.c.delivered_at >= since) & (_FIRST.c.delivered_at < until)
    rows = [dict(row) for row in connection.execute(_lines().where(within)).mappings()]
    return sorted(rows, key=lambda row: (row["payer_name"], row["payer"], row["delivered_at"], row["extract"]))


def line(connection: Connection, extract: str) -> Row:
    """One extract as it is billed; ``delivered_at`` None: it was only cut. Raises ``NotFound`` (extract_unknown)."""
    row = connection.execute(_lines().where(tables.extract.c.extract == extract)).mappings().one_or_none()
    if row is None:
        raise NotFound("extract_unknown", extract=extract)
    return dict(row)


def credited(connection: Connection, extract: str) -> dict[int, str]:
    """Row numbers of an extract that were credited, each with its kind."""
    table = tables.credit_row.c
    query = select(table.number, table.kind).where(table.extract == extract)
    return {row.number: row.kind for row in connection.execute(query)}


def recorded_credits(
    connection: Connection, *, customer: str | None = None, since: datetime | None = None, until: datetime | None = None
) -> list[Row]:
    """Credits with the ``order`` and the ``kinds`` of their rows, oldest first."""
    table, extract = tables.credit, tables.extract
    query = select(table, extract.c.order).join(extract, extract.c.extract == table.c.extract)
    if customer is not None:
        query = query.where(table.c.customer == customer)
    if since is not None:
        query = query.where(table.c.reported_at >= since)
    if until is not None:
        query = query.where(table.c.reported_at < until)
    rows = [dict(row) for row in connection.execute(query.order_by(table.c.reported_at, table.c.credit)).mappings()]
    of_row = tables.credit_row.c
    counted = select(of_row.credit, of_row.kind, func.count().label("rows")).group_by(of_row.credit, of_row.kind)
    kinds: dict[str, dict[str, int]] = {}
    for one in connection.execute(counted.order_by(of_row.kind)).mappings():
        kinds.setdefault(one["credit"], {})[one["kind"]] = one["rows"]
    return [row | {"kinds": kinds.get(row["credit"], {})} for row in rows]


def record_credit(
    tx: Transaction, of: Row, rows: Sequence[tuple[int, str]], *, amount: Decimal, currency: str | None
) -> str:
    """Credit rows of an extract (``of``: its :func:`line`) as ``(number, kind)``; returns the credit's id.

    Give it the rows that are not credited yet, seen under :func:`lock`.
    """
    credit = new_id("credit")
    tx.execute(
        insert(tables.credit),
        {
            "credit": credit,
            "extract": of["extract"],
            "customer": of["payer"],
            "rows": len(rows),
            "amount": str(amount),
            "currency": currency,
            "reported_at": tx.at,
            "reported_by": tx.actor,
        },
    )
    made = [{"extract": of["extract"], "number": number, "credit": credit, "kind": kind} for number, kind in rows]
    tx.execute(insert(tables.credit_row), made)
    tx.audit(
        "credit.recorded",
        credit=credit,
        extract=of["extract"],
        customer=of["payer"],
        rows=len(rows),
        amount=str(amount),
        currency=currency,
    )
    return credit


def lock(tx: Transaction, extract: str) -> None:
    """No other credit of this extract is made until the transaction ends."""
    tx.one(select(tables.extract.c.extract).where(tables.extract.c.extract == extract).with_for_update())


def unhandled(connection: Connection, extract: str) -> list[Row]:
    """Credited rows whose correction was not begun yet: ``number, kind``, by number."""
    table = tables.credit_row.c
    query = select(table.number, table.kind).where(table.extract == extract, table.handled_at.is_(None))
    return [dict(row) for row in connection.execute(query.order_by(table.number)).mappings()]


def handled(tx: Transaction, extract: str, number: int) -> None:
    """The correction of a credited row was begun."""
    table = tables.credit_row
    one = (table.c.extract == extract) & (table.c.number == number)
    tx.execute(update(table).where(one).values(handled_at=tx.at))
    tx.audit("credit.handled", extract=extract, number=number)
