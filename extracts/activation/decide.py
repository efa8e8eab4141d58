"""What a report of responders leads to: data in, a decision out; no database (R034)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from core.clock import day_end, helsinki_day

USUAL, FLAGGED, BULK = "usual", "flagged", "bulk"
VERDICTS = (USUAL, FLAGGED, BULK)


def verdict(activated: int, persons: int, *, flag_percent: float, hold_percent: float, floor: int) -> str:
    """How far a share of responders is to be believed.

    ``activated`` of ``persons`` delivered were reported by now. Up to ``floor`` responders no share is odd, except that
    everybody is: nobody's whole list answers.
    """
    if persons and activated >= persons:
        return BULK
    share = 100 * activated / persons if persons else 0.0
    if activated <= floor or share <= flag_percent:
        return USUAL
    return FLAGGED if share <= hold_percent else BULK


def review_needed(verdict: str, *, new: int, seeds: Sequence[str]) -> bool:
    """Whether two persons look at it before its rows count: a bulk, or a control record that is said to have answered.

    What was all reported before needs none.
    """
    return new > 0 and (verdict == BULK or bool(seeds))


def closes_at(ended_at: datetime, *, grace_days: int) -> datetime:
    """From when on nothing is activated any more: the end of the campaign's last day and so many days on."""
    return day_end(helsinki_day(ended_at - timedelta(microseconds=1)) + timedelta(days=grace_days))
