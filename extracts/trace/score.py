"""The e-value of an extract given a leak (fingerprint.md 2.6): pure arithmetic, in logarithms.

A unit's factor depends only on what its row shares with many others (delivered or withheld, which
symbols agree, with which prior), so the leak arrives as counts of equal rows per extract and every
product over units becomes a sum of counts times logarithms.

Promise (R039): if an extract is not a source of the leak, its e-value has mean at most 1 whatever the
leak is, so ``P(e >= t) <= 1/t``; later evidence may be multiplied in without penalty.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

ROW_LAMBDA = np.array((0.98, 0.85, 0.6, 0.4, 0.25, 0.12, 0.05))
"""Grid: share of the leak's rows that come from the extract."""
ROW_WEIGHT = np.array((0.40, 0.18, 0.13, 0.11, 0.08, 0.06, 0.04))
EPSILON = np.array((0.02, 0.25))
"""Grid: share of the leak's symbols that were altered."""
EPSILON_WEIGHT = np.array((0.6, 0.4))
CELL_LAMBDA = np.array((0.95, 0.75, 0.5, 0.33, 0.2, 0.1))
CELL_WEIGHT = np.array((0.25, 0.2, 0.2, 0.15, 0.1, 0.1))
ROWS_SHARE = 0.6
"""Weight of the row score R; the rest goes to membership times the channels' own scores."""
SEED_USED = 0.2
"""Chance that a source's given seed shows in the leak."""
SEED_STRAY = 1e-6
"""Chance that a seed shows although its extract is no source: policy, not mathematics."""


@dataclass(frozen=True)
class Tally:
    """Leaked units of every extract's pool, counted by kind. One entry stands for ``units`` equal rows."""

    extract: Ints
    """Index of the extract, 0 … number of extracts - 1."""
    delivered: Bools
    """False: eligible but withheld from this extract."""
    ratio: Floats
    """entries × channels: ``1(y = x) / P(y)``, 0 for the other symbol; NaN: no symbol could be read."""
    units: Ints
    share: Floats
    """π = delivered / eligible; NaN where the delivered/withheld bit says nothing and counts as factor 1."""


@dataclass(frozen=True)
class Scores:
    """Log e-values per extract, with the terms they are made of for the evidence file."""

    log_e: Floats
    keyed: Floats
    """Without the seeds."""
    seeds: Floats
    rows: Floats
    """extracts × 7 λ × 2 ε: log of the products in R."""
    membership: Floats
    """extracts × 7 λ: log of the products in M."""
    cells: dict[str, Floats] = field(default_factory=dict)
    """Per layer, extracts × 6 λ: log of the products in S."""

    def replaced(self, other: Scores, *, where: Bools) -> Scores:
        """These scores, with ``other`` in their place for some extracts."""

        def pick(mine: Floats, theirs: Floats) -> Floats:
            return np.where(where.reshape(-1, *[1] * (mine.ndim - 1)), theirs, mine)

        return Scores(
            log_e=pick(self.log_e, other.log_e),
            keyed=pick(self.keyed, other.keyed),
            seeds=pick(self.seeds, other.seeds),
            rows=pick(self.rows, other.rows),
            membership=pick(self.membership, other.membership),
            cells={layer: pick(terms, other.cells[layer]) for layer, terms in self.cells.items()},
        )


def e_values(tally: Tally, *, layers: tuple[str, ...], seeds_seen: Ints, seeds_placed: Ints) -> Scores:
    """Log e-value of every extract.

    ``layers`` holds the layer of each channel in ``tally.ratio``; ``seeds_seen`` of ``seeds_placed`` seeds of each
    extract are in the leak.
    """
    extracts = len(seeds_placed)
    silent = np.isnan(tally.share)
    log_share = np.log(np.where(silent, 1.0, tally.share))
    symbols = np.log((1 - EPSILON) * tally.ratio[:, :, None] + EPSILON)
    log_copied = np.nansum(symbols, axis=1) - log_share[:, None]
    log_copied[~tally.delivered] = -np.inf
    silent &= ~tally.delivered
    rows = _grid_sum(tally, _mixed(ROW_LAMBDA[:, None], log_copied[:, None, :], silent), extracts)

    log_member = np.where(tally.delivered, -log_share, -np.inf)
    membership = _grid_sum(tally, _mixed(ROW_LAMBDA, log_member[:, None], silent), extracts)

    cells: dict[str, Floats] = {}
    for layer in dict.fromkeys(layers):
        of_layer = tally.ratio[:, [found == layer for found in layers]]
        factor = np.log(CELL_LAMBDA * of_layer[:, :, None] + 1 - CELL_LAMBDA)
        cells[layer] = _grid_sum(tally, np.where(tally.delivered[:, None], np.nansum(factor, axis=1), 0.0), extracts)

    log_r = _logsumexp(rows + np.log(ROW_WEIGHT[:, None] * EPSILON_WEIGHT), axis=(1, 2))
    log_m = _logsumexp(membership + np.log(ROW_WEIGHT), axis=1)
    log_s = sum((_logsumexp(terms + np.log(CELL_WEIGHT), axis=1) for terms in cells.values()), np.zeros(extracts))
    keyed = np.logaddexp(np.log(ROWS_SHARE) + log_r, np.log(1 - ROWS_SHARE) + log_m + log_s)
    seeds = log_seeds(seen=seeds_seen, placed=seeds_placed)
    return Scores(keyed + seeds, keyed, seeds, rows, membership, cells)


def log_seeds(*, seen: Ints, placed: Ints) -> Floats:
    """Log factor of the seeds: ``1 - a + a / 1e-6`` for one that is seen, ``1 - a`` for one that is not."""
    factor = seen * np.log(1 - SEED_USED + SEED_USED / SEED_STRAY) + (placed - seen) * np.log(1 - SEED_USED)
    return np.asarray(factor, dtype=np.float64)


def log_mean(log_values: Floats) -> float:
    """Log of the mean of e-values given by their logarithms; the e-value of a customer over its extracts."""
    return float(_logsumexp(log_values[None, :], axis=1)[0] - np.log(len(log_values)))


def _mixed(grid: Floats, log_factor: Floats, silent: Bools) -> Floats:
    """``log(λ · factor + 1 - λ)``, 0 for the entries that say nothing."""
    mixed = np.logaddexp(np.log(grid) + log_factor, np.log(1 - grid))
    mixed[silent] = 0.0
    return mixed


def _grid_sum(tally: Tally, terms: Floats, extracts: int) -> Floats:
    """Add each entry's terms, times its count, to its extract."""
    flat = (terms * tally.units.reshape(-1, *[1] * (terms.ndim - 1))).reshape(len(terms), math.prod(terms.shape[1:]))
    total = np.zeros((extracts, flat.shape[1]))
    for column in range(flat.shape[1]):
        total[:, column] = np.bincount(tally.extract, weights=flat[:, column], minlength=extracts)
    return total.reshape(extracts, *terms.shape[1:])


def _logsumexp(values: Floats, *, axis: Any) -> Floats:
    top = values.max(axis=axis, keepdims=True)
    total = np.log(np.exp(values - top).sum(axis=axis, keepdims=True)) + top
    return np.asarray(np.squeeze(total, axis=axis), dtype=np.float64)
