"""Files and directories of the home whose period is over, by class (R068): each class finds its own.

A thing that a row of the ledger names counts from that row; debris that none names, from when it was last written.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from core.clock import helsinki_day
from core.errors import Conflict
from core.files import remove, storing
from extracts import care_ending, care_folder, ending, readiness
from ledger import (
    care_jobs,
    cuts,
    holds,
    outside_lists,
    readiness as ready_extracts,
    retention_runs,
    seeds,
    snapshots,
    sources,
    subscriptions,
)
from ledger.engine import Transaction
from ledger.retention_rows import BATCH, Due, Tally
from ledger.store import Store
from register.sealing import publishing
from register.sources.workshop import standstill
from schemas.retention import Rule
from subjects.retention.part import Advance, Checkpoint, Part

_LOCKS = frozenset({"lock"})
"""In staging; without it two would begin a release at once."""
_HAND_BACK = "its rows go back first, rajaus care close {job} --to DIR"


@dataclass(frozen=True)
class Leaving:
    """A file or directory that goes."""

    id: str
    since: date | None
    path: Path
    first: str = ""
    """What has to be done before it may go; empty: nothing."""


class Files(Part):
    """One class of files."""

    def __init__(self, store: Store, rule: Rule) -> None:
        super().__init__(store, rule)
        with store.ledger.read() as connection:
            self._held = holds.standing(connection, kind=rule.kind, name=rule.name)
        found = FINDERS[rule.name](store, rule)
        self._found = [one for one in found if not one.first]
        self._waiting = [one for one in found if one.first]

    def tally(self) -> Tally:
        going = [one for one in self._found if one.id not in self._held]
        days = [one.since for one in going if one.since is not None]
        held = len(self._found) - len(going)
        return Tally(len(going), min(days, default=None), held, waiting=len(self._waiting))

    @property
    def notes(self) -> list[str]:
        return [f"{one.id} has been due since {one.since}: {one.first}" for one in self._waiting]

    def pages(self) -> Iterator[list[Due]]:
        yield [Due(one.id, one.since) for one in self._found if one.id not in self._held]

    def dispose(self, run: str, *, advance: Advance, checkpoint: Checkpoint) -> None:
        """Note first, then remove: what was noted and is still there goes the next time."""
        for start in range(0, len(self._found), BATCH):
            with standstill(self.store, sweeping=False) if self.rule.name == "sources" else nullcontext():
                going = self._note(run, self._found[start : start + BATCH])
                checkpoint(f"{self.rule.name}.noted")
                if self.rule.name == "deliveries":
                    ending.sweep(self.store)  # it counts what it removes, and asks for the word that the rows are gone
                for one in going:
                    if self.rule.name == "care":
                        care_ending.end(self.store, one.path.name)  # the key first, and the certificate
                    with storing(one.path):
                        remove(one.path)
                checkpoint(f"{self.rule.name}.removed")
            advance(len(going))

    def _note(self, run: str, found: Iterable[Leaving]) -> list[Leaving]:
        with self.store.write() as tx:
            retention_runs.lock(tx, run)
            held = holds.standing(tx.connection, kind=self.rule.kind, name=self.rule.name)
            going = [one for one in found if one.id not in held]
            if self.rule.name == "snapshots":
                going = _retired(self.store, tx, going)
            if self.rule.name == "care":
                owing = care_jobs.owing(tx.connection)
                going = [one for one in going if one.id not in owing or not care_folder.exists(self.store, one.id)]
            if not going:
                tx.abandon()
                return []
            gone = [Due(one.id, one.since) for one in going]
            retention_runs.record(tx, run, self.rule, gone=gone, counts={self.rule.key: len(gone)})
        return going


def _retired(store: Store, tx: Transaction, going: Iterable[Leaving]) -> list[Leaving]:
    """Of the snapshots those that nobody reads at this instant, and debris."""
    retired = set(snapshots.retire(tx))
    standing = {store.path(one.path) for one in snapshots.standing(tx.connection)}
    return [one for one in going if one.id in retired or one.path not in standing]


def _snapshots(store: Store, _rule: Rule) -> list[Leaving]:
    try:
        with publishing(store), store.ledger.read() as connection:
            going = snapshots.retirable(connection, at=store.now())
            standing = {store.path(one.path): one.snapshot for one in snapshots.standing(connection)}
    except Conflict:
        return []  # what a publisher makes now is no debris; it retires and sweeps by itself
    found = [path for path in sorted(store.home.snapshots.iterdir()) if standing.get(path) is None]
    found += [path for path, name in standing.items() if name in going]
    return [Leaving(standing.get(path, path.name), None, path) for path in found]


def _sources(store: Store, rule: Rule) -> list[Leaving]:
    """Stored rows of loads that a newer full one replaced; the published register's own stay."""
    with store.ledger.read() as connection:
        loads = sources.loads(connection)
        published = snapshots.published(connection)
    named = set(published.loads) if published is not None else set()
    replaced: dict[int, datetime] = {}
    newest: dict[tuple[str, str], list[int]] = {}
    for load in loads:
        before = newest.setdefault((load.source, load.kind), [])
        if load.mode == "full":
            replaced |= dict.fromkeys(before, load.loaded_at)
            before.clear()
        before.append(load.load)
    ended: dict[str, list[datetime | None]] = {}
    for load in loads:
        ended.setdefault(load.data, []).append(None if load.load in named else replaced.get(load.load))
    return _named(store, rule, ended)


