"""The time that may be trusted: this node's clock, held against the latest instant the ledger has seen (R036, T06).

What counts as seen is the audit, whose instants never go back, and the primary's sign of life
(:mod:`ledger.heartbeat`). A clock that says less than that is wrong: an end that was seen stays an end, and nothing is
handed out until the clock is right again, or two persons say that what the ledger saw was the mistake.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection, func, select, update

from core.clock import SKEW, system_clock
from core.errors import Refused, StoreError
from ledger import tables
from ledger.engine import Transaction, last_audited
from ledger.heartbeat import last_beat
from ledger.store import Store


def seen(connection: Connection) -> datetime | None:
    """The latest instant that this ledger has seen; None in an empty one."""
    known = (last_audited(connection), last_beat(connection))
    return max((at for at in known if at is not None), default=None)


def now(connection: Connection, clock: datetime) -> datetime:
    """The present instant, never before one that was seen already; ``clock`` is what this node's clock says."""
    latest = seen(connection)
    return clock if latest is None else max(clock, latest)


def reference(connection: Connection) -> datetime | None:
    """A second clock to ask: the database server's, where there is a server."""
    if connection.dialect.name == "sqlite":
        return None
    at: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    return at.astimezone(UTC)


def agrees(clock: datetime, *, seen: datetime | None, reference: datetime | None) -> bool:
    """Whether a clock may be trusted: at most ``SKEW`` behind what was seen, and so far from the server's clock.

    Ahead of what was seen it may be as far as it likes: nothing may have happened for long.
    """
    behind = seen is not None and seen - clock > SKEW
    apart = reference is not None and abs(reference - clock) > SKEW
    return not (behind or apart)


def check(store: Store, connection: Connection) -> None:
    """Raise ``StoreError`` (clock_untrusted) when this node's clock may not be trusted. Asked before rows leave."""
    clock, latest = store.now(), seen(connection)
    server = reference(connection) if store.clock is system_clock else None
    if not agrees(clock, seen=latest, reference=server):
        known = max(at for at in (latest, server) if at is not None)
        raise StoreError("clock_untrusted", clock=clock.isoformat(), seen=known.isoformat(), limit=SKEW.seconds)


def status(store: Store, connection: Connection) -> dict[str, object]:
    """``{"clock", "seen", "server", "trusted"}``; ``server`` is null where there is no database server."""
    clock, latest, server = store.now(), seen(connection), reference(connection)
    asked = server if store.clock is system_clock else None
    return {"clock": clock, "seen": latest, "server": server, "trusted": agrees(clock, seen=latest, reference=asked)}


def accept(tx: Transaction, *, evidence: str, approver: str) -> None:
    """Two persons say that this node's clock is right and a later instant was seen by mistake; time starts from it.

    A clock that once ran ahead would otherwise stop deliveries until that day. The audit keeps both instants. Raises
    ``Refused`` (clock_needs_two).
    """
    if not evidence.strip() or not approver.strip() or approver.strip() == tx.actor:
        raise Refused("clock_needs_two")
    latest = seen(tx.connection)
    tx.execute(update(tables.fence).where(tables.fence.c.beat_at > tx.at).values(beat_at=tx.at))
    tx.restart_time()
    tx.audit("clock.accepted", seen=latest, approver=approver.strip(), evidence=evidence.strip())
