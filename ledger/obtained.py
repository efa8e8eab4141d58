"""Who got what in a period: extracts and planned orders of several customers together (R030, R053).

A disclosure counts for its recipient and for the party of the agreement, who ordered it: an end customer's rows are
the reseller's too. Persons are the manifests' keyed tokens.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, case, delete, insert, or_, select

from core.errors import InvalidInput, PermissionRefused
from core.ids import new_id
from ledger import customers, tables
from ledger.engine import Transaction

TOKEN = 16
"""Bytes of a person token."""
OPEN = ("awaiting approval", "approved")
"""States of an order that may still be cut."""
MOST_GRANTED = 100_000
_BATCH = 400


@dataclass(frozen=True)
class Extract:
    """One extract that went, or may go, to a recipient."""

    extract: str
    order: str
    manifest: str
    """Relative to the home."""
    customer: str
    """The recipient."""
    party: str
    """Who ordered: the recipient itself, or its reseller."""
    criteria: Mapping[str, Any]
    released_at: datetime
    ends_at: datetime
    """The end of the campaign, or its closing if that came earlier."""


@dataclass(frozen=True)
class Plan:
    """An order that may still be cut, and whom it would disclose."""

    order: str
    customer: str
    party: str
    criteria: Mapping[str, Any]
    tokens: bytes
    ends_at: datetime


def extracts(connection: Connection, customers: Collection[str], *, since: datetime) -> list[Extract]:
    """Extracts that these customers received or ordered, released at ``since`` or later, oldest first; void ones never
    left."""
    rows = {row["extract"]: row for row in _of(connection, _extracts(since), customers)}
    found = [Extract(**row) for row in rows.values()]
    return sorted(found, key=lambda one: (one.released_at, one.extract))


def _extracts(since: datetime) -> Select[Any]:
    extract, order, campaign, agreement = tables.extract.c, tables.order.c, tables.campaign.c, tables.agreement.c
    return (
        select(
            extract.extract, extract.order, extract.manifest, extract.customer, agreement.customer.label("party"),
            order.criteria, extract.released_at, _over(campaign).label("ends_at"),
        )
        .join(tables.order, order.order == extract.order)
        .join(tables.campaign, campaign.campaign == extract.campaign)
        .join(tables.agreement, agreement.agreement == campaign.agreement)
        .where(extract.released_at >= since, extract.state != "void")
    )  # fmt: skip


def names(connection: Connection, customers: Collection[str], *, since: datetime) -> set[str]:
    """Ids of what :func:`extracts` gives: quick enough to be asked under the fence's lock."""
    base = (
        select(tables.extract.c.extract)
        .join(tables.campaign, tables.campaign.c.campaign == tables.extract.c.campaign)
        .join(tables.agreement, tables.agreement.c.agreement == tables.campaign.c.agreement)
        .where(tables.extract.c.released_at >= since, tables.extract.c.state != "void")
    )
    return {row["extract"] for row in _of(connection, base, customers)}


def released_by(connection: Connection, user: str, *, since: datetime) -> list[Extract]:
    """What one user released at ``since`` or later, whoever for, oldest first: a page that somebody looks at is one."""
    query = _extracts(since).where(tables.extract.c.released_by == user)
    found = [Extract(**row) for row in connection.execute(query).mappings()]
    return sorted(found, key=lambda one: (one.released_at, one.extract))


def plans(connection: Connection, customers: Collection[str], *, at: datetime, but: str | None = None) -> list[Plan]:
    """What may still be cut for these customers, or by them, apart from one order."""
    order, kept, campaign, agreement = tables.order.c, tables.order_plan.c, tables.campaign.c, tables.agreement.c
    base = (
        select(
            order.order, campaign.customer, agreement.customer.label("party"), order.criteria, kept.tokens,
            _over(campaign).label("ends_at"),
        )
        .join(tables.order_plan, kept.order == order.order)
        .join(tables.campaign, campaign.campaign == order.campaign)
        .join(tables.agreement, agreement.agreement == campaign.agreement)
        .where(order.state.in_(OPEN), kept.ends_at > at, campaign.closed_at.is_(None))
    )  # fmt: skip
    rows = {row["order"]: row for row in _of(connection, base, customers)}
    return [Plan(**row) for name, row in sorted(rows.items()) if name != but]


def plan(tx: Transaction, *, order: str, tokens: bytes, ends_at: datetime) -> None:
    """Keep whom an order would disclose until it is cut, decided against, or its campaign is over.

    ``tokens`` are person tokens one after the other, each once. Plans that serve no more go with it. The caller audits.
    """
    table = tables.order_plan
    closed = select(tables.order.c.order).where(tables.order.c.state.not_in((*OPEN, "draft", "quoted")))
    tx.execute(delete(table).where(or_(table.c.order == order, table.c.ends_at <= tx.at, table.c.order.in_(closed))))
    tx.execute(insert(table), {"order": order, "tokens": tokens, "ends_at": ends_at})


def grant(tx: Transaction, *, campaign: str, user: str, persons: int, reason: str, by: str | None = None) -> str:
    """Raise by so many persons what a user may look at on pages, and its customers with it; returns the grant's id.

    Raises ``InvalidInput`` (value_missing, size_out_of_range), ``NotFound`` (campaign_unknown) and
    ``PermissionRefused`` (views_need_two) when the user would raise its own (R088).
    """
    for name, value in (("user", user), ("reason", reason)):
        if not value.strip():
            raise InvalidInput("value_missing", field=name)
    if not 1 <= persons <= MOST_GRANTED:
        raise InvalidInput("size_out_of_range", field="persons", least=1, most=MOST_GRANTED)
    customers.campaign(tx.connection, campaign)
    approver = by or tx.actor
    if approver == user:
        raise PermissionRefused("views_need_two")
    identifier = new_id("grant")
    tx.execute(
        insert(tables.view_grant),
        {
            "grant": identifier,
            "campaign": campaign,
            "user": user,
            "persons": persons,
            "reason": reason.strip(),
            "granted_by": approver,
            "granted_at": tx.at,
        },
    )
    tx.audit("views.granted", grant=identifier, campaign=campaign, persons=persons)
    return identifier


def granted(connection: Connection, *, since: datetime, user: str | None = None, to: Collection[str] = ()) -> int:
    """By how many persons a user's budget was raised, or that of these customers together."""
    kept, campaign, agreement = tables.view_grant.c, tables.campaign.c, tables.agreement.c
    base = (
        select(kept.grant, kept.persons)
        .join(tables.campaign, campaign.campaign == kept.campaign)
        .join(tables.agreement, agreement.agreement == campaign.agreement)
        .where(kept.granted_at >= since)
    )
    if user is not None:
        return sum(row.persons for row in connection.execute(base.where(kept.user == user)))
    return sum({row["grant"]: row["persons"] for row in _of(connection, base, to)}.values())


def _over(campaign: Any) -> Any:
    earlier = campaign.closed_at.is_not(None) & (campaign.closed_at < campaign.ends_at)
    return case((earlier, campaign.closed_at), else_=campaign.ends_at)


def _of(connection: Connection, base: Select[Any], customers: Collection[str]) -> Sequence[Mapping[str, Any]]:
    """The rows of campaigns that these customers receive or order for."""
    wanted = sorted(customers)
    found: list[Mapping[str, Any]] = []
    for start in range(0, len(wanted), _BATCH):
        some = wanted[start : start + _BATCH]
        mine = or_(tables.campaign.c.customer.in_(some), tables.agreement.c.customer.in_(some))
        found += [dict(row) for row in connection.execute(base.where(mine)).mappings()]
    return found
