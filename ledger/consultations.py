"""The read log: every look at a registered person by an operator or an evidence file, with its purpose (R058, R088)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, insert, select

from core.errors import InvalidInput
from core.ids import new_id
from ledger import tables
from ledger.engine import Transaction

_NAMED = 20
"""The audit lists the persons of a look at so many or fewer; the read log lists them all."""


def record(tx: Transaction, *, persons: Sequence[int], kind: str, purpose: str, case: str | None = None) -> str | None:
    """Log that these persons were looked at, by whom and why; None when there is nobody to log.

    Call it in the transaction that precedes the look, so that no look goes unlogged. Raises ``InvalidInput``
    (value_missing) without a purpose.
    """
    for name, value in (("kind", kind), ("purpose", purpose)):
        if not value.strip():
            raise InvalidInput("value_missing", field=name)
    seen = sorted({int(person) for person in persons})
    if not seen:
        return None
    consultation = new_id("consultation")
    tx.execute(
        insert(tables.consultation),
        {
            "consultation": consultation,
            "kind": kind,
            "purpose": purpose,
            "case": case,
            "persons": len(seen),
            "at": tx.at,
            "by": tx.actor,
        },
    )
    tx.execute(
        insert(tables.consultation_person), [{"consultation": consultation, "person": person} for person in seen]
    )
    named = {"who": seen} if len(seen) <= _NAMED else {}
    tx.audit("person.consulted", consultation=consultation, kind=kind, case=case, persons=len(seen), **named)
    return consultation


def of_person(connection: Connection, person: int) -> list[dict[str, Any]]:
    """``{"at", "kind", "purpose", "case"}`` of every look at a person, oldest first; not who looked (R058)."""
    table = tables.consultation
    query = (
        select(table.c.at, table.c.kind, table.c.purpose, table.c.case)
        .join(tables.consultation_person, tables.consultation_person.c.consultation == table.c.consultation)
        .where(tables.consultation_person.c.person == person)
        .order_by(table.c.at, table.c.consultation)
    )
    return [dict(row) for row in connection.execute(query).mappings()]
