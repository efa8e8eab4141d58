"""Test cells: disjoint, exact, whole organisations, alike; a file each, and the statement says so (R009)."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, strategies as st

from extracts import orders
from extracts.cut import cut
from extracts.gate import manifest
from ledger import cuts
from ledger.store import Store
from register.cells import NOWHERE, assign, sizes
from schemas.criteria import read_criteria


@pytest.mark.parametrize(
    ("cells", "rows", "expected"),
    [
        ({"A": 200, "B": 200}, 400, [200, 200]),
        ({"A": 200, "B": 200}, 1000, [200, 200]),
        ({"A": 200, "B": 200}, 101, [51, 50]),
        ({"A": 300, "B": 100}, 100, [75, 25]),
        ({"A": 1, "B": 1, "C": 1}, 1, [1, 0, 0]),
        ({"A": "50%", "B": "50%"}, 101, [51, 50]),
        ({"A": "10%", "B": "20%"}, 100, [10, 20]),
        ({"A": "33.3%", "B": "33.3%", "C": "33.4%"}, 1000, [333, 333, 334]),
        ({"A": "50%", "B": "50%"}, 0, [0, 0]),
    ],
)
def test_sizes_lose_nothing_by_rounding(cells: Mapping[str, int | str], rows: int, expected: list[int]) -> None:
    assert sizes(cells, rows) == expected


@given(
    st.lists(st.integers(1, 60), min_size=0, max_size=300),
    st.lists(st.integers(0, 120), min_size=2, max_size=5),
    st.booleans(),
    st.text(max_size=5),
)
def test_cells_are_disjoint_whole_and_never_too_large(
    orgs: list[int], wanted: list[int], split: bool, draw: str
) -> None:
    given_orgs = np.array(sorted(orgs), np.int64)
    placed = assign(given_orgs, wanted, draw=draw, split=split)
    assert (placed == assign(given_orgs, wanted, draw=draw, split=split)).all()
    assert len(placed) == len(orgs)
    for cell, size in enumerate(wanted):
        assert (placed == cell).sum() <= size
    in_cells = {org: set(placed[given_orgs == org]) for org in set(orgs)}
    if not split:
        assert all(len(found) == 1 for found in in_cells.values())
    largest = 1 if split else max(Counter(orgs).values(), default=0)
    unplaced = (placed == NOWHERE).sum()
    room = sum(wanted) - (len(orgs) - unplaced)
    assert unplaced == 0 or room < largest * len(wanted), "there was room"


def test_where_organisations_have_one_row_each_the_cells_are_exact() -> None:
    placed = assign(np.arange(1000), [300, 700], draw="x", split=False)
    assert [(placed == cell).sum() for cell in (0, 1)] == [300, 700]
    assert 60 < (placed[:300] == 0).sum() < 120, "not a draw but an order"


def test_large_organisations_are_dealt_out_in_proportion() -> None:
    orgs = np.repeat(np.arange(140), [10] * 40 + [1] * 100)
    placed = assign(orgs, [250, 250], draw="x", split=False)
    large = [len(set(orgs[(placed == cell) & (orgs < 40)])) for cell in (0, 1)]
    assert large == [20, 20]
    assert (placed != NOWHERE).all()


@pytest.mark.parametrize(("split", "formats"), [(False, ("csv", "xlsx")), (True, ("csv",))])
def test_a_cut_writes_a_file_for_each_cell_and_the_statement_names_their_rows(
    register_store: Store, campaign: str, tmp_path: Path, split: bool, formats: tuple[str, ...]
) -> None:
    file = tmp_path / "criteria.json"
    asked = {
        "organisation": {"kind": ["company"]}, "person": {"level": [1, 2, 3, 4]},
        "cells": {"A": 120, "B": 60}, "split_organisations": split,
    }  # fmt: skip
    file.write_text(json.dumps(asked))
    placed = orders.place(register_store, campaign, read_criteria(file), formats=formats)
    statement = placed["statement"]
    parts = ("unavailable", "already_received", "capped")
    assert statement["selected"] - sum(statement[part] for part in parts) == statement["to_deliver"] <= 180
    made = cut(register_store, placed["order"])
    assert made["persons"] == statement["to_deliver"] == sum(statement["cells"].values())
    assert len(made["files"]) == 2 * len(formats)
    rows: dict[str, list[dict[str, str]]] = {}
    for listed in made["files"]:
        path = Path(listed["path"])
        assert path.stem.endswith(("-A", "-B"))
        if path.suffix == ".csv":
            with path.open(encoding="utf-8", newline="") as lines:
                rows[path.stem[-1]] = list(csv.DictReader(lines))
                assert len(rows[path.stem[-1]]) == listed["rows"]
    with register_store.ledger.read() as connection:
        extract = cuts.extract(connection, made["extract"])
    listed_in, _ = manifest.read(register_store.path(extract["manifest"]))
    persons = {number for number in listed_in["number"].to_pylist() if number is not None}
    written = {name: sum(int(row["row"]) in persons for row in found) for name, found in rows.items()}
    assert written == statement["cells"]
    assert 55 <= statement["cells"]["B"] <= 60 < 115 <= statement["cells"]["A"] <= 120
    numbered = [int(row["row"]) for found in rows.values() for row in found]
    assert sorted(numbered) == list(range(1, made["rows"] + 1))
    shared = {row["business_id"] for row in rows["A"] if int(row["row"]) in persons} & {
        row["business_id"] for row in rows["B"] if int(row["row"]) in persons
    }
    assert bool(shared) is split
