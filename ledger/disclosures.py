"""Who received an extract, for what and until when: the recipients' side of the ledger (R057, C-154/21)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, func, select

from core.errors import NotFound
from ledger import tables

_BATCH = 500


@dataclass(frozen=True)
class Disclosure:
    """One extract with its recipient, as the ledger keeps it whatever became of the customer since (T15)."""

    extract: str
    state: str
    manifest: str
    """Relative to the home."""
    customer: str
    customer_name: str
    business_id: str
    reseller: str | None
    reseller_name: str | None
    campaign: str
    campaign_name: str
    purpose: str
    channels: list[str]
    fields: list[str]
    """As ordered; empty: all that the channels need."""
    formats: list[str]
    rows: int
    released_at: datetime
    delivered_at: datetime | None
    """When it was first handed over; None: it never left the house."""
    ends_at: datetime
    """The end of the campaign, or its closing if that came earlier."""
    delta: int | None = None
    """Of continuous use: the number of the delta; ``campaign`` is the subscription."""
    disposed_on: date | None = None
    """When the recipient stated that it has disposed of the rows (R035)."""


def disclosures(connection: Connection, extracts: Sequence[str] | None = None) -> list[Disclosure]:
    """The extracts that are not void (all of them, or these), oldest first."""
    if extracts is None:
        return _disclosures(connection, None)
    wanted = sorted(set(extracts))
    found = [
        one
        for start in range(0, len(wanted), _BATCH)
        for one in _disclosures(connection, wanted[start : start + _BATCH])
    ]
    return sorted(found, key=lambda one: (one.released_at, one.extract))


def disclosure(connection: Connection, extract: str) -> Disclosure:
    """One extract that is not void; raises ``NotFound`` (extract_unknown)."""
    for one in _disclosures(connection, [extract]):
        return one
    raise NotFound("extract_unknown", extract=extract)


def _disclosures(connection: Connection, extracts: Sequence[str] | None) -> list[Disclosure]:
    extract, order, campaign, agreement = tables.extract, tables.order, tables.campaign, tables.agreement
    recipient, party, delta = tables.customer, tables.customer.alias("party"), tables.subscription_delta
    word = tables.disposal_statement
    first = select(tables.delivery.c.extract, func.min(tables.delivery.c.delivered_at).label("delivered_at"))
    delivered = first.group_by(tables.delivery.c.extract).subquery()
    query = (
        select(
            extract.c.extract, extract.c.state, extract.c.manifest, extract.c.customer, extract.c.rows,
            extract.c.released_at, recipient.c.name.label("customer_name"), recipient.c.business_id,
            party.c.customer.label("party"), party.c.name.label("party_name"),
            campaign.c.campaign, campaign.c.name.label("campaign_name"), campaign.c.purpose, campaign.c.channels,
            campaign.c.ends_at, campaign.c.closed_at, order.c.fields, order.c.formats, delivered.c.delivered_at,
            delta.c.delta, word.c.stated_on,
        )
        .join(order, order.c.order == extract.c.order)
        .join(campaign, campaign.c.campaign == extract.c.campaign)
        .join(agreement, agreement.c.agreement == campaign.c.agreement)
        .join(recipient, recipient.c.customer == extract.c.customer)
        .join(party, party.c.customer == agreement.c.customer)
        .outerjoin(delivered, delivered.c.extract == extract.c.extract)
        .outerjoin(delta, delta.c.extract == extract.c.extract)
        .outerjoin(word, word.c.extract == extract.c.extract)
        .where(extract.c.state != "void")
        .order_by(extract.c.released_at, extract.c.extract)
    )  # fmt: skip
    if extracts is not None:
        query = query.where(extract.c.extract.in_(extracts))
    made = []
    for row in connection.execute(query):
        resold = row.party != row.customer
        made.append(
            Disclosure(
                extract=row.extract,
                state=row.state,
                manifest=row.manifest,
                customer=row.customer,
                customer_name=row.customer_name,
                business_id=row.business_id,
                reseller=row.party if resold else None,
                reseller_name=row.party_name if resold else None,
                campaign=row.campaign,
                campaign_name=row.campaign_name,
                purpose=row.purpose,
                channels=list(row.channels),
                fields=list(row.fields or ()),
                formats=list(row.formats),
                rows=row.rows,
                released_at=row.released_at,
                delivered_at=row.delivered_at,
                ends_at=row.ends_at if row.closed_at is None else min(row.ends_at, row.closed_at),
                delta=row.delta,
                disposed_on=row.stated_on,
            )
        )
    return made
