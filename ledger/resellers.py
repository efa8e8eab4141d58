"""Resellers in the ledger: order tokens, their own campaigns and orders, and what they passed on (R051-R053).

A token is a random secret that is shown once; the ledger keeps its HMAC. Whoever shows it acts as that reseller, for
its own campaigns and orders alone.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from core.clock import helsinki_day
from core.errors import InvalidInput, InvalidTransition, LicenceRefused, NotFound, PermissionRefused
from core.ids import new_id
from core.keys import Key
from ledger import customers, tables
from ledger.engine import Transaction

Row = dict[str, Any]

PREFIX = "rajaus-reseller-"
MODE = "reseller"


@dataclass(frozen=True)
class Party:
    """A reseller that acts by a token."""

    customer: str
    token: str


# --- order tokens -----------------------------------------------------------------------------------------------------


def add_token(tx: Transaction, customer_id: str, *, label: str, expires_on: date, key: Key) -> Row:
    """Make an order token: ``{"token", "customer", "secret", "expires_on"}``. The secret is told this once.

    Raises ``NotFound``, ``LicenceRefused`` (customer_removed, not_a_reseller), ``InvalidInput`` (value_missing,
    date_past).
    """
    row = customers.customer(tx.connection, customer_id, lock=True)
    customers.check_present(row)
    if not is_reseller(tx.connection, customer_id, today=helsinki_day(tx.at)):
        raise LicenceRefused("not_a_reseller", customer=customer_id)
    if not label.strip():
        raise InvalidInput("value_missing", field="label")
    if expires_on < helsinki_day(tx.at):
        raise InvalidInput("date_past", field="until")
    secret = PREFIX + secrets.token_urlsafe(32)
    token = new_id("token")
    tx.execute(
        insert(tables.reseller_token),
        {
            "token": token,
            "customer": customer_id,
            "secret_mac": _mac(key, secret),
            "key_id": key.key_id,
            "label": label.strip(),
            "made_at": tx.at,
            "made_by": tx.actor,
            "expires_on": expires_on,
        },
    )
    tx.audit("reseller.token_added", token=token, customer=customer_id, expires_on=expires_on)
    return {"token": token, "customer": customer_id, "secret": secret, "expires_on": expires_on}


def revoke_token(tx: Transaction, token_id: str) -> None:
    """End a token at once. Raises ``NotFound`` (token_unknown), ``InvalidTransition``."""
    table = tables.reseller_token
    row = tx.one(select(table).where(table.c.token == token_id).with_for_update())
    if row is None:
        raise NotFound("token_unknown", token=token_id)
    if row["revoked_at"] is not None:
        raise InvalidTransition("transition_invalid", kind="token", id=token_id, state="revoked", event="revoked")
    tx.execute(update(table).where(table.c.token == token_id).values(revoked_at=tx.at, revoked_by=tx.actor))
    tx.audit("reseller.token_revoked", token=token_id, customer=row["customer"])


def tokens(connection: Connection, *, customer: str | None = None) -> list[Row]:
    """Tokens without their secrets, newest first."""
    table = tables.reseller_token
    query = select(table).order_by(table.c.made_at.desc(), table.c.token)
    if customer is not None:
        query = query.where(table.c.customer == customer)
    hidden = {"secret_mac", "key_id"}
    rows = connection.execute(query).mappings()
    return [{name: value for name, value in row.items() if name not in hidden} for row in rows]


def authenticate(connection: Connection, secret: str, *, ring: Sequence[Key], at: datetime) -> Party:
    """Who shows this secret. Raises ``PermissionRefused`` (token_refused), which never says what is wrong with it."""
    table = tables.reseller_token
    macs = [_mac(key, secret.strip()) for key in ring]
    rows = connection.execute(select(table).where(table.c.secret_mac.in_(macs))).mappings().all()
    for row in rows:
        shown = any(hmac.compare_digest(row["secret_mac"], mac) for mac in macs)
        today = helsinki_day(at)
        alive = row["revoked_at"] is None and today <= row["expires_on"]
        known = customers.customer(connection, row["customer"])
        if shown and alive and known["removed_at"] is None and is_reseller(connection, row["customer"], today=today):
            return Party(row["customer"], row["token"])
    raise PermissionRefused("token_refused")


def used(connection: Connection, party: Party, *, at: datetime) -> None:
    """Note when a token was last used. No fact: give it a :meth:`ledger.engine.Ledger.locking` connection."""
    table = tables.reseller_token
    connection.execute(update(table).where(table.c.token == party.token).values(used_at=at))


def is_reseller(connection: Connection, customer_id: str, *, today: date) -> bool:
    """Whether a customer has a reseller agreement in force."""
    agreement = tables.agreement.c
    query = select(agreement.agreement).where(
        agreement.customer == customer_id,
        agreement.mode == MODE,
        agreement.starts_on <= today,
        agreement.ends_on >= today,
    )
    return connection.execute(query).first() is not None


def resellers(connection: Connection, *, today: date) -> list[Row]:
    """Customers with a reseller agreement in force: ``customer, name, since`` (its first day), by name."""
    agreement, customer = tables.agreement.c, tables.customer.c
    query = (
        select(customer.customer, customer.name, func.min(agreement.starts_on).label("since"))
        .join(tables.agreement, agreement.customer == customer.customer)
        .where(agreement.mode == MODE, agreement.starts_on <= today, agreement.ends_on >= today)
        .where(customer.removed_at.is_(None))
        .group_by(customer.customer, customer.name)
        .order_by(customer.name, customer.customer)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def _mac(key: Key, secret: str) -> str:
    return key.derive("reseller-token").mac(secret.encode()).hex()


# --- its own campaigns and orders -------------------------------------------------------------------------------------


def campaigns(connection: Connection, party: Party) -> list[Row]:
    """The reseller's campaigns with the end customer's ``name`` and ``business_id``, newest first."""
    campaign, agreement, customer = tables.campaign, tables.agreement, tables.customer
    query = (
        select(campaign, customer.c.name.label("end_customer"), customer.c.business_id)
        .join(agreement, agreement.c.agreement == campaign.c.agreement)
        .join(customer, customer.c.customer == campaign.c.customer)
        .where(agreement.c.customer == party.customer)
        .order_by(campaign.c.opened_at.desc(), campaign.c.campaign)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def check_own_campaign(connection: Connection, party: Party, campaign_id: str) -> None:
    """Raise ``NotFound`` (campaign_unknown) for a campaign that is another's: nobody learns that it is there (R052)."""
    campaign, agreement = tables.campaign.c, tables.agreement.c
    query = (
        select(campaign.campaign)
        .join(tables.agreement, agreement.agreement == campaign.agreement)
        .where(campaign.campaign == campaign_id, agreement.customer == party.customer)
    )
    if connection.execute(query).first() is None:
        raise NotFound("campaign_unknown", campaign=campaign_id)


