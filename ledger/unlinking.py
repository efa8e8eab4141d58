"""Extracts whose manifests still name persons, and the taking away of those links (R072)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select, update

from ledger import tables
from ledger.engine import Transaction


@dataclass(frozen=True)
class Linked:
    """One extract and its manifest."""

    extract: str
    manifest: str
    """Relative to the home."""
    ends_at: datetime
    """The end of the campaign, or its closing if that came earlier."""
    unlinked_at: datetime | None
    links_kept: int
    """Rows that stayed in the manifest when it was unlinked."""


def linked(connection: Connection) -> list[Linked]:
    """Every extract, void ones too: their manifests name persons as well."""
    made, campaign = tables.extract.c, tables.campaign.c
    query = (
        select(made.extract, made.manifest, made.unlinked_at, made.links_kept, campaign.ends_at, campaign.closed_at)
        .join(tables.campaign, campaign.campaign == made.campaign)
        .order_by(campaign.ends_at, made.extract)
    )
    return [
        Linked(
            row.extract,
            row.manifest,
            row.ends_at if row.closed_at is None else min(row.ends_at, row.closed_at),
            row.unlinked_at,
            row.links_kept or 0,
        )
        for row in connection.execute(query)
    ]


def unlink(tx: Transaction, extract: str, *, manifest: str, sha256: str, kept: int) -> None:
    """Let the extract's manifest be the one without persons; ``kept`` rows are still in it."""
    values = {"manifest": manifest, "manifest_sha256": sha256, "unlinked_at": tx.at, "links_kept": kept}
    tx.execute(update(tables.extract).where(tables.extract.c.extract == extract).values(values))


@dataclass(frozen=True)
class Unlinked:
    """Deliveries that can be tied to nobody any more."""

    extracts: int
    ended_until: datetime
    """The last end of their campaigns."""
    purposes: tuple[str, ...]


def unlinked(connection: Connection, *, since: datetime | None = None) -> Unlinked | None:
    """The unlinked extracts that were delivered, of those released from ``since`` on; None when there is none."""
    made, campaign, delivery = tables.extract.c, tables.campaign.c, tables.delivery.c
    query = (
        select(campaign.purpose, func.count(), func.max(campaign.ends_at))
        .select_from(tables.extract)
        .join(tables.campaign, campaign.campaign == made.campaign)
        .where(made.unlinked_at.is_not(None), made.extract.in_(select(delivery.extract)))
        .group_by(campaign.purpose)
        .order_by(campaign.purpose)
    )
    if since is not None:
        query = query.where(made.released_at >= since)
    rows = connection.execute(query).all()
    if not rows:
        return None
    purposes, numbers, ends = zip(*(tuple(row) for row in rows), strict=True)
    return Unlinked(sum(numbers), max(ends), tuple(purposes))
