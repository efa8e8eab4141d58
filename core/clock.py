"""Time is injected, UTC-aware; campaign ends are counted in Europe/Helsinki (R036)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

HELSINKI = ZoneInfo("Europe/Helsinki")

SKEW = timedelta(seconds=60)
"""So far apart two clocks may be by chance; more is a fault (R036)."""

Clock = Callable[[], datetime]
"""Returns the present instant, UTC-aware."""


def system_clock() -> datetime:
    """The machine's clock."""
    return datetime.now(UTC)


def fixed_clock(at: datetime) -> Clock:
    """A clock that stands still; for the demo and the tests."""
    instant = at.astimezone(UTC)
    return lambda: instant


def helsinki_day(at: datetime) -> date:
    """The calendar day in Finland at that instant."""
    return at.astimezone(HELSINKI).date()


def day_start(day: date) -> datetime:
    """00:00 Helsinki of that day, as a UTC instant."""
    return datetime.combine(day, time.min, HELSINKI).astimezone(UTC)


def day_end(day: date) -> datetime:
    """24:00 Helsinki of that day as a UTC instant, exact on daylight-saving nights (R036)."""
    return day_start(day + timedelta(days=1))
