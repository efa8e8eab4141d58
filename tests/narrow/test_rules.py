"""The rules of the narrowest selection as a table: facts in, codes out (R029)."""

from __future__ import annotations

import pytest

from extracts.narrow import Facts, Limits, findings, held, percent

LIMITS = Limits(
    rows=5000,
    share_percent=5.0,
    share_floor=1000,
    refused_percent=30.0,
    year=20_000,
    year_percent=5.0,
    part_percent=50.0,
    part_floor=500,
)


@pytest.mark.parametrize(
    ("rows", "register", "codes"),
    [
        (1, 400_000, []),
        (5000, 400_000, []),
        (5001, 400_000, ["rows_over_cap"]),
        (4000, 80_000, []),
        (4001, 80_000, ["share_over_cap"]),
        (5100, 100_000, ["rows_over_cap", "share_over_cap"]),
        (1000, 4_000, []),  # the floor: small registers are not cut into crumbs
        (1001, 4_000, ["share_over_cap"]),
    ],
)
def test_R029_an_order_over_a_cap_is_held(rows: int, register: int, codes: list[str]) -> None:
    found = findings(Facts(LIMITS, rows=rows, register_rows=register))
    assert [finding.code for finding in found] == codes
    assert held(found) == bool(codes)


def test_R029_a_finding_says_its_figures() -> None:
    rows, share = findings(Facts(LIMITS, rows=5100, register_rows=100_000))
    assert rows.document() == {"code": "rows_over_cap", "severity": "hold", "figures": {"rows": 5100, "cap": 5000}}
    assert share.figures == {"rows": 5100, "cap": 5000, "percent": 5.1}


def test_a_share_of_nothing_is_nothing() -> None:
    assert percent(0, 0) == 0.0
