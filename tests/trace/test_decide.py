"""Thresholds, seeds, campaigns, leads (fingerprint.md 2.7)."""

from __future__ import annotations

import math

import numpy as np
import pytest

from extracts.trace.decide import Accusation, Party, accuse, leads, log_e_of, p_value, passing, thresholds, weights


def test_without_matches_all_extracts_weigh_the_same() -> None:
    assert weights(np.zeros(4)) == pytest.approx([0.25] * 4)


def test_weights_sum_to_one_and_favour_the_extract_whose_selection_covers_the_leak() -> None:
    found = weights(np.array([1.0, 0.5, 0.5, 0.0]))
    assert found.sum() == pytest.approx(1)
    assert found[0] == pytest.approx(1 / 8 + 1 / 2, abs=1e-5)
    assert found[3] == pytest.approx(1 / 8)


def test_the_uniform_threshold_over_ten_thousand_extracts_is_23_nats() -> None:
    assert thresholds(np.full(10_000, 1e-4), alpha=1e-6) == pytest.approx(23.026, abs=1e-3)


@pytest.mark.parametrize(
    ("log_e", "keyed", "seen", "passes"),
    [
        (24.0, 24.0, 0, True),
        (22.9, 22.9, 0, False),
        (24.0, 0.0, 2, True),
        (24.0, 4.9, 1, False),  # one seed may have strayed
        (24.0, 11.0, 1, True),
    ],
)
def test_who_passes(log_e: float, keyed: float, seen: int, passes: bool) -> None:
    found = passing(np.array([log_e]), np.array([keyed]), threshold=np.array([23.0]), seeds_seen=np.array([seen]))
    assert found.tolist() == [passes]


PARTIES = [
    Party("x1", "c1", "k1", None),
    Party("x2", "c1", "k2", None),
    Party("x3", "c1", "k2", None),
    Party("x4", "c2", "k4", None),
]


def _accused(log_e: list[float], passed: list[bool], campaigns: dict[str, float]) -> list[Accusation]:
    return accuse(PARTIES, log_e=np.array(log_e), passed=np.array(passed), campaign_log_e=campaigns)


def test_a_campaign_is_named_from_20_000_on_for_a_customer_with_two() -> None:
    limit = math.log(2e4)
    proven = _accused([30, 28, 0, 0], [True, True, False, False], {"k1": limit + 0.01, "k2": limit - 0.01})
    assert proven == [Accusation(0, campaign_named=True)]
    unproven = _accused([30, 28, 0, 0], [True, True, False, False], {"k1": limit - 0.01, "k2": limit - 0.01})
    assert unproven == [Accusation(0, campaign_named=False)]


def test_two_proven_campaigns_of_a_customer_are_two_accusations_each_by_its_best_extract() -> None:
    both = _accused([30, 28, 31, 25], [True] * 4, {"k1": 20.0, "k2": 20.0, "k4": 25.0})
    assert both == [Accusation(2, True), Accusation(0, True), Accusation(3, True)]


def test_leads_are_the_top_ten_from_5_nats_on_without_the_customers_already_accused() -> None:
    log_e = np.array([40.0, 39.0, 4.9, *np.linspace(5, 6, 20)])
    found = leads(log_e, barred=np.array([True, True] + [False] * 21))
    assert found == list(range(22, 12, -1))


def test_a_customer_and_a_reseller_count_as_the_mean_of_their_extracts() -> None:
    log_e = np.log(np.array([2.0, 4.0, 6.0]))
    assert log_e_of(["a", "b", "a"], log_e) == pytest.approx({"a": math.log(4), "b": math.log(4)})
    assert log_e_of([None, None, "r"], log_e) == pytest.approx({"r": math.log(6)})


def test_p_is_never_above_one_and_never_zero() -> None:
    assert p_value(-3.0) == 1.0
    assert p_value(math.log(1e8)) == pytest.approx(1e-8)
    assert p_value(math.log(1e8), weight=1e-4) == pytest.approx(1e-4)
    assert p_value(5_000.0) > 0
