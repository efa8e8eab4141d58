"""Price lists in the ledger: versioned, never changed; which one is in force on a day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, func, insert, select

from core.errors import Conflict, NotFound
from core.ids import new_id
from ledger import tables
from ledger.engine import Transaction

Row = dict[str, Any]


def record(
    tx: Transaction, *, modes: Mapping[str, Mapping[str, str]], currency: str, valid_from: date, sha256: str
) -> Row:
    """Record a price list as the next version. Raises ``Conflict`` (already_done) for the same file and day."""
    table = tables.price_list
    same = tx.one(select(table).where(table.c.sha256 == sha256, table.c.valid_from == valid_from))
    if same is not None:
        raise Conflict("already_done", kind="price list", id=same["price_list"])
    last = tx.execute(select(func.coalesce(func.max(table.c.version), 0))).scalar_one()
    row = {
        "price_list": new_id("prices"),
        "version": last + 1,
        "currency": currency,
        "valid_from": valid_from,
        "modes": {mode: dict(items) for mode, items in modes.items()},
        "sha256": sha256,
        "loaded_at": tx.at,
        "loaded_by": tx.actor,
    }
    tx.execute(insert(table), row)
    tx.audit("prices.loaded", prices=row["price_list"], version=row["version"], valid_from=valid_from, sha256=sha256)
    return row


def in_force(connection: Connection, *, day: date) -> Row | None:
    """The list by which orders are priced on a day: the newest of those that begin last; None: nothing is priced."""
    table = tables.price_list
    query = (
        select(table)
        .where(table.c.valid_from <= day)
        .order_by(table.c.valid_from.desc(), table.c.version.desc())
        .limit(1)
    )
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else dict(row)


def price_list(connection: Connection, version: int) -> Row:
    """One version. Raises ``NotFound`` (price_list_unknown)."""
    row = connection.execute(select(tables.price_list).where(tables.price_list.c.version == version)).mappings()
    found = row.one_or_none()
    if found is None:
        raise NotFound("price_list_unknown", version=version)
    return dict(found)


def price_lists(connection: Connection) -> list[Row]:
    """Every version, newest first."""
    query = select(tables.price_list).order_by(tables.price_list.c.version.desc())
    return [dict(row) for row in connection.execute(query).mappings()]
