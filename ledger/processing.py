"""Who receives register data and for whom data are processed, as the records tell it (R041, R076, R095)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, select

from core.errors import LicenceRefused
from ledger import controllers, customers, recipients as checks, tables

Row = dict[str, Any]
_PROCESSED_FOR = "datacare"


def recipients(connection: Connection) -> list[Row]:
    """Legal entities that receive or may receive register data: ``{"customer", "name", "business_id", "country",
    "modes"}``; ``modes`` are those of their agreements, and ``end customer`` of a reseller's campaigns. One of
    continuous use is a controller of its own and has ``controller`` too: per agreement its ``notice_url``, its
    ``contact`` for Art. 19, and ``confirmed_at``: when it confirmed its duties under Art. 14 (R041)."""
    customer, modes = tables.customer, _roles(connection)
    own: dict[str, list[Row]] = {}
    for one in controllers.controllers(connection):
        own.setdefault(one.pop("customer"), []).append(one)
    query = select(customer.c.customer, customer.c.name, customer.c.business_id, customer.c.country)
    return [
        dict(row)
        | {"modes": modes[row["customer"]]}
        | ({"controller": own.get(row["customer"], [])} if controllers.MODE in modes[row["customer"]] else {})
        for row in connection.execute(query.order_by(customer.c.name, customer.c.customer)).mappings()
        if set(modes.get(row["customer"], [])) - {_PROCESSED_FOR}
    ]


def _roles(connection: Connection) -> dict[str, list[str]]:
    """Customer to the modes of its agreements, and ``end customer`` for whom a reseller orders."""
    agreement, campaign = tables.agreement, tables.campaign
    modes: dict[str, set[str]] = {}
    for row in connection.execute(select(agreement.c.customer, agreement.c.mode).distinct()):
        modes.setdefault(row.customer, set()).add(row.mode)
    through = (
        select(campaign.c.customer)
        .join(agreement, agreement.c.agreement == campaign.c.agreement)
        .where(agreement.c.customer != campaign.c.customer)
        .distinct()
    )
    for row in connection.execute(through):
        modes.setdefault(row.customer, set()).add("end customer")
    return {customer: sorted(found) for customer, found in modes.items()}


def recipient(connection: Connection, customer_id: str, *, at: datetime) -> Row:
    """One legal entity of the register of recipients (R076): ``customer, name, business_id, country`` (establishment),
    ``roles, contact, contact_state, tests, locations, removed_at`` and ``stopped_by``, the code of what stands against
    delivering to it, or None. Raises ``NotFound``."""
    row = customers.customer(connection, customer_id)
    try:
        customers.check_present(row)
        checks.check_deliverable(connection, row, at=at)
        stopped_by = None
    except LicenceRefused as refused:
        stopped_by = refused.code
    names = ("customer", "name", "business_id", "country", "parent", "contact", "added_at", "removed_at")
    return {name: row[name] for name in names} | {
        "roles": _roles(connection).get(customer_id, []),
        "contact_state": checks.contact_state(connection, customer_id, at=at),
        "tests": checks.contact_tests(connection, customer_id),
        "locations": checks.locations(connection, customer_id),
        "stopped_by": stopped_by,
    }


def processed_for(connection: Connection, *, today: date) -> list[Row]:
    """Controllers for whom data care is done, one row per agreement (Art. 30(2)(a)): ``{"customer", "name",
    "business_id", "country", "agreement", "starts_on", "ends_on", "in_force"}``."""
    customer, agreement = tables.customer, tables.agreement
    query = (
        select(
            customer.c.customer, customer.c.name, customer.c.business_id, customer.c.country, agreement.c.agreement,
            agreement.c.starts_on, agreement.c.ends_on,
        )
        .join(agreement, agreement.c.customer == customer.c.customer)
        .where(agreement.c.mode == _PROCESSED_FOR)
        .order_by(customer.c.name, agreement.c.starts_on)
    )  # fmt: skip
    return [
        dict(row) | {"in_force": row["starts_on"] <= today <= row["ends_on"]}
        for row in connection.execute(query).mappings()
    ]
