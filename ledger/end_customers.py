"""For whom a reseller may order: legal entities with an agreement of their own that nobody prohibited (R052)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, insert, select, update

from core.errors import Conflict, InvalidInput, InvalidTransition, LicenceRefused, NotFound
from core.identity import normalise_business_id
from core.ids import new_id
from ledger import tables
from ledger.engine import Transaction

Row = dict[str, Any]
OWN_MODES = ("campaign", "continuous")
"""Modes of the end customer's own agreement."""


def check(connection: Connection, end_customer: Mapping[str, Any], campaign: Mapping[str, Any]) -> None:
    """Raise ``LicenceRefused`` (end_customer_prohibited, end_customer_agreement) unless a campaign may be for it.

    ``end_customer`` is its row; the agreement must be in force from the campaign's ``starts_on`` to its ``ends_on``.
    """
    if _standing(connection, end_customer["country"], end_customer["business_id"]) is not None:
        raise LicenceRefused("end_customer_prohibited", customer=end_customer["customer"])
    agreement = tables.agreement.c
    query = select(agreement.agreement).where(
        agreement.customer == end_customer["customer"],
        agreement.mode.in_(OWN_MODES),
        agreement.starts_on <= campaign["starts_on"],
        agreement.ends_on >= campaign["ends_on"],
    )
    if connection.execute(query).first() is None:
        raise LicenceRefused("end_customer_agreement", customer=end_customer["customer"])


def prohibit(tx: Transaction, *, business_id: str, country: str, reason: str) -> str:
    """Nobody may order for this legal entity any more; returns the prohibition's id.

    Raises ``InvalidInput`` (business_id_invalid, value_missing), ``Conflict`` (already_done).
    """
    identifier = normalise_business_id(business_id) if country == "FI" else business_id.strip() or None
    if identifier is None:
        raise InvalidInput("business_id_invalid", field="business-id")
    if not reason.strip():
        raise InvalidInput("value_missing", field="reason")
    standing = _standing(tx.connection, country, identifier)
    if standing is not None:
        raise Conflict("already_done", kind="prohibition", id=standing)
    prohibition = new_id("prohibition")
    tx.execute(
        insert(tables.prohibition),
        {
            "prohibition": prohibition,
            "country": country,
            "business_id": identifier,
            "reason": reason.strip(),
            "made_at": tx.at,
            "made_by": tx.actor,
        },
    )
    tx.audit("reseller.prohibited", prohibition=prohibition, country=country, business_id=identifier)
    return prohibition


def allow(tx: Transaction, prohibition_id: str) -> None:
    """End a prohibition. Raises ``NotFound`` (prohibition_unknown), ``InvalidTransition``."""
    table = tables.prohibition
    row = tx.one(select(table).where(table.c.prohibition == prohibition_id).with_for_update())
    if row is None:
        raise NotFound("prohibition_unknown", prohibition=prohibition_id)
    if row["ended_at"] is not None:
        raise InvalidTransition(
            "transition_invalid", kind="prohibition", id=prohibition_id, state="ended", event="ended"
        )
    tx.execute(update(table).where(table.c.prohibition == prohibition_id).values(ended_at=tx.at, ended_by=tx.actor))
    tx.audit("reseller.allowed", prohibition=prohibition_id)


def prohibitions(connection: Connection) -> list[Row]:
    """Every prohibition, newest first."""
    table = tables.prohibition
    query = select(table).order_by(table.c.made_at.desc(), table.c.prohibition)
    return [dict(row) for row in connection.execute(query).mappings()]


def _standing(connection: Connection, country: str, business_id: str) -> str | None:
    table = tables.prohibition.c
    query = select(table.prohibition).where(
        table.country == country, table.business_id == business_id, table.ended_at.is_(None)
    )
    return connection.execute(query).scalar_one_or_none()
