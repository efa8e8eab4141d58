"""What a trace needs to know: which extracts went out to whom, and which seeds they hold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Text, case, cast, select

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


class PlacedSeed(NamedTuple):
    """One seed that stands in an extract, and what gives it away; a fictitious one is known by its name and company
    too, a host is not: the host's own name may stand in anybody's list."""

    extract: str
    seed: str
    email: str
    mobile: str
    first_name: str | None
    last_name: str | None
    business_id: str | None
    organisation_name: str | None


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
            _narrowing(order.c.criteria).label("criteria"),
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
            extract=name,
            campaign=of,
            customer=recipient,
            reseller=party if party != recipient else None,
            excluding=criteria is not None and _excludes(criteria),
            seeds=seeds,
            manifest=path,
            manifest_sha256=digest,
            released_at=at,
        )
        for name, of, recipient, party, seeds, criteria, path, digest, at in rows
    ]


def commitment(connection: Connection, extract: str) -> dict[str, Any] | None:
    """What the audit chain holds of an extract's commitment: ``commitment, disclosures, form, seq, at, hash``; None for
    one released before there were commitments.

    By the index of the audit, from the release on: the audit's instant of a release is never before the release's own,
    so however long the audit is, few rows are looked at.
    """
    audit, released = tables.audit.c, tables.extract.c
    since = select(released.released_at).where(released.extract == extract).scalar_subquery()
    row = connection.execute(
        select(audit.seq, audit.at, audit.hash, audit.ids)
        .where(audit.action == "extract.committed", audit.at >= since, audit.ids["extract"].as_string() == extract)
        .order_by(audit.at, audit.seq)
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    made = {"commitment": row.ids["commitment"], "disclosures": row.ids["disclosures"], "form": row.ids.get("form", 1)}
    return made | {"seq": row.seq, "at": row.at.isoformat(), "hash": row.hash}


def evidence_of(connection: Connection, trace: str, *, since: datetime) -> dict[str, Any] | None:
    """What the audit chain holds of a trace that ran at ``since`` or later: ``evidence_sha256, seq, at`` and, where
    there is one, ``document_sha256``."""
    audit = tables.audit.c
    row = connection.execute(
        select(audit.seq, audit.at, audit.ids)
        .where(audit.action == "trace.done", audit.at >= since, audit.ids["trace"].as_string() == trace)
        .order_by(audit.at, audit.seq)
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    digests = {name: row.ids[name] for name in ("evidence_sha256", "document_sha256") if name in row.ids}
    return digests | {"seq": row.seq, "at": row.at.isoformat()}


def _narrowing(criteria: ColumnElement[Any]) -> ColumnElement[Any]:
    """The criteria that may leave somebody out, else null: reading ten thousand of them takes as long as the search."""
    return case((cast(criteria, Text).like('%"exclude"%'), criteria))


def _excludes(criteria: dict[str, Any]) -> bool:
    return any(value not in (None, "none") for value in (criteria.get("exclude") or {}).values())


def placed_seeds(connection: Connection) -> list[PlacedSeed]:
    """Every seed that was put into an extract, but those that somebody in the register resembles by now (T10)."""
    seed = tables.seed.c
    told = (seed.first_name, seed.last_name, seed.business_id, seed.organisation_name)
    named = [case((seed.kind == "fictitious", column)) for column in told]
    found = select(seed.extract, seed.seed, seed.email, seed.mobile, *named)
    rows = connection.execute(found.where(seed.extract.is_not(None), seed.state != "retired").order_by(seed.seed))
    return [PlacedSeed(*row) for row in rows]
