"""Criteria that cut one selection into parts, as a table (T07)."""

from __future__ import annotations

from typing import Any

import pytest

from extracts.narrow.pieces import divided_by, parts


def criteria(person: dict[str, Any] | None = None, **organisation: Any) -> dict[str, Any]:
    return {"organisation": organisation, "person": person or {"responsibility": ["IT"]}}


@pytest.mark.parametrize(
    ("one", "other", "key"),
    [
        (criteria(region=["01"]), criteria(region=["02"]), "organisation.region"),
        (criteria(region=["01", "02"]), criteria(region=["02", "03"]), None),  # they meet
        (criteria(region=["01"]), criteria(region=["01"]), ""),
        (criteria(region=["02", "01"]), criteria(region=["01", "02"]), ""),
        (criteria(region=["01"], industry=["62"]), criteria(region=["02"], industry=["46"]), None),  # two conditions
        (criteria(region=["01"]), criteria(region=["01"], industry=["62"]), None),  # the one holds the other
        (criteria(industry=["62"]), criteria(industry=["620"]), None),
        (criteria(industry=["62"]), criteria(industry=["63"]), "organisation.industry"),
        (criteria(postcode=["00100-00500"]), criteria(postcode=["00400-00990"]), None),
        (criteria(postcode=["00100-00499"]), criteria(postcode=["00500-00990"]), "organisation.postcode"),
        (criteria({"level": [1, 2]}, kind=["company"]), criteria({"level": [3]}, kind=["company"]), "person.level"),
        (criteria(it={"workstations_min": 5}), criteria(it={"workstations_min": 50}), None),
        (criteria(it={"workstations_max": 49}), criteria(it={"workstations_min": 50}), "organisation.it.workstations"),
        (criteria(it={"workstations_max": 50}), criteria(it={"workstations_min": 50}), None),
        (criteria(website=True), criteria(website=False), "organisation.website"),
        (criteria(region=["01"]), {**criteria(), "organisation_not": {"region": ["01", "02"]}}, "organisation.region"),
        (criteria(region=["01", "03"]), {**criteria(), "organisation_not": {"region": ["01"]}}, None),
        (criteria(it={"erp": ["SAP"]}), {**criteria(), "organisation_not": {"erp": ["SAP"]}}, "organisation.it.erp"),
        (criteria(it={"erp": ["SAP"]}), criteria(it={"erp": ["Netvisor"]}), "organisation.it.erp"),
        (
            criteria({"responsibility": ["IT"], "reachable": ["email"]}, region=["01"]),
            criteria({"responsibility": ["IT"], "reachable": ["phone"]}, region=["02"]),
            "organisation.region",
        ),
        (criteria(region=["01"]) | {"limit": 5}, criteria(region=["01"]) | {"sample": "spread"}, ""),
    ],
)
def test_T07_two_selections_are_parts_when_one_condition_divides_them(
    one: dict[str, Any], other: dict[str, Any], key: str | None
) -> None:
    assert divided_by(one, other) == key
    assert divided_by(other, one) == key


def test_T07_a_grid_hangs_together_from_part_to_part() -> None:
    earlier = {
        "north": criteria(region=["19"], industry=["62"]),
        "corner": criteria(region=["19"], industry=["46"]),
        "other": criteria({"responsibility": ["HR"]}, region=["19"], kind=["public"]),
    }
    assert parts(criteria(region=["01"], industry=["62"]), earlier) == (
        ["corner", "north"],
        ["organisation.industry", "organisation.region"],
    )
    assert parts(criteria(staff_class=["9"]), earlier) == ([], [])
