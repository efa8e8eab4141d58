"""What recipients were told of so far: the bans' hits up to a fence value, quarantined sources (R023, R063), and
corrections up to a row of the audit (R060)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, func, insert, or_, select, update

from ledger import corrections, tables
from ledger.corrections import Correction
from ledger.engine import Transaction

BANS = "bans"
CORRECTIONS = "corrections"
_DELIVERED, _CORRECTED = "extract.delivered", "correction.made"
_BATCH = 500


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


@dataclass(frozen=True)
class Outdated:
    """A delivered extract that was cut from a snapshot without these corrections."""

    extract: str
    corrections: Sequence[Correction]


def untold_corrections(connection: Connection, *, fields: Sequence[str]) -> tuple[list[Outdated], int | None]:
    """Corrections of these fields that a delivered extract lacks, as far as the correction or the delivery is new.

    Deliveries and corrections are found in the audit, which numbers them in the order of their commits: none is
    overlooked, whoever was first. Returns also the audit row up to which that is; None when there is nothing new.
    """
    head = int(connection.execute(select(tables.audit_head.c.seq)).scalar_one())
    told = select(tables.told.c.fence).where(tables.told.c.subject == CORRECTIONS)
    upto = connection.execute(told).scalar_one_or_none() or 0
    audit = tables.audit.c
    query = select(audit.action, audit.ids).where(
        audit.seq > upto, audit.seq <= head, audit.action.in_((_DELIVERED, _CORRECTED))
    )
    news: dict[str, set[str]] = {_DELIVERED: set(), _CORRECTED: set()}
    for action, ids in connection.execute(query):
        news[action].add(ids["extract" if action == _DELIVERED else "correction"])
    if not any(news.values()):
        return [], None
    found = _lacking(connection, tables.extract.c.extract, news[_DELIVERED], fields)
    found |= _lacking(connection, tables.correction.c.correction, news[_CORRECTED], fields)
    made = {one.correction: one for one in corrections.named(connection, {name for _, name in found})}
    lacking: dict[str, list[Correction]] = {}
    for extract, correction in sorted(found):
        lacking.setdefault(extract, []).append(made[correction])
    return [Outdated(extract, corrected) for extract, corrected in lacking.items()], head


def _lacking(
    connection: Connection, column: ColumnElement[str], wanted: set[str], fields: Sequence[str]
) -> set[tuple[str, str]]:
    """(extract, correction): delivered, and cut from a snapshot published before the first one with the correction."""
    extract, correction = tables.extract.c, tables.correction.c
    cut_from, built_with = tables.snapshot.alias("cut_from"), tables.snapshot.alias("built_with")
    query = (
        select(extract.extract, correction.correction)
        .select_from(tables.extract)
        .join(cut_from, cut_from.c.snapshot == extract.snapshot)
        .join(tables.correction, correction.ended_at.is_(None) & correction.disputed.is_(False))
        .outerjoin(built_with, built_with.c.snapshot == correction.snapshot)
        .where(
            or_(built_with.c.published_at.is_(None), built_with.c.published_at > cut_from.c.published_at),
            correction.field.in_(fields),
            extract.extract.in_(select(tables.delivery.c.extract)),
        )
    )
    ordered = sorted(wanted)
    return {
        (row.extract, row.correction)
        for start in range(0, len(ordered), _BATCH)
        for row in connection.execute(query.where(column.in_(ordered[start : start + _BATCH])))
    }


def mark_told(tx: Transaction, subject: str, *, fence: int) -> None:
    """Remember that recipients were told of a subject's hits up to a fence value; it never goes back."""
    known = tx.one(select(tables.told).where(tables.told.c.subject == subject))
    if known is None:
        tx.execute(insert(tables.told), {"subject": subject, "fence": fence, "at": tx.at})
    else:
        values = {"fence": max(fence, known["fence"]), "at": tx.at}
        tx.execute(update(tables.told).where(tables.told.c.subject == subject).values(**values))
