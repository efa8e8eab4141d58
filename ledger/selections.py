"""Saved selections: criteria under a name of the customer's, every save a version of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, func, insert, select

from core.errors import NotFound
from core.ids import new_id
from ledger import customers, tables
from ledger.engine import Transaction

Row = dict[str, Any]


def save(
    tx: Transaction, *, customer: str, campaign: str | None, name: str, criteria: Mapping[str, Any], note: str | None
) -> Row:
    """Save criteria as the next version of a name. Returns the row. Raises ``NotFound`` (customer_unknown)."""
    customers.customer(tx.connection, customer, lock=True)  # two saves at once get two numbers
    table = tables.selection
    last = select(func.max(table.c.version)).where(table.c.customer == customer, table.c.name == name)
    row = {
        "selection": new_id("selection"), "customer": customer, "campaign": campaign, "name": name,
        "version": (tx.execute(last).scalar() or 0) + 1, "criteria": dict(criteria), "note": note,
        "saved_at": tx.at, "saved_by": tx.actor,
    }  # fmt: skip
    tx.execute(insert(table), row)
    told = {key: row[key] for key in ("selection", "customer", "campaign", "version")}
    tx.audit("selection.saved", **told)
    return row


def find(connection: Connection, *, customer: str, name: str, version: int | None = None) -> Row:
    """One version of a name, by default the newest. Raises ``NotFound`` (selection_unknown)."""
    table = tables.selection
    query = select(table).where(table.c.customer == customer, table.c.name == name)
    if version is not None:
        query = query.where(table.c.version == version)
    row = connection.execute(query.order_by(table.c.version.desc()).limit(1)).mappings().one_or_none()
    if row is None:
        raise NotFound("selection_unknown", selection=name if version is None else f"{name}@{version}")
    return dict(row)


def saved(connection: Connection, *, customer: str | None = None, campaign: str | None = None) -> list[Row]:
    """All versions, by customer and name, the newest version first."""
    table = tables.selection
    query = select(table).order_by(table.c.customer, table.c.name, table.c.version.desc())
    if customer is not None:
        query = query.where(table.c.customer == customer)
    if campaign is not None:
        query = query.where(table.c.campaign == campaign)
    return [dict(row) for row in connection.execute(query).mappings()]