def check_own_order(connection: Connection, party: Party, order_id: str) -> None:
    """Raise ``NotFound`` (order_unknown) for an order that is another's."""
    order, campaign, agreement = tables.order.c, tables.campaign.c, tables.agreement.c
    query = (
        select(order.order)
        .join(tables.campaign, campaign.campaign == order.campaign)
        .join(tables.agreement, agreement.agreement == campaign.agreement)
        .where(order.order == order_id, agreement.customer == party.customer)
    )
    if connection.execute(query).first() is None:
        raise NotFound("order_unknown", order=order_id)


# --- what it passed on ------------------------------------------------------------------------------------------------


def record_relay(
    tx: Transaction, party: Party, *, kind: str, received_on: date, due_at: datetime, outcome: str | None = None
) -> Row:
    """Log that a reseller passed something on: ``{"relay", "kind", "received_on", "due_at", "late"}``."""
    relay, late = new_id("relay"), tx.at >= due_at
    told = {"relay": relay, "kind": kind, "received_on": received_on, "due_at": due_at, "late": late}
    by = {"reseller": party.customer, "token": party.token, "relayed_at": tx.at, "outcome": outcome}
    tx.execute(insert(tables.relay), told | by)
    tx.audit("reseller.relayed", relay=relay, reseller=party.customer, kind=kind, received_on=received_on, late=late)
    return told


def became(tx: Transaction, relay_id: str, outcome: str) -> None:
    """Tie a relay to the ban or case that it became."""
    tx.execute(update(tables.relay).where(tables.relay.c.relay == relay_id).values(outcome=outcome))
    tx.audit("reseller.relay_done", relay=relay_id, outcome=outcome)


def relays(connection: Connection, *, reseller: str | None = None) -> list[Row]:
    """What resellers passed on, newest first."""
    table = tables.relay
    query = select(table).order_by(table.c.relayed_at.desc(), table.c.relay)
    if reseller is not None:
        query = query.where(table.c.reseller == reseller)
    return [dict(row) for row in connection.execute(query).mappings()]


def add_drill(tx: Transaction, customer_id: str, *, due_at: datetime) -> Row:
    """Begin a drill: ``{"drill", "code", "due_at"}``. The code is told once, to be put into a made-up request.

    Raises ``NotFound``, ``LicenceRefused`` (not_a_reseller).
    """
    customers.customer(tx.connection, customer_id)
    if not is_reseller(tx.connection, customer_id, today=helsinki_day(tx.at)):
        raise LicenceRefused("not_a_reseller", customer=customer_id)
    drill, code = new_id("drill"), secrets.token_hex(8)
    tx.execute(
        insert(tables.relay_drill),
        {
            "drill": drill,
            "reseller": customer_id,
            "code_sha256": hashlib.sha256(code.encode()).hexdigest(),
            "made_at": tx.at,
            "made_by": tx.actor,
            "due_at": due_at,
        },
    )
    tx.audit("reseller.drill", drill=drill, reseller=customer_id)
    return {"drill": drill, "code": code, "due_at": due_at}


def drill_of(tx: Transaction, party: Party, code: str) -> Row:
    """The open drill that a code belongs to. Raises ``NotFound`` (drill_unknown) for another's, or one that is over."""
    table = tables.relay_drill
    digest = hashlib.sha256(code.strip().encode()).hexdigest()
    row = tx.one(select(table).where(table.c.code_sha256 == digest, table.c.reseller == party.customer))
    if row is None or row["relay"] is not None:
        raise NotFound("drill_unknown")
    return dict(row)


def end_drill(tx: Transaction, drill_id: str, *, relay: str) -> None:
    """The drill came back, in a relay that :func:`record_relay` wrote."""
    table = tables.relay_drill
    tx.execute(update(table).where(table.c.drill == drill_id).values(relay=relay))


def drills(connection: Connection, reseller: str) -> list[Row]:
    """Drills of a reseller with when they came back (``relayed_at``, ``late``), newest first."""
    drill, relay = tables.relay_drill, tables.relay
    query = (
        select(drill.c.drill, drill.c.made_at, drill.c.due_at, relay.c.relayed_at, relay.c.late)
        .outerjoin(relay, relay.c.relay == drill.c.relay)
        .where(drill.c.reseller == reseller)
        .order_by(drill.c.made_at.desc(), drill.c.drill)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def latest_by(rows: Sequence[Mapping[str, Any]], name: str) -> datetime | None:
    """The latest instant under that name; None when there is none."""
    return max((row[name] for row in rows if row[name] is not None), default=None)
