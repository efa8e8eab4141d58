"""Price lists and what rows cost by them: every fault named with row and field, decimals exact."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from core.errors import Conflict, FileRejected, InvalidInput, NotFound
from extracts import billing
from ledger import prices
from ledger.store import Store
from schemas import codes
from schemas.prices import Price, parse_prices, price_of, rates

LIST = """mode,item,price
campaign,base,0.12
campaign,email,0.255
campaign,phone,0.30
campaign,post,0.1
campaign,minimum,150.00
reseller,base,0.10
reseller,email,0.2
reseller,phone,0.25
reseller,post,0.08
"""


@pytest.mark.parametrize(
    ("text", "row", "field"),
    [
        ("", 1, "header"),
        ("mode,item\ncampaign,base\n", 1, "header"),
        ("mode,item,price\n", 1, "row"),
        (LIST + "campaign,base\n", 11, "row"),
        (LIST + "barter,base,1\n", 11, "mode"),
        (LIST + "campaign,fax,1\n", 11, "item"),
        (LIST + "campaign,email,1\n", 11, "item"),
        (LIST + "continuous,base,-1\n", 11, "price"),
        (LIST + "continuous,base,1.23456\n", 11, "price"),
        (LIST + "continuous,base,NaN\n", 11, "price"),
        (LIST + "continuous,base,\n", 11, "price"),
        (LIST + "continuous,minimum,10.005\n", 11, "price"),
        (LIST + "\ncontinuous,base,1\n", 12, "item"),
        ("mode,item,price\ncampaign,base,0,12\n", 2, "row"),
    ],
)
def test_a_faulty_price_list_is_refused_whole_with_row_and_field(text: str, row: int, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_prices(text, file="prices.csv")
    assert refused.value.code == "price_file_row"
    assert (refused.value.ids["row"], refused.value.ids["field"]) == (row, field)


def test_a_list_from_finnish_excel_says_the_same() -> None:
    finnish = LIST.replace(",", ";").replace(".", ",")
    assert parse_prices(finnish, file="hinnat.csv") == parse_prices(LIST, file="prices.csv")


def test_price_lists_are_versions_that_hold_from_their_day(any_store: Store, tmp_path: Path) -> None:
    file, dearer = tmp_path / "a.csv", tmp_path / "b.csv"
    file.write_text(LIST, encoding="utf-8")
    dearer.write_text(LIST.replace("0.12", "0.15"), encoding="utf-8")
    with pytest.raises(NotFound):
        billing.shown_prices(any_store)
    first = billing.load_prices(any_store, file, valid_from=date(2026, 1, 1))
    with pytest.raises(Conflict):
        billing.load_prices(any_store, file, valid_from=date(2026, 1, 1))
    later = billing.load_prices(any_store, dearer, valid_from=date(2026, 12, 1))
    assert (first["version"], later["version"], len(first["sha256"])) == (1, 2, 64)
    with any_store.ledger.read() as connection:
        for day, version in ((date(2026, 11, 30), 1), (date(2026, 12, 1), 2)):
            found = prices.in_force(connection, day=day)
            assert found is not None
            assert found["version"] == version
        assert prices.in_force(connection, day=date(2025, 12, 31)) is None
        assert [row["version"] for row in prices.price_lists(connection)] == [2, 1]
    assert billing.shown_prices(any_store)["version"] == 1
    assert billing.shown_prices(any_store, 2)["modes"]["campaign"]["base"] == "0.15"
    with pytest.raises(NotFound):
        billing.shown_prices(any_store, 3)
    with pytest.raises(FileRejected):
        billing.load_prices(any_store, tmp_path / "none.csv")
    with pytest.raises(InvalidInput):
        billing.load_prices(any_store, file, currency="euro")


def test_a_row_costs_its_base_and_the_channels_of_its_fields() -> None:
    listed = rates(parse_prices(LIST, file="x"), "campaign")
    assert listed is not None
    assert listed.of_row(["row", "organisation_name", "title", "ban_url"]) == Decimal("0.12")
    assert listed.of_row(["row", "email"]) == Decimal("0.375")
    assert listed.of_row(["email", "mobile", "organisation_phone"]) == Decimal("0.675")
    assert listed.of_row(codes.EXTRACT_FIELDS) == Decimal("0.775")
    assert rates(parse_prices(LIST, file="x"), "continuous") is None


cents = st.decimals(0, 5000, places=2, allow_nan=False)


@given(
    row_price=st.decimals(0, 20, places=4, allow_nan=False), minimum=cents, rows=st.integers(1, 200_000), data=st.data()
)
def test_amounts_are_exact_never_over_the_quote_and_credits_never_over_the_bill(
    row_price: Decimal, minimum: Decimal, rows: int, data: st.DataObject
) -> None:
    """Against exact fractions; the sum of credits in any parts is the credit of all of them at once."""
    price = Price("prices-1", "EUR", "campaign", row_price, minimum, rows)
    delivered = data.draw(st.integers(0, rows + 10))
    exact = max(Fraction(row_price) * min(delivered, rows), Fraction(minimum)) if delivered else Fraction(0)
    assert Fraction(price.of(delivered)) == Fraction((exact * 100 + Fraction(1, 2)).__floor__(), 100)
    assert price.of(delivered) <= price.amount
    assert price.amount == price.amount.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    assert price_of(price.document()) == price
    before, back = 0, Decimal(0)
    while before < delivered:
        more = data.draw(st.integers(1, delivered - before))
        given_back = price.credit(delivered, before=before, more=more)
        assert given_back >= 0
        before, back = before + more, back + given_back
    assert back == price.of(delivered)
