"""Bans in the ledger: keyed hashes that outlive the person's row, what they hit in the register, and the fence.

No clear text of a banned person is kept (R019). Every ban increments the fence in its own transaction;
a release locks the same row, so no ban can slip in between reading and release (R014).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection, and_, exc, insert, or_, select, update

from core.errors import BanUnreadable, InvalidTransition, NotFound, Refused
from core.identity import fold_name
from core.ids import new_id
from ledger import tables
from ledger.engine import Transaction

KINDS = ("email", "phone", "name_org", "name_orgname", "name_municipality", "organisation")
TARGETS = ("person", "position", "organisation")


def name_tokens(first_name: str, last_name: str) -> str:
    """The order-free name part of a key: folded tokens, sorted."""
    return " ".join(sorted((fold_name(f"{first_name} {last_name}") or "").split()))


def key_message(kind: str, *parts: str) -> bytes:
    """What is keyed with the suppression key, e.g. ``email:…`` or ``name_org:tokens|1234567-8``."""
    return f"{kind}:{'|'.join(parts)}".encode()


@dataclass(frozen=True)
class Blocked:
    """Register ids that must not leave, as of one fence value."""

    persons: pa.Array
    positions: pa.Array
    organisations: pa.Array
    fence: int


def fence_value(connection: Connection) -> int:
    """The fence as this connection sees it."""
    return int(connection.execute(select(tables.fence.c.value)).scalar_one())


def lock_fence(tx: Transaction) -> int:
    """Lock the fence row for the rest of the transaction and return its value."""
    return int(tx.execute(select(tables.fence.c.value).with_for_update()).scalar_one())


def move_fence(tx: Transaction) -> int:
    """Take the fence one step on, locking it for the rest of the transaction; returns the new value."""
    tx.execute(update(tables.fence).values(value=tables.fence.c.value + 1))
    return fence_value(tx.connection)


def _in_force(channels: Iterable[str] | None) -> Any:
    """Bans that stand; with ``channels``, those that concern at least one of them."""
    standing = tables.ban.c.lifted_at.is_(None)
    if channels is None:
        return standing
    return and_(standing, or_(tables.ban.c.channel.is_(None), tables.ban.c.channel.in_(list(channels))))


def blocked(connection: Connection, *, channels: Sequence[str] | None, newer_than: int | None = None) -> Blocked:
    """Who may not be disclosed through these channels (None: through any). ``newer_than`` gives only hits found later.

    Raises ``BanUnreadable``: when the bans cannot be read, nothing may be released.
    """
    try:
        fence = fence_value(connection)
        query = (
            select(tables.ban_hit.c.target, tables.ban_hit.c.id)
            .join(tables.ban, tables.ban.c.ban == tables.ban_hit.c.ban)
            .where(_in_force(channels))
            .distinct()
        )
        if newer_than is not None:
            query = query.where(tables.ban_hit.c.fence > newer_than)
        hits: dict[str, list[int]] = {target: [] for target in TARGETS}
        for target, subject in connection.execute(query):
            hits[target].append(subject)
    except exc.SQLAlchemyError as error:
        raise BanUnreadable("bans_unreadable") from error
    persons, positions, organisations = (pa.array(hits[target], pa.int32()) for target in TARGETS)
    return Blocked(persons, positions, organisations, fence)


def suppression_keys(connection: Connection, *, newer_than: int | None = None, one_channel: bool = False) -> pa.Table:
    """``ban, kind, key (BINARY), fence`` of the standing bans that cover the whole person or organisation.

    A ban narrowed to one channel or position is not here: its person may stay in the register. With
    ``one_channel`` bans of one channel are here too: a publish finds again whom they hit.
    """
    query = (
        select(tables.ban_key.c.ban, tables.ban_key.c.kind, tables.ban_key.c.key, tables.ban.c.fence)
        .join(tables.ban, tables.ban.c.ban == tables.ban_key.c.ban)
        .where(_in_force(None), tables.ban.c.target != "position")
        .order_by(tables.ban.c.fence, tables.ban_key.c.kind, tables.ban_key.c.key)
    )
    if not one_channel:
        query = query.where(tables.ban.c.channel.is_(None))
    if newer_than is not None:
        query = query.where(tables.ban.c.fence > newer_than)
    schema = pa.schema([("ban", pa.string()), ("kind", pa.string()), ("key", pa.binary()), ("fence", pa.int64())])
    return pa.Table.from_pylist([dict(row) for row in connection.execute(query).mappings()], schema=schema)


def record(
    tx: Transaction,
    *,
    target: str,
    via: str,
    received_on: date,
    channel: str | None,
    keys: Iterable[tuple[str, bytes]],
    key_id: str,
    hits: Iterable[tuple[str, int, bool]],
    kind: str = "processing",
) -> tuple[str, int]:
    """Write a ban with its keys and hits, and move the fence. Returns ban id and the new fence value."""
    fence = move_fence(tx)
    ban = new_id("ban")
    tx.execute(
        insert(tables.ban),
        {
            "ban": ban,
            "kind": kind,
            "target": target,
            "channel": channel,
            "via": via,
            "received_on": received_on,
            "recorded_at": tx.at,
            "recorded_by": tx.actor,
            "fence": fence,
        },
    )
    key_rows = [{"ban": ban, "kind": kind, "key": key, "key_id": key_id} for kind, key in sorted(set(keys))]
    if key_rows:
        tx.execute(insert(tables.ban_key), key_rows)
    add_hits(tx, [(ban, *hit) for hit in hits], fence=fence)
    tx.audit("ban.added", ban=ban, kind=kind, target=target, channel=channel, via=via, fence=fence)
    return ban, fence


def add_hits(tx: Transaction, hits: Iterable[tuple[str, str, int, bool]], *, fence: int | None = None) -> int:
    """Add ``(ban, target, id, held)`` rows that are not there yet; returns how many were new.

    Without ``fence`` new rows move it: an extract cut before they were found is then looked at again (R014).
    """
    wanted = {(ban, target, subject): held for ban, target, subject, held in hits}
    if not wanted:
        return 0
    bans = sorted({ban for ban, _, _ in wanted})
    present = set()
    for start in range(0, len(bans), 500):
        rows = tx.execute(
            select(tables.ban_hit.c.ban, tables.ban_hit.c.target, tables.ban_hit.c.id).where(
                tables.ban_hit.c.ban.in_(bans[start : start + 500])
            )
        )
        present |= {tuple(row) for row in rows}
    new = [hit for hit in sorted(wanted.items()) if hit[0] not in present]
    if new:
        fence = move_fence(tx) if fence is None else fence
        names = ("ban", "target", "id", "held", "fence")
        tx.execute(insert(tables.ban_hit), [dict(zip(names, (*hit, held, fence), strict=True)) for hit, held in new])
    return len(new)


def carry_hits(tx: Transaction, moved: Iterable[tuple[str, int, int]]) -> int:
    """Let bans on ``(target, former, id)`` hold for ``id`` too: merges follow (R018). Returns how many were new."""
    now: dict[str, dict[int, int]] = {}
    for target, former, subject in moved:
        now.setdefault(target, {})[former] = subject
    carried: list[tuple[str, str, int, bool]] = []
    hit = tables.ban_hit.c
    for target, subjects in now.items():
        formers = sorted(subjects)
        for start in range(0, len(formers), 500):
            rows = tx.execute(
                select(hit.ban, hit.id, hit.held).where(hit.target == target, hit.id.in_(formers[start : start + 500]))
            )
            carried += [(row.ban, target, subjects[row.id], row.held) for row in rows]
    return add_hits(tx, carried)


def open_task(tx: Transaction, *, kind: str, due_on: date, ids: Mapping[str, Any]) -> str:
    """Open a task for an operator; it is audited with the transaction it belongs to."""
    task = new_id("task")
    tx.execute(
        insert(tables.task), {"task": task, "kind": kind, "ids": dict(ids), "opened_at": tx.at, "due_on": due_on}
    )
    tx.audit("task.opened", task=task, kind=kind, **ids)
    return task


def list_bans(connection: Connection) -> list[dict[str, Any]]:
    """All bans, newest first, without keys."""
    rows = connection.execute(select(tables.ban).order_by(tables.ban.c.fence.desc())).mappings()
    return [dict(row) for row in rows]


def show(connection: Connection, ban: str) -> dict[str, Any]:
    """One ban with what it hits; raises ``NotFound``."""
    row = connection.execute(select(tables.ban).where(tables.ban.c.ban == ban)).mappings().one_or_none()
    if row is None:
        raise NotFound("ban_unknown", ban=ban)
    kinds = connection.execute(select(tables.ban_key.c.kind).where(tables.ban_key.c.ban == ban).distinct()).scalars()
    hits = connection.execute(
        select(tables.ban_hit.c.target, tables.ban_hit.c.id, tables.ban_hit.c.held)
        .where(tables.ban_hit.c.ban == ban)
        .order_by(tables.ban_hit.c.target, tables.ban_hit.c.id)
    ).mappings()
    return dict(row) | {"keys": sorted(kinds), "hits": [dict(hit) for hit in hits]}


def lift(tx: Transaction, ban: str, *, evidence: str, approver: str) -> int:
    """Lift a ban on the person's own documented act, by two persons (R022); the fence moves too."""
    row = tx.one(select(tables.ban).where(tables.ban.c.ban == ban))
    if row is None:
        raise NotFound("ban_unknown", ban=ban)
    if row["lifted_at"] is not None:
        raise InvalidTransition("transition_invalid", kind="ban", id=ban, state="lifted", event="lifted")
    if not evidence.strip() or not approver.strip() or approver == tx.actor:
        raise Refused("lift_needs_two")
    fence = move_fence(tx)
    tx.execute(
        update(tables.ban)
        .where(tables.ban.c.ban == ban)
        .values(lifted_at=tx.at, lifted_by=tx.actor, lift_approved_by=approver, lift_evidence=evidence)
    )
    tx.audit("ban.lifted", ban=ban, approver=approver, fence=fence)
    return fence
