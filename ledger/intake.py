"""Messages that came in, each known by a keyed digest, and what each became. No text and no address is kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, insert, select

from core.ids import new_id
from ledger import tables
from ledger.engine import Transaction

Row = dict[str, Any]
KINDS = ("ban", "request", "bounce", "automatic", "drill", "unread")


def known(connection: Connection, digest: bytes) -> Row | None:
    """The item of a message that was read before."""
    query = select(tables.intake_item).where(tables.intake_item.c.digest == digest)
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else dict(row)


def record(tx: Transaction, *, digest: bytes, kind: str, outcome: Mapping[str, Any], received_on: date) -> str:
    """Record what a message became; returns the item's id."""
    item = new_id("item")
    row = {"item": item, "digest": digest, "kind": kind, "outcome": dict(outcome), "received_on": received_on}
    tx.execute(insert(tables.intake_item), row | {"recorded_at": tx.at, "recorded_by": tx.actor})
    tx.audit("intake.read", item=item, what=kind, **outcome)
    return item


def items(connection: Connection, *, kind: str | None = None) -> list[Row]:
    """Items without their digests, newest first. Drills are left out unless they are asked for."""
    table = tables.intake_item.c
    columns = [column for column in tables.intake_item.c if column.name != "digest"]
    query = select(*columns).order_by(table.recorded_at.desc(), table.item)
    query = query.where(table.kind != "drill") if kind is None else query.where(table.kind == kind)
    return [dict(row) for row in connection.execute(query).mappings()]
