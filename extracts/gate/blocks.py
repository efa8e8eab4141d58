"""What stands in the way of anything new for a customer: words and rows that it owes from before (R023, R035).

Asked at the order, at the cut and at the delivery. An unacknowledged stop list blocks its recipient, anything else the
whole group: who holds rows after the end does not get new ones through a sister company.
"""

from __future__ import annotations

from datetime import datetime

from core.errors import LicenceRefused
from extracts.gate.policy import Block, unacknowledged_ids
from ledger import activations, customers, endings, groups, leftovers, messages, trusted_time
from ledger.engine import Connection


def blocks(connection: Connection, customer: str, *, at: datetime) -> list[Block]:
    """Everything that blocks a customer at that instant, each with the code and the ids of its refusal; empty: nothing.

    Raises ``NotFound`` (customer_unknown).
    """
    customers.customer(connection, customer)
    waiting = messages.unacknowledged(connection, customer=customer, at=at)
    own = [Block("stop_list_unacknowledged", unacknowledged_ids(message)) for message in waiting]
    return own + of_group(connection, customer, at=at)


def of_group(connection: Connection, customer: str, *, at: datetime) -> list[Block]:
    """The blocks that lie on the customer's whole group."""
    group = groups.members(connection, customer)
    now = trusted_time.now(connection, at)
    overdue = [
        Block(
            "disposal_overdue",
            {"customer": row["customer"], "extract": row["extract"], "due": endings.due_day(row["due_at"])},
        )
        for row in endings.disposals(connection, customers=group, owed=True)
        if row["due_at"] <= now
    ]
    in_review = [
        Block("activation_in_review", {name: row[name] for name in ("customer", "extract", "report")})
        for row in activations.reports(connection, customers=group, review=activations.OPEN)
    ]
    left = [
        Block(
            "leftover_found",
            {name: row[name] for name in ("customer", "extract", "check")} | {"rows": len(row["rows"])},
        )
        for row in leftovers.standing(connection, customers=group)
    ]
    return overdue + left + in_review


def check(connection: Connection, customer: str, *, at: datetime) -> None:
    """Raise ``LicenceRefused`` with the first block that stands in the way."""
    for block in blocks(connection, customer, at=at):
        raise LicenceRefused(block.code, **block.ids)
