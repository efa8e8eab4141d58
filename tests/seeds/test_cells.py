"""R038: what a seed has in place of its neighbour's rare values is within the order, what it leaves out included."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from extracts.gate.seed_cells import Borne

ROWS = pa.table(
    {
        "company_unit": ["a", "b"],
        "industry": ["6210", "6220"],
        "visiting_street": ["Kauppakatu 1", "Koulukatu 2"],
        "visiting_postcode": ["00100", "00120"],
    }
)
DRAWS = [number / 50 for number in range(50)]


def industries(criteria: dict[str, Any]) -> set[str]:
    borne = Borne(ROWS, criteria=criteria)
    return {borne.industry("6210", "TOL2025", draw=draw) for draw in DRAWS}


def places(criteria: dict[str, Any]) -> set[str]:
    borne = Borne(ROWS, criteria=criteria)
    return {borne.place("00100", "Helsinki", draw=draw)[0] for draw in DRAWS}


def test_a_rare_value_is_replaced_where_the_order_allows_it() -> None:
    assert industries({}) != {"6210"}
    assert places({}) != {"00100"}


def test_nothing_is_taken_that_the_order_leaves_out() -> None:
    assert industries({"organisation": {"industry": ["62"]}, "organisation_not": {"industry": ["6290"]}}) == {"6210"}
    assert places({"organisation_not": {"postcode": ["00130"]}}) == {"00100"}


def test_a_pair_s_industry_makes_another_pair_though_its_division_has_none() -> None:
    """A third organisation of it would stand out more seldom than rows do: pairs become rarer, threes more frequent."""
    rows = pa.table({"company_unit": ["a", "b", "c"], "industry": ["6210", "6210", "4711"]})

    def beside(criteria: dict[str, Any]) -> set[str]:
        borne = Borne(rows, criteria=criteria)
        return {borne.industry("6210", "TOL2025", draw=draw) for draw in DRAWS}

    assert beside({}) == {"4711"}
    assert beside({"organisation": {"industry": ["62", "47"]}}) == {"4711"}
    assert beside({"organisation": {"industry": ["62"]}}) == {"6210"}, "the order asks for nothing else"
