"""What follows when somebody in the register resembles a seed: it is retired, and people are told (R038, T10)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from sqlalchemy import Connection

from ledger import seeds, tasks
from ledger.engine import Transaction

RETIRED = "seeds retired"
"""Kind of the task for the register's maintainer: how many left the stock."""
IN_USE = "seed in use resembled"
"""Kind of the task for the privacy officer: which extracts hold such a seed."""
_DAYS = 2


def retire(tx: Transaction, alike: Collection[str], *, today: date) -> list[str]:
    """Retire these seeds in the transaction that publishes the snapshot, and open the tasks. Returns those retired now.

    What an extract already holds cannot be called back: it proves nothing from then on, and the officer decides whether
    anybody can have been harmed by it.
    """
    retired, extracts = seeds.retire_resembled(tx, sorted(alike)) if alike else ([], [])
    if not retired:
        return []
    due_on = today + timedelta(days=_DAYS)
    tasks.open_task(tx, kind=RETIRED, due_on=due_on, ids={"seeds": len(retired)})
    if extracts:
        tasks.open_task(tx, kind=IN_USE, due_on=due_on, ids={"extracts": extracts, "seeds": len(retired)})
    return retired


def told(connection: Connection) -> int:
    """How many seeds left the stock and were not made up for: those of the open tasks."""
    return sum(task["ids"]["seeds"] for task in tasks.list_tasks(connection, kind=RETIRED))


def restocked(tx: Transaction) -> None:
    """Close the tasks about seeds that left: there are others in their place."""
    for task in tasks.list_tasks(tx.connection, kind=RETIRED):
        tasks.close_task(tx, task["task"])
