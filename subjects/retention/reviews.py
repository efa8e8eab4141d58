"""What people must look at because nothing ends it: the standing suppression keys, once a year (R073)."""

from __future__ import annotations

from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from core.clock import helsinki_day
from ledger import bans, tasks
from ledger.engine import Transaction

KIND = "suppression review"
EVERY = relativedelta(years=1)
_DAYS = 30


def open_due(tx: Transaction, *, today: date) -> str | None:
    """Open the yearly task, if bans stand and the last one is a year old; returns its id."""
    standing = bans.standing(tx.connection)
    opened = [helsinki_day(one["opened_at"]) for one in tasks.list_tasks(tx.connection, closed=True, kind=KIND)]
    if not standing or any(day + EVERY > today for day in opened):
        return None
    return tasks.open_task(tx, kind=KIND, due_on=today + timedelta(days=_DAYS), ids={"bans": standing})
