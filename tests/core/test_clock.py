"""Instants in UTC, days in Helsinki, exact on the nights on which the clocks move (R036)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given, strategies as st

from core.clock import day_end, day_start, fixed_clock, helsinki_day, system_clock


@pytest.mark.parametrize(
    ("day", "start", "hours"),
    [
        (date(2026, 1, 15), datetime(2026, 1, 14, 22, tzinfo=UTC), 24),
        (date(2026, 7, 15), datetime(2026, 7, 14, 21, tzinfo=UTC), 24),
        (date(2026, 3, 29), datetime(2026, 3, 28, 22, tzinfo=UTC), 23),
        (date(2026, 10, 25), datetime(2026, 10, 24, 21, tzinfo=UTC), 25),
    ],
    ids=["winter", "summer", "clocks forward", "clocks back"],
)
def test_a_day_has_the_hours_it_has_in_finland(day: date, start: datetime, hours: int) -> None:
    assert day_start(day) == start
    assert day_end(day) - day_start(day) == timedelta(hours=hours)


@given(st.datetimes(datetime(2000, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC)))
def test_an_instant_lies_in_the_day_it_is_said_to_lie_in(instant: datetime) -> None:
    day = helsinki_day(instant)
    assert day_start(day) <= instant < day_end(day)


def test_a_day_ends_where_the_next_one_starts() -> None:
    day = date(2026, 1, 1)
    while day.year == 2026:
        following = day + timedelta(days=1)
        assert day_end(day) == day_start(following)
        day = following


def test_clocks_give_utc() -> None:
    assert system_clock().tzinfo is UTC
    helsinki = datetime(2026, 11, 22, 11, tzinfo=timezone(timedelta(hours=2)))
    stopped = fixed_clock(helsinki)
    assert stopped() == stopped() == datetime(2026, 11, 22, 9, tzinfo=UTC)
    assert stopped().tzinfo is UTC
