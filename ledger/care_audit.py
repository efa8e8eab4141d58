"""What was done for one data care customer, for the customer to audit (R050, Art. 28(3)(h))."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from ledger import breaches, tables

Row = dict[str, Any]


def agreements(connection: Connection, customer: str) -> list[Row]:
    """Its data care agreements, oldest first, each with the ``instructions`` it ever had."""
    table, instruction = tables.agreement, tables.care_instruction
    query = select(table.c.agreement, table.c.starts_on, table.c.ends_on).where(
        table.c.customer == customer, table.c.mode == "datacare"
    )
    found = [dict(row) for row in connection.execute(query.order_by(table.c.starts_on, table.c.agreement)).mappings()]
    for row in found:
        of_it = select(instruction).where(instruction.c.agreement == row["agreement"]).order_by(instruction.c.number)
        row["instructions"] = [dict(one) for one in connection.execute(of_it).mappings()]
    return found


def work(connection: Connection, jobs: Sequence[str], *, since: datetime, until: datetime) -> list[Row]:
    """Who did what with these jobs and how often, of the audit of ``[since, until)``: ``{"job", "action", "actor",
    "times"}``. Every look at a candidate is one."""
    table = tables.audit.c
    query = select(table.action, table.actor, table.ids).where(
        table.action.startswith("care.", autoescape=True), table.at >= since, table.at < until
    )
    wanted = set(jobs)
    counted: Counter[tuple[str, str, str]] = Counter()
    for action, actor, ids in connection.execute(query):
        if ids.get("job") in wanted:
            counted[ids["job"], action, actor] += 1
    names = ("job", "action", "actor")
    return [dict(zip(names, key, strict=True)) | {"times": times} for key, times in sorted(counted.items())]


def told_breaches(connection: Connection, customer: str) -> list[Row]:
    """Breaches of what we processed for it, and when it was told (Art. 33(2)): ``{"breach", "state", "aware_at",
    "told": [{"sent_at", "reference"}]}``."""
    found = []
    for case in breaches.cases(connection):
        if case["role"] != "processor" or case["ids"].get("customer") != customer:
            continue
        told = [
            {name: notice[name] for name in ("sent_at", "reference")}
            for notice in breaches.notices(connection, case["breach"])
            if notice["recipient"] == customer
        ]
        found.append({name: case[name] for name in ("breach", "state", "aware_at")} | {"told": told})
    return found


def head(connection: Connection) -> Row:
    """The head of the audit's chain: what was read is what led up to it (R087)."""
    row = connection.execute(select(tables.audit_head)).mappings().one()
    return {"seq": row["seq"], "hash": row["hash"]}
