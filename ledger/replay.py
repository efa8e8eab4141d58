"""Doing again in a restored ledger what happened after its backup: bans, lifts, restrictions, quarantines (R074, T18).

Replaying twice changes nothing. A line that tightens always counts; one that loosens only when its transaction is
known to have been committed (``ledger.tombstones.effective``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Table, and_, insert, select, update

from ledger import tables
from ledger.bans import move_fence
from ledger.engine import Transaction
from ledger.export import value_of

Row = dict[str, Any]


@dataclass(frozen=True)
class Numbered:
    """Register ids below these were in use when the backup was made; later ones may since name somebody else."""

    person: int
    position: int

    def known(self, target: str, subject: int) -> bool:
        """Whether a hit can be kept as it is: an organisation's id is its Y-tunnus, the same for ever."""
        return subject < {"person": self.person, "position": self.position}.get(target, subject + 1)


@dataclass
class Replayed:
    """What a replay did, and what is left to do."""

    bans: int = 0
    hits: int = 0
    lifted: int = 0
    released: int = 0
    sources: int = 0
    left_out: list[tuple[str, str, int]] = field(default_factory=list)
    """``(ban, target, id)`` of hits the restored register does not know; the ban's keys find the person again."""
    erasures: list[str] = field(default_factory=list)
    """Erasures that are to be carried out again: in the ledger, in their first state."""


def replay(tx: Transaction, lines: Iterable[Mapping[str, Any]], *, numbered: Numbered) -> Replayed:
    """Apply the effective lines in their order. The fence moves with every ban, so nothing cut before passes (R014)."""
    done = Replayed()
    for line in lines:
        entry = line["entry"]
        match line["kind"]:
            case "ban":
                done.bans += _ban(tx, entry)
                done.hits += _hits(tx, entry["hits"], numbered, done)
            case "ban_hits":
                done.hits += _hits(tx, entry["hits"], numbered, done)
            case "ban_lifted":
                done.lifted += _lifted(tx, entry)
            case "hits_released":
                done.released += sum(_released(tx, hit, at=line["at"]) for hit in entry["hits"])
            case "erasure":
                done.erasures += _erasure(tx, entry, numbered, done)
            case "source_quarantined":
                done.sources += _quarantined(tx, entry["source"], at=line["at"])
            case "source_released":
                done.sources += _quarantined(tx, entry["source"], at=None)
    tx.audit(
        "tombstones.replayed",
        bans=done.bans,
        hits=done.hits,
        lifted=done.lifted,
        released=done.released,
        sources=done.sources,
        erasures=len(done.erasures),
        left_out=len(done.left_out),
    )
    return done


def _row(table: Table, values: Mapping[str, Any]) -> Row:
    """A logged row for the table as it is now; a column it no longer has is dropped."""
    return {name: value_of(table.columns[name], value) for name, value in values.items() if name in table.columns}


def _ban(tx: Transaction, entry: Mapping[str, Any]) -> int:
    row = _row(tables.ban, entry["ban"])
    ban = row["ban"]
    known = tx.one(select(tables.ban.c.ban).where(tables.ban.c.ban == ban)) is not None
    if not known:
        batch = row.get("batch")
        if batch and tx.one(select(tables.ban.c.ban).where(tables.ban.c.batch == batch)) is not None:
            row["batch"] = None  # filed twice: the first time its transaction did not commit
        row |= {"fence": move_fence(tx), "lifted_at": None}
        for name in ("lifted_by", "lift_approved_by", "lift_evidence"):
            row[name] = None
        tx.execute(insert(tables.ban), row)
    key = tables.ban_key.c
    present = {tuple(found) for found in tx.execute(select(key.kind, key.key).where(key.ban == ban))}
    rows = [_row(tables.ban_key, item) for item in entry["keys"]]
    fresh = [item for item in rows if (item["kind"], item["key"]) not in present]
    if fresh:
        tx.execute(insert(tables.ban_key), fresh)
    return 0 if known else 1


def _hits(tx: Transaction, hits: Sequence[Mapping[str, Any]], numbered: Numbered, done: Replayed) -> int:
    hit = tables.ban_hit.c
    fresh, fence = 0, None
    for values in hits:
        row = _row(tables.ban_hit, values)
        if not numbered.known(row["target"], row["id"]):
            done.left_out.append((row["ban"], row["target"], row["id"]))
            continue
        if tx.one(select(tables.ban.c.ban).where(tables.ban.c.ban == row["ban"])) is None:
            continue  # its ban is in no line and not in the backup: it was never committed
        this = and_(hit.ban == row["ban"], hit.target == row["target"], hit.id == row["id"])
        fence = move_fence(tx) if fence is None else fence
        row |= {"fence": fence}
        if tx.one(select(hit.id).where(this)) is None:
            tx.execute(insert(tables.ban_hit), row)
            fresh += 1
        else:
            tx.execute(update(tables.ban_hit).where(this).values(row))
    return fresh


def _lifted(tx: Transaction, entry: Mapping[str, Any]) -> int:
    row = _row(tables.ban, entry)
    this = and_(tables.ban.c.ban == row.pop("ban"), tables.ban.c.lifted_at.is_(None))
    changed = tx.execute(update(tables.ban).where(this).values(row)).rowcount
    if changed:
        move_fence(tx)
    return int(changed)


def _released(tx: Transaction, entry: Mapping[str, Any], *, at: str) -> int:
    hit = tables.ban_hit.c
    this = and_(
        hit.ban == entry["ban"], hit.target == entry["target"], hit.id == entry["id"], hit.released_at.is_(None)
    )
    changed = tx.execute(update(tables.ban_hit).where(this).values(released_at=datetime.fromisoformat(at))).rowcount
    return int(changed)


def _erasure(tx: Transaction, entry: Mapping[str, Any], numbered: Numbered, done: Replayed) -> list[str]:
    if "subjects" not in entry:
        return []  # a notice of one that has a line of its own
    row = _row(tables.erasure, entry["erasure"]) | {"case": None}  # the case was opened after the backup
    erasure = str(row["erasure"])
    if tx.one(select(tables.erasure.c.erasure).where(tables.erasure.c.erasure == erasure)) is not None:
        return []
    subjects = []
    for values in entry["subjects"]:
        subject = _row(tables.erasure_subject, values)
        if numbered.known(subject["target"], subject["id"]):
            subjects.append(subject)
        else:
            done.left_out.append((subject["ban"], subject["target"], subject["id"]))
    tx.execute(insert(tables.erasure), row)
    if subjects:
        tx.execute(insert(tables.erasure_subject), subjects)
    return [erasure]


def _quarantined(tx: Transaction, source: str, *, at: str | None) -> int:
    since = tables.source.c.quarantined_at
    this = and_(tables.source.c.source == source, since.is_(None) if at else since.is_not(None))
    value = datetime.fromisoformat(at) if at else None
    return int(tx.execute(update(tables.source).where(this).values(quarantined_at=value)).rowcount)
