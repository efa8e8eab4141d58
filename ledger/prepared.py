"""Prepared extracts in the ledger: what decides how long their files may lie ready (R071)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from ledger import tables


@dataclass(frozen=True)
class Prepared:
    """One extract whose files may lie ready."""

    extract: str
    state: str
    released_at: datetime
    ends_at: datetime
    """The end of the campaign, or its closing if that came earlier."""
    deliveries: int


def prepared(connection: Connection, extract: str | None = None) -> list[Prepared]:
    """All extracts, or one."""
    made, campaign, delivery = tables.extract.c, tables.campaign.c, tables.delivery.c
    times = select(delivery.extract, func.count().label("times")).group_by(delivery.extract).subquery()
    query = (
        select(
            made.extract, made.state, made.released_at, campaign.ends_at, campaign.closed_at,
            func.coalesce(times.c.times, 0).label("times"),
        )
        .join(tables.campaign, campaign.campaign == made.campaign)
        .outerjoin(times, times.c.extract == made.extract)
        .order_by(made.released_at, made.extract)
    )  # fmt: skip
    if extract is not None:
        query = query.where(made.extract == extract)
    return [
        Prepared(
            row.extract,
            row.state,
            row.released_at,
            row.ends_at if row.closed_at is None else min(row.ends_at, row.closed_at),
            row.times,
        )
        for row in connection.execute(query)
    ]
