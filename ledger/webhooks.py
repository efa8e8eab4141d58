"""Where a recipient's machine takes messages, and which of its secrets sign them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, select, update

from core.errors import NotFound
from ledger import customers, tables
from ledger.engine import Transaction

Row = dict[str, Any]
OVERLAP = timedelta(days=7)
"""How long the secret before a rotation goes on signing beside the new one."""


def webhook(connection: Connection, customer: str) -> Row | None:
    """A recipient's webhook, disabled ones included; None when it has none."""
    row = connection.execute(select(tables.webhook).where(tables.webhook.c.customer == customer)).mappings()
    found = row.one_or_none()
    return None if found is None else dict(found)


def generations(hook: Row, *, at: datetime) -> list[int]:
    """The generations of the secret that sign at that instant, the newest first."""
    overlap = hook["overlap_until"]
    return [hook["generation"], hook["generation"] - 1] if overlap and at < overlap else [hook["generation"]]


def set_webhook(tx: Transaction, customer: str, *, url: str, rotate: bool = False) -> Row:
    """Set where a recipient takes messages; a disabled webhook is in use again. ``rotate`` gives a new secret, beside
    which the old one signs for :data:`OVERLAP`. Raises ``NotFound`` (customer_unknown)."""
    customers.customer(tx.connection, customer)
    known = webhook(tx.connection, customer)
    row: Row = {"customer": customer, "url": url, "set_at": tx.at, "disabled_at": None}
    if known is None:
        row |= {"generation": 1, "overlap_until": None}
        tx.execute(insert(tables.webhook), row)
    else:
        row |= {"generation": known["generation"], "overlap_until": known["overlap_until"]}
        if rotate:
            row |= {"generation": known["generation"] + 1, "overlap_until": tx.at + OVERLAP}
        tx.execute(update(tables.webhook).where(tables.webhook.c.customer == customer).values(**row))
    tx.audit("webhook.set", customer=customer, generation=row["generation"])
    return row


def disable(tx: Transaction, customer: str, *, reason: str) -> None:
    """Send nothing more there. Raises ``NotFound`` (webhook_none)."""
    if webhook(tx.connection, customer) is None:
        raise NotFound("webhook_none", customer=customer)
    tx.execute(update(tables.webhook).where(tables.webhook.c.customer == customer).values(disabled_at=tx.at))
    tx.audit("webhook.disabled", customer=customer, reason=reason)
