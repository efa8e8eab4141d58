"""Disclosures outside any licence in the ledger: a ground, a scope, two persons, and who it was about (R079)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, insert, select, update

from core.errors import InvalidTransition, NotFound, PermissionRefused
from core.ids import new_id
from ledger import tables
from ledger.engine import Transaction

Row = dict[str, Any]

TRANSITIONS: Mapping[tuple[str, str], str] = {
    ("open", "approved"): "approved",
    ("open", "withdrawn"): "withdrawn",
    ("approved", "made"): "made",
    ("approved", "withdrawn"): "withdrawn",
}
"""(state, event) → new state."""


def record(tx: Transaction, values: Mapping[str, Any], *, persons: Iterable[int]) -> str:
    """Open a disclosure with its columns ``values``; returns its id."""
    disclosure, concerned = new_id("disclosure"), sorted(set(persons))
    opened = {"disclosure": disclosure, "state": "open", "opened_at": tx.at, "opened_by": tx.actor}
    tx.execute(insert(tables.other_disclosure), opened | dict(values) | {"persons": len(concerned)})
    if concerned:
        rows = [{"disclosure": disclosure, "person": person} for person in concerned]
        tx.execute(insert(tables.other_disclosure_person), rows)
    tx.audit("disclosure.opened", disclosure=disclosure, kind=values["kind"], persons=len(concerned))
    return disclosure


def happen(tx: Transaction, disclosure_id: str, event: str, *, by: str | None = None, sha256: str | None = None) -> Row:
    """Let ``approved``, ``made`` or ``withdrawn`` happen; returns the row as it was.

    Raises ``NotFound`` (disclosure_unknown), ``InvalidTransition``, and ``PermissionRefused`` (disclosure_needs_two)
    when who opened it would approve it.
    """
    table = tables.other_disclosure
    this = table.c.disclosure == disclosure_id
    row = tx.one(select(table).where(this).with_for_update())
    if row is None:
        raise NotFound("disclosure_unknown", disclosure=disclosure_id)
    state = TRANSITIONS.get((row["state"], event))
    if state is None:
        raise InvalidTransition(
            "transition_invalid", kind="disclosure", id=disclosure_id, state=row["state"], event=event
        )
    actor = by or tx.actor
    if event == "approved" and actor == row["opened_by"]:
        raise PermissionRefused("disclosure_needs_two", disclosure=disclosure_id)
    ended = {"ended_at": tx.at, "ended_by": actor, "sha256": sha256}
    values = {"approved_at": tx.at, "approved_by": actor} if event == "approved" else ended
    tx.execute(update(table).where(this).values(state=state, **values))
    tx.audit(f"disclosure.{event}", disclosure=disclosure_id, by=actor)
    return dict(row)


def find(connection: Connection, disclosure_id: str) -> Row:
    """One disclosure with ``who``, the register ids it is about. Raises ``NotFound`` (disclosure_unknown)."""
    table, person = tables.other_disclosure, tables.other_disclosure_person
    row = connection.execute(select(table).where(table.c.disclosure == disclosure_id)).mappings().one_or_none()
    if row is None:
        raise NotFound("disclosure_unknown", disclosure=disclosure_id)
    who = select(person.c.person).where(person.c.disclosure == disclosure_id).order_by(person.c.person)
    return dict(row) | {"who": list(connection.execute(who).scalars())}


def listing(connection: Connection) -> list[Row]:
    """Every disclosure, newest first."""
    table = tables.other_disclosure
    query = select(table).order_by(table.c.opened_at.desc(), table.c.disclosure)
    return [dict(row) for row in connection.execute(query).mappings()]


def of_persons(connection: Connection, persons: Sequence[int]) -> list[Row]:
    """What was disclosed of these persons, oldest first, secret or not."""
    table, person = tables.other_disclosure, tables.other_disclosure_person
    query = (
        select(table)
        .where(
            table.c.state == "made",
            table.c.disclosure.in_(select(person.c.disclosure).where(person.c.person.in_(list(persons)))),
        )
        .order_by(table.c.ended_at, table.c.disclosure)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def is_secret(row: Mapping[str, Any], *, today: date) -> bool:
    """Whether the law forbids telling the persons of it on a day."""
    return row["secret_ground"] is not None and (row["secret_until"] is None or today <= row["secret_until"])
