"""Processing instructions of data care agreements, by number; the last one holds (R044, Art. 28(3))."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from core.errors import InvalidTransition, LicenceRefused, NotFound
from ledger import tables
from ledger.engine import Transaction
from schemas import care

Row = dict[str, Any]
MODE = "datacare"

_TABLE = tables.care_instruction


def record(tx: Transaction, agreement: str, *, terms: Mapping[str, Any]) -> int:
    """Record what the customer instructs from now on; returns its number. Raises ``InvalidInput``
    (care_instruction_invalid)."""
    checked = care.checked(terms)
    last = tx.execute(select(func.max(_TABLE.c.number)).where(_TABLE.c.agreement == agreement)).scalar_one()
    number = (last or 0) + 1
    standard = checked == care.standard()
    row = {"agreement": agreement, "number": number, "terms": checked, "standard": standard}
    tx.execute(insert(_TABLE), row | {"recorded_at": tx.at, "recorded_by": tx.actor})
    tx.audit("care.instructed", agreement=agreement, number=number, operations=checked["operations"], standard=standard)
    return number


def withdraw(tx: Transaction, agreement: str) -> int:
    """End the instruction that holds: nothing is done under the agreement until another is recorded. Returns its
    number; raises ``InvalidTransition`` when none holds."""
    row = latest(tx.connection, agreement)
    if row is None or row["withdrawn_at"] is not None:
        raise InvalidTransition(
            "transition_invalid", kind="instruction of", id=agreement, state="withdrawn", event="withdrawn"
        )
    this = (_TABLE.c.agreement == agreement, _TABLE.c.number == row["number"])
    tx.execute(update(_TABLE).where(*this).values(withdrawn_at=tx.at, withdrawn_by=tx.actor))
    tx.audit("care.instruction_withdrawn", agreement=agreement, number=row["number"])
    return int(row["number"])


def latest(connection: Connection, agreement: str) -> Row | None:
    """The last instruction, withdrawn or not."""
    query = select(_TABLE).where(_TABLE.c.agreement == agreement).order_by(_TABLE.c.number.desc()).limit(1)
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else dict(row)


def check(connection: Connection, agreement: str, operation: str, *, today: date) -> tuple[Row, Row]:
    """The agreement and the instruction under which an operation may be done today.

    Raises ``NotFound`` (agreement_unknown) and ``LicenceRefused``: agreement_mode, agreement_not_in_force,
    care_not_instructed.
    """
    table = tables.agreement
    terms = connection.execute(select(table).where(table.c.agreement == agreement)).mappings().one_or_none()
    if terms is None:
        raise NotFound("agreement_unknown", agreement=agreement)
    if terms["mode"] != MODE:
        raise LicenceRefused("agreement_mode", agreement=agreement, mode=terms["mode"], needed="data care")
    if not terms["starts_on"] <= today <= terms["ends_on"]:
        raise LicenceRefused("agreement_not_in_force", agreement=agreement, day=today)
    row = latest(connection, agreement)
    if row is None or row["withdrawn_at"] is not None or operation not in row["terms"]["operations"]:
        raise LicenceRefused("care_not_instructed", agreement=agreement, operation=operation)
    return dict(terms), row


def first(tx: Transaction, agreement: str) -> None:
    """The standard instruction, which a new agreement for data care comes with."""
    record(tx, agreement, terms=care.standard())
