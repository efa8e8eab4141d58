"""Ban links in the ledger: which ban a used link became, and tries that led nowhere (R040)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, insert, select

from core.ids import new_id
from ledger import tables
from ledger.engine import Transaction

Row = dict[str, Any]

MISSES_AN_HOUR = 20
"""Tries that lead nowhere are written down so many times an hour: nobody can fill the audit with them."""


def ban_of(connection: Connection, batch: str) -> Row | None:
    """The newest ban that a link became (``batch`` and what follows it after a colon); None before its first use."""
    ban = tables.ban.c
    same = ban.batch.startswith(batch, autoescape=True)
    query = select(tables.ban).where(same).order_by(ban.fence.desc()).limit(1)
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else dict(row)


def misses(connection: Connection, *, since: datetime) -> int:
    """How many tries were written down from an instant on."""
    miss = tables.ban_link_miss.c
    return int(connection.execute(select(func.count()).where(miss.at >= since)).scalar_one())


def missed(tx: Transaction, *, via: str, reason: str) -> bool:
    """Write down a try that led nowhere; False when this hour has enough of them and the transaction is abandoned."""
    if misses(tx.connection, since=tx.at - timedelta(hours=1)) >= MISSES_AN_HOUR:
        tx.abandon()
        return False
    row = {"miss": new_id("miss"), "at": tx.at, "via": via, "reason": reason}
    tx.execute(insert(tables.ban_link_miss), row)
    tx.audit("ban_link.missed", miss=row["miss"], via=via, reason=reason)
    return True
