"""What people decided of rows the matcher was not sure of; it holds for the agreement's later uploads too (R049)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, delete, insert, select

from ledger import tables
from ledger.engine import Transaction

Row = dict[str, Any]
_TABLE = tables.care_decision


def record(
    tx: Transaction,
    *,
    job: str,
    agreement: str,
    row: int,
    key: bytes,
    org: int | None,
    position: int | None = None,
    of_person: bool = False,
) -> None:
    """Write down who decided what of a row, in place of what was decided of it before. ``of_person``: also who the
    person is, or with no ``position`` that it is nobody of these."""
    tx.execute(delete(_TABLE).where(_TABLE.c.agreement == agreement, _TABLE.c.row_key == key))
    values = {"agreement": agreement, "row_key": key, "organisation": org, "position": position, "job": job}
    values["of_person"] = of_person
    tx.execute(insert(_TABLE), values | {"decided_at": tx.at, "decided_by": tx.actor})
    tx.audit("care.decided", job=job, row=row, organisation=org, position=position, of_person=of_person)


def of_agreement(connection: Connection, agreement: str) -> dict[bytes, Row]:
    """The decisions by row key."""
    rows = connection.execute(select(_TABLE).where(_TABLE.c.agreement == agreement)).mappings()
    return {bytes(row["row_key"]): dict(row) for row in rows}


def of_customer(connection: Connection, customer: str) -> dict[str, dict[bytes, Row]]:
    """The decisions of all of a customer's agreements, by agreement and row key."""
    of_it = select(tables.agreement.c.agreement).where(tables.agreement.c.customer == customer)
    found: dict[str, dict[bytes, Row]] = {}
    for row in connection.execute(select(_TABLE).where(_TABLE.c.agreement.in_(of_it))).mappings():
        found.setdefault(row["agreement"], {})[bytes(row["row_key"])] = dict(row)
    return found
