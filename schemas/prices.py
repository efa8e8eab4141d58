"""Price lists and what a number of rows costs by them: exact decimals, no database.

A list has one price per mode of agreement and item. ``base`` is paid for every delivered row, ``email``, ``phone`` and
``post`` for a row with any field that the channel licenses, ``minimum`` for an order however small. Prices are without
value added tax. Seeds and withheld rows are nobody's: only persons delivered are ever billed (R038).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from types import MappingProxyType
from typing import Any

from core.errors import InvalidInput
from schemas import codes

COLUMNS = ("mode", "item", "price")
PER_ROW = ("base", *codes.CHANNELS)
"""Items that are paid for each row; a list has all of them for each of its modes."""
MINIMUM = "minimum"
CENT = Decimal("0.01")
_PRICE = re.compile(r"\d{1,7}(\.\d{1,4})?")
_AMOUNT = re.compile(r"\d{1,7}(\.\d{1,2})?")


@dataclass(frozen=True)
class Rates:
    """Prices of one mode."""

    items: Mapping[str, Decimal]

    def of_row(self, fields: Iterable[str]) -> Decimal:
        """What one row with these fields of an extract costs."""
        channels = {codes.EXTRACT_FIELDS[name] for name in fields} - {None}
        return self.items["base"] + sum((self.items[name] for name in sorted(filter(None, channels))), Decimal(0))

    @property
    def minimum(self) -> Decimal:
        return self.items.get(MINIMUM, Decimal(0))


@dataclass(frozen=True)
class Price:
    """What an order costs: frozen when it was quoted or submitted, with the list it rests on."""

    price_list: str
    currency: str
    mode: str
    row_price: Decimal
    minimum: Decimal
    rows: int
    """Rows that the statement said; no more are ever delivered or billed."""

    @property
    def amount(self) -> Decimal:
        return self.of(self.rows)

    def of(self, rows: int) -> Decimal:
        """What so many delivered rows cost, in whole cents; nothing for none."""
        if rows == 0:
            return Decimal("0.00")
        due = self.row_price * min(rows, self.rows)
        return max(due, self.minimum).quantize(CENT, rounding=ROUND_HALF_UP)

    def credit(self, rows: int, *, before: int, more: int) -> Decimal:
        """What comes back for ``more`` rows that were no good, of ``rows`` delivered and ``before`` credited ones.

        The bill is made anew without them: a minimum stays one, unless no row is left.
        """
        return self.of(rows - before) - self.of(rows - before - more)

    def document(self) -> dict[str, Any]:
        """As JSON: decimals as text, so that no reader rounds them."""
        return {
            "price_list": self.price_list,
            "currency": self.currency,
            "mode": self.mode,
            "row_price": str(self.row_price),
            "minimum": str(self.minimum),
            "rows": self.rows,
            "amount": str(self.amount),
        }


def price_of(document: Mapping[str, Any]) -> Price:
    """Inverse of :meth:`Price.document`."""
    return Price(
        document["price_list"],
        document["currency"],
        document["mode"],
        Decimal(document["row_price"]),
        Decimal(document["minimum"]),
        document["rows"],
    )


def rates(modes: Mapping[str, Mapping[str, str]], mode: str) -> Rates | None:
    """The prices of one mode of a stored list; None when it has none."""
    items = modes.get(mode)
    return None if items is None else Rates(MappingProxyType({name: Decimal(text) for name, text in items.items()}))


def parse_prices(text: str, *, file: str) -> dict[str, dict[str, str]]:
    """Read a price list: CSV with ``mode, item, price``, parted by commas or semicolons (then a decimal comma is one).

    Returns mode to item to price as decimal text. Raises ``InvalidInput`` (price_file_row) naming row, field and
    reason; the list is refused whole.
    """
    semicolons = ";" in text.split("\n", 1)[0]
    rows = list(csv.reader(io.StringIO(text), delimiter=";" if semicolons else ","))
    header = [name.strip().lower() for name in rows[0]] if rows else []
    if sorted(header) != sorted(COLUMNS):
        _refuse(file, 1, "header", f"must name {', '.join(COLUMNS)}")
    found: dict[str, dict[str, str]] = {}
    for number, cells in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            _refuse(file, number, "row", f"must have {len(header)} cells")
        row = dict(zip(header, (cell.strip() for cell in cells), strict=True))
        mode, item, price = _item(row, file=file, row_number=number, decimal_comma=semicolons)
        if item in found.setdefault(mode, {}):
            _refuse(file, number, "item", f"{mode} {item} is priced already")
        found[mode][item] = price
    _check_complete(found, file=file, last=len(rows))
    return found


def _item(row: Mapping[str, str], *, file: str, row_number: int, decimal_comma: bool) -> tuple[str, str, str]:
    mode, item, price = (row[name] for name in COLUMNS)
    if mode not in codes.MODES:
        _refuse(file, row_number, "mode", f"is none of {', '.join(codes.MODES)}")
    if item not in (*PER_ROW, MINIMUM):
        _refuse(file, row_number, "item", f"is none of {', '.join((*PER_ROW, MINIMUM))}")
    price = price.replace(",", ".") if decimal_comma else price
    if not (_AMOUNT if item == MINIMUM else _PRICE).fullmatch(price):
        _refuse(file, row_number, "price", f"is no amount with up to {2 if item == MINIMUM else 4} decimals")
    return mode, item, price


def _check_complete(found: Mapping[str, Mapping[str, str]], *, file: str, last: int) -> None:
    if not found:
        _refuse(file, last, "row", "no price in it")
    for mode, items in found.items():
        for item in PER_ROW:
            if item not in items:
                _refuse(file, last, "item", f"{mode} {item} is missing")


def _refuse(file: str, row: int, field: str, reason: str) -> None:
    raise InvalidInput("price_file_row", file=file, row=row, field=field, reason=reason)
