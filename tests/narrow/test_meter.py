"""The meter's readings as a worked table (R028, R029, Art. 25); the docs show the same table."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, strategies as st

from extracts.narrow.meter import GRADES, MEASURES, narrowness
from tests.narrow.worked import WORKED

NARROW = WORKED[0].asked


@pytest.mark.parametrize("example", WORKED, ids=lambda example: example.name)
def test_R029_a_selection_is_read_as_the_table_says(example: Any) -> None:
    reading = narrowness(example.asked)
    assert {reason.code: reason.points for reason in reading.reasons} == dict(example.off)
    assert reading.score == max(0, 100 - sum(points for _, points in example.off))
    assert all(reason.says.endswith(".") and reason.suggests.endswith((".", "rows.")) for reason in reading.reasons)


def test_R028_the_meter_names_the_area_outside_the_subject() -> None:
    asked = replace(NARROW, criteria=NARROW.criteria | {"person": {"responsibility": ["IT", "GM"], "level": [1]}})
    reason = next(reason for reason in narrowness(asked).reasons if reason.code == "outside_subject")
    assert reason.says == "GM is outside the subject IT."
    assert reason.suggests == "Leave GM out."


def test_counted_facets_say_what_a_further_condition_would_leave() -> None:
    levels = [{"value": "1", "label": "Ylin johto", "count": 40}, {"value": "3", "label": "Keskijohto", "count": 300}]
    asked = replace(
        NARROW, criteria={**NARROW.criteria, "person": {"responsibility": ["IT"]}}, facets={"level": levels}
    )
    reason = next(reason for reason in narrowness(asked).reasons if reason.code == "no_rank")
    assert reason.suggests == "Add a level or a title. Keskijohto alone: 300 rows."


@given(
    rows=st.integers(0, 10_000),
    subject=st.sets(st.sampled_from(["IT", "GM", "HR", "FIN", "PUR"]), min_size=1),
    asked=st.sets(st.sampled_from(["IT", "GM", "HR"])),
    region=st.booleans(),
    level=st.lists(st.integers(1, 4)),
)
def test_a_further_condition_never_makes_a_selection_wider(
    rows: int, subject: set[str], asked: set[str], region: bool, level: list[int]
) -> None:
    """Naming an area of the subject, a level, a region or an industry takes no points off, whatever else is asked."""
    person: dict[str, Any] = {"responsibility": sorted(asked)} if asked else {}
    organisation: dict[str, Any] = {"region": ["01"]} if region else {}
    base = replace(
        NARROW,
        criteria={"organisation": organisation, "person": person | ({"level": level} if level else {})},
        subject=sorted(subject),
        rows=rows,
        register_rows=10_000,
        organisations=rows,
    )
    score = narrowness(base).score
    assert 0 <= score <= 100
    for part, condition in (
        ("organisation", {"industry": ["62"]}),
        ("organisation", {"region": ["02"]}),
        ("person", {"level": [1]}),
        ("person", {"responsibility": sorted(asked & subject) or sorted(subject)[:1]}),
    ):
        criteria = {**base.criteria, part: {**base.criteria[part], **condition}}
        assert narrowness(replace(base, criteria=criteria)).score >= score
    assert narrowness(replace(base, rows=rows // 2)).score >= score


def test_every_measure_and_grade_is_in_the_worked_table() -> None:
    assert {code for example in WORKED for code, _ in example.off} == {measure.code for measure in MEASURES}
    assert {narrowness(example.asked).grade for example in WORKED} == {name for _, name in GRADES}
    for example in WORKED:
        for code, points in example.off:
            assert points <= next(measure.most for measure in MEASURES if measure.code == code)
