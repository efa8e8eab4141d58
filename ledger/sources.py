"""Sources, their loads, and the one act that takes a source out of use (R008)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, func, insert, select, update

from core.errors import InvalidTransition, NotFound
from ledger import tables
from ledger.engine import Transaction
from schemas.processing import check_ground

GROUND = "GDPR 6(1)(f)"
"""Lawful ground of a source unless another is named (R008)."""
MODES = ("full", "update")
_PRIORITY_STEP = 10


@dataclass(frozen=True)
class Source:
    """Where facts come from; of two sources, the one with the smaller ``priority`` wins a field."""

    source: str
    priority: int
    ground: str
    added_at: datetime
    quarantined_at: datetime | None


@dataclass(frozen=True)
class Load:
    """One accepted load: ``data`` is the Parquet file of its rows, relative to the home."""

    load: int
    source: str
    priority: int
    kind: str
    mode: str
    files: list[dict[str, str]]
    data: str
    data_sha256: str
    quarantine_file: str | None
    read: int
    accepted: int
    quarantined: int
    suppressed: int
    reasons: dict[str, int]
    obtained_on: date
    loaded_at: datetime


def sources(connection: Connection) -> list[Source]:
    """All sources, the winning one first."""
    query = select(tables.source).order_by(tables.source.c.priority, tables.source.c.source)
    return [Source(**row) for row in connection.execute(query).mappings()]


def find_source(connection: Connection, source: str) -> Source:
    """One source; raises ``NotFound``."""
    row = connection.execute(select(tables.source).where(tables.source.c.source == source)).mappings().one_or_none()
    if row is None:
        raise NotFound("source_unknown", source=source)
    return Source(**row)


def loads(connection: Connection) -> list[Load]:
    """Every load ever accepted, oldest first."""
    query = (
        select(tables.load, tables.source.c.priority)
        .join(tables.source, tables.source.c.source == tables.load.c.source)
        .order_by(tables.load.c.load)
    )
    return [Load(**row) for row in connection.execute(query).mappings()]


def live_loads(connection: Connection, *, kind: str | None = None) -> list[Load]:
    """The loads the register is built from, oldest first: of each source and kind the newest full load and the
    updates after it. Loads of a quarantined source are not among them (R008)."""
    quarantined = quarantined_sources(connection)
    live: dict[tuple[str, str], list[Load]] = {}
    for load in loads(connection):
        if load.source in quarantined or (kind is not None and load.kind != kind):
            continue
        of_source = live.setdefault((load.source, load.kind), [])
        if load.mode == "full":
            of_source.clear()
        of_source.append(load)
    return sorted((load for group in live.values() for load in group), key=lambda load: load.load)


def ensure_source(tx: Transaction, source: str, *, priority: int | None = None, ground: str | None = None) -> None:
    """Make the source on its first load, behind the ones that stand; a priority or ground given later replaces it."""
    if ground is not None:
        check_ground(ground)
    row = tx.one(select(tables.source).where(tables.source.c.source == source))
    if row is None:
        lowest = tx.execute(select(func.max(tables.source.c.priority))).scalar_one()
        priority = (lowest or 0) + _PRIORITY_STEP if priority is None else priority
        tx.execute(
            insert(tables.source),
            {"source": source, "priority": priority, "ground": ground or GROUND, "added_at": tx.at},
        )
        tx.audit("source.added", source=source, priority=priority)
        return
    if priority is not None and priority != row["priority"]:
        set_priority(tx, source, priority)
    if ground is not None and ground != row["ground"]:
        tx.execute(update(tables.source).where(tables.source.c.source == source).values(ground=ground))
        tx.audit("source.ground_set", source=source)


def set_priority(tx: Transaction, source: str, priority: int) -> None:
    """Change who wins a field, from the next publish on. Raises ``NotFound``."""
    find_source(tx.connection, source)
    tx.execute(update(tables.source).where(tables.source.c.source == source).values(priority=priority))
    tx.audit("source.priority_set", source=source, priority=priority)


def quarantine(tx: Transaction, source: str) -> None:
    """Take a source out of use at once; what is known only from it leaves counts and cuts (R008).

    Raises ``NotFound``, and ``InvalidTransition`` when it is quarantined already.
    """
    if find_source(tx.connection, source).quarantined_at is not None:
        raise InvalidTransition(
            "transition_invalid", kind="source", id=source, state="quarantined", event="quarantined again"
        )
    tx.execute(update(tables.source).where(tables.source.c.source == source).values(quarantined_at=tx.at))
    tx.audit("source.quarantined", source=source)
    tx.tombstone("source_quarantined", {"source": source})


def release(tx: Transaction, source: str) -> None:
    """Put a quarantined source back in use. Raises ``NotFound``, and ``InvalidTransition`` when it is in use."""
    if find_source(tx.connection, source).quarantined_at is None:
        raise InvalidTransition("transition_invalid", kind="source", id=source, state="in use", event="released")
    tx.execute(update(tables.source).where(tables.source.c.source == source).values(quarantined_at=None))
    tx.audit("source.released", source=source)
    tx.tombstone("source_released", {"source": source})


def quarantined_sources(connection: Connection) -> frozenset[str]:
    """Names of the sources that are out of use now."""
    query = select(tables.source.c.source).where(tables.source.c.quarantined_at.is_not(None))
    return frozenset(connection.execute(query).scalars())


def record_load(
    tx: Transaction,
    *,
    source: str,
    kind: str,
    mode: str,
    files: Iterable[Mapping[str, str]],
    data: str,
    data_sha256: str,
    quarantine_file: str | None,
    counts: Mapping[str, int],
    reasons: Mapping[str, int],
    obtained_on: date,
) -> int:
    """Write the load's row, which is what makes its file part of the register; returns its number."""
    load = tx.execute(
        insert(tables.load)
        .returning(tables.load.c.load)
        .values(
            source=source,
            kind=kind,
            mode=mode,
            files=[dict(file) for file in files],
            data=data,
            data_sha256=data_sha256,
            quarantine_file=quarantine_file,
            read=counts["read"],
            accepted=counts["accepted"],
            quarantined=counts["quarantined"],
            suppressed=counts["suppressed"],
            reasons=dict(reasons),
            obtained_on=obtained_on,
            loaded_at=tx.at,
        )
    ).scalar_one()
    tx.audit("load.recorded", load=load, source=source, kind=kind, mode=mode, data=data_sha256, **counts)
    return int(load)


def rewrite(tx: Transaction, files: Mapping[str, tuple[str, str, int]]) -> list[int]:
    """Point loads at files written anew without some rows: old path to new path, digest and rows left out (R061).

    What was read and accepted stays as it was; what was taken out since stands beside it. Returns the loads.
    """
    rewritten = []
    for old, (data, digest, rows) in sorted(files.items()):
        query = select(tables.load.c.load).where(tables.load.c.data == old).order_by(tables.load.c.load)
        for load in tx.execute(query).scalars().all():
            tx.execute(update(tables.load).where(tables.load.c.load == load).values(data=data, data_sha256=digest))
            earlier = select(func.count()).where(tables.load_erasure.c.load == load)
            number = tx.execute(earlier).scalar_one() + 1
            tx.execute(insert(tables.load_erasure), {"load": load, "number": number, "rows": rows, "at": tx.at})
            rewritten.append(int(load))
    return rewritten
