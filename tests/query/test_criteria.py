"""What a criteria file may say, and what it is told when it says something else (R009, R029, T14)."""

from __future__ import annotations

from typing import Any

import pytest

from core.errors import CriteriaError
from schemas import places
from schemas.criteria import parse_criteria

SOUND: dict[str, Any] = {"organisation": {"kind": ["company"]}, "person": {"level": [1]}}


def _with(block: str, **keys: Any) -> dict[str, Any]:
    return SOUND | {block: SOUND.get(block, {}) | keys}


@pytest.mark.parametrize(
    ("criteria", "code", "key"),
    [
        (_with("organisation", near={"postcode": "12345", "km": 5}), "criteria_code_unknown", "near.postcode"),
        (_with("organisation", near={"postcode": "00100", "km": 0}), "criteria_value_invalid", "near.km"),
        (_with("organisation", near={"postcode": "00100", "km": True}), "criteria_value_invalid", "near.km"),
        (_with("organisation", near={"postcode": "00100"}), "criteria_value_invalid", "near.km"),
        (_with("organisation", near=[]), "criteria_value_invalid", "near"),
        (_with("organisation", it={"workstations_min": 5, "workstations_max": 4}), "criteria_value_invalid", "it"),
        (_with("organisation", it={"servers_max": -1}), "criteria_value_invalid", "servers_max"),
        (_with("organisation", it={"servers_max": 2**31}), "criteria_value_invalid", "servers_max"),
        (_with("organisation", website="yes"), "criteria_value_invalid", "website"),
        (_with("organisation_not", region=["99"]), "criteria_code_unknown", "organisation_not.region"),
        (_with("organisation_not", industry=["Z9"]), "criteria_code_unknown", "organisation_not.industry"),
        (_with("organisation_not", it={"erp": ["SAP"]}), "criteria_key_unknown", "organisation_not.it"),
        (_with("person", reachable_any=["fax"]), "criteria_code_unknown", "person.reachable_any"),
        (_with("person", verified_since="2026-02-30"), "criteria_value_invalid", "person.verified_since"),
        (_with("person", verified_since="٢٠٢٦-01-01"), "criteria_value_invalid", "person.verified_since"),
        (_with("person", verified_since=20260101), "criteria_value_invalid", "person.verified_since"),
        (SOUND | {"cells": {"A": 1}}, "criteria_value_invalid", "cells"),
        (SOUND | {"cells": {"A": 1, "B": 0}}, "criteria_value_invalid", "cells"),
        (SOUND | {"cells": {"A": 1, "B": True}}, "criteria_value_invalid", "cells"),
        (SOUND | {"cells": {"A": 1, "B": "50%"}}, "criteria_value_invalid", "cells"),
        (SOUND | {"cells": {"A": "60%", "B": "50%"}}, "criteria_value_invalid", "cells"),
        (SOUND | {"cells": {"A": "0%", "B": "50%"}}, "criteria_value_invalid", "cells"),
        (SOUND | {"cells": {"A": "50", "B": "50"}}, "criteria_value_invalid", "cells"),
        (SOUND | {"cells": {"../A": 1, "B": 1}}, "criteria_value_invalid", "cells"),
        (SOUND | {"cells": {"a": 1, "A": 1}}, "criteria_value_invalid", "cells"),
        (SOUND | {"cells": {"A": 1, "B": 1}, "limit": 2}, "criteria_value_invalid", None),
        (SOUND | {"split_organisations": True}, "criteria_value_invalid", None),
        (SOUND | {"exclude": {"earlier_orders_since": "2026-01-01"}}, "criteria_value_invalid", "exclude"),
        (SOUND | {"exclude": {"earlier_orders_of": "group"}}, "criteria_value_invalid", "exclude"),
        ({"organisation_not": {"region": ["01"]}, "person": {"level": [1]}}, "criteria_too_wide", None),
    ],
)
def test_R009_what_is_wrong_is_named_with_its_place(criteria: dict[str, Any], code: str, key: str | None) -> None:
    with pytest.raises(CriteriaError) as refused:
        parse_criteria(criteria)
    assert refused.value.code == code
    if key is not None:
        assert key in refused.value.ids["key"]


def test_one_centre_may_stand_without_a_list() -> None:
    one = parse_criteria(_with("organisation", near={"postcode": "00100", "km": 25}))
    assert one == parse_criteria(_with("organisation", near=[{"postcode": "00100", "km": 25.0}]))


def test_criteria_survive_the_ledger() -> None:
    """T14: what was stored is checked again when it is used."""
    criteria = parse_criteria(_with("person", verified_since="2026-06-01"))
    assert parse_criteria(criteria.document()) == criteria


def test_distances_are_from_point_to_point() -> None:
    helsinki, tampere = places.points()["00100"], places.points()["33100"]
    assert places.kilometres(helsinki, tampere) == pytest.approx(160, abs=2)
    assert places.kilometres(helsinki, helsinki) == 0
    assert "00100" in places.within("00100", 0.1)
    assert "33100" not in places.within("00100", 159)
    assert "33100" in places.within("00100", 161)


def test_codes_without_street_delivery_lie_with_their_neighbours() -> None:
    points = places.points()
    assert points["00101"] == points["00100"]  # PO boxes
    north, east = points["00022"]  # a company's own code: somewhere in its town
    assert 60.1 < north < 60.3
    assert 24.7 < east < 25.3
