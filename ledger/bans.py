"""Bans in the ledger: what they hit in the register, and the fence that every release must pass.

No clear text of a banned person is kept (R019). Every ban increments the fence in its own transaction;
a release locks the same row, so no ban can slip in between reading and release (R014).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

import pyarrow as pa
from sqlalchemy import Connection, and_, case, exc, func, insert, or_, select, update

from core.errors import BanUnreadable, InvalidTransition, NotFound, Refused
from core.ids import new_id
from ledger import tables
from ledger.ban_keys import (
    KINDS as KINDS,
    in_force,
    key_message as key_message,
    name_tokens as name_tokens,
    suppression_keys as suppression_keys,
)
from ledger.engine import Transaction

TARGETS = ("person", "position", "organisation")
AMBIGUOUS = "ban ambiguous"
"""Kind of the task that waits while candidates are held."""
ELECTRONIC = "electronic"
"""A hit's channel where its e-mail and its number are out, but not its postal address."""
_CHUNK = 500

Hit: TypeAlias = tuple[str, str, int, bool, str | None]
"""Ban, target, register id, whether held, and the channel that narrows it."""


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
    """Take the fence one step on, locking it for the rest of the transaction; returns the new value.

    It stamps the ledger as a heartbeat does: who sees this ban knows how old its view is (R016)."""
    fence = tables.fence.c
    beat_at = case((fence.beat_at > tx.at, fence.beat_at), else_=tx.at)
    tx.execute(update(tables.fence).values(value=fence.value + 1, beat_at=beat_at))
    return fence_value(tx.connection)


def blocked(connection: Connection, *, channels: Sequence[str] | None, newer_than: int | None = None) -> Blocked:
    """Who may not be disclosed through these channels (None: through any). ``newer_than`` gives only hits found later.

    Raises ``BanUnreadable``: when the bans cannot be read, nothing may be released.
    """
    hit = tables.ban_hit.c
    try:
        fence = fence_value(connection)
        query = (
            select(hit.target, hit.id)
            .join(tables.ban, tables.ban.c.ban == hit.ban)
            .where(in_force(channels), hit.released_at.is_(None))
            .distinct()
        )
        if channels is not None:
            narrow = [*channels, *([ELECTRONIC] if {"email", "phone"}.intersection(channels) else [])]
            query = query.where(or_(hit.channel.is_(None), hit.channel.in_(narrow)))
        if newer_than is not None:
            query = query.where(hit.fence > newer_than)
        hits: dict[str, list[int]] = {target: [] for target in TARGETS}
        for target, subject in connection.execute(query):
            hits[target].append(subject)
    except exc.SQLAlchemyError as error:
        raise BanUnreadable("bans_unreadable") from error
    persons, positions, organisations = (pa.array(hits[target], pa.int32()) for target in TARGETS)
    return Blocked(persons, positions, organisations, fence)


def record(
    tx: Transaction,
    *,
    target: str,
    via: str,
    received_on: date,
    channel: str | None,
    keys: Iterable[tuple[str, bytes] | tuple[str, bytes, str]],
    key_id: str,
    hits: Iterable[tuple[str, int, bool] | tuple[str, int, bool, str | None]],
    kind: str = "processing",
    reference: str | None = None,
    batch: str | None = None,
) -> tuple[str, int]:
    """Write a ban with its keys and hits, and move the fence. Returns ban id and the new fence value.

    ``keys``: ``(kind, key)`` or ``(kind, key, grade)``, firm unless said otherwise (see ``ledger.ban_keys``). ``hits``:
    ``(target, id, held)`` or ``(target, id, held, channel)``; a channel narrows that hit alone. ``kind``: processing,
    disclosure, restriction or erasure; each of them blocks. A restore does it again from the tombstone log.
    """
    fence = move_fence(tx)
    ban = new_id("ban")
    row = {
        "ban": ban,
        "kind": kind,
        "target": target,
        "channel": channel,
        "via": via,
        "reference": reference,
        "batch": batch,
        "received_on": received_on,
        "recorded_at": tx.at,
        "recorded_by": tx.actor,
        "fence": fence,
    }
    tx.execute(insert(tables.ban), row)
    key_rows = _key_rows(ban, key_id, keys)
    if key_rows:
        tx.execute(insert(tables.ban_key), key_rows)
    hit_rows = _hit_rows(((ban, *hit) for hit in hits), fence)
    if hit_rows:
        tx.execute(insert(tables.ban_hit), hit_rows)
    tx.tombstone("ban", {"ban": row, "keys": key_rows, "hits": hit_rows})
    tx.audit("ban.added", ban=ban, kind=kind, target=target, channel=channel, via=via, hits=len(hit_rows), fence=fence)
    return ban, fence


