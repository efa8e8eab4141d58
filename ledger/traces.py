"""What a trace needs to know: which extracts went out to whom, and which seeds they hold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from ledger import tables

LEFT_THE_HOUSE = ("released", "revoked")
"""States of extracts that can have leaked."""


@dataclass(frozen=True)
class ReleasedExtract:
    """One extract that left the house."""

    extract: str
    campaign: str
    customer: str
    """The recipient: the end customer of a reseller."""
    reseller: str | None
    excluding: bool
    """Its order left out what the customer already had, so its pool depends on earlier deliveries."""
    seeds: int
    manifest: str
    """Relative to the home."""
    manifest_sha256: str
    released_at: datetime


def released_extracts(connection: Connection) -> list[ReleasedExtract]:
    """All extracts that can have leaked, by id."""
    extract, order = tables.extract, tables.order
    campaign, agreement = tables.campaign, tables.agreement
    rows = connection.execute(
        select(
            extract.c.extract,
            extract.c.campaign,
            extract.c.customer,
            agreement.c.customer.label("party"),
            extract.c.seeds,
            order.c.criteria,
            extract.c.manifest,
            extract.c.manifest_sha256,
            extract.c.released_at,
        )
        .join(order, order.c.order == extract.c.order)
        .join(campaign, campaign.c.campaign == extract.c.campaign)
        .join(agreement, agreement.c.agreement == campaign.c.agreement)
        .where(extract.c.state.in_(LEFT_THE_HOUSE), extract.c.persons > 0)  # removals alone have nobody
        .order_by(extract.c.extract)
    ).all()
    return [
        ReleasedExtract(
            extract=row.extract,
            campaign=row.campaign,
            customer=row.customer,
            reseller=row.party if row.party != row.customer else None,
            excluding=_excludes(row.criteria),
            seeds=row.seeds,
            manifest=row.manifest,
            manifest_sha256=row.manifest_sha256,
            released_at=row.released_at,
        )
        for row in rows
    ]


def _excludes(criteria: dict[str, Any]) -> bool:
    return any(value not in (None, "none") for value in (criteria.get("exclude") or {}).values())


def placed_seeds(connection: Connection) -> list[tuple[str, str, str, str]]:
    """Every seed that was put into an extract: (extract, seed, email, mobile)."""
    seed = tables.seed
    rows = connection.execute(
        select(seed.c.extract, seed.c.seed, seed.c.email, seed.c.mobile)
        .where(seed.c.extract.is_not(None))
        .order_by(seed.c.seed)
    ).all()
    return [(row.extract, row.seed, row.email, row.mobile) for row in rows]
