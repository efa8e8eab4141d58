"""Price lists, and invoice lines: what an order cost, by the price it froze and the persons delivered (R038).

A line names order, extract, count and price, never a person; seeds and withheld rows are billed to nobody.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from core.clock import day_end, day_start, helsinki_day
from core.errors import FileRejected, InvalidInput, NotFound
from core.files import storing
from ledger import billing, prices
from ledger.store import Store
from schemas.prices import parse_prices, price_of

Row = dict[str, Any]

COLUMNS = (
    "kind", "day", "customer", "customer_name", "business_id", "recipient", "order", "extract", "campaign", "credit",
    "rows", "row_price", "minimum", "amount", "currency",
)  # fmt: skip
"""Of the invoice export: ``kind`` delivery or credit, ``customer`` who pays, ``recipient`` who has the rows."""


def load_prices(store: Store, file: Path, *, valid_from: date | None = None, currency: str = "EUR") -> Row:
    """Load a price list as the next version; returns its row.

    Raises ``FileRejected`` (file_missing), ``InvalidInput`` (price_file_row, currency_invalid) and ``Conflict``
    (already_done).
    """
    if not (len(currency) == 3 and currency.isascii() and currency.isalpha() and currency.isupper()):
        raise InvalidInput("currency_invalid", field="currency")
    try:
        content = file.read_bytes()
    except FileNotFoundError as error:
        raise FileRejected("file_missing", file=file.name) from error
    modes = parse_prices(content.decode("utf-8-sig", errors="replace"), file=file.name)
    digest = hashlib.sha256(content).hexdigest()
    with store.write() as tx:
        return prices.record(tx, modes=modes, currency=currency, valid_from=valid_from or store.today(), sha256=digest)


def shown_prices(store: Store, version: int | None = None) -> Row:
    """One version of the price list, or the one in force. Raises ``NotFound``."""
    with store.ledger.read() as connection:
        if version is not None:
            return prices.price_list(connection, version)
        found = prices.in_force(connection, day=store.today())
    if found is None:
        raise NotFound("price_list_none", day=store.today(), mode="any agreement")
    return found


def invoice(store: Store, *, since: date, until: date) -> Row:
    """Lines of the Finnish days ``since`` to ``until``: deliveries on their first day, and credits (negative).

    ``{"since", "until", "lines": [{…}], "totals": {currency: amount}, "unpriced": [extract…]}``; amounts are decimal
    text. What was delivered without a price is listed as unpriced. Raises ``InvalidInput`` (dates_reversed).
    """
    if until < since:
        raise InvalidInput("dates_reversed", since=since, until=until)
    begin, end = day_start(since), day_end(until)
    with store.ledger.read() as connection:
        delivered = billing.delivered_between(connection, since=begin, until=end)
        credited = billing.recorded_credits(connection, since=begin, until=end)
        of = {one["extract"]: billing.line(connection, one["extract"]) for one in credited}
    lines = [_delivery(row) for row in delivered if row["price"] is not None]
    lines += [_credit(one, of[one["extract"]]) for one in credited if one["currency"] is not None]
    totals: dict[str, Decimal] = {}
    for one in lines:
        totals[one["currency"]] = totals.get(one["currency"], Decimal(0)) + Decimal(one["amount"])
    return {
        "since": since,
        "until": until,
        "lines": lines,
        "totals": {currency: str(amount) for currency, amount in sorted(totals.items())},
        "unpriced": [row["extract"] for row in delivered if row["price"] is None],
    }


def _named(row: Row) -> Row:
    return {
        "customer": row["payer"],
        "customer_name": row["payer_name"],
        "business_id": row["payer_business_id"],
        "recipient": row["recipient"],
        "order": row["order"],
        "extract": row["extract"],
        "campaign": row["campaign"],
    }


def _delivery(row: Row) -> Row:
    price = price_of(row["price"])
    return {"kind": "delivery", "day": helsinki_day(row["delivered_at"]), "credit": None, **_named(row)} | {
        "rows": min(row["persons"], price.rows),
        "row_price": str(price.row_price),
        "minimum": str(price.minimum),
        "amount": str(price.of(row["persons"])),
        "currency": price.currency,
    }


def _credit(credit: Row, of: Row) -> Row:
    price = price_of(of["price"])
    return {"kind": "credit", "day": helsinki_day(credit["reported_at"]), "credit": credit["credit"], **_named(of)} | {
        "rows": -credit["rows"],
        "row_price": str(price.row_price),
        "minimum": str(price.minimum),
        "amount": str(-Decimal(credit["amount"])),
        "currency": credit["currency"],
    }


def write(lines: Sequence[Row], path: Path) -> None:
    """Write the lines as CSV (RFC 4180, UTF-8) for the accounting system."""
    with storing(path), path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(lines)
