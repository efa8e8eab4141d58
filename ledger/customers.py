"""Customers, their agreements, and the campaigns under them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Table, insert, select, update

from core.clock import day_end, day_start, helsinki_day
from core.errors import Conflict, InvalidInput, InvalidTransition, LicenceRefused, NotFound
from core.identity import normalise_business_id, normalise_email
from core.ids import new_id
from ledger import care_instructions, contacts, end_customers, licences, recipients, tables
from ledger.engine import Transaction
from schemas import codes

Row = dict[str, Any]


def _one(connection: Connection, table: Table, key: str, value: str, *, lock: bool = False) -> Row:
    query = select(table).where(table.c[key] == value)
    row = connection.execute(query.with_for_update() if lock else query).mappings().one_or_none()
    if row is None:
        raise NotFound(f"{key}_unknown", **{key: value})
    return dict(row)


def customer(connection: Connection, customer: str, *, lock: bool = False) -> Row:
    """One customer, removed or not; raises ``NotFound``. ``lock`` keeps its row for the rest of the transaction."""
    return _one(connection, tables.customer, "customer", customer, lock=lock)


def customer_ids(connection: Connection) -> list[str]:
    """Every customer, removed ones too, by name."""
    query = select(tables.customer.c.customer).order_by(tables.customer.c.name, tables.customer.c.customer)
    return list(connection.execute(query).scalars())


def check_present(row: Row) -> None:
    """Raise ``LicenceRefused`` (customer_removed) for a customer that was removed: it gets nothing any more (T15)."""
    if row["removed_at"] is not None:
        raise LicenceRefused("customer_removed", customer=row["customer"])


def agreement(connection: Connection, agreement: str) -> Row:
    """One agreement; raises ``NotFound``."""
    return _one(connection, tables.agreement, "agreement", agreement)


def campaign(connection: Connection, campaign: str) -> Row:
    """One campaign; raises ``NotFound``."""
    return _one(connection, tables.campaign, "campaign", campaign)


def customers(connection: Connection) -> list[Row]:
    """All customers, in the order of their ids."""
    return [
        dict(row) for row in connection.execute(select(tables.customer).order_by(tables.customer.c.customer)).mappings()
    ]


def lock(tx: Transaction, customers: Collection[str]) -> None:
    """Let nobody else decide upon these customers until this transaction ends."""
    wanted = tables.customer.c.customer.in_(sorted(customers))
    tx.execute(select(tables.customer.c.customer).where(wanted).order_by(tables.customer.c.customer).with_for_update())


def campaigns(connection: Connection) -> list[Row]:
    """All campaigns, newest first; continuous uses are subscriptions."""
    campaign, agreement = tables.campaign, tables.agreement
    rows = connection.execute(
        select(campaign)
        .join(agreement, agreement.c.agreement == campaign.c.agreement)
        .where(agreement.c.mode != "continuous")
        .order_by(campaign.c.opened_at.desc(), campaign.c.campaign)
    )
    return [dict(row) for row in rows.mappings()]


def check_eea(country: str, *, day: date) -> None:
    """Register data stay inside the EU/EEA; an adequacy decision does not help and nothing overrides it (R077)."""
    if country not in codes.countries():
        raise InvalidInput("country_unknown", field="country", value=country)
    if not codes.in_eea(country, day=day):
        raise LicenceRefused("outside_eea", country=country)


def add_customer(
    tx: Transaction,
    *,
    name: str,
    business_id: str,
    country: str,
    parent: str | None,
    contact: str | None,
    storage: Sequence[str] = (),
    subcontractors: Sequence[str] = (),
    vouched_days: int = 90,
) -> str:
    """Record a legal entity that may receive data. A Finnish one needs a valid Y-tunnus.

    ``storage`` and ``subcontractors`` are the countries it declares to keep the data in; without any, that of its
    establishment (R077). Whoever records a ``contact`` vouches for it for ``vouched_days`` (R076). One that was removed
    comes back under its own id: caps, messages and disclosures are those of the entity.
    """
    for place in (country, *storage, *subcontractors):
        check_eea(place, day=helsinki_day(tx.at))
    if not name.strip():
        raise InvalidInput("value_missing", field="name")
    identifier = normalise_business_id(business_id) if country == "FI" else business_id.strip() or None
    if identifier is None:
        raise InvalidInput("business_id_invalid", field="business-id")
    if contact is not None and normalise_email(contact) is None:
        raise InvalidInput("email_invalid", field="contact")
    if parent is not None:
        customer(tx.connection, parent)
    values = {"name": name.strip(), "country": country, "parent": parent, "contact": contact}
    known = tx.one(select(tables.customer).where(tables.customer.c.business_id == identifier).with_for_update())
    if known is not None:
        if known["removed_at"] is None:
            raise Conflict("already_done", kind="customer", id=identifier)
        if contact != known["contact"]:
            contacts.keep(tx, dict(known))
        same = tables.customer.c.customer == known["customer"]
        tx.execute(update(tables.customer).where(same).values(**values, removed_at=None, removed_by=None))
        tx.audit("customer.returned", customer=known["customer"], country=country)
        customer_id = str(known["customer"])
    else:
        customer_id = new_id("customer")
        row = {"customer": customer_id, "business_id": identifier, "added_at": tx.at} | values
        tx.execute(insert(tables.customer), row)
        tx.audit("customer.added", customer=customer_id, country=country)
    recipients.declare(tx, customer_id, storage=storage or [country], subcontractors=subcontractors)
    if contact is not None:
        recipients.vouch(tx, customer_id, days=vouched_days)
    return customer_id


def add_agreement(
    tx: Transaction, *, customer_id: str, mode: str, starts_on: date, ends_on: date, accepted_by: str | None = None
) -> str:
    """Record a written agreement (R027); it accepts the terms of use in force today (R033).

    One for data care comes with the standard processing instruction (R044).

    Raises ``LicenceRefused`` (customer_removed).
    """
    check_present(customer(tx.connection, customer_id, lock=True))
    if mode not in codes.MODES:
        raise InvalidInput("value_unknown", field="mode", value=mode, allowed=", ".join(codes.MODES))
    if ends_on < starts_on:
        raise InvalidInput("dates_reversed", since=starts_on, until=ends_on)
    identifier = new_id("agreement")
    tx.execute(
        insert(tables.agreement),
        {
            "agreement": identifier,
            "customer": customer_id,
            "mode": mode,
            "starts_on": starts_on,
            "ends_on": ends_on,
            "added_at": tx.at,
        },
    )
    tx.audit("agreement.added", agreement=identifier, customer=customer_id, mode=mode)
    version = licences.in_force(tx.connection, today=helsinki_day(tx.at))["version"]
    licences.accept(tx, agreement=identifier, campaign=None, version=version, by=accepted_by, how="agreement")
    if mode == care_instructions.MODE:
        care_instructions.first(tx, identifier)
    return identifier


def open_campaign(
    tx: Transaction,
    *,
    agreement_id: str,
    end_customer: str | None,
    name: str,
    subject: Sequence[str],
    purpose: str,
    channels: Sequence[str],
    starts_on: date,
    ends_on: date,
    max_days: int,
    marks_off: Sequence[str] = codes.MARKS_OFF,
) -> str:
    """Open a named campaign inside its agreement: purpose, subject, channels, a start and an end (R027, R028, R052).

    ``marks_off``: layers and channels of marks that its extracts are without (R037); fixed from then on.

    The end is 24:00 Europe/Helsinki of the last day (R036).
    """
    terms = agreement(tx.connection, agreement_id)
    if terms["mode"] not in ("campaign", "reseller"):
        raise LicenceRefused("agreement_mode", agreement=agreement_id, mode=terms["mode"], needed="campaigns")
    recipient = _recipient(tx, terms, end_customer)
    if terms["mode"] == "reseller":
        end_customers.check(tx.connection, recipient, {"starts_on": starts_on, "ends_on": ends_on})
    use = _use(name=name, subject=subject, purpose=purpose, channels=channels, marks_off=marks_off)
    if ends_on < starts_on:
        raise InvalidInput("dates_reversed", since=starts_on, until=ends_on)
    if (days := (ends_on - starts_on).days + 1) > max_days:
        raise InvalidInput("campaign_too_long", limit=max_days, days=days)
    if starts_on < terms["starts_on"] or ends_on > terms["ends_on"]:
        raise InvalidInput("campaign_outside_agreement", since=starts_on, until=ends_on, agreement=agreement_id)
    window = {"starts_on": starts_on, "ends_on": ends_on, "ends_at": day_end(ends_on)}
    return _open(tx, "campaign", use | window, terms=terms, recipient=recipient)


def open_continuous(
    tx: Transaction,
    *,
    agreement_id: str,
    name: str,
    subject: Sequence[str],
    purpose: str,
    channels: Sequence[str],
    marks_off: Sequence[str] = codes.MARKS_OFF,
) -> str:
    """Open a continuous use: a purpose, subject and channels from now to the end of its own agreement (R041, R043).

    No campaign becomes one: it has another agreement. Returns the id that the subscription has too. Raises
    ``NotFound``, ``InvalidInput``, ``LicenceRefused`` (agreement_mode, agreement_not_in_force, outside_eea,
    channel_fax).
    """
    terms = agreement(tx.connection, agreement_id)
    if terms["mode"] != "continuous":
        raise LicenceRefused("agreement_mode", agreement=agreement_id, mode=terms["mode"], needed="continuous use")
    recipient = _recipient(tx, terms, None)
    use = _use(name=name, subject=subject, purpose=purpose, channels=channels, marks_off=marks_off)
    today = helsinki_day(tx.at)
    if today > terms["ends_on"]:
        raise LicenceRefused("agreement_not_in_force", agreement=agreement_id, day=today)
    window = {
        "starts_on": max(today, terms["starts_on"]),
        "ends_on": terms["ends_on"],
        "ends_at": day_end(terms["ends_on"]),
    }
    return _open(tx, "subscription", use | window, terms=terms, recipient=recipient)


def _use(*, name: str, subject: Sequence[str], purpose: str, channels: Sequence[str], marks_off: Sequence[str]) -> Row:
    """What rows are used for, checked against the lists (R027, R028, R002)."""
    if not name.strip():
        raise InvalidInput("value_missing", field="name")
    _known("purpose", [purpose], codes.PURPOSES)
    _known("subject", subject, codes.responsibilities())
    if "fax" in channels:
        raise LicenceRefused("channel_fax")
    _known("channel", channels, codes.CHANNELS)
    if marks_off:
        _known("without-marks", marks_off, codes.MARKS)
    return {
        "name": name.strip(),
        "subject": list(dict.fromkeys(subject)),
        "purpose": purpose,
        "channels": list(dict.fromkeys(channels)),
        "marks_off": sorted(set(marks_off)),
    }


def _open(tx: Transaction, kind: str, use: Row, *, terms: Row, recipient: Row) -> str:
    """Record a use under an agreement; ``kind`` is what its id begins with and what the audit calls it."""
    identifier = new_id(kind)
    row = {"campaign": identifier, "agreement": terms["agreement"], "customer": recipient["customer"]}
    tx.execute(insert(tables.campaign), row | use | {"opened_at": tx.at})
    tx.audit(f"{kind}.opened", **row, purpose=use["purpose"], ends_on=use["ends_on"].isoformat())
    return identifier


def _recipient(tx: Transaction, terms: Row, end_customer: str | None) -> Row:
    """Who receives: the agreement's customer, or the end customer that a reseller names."""
    if terms["mode"] != "reseller":
        if end_customer not in (None, terms["customer"]):
            raise InvalidInput("end_customer_unexpected", agreement=terms["agreement"])
        recipient = customer(tx.connection, terms["customer"], lock=True)
    else:
        if end_customer is None:
            raise InvalidInput("end_customer_missing")
        if end_customer == terms["customer"]:
            raise InvalidInput("end_customer_same")
        check_present(customer(tx.connection, terms["customer"], lock=True))
        recipient = customer(tx.connection, end_customer, lock=True)
    check_present(recipient)
    recipients.check_places(tx.connection, recipient, at=tx.at)
    return recipient


