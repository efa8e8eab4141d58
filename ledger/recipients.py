"""The register of recipients: a contact that answers, and countries where the data lie (R076, R077, T09).

Nothing is delivered to a recipient whose contact is not tested, or that declared no place or one outside the EU and
EEA; there is no override. A change of establishment ends what was declared, so deliveries stop until it is declared
anew.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, func, insert, select, update

from core.clock import helsinki_day
from core.errors import InvalidInput, InvalidTransition, LicenceRefused, NotFound
from core.ids import new_id
from core.settings import Settings
from ledger import contacts, tables
from ledger.engine import Transaction
from schemas import codes

Row = dict[str, Any]
State = Literal["missing", "untested", "declared", "confirmed", "failed", "expired"]
GOOD: tuple[State, ...] = ("declared", "confirmed")
KINDS = ("storage", "subcontractor")


def _customer(connection: Connection, customer_id: str, *, lock: bool = False) -> Row:
    query = select(tables.customer).where(tables.customer.c.customer == customer_id)
    row = connection.execute(query.with_for_update() if lock else query).mappings().one_or_none()
    if row is None:
        raise NotFound("customer_unknown", customer=customer_id)
    return dict(row)


# --- the contact ------------------------------------------------------------------------------------------------------


def judge(contact: str | None, tests: Sequence[Mapping[str, Any]], *, at: datetime) -> State:
    """What a contact is worth at an instant, by its tests, oldest first. Pure.

    The newest test that came to an end decides; one that was not answered in time has failed.
    """
    if contact is None:
        return "missing"
    state: State = "untested"
    for test in tests:
        if test["outcome"] == "superseded":
            state = "untested"
        elif test["outcome"] == "failed" or (test["outcome"] is None and test["answer_by"] <= at):
            state = "failed"
        elif test["outcome"] == "confirmed":
            good: State = "declared" if test["kind"] == "declared" else "confirmed"
            state = good if test["valid_until"] is None or at < test["valid_until"] else "expired"
    return state


def contact_state(connection: Connection, customer_id: str, *, at: datetime) -> State:
    """What a customer's contact is worth at an instant. Raises ``NotFound``."""
    row = _customer(connection, customer_id)
    return judge(row["contact"], contact_tests(connection, customer_id), at=at)


def contact_tests(connection: Connection, customer_id: str) -> list[Row]:
    """Tests of a customer's contacts, oldest first, without their tokens."""
    table = tables.contact_test
    query = select(table).where(table.c.customer == customer_id).order_by(table.c.number)
    rows = connection.execute(query).mappings()
    return [{name: value for name, value in row.items() if name != "token_sha256"} for row in rows]


def vouch(tx: Transaction, customer_id: str, *, days: int) -> None:
    """Count a contact as tested because the operator who recorded it vouches for it, for so many days.

    Tests of a contact before it count no more.
    """
    table = tables.contact_test
    standing = (table.c.customer == customer_id) & (table.c.outcome.is_(None) | (table.c.outcome != "superseded"))
    tx.execute(update(table).where(standing).values(outcome="superseded", settled_at=tx.at, settled_by=tx.actor))
    _test(tx, customer_id, {"kind": "declared", "outcome": "confirmed", "valid_until": tx.at + timedelta(days=days)})


def set_contact(tx: Transaction, customer_id: str, contact: str, *, settings: Settings) -> None:
    """Give a customer another contact, vouched for by the operator; tests of the one before count no more.

    Raises ``InvalidInput`` (email_invalid), ``NotFound``, ``Conflict`` (already_done).
    """
    contacts.change(tx, customer_id, contact=contact.strip())
    vouch(tx, customer_id, days=settings.contact_declared_days)


def send_test(tx: Transaction, customer_id: str, *, settings: Settings) -> Row:
    """Begin a test: ``{"test", "token", "answer_by"}``. The token is told once; its digest alone is kept.

    Raises ``LicenceRefused`` (contact_missing).
    """
    row = _customer(tx.connection, customer_id, lock=True)
    if row["contact"] is None:
        raise LicenceRefused("contact_missing", customer=customer_id)
    token = secrets.token_urlsafe(24)
    answer_by = tx.at + timedelta(days=settings.contact_answer_days)
    values = {"kind": "sent", "token_sha256": _digest(token), "answer_by": answer_by}
    return {"test": _test(tx, customer_id, values), "token": token, "answer_by": answer_by}


def confirm(tx: Transaction, token: str, *, settings: Settings) -> Row:
    """A contact sent its token back: ``{"test", "customer", "valid_until"}``.

    Raises ``NotFound`` (contact_test_unknown) for a token that is unknown, used, too late, or of a former contact.
    """
    table = tables.contact_test
    row = tx.one(select(table).where(table.c.token_sha256 == _digest(token.strip())).with_for_update())
    if row is None or row["outcome"] is not None or row["answer_by"] <= tx.at:
        raise NotFound("contact_test_unknown")
    valid_until = tx.at + timedelta(days=settings.contact_test_days)
    _settle(tx, row["test"], {"outcome": "confirmed", "valid_until": valid_until})
    tx.audit("customer.contact_confirmed", customer=row["customer"], test=row["test"])
    return {"test": row["test"], "customer": row["customer"], "valid_until": valid_until}


