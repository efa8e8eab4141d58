"""Requests of persons that were a customer's to answer and were passed on to it (R050, Art. 28(3)(e))."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, insert, select

from core.clock import helsinki_day
from ledger import tables
from ledger.engine import Transaction

Row = dict[str, Any]
_TABLE = tables.care_forward
OUT = ("sent", "exported")
"""States of a letter that has left."""


def record(tx: Transaction, values: Mapping[str, Any]) -> None:
    """Record a request that is passed on with the columns ``values``; nothing of what it says is among them."""
    tx.execute(insert(_TABLE), dict(values) | {"forwarded_at": tx.at, "forwarded_by": tx.actor})
    named = ("forward", "agreement", "right", "mail", "case")
    tx.audit("care.forwarded", **{name: values[name] for name in named})


def forwards(connection: Connection, *, today: date, customer: str | None = None) -> list[Row]:
    """Requests passed on, oldest first, with ``customer``, when their letter left (``sent_at``) and whether that is
    ``late``: after the last day, or not yet though that day is over."""
    mail, agreement = tables.mail.c, tables.agreement.c
    query = (
        select(_TABLE, agreement.customer, mail.state, mail.settled_at)
        .join(tables.agreement, agreement.agreement == _TABLE.c.agreement)
        .outerjoin(tables.mail, mail.mail == _TABLE.c.mail)
        .order_by(_TABLE.c.forwarded_at, _TABLE.c.forward)
    )
    if customer is not None:
        query = query.where(agreement.customer == customer)
    return [_told(dict(row), today=today) for row in connection.execute(query).mappings()]


def _told(row: Row, *, today: date) -> Row:
    state, settled = row.pop("state"), row.pop("settled_at")
    sent = settled if state in OUT else None
    return row | {"sent_at": sent, "late": (today if sent is None else helsinki_day(sent)) > row["due_on"]}