def _known(field: str, values: Sequence[str], allowed: Any) -> None:
    if not values:
        raise InvalidInput("value_missing", field=field)
    for value in values:
        if value not in allowed:
            raise InvalidInput("value_unknown", field=field, value=value, allowed=", ".join(allowed))


def over_at(campaign: Row) -> datetime:
    """When a campaign is over: at its end, or at its closing if that comes earlier."""
    ends_at: datetime = campaign["ends_at"]
    return ends_at if campaign["closed_at"] is None else min(ends_at, campaign["closed_at"])


def check_not_over(campaign: Row, *, now: datetime) -> None:
    """Raise ``LicenceRefused`` (campaign_closed, campaign_ended) from the instant of the end on (R036)."""
    if campaign["closed_at"] is not None:
        raise LicenceRefused("campaign_closed", campaign=campaign["campaign"])
    if now >= campaign["ends_at"]:
        raise LicenceRefused("campaign_ended", campaign=campaign["campaign"], until=campaign["ends_on"])


def check_in_force(campaign: Row, terms: Row, *, now: datetime, today: date, planning: bool = False) -> None:
    """Raise ``LicenceRefused`` unless the agreement and the campaign are in force at this instant (R027, R036).

    ``planning`` lets what has not started yet pass.
    """
    check_not_over(campaign, now=now)
    if today > terms["ends_on"] or (today < terms["starts_on"] and not planning):
        raise LicenceRefused("agreement_not_in_force", agreement=terms["agreement"], day=today)
    if now < day_start(campaign["starts_on"]) and not planning:
        raise LicenceRefused("campaign_not_started", campaign=campaign["campaign"], since=campaign["starts_on"])


def close_campaign(tx: Transaction, campaign_id: str) -> None:
    """End a campaign before its time; nothing more is cut or delivered for it."""
    row = campaign(tx.connection, campaign_id)
    if row["closed_at"] is not None:
        raise InvalidTransition("transition_invalid", kind="campaign", id=campaign_id, state="closed", event="closed")
    tx.execute(update(tables.campaign).where(tables.campaign.c.campaign == campaign_id).values(closed_at=tx.at))
    tx.audit("campaign.closed", campaign=campaign_id)