def fail(tx: Transaction, customer_id: str, *, reason: str) -> None:
    """A contact is dead: its mail came back, nobody answers. Deliveries stop until another test succeeds.

    Raises ``InvalidInput`` (value_missing), ``LicenceRefused`` (contact_missing), ``InvalidTransition``.
    """
    row = _customer(tx.connection, customer_id, lock=True)
    if not reason.strip():
        raise InvalidInput("value_missing", field="reason")
    if row["contact"] is None:
        raise LicenceRefused("contact_missing", customer=customer_id)
    state = contact_state(tx.connection, customer_id, at=tx.at)
    if state == "failed":
        raise InvalidTransition("transition_invalid", kind="contact", id=customer_id, state=state, event="failed")
    table = tables.contact_test
    waiting = (table.c.customer == customer_id) & table.c.outcome.is_(None)
    ended = {"outcome": "failed", "settled_at": tx.at, "settled_by": tx.actor, "reason": reason.strip()}
    if tx.execute(update(table).where(waiting).values(**ended)).rowcount == 0:
        _test(tx, customer_id, {"kind": "declared", **ended})
    tx.audit("customer.contact_failed", customer=customer_id)


def _test(tx: Transaction, customer_id: str, values: Mapping[str, Any]) -> str:
    test, table = new_id("test"), tables.contact_test
    last = tx.execute(select(func.max(table.c.number)).where(table.c.customer == customer_id)).scalar_one() or 0
    settled = {"settled_at": tx.at, "settled_by": tx.actor} if values.get("outcome") else {}
    row = {"test": test, "customer": customer_id, "number": last + 1, "made_at": tx.at, "made_by": tx.actor}
    tx.execute(insert(table), row | settled | dict(values))
    tx.audit("customer.contact_test", customer=customer_id, test=test, kind=values["kind"])
    return test


def _settle(tx: Transaction, test: str, values: Mapping[str, Any]) -> None:
    table = tables.contact_test
    tx.execute(update(table).where(table.c.test == test).values(settled_at=tx.at, settled_by=tx.actor, **values))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


# --- where the data lie -----------------------------------------------------------------------------------------------


def locations(connection: Connection, customer_id: str) -> list[Row]:
    """What a customer declared and still holds: ``kind, country, declared_at``, storage first."""
    table = tables.data_location.c
    query = (
        select(table.kind, table.country, table.declared_at)
        .where(table.customer == customer_id, table.ended_at.is_(None))
        .order_by(table.kind, table.country)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def declare(tx: Transaction, customer_id: str, *, storage: Sequence[str], subcontractors: Sequence[str] = ()) -> None:
    """Record in which countries a customer, and whom it contracts, keep the data; what was declared before ends.

    A place outside the EU and EEA is recorded like any other: it is what the customer says, and stops its deliveries.
    Raises ``InvalidInput`` (value_missing, country_unknown).
    """
    _customer(tx.connection, customer_id, lock=True)
    if not storage:
        raise InvalidInput("value_missing", field="storage")
    places = [("storage", country.upper()) for country in storage]
    places += [("subcontractor", country.upper()) for country in subcontractors]
    for kind, country in places:
        if country not in codes.countries():
            raise InvalidInput("country_unknown", field=kind, value=country)
    _end_locations(tx, customer_id)
    rows = [
        {
            "location": new_id("location"),
            "customer": customer_id,
            "kind": kind,
            "country": country,
            "declared_at": tx.at,
            "declared_by": tx.actor,
        }
        for kind, country in dict.fromkeys(places)
    ]
    tx.execute(insert(tables.data_location), rows)
    tx.audit("customer.declared", customer=customer_id, storage=sorted({*storage}), subcontractors=[*subcontractors])


def move(tx: Transaction, customer_id: str, *, country: str) -> None:
    """A customer's establishment is in another country now; where it keeps the data must be declared anew (T09).

    Raises ``InvalidInput`` (country_unknown) and ``InvalidTransition`` when it is there already.
    """
    row = _customer(tx.connection, customer_id, lock=True)
    if country not in codes.countries():
        raise InvalidInput("country_unknown", field="country", value=country)
    if row["country"] == country:
        raise InvalidTransition("transition_invalid", kind="customer", id=customer_id, state=country, event="moved")
    tx.execute(update(tables.customer).where(tables.customer.c.customer == customer_id).values(country=country))
    _end_locations(tx, customer_id)
    tx.audit("customer.moved", customer=customer_id, since=row["country"], country=country)


def _end_locations(tx: Transaction, customer_id: str) -> None:
    table = tables.data_location
    standing = (table.c.customer == customer_id) & table.c.ended_at.is_(None)
    tx.execute(update(table).where(standing).values(ended_at=tx.at))


# --- may it be given anything -----------------------------------------------------------------------------------------


def check_places(connection: Connection, customer: Mapping[str, Any], *, at: datetime) -> None:
    """Raise ``LicenceRefused`` (outside_eea, location_undeclared) unless establishment and declared places are known
    and inside the EU and EEA on that day (R077). ``customer`` is its row."""
    day = helsinki_day(at)
    if not codes.in_eea(customer["country"], day=day):
        raise LicenceRefused("outside_eea", country=customer["country"])
    places = locations(connection, customer["customer"])
    if not any(place["kind"] == "storage" for place in places):
        raise LicenceRefused("location_undeclared", customer=customer["customer"])
    for place in places:
        if not codes.in_eea(place["country"], day=day):
            raise LicenceRefused("outside_eea", country=place["country"])


def check_deliverable(connection: Connection, customer: Mapping[str, Any], *, at: datetime) -> None:
    """Raise ``LicenceRefused`` unless rows may be handed to a recipient at all: its places (:func:`check_places`), and
    a contact that is tested (contact_missing, contact_untested, R076)."""
    check_places(connection, customer, at=at)
    state = contact_state(connection, customer["customer"], at=at)
    if state == "missing":
        raise LicenceRefused("contact_missing", customer=customer["customer"])
    if state not in GOOD:
        raise LicenceRefused("contact_untested", customer=customer["customer"], state=state)
