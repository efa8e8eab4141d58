"""Which customers belong together: a group by its parents and subsidiaries (R030)."""

from __future__ import annotations

from sqlalchemy import Connection, select

from ledger import tables


def members(connection: Connection, customer: str) -> list[str]:
    """The customer, its parents, and all their subsidiaries however many steps away; by id."""
    table = tables.customer.c
    parents = {row.customer: row.parent for row in connection.execute(select(table.customer, table.parent))}

    def top(one: str) -> str:
        seen = {one}
        while (parent := parents.get(one)) is not None and parent not in seen:
            one = parent
            seen.add(one)
        return one

    head = top(customer)
    return sorted(one for one in parents if top(one) == head)
