"""Synthetic requests in the ledger: when one went into a channel, and when it came out at our end (R100)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from core.ids import new_id
from ledger import tables
from ledger.engine import Transaction

Row = dict[str, Any]


def start(tx: Transaction, channel: str) -> str:
    """Record that a synthetic request is put into a channel; returns its id."""
    drill = new_id("drill")
    tx.execute(insert(tables.drill), {"drill": drill, "channel": channel, "sent_at": tx.at, "sent_by": tx.actor})
    tx.audit("drill.started", drill=drill, channel=channel)
    return drill


def arrive(tx: Transaction, drill: str, *, channel: str) -> None:
    """Record that it came in, and so is closed; said again, the first time stands."""
    open_one = (tables.drill.c.drill == drill) & tables.drill.c.arrived_at.is_(None)
    tx.execute(update(tables.drill).where(open_one).values(arrived_at=tx.at))
    tx.audit("drill.arrived", drill=drill, channel=channel)


def since(connection: Connection, at: datetime) -> list[Row]:
    """The drills started at that instant or later, newest first."""
    query = select(tables.drill).where(tables.drill.c.sent_at >= at).order_by(tables.drill.c.sent_at.desc())
    return [dict(row) for row in connection.execute(query).mappings()]


def last(connection: Connection) -> dict[str, Row]:
    """Channel to ``first_sent, last_sent, last_arrived``."""
    drill = tables.drill.c
    query = select(
        drill.channel,
        func.min(drill.sent_at).label("first_sent"),
        func.max(drill.sent_at).label("last_sent"),
        func.max(drill.arrived_at).label("last_arrived"),
    ).group_by(drill.channel)
    return {row["channel"]: dict(row) for row in connection.execute(query).mappings()}
