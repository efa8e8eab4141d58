"""Retention: what goes today, and taking exactly that out (R068-R073, R075).

:func:`plan` and :func:`run` walk the same parts in the same order; the run disposes of each before it makes the next.
The order is files, manifests, the register, then the ledger's columns and tables, children before their parents: so
that none changes what the plan said of a later one.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from core.errors import Conflict
from core.files import storing
from extracts import gate
from ledger import backups, erasures, holds, retention_runs
from ledger.retention_due import in_order
from ledger.retention_rows import Tally
from ledger.store import Store
from schemas.retention import rules
from subjects.retention import reviews
from subjects.retention.files import FINDERS, Files
from subjects.retention.links import Manifests, lost_links
from subjects.retention.part import Advance, Checkpoint, Part
from subjects.retention.register import Leavers, Positions
from subjects.retention.rows import LedgerRows, departed

Row = dict[str, Any]


def _unseen(_n: int) -> None:
    """No progress shown."""


def _nowhere(_name: str) -> None:
    """Nobody watches between the steps."""


def plan(store: Store, *, ids: bool = False) -> Row:
    """What a run would take out now; changes nothing.

    ``{"day", "due", "kept", "classes": [{"kind", "name", "action", "start", "period", "ground", "due", "oldest",
    "held", "restricted", "waiting", "notes", "ids"?}], "attention": [text]}``: one class per rule that ends by time;
    ``ids`` of all that goes on demand. ``kept`` is what stays although its period is over: held by a legal hold, of a
    restricted person, or waiting for what refers to it. Raises ``StoreError`` (snapshot_failed, manifest_damaged).
    """
    classes = []
    for part in _parts(store):
        classes.append(_told(part, part.tally()))
        if ids:
            classes[-1]["ids"] = [one.id for page in part.pages() for one in page]
    return {
        "day": store.today(),
        "due": sum(one["due"] for one in classes),
        "kept": sum(one["held"] + one["restricted"] + one["waiting"] for one in classes),
        "classes": classes,
        "attention": _attention(store),
    }


def run(store: Store, *, advance: Advance = _unseen, checkpoint: Checkpoint = _nowhere) -> Row:
    """Take out what :func:`plan` lists: ``{"run", "day", "disposed": {rule: number}, "held", "notes", "attention"}``.

    Every batch is one transaction with its record and audit row, so whoever is stopped anywhere begins again and takes
    out the rest. Raises ``Conflict`` (retention_running, retention_overtaken, publish_running) and ``StoreError``; what
    was done till then stays done.
    """
    with _alone(store):
        with store.write() as tx:
            identifier = retention_runs.begin(tx)
        checkpoint("begun")
        kept, notes = Tally(), []
        for part in _parts(store):
            kept += part.tally()
            notes += part.notes
            part.dispose(identifier, advance=advance, checkpoint=checkpoint)
        gate.recover(store)
        erasures.compact(store.ledger)
        with store.write() as tx:
            reviews.open_due(tx, today=store.today())
            row = retention_runs.finish(tx, identifier, held=kept.kept)
        checkpoint("finished")
    return {
        "run": identifier,
        "day": store.today(),
        "disposed": row["disposed"],
        "held": kept.kept,
        "notes": notes,
        "attention": _attention(store),
    }


def _parts(store: Store) -> Iterator[Part]:
    """One part per rule that ends by time, each made when it is asked for: after the one before was disposed of, or on
    the store as it is, which comes to the same."""
    named = rules()
    for rule in named.values():
        if rule.kind == "files" and rule.name in FINDERS:
            yield Files(store, rule)
    manifests = Manifests(store, named["files", "manifests"])
    yield manifests
    positions = Positions(store, named["register", "position"], persons=named["register", "person"])
    yield positions
    yield Leavers(store, named["register", "person"], positions=positions)
    for rule in in_order():
        if rule.action == "person":
            yield departed(store, rule, leaving=positions.leaving)
        elif rule.action == "link":
            yield LedgerRows(store, rule, among=lost_links(store, rule, unlinked=manifests))
        else:
            yield LedgerRows(store, rule)


def _told(part: Part, tally: Tally) -> Row:
    rule = part.rule
    return {
        "kind": rule.kind,
        "name": rule.name,
        "action": rule.action,
        "start": rule.start,
        "period": rule.period,
        "ground": rule.ground,
        "due": tally.due,
        "oldest": tally.oldest,
        "held": tally.held,
        "restricted": tally.restricted,
        "waiting": tally.waiting,
        "notes": part.notes,
    }


def _attention(store: Store) -> list[str]:
    """What retention cannot do by itself."""
    with store.ledger.read() as connection:
        late = [hold for hold in holds.holds(connection) if hold["review_on"] <= store.today()]
        overdue = [row for row in backups.backups(connection, standing=True) if row["expires_at"] <= store.now()]
    told = [f"{hold['hold']} was to be reviewed on {hold['review_on']}: rajaus retention hold list" for hold in late]
    if overdue:
        told.append(f"{len(overdue)} backups are older than they may be: rajaus backup remove --in DIR")
    return told


@contextmanager
def _alone(store: Store) -> Iterator[None]:
    """One run at a time; the lock goes with the process. Raises ``Conflict`` (retention_running)."""
    path = store.home.root / "retention.lock"
    with storing(path):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Conflict("retention_running") from error
        yield
    finally:
        os.close(descriptor)
