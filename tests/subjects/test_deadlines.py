"""The clock of a request against a table of worked cases, and against a slow obvious counting of days."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from core.clock import HELSINKI
from subjects.deadlines import is_working_day, last_day, office_is_open, public_holidays

CASES = [
    ("2026-01-31", 1, 0, "2026-03-02"),  # clamped to 28.2., a Saturday
    ("2025-01-31", 1, 0, "2025-02-28"),
    ("2028-01-31", 1, 0, "2028-02-29"),  # leap year
    ("2026-08-31", 1, 0, "2026-09-30"),
    ("2026-11-23", 1, 0, "2026-12-23"),
    ("2026-11-24", 1, 0, "2026-12-28"),  # 24.12. is Christmas Eve
    ("2026-11-25", 1, 0, "2026-12-28"),  # 25.12. -> Monday the 28th
    ("2026-05-19", 1, 0, "2026-06-22"),  # midsummer eve -> Monday
    ("2026-03-03", 1, 0, "2026-04-07"),  # Good Friday -> Tuesday after Easter
    ("2026-11-06", 1, 0, "2026-12-07"),  # Independence Day is a Sunday
    ("2026-11-23", 3, 0, "2027-02-23"),
    ("2025-11-30", 3, 0, "2026-03-02"),  # clamped to 28.2., a Saturday
    ("2026-11-23", 1, 5, "2026-12-28"),
    ("2026-11-23", 1, 6, "2026-12-29"),
]


@pytest.mark.parametrize(("received", "months", "paused", "last"), CASES)
def test_R054_the_last_day_follows_regulation_1182_71(received: str, months: int, paused: int, last: str) -> None:
    assert last_day(date.fromisoformat(received), months=months, paused_days=paused) == date.fromisoformat(last)


@given(st.dates(date(2020, 1, 1), date(2060, 12, 31)), st.integers(1, 3))
def test_R054_no_period_ends_on_a_day_off_or_sooner_than_its_months(received: date, months: int) -> None:
    """Found by stepping through the days, with the end of the month as the law says it."""
    month = received.month - 1 + months
    year, month = received.year + month // 12, month % 12 + 1
    after = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
    day = date(year, month, min(received.day, after.day))
    while day.weekday() > 4 or day in public_holidays(day.year):
        day += timedelta(days=1)
    assert last_day(received, months=months) == day
    assert is_working_day(day)


@pytest.mark.parametrize(
    ("moment", "open_"),
    [
        ("2026-11-23T08:59", False),
        ("2026-11-23T09:00", True),
        ("2026-11-23T13:59", True),
        ("2026-11-23T14:00", False),
        ("2026-11-28T10:00", False),  # Saturday
        ("2026-12-24T10:00", False),  # Christmas Eve, a Thursday
        ("2027-01-06T10:00", False),  # Epiphany
        ("2026-07-01T13:59", True),  # summer time
    ],
)
def test_R055_visits_are_received_on_working_days_from_9_to_14_in_helsinki(moment: str, open_: bool) -> None:
    assert office_is_open(datetime.fromisoformat(moment).replace(tzinfo=HELSINKI)) is open_
