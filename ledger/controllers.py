"""Recipients of continuous use as controllers of their own: notice, Art. 19 contact, the word on Art. 14 (R041)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, insert, select, update

from core.errors import InvalidInput, LicenceRefused
from core.identity import normalise_email
from ledger import customers, tables
from ledger.engine import Transaction

Row = dict[str, Any]
MODE = "continuous"
_LONGEST_URL = 2000


def controller(connection: Connection, agreement: str) -> Row | None:
    """What an agreement's customer is recorded with as a controller; None: nothing yet."""
    row = connection.execute(select(tables.controller).where(tables.controller.c.agreement == agreement))
    found = row.mappings().one_or_none()
    return None if found is None else dict(found)


def name(tx: Transaction, *, agreement: str, notice_url: str, contact: str) -> Row:
    """Record the recipient's privacy notice and whom to write to about rectification, erasure and restriction.

    Named anew, its word on Art. 14 is asked for anew. Raises ``NotFound``, ``LicenceRefused`` (agreement_mode),
    ``InvalidInput`` (url_invalid, email_invalid).
    """
    terms = customers.agreement(tx.connection, agreement)
    if terms["mode"] != MODE:
        raise LicenceRefused("agreement_mode", agreement=agreement, mode=terms["mode"], needed="continuous use")
    parts = urlsplit(notice_url.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname or len(notice_url) > _LONGEST_URL:
        raise InvalidInput("url_invalid", field="notice")
    address = normalise_email(contact)
    if address is None:
        raise InvalidInput("email_invalid", field="contact")
    blank = {"confirmed_at": None, "confirmed_by": None, "recorded_by": None}
    row = {"notice_url": notice_url.strip(), "contact": address, "named_at": tx.at, **blank}
    if controller(tx.connection, agreement) is None:
        tx.execute(insert(tables.controller), row | {"agreement": agreement})
    else:
        tx.execute(update(tables.controller).where(tables.controller.c.agreement == agreement).values(**row))
    tx.audit("controller.named", agreement=agreement, customer=terms["customer"])
    return row | {"agreement": agreement}


def confirm(tx: Transaction, *, agreement: str, by: str) -> Row:
    """Record that the recipient says it informs the persons itself (Art. 14), and who there said so.

    Raises ``NotFound``, ``InvalidInput`` (value_missing), ``LicenceRefused`` (controller_unnamed).
    """
    terms = customers.agreement(tx.connection, agreement)
    if not by.strip():
        raise InvalidInput("value_missing", field="by")
    if controller(tx.connection, agreement) is None:
        raise LicenceRefused("controller_unnamed", agreement=agreement)
    values = {"confirmed_at": tx.at, "confirmed_by": by.strip()[:200], "recorded_by": tx.actor}
    tx.execute(update(tables.controller).where(tables.controller.c.agreement == agreement).values(**values))
    tx.audit("controller.confirmed", agreement=agreement, customer=terms["customer"])
    return {"agreement": agreement, **values}


def controllers(connection: Connection) -> list[Row]:
    """Every recipient that is a controller of its own: ``agreement, customer, notice_url, contact, confirmed_at``."""
    one, agreement = tables.controller.c, tables.agreement.c
    query = (
        select(agreement.agreement, agreement.customer, one.notice_url, one.contact, one.confirmed_at)
        .join(tables.agreement, agreement.agreement == one.agreement)
        .order_by(agreement.customer, agreement.agreement)
    )
    return [dict(row) for row in connection.execute(query).mappings()]
