"""What a report of responders leads to, as tables (R034)."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from extracts.activation.decide import closes_at, review_needed, verdict
from schemas.activation import ACTS, EVIDENCE, REASONS
from tests.house.source import modules

BOUNDS = {"flag_percent": 20.0, "hold_percent": 50.0, "floor": 5}


@pytest.mark.parametrize(
    ("activated", "persons", "expected"),
    [
        (0, 100, "usual"),
        (20, 100, "usual"),
        (21, 100, "flagged"),
        (50, 100, "flagged"),
        (51, 100, "bulk"),
        (99, 100, "bulk"),
        (100, 100, "bulk"),
        (5, 8, "usual"),
        (6, 12, "flagged"),
        (7, 12, "bulk"),
        (8, 8, "bulk"),
        (1, 1, "bulk"),
        (3, 3, "bulk"),
        (2, 3, "usual"),
        (0, 0, "usual"),
        (1000, 5000, "usual"),
        (1001, 5000, "flagged"),
    ],
)
def test_R034_more_than_a_fifth_is_flagged_and_more_than_half_or_everybody_is_a_bulk(
    activated: int, persons: int, expected: str
) -> None:
    assert verdict(activated, persons, **BOUNDS) == expected


@pytest.mark.parametrize(
    ("verdict", "new", "seeds", "expected"),
    [
        ("usual", 3, [], False),
        ("flagged", 3, [], False),
        ("bulk", 3, [], True),
        ("bulk", 0, [], False),
        ("usual", 1, ["seed-1"], True),
        ("usual", 0, [], False),
    ],
)
def test_R034_a_bulk_and_a_control_record_wait_for_two_persons(
    verdict: str, new: int, seeds: list[str], expected: bool
) -> None:
    assert review_needed(verdict, new=new, seeds=seeds) is expected


@pytest.mark.parametrize(
    ("ended_at", "closes"),
    [
        (datetime(2026, 11, 30, 22, tzinfo=UTC), datetime(2026, 12, 7, 22, tzinfo=UTC)),
        (datetime(2026, 3, 24, 22, tzinfo=UTC), datetime(2026, 3, 31, 21, tzinfo=UTC)),
        (datetime(2026, 10, 24, 21, tzinfo=UTC), datetime(2026, 10, 31, 22, tzinfo=UTC)),
        (datetime(2026, 11, 22, 9, tzinfo=UTC), datetime(2026, 11, 29, 22, tzinfo=UTC)),
    ],
    ids=["winter", "over the night clocks go on", "over the night clocks go back", "closed early at noon"],
)
def test_R034_R036_the_grace_ends_at_a_midnight_in_helsinki(ended_at: datetime, closes: datetime) -> None:
    assert closes_at(ended_at, grace_days=7) == closes


def test_R034_every_reason_can_occur_and_is_explained() -> None:
    text = "".join(m.text for m in modules() if m.name.startswith("extracts/activation/"))
    computed = {"act_unknown", "evidence_unknown"}
    assert [reason for reason in REASONS if f'"{reason}"' not in text and reason not in computed] == []
    assert all(meaning.endswith(".") for meaning in REASONS.values())


def test_R034_acts_and_evidence_are_named_in_three_languages() -> None:
    for label in (*ACTS.values(), *EVIDENCE.values()):
        assert label.fi
        assert label.sv
        assert label.en


def test_days_are_days() -> None:
    assert closes_at(datetime(2026, 11, 30, 22, tzinfo=UTC), grace_days=0) == datetime(2026, 11, 30, 22, tzinfo=UTC)
    assert date(2026, 11, 30) < date(2026, 12, 1)
