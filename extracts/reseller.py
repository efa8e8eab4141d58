"""The reseller's door: what somebody with an order token may ask (R051-R053). Never a row, never a person.

Every answer is built here from counts, ids, dates and prices; counts of what is not delivered yet come in steps, as
every customer sees them (R026). Who stands behind an event, and why an order waits, is the house's. What is another's
is not found: nobody learns that it exists.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

from core.clock import helsinki_day
from core.errors import FileRejected
from extracts import billing, orders
from extracts.narrow import blur, questions
from extracts.orders import Wish
from ledger import billing as ledger_billing, orders as ledger_orders, resellers
from ledger.resellers import Party
from ledger.store import Store
from schemas.criteria import Criteria
from schemas.prices import CENT, price_of

Row = dict[str, Any]
ROLE = "reseller"


def enter(store: Store, secret: str) -> Party:
    """Who acts. Raises ``PermissionRefused`` (token_refused)."""
    with store.ledger.read() as connection:
        party = resellers.authenticate(connection, secret, ring=store.keys("fingerprint"), at=store.now())
    with store.ledger.locking() as connection:
        resellers.used(connection, party, at=store.now())
    return party


def read_token(path: Path) -> str:
    """The secret in a token file. Raises ``FileRejected`` (file_missing)."""
    try:
        return path.read_text(encoding="ascii", errors="replace").strip()
    except FileNotFoundError as error:
        raise FileRejected("file_missing", file=path.name) from error


def campaigns(store: Store, party: Party) -> list[Row]:
    """The reseller's campaigns: ``campaign, name, end_customer, business_id, subject, purpose, channels, starts_on,
    ends_on, closed``, newest first."""
    names = (
        "campaign",
        "name",
        "end_customer",
        "business_id",
        "subject",
        "purpose",
        "channels",
        "starts_on",
        "ends_on",
    )
    with store.ledger.read() as connection:
        rows = resellers.campaigns(connection, party)
    return [{name: row[name] for name in names} | {"closed": row["closed_at"] is not None} for row in rows]


def check_campaign(store: Store, party: Party, campaign: str) -> None:
    """Raise ``NotFound`` (campaign_unknown) unless a campaign is the reseller's own."""
    with store.ledger.read() as connection:
        resellers.check_own_campaign(connection, party, campaign)


def count(store: Store, party: Party, campaign: str, criteria: Criteria, *, with_facets: bool = False) -> Row:
    """What a selection would deliver, in steps and within a budget. Raises ``NotFound`` (campaign_unknown), and as
    ``extracts.narrow.questions`` does."""
    check_campaign(store, party, campaign)
    return questions.ask(_acting(store, party), campaign, criteria, with_facets=with_facets)


def place(store: Store, party: Party, wish: Wish, *, key: str | None = None) -> Row:
    """Order for an end customer: ``{"order", "state", "statement", "price"}``. Raises as ``extracts.orders.place``."""
    check_campaign(store, party, wish.campaign)
    made = orders.place(
        _acting(store, party),
        wish.campaign,
        wish.criteria,
        fields=wish.fields,
        formats=wish.formats,
        reason=wish.reason,
        with_sources=wish.with_sources,
        role=ROLE,
        key=key,
    )
    return _answer(made) | ({"repeated": True} if made.get("repeated") else {})


def draft(store: Store, party: Party, wish: Wish) -> Row:
    """Record an order without asking for it yet: ``{"order", "state"}``."""
    check_campaign(store, party, wish.campaign)
    return orders.draft(_acting(store, party), wish, role=ROLE)


def quote(store: Store, party: Party, order: str) -> Row:
    """Count and price a draft: ``{"order", "state", "statement", "price", "quoted_until"}``."""
    _own_order(store, party, order)
    made = orders.quote(_acting(store, party), order, role=ROLE)
    return _answer(made) | {"quoted_until": made["quoted_until"]}


def submit(store: Store, party: Party, order: str, *, reason: str | None = None) -> Row:
    """Ask for a drafted or quoted order: ``{"order", "state", "statement", "price"}``."""
    _own_order(store, party, order)
    return _answer(orders.submit(_acting(store, party), order, reason=reason, role=ROLE))


