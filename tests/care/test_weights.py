"""The conditional logit: its probabilities, its fit, and the same score in SQL."""

from __future__ import annotations

import math
from itertools import pairwise

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, strategies as st

import sql
from datacare.match import weights
from datacare.match.weights import LEVELS, MEASURES, Pairs, priors

HIGHEST = {"name": 8, "identifier": 5, "phone": 3, "domain": 3, "address": 6, "person": 6, "birth": 3, "other": 2}
feature = st.fixed_dictionaries(
    {name: st.integers(0, HIGHEST[name]) for name in LEVELS}
    | {name: st.floats(0, 2, allow_nan=False, width=16) for name in MEASURES}
)


def slow_score(row: dict[str, float]) -> float:
    """The score as the text says it: a weight per agreement level, and per measure times the measure."""
    weight = dict(zip(priors().terms, priors().values, strict=True))
    return sum(weight[f"{name} {int(row[name])}"] for name in LEVELS) + sum(weight[m] * row[m] for m in MEASURES)


@given(st.lists(st.tuples(st.integers(1, 4), feature), min_size=1, max_size=12))
def test_the_score_in_sql_is_the_formula_and_adds_up_to_one(rows: list[tuple[int, dict[str, float]]]) -> None:
    table = pa.Table.from_pylist([{"pid": pid, "rid": at} | row for at, (pid, row) in enumerate(rows)])
    with duckdb.connect() as connection:
        connection.register("feature", table)
        connection.register("weight", priors().table())
        connection.execute(sql.load("datacare/score"))
        found = {row["rid"]: row for row in connection.table("scored").to_arrow_table().to_pylist()}
    none = dict(zip(priors().terms, priors().values, strict=True))["none"]
    for at, (pid, row) in enumerate(rows):
        of_row = [slow_score(other) for number, other in rows if number == pid]
        total = math.exp(none) + sum(math.exp(score) for score in of_row)
        assert found[at]["p"] == pytest.approx(math.exp(slow_score(row)) / total, rel=1e-9)
        assert found[at]["p_none"] == pytest.approx(math.exp(none) / total, rel=1e-9)


def made(rows: int, *, seed: int) -> Pairs:
    """Rows with three candidates of random agreement, the right one drawn by other weights than the priors."""
    draw = np.random.default_rng(seed)
    levels = {name: draw.integers(0, HIGHEST[name] + 1, rows * 3).astype(float) for name in LEVELS}
    measures = {name: draw.random(rows * 3) for name in MEASURES}
    x = weights.design(levels | measures)
    truth = np.delete(priors().values, priors().terms.index("none")) * 0.5
    score = (x @ truth).reshape(rows, 3)
    p = np.exp(np.column_stack([score, np.full(rows, np.median(score.max(axis=1)))]))
    p /= p.sum(axis=1, keepdims=True)
    chosen = np.array([draw.choice(4, p=one) for one in p])
    right = (chosen[:, None] == np.arange(3)[None, :]).ravel()
    return Pairs(x, np.repeat(np.arange(rows), 3), right, np.ones(rows, dtype=bool))


def likelihood(pairs: Pairs, values: np.ndarray, *, trust: np.ndarray) -> float:
    none = priors().terms.index("none")
    score = pairs.design @ np.delete(values, none)
    total = 0.0
    for number in range(len(pairs.labelled)):
        of_row = pairs.row == number
        logs = [*score[of_row], values[none]]
        right = score[of_row][pairs.right[of_row]]
        total += trust[number] * ((right[0] if len(right) else values[none]) - math.log(sum(map(math.exp, logs))))
    return total - 0.5 * float(((values - priors().values) ** 2).sum())


def test_the_fit_is_the_most_likely_within_the_ridge(monkeypatch: pytest.MonkeyPatch) -> None:
    """When every label is believed."""
    monkeypatch.setattr(weights, "_SLIPS", 0.0)
    pairs = made(400, seed=3)
    trust = np.ones(400)
    fitted = weights.fit(pairs)
    best = likelihood(pairs, fitted.values, trust=trust)
    assert best > likelihood(pairs, priors().values, trust=trust)
    for at in range(len(fitted.values)):
        for step in (-0.05, 0.05):
            moved = fitted.values.copy()
            moved[at] += step
            assert likelihood(pairs, moved, trust=trust) < best


