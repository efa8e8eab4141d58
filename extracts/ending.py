"""The end of a campaign: nothing of it is served from that instant on, and its stored copies go (R035, R036, T06).

That nothing is served needs no job: every door asks the clock. The sweep removes what still lies there and writes it
down. It is run by cron (``rajaus campaign sweep``) and by every door that opens; killed anywhere, the next one ends it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from extracts import prepared
from ledger import customers, endings, holds, orders, trusted_time
from ledger.endings import Over
from ledger.engine import Transaction
from ledger.store import Store


def _nothing(_step: str) -> None:
    return None


def sweep(
    store: Store, *, campaign: str | None = None, checkpoint: Callable[[str], None] = _nothing
) -> list[dict[str, Any]]:
    """Remove the stored copies of every extract whose campaign is over, and record it; safe while others run.

    Returns what it ended: ``{"extract", "customer", "ended_at", "files", "disposal_due"}``. Said again, it finds
    nothing. ``campaign``: only of that one.
    """
    with store.ledger.read() as connection:
        now = trusted_time.now(connection, store.now())
        due = endings.over(connection, now=now, campaign=campaign)
    return [ended for one in due if (ended := _end(store, one, checkpoint=checkpoint)) is not None]


def _end(store: Store, one: Over, *, checkpoint: Callable[[str], None]) -> dict[str, Any] | None:
    """The end first, then the copies, then the word that they are gone: whatever comes between is made good."""
    files, size = prepared.measure(store, one.extract)
    due_at = endings.disposal_due(one.ended_at, days=store.settings.disposal_days) if one.owes else None
    with store.write() as tx:
        if endings.begin(tx, one, files=files, size=size, due_at=due_at):
            _settle_order(tx, one)
        else:
            tx.abandon()  # another process found it first, or was killed on the way: the rest is done again
    checkpoint("recorded")
    with store.ledger.read() as connection:
        if one.extract in holds.standing(connection, kind="files", name="deliveries"):
            return None  # its copies go when the legal hold is released (R075)
    prepared.remove(store, one.extract)
    checkpoint("removed")
    with store.write() as tx:
        if not endings.removed(tx, one.extract):
            tx.abandon()
            return None
    return {
        "extract": one.extract,
        "customer": one.customer,
        "ended_at": one.ended_at,
        "files": files,
        "disposal_due": due_at,
    }


def _settle_order(tx: Transaction, one: Over) -> None:
    """An extract that was disposed of before its end takes its order to the last state."""
    if endings.statement(tx.connection, one.extract) is not None:
        endings.dispose_order(tx, one.order)


def settle_orders(store: Store) -> list[str]:
    """Write down what time has brought to orders that nobody touched since: begun, ended, lapsed before the cut, each
    at its own instant. Returns the orders; said again, it finds none."""
    with store.ledger.read() as connection:
        now = trusted_time.now(connection, store.now())
        moved = orders.moved_by_time(connection, at=now)
    settled = []
    for order in moved:
        with store.write() as tx:
            before = orders.order(tx.connection, order)["state"]
            if orders.catch_up(tx, order)[0]["state"] == before:
                tx.abandon()  # another process wrote it down first
            else:
                settled.append(order)
    return settled


def sweep_strays(store: Store) -> list[str]:
    """Remove files of extracts that nobody may fetch any more: void or revoked ones, and those that a restore or a
    killed release put back after their end. Returns the extracts."""
    lying = list(prepared.lying(store))
    with store.ledger.read() as connection:
        finished = endings.finished(connection, lying)
        finished -= holds.standing(connection, kind="files", name="deliveries").keys()
    for extract in sorted(finished):
        prepared.remove(store, extract)
        with store.write() as tx:
            tx.audit("extract.strays_removed", extract=extract)
    return sorted(finished)


def check_running(store: Store, tx: Transaction, campaign: str) -> None:
    """Inside the transaction that lets rows go: raise ``LicenceRefused`` (campaign_ended, campaign_closed) when the
    campaign ended while they were made ready. The clock is asked anew: the transaction may have waited (T06)."""
    now = trusted_time.now(tx.connection, store.now())
    customers.check_not_over(customers.campaign(tx.connection, campaign), now=now)
