"""The e-value once more, unit by unit, in plain Python (fingerprint.md 2.6, 2.7): the slow obvious way.

Shares no line and no number with the tracing engine: what the scheme fixes is written down here again.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from schemas.evidence import LeakedUnit, Terms

ROW_LAMBDA = (0.98, 0.85, 0.6, 0.4, 0.25, 0.12, 0.05)
ROW_WEIGHT = (0.40, 0.18, 0.13, 0.11, 0.08, 0.06, 0.04)
EPSILON = (0.02, 0.25)
EPSILON_WEIGHT = (0.6, 0.4)
CELL_LAMBDA = (0.95, 0.75, 0.5, 0.33, 0.2, 0.1)
CELL_WEIGHT = (0.25, 0.2, 0.2, 0.15, 0.1, 0.1)
SEED_USED, SEED_STRAY = 0.2, 1e-6
LEAD = 5.0
MOST_LEADS = 10
CAMPAIGN_ERROR = 1e-4


@dataclass(frozen=True)
class Sums:
    """The logarithms of the products over units, for every point of the grids."""

    rows: list[list[float]]
    membership: list[float]
    cells: dict[str, list[float]]

    @classmethod
    def claimed(cls, terms: Terms) -> Sums:
        """As the evidence has them."""
        return cls(terms.rows, terms.membership, terms.cells)

    def keyed(self) -> float:
        """log(0.6 R + 0.4 M ΠS)."""
        r = sum_of_logs(
            row + math.log(weight * epsilon_weight)
            for rows, weight in zip(self.rows, ROW_WEIGHT, strict=True)
            for row, epsilon_weight in zip(rows, EPSILON_WEIGHT, strict=True)
        )
        m = sum_of_logs(one + math.log(weight) for one, weight in zip(self.membership, ROW_WEIGHT, strict=True))
        s = sum(
            sum_of_logs(one + math.log(weight) for one, weight in zip(terms, CELL_WEIGHT, strict=True))
            for terms in self.cells.values()
        )
        return sum_of_logs([math.log(0.6) + r, math.log(0.4) + m + s])


def sums(units: Iterable[LeakedUnit], *, layers: Sequence[str], dropped: Collection[int]) -> Sums:
    """From the leaked units of one extract. ``layers``: of each mark; ``dropped``: the places of those that do not
    count because the suspect shows one symbol almost everywhere."""
    rows = [[0.0] * len(EPSILON) for _ in ROW_LAMBDA]
    membership = [0.0] * len(ROW_LAMBDA)
    cells = {layer: [0.0] * len(CELL_LAMBDA) for layer in layers}
    for unit in units:
        delivered = unit.row is not None
        if unit.share is None and not delivered:
            continue  # its being withheld says nothing
        share = 1.0 if unit.share is None else unit.share
        ratios = [
            (layers[place], ratio)
            for place, mark in enumerate(unit.marks)
            if place not in dropped and (ratio := likelihood(mark)) is not None
        ]
        for at, own in enumerate(ROW_LAMBDA):
            for within, epsilon in enumerate(EPSILON):
                copied = math.prod((1 - epsilon) * ratio + epsilon for _, ratio in ratios) / share if delivered else 0.0
                rows[at][within] += math.log(own * copied + 1 - own)
            membership[at] += math.log(own * (1 / share if delivered else 0.0) + 1 - own)
        for layer, ratio in ratios if delivered else ():
            for at, own in enumerate(CELL_LAMBDA):
                cells[layer][at] += math.log(own * ratio + 1 - own)
    return Sums(rows, membership, cells)


def likelihood(mark: tuple[int, float, int, int | None] | None) -> float | None:
    """1(y = x) / P(y); None where nothing was read."""
    if mark is None:
        return None
    symbol, p, _, seen = mark
    if seen is None or seen < 0:
        return None
    return (1 / (p if seen else 1 - p)) if seen == symbol else 0.0


def seeds(*, seen: int, placed: int) -> float:
    """Log factor of the seeds."""
    return seen * math.log(1 - SEED_USED + SEED_USED / SEED_STRAY) + (placed - seen) * math.log(1 - SEED_USED)


def log_weight(*, eligible: int, units: int, extracts: int, coverage: float) -> float:
    """Log of an extract's prior weight: half of it even, half by c^20."""
    if coverage == 0:
        return -math.log(extracts)
    return math.log(0.5 / extracts + 0.5 * (eligible / max(units, 1)) ** 20 / coverage)


def sum_of_logs(values: Iterable[float]) -> float:
    """log Σ exp."""
    listed = list(values)
    top = max(listed)
    return top + math.log(sum(math.exp(value - top) for value in listed))
