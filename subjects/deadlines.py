"""The clock of a request: calendar months as Regulation (EEC, Euratom) No 1182/71 counts them (R054). Pure.

The day of receipt is not counted (Art. 3(1)); a period of months ends with the day of the same number, or the last
day of a shorter month (Art. 3(2)(c)); a period that would end on a Saturday, a Sunday or a public holiday ends with
the next working day (Art. 3(4)). The eves of Christmas and midsummer count as holidays in Finland (act 150/1930, 5 §).
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import cache

import holidays
from dateutil.relativedelta import relativedelta

from core.clock import HELSINKI, day_end, helsinki_day

OFFICE_OPENS, OFFICE_CLOSES = time(9), time(14)
"""Visits, on working days, Helsinki time (B30). One way among several, never a condition (R055)."""


@cache
def public_holidays(year: int) -> frozenset[date]:
    """Finland's days off in a year, with the eves of Christmas and midsummer."""
    return frozenset(holidays.country_holidays("FI", years=year))


def is_working_day(day: date) -> bool:
    """Neither Saturday, Sunday nor a public holiday in Finland."""
    return day.weekday() < 5 and day not in public_holidays(day.year)


def working_day_from(day: date) -> date:
    """The day itself when it is a working day, else the next one."""
    while not is_working_day(day):
        day += timedelta(days=1)
    return day


def next_working_day_ends(at: datetime) -> datetime:
    """24:00 Helsinki of the working day after the day of that instant."""
    return day_end(working_day_from(helsinki_day(at) + timedelta(days=1)))


def last_day(received: date, *, months: int, paused_days: int = 0) -> date:
    """The last day of a period of ``months`` from receipt; the days on which the clock stood are added (R054).

    ``31.1. → 28.2.``, ``23.11.2026 → 23.12.2026``, ``25.11.2026 → 28.12.2026``.
    """
    return working_day_from(received + relativedelta(months=months) + timedelta(days=paused_days))


def office_is_open(at: datetime) -> bool:
    """Whether the office receives visitors at that instant: working days 9-14 in Helsinki."""
    local = at.astimezone(HELSINKI)
    return is_working_day(local.date()) and OFFICE_OPENS <= local.time() < OFFICE_CLOSES