def _quarantine(store: Store, rule: Rule) -> list[Leaving]:
    with store.ledger.read() as connection:
        loads = sources.loads(connection)
    ended: dict[str, list[datetime | None]] = {}
    for load in loads:
        if load.quarantine_file is not None:
            ended.setdefault(load.quarantine_file, []).append(load.loaded_at)
    return _named(store, rule, ended) + _unnamed(store, rule, store.home.quarantine, named=ended)


def _suppression(store: Store, rule: Rule) -> list[Leaving]:
    with store.ledger.read() as connection:
        ended = outside_lists.files(connection)
    return _named(store, rule, ended) + _unnamed(store, rule, store.home.suppression, named=ended)


def _deliveries(store: Store, rule: Rule) -> list[Leaving]:
    """R071; what no extract is called after is debris."""
    with store.ledger.read() as connection:
        known = {one.extract: one for one in ready_extracts.ready(connection)}
    found = [
        Leaving(path.name, helsinki_day(known[path.name].released_at), path)
        for path in sorted(store.home.deliveries.iterdir())
        if path.name in known and readiness.over(known[path.name], now=store.now(), today=store.today())
    ]
    unknown = (path for path in sorted(store.home.deliveries.iterdir()) if path.name not in known)
    return found + _old(store, rule, unknown, name=lambda path: path.name)


def _subscriptions(store: Store, rule: Rule) -> list[Leaving]:
    """What recipients of continuous use had: as long as its manifests, for it says which rows are gone (R042, R072)."""
    with store.ledger.read() as connection:
        ended = subscriptions.files_by_end(connection, days=store.settings.disposal_days)
    return _named(store, rule, ended)


def _evidence(store: Store, rule: Rule) -> list[Leaving]:
    """What traces found, from the day of the trace; copies of what seeds were sent, from the day of their record."""
    with store.ledger.read() as connection:
        recorded = seeds.evidence(connection)
    found = []
    for path in sorted(store.home.evidence.iterdir()):
        at = recorded.get(store.relative(path))
        since = _traced_on(path) if at is None else helsinki_day(at)
        if rule.due(since, today=store.today()):
            found.append(Leaving(store.relative(path), since, path))
    return found


def _hits(store: Store, rule: Rule) -> list[Leaving]:
    with store.ledger.read() as connection:
        recorded = seeds.evidence(connection)
    here = sorted(store.home.hits.iterdir()) if store.home.hits.is_dir() else []
    ended: dict[str, list[datetime | None]] = {
        name: [recorded[name]] for name in map(store.relative, here) if name in recorded
    }
    unknown = (path for path in here if store.relative(path) not in ended)
    return _named(store, rule, ended) + _old(store, rule, unknown, name=store.relative)


