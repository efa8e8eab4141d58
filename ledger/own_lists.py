"""The customer's own lists of an order: what was given, for ever; what the cut needs of it, until the cut (R031)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from ledger import tables
from ledger.engine import Transaction

Row = dict[str, Any]


def keep(tx: Transaction, *, order: str, key: str, facts: Mapping[str, Any], digests: bytes) -> None:
    """Record one list of an order; one that was given before under the same key is replaced."""
    table = tables.own_list
    tx.execute(delete(table).where(table.c.order == order, table.c.key == key))
    tx.execute(insert(table), {"order": order, "key": key, **facts, "digests": digests, "kept_at": tx.at})
    tx.audit("own_list.kept", order=order, list=key, sha256=facts["sha256"], lines=facts["lines"])


def kept(connection: Connection, order: str) -> list[Row]:
    """The lists of an order; ``digests`` is None once they are gone."""
    table = tables.own_list
    query = select(table).where(table.c.order == order).order_by(table.c.key)
    return [dict(row) for row in connection.execute(query).mappings()]


def counted(tx: Transaction, order: str, *, left_out: int) -> None:
    """Record how many selected rows an order's lists take away together."""
    tx.execute(update(tables.own_list).where(tables.own_list.c.order == order).values(left_out=left_out))


def drop(tx: Transaction, order: str) -> None:
    """Take back the lists of an order whose criteria changed."""
    tx.execute(delete(tables.own_list).where(tables.own_list.c.order == order))


def forget(tx: Transaction, order: str) -> int:
    """Let the digests go, now that no cut will need them; the proof stays. Returns how many lists there were."""
    table = tables.own_list
    named = (table.c.order == order, table.c.digests.is_not(None))
    gone = tx.execute(update(table).where(*named).values(digests=None, gone_at=tx.at)).rowcount
    if gone:
        tx.audit("own_list.gone", order=order, lists=gone)
    return int(gone)
