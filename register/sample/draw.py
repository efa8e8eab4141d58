"""Draws that give the same values on any machine and day.

Everything comes from the raw stream of PCG64 by way of uniform doubles and integer weights; no
logarithm or other function whose last digit depends on the processor is used.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

GOLDEN = 0.6180339887498949
"""Steps of the golden ratio spread evenly over [0, 1): neighbours differ, and the weights hold."""


class Weighted:
    """Indices 0..n-1 by integer weights."""

    def __init__(self, weights: Sequence[int] | Ints) -> None:
        self.cumulative = np.cumsum(np.asarray(weights, np.int64))

    def at(self, unit: Floats) -> Ints:
        """The index each number of [0, 1) falls on."""
        point = (unit * self.cumulative[-1]).astype(np.int64)
        found: Ints = np.searchsorted(self.cumulative, point, side="right").astype(np.int64)
        return found


class Grouped:
    """One :class:`Weighted` per group, drawn from for many groups at once. Values are given, not positions."""

    def __init__(self, groups: Sequence[Sequence[tuple[int, int]]]) -> None:
        """``groups[g]`` lists ``(value, weight)``; every group needs at least one."""
        weights = [[weight for _, weight in group] for group in groups]
        self.totals = np.array([sum(group) for group in weights], np.int64)
        self.starts = np.cumsum(self.totals) - self.totals
        self.cumulative = np.cumsum([weight for group in weights for weight in group], dtype=np.int64)
        self.values = np.array([value for group in groups for value, _ in group], np.int64)

    def at(self, group: Ints, unit: Floats) -> Ints:
        """The value each number of [0, 1) falls on, in its group."""
        point = self.starts[group] + (unit * self.totals[group]).astype(np.int64)
        return self.values[np.searchsorted(self.cumulative, point, side="right")]


class Draw:
    """One stream of draws; streams with different numbers are independent."""

    def __init__(self, *stream: int) -> None:
        self._generator = np.random.Generator(np.random.PCG64(np.random.SeedSequence(stream)))

    def unit(self, count: int) -> Floats:
        """Uniform in [0, 1)."""
        return self._generator.random(count)

    def below(self, count: int, bound: int | Ints) -> Ints:
        """Uniform integers 0..bound-1."""
        return (self.unit(count) * bound).astype(np.int64)

    def chance(self, count: int, probability: float | Floats) -> Bools:
        return self.unit(count) < probability

    def pick(self, count: int, weights: Weighted) -> Ints:
        return weights.at(self.unit(count))

    def some(self, wanted: int, eligible: Bools) -> Ints:
        """Up to ``wanted`` different positions where ``eligible``, in rising order."""
        positions = np.flatnonzero(eligible)
        order = np.argsort(self.unit(len(positions)), kind="stable")
        return np.sort(positions[order[:wanted]])


def share(total: int, done: int, *, step: int, whole: int) -> int:
    """How many of ``total`` fall on the next ``step`` of ``whole`` when ``done`` are behind; sums up to ``total``."""
    return total * (done + step) // whole - total * done // whole