def cancel(store: Store, party: Party, order: str, *, reason: str | None = None) -> Row:
    """Take an order back before it is cut: ``{"order", "state"}``."""
    _own_order(store, party, order)
    return orders.cancel(_acting(store, party), order, reason=reason, role=ROLE)


def listing(store: Store, party: Party) -> list[Row]:
    """The reseller's orders, newest first: ``order, campaign, state, placed_at``, with ``statement`` and ``price``."""
    with store.ledger.read() as connection:
        own = [row["campaign"] for row in resellers.campaigns(connection, party)]
        found = [row for campaign in own for row in ledger_orders.orders(connection, at=store.now(), campaign=campaign)]
    found.sort(key=lambda row: (row["placed_at"], row["order"]), reverse=True)
    return [_summary(row) for row in found]


def show(store: Store, party: Party, order: str) -> Row:
    """One order: its summary and ``events`` as ``at, event, state``. Raises ``NotFound`` (order_unknown)."""
    _own_order(store, party, order)
    row = orders.show(store, order)
    events = [{"at": one["at"], "event": one["event"], "state": one["target"]} for one in row["events"]]
    return _summary(row) | {"criteria": row["criteria"], "fields": row["fields"], "events": events}


def statement(store: Store, party: Party, *, since: date, until: date) -> Row:
    """What was delivered and credited in a period, as it is billed: ``{"since", "until", "lines", "totals"}``."""
    document = billing.invoice(store, since=since, until=until)
    lines = [line for line in document["lines"] if line["customer"] == party.customer]
    totals: dict[str, Decimal] = {}
    for line in lines:
        totals[line["currency"]] = totals.get(line["currency"], Decimal(0)) + Decimal(line["amount"])
    summed = {currency: str(amount) for currency, amount in sorted(totals.items())}
    return {"since": since, "until": until, "lines": lines, "totals": summed}


def credits_of(store: Store, party: Party) -> list[Row]:
    """Credits for rows of its orders that were no good: ``day, order, extract, rows, kinds, amount, currency``."""
    with store.ledger.read() as connection:
        found = ledger_billing.recorded_credits(connection, customer=party.customer)
    names = ("order", "extract", "rows", "kinds", "amount", "currency")
    return [{"day": helsinki_day(row["reported_at"])} | {name: row[name] for name in names} for row in found]


# --- what is told -----------------------------------------------------------------------------------------------------


def _summary(row: Mapping[str, Any]) -> Row:
    named = {name: row[name] for name in ("order", "campaign", "state", "placed_at")}
    return named | _told(row)


def _answer(made: Mapping[str, Any]) -> Row:
    """What the house answers, without what is the house's: findings, subtractions, exact counts."""
    return {"order": made["order"], "state": made["state"]} | _told(made)


def _told(row: Mapping[str, Any]) -> Row:
    """Statement and price as they may be known: the order was a question, and was answered as one (R080)."""
    shown = row["shown"]
    names = ("in_steps_of", "to_deliver", "organisations")
    statement = None if shown is None else {name: shown[name] for name in names}
    return {"statement": statement, "price": _price(row["price"], shown)}


def _price(document: Mapping[str, Any] | None, shown: Mapping[str, Any] | None) -> Row | None:
    """The most it can cost: an exact amount would tell an exact count. What is billed is what was delivered."""
    if document is None or shown is None:
        return None
    price = price_of(document)
    rows = blur.at_most(shown["to_deliver"], threshold=shown["in_steps_of"])
    most = max(price.row_price * rows, price.minimum).quantize(CENT, rounding=ROUND_HALF_UP)
    return {
        "currency": price.currency,
        "row_price": str(price.row_price),
        "minimum": str(price.minimum),
        "rows_at_most": rows,
        "amount_at_most": str(most),
    }


# --- whose it is ------------------------------------------------------------------------------------------------------


def _own_order(store: Store, party: Party, order: str) -> None:
    with store.ledger.read() as connection:
        resellers.check_own_order(connection, party, order)


def _acting(store: Store, party: Party) -> Store:
    """The store as the reseller's: its token is who acted, in every event and audit row."""
    return replace(store, actor=party.token)
