"""Removing a customer: access dies at once, the legal entity stays nameable (T15, R057, R072).

Whoever received rows is told of later bans and corrections for as long as it may hold them, removed or not; so the
customer's row, its contact, its extracts and their manifests stay, and only what gives access ends.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import or_, select, update

from core.clock import helsinki_day
from core.errors import InvalidInput, InvalidTransition
from ledger import customers, cuts, tables
from ledger.engine import Transaction

Row = dict[str, Any]


def remove(tx: Transaction, customer_id: str, *, reason: str) -> Row:
    """End a customer's agreements (their last day is yesterday), close their campaigns, revoke their extracts.

    The campaigns are those it receives and, for a reseller, those it ordered. ``reason`` goes to the audit. Returns
    ``{"customer", "agreements", "campaigns", "extracts"}``, the ids of what ended. Raises ``NotFound``,
    ``InvalidTransition`` when it was removed before, ``InvalidInput`` (value_missing).
    """
    if not reason.strip():
        raise InvalidInput("value_missing", field="reason")
    row = customers.customer(tx.connection, customer_id, lock=True)
    if row["removed_at"] is not None:
        raise InvalidTransition("transition_invalid", kind="customer", id=customer_id, state="removed", event="removed")
    ended = {
        "agreements": _end_agreements(tx, customer_id),
        "campaigns": _close_campaigns(tx, customer_id),
        "extracts": _revoke_extracts(tx, customer_id),
    }
    values = {"removed_at": tx.at, "removed_by": tx.actor}
    tx.execute(update(tables.customer).where(tables.customer.c.customer == customer_id).values(**values))
    counts = {name: len(ids) for name, ids in ended.items()}
    tx.audit("customer.removed", customer=customer_id, reason=reason.strip(), **counts)
    return {"customer": customer_id, **ended}


def _end_agreements(tx: Transaction, customer_id: str) -> list[str]:
    agreement = tables.agreement
    yesterday = helsinki_day(tx.at) - timedelta(days=1)
    running = (agreement.c.customer == customer_id) & (agreement.c.ends_on > yesterday)
    ids = list(tx.execute(select(agreement.c.agreement).where(running).order_by(agreement.c.agreement)).scalars())
    tx.execute(update(agreement).where(running).values(ends_on=yesterday))
    for identifier in ids:
        tx.audit("agreement.ended", agreement=identifier, ends_on=yesterday)
    return ids


def _concerned(customer_id: str) -> Any:
    """Campaigns that the customer receives or, as a reseller, ordered."""
    campaign, agreement = tables.campaign.c, tables.agreement.c
    ordered = select(agreement.agreement).where(agreement.customer == customer_id)
    return or_(campaign.customer == customer_id, campaign.agreement.in_(ordered))


def _close_campaigns(tx: Transaction, customer_id: str) -> list[str]:
    campaign = tables.campaign.c
    query = select(campaign.campaign).where(_concerned(customer_id), campaign.closed_at.is_(None))
    ids = list(tx.execute(query.order_by(campaign.campaign)).scalars())
    for identifier in ids:
        customers.close_campaign(tx, identifier)
    return ids


def _revoke_extracts(tx: Transaction, customer_id: str) -> list[str]:
    extract = tables.extract.c
    campaigns = select(tables.campaign.c.campaign).where(_concerned(customer_id))
    query = select(extract.extract).where(extract.campaign.in_(campaigns), extract.state == "released")
    ids = list(tx.execute(query.order_by(extract.extract)).scalars())
    for identifier in ids:
        cuts.end(tx, identifier, event="revoked", reason="customer removed")
    return ids
