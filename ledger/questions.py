"""Counts that customers and resellers asked for, and what they were told (R026, R080)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, or_, select

from core.ids import new_id
from ledger import tables
from ledger.engine import Transaction

Row = dict[str, Any]
_BATCH = 400


def questions(connection: Connection, customers: Collection[str], *, since: datetime) -> list[Row]:
    """What was asked for campaigns that these customers receive or order for, oldest first."""
    table, campaign, agreement = tables.question.c, tables.campaign.c, tables.agreement.c
    wanted = sorted(customers)
    found: dict[str, Row] = {}
    for start in range(0, len(wanted), _BATCH):
        some = wanted[start : start + _BATCH]
        query = (
            select(tables.question)
            .join(tables.campaign, campaign.campaign == table.campaign)
            .join(tables.agreement, agreement.agreement == campaign.agreement)
            .where(table.at >= since, or_(campaign.customer.in_(some), agreement.customer.in_(some)))
        )
        found |= {row["question"]: dict(row) for row in connection.execute(query).mappings()}
    return sorted(found.values(), key=lambda row: (row["at"], row["question"]))


def record(tx: Transaction, values: Mapping[str, Any]) -> str:
    """Record a question with its answer: all columns but id, who and when. Returns its id."""
    identifier = new_id("question")
    tx.execute(insert(tables.question), {**values, "question": identifier, "by": tx.actor, "at": tx.at})
    ids = {name: values[name] for name in ("campaign", "snapshot", "asked", "fresh")}
    tx.audit("count.answered", question=identifier, **ids)
    return identifier
