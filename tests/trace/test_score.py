"""The e-value against a slow obvious reading of fingerprint.md 2.6, and its promise against simulated leaks (R039)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, strategies as st

from extracts.trace.decide import thresholds, weights
from extracts.trace.score import Floats, Tally, e_values, log_mean, log_seeds

LOW, HIGH = 0.2113, 0.7887
ROWS = ((0.98, 0.40), (0.85, 0.18), (0.6, 0.13), (0.4, 0.11), (0.25, 0.08), (0.12, 0.06), (0.05, 0.04))
ALTERED = ((0.02, 0.6), (0.25, 0.4))
CELLS = ((0.95, 0.25), (0.75, 0.2), (0.5, 0.2), (0.33, 0.15), (0.2, 0.1), (0.1, 0.1))


@dataclass(frozen=True)
class Row:
    """One leaked unit of a pool: ``cells`` holds 1/P(y) for the right symbol, 0 for the wrong, None for none."""

    delivered: bool
    cells: tuple[float | None, ...]


def reference(rows: list[Row], share: float, layers: tuple[str, ...], seen: int, placed: int) -> float:
    """e of one extract, term by term as printed."""
    copied = 0.0
    for rate, weight in ROWS:
        for altered, altered_weight in ALTERED:
            product = 1.0
            for row in rows:
                a = 0.0
                if row.delivered:
                    a = 1 / share
                    for cell in row.cells:
                        if cell is not None:
                            a *= (1 - altered) * cell + altered
                product *= rate * a + 1 - rate
            copied += weight * altered_weight * product
    membership = sum(
        weight * math.prod(rate * row.delivered / share + 1 - rate for row in rows) for rate, weight in ROWS
    )
    symbols = 1.0
    for layer in dict.fromkeys(layers):
        symbols *= sum(
            weight
            * math.prod(
                rate * cell + 1 - rate
                for row in rows
                if row.delivered
                for cell, of in zip(row.cells, layers, strict=True)
                if of == layer and cell is not None
            )
            for rate, weight in CELLS
        )
    seeds = (0.8 + 0.2 / 1e-6) ** seen * 0.8 ** (placed - seen)
    return (0.6 * copied + 0.4 * membership * symbols) * seeds


def tally(extracts: list[list[Row]], channels: int, *, share: float) -> Tally:
    rows = [(index, row) for index, of_extract in enumerate(extracts) for row in of_extract]
    return Tally(
        extract=np.array([index for index, _ in rows], np.int64),
        delivered=np.array([row.delivered for _, row in rows], np.bool_),
        ratio=np.array([[np.nan if cell is None else cell for cell in row.cells] for _, row in rows]).reshape(
            -1, channels
        ),
        units=np.ones(len(rows), np.int64),
        share=np.full(len(rows), share),
    )


_cell = st.sampled_from([None, 0.0, 1 / LOW, 1 / HIGH])


@given(
    extracts=st.lists(
        st.lists(st.builds(Row, st.booleans(), st.tuples(_cell, _cell, _cell)), max_size=12), min_size=1, max_size=4
    ),
    share=st.sampled_from([0.5, 0.8, 0.98, 1.0]),
    seen=st.integers(0, 2),
    unseen=st.integers(0, 5),
)
def test_score_equals_the_formula_term_by_term(extracts: list[list[Row]], share: float, seen: int, unseen: int) -> None:
    """R039: counts and logarithms give what the printed products give."""
    layers = ("L1", "L2", "L1")
    scores = e_values(
        tally(extracts, 3, share=share),
        layers=layers,
        seeds_seen=np.full(len(extracts), seen),
        seeds_placed=np.full(len(extracts), seen + unseen),
    )
    expected = [math.log(reference(rows, share, layers, seen, seen + unseen)) for rows in extracts]
    assert scores.log_e == pytest.approx(expected, abs=1e-9)
    assert scores.log_e == pytest.approx(scores.keyed + scores.seeds)


def test_equal_rows_may_be_counted_together() -> None:
    rows = [Row(True, (1 / LOW,))] * 5 + [Row(False, (None,))] * 2
    apart = tally([rows], 1, share=0.5)
    together = Tally(
        extract=np.zeros(2, np.int64),
        delivered=np.array([True, False]),
        ratio=np.array([[1 / LOW], [np.nan]]),
        units=np.array([5, 2]),
        share=np.array([0.5, 0.5]),
    )
    alone = {"layers": ("L1",), "seeds_seen": np.array([0]), "seeds_placed": np.array([0])}
    assert e_values(apart, **alone).log_e == pytest.approx(e_values(together, **alone).log_e)  # type: ignore[arg-type]


def test_a_unit_whose_selection_bit_says_nothing_counts_only_its_symbols() -> None:
    """Naming a campaign: the holes a customer's campaigns share must not speak for one of them."""
    counted = Tally(
        extract=np.zeros(2, np.int64),
        delivered=np.array([True, False]),
        ratio=np.array([[np.nan], [np.nan]]),
        units=np.array([500, 3]),
        share=np.array([np.nan, np.nan]),
    )
    found = e_values(counted, layers=("L1",), seeds_seen=np.array([0]), seeds_placed=np.array([0]))
    assert found.log_e == pytest.approx([0.0])


