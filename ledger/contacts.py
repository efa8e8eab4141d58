"""Recipients' contacts: a change keeps the one before for the days of its retention rule, then it goes (R075)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from core.errors import Conflict, InvalidInput, NotFound
from core.identity import normalise_email
from ledger import tables
from ledger.engine import Transaction

Row = dict[str, Any]


def change(tx: Transaction, customer: str, *, contact: str) -> None:
    """Record a customer's new role mailbox. The one before stays for a while, so that a notice which the new one does
    not take can still go out.

    Raises ``NotFound`` (customer_unknown), ``InvalidInput`` (email_invalid), ``Conflict`` (already_done).
    """
    if normalise_email(contact) is None:
        raise InvalidInput("email_invalid", field="contact")
    this = tables.customer.c.customer == customer
    row = tx.one(select(tables.customer).where(this).with_for_update())
    if row is None:
        raise NotFound("customer_unknown", customer=customer)
    if row["contact"] == contact:
        raise Conflict("already_done", kind="contact of", id=customer)
    keep(tx, dict(row))
    tx.execute(update(tables.customer).where(this).values(contact=contact))
    tx.audit("customer.contact_changed", customer=customer)


def keep(tx: Transaction, row: Mapping[str, Any]) -> None:
    """Note the contact that a customer's row has now as a former one, before another takes its place."""
    if row["contact"] is None:
        return
    former = tables.former_contact
    newest = select(func.max(former.c.number)).where(former.c.customer == row["customer"])
    values = {
        "customer": row["customer"], "number": (tx.execute(newest).scalar_one() or 0) + 1, "contact": row["contact"],
        "replaced_at": tx.at, "replaced_by": tx.actor,
    }  # fmt: skip
    tx.execute(insert(former), values)


def former(connection: Connection, customer: str) -> list[Row]:
    """``contact, replaced_at`` of a customer's former contacts that are still there, the last one first."""
    table = tables.former_contact.c
    query = select(table.contact, table.replaced_at).where(table.customer == customer).order_by(table.number.desc())
    return [dict(row) for row in connection.execute(query).mappings()]
