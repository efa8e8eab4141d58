"""An attacker who only reckons: integer unknowns, intervals learnt of their sums, and what follows for certain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Bounds = dict[str, tuple[int, int]]


@dataclass(frozen=True)
class Told:
    """What an answer says: the sum of these unknowns lies between two numbers."""

    parts: frozenset[str]
    least: int
    most: int


def narrowed(bounds: Mapping[str, tuple[int, int]], told: Sequence[Told]) -> Bounds | None:
    """Bounds after every answer has been propagated as far as it goes; None when nothing fits."""
    found = dict(bounds)
    moved = True
    while moved:
        moved = False
        for one in told:
            least = sum(found[part][0] for part in one.parts)
            most = sum(found[part][1] for part in one.parts)
            if least > one.most or most < one.least:
                return None
            for part in one.parts:
                low, high = found[part]
                low2 = max(low, one.least - (most - high))
                high2 = min(high, one.most - (least - low))
                if (low2, high2) != (low, high):
                    found[part] = (low2, high2)
                    moved = True
    return found


def world(bounds: Mapping[str, tuple[int, int]], told: Sequence[Told], *, tries: int = 20_000) -> Bounds | None:
    """One assignment that fits every answer, found by splitting domains; None when there is none."""
    left = [tries]

    def search(now: Mapping[str, tuple[int, int]]) -> Bounds | None:
        left[0] -= 1
        if left[0] < 0:
            raise TimeoutError("too hard for this solver")
        found = narrowed(now, told)
        if found is None:
            return None
        open_ones = [(high - low, part) for part, (low, high) in found.items() if high > low]
        if not open_ones:
            return found
        _, part = min(open_ones)
        low, high = found[part]
        middle = (low + high) // 2
        for half in ((low, middle), (middle + 1, high)):
            done = search({**found, part: half})
            if done is not None:
                return done
        return None

    return search(bounds)


def possible(bounds: Mapping[str, tuple[int, int]], told: Sequence[Told], part: str) -> set[int]:
    """Every value that an unknown may have: what the attacker cannot rule out."""
    low, high = bounds[part]
    return {value for value in range(low, high + 1) if world({**bounds, part: (value, value)}, told) is not None}