def _key_rows(ban: str, key_id: str, keys: Iterable[tuple[Any, ...]]) -> list[dict[str, Any]]:
    graded = {(key[0], key[1]): key[2] if len(key) > 2 else "firm" for key in keys}
    return [
        {"ban": ban, "kind": kind, "key": key, "key_id": key_id, "grade": grade}
        for (kind, key), grade in sorted(graded.items())
    ]


def _hit_rows(hits: Iterable[tuple[Any, ...]], fence: int) -> list[dict[str, Any]]:
    wanted: dict[tuple[Any, ...], tuple[bool, str | None]] = {}
    for hit in hits:
        subject, held, channel = tuple(hit[:3]), hit[3], hit[4] if len(hit) > 4 else None
        known = wanted.get(subject, (held, channel))
        wanted[subject] = (held and known[0], wider_channel(known[1], channel))
    return [
        {"ban": ban, "target": target, "id": subject, "held": held, "channel": channel, "fence": fence}
        for (ban, target, subject), (held, channel) in sorted(wanted.items())
    ]


def add_hits(tx: Transaction, hits: Iterable[tuple[str, str, int, bool] | Hit], *, fence: int | None = None) -> int:
    """Add ``(ban, target, id, held[, channel])`` rows that are not there yet; returns how many were new or wider.

    Without ``fence`` new rows move it: an extract cut before they were found is then looked at again (R014). A hit that
    somebody has decided about stays as decided.
    """
    new = missing_hits(tx, hits)
    if not new:
        return 0
    rows = _hit_rows(new, move_fence(tx) if fence is None else fence)
    present = _present(tx, sorted({hit[0] for hit in new}))
    known = tables.ban_hit.c
    fresh = []
    for row in rows:
        if (row["ban"], row["target"], row["id"]) in present:
            this = and_(known.ban == row["ban"], known.target == row["target"], known.id == row["id"])
            tx.execute(update(tables.ban_hit).where(this).values(channel=row["channel"], fence=row["fence"]))
        else:
            fresh.append(row)
    if fresh:
        tx.execute(insert(tables.ban_hit), fresh)
    tx.tombstone("ban_hits", {"hits": rows})
    return len(rows)


def missing_hits(tx: Transaction, hits: Iterable[tuple[str, str, int, bool] | Hit]) -> list[Hit]:
    """Those of ``(ban, target, id, held[, channel])`` that the ledger has not, or has for another channel alone."""
    wanted: list[Hit] = [(*hit[:4], hit[4] if len(hit) > 4 else None) for hit in hits]
    present = _present(tx, sorted({hit[0] for hit in wanted}))
    missing: list[Hit] = []
    for ban, target, subject, held, channel in wanted:
        if (ban, target, subject) not in present:
            missing.append((ban, target, subject, held, channel))
            continue
        known = present[ban, target, subject]
        wider = wider_channel(known, channel)
        if wider != known:
            missing.append((ban, target, subject, held, wider))
    return missing


def wider_channel(first: str | None, second: str | None) -> str | None:
    """The channel of a hit that both narrow: None is every channel, ``electronic`` e-mail and phone."""
    if first == second or first is None or second is None:
        return first if first == second else None
    return ELECTRONIC if "post" not in (first, second) else None


def concerns(narrow: str | None, channels: Sequence[str]) -> bool:
    """Whether a hit (or ban) narrowed to that channel concerns somebody who uses these."""
    return narrow is None or narrow in channels or (narrow == ELECTRONIC and bool({"email", "phone"} & set(channels)))


def _present(tx: Transaction, bans: Sequence[str]) -> dict[tuple[str, str, int], str | None]:
    """Hits of these bans, and the channel that narrows each."""
    hit = tables.ban_hit.c
    present: dict[tuple[str, str, int], str | None] = {}
    for start in range(0, len(bans), _CHUNK):
        query = select(hit.ban, hit.target, hit.id, hit.channel).where(hit.ban.in_(bans[start : start + _CHUNK]))
        present |= {(row.ban, row.target, row.id): row.channel for row in tx.execute(query)}
    return present