def _traced_on(path: Path) -> date:
    """The day an evidence file gives; for another file, that of its writing."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        return helsinki_day(datetime.fromisoformat(document["traced_at"]))
    except (ValueError, KeyError, TypeError, OSError):
        return _written(path)


def _staging(store: Store, rule: Rule) -> list[Leaving]:
    """Debris of killed processes; what a released extract still has here the next delivery or run publishes (T16)."""
    with store.ledger.read() as connection:
        released = {row["extract"] for row in cuts.extracts(connection) if row["state"] == "released"}
    here = (path for path in sorted(store.home.staging.iterdir()) if path.name not in _LOCKS | released)
    return _old(store, rule, here, name=store.relative)


def _temporary(store: Store, rule: Rule) -> list[Leaving]:
    return _old(store, rule, sorted(store.home.temporary.iterdir()), name=store.relative)


def _care(store: Store, rule: Rule) -> list[Leaving]:
    """Jobs whose time is over, what was remembered under agreements that have ended, and what is no job's. What the
    customer wants back waits until it went back (Art. 28(3)(g))."""
    with store.ledger.read() as connection:
        names = {row["job"] for row in care_jobs.jobs(connection, standing=True)} | care_jobs.remembered(connection)
        over = care_jobs.over(connection, today=store.today())
        owing = {name for name in care_jobs.owing(connection) if care_folder.exists(store, name)}
        over += [
            row for row in care_jobs.ended(connection, today=store.today()) if (store.home.care / row["name"]).is_dir()
        ]
    here = sorted(store.home.care.iterdir()) if store.home.care.is_dir() else []
    found = [
        Leaving(name, row["since"], store.home.care / name, _HAND_BACK.format(job=name) if name in owing else "")
        for row in over
        for name in (row["name"],)
    ]
    return found + _old(store, rule, (path for path in here if path.name not in names), name=store.relative)


def _care_index(store: Store, _rule: Rule) -> list[Leaving]:
    with store.ledger.read() as connection:
        published = snapshots.published(connection)
    kept = None if published is None else published.snapshot
    here = sorted(store.home.care_index.iterdir()) if store.home.care_index.is_dir() else []
    return [Leaving(store.relative(path), None, path) for path in here if path.name.partition(".")[0] != kept]


FINDERS: Mapping[str, Callable[[Store, Rule], list[Leaving]]] = {
    "snapshots": _snapshots,
    "sources": _sources,
    "quarantine": _quarantine,
    "suppression": _suppression,
    "deliveries": _deliveries,
    "subscriptions": _subscriptions,
    "evidence": _evidence,
    "hits": _hits,
    "care": _care,
    "care_index": _care_index,
    "staging": _staging,
    "temporary": _temporary,
}
"""By name of the rule; manifests are rewritten, not removed (``subjects.retention.links``)."""


def _named(store: Store, rule: Rule, ended: Mapping[str, list[datetime | None]]) -> list[Leaving]:
    """Files by relative path whose every naming row has ended, the last one longer ago than the period."""
    found = []
    for name, days in sorted(ended.items()):
        past = [day for day in days if day is not None]
        if len(past) == len(days) and rule.due(max(past), today=store.today()) and store.path(name).exists():
            found.append(Leaving(name, helsinki_day(max(past)), store.path(name)))
    return found


def _unnamed(store: Store, rule: Rule, directory: Path, *, named: Iterable[str]) -> list[Leaving]:
    known = set(named)
    here = (path for path in sorted(directory.iterdir()) if store.relative(path) not in known)
    return _old(store, rule, here, name=store.relative)


def _old(store: Store, rule: Rule, paths: Iterable[Path], *, name: Callable[[Path], str]) -> list[Leaving]:
    """Those of the paths that nobody has written to for the rule's period."""
    found = [(path, _written(path)) for path in paths]
    return [Leaving(name(path), day, path) for path, day in found if rule.due(day, today=store.today())]


def _written(path: Path) -> date:
    """The day on which anything in it was last written; one that is just vanishing counts as new."""
    times = []
    for part in (path, *(path.rglob("*") if path.is_dir() else ())):
        try:
            times.append(part.lstat().st_mtime)
        except FileNotFoundError:
            return date.max
    return helsinki_day(datetime.fromtimestamp(max(times), UTC))
