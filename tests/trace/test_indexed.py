"""The sweep over the index against the statements over the manifests: the same counts (R039, acceptance row 17)."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from extracts import trace as tracing
from extracts.trace import segments
from extracts.trace.index import build
from extracts.trace.indexed import Indexed
from extracts.trace.matching import Matching, open_matching
from extracts.trace.merging import merged
from extracts.trace.score import Tally
from extracts.trace.suspect import read_suspect
from ledger import traces
from ledger.store import Store
from tests.trace.house import House, Person, leak, people


def _staffed(number: int, *, seed: int) -> list[Person]:
    """People of whom up to six share a company, and a few a mailbox."""
    chance = random.Random(seed)
    made: list[Person] = []
    for one in people(number, seed=seed):
        colleague = one
        if made and chance.random() < 0.7:
            boss = made[-1]
            colleague = replace(
                one,
                organisation=boss.organisation,
                business_id=boss.business_id,
                organisation_fold=boss.organisation_fold,
                email=boss.email if chance.random() < 0.1 else one.email,
            )
        made.append(colleague)
    return made


def _counted(tally: Tally) -> Counter[tuple[object, ...]]:
    found: Counter[tuple[object, ...]] = Counter()
    for extract, delivered, ratio, units, share in zip(
        tally.extract, tally.delivered, tally.ratio, tally.units, tally.share, strict=True
    ):
        read = tuple(None if np.isnan(one) else round(float(one), 9) for one in ratio)
        found[int(extract), bool(delivered), read, None if np.isnan(share) else round(float(share), 9)] += int(units)
    return found


@pytest.fixture(params=[10_000, 150], ids=["one segment", "several"])
def filled(request: pytest.FixtureRequest, store: Store, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setattr(segments, "SEGMENT_ROWS", request.param)
    monkeypatch.setattr(segments, "LEAST", 2)
    monkeypatch.setattr(segments, "MERGED", 2)
    house = House(store, forms=True)
    everybody = _staffed(160, seed=4)
    chance = random.Random(6)
    for number in range(7):
        pool = chance.sample(everybody, 90)
        house.forms = number != 3  # an extract from before the channel was set
        house.release(
            f"x{number}",
            pool,
            deliver=60,
            customer=f"c{number % 3}",
            campaign=f"k{number % 5}",
            excluding=number > 4,
            hot=50 if number in (1, 4) else 0,
        )
    return house


@pytest.mark.parametrize("seed", range(3))
def test_R039_the_index_and_the_manifests_give_the_same_counts(filled: House, tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    rows = [row for cut in chance.sample(filled.cuts, 3) for row in cut.rows]
    shown = chance.sample(rows, 80) + [  # other spellings and contradicting forms
        row | {"organisation_name": row["organisation_name"].replace(" Oy", " OY")} for row in chance.sample(rows, 15)
    ]
    file = leak(tmp_path / "l.csv", shown)
    suspect = read_suspect(file)
    with filled.store.ledger.read() as connection:
        extracts = traces.released_extracts(connection)
    share = np.linspace(0.3, 0.9, 2 * len(extracts)).reshape(-1, 2)
    found = []
    for kind in (Matching, Indexed, Indexed):  # the third from the segments the second kept
        with open_matching(filled.store, suspect=suspect, extracts=extracts, kind=kind) as join:
            matched = join.match()
            seen = join.channels()
            order = sorted(range(len(seen)), key=lambda number: seen[number].name)
            tallies = [join.tally(seen, share=share), *join.customer_tally(seen, customer="c1")]
            lines = [join.lines(number) for number in range(len(extracts))]
            found.append(
                (
                    matched,
                    join.matched_lines([]),
                    join.manifests(),
                    sorted(seen, key=lambda one: one.name),
                    [_counted(replace(tally, ratio=tally.ratio[:, order])) for tally in tallies],
                    lines,
                )
            )
    assert found[0] == found[1]
    assert found[0] == found[2]
    form = found[0][3][0]
    assert (form.name, form.erased > 0, form.zeros > 0, form.ones > 0) == ("form", True, True, True)
    assert len(list((filled.store.home.manifests / "trace").glob("segment*"))) > 0


def test_R039_a_trace_by_the_index_accuses_the_source_and_a_damaged_index_costs_time_only(
    filled: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracing, "LEAST", 1)
    file = leak(tmp_path / "l.csv", filled.cuts[2].rows)
    first = tracing.trace(filled.store, file)
    assert [one["extract"] for one in first["accused"]] == ["x2"]
    for path in (filled.store.home.manifests / "trace").glob("*/arrays"):
        path.write_bytes(path.read_bytes()[:40])
    second = tracing.trace(filled.store, file)
    assert second["accused"] == first["accused"]


def test_R039_merged_segments_are_the_one_that_the_manifests_give_together(filled: House) -> None:
    """Bit by bit, whether a channel was there from the beginning or not."""
    with filled.store.ledger.read() as connection:
        manifests = [one.manifest for one in traces.released_extracts(connection)]
    parts = [build(filled.store, manifests[first:last]) for first, last in ((0, 3), (3, 4), (4, 7))]
    found, expected = merged(parts), build(filled.store, manifests)
    for name in ("manifests", "facts"):
        assert getattr(found, name) == getattr(expected, name)
    for name in ("unit", "company", "offsets", "place", "state", "identity_entry", "identity"):
        assert np.array_equal(getattr(found, name), getattr(expected, name)), name
    assert set(found.faces) == set(expected.faces) == {"list", "form"}
    for channel, faces in expected.faces.items():
        for name in ("entry", "p", "alt0", "alt1", "canonical", "of_member"):
            assert np.array_equal(getattr(found.faces[channel], name), getattr(faces, name)), (channel, name)


def test_R039_an_index_that_overlaps_with_another_is_used_once(filled: House, tmp_path: Path) -> None:
    """What two traces at a time may leave behind."""
    with filled.store.ledger.read() as connection:
        manifests = [one.manifest for one in traces.released_extracts(connection)]
    for part in (manifests[:5], manifests[3:], manifests[:2]):
        segments._save(filled.store, build(filled.store, part))
    covered = [name for one in segments.open_segments(filled.store, manifests) for name in one.manifests]
    assert sorted(covered) == sorted(manifests)


def test_R072_what_is_unlinked_leaves_the_index(filled: House, tmp_path: Path) -> None:
    with filled.store.ledger.read() as connection:
        manifests = [one.manifest for one in traces.released_extracts(connection)]
    segments.open_segments(filled.store, manifests)
    root = filled.store.home.manifests / "trace"
    (root / "staged-left").mkdir()
    segments.forget(filled.store, manifests[:1])
    left = [segments._load(path) for path in root.glob("*")]
    assert all(one is not None and manifests[0] not in one.manifests for one in left)
