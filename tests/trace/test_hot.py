"""Hot rows: all that is withheld lies among rows that are the same for every customer (fingerprint.md 2.3, R037)."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pytest

from extracts.recheck import verify
from extracts.trace.matching import Manifest
from extracts.trace.score import Tally, e_values
from tests.trace.disputed import dispute

NONE = np.zeros(1, np.int64)


def log_e(delivered: np.ndarray, hot: np.ndarray, shares: tuple[float, float]) -> float:
    """Of one extract, by who was delivered alone."""
    counted = Tally(
        extract=np.zeros(len(hot), np.int64),
        delivered=delivered,
        ratio=np.zeros((len(hot), 0)),
        units=np.ones(len(hot), np.int64),
        share=np.array(shares)[hot.astype(np.int64)],
    )
    return float(e_values(counted, layers=(), seeds_seen=NONE, seeds_placed=NONE).log_e[0])


@pytest.mark.parametrize("leaked", [range(8), range(5), (0, 1, 6, 7), (4, 5, 6), (7,)])
def test_R039_an_innocent_s_e_value_has_mean_at_most_one_whatever_leaked(leaked: tuple[int, ...]) -> None:
    """Every way to withhold three of six hot rows, two rows being certain."""
    hot = np.array([True] * 6 + [False] * 2)
    shares = Manifest("x", eligible=8, delivered=5, key_id="k", hot=6).shares
    assert shares == (1.0, 0.5)
    shown = np.array(leaked)
    values = []
    for gone in itertools.combinations(range(6), 3):
        delivered = np.ones(8, bool)
        delivered[list(gone)] = False
        values.append(np.exp(log_e(delivered[shown], hot[shown], shares)))
    assert np.mean(values) <= 1 + 1e-9


@pytest.mark.parametrize(("thieves", "least"), [(2, 1), (3, 2)], ids=["union of two", "majority of three"])
def test_R039_merged_copies_without_any_mark_tell_their_sources_by_hot_rows_alone(thieves: int, least: int) -> None:
    """Bare identities, 10,000 rows, 5 % withheld: what the scheme's own simulation says of hot rows."""
    rng = np.random.default_rng(thieves)
    rows, gone = 10_000, 500
    found = {}
    for hot_rows in (2 * gone, rows):
        hot = np.arange(rows) < hot_rows
        copies = np.ones((thieves, rows), bool)
        for copy in copies:
            copy[rng.choice(hot_rows, gone, replace=False)] = False
        shown = copies.sum(axis=0) >= least
        shares = (1.0, 0.5) if hot_rows < rows else (1 - gone / rows,) * 2
        found[hot_rows] = max(log_e(copy[shown], hot[shown], shares) for copy in copies)
    assert found[2 * gone] > 23.03 > found[rows]


def test_R039_a_copy_with_hot_rows_is_traced_and_its_evidence_can_be_checked(tmp_path: Path) -> None:
    made = dispute(tmp_path, hot=160)
    exhibit = made.document()["exhibits"][0]
    assert (exhibit["extract"], exhibit["hot"], exhibit["delivered"]) == ("x1", 160, 320)
    assert {unit["share"] for unit in exhibit["units"]} == {1.0, 0.5}
    whole = verify(made.evidence, suspect=made.suspect, delivered=made.delivered, revealed=made.revealed)
    assert (whole["ok"], whole["findings"]) == (True, [])
    assert [one["extract"] for one in whole["accused"]] == ["x1"]


def test_R039_which_rows_were_hot_cannot_be_chosen_after_the_release(tmp_path: Path) -> None:
    """It is in the commitment: a list with another hot row is not the one that was committed to."""
    made = dispute(tmp_path, hot=160)
    keys = made.keys()
    cold = next(one for one in keys["disclosures"] if one["row"] is not None and not one["hot"])
    cold["hot"] = True
    changed = tmp_path / "changed.json"
    changed.write_text(json.dumps(keys), encoding="utf-8")
    found = {one["finding"] for one in verify(made.evidence, revealed=changed)["findings"]}
    assert found == {"disclosures_differ", "shares_differ"}


@pytest.mark.parametrize("hot", [0, 160])
def test_R039_a_share_that_does_not_follow_from_the_list_is_found(tmp_path: Path, hot: int) -> None:
    made = dispute(tmp_path, hot=hot)
    document = made.document()
    for unit in document["exhibits"][0]["units"]:
        unit["share"] *= 0.9
    forged = tmp_path / "forged.json"
    forged.write_text(json.dumps(document), encoding="utf-8")
    found = {one["finding"] for one in verify(forged, revealed=made.revealed)["findings"]}
    assert "shares_differ" in found
