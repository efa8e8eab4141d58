"""Extracts whose files may lie ready, and what decides for how long (R071)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from ledger import tables


@dataclass(frozen=True)
class Ready:
    """One extract whose files may lie ready."""

    extract: str
    state: str
    released_at: datetime
    ends_at: datetime
    """The end of the campaign, or its closing if that came earlier."""
    deliveries: int


def ready(connection: Connection, extract: str | None = None) -> list[Ready]:
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
        Ready(
            row.extract,
            row.state,
            row.released_at,
            row.ends_at if row.closed_at is None else min(row.ends_at, row.closed_at),
            row.times,
        )
        for row in connection.execute(query)
    ]
