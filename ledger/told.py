"""What recipients were told of so far: the bans' hits up to a fence value, and quarantined sources (R023, R063)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, func, insert, or_, select, update

from ledger import tables
from ledger.engine import Transaction

BANS = "bans"


def source_subject(source: str) -> str:
    """How a source is named here, and as the cause of its messages."""
    return f"source {source}"


@dataclass(frozen=True)
class Hit:
    """What a standing ban blocks: a register id, in one channel or in all."""

    ban: str
    target: str
    id: int
    channel: str | None


def untold_hits(connection: Connection) -> tuple[list[Hit], int]:
    """What standing bans hit since the recipients were last told, and the fence value up to which that is."""
    fence = int(connection.execute(select(tables.fence.c.value)).scalar_one())
    told = connection.execute(select(tables.told.c.fence).where(tables.told.c.subject == BANS)).scalar_one_or_none()
    hit, ban = tables.ban_hit.c, tables.ban.c
    query = (
        select(hit.ban, hit.target, hit.id, func.coalesce(hit.channel, ban.channel).label("channel"))
        .join(tables.ban, ban.ban == hit.ban)
        .where(hit.fence > (told or 0), hit.fence <= fence, ban.lifted_at.is_(None), hit.released_at.is_(None))
        .where(or_(ban.kind != "restriction", ban.target != "position"))  # a wrong address: the correction tells of it
        .order_by(hit.fence, hit.ban, hit.target, hit.id)
    )
    return [Hit(row.ban, row.target, row.id, row.channel) for row in connection.execute(query)], fence


def untold_sources(connection: Connection) -> list[str]:
    """Sources in quarantine whose recipients were not told since."""
    told = {row.subject: row.at for row in connection.execute(select(tables.told))}
    query = select(tables.source.c.source, tables.source.c.quarantined_at).where(
        tables.source.c.quarantined_at.is_not(None)
    )
    return [
        row.source
        for row in connection.execute(query)
        if (at := told.get(source_subject(row.source))) is None or at < row.quarantined_at
    ]


def mark_told(tx: Transaction, subject: str, *, fence: int) -> None:
    """Remember that recipients were told of a subject's hits up to a fence value; it never goes back."""
    known = tx.one(select(tables.told).where(tables.told.c.subject == subject))
    if known is None:
        tx.execute(insert(tables.told), {"subject": subject, "fence": fence, "at": tx.at})
    else:
        values = {"fence": max(fence, known["fence"]), "at": tx.at}
        tx.execute(update(tables.told).where(tables.told.c.subject == subject).values(**values))