def carry_hits(tx: Transaction, moved: Iterable[tuple[str, int, int]]) -> int:
    """Let bans on ``(target, former, id)`` hold for ``id`` too: merges follow (R018). Returns how many were new.

    A candidate who was released does not carry his release: the one who was meant may have been merged into him.
    """
    now: dict[str, dict[int, int]] = {}
    for target, former, subject in moved:
        now.setdefault(target, {})[former] = subject
    carried: list[tuple[str, str, int, bool, str | None]] = []
    hit = tables.ban_hit.c
    for target, subjects in now.items():
        formers = sorted(subjects)
        for start in range(0, len(formers), _CHUNK):
            rows = tx.execute(
                select(hit.ban, hit.id, hit.held, hit.channel).where(
                    hit.target == target, hit.id.in_(formers[start : start + _CHUNK]), hit.released_at.is_(None)
                )
            )
            carried += [(row.ban, target, subjects[row.id], row.held, row.channel) for row in rows]
    _take_back(tx, carried)
    return add_hits(tx, carried)


def _take_back(tx: Transaction, carried: Iterable[tuple[str, str, int, bool, str | None]]) -> None:
    """A release of somebody into whom a banned person was merged holds no more (R022: a merge never lifts)."""
    hit = tables.ban_hit.c
    for ban, target, subject, _, _ in carried:
        released = and_(hit.ban == ban, hit.target == target, hit.id == subject, hit.released_at.is_not(None))
        if tx.one(select(hit.id).where(released)) is not None:
            fence = move_fence(tx)
            tx.execute(update(tables.ban_hit).where(released).values(released_at=None, held=True, fence=fence))
            row = tx.one(select(tables.ban_hit).where(hit.ban == ban, hit.target == target, hit.id == subject))
            tx.tombstone("ban_hits", {"hits": [dict(row or {})]})


def release_hits(tx: Transaction, ban: str, *, hits: Iterable[tuple[str, int]]) -> int:
    """Let go of held candidates ``(target, id)`` who were not meant; the fence moves. Returns how many.

    The rows stay, marked, so that no later publish holds the same candidate again. Only held ones are released: taking
    a ban itself back is :func:`lift`.
    """
    hit = tables.ban_hit.c
    released = []
    for target, subject in sorted(set(hits)):
        this = and_(
            hit.ban == ban, hit.target == target, hit.id == subject, hit.held.is_(True), hit.released_at.is_(None)
        )
        if tx.execute(update(tables.ban_hit).where(this).values(released_at=tx.at)).rowcount:
            released.append({"ban": ban, "target": target, "id": subject})
    if released:
        move_fence(tx)
        tx.tombstone("hits_released", {"hits": released})
    return len(released)


def settle_hits(tx: Transaction, ban: str, *, hits: Iterable[tuple[str, int]]) -> int:
    """Held candidates ``(target, id)`` who are the ones meant: held no more, but out for good. Returns how many."""
    hit = tables.ban_hit.c
    settled = 0
    for target, subject in sorted(set(hits)):
        this = and_(hit.ban == ban, hit.target == target, hit.id == subject, hit.released_at.is_(None))
        settled += tx.execute(update(tables.ban_hit).where(this).values(held=False)).rowcount
    return settled


def narrow_hits(tx: Transaction, ban: str, *, hits: Iterable[tuple[str, int]], channel: str) -> int:
    """Held candidates ``(target, id)`` of whom only this channel stays out. Returns how many."""
    hit = tables.ban_hit.c
    narrowed = 0
    for target, subject in sorted(set(hits)):
        this = and_(hit.ban == ban, hit.target == target, hit.id == subject, hit.released_at.is_(None))
        narrowed += tx.execute(update(tables.ban_hit).where(this).values(held=False, channel=channel)).rowcount
    return narrowed


def has_key(tx: Transaction, ban: str, kind: str) -> bool:
    """Whether the ban has a key of that kind."""
    key = tables.ban_key.c
    return tx.execute(select(key.kind).where(key.ban == ban, key.kind == kind).limit(1)).first() is not None


def grade_keys(tx: Transaction, ban: str, *, was: Sequence[str], kinds: Sequence[str], grade: str) -> int:
    """Give the ban's keys of these kinds and grades another grade. Returns how many."""
    key = tables.ban_key.c
    these = and_(key.ban == ban, key.kind.in_(list(kinds)), key.grade.in_(list(was)))
    return tx.execute(update(tables.ban_key).where(these).values(grade=grade)).rowcount


