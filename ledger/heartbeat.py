"""How old this node's view of the bans is. A node that has not heard of the primary for long refuses (R016, T26).

The primary stamps the ledger with every ban and, when none comes, with ``rajaus ban heartbeat`` once a minute; a node
whose ledger is a replica sees the stamp exactly as late as it sees the bans.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, exc, or_, select, update

from core.clock import SKEW
from core.errors import BanUnreadable
from core.settings import Settings
from ledger import tables
from ledger.engine import Ledger


def beat(ledger: Ledger, *, at: datetime) -> None:
    """Stamp the ledger: the primary is alive. No fact, so it leaves no audit row. A stamp never goes back (T06)."""
    table = tables.fence
    with ledger.locking() as connection:
        connection.execute(update(table).where(or_(table.c.beat_at.is_(None), table.c.beat_at < at)).values(beat_at=at))


def last_beat(connection: Connection) -> datetime | None:
    """The newest instant at which the primary is known to have lived; None when it never stamped this ledger."""
    at: datetime | None = connection.execute(select(tables.fence.c.beat_at)).scalar_one()
    return at


def check_fresh(connection: Connection, settings: Settings, *, now: datetime) -> None:
    """On a replica, raise ``BanUnreadable`` when its view of the bans is too old (bans_stale), or when its clock and
    the primary's disagree, so that nobody can tell (bans_clock_skew). The primary reads its own bans: always fresh."""
    if settings.ledger_role == "primary":
        return
    try:
        seen = last_beat(connection)
    except exc.SQLAlchemyError as error:
        raise BanUnreadable("bans_unreadable") from error
    limit = timedelta(seconds=settings.replica_patience_seconds)
    if seen is None or now - seen > limit:
        raise BanUnreadable("bans_stale", limit=settings.replica_patience_seconds)
    if seen - now > SKEW:
        raise BanUnreadable("bans_clock_skew", limit=int(SKEW.total_seconds()))
