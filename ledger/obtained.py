"""Who got what in a period: extracts, planned orders and page views of several customers together (R030, R053).

A disclosure counts for its recipient and for the party of the agreement, who ordered it: an end customer's rows are
the reseller's too. Persons are the manifests' keyed tokens.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, case, delete, insert, or_, select

from core.ids import new_id
from ledger import tables
from ledger.engine import Transaction

TOKEN = 16
"""Bytes of a person token."""
OPEN = ("awaiting approval", "approved")
"""States of an order that may still be cut."""
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


@dataclass(frozen=True)
class View:
    """A page of persons that somebody looked at for a campaign."""

    view: str
    customer: str
    party: str
    by: str
    tokens: bytes


def extracts(connection: Connection, customers: Collection[str], *, since: datetime) -> list[Extract]:
    """Extracts that these customers received or ordered, released at ``since`` or later, oldest first; void ones never
    left."""
    extract, order, campaign, agreement = tables.extract.c, tables.order.c, tables.campaign.c, tables.agreement.c
    base = (
        select(
            extract.extract, extract.order, extract.manifest, extract.customer, agreement.customer.label("party"),
            order.criteria, extract.released_at, _over(campaign).label("ends_at"),
        )
        .join(tables.order, order.order == extract.order)
        .join(tables.campaign, campaign.campaign == extract.campaign)
        .join(tables.agreement, agreement.agreement == campaign.agreement)
        .where(extract.released_at >= since, extract.state != "void")
    )  # fmt: skip
    rows = {row["extract"]: row for row in _of(connection, base, customers)}
    found = [Extract(**row) for row in rows.values()]
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


def views(connection: Connection, customers: Collection[str], *, since: datetime) -> list[View]:
    """The pages that these customers' users viewed."""
    rows = {row["view"]: row for row in _of(connection, _views(since), customers)}
    return [View(**row) for row in rows.values()]


def views_by(connection: Connection, user: str, *, since: datetime) -> list[View]:
    """The pages that one user viewed, for whichever customer."""
    query = _views(since).where(tables.page_view.c.by == user)
    return [View(**row) for row in connection.execute(query).mappings()]


def _views(since: datetime) -> Select[Any]:
    view, campaign, agreement = tables.page_view.c, tables.campaign.c, tables.agreement.c
    return (
        select(view.view, campaign.customer, agreement.customer.label("party"), view.by, view.tokens)
        .join(tables.campaign, campaign.campaign == view.campaign)
        .join(tables.agreement, agreement.agreement == campaign.agreement)
        .where(view.at >= since)
    )


def plan(tx: Transaction, *, order: str, tokens: bytes, ends_at: datetime) -> None:
    """Keep whom an order would disclose until it is cut, decided against, or its campaign is over.

    ``tokens`` are person tokens one after the other, each once. Plans that serve no more go with it. The caller audits.
    """
    table = tables.order_plan
    closed = select(tables.order.c.order).where(tables.order.c.state.not_in((*OPEN, "draft", "quoted")))
    tx.execute(delete(table).where(or_(table.c.order == order, table.c.ends_at <= tx.at, table.c.order.in_(closed))))
    tx.execute(insert(table), {"order": order, "tokens": tokens, "ends_at": ends_at})


def view(tx: Transaction, *, campaign: str, user: str, tokens: bytes) -> str:
    """Record that a user saw these persons on a page; returns the view's id."""
    identifier = new_id("view")
    values = {"view": identifier, "campaign": campaign, "by": user, "tokens": tokens, "at": tx.at}
    tx.execute(insert(tables.page_view), values)
    tx.audit("page.viewed", view=identifier, campaign=campaign, persons=len(tokens) // TOKEN)
    return identifier


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