def add_keys(tx: Transaction, ban: str, *, keys: Iterable[tuple[str, bytes, str]], key_id: str) -> int:
    """Add ``(kind, key, grade)`` to a ban whose person is known by now; the fence moves. Returns how many were new."""
    key = tables.ban_key.c
    present = {tuple(row) for row in tx.execute(select(key.kind, key.key).where(key.ban == ban))}
    rows = [row for row in _key_rows(ban, key_id, keys) if (row["kind"], row["key"]) not in present]
    if rows:
        move_fence(tx)
        tx.execute(insert(tables.ban_key), rows)
        tx.tombstone("ban", {"ban": dict(_row(tx, ban)), "keys": rows, "hits": []})
    return len(rows)


def list_bans(connection: Connection) -> list[dict[str, Any]]:
    """All bans, newest first, without keys."""
    rows = connection.execute(select(tables.ban).order_by(tables.ban.c.fence.desc())).mappings()
    return [dict(row) for row in rows]


def standing(connection: Connection) -> int:
    """How many bans, erasures and restrictions are in force."""
    query = select(func.count()).select_from(tables.ban).where(tables.ban.c.lifted_at.is_(None))
    return int(connection.execute(query).scalar_one())


def filed_batches(connection: Connection, prefix: str) -> set[str]:
    """Which rows of an imported file have been filed: the ``batch`` values that start with its digest."""
    query = select(tables.ban.c.batch).where(tables.ban.c.batch.startswith(prefix, autoescape=True))
    return set(connection.execute(query).scalars())


def show(connection: Connection, ban: str) -> dict[str, Any]:
    """One ban with what it hits; raises ``NotFound``."""
    row = connection.execute(select(tables.ban).where(tables.ban.c.ban == ban)).mappings().one_or_none()
    if row is None:
        raise NotFound("ban_unknown", ban=ban)
    kinds = connection.execute(select(tables.ban_key.c.kind).where(tables.ban_key.c.ban == ban).distinct()).scalars()
    hit = tables.ban_hit.c
    hits = connection.execute(
        select(hit.target, hit.id, hit.held, hit.channel, hit.released_at)
        .where(hit.ban == ban)
        .order_by(hit.target, hit.id)
    ).mappings()
    return dict(row) | {"keys": sorted(kinds), "hits": [dict(found) for found in hits]}


def _row(tx: Transaction, ban: str) -> Any:
    row = tx.one(select(tables.ban).where(tables.ban.c.ban == ban))
    if row is None:
        raise NotFound("ban_unknown", ban=ban)
    return row


def check_in_force(tx: Transaction, ban: str) -> dict[str, Any]:
    """The ban's row; raises ``NotFound``, and ``InvalidTransition`` when it was lifted."""
    row = dict(_row(tx, ban))
    if row["lifted_at"] is not None:
        raise InvalidTransition("transition_invalid", kind="ban", id=ban, state="lifted", event="changed")
    return row


def lift(tx: Transaction, ban: str, *, evidence: str, approver: str) -> int:
    """Lift a ban on the person's own documented act, by two persons (R022); the fence moves too."""
    row = _row(tx, ban)
    if row["lifted_at"] is not None:
        raise InvalidTransition("transition_invalid", kind="ban", id=ban, state="lifted", event="lifted")
    if not evidence.strip() or not approver.strip() or approver == tx.actor:
        raise Refused("lift_needs_two")
    fence = move_fence(tx)
    lifted = {"lifted_at": tx.at, "lifted_by": tx.actor, "lift_approved_by": approver, "lift_evidence": evidence}
    tx.execute(update(tables.ban).where(tables.ban.c.ban == ban).values(**lifted))
    tx.tombstone("ban_lifted", {"ban": ban} | lifted)
    tx.audit("ban.lifted", ban=ban, approver=approver, fence=fence)
    return fence


def replace(tx: Transaction, ban: str, *, by: str) -> None:
    """End the ban of an outside list's version that a newer one replaces; never a person's own ban (R022).

    Raises ``InvalidTransition`` for any other ban.
    """
    row = check_in_force(tx, ban)
    if row["target"] != "list":
        raise InvalidTransition("transition_invalid", kind="ban", id=ban, state="a person's own", event="replaced")
    move_fence(tx)
    ended = {"lifted_at": tx.at, "lifted_by": tx.actor, "lift_approved_by": None, "lift_evidence": f"replaced by {by}"}
    tx.execute(update(tables.ban).where(tables.ban.c.ban == ban).values(**ended))
    tx.tombstone("ban_lifted", {"ban": ban} | ended)
    tx.audit("list.replaced", ban=ban, by=by)
