"""Legal holds: what a dispute or an investigation keeps although its period is over, by case and by id (R075)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from core.errors import InvalidTransition, NotFound
from core.ids import new_id
from ledger import retention_rows, retention_runs, tables
from ledger.engine import Transaction
from schemas.retention import rule

Row = dict[str, Any]
Named = tuple[str, str, str]
"""``(kind, name, id)`` as the plan names it: table, task, task-…"""
_hold, _row = tables.retention_hold.c, tables.retention_hold_row.c


def place(tx: Transaction, *, case: str, reason: str, review_on: date, rows: Sequence[Named]) -> str:
    """Hold these; returns the id. From this transaction on no run takes them out.

    Raises ``NotFound`` (held_unknown) for a row of the ledger that is not there.
    """
    retention_runs.lock_open(tx)
    for kind, name, one in rows:
        if kind in ("table", "blank") and not retention_rows.exists(tx.connection, rule(kind, name), one):
            raise NotFound("held_unknown", kind=kind, name=name, id=one)
    hold = new_id("hold")
    tx.execute(
        insert(tables.retention_hold),
        {
            "hold": hold, "case": case, "reason": reason, "placed_at": tx.at, "placed_by": tx.actor,
            "review_on": review_on,
        },
    )  # fmt: skip
    named = [{"hold": hold, "kind": kind, "name": name, "id": one} for kind, name, one in dict.fromkeys(rows)]
    tx.execute(insert(tables.retention_hold_row), named)
    tx.audit("hold.placed", hold=hold, rows=len(named), review_on=review_on)
    return hold


def release(tx: Transaction, hold: str, *, reason: str) -> None:
    """End a hold: the next run takes out what is due. Raises ``NotFound`` (hold_unknown), ``InvalidTransition``."""
    row = _locked(tx, hold)
    if row["released_at"] is not None:
        raise InvalidTransition("transition_invalid", kind="hold", id=hold, state="released", event="released again")
    values = {"released_at": tx.at, "released_by": tx.actor, "release_reason": reason}
    tx.execute(update(tables.retention_hold).where(_hold.hold == hold).values(values))
    tx.audit("hold.released", hold=hold)


def holds(connection: Connection, *, released: bool = False) -> list[Row]:
    """Standing holds, the one to be reviewed first at the top; with ``released`` the ended ones too."""
    number = select(func.count()).where(_row.hold == _hold.hold).correlate(tables.retention_hold).scalar_subquery()
    query = select(tables.retention_hold, number.label("rows")).order_by(_hold.review_on, _hold.hold)
    if not released:
        query = query.where(_hold.released_at.is_(None))
    return [dict(row) for row in connection.execute(query).mappings()]


def rows_of(connection: Connection, hold: str) -> list[Row]:
    """``kind, name, id`` of what a hold names."""
    query = select(_row.kind, _row.name, _row.id).where(_row.hold == hold).order_by(_row.kind, _row.name, _row.id)
    return [dict(row) for row in connection.execute(query).mappings()]


def standing(connection: Connection, *, kind: str, name: str) -> dict[str, list[str]]:
    """Ids of a class that are held now, each with the cases that hold it."""
    query = (
        select(_row.id, _hold.case)
        .join(tables.retention_hold, _hold.hold == _row.hold)
        .where(_hold.released_at.is_(None), _row.kind == kind, _row.name == name)
        .order_by(_row.id, _hold.case)
    )
    found: dict[str, list[str]] = {}
    for row in connection.execute(query):
        found.setdefault(row.id, []).append(row.case)
    return found


def review(tx: Transaction, hold: str, *, until: date) -> None:
    """Let a hold stand until another review day. Raises ``NotFound`` (hold_unknown), ``InvalidTransition``."""
    row = _locked(tx, hold)
    if row["released_at"] is not None:
        raise InvalidTransition("transition_invalid", kind="hold", id=hold, state="released", event="reviewed")
    tx.execute(update(tables.retention_hold).where(_hold.hold == hold).values(review_on=until))
    tx.audit("hold.reviewed", hold=hold, review_on=until)


def _locked(tx: Transaction, hold: str) -> Row:
    row = tx.one(select(tables.retention_hold).where(_hold.hold == hold).with_for_update())
    if row is None:
        raise NotFound("hold_unknown", hold=hold)
    return dict(row)
