"""Corrections: what a person, or we ourselves, said is right, kept apart from what the sources say (R060, R011).

A correction is laid over the register at every publish, so that no later import undoes it. The newest of a field
stands; earlier ones stay as history. Values are a person's text: the audit never names them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from core.errors import InvalidTransition, NotFound
from core.ids import new_id
from ledger import tables
from ledger.engine import Transaction

POSITION_FIELDS = (
    "title", "responsibilities", "purchasing", "level", "email", "mobile", "postal_street", "postal_postcode",
    "postal_city", "started",
)  # fmt: skip
"""What is corrected of a position."""
FIELDS = ("name", *POSITION_FIELDS)
"""Everything that can be corrected. ``name`` is the person's: ``{"first_name", "last_name"}``."""
SOURCES = ("data subject", "own initiative")
REASONS = ("request", "bounce", "returned", "call", "register")
SCOPES = ("always", "against")


@dataclass(frozen=True)
class Change:
    """What is right of one field; ``value`` and ``was`` are plain JSON values, null where there is none."""

    person: int
    position: int | None
    field: str
    value: Any
    was: Any
    source: str
    reason: str
    scope: str = "always"
    disputed: bool = False
    statement: str | None = None
    case: str | None = None
    block: str | None = None


@dataclass(frozen=True, kw_only=True)
class Correction(Change):
    """A change as the table has it."""

    correction: str
    snapshot: str | None
    """The first snapshot that was built with it."""
    made_on: date
    made_at: datetime
    made_by: str
    ended_at: datetime | None
    ended_by: str | None


def record(tx: Transaction, change: Change, *, made_on: date) -> str:
    """Write a correction; an earlier one of the same field ends, unless this one is only disputed. Returns its id."""
    c = tables.correction.c
    if not change.disputed:
        same = c.position.is_(None) if change.position is None else c.position == change.position
        _end(tx, same & (c.person == change.person) & (c.field == change.field) & c.disputed.is_(False))
    correction = new_id("correction")
    made = {"correction": correction, "made_on": made_on, "made_at": tx.at, "made_by": tx.actor}
    tx.execute(insert(tables.correction), asdict(change) | made)
    told = ("person", "position", "field", "source", "reason", "disputed", "case")
    tx.audit("correction.made", correction=correction, **{name: getattr(change, name) for name in told})
    return correction


def correction(connection: Connection, correction: str) -> Correction:
    """One correction; raises ``NotFound`` (correction_unknown)."""
    found = _select(connection, tables.correction.c.correction == correction)
    if not found:
        raise NotFound("correction_unknown", correction=correction)
    return found[0]


def standing(connection: Connection, *, persons: Sequence[int] | None = None) -> list[Correction]:
    """The corrections in force, oldest first; of some persons, or of all."""
    c = tables.correction.c
    if persons is None:
        return _select(connection, c.ended_at.is_(None))
    return _select(connection, c.ended_at.is_(None) & c.person.in_(list(persons)))


def named(connection: Connection, wanted: Iterable[str]) -> list[Correction]:
    """The corrections with these ids, whether they stand or not."""
    ordered = sorted(wanted)
    parts = (ordered[start : start + 500] for start in range(0, len(ordered), 500))
    return [one for part in parts for one in _select(connection, tables.correction.c.correction.in_(part))]


def of_person(connection: Connection, person: int) -> list[Correction]:
    """Everything ever corrected or disputed of a person, oldest first: the history of R060, for the access reply."""
    return _select(connection, tables.correction.c.person == person)


def built_in(tx: Transaction, made: Sequence[str], *, snapshot: str) -> None:
    """Note that a snapshot, published in this transaction, was built with these corrections."""
    c = tables.correction.c
    for start in range(0, len(made), 500):
        fresh = c.correction.in_(made[start : start + 500]) & c.snapshot.is_(None)
        tx.execute(update(tables.correction).where(fresh).values(snapshot=snapshot))


def withdraw(tx: Transaction, correction_id: str) -> Correction:
    """End a correction: from the next publish on the sources speak again.

    Raises ``NotFound``, and ``InvalidTransition`` when it has ended already.
    """
    found = correction(tx.connection, correction_id)
    if found.ended_at is not None:
        raise InvalidTransition(
            "transition_invalid", kind="correction", id=correction_id, state="ended", event="withdrawn"
        )
    _end(tx, tables.correction.c.correction == correction_id)
    tx.audit("correction.withdrawn", correction=correction_id, person=found.person, field=found.field)
    return found


def carry(tx: Transaction, moved: Iterable[tuple[str, int, int]]) -> int:
    """Let corrections of ``(target, former, id)`` hold for ``id``: what merged. Returns how many."""
    now: dict[str, dict[int, int]] = {"person": {}, "position": {}}
    for target, former, subject in moved:
        if former != subject:
            now[target][former] = subject
    carried = 0
    for target, subjects in now.items():
        column = tables.correction.c[target]
        formers = sorted(subjects)
        for start in range(0, len(formers), 500):
            part = formers[start : start + 500]
            for row in tx.execute(select(column).where(column.in_(part)).distinct()).scalars().all():
                values = {target: subjects[row]}
                carried += tx.execute(update(tables.correction).where(column == row).values(values)).rowcount
    return carried


def ids(connection: Connection, persons: Sequence[int]) -> list[str]:
    """Ids of everything ever corrected of these persons."""
    query = select(tables.correction.c.correction).where(tables.correction.c.person.in_(list(persons)))
    return sorted(connection.execute(query).scalars())


def forget(tx: Transaction, persons: Sequence[int]) -> int:
    """Delete every correction of these persons, history included (R061). Returns how many there were."""
    gone = tables.correction.c.person.in_(list(persons))
    return tx.execute(delete(tables.correction).where(gone)).rowcount


def _end(tx: Transaction, which: ColumnElement[bool]) -> None:
    standing_ones = which & tables.correction.c.ended_at.is_(None)
    tx.execute(update(tables.correction).where(standing_ones).values(ended_at=tx.at, ended_by=tx.actor))


def _select(connection: Connection, which: ColumnElement[bool]) -> list[Correction]:
    query = select(tables.correction).where(which).order_by(tables.correction.c.made_at, tables.correction.c.correction)
    return [Correction(**row) for row in connection.execute(query).mappings()]