def plain(rows: int, *, wrong: int) -> Pairs:
    """Rows whose first candidate agrees in everything and whose second in hardly anything; of ``wrong`` rows the label
    says the second, as an identifier of a sister would."""
    features = {name: np.tile([float(HIGHEST[name]), 1.0], rows) for name in LEVELS}
    features |= {name: np.tile([1.0, 0.2], rows) for name in MEASURES}
    right = np.array([[at >= wrong, at < wrong] for at in range(rows)]).ravel()
    return Pairs(weights.design(features), np.repeat(np.arange(rows), 2), right, np.ones(rows, dtype=bool))


def test_a_few_labels_that_all_else_contradicts_change_little() -> None:
    """An identifier can be the sister's: one in a hundred such labels must not make the engine unsure of the rest."""
    clean, worn = (weights.fit(plain(300, wrong=wrong)).values for wrong in (0, 3))
    assert np.abs(clean - worn).max() < 0.25


def test_labels_of_found_rows_alone_say_nothing_of_how_many_are_found() -> None:
    """The share is estimated from all rows, and agreement weighs no less than before."""
    pairs = plain(300, wrong=0)
    fitted = dict(zip(priors().terms, weights.fit(pairs).values, strict=True))
    before = dict(zip(priors().terms, priors().values, strict=True))
    assert all(fitted[f"{name} {HIGHEST[name]}"] >= before[f"{name} {HIGHEST[name]}"] - 1e-9 for name in LEVELS)
    assert fitted["none"] < before["none"], "all are found, more than the priors expect"


def test_with_fewer_columns_less_agreement_is_enough() -> None:
    pairs = plain(10, wrong=0)
    none, terms = priors().terms.index("none"), [term for term in priors().terms if term != "none"]
    without = pairs.design.copy()
    without[:, [at for at, term in enumerate(terms) if term.startswith("phone ")]] = 0.0
    missing = Pairs(without, pairs.row, pairs.right, pairs.labelled)
    assert weights.expected(pairs).values[none] == priors().values[none]
    assert weights.expected(missing).values[none] < priors().values[none]


def test_a_fixed_feature_keeps_its_prior_weights_and_the_same_pairs_give_the_same_weights() -> None:
    pairs = made(400, seed=4)
    fitted = weights.fit(pairs, fixed=("identifier",))
    for term, value, prior in zip(fitted.terms, fitted.values, priors().values, strict=True):
        assert (value == prior) == term.startswith("identifier"), term
    assert np.array_equal(fitted.values, weights.fit(pairs, fixed=("identifier",)).values)


def test_without_labels_only_the_share_of_found_rows_is_estimated() -> None:
    pairs = made(300, seed=5)
    unlabelled = Pairs(pairs.design, pairs.row, pairs.right, np.zeros(300, dtype=bool))
    fitted = weights.fit(unlabelled)
    changed = [t for t, v, p in zip(fitted.terms, fitted.values, priors().values, strict=True) if v != p]
    assert changed == ["none"]


def test_better_agreement_never_weighs_less_in_the_priors() -> None:
    weight = dict(zip(priors().terms, priors().values, strict=True))
    for name in LEVELS:
        values = [weight[f"{name} {level}"] for level in range(1, HIGHEST[name] + 1)]
        assert all(low <= high for low, high in pairwise(values)), name


def doubtful(rows: int, *, right: bool, seed: int) -> Pairs:
    """Rows whose one candidate has the name and another street; people said of all that it is right, or not."""
    draw = np.random.default_rng(seed)
    features = {name: np.zeros(rows) for name in LEVELS} | {name: np.full(rows, 0.8) for name in MEASURES}
    features |= {"name": np.full(rows, 5.0), "address": np.ones(rows), "phone": draw.integers(0, 2, rows).astype(float)}
    answer = np.full(rows, right)
    return Pairs(weights.design(features), np.arange(rows), answer, np.ones(rows, dtype=bool))


def together(upload: Pairs, decided: Pairs) -> Pairs:
    """An upload, and rows that people decided earlier."""
    before = len(upload.labelled)
    return Pairs(
        np.concatenate([upload.design, decided.design]),
        np.concatenate([upload.row, decided.row + before]),
        np.concatenate([upload.right, decided.right]),
        np.concatenate([upload.labelled, decided.labelled]),
        said=np.arange(before + len(decided.labelled)) >= before,
    )


