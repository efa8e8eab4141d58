"""How old this node's view of the bans is. A node that has not heard of the primary for long refuses (R016, T26).

The primary stamps the ledger with every write (the audit's last row) and with ``rajaus ban heartbeat``; a node whose
ledger is a replica sees both as late as it sees the bans.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, exc, select, update

from core.errors import BanUnreadable
from core.settings import Settings
from ledger import tables
from ledger.engine import Ledger

SKEW = timedelta(seconds=60)
"""How far ahead of this node's clock the primary may seem to be."""


def beat(ledger: Ledger, *, at: datetime) -> None:
    """Stamp the ledger: the primary is alive. No fact, so it leaves no audit row."""
    with ledger.locking() as connection:
        connection.execute(update(tables.fence).values(beat_at=at))


def last_beat(connection: Connection) -> datetime | None:
    """The newest instant at which the primary is known to have lived; None in a ledger nothing was written to."""
    stamped = connection.execute(select(tables.fence.c.beat_at)).scalar_one()
    written = connection.execute(
        select(tables.audit.c.at).join(tables.audit_head, tables.audit_head.c.seq == tables.audit.c.seq)
    ).scalar_one_or_none()
    return max((at for at in (stamped, written) if at is not None), default=None)


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
