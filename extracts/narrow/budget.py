"""Questions about counts: which one only repeats an earlier one, and which are too many (R026, R080, T24).

No database. A question is known by a *tally*: how many of its rows fall into each of 4,096 random buckets. From two
tallies one sees how many rows the questions differ in at most, and about how many they share; from one, nobody.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Tally = npt.NDArray[np.int64]

BUCKETS = 4096
DAYS = 30
"""How far back overlapping questions are looked for."""

Budget = Literal["user", "customer", "overlap"]


@dataclass(frozen=True)
class Question:
    """A count that a customer or reseller asked for."""

    by: str
    on: date
    snapshot: str
    shape: str
    """What is counted how: limits, sampling, facets; questions of different shape are not compared."""
    asked: int
    """Rows it is about, whoever of them may be delivered: bans do not change it."""
    tally: Tally
    answer: Any = None
    fresh: bool = True
    """Counted, not repeated from an earlier question."""


@dataclass(frozen=True)
class Limits:
    """Fresh answers: to a user and to a customer in a day, and to overlapping questions in ``DAYS`` days."""

    user: int
    customer: int
    overlap: int


def base_of(question: Question, earlier: Sequence[Question], *, threshold: int) -> Question | None:
    """The fresh question whose answer is this one's too: of the same snapshot and shape, and differing in fewer rows
    than the threshold; the first one asked.

    So that nobody learns of one person by asking with and without it, and the same question has the same answer.
    """
    for other in earlier:
        if not other.fresh or (other.snapshot, other.shape) != (question.snapshot, question.shape):
            continue
        if int(np.abs(other.tally - question.tally).sum()) < threshold:
            return other
    return None


def spent(question: Question, earlier: Sequence[Question], *, limits: Limits) -> Budget | None:
    """The budget that a fresh answer would exceed; ``earlier`` are the questions of everybody who counts together."""
    fresh = [one for one in earlier if one.fresh]
    today = [one for one in fresh if one.on == question.on]
    if sum(one.by == question.by for one in today) >= limits.user:
        return "user"
    if len(today) >= limits.customer:
        return "customer"
    if sum(overlaps(question, one) for one in fresh) >= limits.overlap:
        return "overlap"
    return None


def overlaps(one: Question, other: Question) -> bool:
    """Whether two questions share a quarter of the smaller one's rows, as far as their tallies tell."""
    left, right = one.tally - one.asked / BUCKETS, other.tally - other.asked / BUCKETS
    shared = float(left @ right) * BUCKETS / (BUCKETS - 1)
    return shared >= min(one.asked, other.asked) / 4 > 0


def tally_of(buckets: Sequence[int], rows: Sequence[int]) -> Tally:
    """A tally from the buckets that are not empty."""
    tally = np.zeros(BUCKETS, np.int64)
    tally[np.asarray(buckets, np.int64)] = rows
    return tally


def packed(tally: Tally) -> bytes:
    """A tally as the ledger keeps it."""
    return zlib.compress(tally.astype("<u4").tobytes())


def unpacked(data: bytes) -> Tally:
    """Inverse of :func:`packed`."""
    return np.frombuffer(zlib.decompress(data), "<u4").astype(np.int64)
