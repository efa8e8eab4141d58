"""Sets of persons as sorted arrays of their manifest tokens, each with the last day it was disclosed (R030).

A token is 16 bytes and compared whole, so that a count of distinct persons is exact.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from core.keys import Words

Days = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]

SIZE = 16


@dataclass(frozen=True)
class Persons:
    """Distinct tokens in ascending order: upper and lower half, and the day's ordinal."""

    upper: Words
    lower: Words
    day: Days

    def __len__(self) -> int:
        return len(self.upper)

    @classmethod
    def of(cls, tokens: bytes, *, day: int) -> Persons:
        """From tokens one after the other, in any order and as often as may be."""
        words = np.frombuffer(tokens, dtype=">u8").reshape(-1, 2).astype(np.uint64)
        return merged([cls(words[:, 0], words[:, 1], np.full(len(words), day, np.int32))])

    @property
    def tokens(self) -> bytes:
        """All tokens, one after the other."""
        return np.stack([self.upper, self.lower], axis=1).astype(">u8").tobytes()

    def where(self, mask: Mask) -> Persons:
        return Persons(self.upper[mask], self.lower[mask], self.day[mask])

    def since(self, day: int) -> Persons:
        """Those disclosed on that day or later."""
        return self if not len(self) or self._oldest >= day else self.where(self.day >= day)

    @cached_property
    def _oldest(self) -> int:
        return int(self.day.min())

    def among(self, others: Persons) -> Mask:
        """Which of these are in ``others``."""
        found = np.zeros(len(self), np.bool_)
        place = np.searchsorted(others.upper, self.upper)
        rest = np.arange(len(self))
        while len(rest):  # once, but for tokens that agree in their upper half: those are next to impossible
            rest = rest[place[rest] < len(others)]
            rest = rest[others.upper[place[rest]] == self.upper[rest]]
            same = others.lower[place[rest]] == self.lower[rest]
            found[rest[same]] = True
            rest = rest[~same]
            place[rest] += 1
        return found


def merged(parts: Sequence[Persons]) -> Persons:
    """All of them, each once, with the last of its days."""
    upper = np.concatenate([part.upper for part in parts]) if parts else np.empty(0, np.uint64)
    lower = np.concatenate([part.lower for part in parts]) if parts else np.empty(0, np.uint64)
    day = np.concatenate([part.day for part in parts]) if parts else np.empty(0, np.int32)
    order = np.lexsort((lower, upper))
    upper, lower, day = upper[order], lower[order], day[order]
    if not len(upper):
        return Persons(upper, lower, day)
    first = np.concatenate([[True], (upper[1:] != upper[:-1]) | (lower[1:] != lower[:-1])])
    return Persons(upper[first], lower[first], np.maximum.reduceat(day, np.flatnonzero(first)))


def distinct(parts: Iterable[Persons]) -> list[Persons]:
    """The same persons in parts that share none; the largest part is left as it is."""
    apart: list[Persons] = []
    for part in sorted(parts, key=len, reverse=True):
        rest = part
        for other in apart:
            rest = rest.where(~rest.among(other))
        apart.append(rest)
    return apart
