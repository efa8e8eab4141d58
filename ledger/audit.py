"""Looking at the audit: whether its chain holds, where it was touched, and what is in it (R087, T11)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from sqlalchemy import Connection, Row, func, insert, select, update

from core.errors import InvalidTransition, NotFound, Refused
from core.ids import new_id
from ledger import breaches, tables
from ledger.anchors import Anchor, chain_name
from ledger.engine import GENESIS, TOMBSTONES_WRITTEN, Transaction, canonical, carries_contact, chained
from ledger.tombstones import Head

_Row: TypeAlias = Row[*tuple[Any, ...]]
_CHUNK = 5_000
_MOST = 100
"""So many breaks are told one by one; one is enough to know."""
RESTORED = "store.restored"
QUICK = 10_000
"""A delivery looks at so many of the newest rows at most; the daily ``audit verify`` looks at all."""


@dataclass(frozen=True)
class Break:
    """Where the chain does not hold, and the hash found there."""

    reason: str
    """changed, missing, unchained, unreadable, tail_cut, head_behind, rebuilt, other_chain"""
    seq: int
    found: str


@dataclass(frozen=True)
class Restored:
    """A restore in the audit: rows after ``after`` that were written between the backup and it are gone."""

    after: int
    made_at: datetime
    at: datetime


@dataclass
class Verdict:
    """What a walk along the chain found."""

    rows: int = 0
    last: int = 0
    breaks: list[Break] = field(default_factory=list)
    contact: list[int] = field(default_factory=list)
    """Rows that carry something like contact data."""
    tombstones: list[tuple[datetime, Head]] = field(default_factory=list)
    """Lines of the tombstone log the audit says were written, and when."""
    restores: list[Restored] = field(default_factory=list)
    set_aside: int = 0
    """Anchors of rows that a restore did not bring back."""

    def broken(self, reason: str, seq: int, *, found: str) -> None:
        if len(self.breaks) < _MOST:
            self.breaks.append(Break(reason, seq, found))


def verify(connection: Connection, *, anchors: Sequence[Anchor] = (), after: int = 0) -> Verdict:
    """Walk the chain from the row after ``after`` (0: all of it) to its head, and hold it against the anchors.

    Without an anchor an edited, deleted, reordered row and a cut tail are found; with one, a chain made anew too.
    Memory does not grow with the audit.
    """
    verdict = Verdict()
    hashes: dict[int, str | None] = {anchor.seq: None for anchor in anchors}
    previous = GENESIS if after == 0 else _hash_at(connection, after)
    verdict.last = after
    for row in _rows(connection, after, verdict):
        _step(verdict, row, previous)
        previous = row.hash
        if verdict.last in hashes:
            hashes[verdict.last] = previous
    for seq in [seq for seq in hashes if 0 < seq <= after]:
        hashes[seq] = _hash_at(connection, seq)
    _hold_against(verdict, anchors, hashes, chain_name(connection))
    head = connection.execute(select(tables.audit_head)).mappings().one()
    if (head["seq"], head["hash"]) != (verdict.last, previous):
        reason = "tail_cut" if head["seq"] > verdict.last else "head_behind"
        verdict.broken(reason, verdict.last, found=previous)
    return verdict


def _hash_at(connection: Connection, seq: int) -> str:
    found = connection.execute(select(tables.audit.c.hash).where(tables.audit.c.seq == seq)).scalar_one_or_none()
    return str(found or "")


def _rows(connection: Connection, after: int, verdict: Verdict) -> Iterator[_Row]:
    query = select(tables.audit).where(tables.audit.c.seq > after).order_by(tables.audit.c.seq)
    result = connection.execution_options(yield_per=_CHUNK).execute(query)
    try:
        yield from result
    except (ValueError, TypeError, KeyError):  # a value that is no instant or no JSON: nobody but a tamperer writes one
        verdict.broken("unreadable", verdict.last + 1, found="")


def _step(verdict: Verdict, row: _Row, previous: str) -> None:
    seq, at, _, action, ids, claimed, found = row
    text = canonical(ids)  # made once: the hash and the look for contact data both need it
    if seq != verdict.last + 1:
        verdict.broken("missing", verdict.last + 1, found=found)
    elif claimed != previous:
        verdict.broken("unchained", seq, found=found)
    if chained(row, ids=text) != found:
        verdict.broken("changed", seq, found=found)
    try:
        if action == TOMBSTONES_WRITTEN:
            verdict.tombstones.append((at, Head(str(ids["log"]), int(ids["line"]), str(ids["hash"]))))
        if action == RESTORED:
            verdict.restores.append(Restored(int(ids["after"]), datetime.fromisoformat(ids["made_at"]), at))
    except (ValueError, TypeError, KeyError):
        verdict.broken("unreadable", seq, found=found)
    if carries_contact(text):
        verdict.contact.append(seq)
    verdict.rows += 1
    verdict.last = seq


def _hold_against(verdict: Verdict, anchors: Iterable[Anchor], hashes: Mapping[int, str | None], chain: str) -> None:
    for anchor in anchors:
        found = hashes.get(anchor.seq)
        if anchor.chain != chain:
            verdict.broken("other_chain", 1, found=chain)
        elif any(item.after < anchor.seq and item.made_at <= anchor.at < item.at for item in verdict.restores):
            verdict.set_aside += 1
        elif anchor.seq > verdict.last:
            verdict.broken("tail_cut", anchor.seq, found="")
        elif found != anchor.hash:
            verdict.broken("rebuilt", anchor.seq, found=found or "")


def quick_start(connection: Connection, anchors: Sequence[Anchor]) -> int:
    """Where a quick look may begin: the last anchor, but not more than :data:`QUICK` rows back."""
    newest = connection.execute(select(func.coalesce(func.max(tables.audit.c.seq), 0))).scalar_one()
    anchored = max((anchor.seq for anchor in anchors), default=0)
    return int(max(0, min(max(anchored - 1, newest - QUICK), newest - 1)))


def open_breaks(connection: Connection) -> list[dict[str, Any]]:
    """Breaks that were found and that nobody has accepted; while there is one, nothing is delivered (T11)."""
    query = (
        select(tables.audit_break).where(tables.audit_break.c.accepted_at.is_(None)).order_by(tables.audit_break.c.seq)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def unknown(connection: Connection, breaks: Iterable[Break]) -> list[Break]:
    """Those of the breaks that are not on record yet, accepted or not."""
    table = tables.audit_break.c
    known = {tuple(row) for row in connection.execute(select(table.reason, table.seq, table.found))}
    return [item for item in dict.fromkeys(breaks) if (item.reason, item.seq, item.found) not in known]


def record_breaks(tx: Transaction, breaks: Sequence[Break]) -> list[str]:
    """Put breaks on record, once each, with a breach candidate for each (T11). Returns the ids of the new ones."""
    made = []
    for item in unknown(tx.connection, breaks):
        identifier = new_id("break")
        row = {"break": identifier, "reason": item.reason, "seq": item.seq, "found": item.found, "found_at": tx.at}
        tx.execute(insert(tables.audit_break), row)
        made.append(identifier)
        tx.audit("audit.broken", **{"break": identifier, "reason": item.reason, "row": item.seq})
        breaches.open_candidate(
            tx, trigger="audit_broken", key=f"{item.reason}:{item.seq}:{item.found}", ids={"break": identifier}
        )
    return made


def accept_break(tx: Transaction, identifier: str, *, evidence: str, approver: str) -> None:
    """Two persons record how a break came about; deliveries go on, and the break stays on record for ever.

    Raises ``NotFound`` (break_unknown), ``InvalidTransition``, ``Refused`` (accept_needs_two).
    """
    table = tables.audit_break
    row = tx.one(select(table).where(table.c["break"] == identifier))
    if row is None:
        raise NotFound("break_unknown", **{"break": identifier})
    if row["accepted_at"] is not None:
        raise InvalidTransition(
            "transition_invalid", kind="break", id=identifier, state="accepted", event="accepted again"
        )
    if not evidence.strip() or not approver.strip() or approver == tx.actor:
        raise Refused("accept_needs_two")
    tx.execute(
        update(table)
        .where(table.c["break"] == identifier)
        .values(accepted_at=tx.at, accepted_by=tx.actor, approved_by=approver, evidence=evidence)
    )
    tx.audit("audit.break_accepted", **{"break": identifier, "approver": approver})


def entries(
    connection: Connection,
    *,
    action: str | None = None,
    actor: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int,
) -> list[dict[str, Any]]:
    """The newest rows that fit, oldest of them first. ``action`` may end in ``*``."""
    table = tables.audit.c
    query = select(table.seq, table.at, table.actor, table.action, table.ids)
    if action is not None:
        fits = table.action.startswith(action[:-1], autoescape=True) if action.endswith("*") else table.action == action
        query = query.where(fits)
    if actor is not None:
        query = query.where(table.actor == actor)
    if since is not None:
        query = query.where(table.at >= since)
    if until is not None:
        query = query.where(table.at < until)
    rows = connection.execute(query.order_by(table.seq.desc()).limit(limit)).mappings()
    return [dict(row) for row in rows][::-1]


def last_anchored(anchors: Sequence[Anchor], *, at: datetime) -> timedelta | None:
    """How long ago the head was last anchored; None when it never was."""
    newest = max((anchor.at for anchor in anchors), default=None)
    return None if newest is None else at - newest
