"""How much each agreement weighs: priors as data, fitted to the upload, without labels, by what its identifiers say.

The model is a conditional logit over a row's candidates and "none of these": ``p(j) = exp(s_j) / (exp(s_none) +
Σ exp(s_k))``, ``s`` the sum of the weights of a pair's agreement levels and measures (Fellegi-Sunter, with the choice
among candidates made explicit).
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
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
_CLOSE = 1e-6
_PLACES = 4
_TINY = 1e-300
_FEWEST = 100
_SLIPS = 0.02
"""The share of labels that may be wrong: an identifier of a sister, of a predecessor, or mistyped into a valid one."""
_TURNS = 3
_PART = 180
"""Pairs multiplied at a time: few enough for one thread. Two that share a busy machine wait for each other for longer
than the work takes (31 times, measured with OpenBLAS)."""
_LIGHT = 1e-8
"""Pairs less likely than this count for the slope, but not for the curvature, which only says how far to step."""
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


@cache
def _missing() -> tuple[tuple[str, int, float], ...]:
    """Feature, the lowest level at which it says anything, and what "none of these" weighs less without it."""
    with (_FOLDER / "missing_columns.csv").open(encoding="utf-8", newline="") as file:
        return tuple((row["feature"], int(row["from_level"]), float(row["weight"])) for row in csv.DictReader(file))


@dataclass(frozen=True)
class Pairs:
    """Candidate pairs as the fit reads them, sorted by row.

    ``design`` (pairs x terms without ``none``), ``row`` the number of each pair's row (0, 1, …), ``right`` whether the
    pair is the right one, ``labelled`` per row whether that is known at all; ``said`` per row whether a person decided
    it in an earlier upload (such a row is believed, and is none of the upload's), None when nobody did.
    """

    design: Vector
    row: NDArray[np.int64]
    right: NDArray[np.bool_]
    labelled: NDArray[np.bool_]
    said: NDArray[np.bool_] | None = None

    @property
    def decided(self) -> NDArray[np.bool_]:
        """Per row whether a person decided it."""
        return np.zeros(len(self.labelled), dtype=bool) if self.said is None else self.said


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


def expected(pairs: Pairs) -> Weights:
    """The priors for an upload with these columns: the fewer there are, the less a stranger can have in common with a
    row, and the less agreement it takes to be the right one."""
    prior = priors()
    own = pairs.design[~pairs.decided[pairs.row]]
    named = [term.partition(" ") for term in prior.terms if term != "none"]
    values = prior.values.copy()
    for feature, lowest, weight in _missing():
        says = [at for at, (name, _, level) in enumerate(named) if name == feature and int(level) >= lowest]
        if not own[:, says].any():
            values[prior.terms.index("none")] += weight
    return Weights(prior.terms, values)


def fit(pairs: Pairs, *, fixed: tuple[str, ...] = ()) -> Weights:
    """The weights that explain the rows best, held near the priors by a ridge; ``fixed`` features stay.

    Rows with a label fit all weights; a label that everything else speaks against counts for little, because an
    identifier can be the sister's. Where labels tell of hardly anybody who is not in the register, they say which
    candidate is right, but not how likely it is that there is one: that share, as without enough labels at all, is
    estimated from what the weights make of all rows (Saerens, Latinne, Decaestecker 2002). What a person decided is
    believed whatever speaks against it, "none of these" like any other answer. Such rows are only the doubtful ones,
    but doubtful by what the weights see of them, so they fit the same weights. The same pairs always give the same.
    """
    prior = expected(pairs)
    none = prior.terms.index("none")
    x = np.insert(pairs.design, none, 0.0, axis=1)
    free = np.array([term.partition(" ")[0] not in fixed for term in prior.terms])
    decided = pairs.decided
    there = np.bincount(pairs.row, weights=pairs.right, minlength=len(decided)) > 0
    labelled = pairs.labelled & ~decided
    if np.count_nonzero(labelled & ~there) >= _FEWEST:
        told = labelled | decided
        return Weights(prior.terms, _most_likely(_known(pairs, x, told, may_be_none=told), prior.values, free))
    told = labelled & there
    if np.count_nonzero(told) < _FEWEST:
        told[:] = False
    nowhere = np.zeros_like(told)
    values = prior.values.copy()
    if told.any():
        sharing = free & (np.arange(len(free)) != none)
        values = _most_likely(_known(pairs, x, told, may_be_none=nowhere), prior.values, sharing)
    mine = ~decided[pairs.row]
    values[none] += _shift(_sums(x[mine], values), values[none], pairs.row[mine])
    if decided.any():
        centre = prior.values.copy()
        centre[none] = values[none]
        values = _most_likely(_known(pairs, x, told | decided, may_be_none=decided), centre, free)
    return Weights(prior.terms, values)


def _known(pairs: Pairs, x: Vector, rows: NDArray[np.bool_], *, may_be_none: NDArray[np.bool_]) -> _Known:
    """The pairs of these rows."""
    part = rows[pairs.row]
    numbers, row = np.unique(pairs.row[part], return_inverse=True)
    return _Known(x[part], pairs.right[part], row, may_be_none=may_be_none[numbers], sure=pairs.decided[numbers])


def _shift(score: Vector, none: float, row: NDArray[np.int64]) -> float:
    """How far "none of these" moves when the share of rows found is estimated instead of assumed."""
    starts = np.flatnonzero(np.diff(row, prepend=-1))
    found, shift = _FOUND, 0.0
    for _ in range(_ROUNDS):
        _p, p_none = _probabilities(score, none + shift, row, starts)
        found = min(max(1 - float(p_none.mean()), 0.02), 0.98)
        shift = float(np.log((1 - found) / found) - np.log((1 - _FOUND) / _FOUND))
    return round(shift, _PLACES)


class _Known:
    """Labelled rows; of those that ``may_be_none``, no candidate may be right; a ``sure`` label is no slip."""

    def __init__(
        self,
        x: Vector,
        right: NDArray[np.bool_],
        row: NDArray[np.int64],
        *,
        may_be_none: NDArray[np.bool_],
        sure: NDArray[np.bool_],
    ) -> None:
        self.x, self.row, self.none = x, row, priors().terms.index("none")
        self.may_be_none, self.sure = may_be_none, sure
        self.right = right.astype(np.float64)
        self.starts = np.flatnonzero(np.diff(row, prepend=-1))
        self.right_none = 1 - np.add.reduceat(self.right, self.starts)
        self.ways = np.diff(np.append(self.starts, len(row))) + may_be_none
        self.present: NDArray[np.bool_] = np.any(x, axis=0) | (np.arange(x.shape[1]) == self.none)

    def labels(self, theta: Vector) -> Vector:
        """How likely each row's label is."""
        return self.told(*self.chances(_sums(self.x, theta), theta[self.none]))

    def chances(self, score: Vector, none: float) -> tuple[Vector, Vector]:
        """The probabilities of pairs with these scores, and of "none of these" by row."""
        return _probabilities(score, np.where(self.may_be_none, none, -np.inf), self.row, self.starts)

    def told(self, p: Vector, p_none: Vector) -> Vector:
        """How likely each row's label is by these probabilities."""
        return np.add.reduceat(self.right * p, self.starts) + self.right_none * p_none

    def trust(self, theta: Vector) -> Vector:
        """How likely it is that each row's label is not a slip."""
        told = (1 - _SLIPS) * self.labels(theta)
        return np.where(self.sure, 1.0, told / (told + _SLIPS / self.ways))


def _parts(row: NDArray[np.int64]) -> Iterator[tuple[slice, NDArray[np.int64]]]:
    """Pairs, :data:`_PART` at a time where a row has not more, and where in them each row begins."""
    starts = np.flatnonzero(np.diff(row, prepend=-1))
    ends = np.append(starts[1:], len(row))
    first = 0
    while first < len(starts):
        after = max(int(np.searchsorted(ends, starts[first] + _PART, side="right")), first + 1)
        yield slice(int(starts[first]), int(ends[after - 1])), starts[first:after] - starts[first]
        first = after


def _most_likely(known: _Known, prior: Vector, free: NDArray[np.bool_]) -> Vector:
    """The best weights and, in turn, which labels are believed (expectation and maximisation)."""
    theta = prior.copy()
    for _ in range(_TURNS):
        theta = _climb(known, prior, theta=theta, free=free, trust=known.trust(theta))
    return theta


def _climb(known: _Known, prior: Vector, *, theta: Vector, free: NDArray[np.bool_], trust: Vector) -> Vector:
    """Newton steps on a concave function, each halved until it climbs.

    Only terms that may move are worked with: one that no pair has stays at its prior, one that is fixed adds the same
    to its pairs throughout.
    """
    moving = free & known.present
    at = np.flatnonzero(moving)
    x, fixed = np.ascontiguousarray(known.x[:, at]), _sums(known.x, np.where(moving, 0.0, theta))
    centre, whole, theta = prior[at], theta, theta[at]
    none = int(np.searchsorted(at, known.none)) if moving[known.none] else None

    def height(theta: Vector) -> tuple[float, tuple[Vector, Vector]]:
        score_none = whole[known.none] if none is None else theta[none]
        chances = known.chances(_sums(x, theta) + fixed, float(score_none))
        likely = trust @ np.log(np.maximum(known.told(*chances), _TINY))
        return float(likely - _RIDGE / 2 * ((theta - centre) ** 2).sum()), chances

    best, chances = height(theta)
    for _ in range(_ROUNDS):
        gradient, curvature = _slope(known, x, chances, trust=trust, none=none)
        gradient -= _RIDGE * (theta - centre)
        step = np.linalg.solve(curvature + _RIDGE * np.eye(len(theta)), gradient)
        while (tried := height(theta + step))[0] < best and float(np.abs(step).max()) > _CLOSE:
            step /= 2
        if tried[0] < best:
            break
        theta, (best, chances) = theta + step, tried
        if float(np.abs(step).max()) < _CLOSE:
            break
    reached = whole.copy()
    reached[at] = theta
    return reached.round(_PLACES)  # sums of floats may differ in the last places from run to run


def _slope(
    known: _Known, x: Vector, chances: tuple[Vector, Vector], *, trust: Vector, none: int | None
) -> tuple[Vector, Vector]:
    """Gradient and curvature of the labels' likelihood, where ``none`` is the place of "none of these" if it moves."""
    p, p_none = chances
    gradient = np.einsum("i,ij->j", (known.right - p) * trust[known.row], x)
    curvature = np.zeros((x.shape[1], x.shape[1]))
    heavy = p > _LIGHT
    heavy[known.starts] = True
    x, p, row = x[heavy], p[heavy], known.row[heavy]
    for pairs, starts in _parts(row):
        part, of = x[pairs], row[pairs]
        expected = part * p[pairs, None]
        mean = np.add.reduceat(expected, starts, axis=0)
        rows = of[starts]
        if none is not None:
            mean[:, none] += p_none[rows]
        expected *= trust[of, None]
        curvature += part.T @ expected
        curvature -= mean.T @ (mean * trust[rows, None])
    if none is not None:
        gradient[none] += float((trust * (known.right_none - p_none)).sum())
        curvature[none, none] += float((trust * p_none).sum())
    return gradient, curvature


def _sums(x: Vector, theta: Vector) -> Vector:
    """The score of each pair, on one thread (see :data:`_PART`)."""
    found: Vector = np.einsum("ij,j->i", x, theta)
    return found


def _probabilities(
    score: Vector, none: float | Vector, row: NDArray[np.int64], starts: NDArray[np.int64]
) -> tuple[Vector, Vector]:
    """Per pair, and per row for "none of these"."""
    top = np.maximum(np.maximum.reduceat(score, starts), none)
    e, e_none = np.exp(score - top[row]), np.exp(none - top)
    total = e_none + np.add.reduceat(e, starts)
    return e / total[row], e_none / total
