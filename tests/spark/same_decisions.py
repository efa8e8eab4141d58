"""The matcher on Spark or Sail decides as on DuckDB; run by ``scripts/spark.sh test``, which says on which.

It needs Java and packages that the product does not have, so its name keeps it out of ``make test``.
"""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.clock import fixed_clock
from core.settings import CareEngine, Settings, load_settings
from datacare import tables as care_tables
from datacare.match import Matched, decide, index_snapshot, match, parties_of
from datacare.match.spark import translate
from ledger.store import open_store
from register.sample import sample_dir
from tests.moment import NOW

ENGINE: CareEngine = Settings.model_validate({"care_engine": os.environ["RAJAUS_TEST_ENGINE"]}).care_engine
CLOSE = 1e-9
IDS = ("pid", "rid", "state", "person", "person_state")


@dataclass(frozen=True)
class Both:
    """One file matched twice."""

    duck: Matched
    other: Matched
    rows: int
    index: Path
    scratch: Path

    def decided(self) -> tuple[pa.Table, pa.Table]:
        pids = pa.array(range(self.rows), pa.int64())
        duck, other = (decide(found.parties, found.persons, pids=pids) for found in (self.duck, self.other))
        return duck, other


@pytest.fixture(scope="module")
def both(published_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Both:
    folder = tmp_path_factory.mktemp("engines")
    shutil.copytree(published_home, folder / "home")
    store = open_store(load_settings(env={}, home=folder / "home", actor="tester"), clock=fixed_clock(NOW))
    try:
        _, index = index_snapshot(store, folder / "index")
    finally:
        store.ledger.close()
    read = care_tables.read(sample_dir() / "crm.csv")
    crm, scratch = parties_of(read.table), folder / "scratch"
    scratch.mkdir()
    found = []
    for engine in ("duckdb", ENGINE):
        started = time.perf_counter()
        found.append(match(index, crm, scratch=scratch, engine=engine))
        print(f"\n{len(read.table)} rows on {engine}: {time.perf_counter() - started:.1f} s")
    return Both(found[0], found[1], len(read.table), index, scratch)


def test_R049_every_decision_is_the_same(both: Both) -> None:
    duck, other = both.decided()
    assert other.num_rows == both.rows > 400
    assert {"auto", "none", "review"} == set(duck["state"].to_pylist()), "the sample has all sorts"
    for column in IDS:
        assert other[column].to_pylist() == duck[column].to_pylist(), column
    for column in ("p", "person_p"):
        assert abs(other[column].to_numpy() - duck[column].to_numpy()).max() < CLOSE, column


def test_every_candidate_and_person_is_the_same(both: Both) -> None:
    """The whole outcome, not the best of each row alone: who was compared, at which levels, how likely."""
    for part, key in (("parties", ["pid", "rid"]), ("persons", ["pid", "rid", "person"])):
        order = [(column, "ascending") for column in key]
        duck, other = (getattr(found, part).sort_by(order) for found in (both.duck, both.other))
        assert other.column_names == duck.column_names
        assert other.num_rows == duck.num_rows > 300
        for column in duck.column_names:
            mine, theirs = duck[column].to_numpy(), other[column].to_numpy()
            same = abs(theirs - mine).max() < CLOSE if mine.dtype.kind == "f" else bool((theirs == mine).all())
            assert same, (part, column)


def test_the_weights_are_fitted_to_the_same(both: Both) -> None:
    assert both.other.labels == both.duck.labels > 0
    assert both.other.weights.terms == both.duck.weights.terms
    assert abs(both.other.weights.values - both.duck.weights.values).max() < CLOSE


def test_nothing_stays_but_the_copy_of_the_index(both: Both) -> None:
    assert list(both.scratch.iterdir()) == []
    assert sorted(path.name for path in both.index.parent.iterdir()) == [
        f"{both.index.stem}.duckdb",
        f"{both.index.stem}.parquet",
    ]
    assert pq.read_table(both.index.with_suffix(".parquet") / "r_party.parquet").num_rows > 0


@pytest.mark.parametrize(
    ("step", "there"),
    [
        ("near_words", "CAST(1.0 AS DOUBLE)"),
        ("near_words", "NULLIF("),
        ("name_best", "RAJAUS_LIKENESS("),
        ("decided", ":sure"),
        ("person_candidates", "COALESCE(theirs.last_text, '')"),
    ],
)
def test_what_engines_do_differently_is_spelled_out(step: str, there: str) -> None:
    assert there in translate(step).query
