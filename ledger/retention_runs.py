"""Runs of the retention in the ledger: what each disposed of, row by row, in the transaction that did it (R068)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, insert, select, update

from core.errors import NotFound
from core.ids import new_id
from ledger import tables
from ledger.engine import Transaction
from ledger.retention_rows import Due
from schemas.retention import Rule

Row = dict[str, Any]
_run, _disposal = tables.retention_run.c, tables.retention_disposal.c


def begin(tx: Transaction) -> str:
    """Begin a run; returns its id."""
    run = new_id("retention")
    row = {"run": run, "at": tx.at, "by": tx.actor, "disposed": {}, "held": 0}
    tx.execute(insert(tables.retention_run), row)
    tx.audit("retention.begun", run=run)
    return run


def lock(tx: Transaction, run: str) -> Mapping[str, Any]:
    """Let nobody place a hold while rows are chosen and taken out: who does so waits for this lock."""
    return dict(tx.execute(select(tables.retention_run).where(_run.run == run).with_for_update()).mappings().one())


def lock_open(tx: Transaction) -> None:
    """Wait for whatever a run under way is just taking out."""
    tx.execute(select(_run.run).where(_run.finished_at.is_(None)).with_for_update()).all()


def record(tx: Transaction, run: str, rule: Rule, *, gone: Sequence[Due], counts: Mapping[str, int]) -> None:
    """Write down what is taken out in this transaction. Where the ids are persons', only how many there are."""
    before = lock(tx, run)
    disposed = dict(before["disposed"])
    for name, number in counts.items():
        disposed[name] = disposed.get(name, 0) + number
    tx.execute(update(tables.retention_run).where(_run.run == run).values(disposed=disposed))
    if gone and not rule.names_persons:
        place = {"run": run, "kind": rule.kind, "name": rule.name}
        tx.execute(insert(tables.retention_disposal), [place | {"id": one.id, "since": one.since} for one in gone])
    tx.audit("retention.disposed", run=run, rule=rule.key, counts=dict(counts))


def disposed(connection: Connection, run: str) -> dict[str, int]:
    """How much a run took out so far, by rule."""
    return dict(connection.execute(select(_run.disposed).where(_run.run == run)).scalar_one())


def finish(tx: Transaction, run: str, *, held: int) -> None:
    """End a run."""
    tx.execute(update(tables.retention_run).where(_run.run == run).values(finished_at=tx.at, held=held))
    tx.audit("retention.finished", run=run, held=held)


def runs(connection: Connection, *, limit: int) -> list[Row]:
    """The newest runs, newest first."""
    query = select(tables.retention_run).order_by(_run.at.desc(), _run.run).limit(limit)
    return [dict(row) for row in connection.execute(query).mappings()]


def run(connection: Connection, run: str) -> Row:
    """One run with the ids it disposed of; raises ``NotFound`` (retention_run_unknown)."""
    row = connection.execute(select(tables.retention_run).where(_run.run == run)).mappings().one_or_none()
    if row is None:
        raise NotFound("retention_run_unknown", run=run)
    query = select(_disposal.kind, _disposal.name, _disposal.id, _disposal.since).where(_disposal.run == run)
    listed = connection.execute(query.order_by(_disposal.kind, _disposal.name, _disposal.id)).mappings()
    return dict(row) | {"ids": [dict(one) for one in listed]}