def chances(pairs: Pairs, fitted: weights.Weights) -> np.ndarray:
    """The probability of each pair."""
    none = fitted.terms.index("none")
    e = np.exp(pairs.design @ np.delete(fitted.values, none))
    return np.asarray(e / (np.exp(fitted.values[none]) + np.bincount(pairs.row, weights=e))[pairs.row])


@pytest.mark.parametrize("upload", [made(400, seed=6), plain(300, wrong=0)], ids=["none told", "found rows only"])
def test_R049_what_people_decided_moves_rows_like_those(upload: Pairs) -> None:
    """Also against what the automatic labels say, and whether or not those tell of rows that are nobody."""
    like = doubtful(200, right=True, seed=7)
    before = chances(like, weights.fit(upload)).mean()
    no = chances(like, weights.fit(together(upload, doubtful(200, right=False, seed=7)))).mean()
    yes = chances(like, weights.fit(together(upload, like))).mean()
    assert no < before < yes
    assert no < 0.15
    assert yes > 0.85


def test_R049_a_person_is_believed_where_an_identifier_is_not() -> None:
    """The same answers against everything else: as identifiers they are slips, as decisions they count in full."""
    clean = weights.fit(plain(300, wrong=0))
    against = plain(60, wrong=60)
    all_clear = plain(1, wrong=0)
    slips = weights.fit(Pairs(*_both(plain(300, wrong=0), against)))
    believed = weights.fit(together(plain(300, wrong=0), against))
    first = [chances(all_clear, fitted)[0] for fitted in (clean, slips, believed)]
    assert first[1] > 0.95
    assert first[2] < first[1] - 0.05


def _both(first: Pairs, second: Pairs) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    joined = together(first, second)
    return joined.design, joined.row, joined.right, joined.labelled


def test_R049_right_decisions_calibrate_no_worse() -> None:
    """Decided are the doubtful rows alone, as in earnest; said and true are compared on rows that the fit never saw."""
    upload, before = made(400, seed=8), made(1000, seed=9)
    first = weights.fit(upload)
    best = np.maximum.reduceat(chances(before, first), np.flatnonzero(np.diff(before.row, prepend=-1)))
    doubted = ((best > 0.05) & (best < 0.985))[before.row]
    _, row = np.unique(before.row[doubted], return_inverse=True)
    decided = Pairs(before.design[doubted], row, before.right[doubted], np.ones(row.max() + 1, dtype=bool))
    assert len(decided.labelled) >= 200
    unseen = made(2000, seed=10)
    errors = [error(chances(unseen, one), unseen.right) for one in (first, weights.fit(together(upload, decided)))]
    assert errors[1] <= errors[0] + 0.002


def error(p: np.ndarray, right: np.ndarray) -> float:
    """The mean difference between what was said and what was, by tenths of probability."""
    tenth = np.minimum((p * 10).astype(int), 9)
    return float(
        sum(abs(p[tenth == at].mean() - right[tenth == at].mean()) * (tenth == at).mean() for at in set(tenth))
    )


@pytest.mark.parametrize("part", [1, 7, 10_000])
def test_the_fit_is_the_same_however_many_pairs_are_multiplied_at_a_time(
    monkeypatch: pytest.MonkeyPatch, part: int
) -> None:
    pairs = made(300, seed=5)
    fitted = weights.fit(pairs).values
    monkeypatch.setattr(weights, "_PART", part)
    assert np.array_equal(weights.fit(pairs).values, fitted)


def test_a_term_that_no_pair_has_stays_at_its_prior_and_so_does_a_fixed_one() -> None:
    pairs = made(300, seed=6)
    terms = [term for term in priors().terms if term != "none"]
    pairs.design[:, [at for at, term in enumerate(terms) if term.startswith("birth")]] = 0.0
    fitted, expected = weights.fit(pairs, fixed=("identifier",)).values, weights.expected(pairs).values
    stays = np.array([term.startswith(("birth", "identifier")) for term in priors().terms])
    assert np.array_equal(fitted[stays], expected.round(4)[stays])
    assert not np.allclose(fitted[~stays], expected[~stays], atol=0.01)
