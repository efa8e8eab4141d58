"""How much each agreement weighs: priors as data, fitted to the upload, without labels, by what its identifiers say.

The model is a conditional logit over a row's candidates and "none of these": ``p(j) = exp(s_j) / (exp(s_none) +
Σ exp(s_k))``, ``s`` the sum of the weights of a pair's agreement levels and measures (Fellegi-Sunter, with the choice
among candidates made explicit).
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

LEVELS = ("name", "identifier", "phone", "domain", "address", "person", "birth", "other")
MEASURES = ("worth", "mine_covered", "theirs_covered", "alike", "namesakes", "former", "ceased")
_FOLDER = Path(__file__).parent
_RIDGE = 1.0
_ROUNDS = 30
_CLOSE = 1e-4
_TINY = 1e-300
_FEWEST = 100
_FOUND = 0.8
"""The share of rows that the prior weights expect in the register."""

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Weights:
    """A weight per term; ``terms`` are ``feature level`` or ``measure``, ``none`` is the score of "none of these"."""

    terms: tuple[str, ...]
    values: Vector

    def table(self) -> pa.Table:
        """One row, a column per term: ``name_3``, ``worth``, ``none``; for the score in SQL."""
        names = [term.replace(" ", "_") for term in self.terms]
        return pa.table({name: [float(value)] for name, value in zip(names, self.values, strict=True)})


def _read(name: str) -> Weights:
    with (_FOLDER / name).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    terms = tuple(f"{row['feature']} {row['level']}".strip() for row in rows)
    return Weights(terms, np.array([float(row["weight"]) for row in rows]))


@cache
def priors() -> Weights:
    """The weights of parties before anything is known of the upload."""
    return _read("weights.csv")


@cache
def of_persons() -> Weights:
    """The weights of persons within a party."""
    return _read("person_weights.csv")


@dataclass(frozen=True)
class Pairs:
    """Candidate pairs as the fit reads them, sorted by row.

    ``design`` (pairs x terms without ``none``), ``row`` the number of each pair's row (0, 1, …), ``right`` whether the
    pair is the right one, ``labelled`` per row whether that is known at all.
    """

    design: Vector
    row: NDArray[np.int64]
    right: NDArray[np.bool_]
    labelled: NDArray[np.bool_]


def design(features: Mapping[str, NDArray[np.float64]]) -> Vector:
    """Levels as indicators and measures as they stand, in the order of the priors (``none`` left out)."""
    columns = []
    for term in priors().terms:
        feature, _, level = term.partition(" ")
        if term == "none":
            continue
        values = features[feature]
        columns.append((values == int(level)).astype(np.float64) if level else values.astype(np.float64))
    return np.column_stack(columns)


def fit(pairs: Pairs, *, fixed: tuple[str, ...] = ()) -> Weights:
    """The weights that explain the rows best, held near the priors by a ridge; ``fixed`` features stay.

    Rows with a label fit all weights. Without enough of them only the share of rows that are in the register at all is
    estimated, from what the priors make of the rows (Saerens, Latinne, Decaestecker 2002). The same pairs always give
    the same weights.
    """
    prior = priors()
    none = prior.terms.index("none")
    x = np.insert(pairs.design, none, 0.0, axis=1)
    if np.count_nonzero(pairs.labelled) < _FEWEST:
        values = prior.values.copy()
        values[none] += _shift(x @ values, values[none], pairs.row)
        return Weights(prior.terms, values)
    known = pairs.labelled[pairs.row]
    _, row = np.unique(pairs.row[known], return_inverse=True)
    nobody = np.count_nonzero(
        np.add.reduceat(pairs.right[known].astype(int), np.flatnonzero(np.diff(row, prepend=-1))) == 0
    )
    if nobody < _FEWEST:
        fixed = (*fixed, "none")  # labels of found rows alone would make everybody found
    free = np.array([term.partition(" ")[0] not in fixed for term in prior.terms])
    return Weights(prior.terms, _most_likely(x[known], pairs.right[known].astype(np.float64), row, none, free))


def _shift(score: Vector, none: float, row: NDArray[np.int64]) -> float:
    """How far "none of these" moves when the share of rows found is estimated instead of assumed."""
    starts = np.flatnonzero(np.diff(row, prepend=-1))
    found, shift = _FOUND, 0.0
    for _ in range(_ROUNDS):
        _p, p_none = _probabilities(score, none + shift, row, starts)
        found = min(max(1 - float(p_none.mean()), 0.02), 0.98)
        shift = float(np.log((1 - found) / found) - np.log((1 - _FOUND) / _FOUND))
    return shift


def _most_likely(x: Vector, right: Vector, row: NDArray[np.int64], none: int, free: NDArray[np.bool_]) -> Vector:
    """Newton steps on a concave function, each halved until it climbs."""
    prior = priors().values
    starts = np.flatnonzero(np.diff(row, prepend=-1))
    right_none = 1 - np.add.reduceat(right, starts)

    def height(theta: Vector) -> float:
        p, p_none = _probabilities(x @ theta, theta[none], row, starts)
        told = right @ np.log(np.maximum(p, _TINY)) + right_none @ np.log(np.maximum(p_none, _TINY))
        return float(told - _RIDGE / 2 * ((theta - prior) ** 2).sum())

    theta, best = prior.copy(), height(prior)
    for _ in range(_ROUNDS):
        p, p_none = _probabilities(x @ theta, theta[none], row, starts)
        gradient = x.T @ (right - p) - _RIDGE * (theta - prior)
        gradient[none] += float((right_none - p_none).sum())
        weighted = x * p[:, None]
        mean = np.add.reduceat(weighted, starts, axis=0)
        mean[:, none] += p_none
        curvature = x.T @ weighted - mean.T @ mean + _RIDGE * np.eye(len(theta))
        curvature[none, none] += float(p_none.sum())
        step = np.zeros_like(theta)
        step[free] = np.linalg.solve(curvature[np.ix_(free, free)], gradient[free])
        while (reached := height(theta + step)) < best and float(np.abs(step).max()) > _CLOSE:
            step /= 2
        if reached < best:
            break
        theta, best = theta + step, reached
        if float(np.abs(step).max()) < _CLOSE:
            break
    return theta


def _probabilities(
    score: Vector, none: float, row: NDArray[np.int64], starts: NDArray[np.int64]
) -> tuple[Vector, Vector]:
    """Per pair, and per row for "none of these"."""
    top = np.maximum(np.maximum.reduceat(score, starts), none)
    e, e_none = np.exp(score - top[row]), np.exp(none - top)
    total = e_none + np.add.reduceat(e, starts)
    return e / total[row], e_none / total