def test_a_customer_counts_as_the_mean_of_its_extracts() -> None:
    assert log_mean(np.array([math.log(3.0), math.log(5.0), -np.inf])) == pytest.approx(math.log(8 / 3))


def test_two_seeds_alone_pass_a_uniform_threshold_over_ten_thousand_extracts() -> None:
    """fingerprint.md 2.4: one seed is worth about 12 nats, and 23.03 are needed."""
    both, one = log_seeds(seen=np.array([2, 1]), placed=np.array([6, 6]))
    assert both > math.log(1e10) > one


# --- simulated leaks --------------------------------------------------------------------------------


@dataclass(frozen=True)
class World:
    """Extracts over one population, as arrays: extracts × units."""

    pool: np.ndarray
    delivered: np.ndarray
    symbol: np.ndarray
    marked: np.ndarray
    p: np.ndarray
    share: Floats


def world(
    rng: np.random.Generator, *, extracts: int, population: int, pool: int, deliver: int, coverage: float = 0.6
) -> World:
    """Every extract draws its pool, its holes and its symbols by itself."""
    chosen = np.argsort(rng.random((extracts, population)), axis=1)[:, :pool]
    in_pool = np.zeros((extracts, population), bool)
    np.put_along_axis(in_pool, chosen, True, axis=1)
    delivered = np.zeros_like(in_pool)
    np.put_along_axis(delivered, chosen[:, :deliver], True, axis=1)
    p = rng.choice([LOW, HIGH], population)
    return World(
        in_pool,
        delivered,
        rng.random((extracts, population)) < p,
        rng.random(population) < coverage,
        p,
        np.full(extracts, deliver / pool),
    )


def leak(rng: np.random.Generator, made: World, units: np.ndarray, symbols: np.ndarray | None) -> Floats:
    """Log e of every extract for leaked ``units`` that show ``symbols`` (None: the lists were sorted or dropped)."""
    extract, column = np.nonzero(made.pool[:, units])
    unit = units[column]
    if symbols is None:
        ratio = np.full(len(unit), np.nan)
    else:
        shown = symbols[column]
        prior = np.where(shown, made.p[unit], 1 - made.p[unit])
        ratio = np.where(made.symbol[extract, unit] == shown, 1 / prior, 0.0)
        ratio[~made.marked[unit]] = np.nan
    none = np.zeros(len(made.share), np.int64)
    counted = Tally(
        extract=extract,
        delivered=made.delivered[extract, unit],
        ratio=ratio[:, None],
        units=np.ones(len(unit), np.int64),
        share=made.share[extract],
    )
    return e_values(counted, layers=("L1",), seeds_seen=none, seeds_placed=none).log_e


