"""Who receives register data and for whom data are processed, as the records tell it (R041, R076, R095)."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Connection, select

from ledger import controllers, tables

Row = dict[str, Any]
_PROCESSED_FOR = "datacare"


def recipients(connection: Connection) -> list[Row]:
    """Legal entities that receive or may receive register data: ``{"customer", "name", "business_id", "country",
    "modes"}``; ``modes`` are those of their agreements, and ``end customer`` of a reseller's campaigns. One of
    continuous use is a controller of its own and has ``controller`` too: per agreement its ``notice_url``, its
    ``contact`` for Art. 19, and ``confirmed_at``: when it confirmed its duties under Art. 14 (R041)."""
    customer, agreement, campaign = tables.customer, tables.agreement, tables.campaign
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
    own: dict[str, list[Row]] = {}
    for one in controllers.controllers(connection):
        own.setdefault(one.pop("customer"), []).append(one)
    query = select(customer.c.customer, customer.c.name, customer.c.business_id, customer.c.country)
    return [
        dict(row)
        | {"modes": sorted(modes[row["customer"]])}
        | ({"controller": own.get(row["customer"], [])} if controllers.MODE in modes[row["customer"]] else {})
        for row in connection.execute(query.order_by(customer.c.name, customer.c.customer)).mappings()
        if modes.get(row["customer"], set()) - {_PROCESSED_FOR}
    ]


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
