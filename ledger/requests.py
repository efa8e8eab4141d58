"""Cases in the ledger: a row with its present state, the persons it concerns, and every event, each of them audited.

What may happen in which state is decided in ``subjects.cases``; here it is written down. Audit rows hold ids, codes
and dates alone; a reason in words stays with the case.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, Select, func, insert, select, update

from core.errors import NotFound
from core.ids import new_id
from ledger import tables
from ledger.engine import Transaction

Row = dict[str, Any]


def open_case(
    tx: Transaction, values: Mapping[str, Any], *, persons: Iterable[int] = (), ids: Mapping[str, Any] | None = None
) -> str:
    """Write a new case (``values``: the columns that say what was asked, when and how) and return its id."""
    case = new_id("case")
    tx.execute(
        insert(tables.subject_case),
        {"case": case, "paused_days": 0, "opened_at": tx.at, "opened_by": tx.actor, **values},
    )
    concern(tx, case, persons=persons)
    _append(tx, case, event="opened", ids=dict(ids or {}), reason=None)
    tx.audit(
        "subject.opened",
        case=case,
        right=values["right"],
        via=values["via"],
        received_on=values["received_on"].isoformat(),
        due_on=values["due_on"].isoformat(),
        persons=sorted(set(persons)),
    )
    return case


def concern(tx: Transaction, case: str, *, persons: Iterable[int]) -> None:
    """Tie register persons to a case; those tied already stay."""
    table = tables.subject_case_person
    known = set(tx.execute(select(table.c.person).where(table.c.case == case)).scalars())
    new = sorted(set(persons) - known)
    if new:
        tx.execute(insert(table), [{"case": case, "person": person} for person in new])


def lock(tx: Transaction, case: str) -> Row:
    """The case's row, locked for the rest of the transaction. Raises ``NotFound`` (case_unknown)."""
    return _one(tx.connection, case, select(tables.subject_case).with_for_update())


def find(connection: Connection, case: str) -> Row:
    """The case's row with ``persons``. Raises ``NotFound`` (case_unknown)."""
    row = _one(connection, case, select(tables.subject_case))
    return row | {"persons": persons_of(connection, case)}


def _one(connection: Connection, case: str, query: Select[Any]) -> Row:
    row = connection.execute(query.where(tables.subject_case.c.case == case)).mappings().one_or_none()
    if row is None:
        raise NotFound("case_unknown", case=case)
    return dict(row)


def happen(
    tx: Transaction,
    case: str,
    *,
    event: str,
    values: Mapping[str, Any] | None = None,
    ids: Mapping[str, Any] | None = None,
    reason: str | None = None,
) -> None:
    """Append an event and change the case's columns with it; the audit gets the event and ``ids``."""
    if values:
        tx.execute(update(tables.subject_case).where(tables.subject_case.c.case == case).values(**values))
    _append(tx, case, event=event, ids=dict(ids or {}), reason=reason)
    tx.audit(f"subject.{event}", case=case, **(ids or {}))


def _append(tx: Transaction, case: str, *, event: str, ids: Row, reason: str | None) -> None:
    table = tables.subject_case_event
    last = tx.execute(select(func.max(table.c.number)).where(table.c.case == case)).scalar_one()
    row = {"case": case, "number": (last or 0) + 1, "event": event, "at": tx.at, "actor": tx.actor}
    tx.execute(insert(table), row | {"ids": ids, "reason": reason})


def events(connection: Connection, case: str) -> list[Row]:
    """What happened in a case, oldest first."""
    table = tables.subject_case_event
    rows = connection.execute(select(table).where(table.c.case == case).order_by(table.c.number)).mappings()
    return [dict(row) for row in rows]


def persons_of(connection: Connection, case: str) -> list[int]:
    """Register ids of whom a case concerns."""
    table = tables.subject_case_person
    return list(
        connection.execute(select(table.c.person).where(table.c.case == case).order_by(table.c.person)).scalars()
    )


def cases(connection: Connection, *, states: Sequence[str] | None = None, due_before: date | None = None) -> list[Row]:
    """Cases, the one due first at the top; ``due_before``: only those whose last day is earlier than this."""
    table = tables.subject_case
    query = select(table).order_by(table.c.due_on, table.c.opened_at, table.c.case)
    if states is not None:
        query = query.where(table.c.state.in_(list(states)))
    if due_before is not None:
        query = query.where(table.c.due_on < due_before)
    return [dict(row) for row in connection.execute(query).mappings()]


def of_persons(connection: Connection, persons: Sequence[int]) -> list[Row]:
    """Every case that concerns one of these register ids, oldest first."""
    tied = tables.subject_case_person
    query = (
        select(tables.subject_case)
        .where(tables.subject_case.c.case.in_(select(tied.c.case).where(tied.c.person.in_(list(persons)))))
        .order_by(tables.subject_case.c.received_on, tables.subject_case.c.case)
    )
    return [dict(row) for row in connection.execute(query).mappings()]