def test_an_innocent_extract_keeps_to_its_bound_on_every_kind_of_leak() -> None:
    """R039, acceptance row 16: mean e at most 1 and P(e >= t) <= 1/t, lists without a source included (T28)."""
    rng = np.random.default_rng(20)
    found: list[Floats] = []
    for _ in range(60):
        made = world(rng, extracts=200, population=400, pool=120, deliver=60)
        size = int(rng.integers(5, 120))
        units = rng.choice(400, size, replace=False)
        symbols = rng.random(size) < made.p[units] if rng.random() < 0.7 else rng.random(size) < 0.5
        found.append(leak(rng, made, units, symbols if rng.random() < 0.8 else None))
    log_e = np.concatenate(found)
    assert np.exp(log_e).mean() < 1.3, "a heavy tail: the mean of 12,000 draws scatters around at most 1"
    for bound in (10, 100):
        assert (np.exp(log_e) >= bound).mean() <= 1 / bound
    assert log_e.max() < math.log(200 / 1e-6), "nobody may be accused"


def test_an_innocent_extract_keeps_to_its_bound_beside_a_true_source() -> None:
    """R039: the same pool, another customer."""
    rng = np.random.default_rng(21)
    found = []
    for _ in range(60):
        made = world(rng, extracts=100, population=160, pool=160, deliver=80)
        units = rng.permutation(np.flatnonzero(made.delivered[0]))[:50]
        found.append(leak(rng, made, units, made.symbol[0, units])[1:])
    log_e = np.concatenate(found)
    assert np.exp(log_e).mean() < 1.3
    for bound in (10, 100):
        assert (np.exp(log_e) >= bound).mean() <= 1 / bound


@pytest.mark.parametrize(
    ("rows", "deliver", "pool", "marks", "needed"),
    [
        (45, 1000, 2000, False, 0.99),
        (130, 1000, 1250, False, 0.99),
        (45, 1000, 2000, True, 0.99),
        (20, 1000, 2000, False, 0.0),
    ],
)
def test_part_of_an_extract_is_attributed_as_often_as_required(
    rows: int, deliver: int, pool: int, marks: bool, needed: float
) -> None:
    """R039, acceptance row 5: bare identities of N of 2N (45) or 1.25 N (130), threshold of 10,000 extracts."""
    rng = np.random.default_rng(22)
    hits = []
    for _ in range(60):
        made = world(rng, extracts=2, population=pool, pool=pool, deliver=deliver)
        units = rng.permutation(np.flatnonzero(made.delivered[0]))[:rows]
        log_e = leak(rng, made, units, made.symbol[0, units] if marks else None)
        hits.append(log_e[0] >= math.log(1e10))
        assert log_e[1] < math.log(1e10)
    assert (np.mean(hits) >= needed) if needed else not any(hits)


def test_ten_thousand_lists_without_a_source_accuse_nobody() -> None:
    """R039, acceptance row 15: lists of 40 persons by chance, half of them with list orders by chance."""
    rng = np.random.default_rng(23)
    extracts, lists, population = 10, 500, 400
    made = world(rng, extracts=extracts, population=population, pool=160, deliver=80)
    highest = -math.inf
    for _ in range(20):
        listed = np.argsort(rng.random((lists, population)), axis=1)[:, :40]
        shown = rng.random((lists, 40)) < made.p[listed]
        of_list, extract, column = np.nonzero(made.pool[:, listed].transpose(1, 0, 2))
        unit, seen = listed[of_list, column], shown[of_list, column]
        ratio = np.where(made.symbol[extract, unit] == seen, 1 / np.where(seen, made.p[unit], 1 - made.p[unit]), 0.0)
        ratio[~made.marked[unit] | (of_list % 2 == 1)] = np.nan
        pair = of_list * extracts + extract
        counted = Tally(
            extract=pair,
            delivered=made.delivered[extract, unit],
            ratio=ratio[:, None],
            units=np.ones(len(pair), np.int64),
            share=made.share[extract],
        )
        none = np.zeros(lists * extracts, np.int64)
        log_e = e_values(counted, layers=("L1",), seeds_seen=none, seeds_placed=none).log_e.reshape(lists, extracts)
        coverage = np.bincount(pair, minlength=lists * extracts).reshape(lists, extracts) / 40
        margin = [log_e[one] - thresholds(weights(coverage[one]), alpha=1e-6) for one in range(lists)]
        highest = max(highest, np.max(margin))
    assert highest < 0
