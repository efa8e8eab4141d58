"""Attacks on real delivered files, in small; the whole table is ``python -m bench attacks`` (R037-R039, T28)."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from bench import _attack_rules as rules, attacks, innocents
from bench._attack_rules import Rows
from bench._measure import wilson

A = {"business_id": "1", "last_name": "A", "first_name": "a", "areas": "IT;FIN"}
A2 = A | {"areas": "FIN;IT"}
B = {"business_id": "1", "last_name": "B", "first_name": "b", "areas": "HR"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> attacks.World:
    return attacks.prepare(tmp_path_factory.mktemp("attacks"), organisations=250, others=1, thieves=2, repeats=0)


def _accused(world: attacks.World, rows: Rows, file: Path) -> list[str]:
    return [one["extract"] for one in attacks.traced(world.store, rows, file)["accused"]]


@pytest.mark.parametrize(
    ("group", "number", "act"),
    [
        ("q", 60, lambda rows: rows),
        ("half", 60, lambda rows: rules.only(rows, rules.IDENTITY)),
        ("half", 80, rules.normalised),
        ("q", 160, lambda rows: rules.altered(rows, 0.3, random.Random(1))),
    ],
)
def test_R039_part_of_a_delivered_file_names_its_extract_and_nobody_else(
    world: attacks.World, tmp_path: Path, group: str, number: int, act: Callable[[Rows], Rows]
) -> None:
    for copy in getattr(world, group):
        leak = act(rules.subset(copy.rows, number, random.Random(3)))
        assert _accused(world, leak, tmp_path / "leak.csv") == [copy.extract]


@pytest.mark.parametrize("rule", list(rules.RULES))
def test_R039_of_two_who_merge_their_copies_at_least_one_is_named_and_nobody_else(
    world: attacks.World, tmp_path: Path, rule: str
) -> None:
    merged = rules.RULES[rule]([copy.rows for copy in world.half], random.Random(5))
    accused = _accused(world, merged, tmp_path / "leak.csv")
    assert accused
    assert set(accused) <= {copy.extract for copy in world.half}


def test_T28_a_list_that_nobody_here_leaked_accuses_nobody(world: attacks.World, tmp_path: Path) -> None:
    found = innocents.measure(world, lists=8, scratch=tmp_path)
    assert {kind: (tested.lists, tested.falsely) for kind, tested in found.items()} == dict.fromkeys(
        innocents.KINDS, (2, 0)
    )
    log_e = [one for tested in found.values() for one in tested.log_e]
    assert len(log_e) >= 8  # extracts were touched, so there was somebody to accuse
    assert innocents.holds(log_e, 1000)


def test_T28_a_bound_that_is_broken_is_said() -> None:
    """Row 16: two of a thousand e-values over a thousand are one too many."""
    innocent = [0.0] * 998
    assert innocents.holds([*innocent, 0.0, 7.0], 1000)
    assert not innocents.holds([*innocent, 7.0, 7.0], 1000)
    text = innocents.table({"any": innocents.Tested(1, 0, [*innocent, 7.0, 7.0])}, extracts=1000)
    assert "| 1,000 | 0.10% | 2 | 0.200% |" in text
    assert text.splitlines()[-1].endswith("**no** |")


@pytest.mark.parametrize(
    ("rule", "left"),
    [("union", [A, B]), ("intersection", [A]), ("minority", [A2, B]), ("majority", [A]), ("all-1", [A, B])],
)
def test_what_thieves_do_together(rule: str, left: Rows) -> None:
    """Three copies: two show A one way, one the other; B is in one of them."""
    copies = [[A, B], [A], [A2]]
    made = rules.RULES[rule](copies, random.Random(0))
    if rule == "intersection":
        assert [rules.who(row) for row in made] == [rules.who(row) for row in left]
    else:
        assert made == left


@pytest.mark.parametrize("rule", ["row pick", "cell pick"])
def test_picking_takes_each_cell_from_somebody_who_has_the_person(rule: str) -> None:
    for number in range(20):
        for row in rules.RULES[rule]([[A, B], [A2]], random.Random(number)):
            assert row in (A, A2, B)


def test_wilson_intervals_are_those_of_the_textbook() -> None:
    low, high = wilson(10, 10)
    assert (round(low, 3), high) == (0.722, 1.0)
    low, high = wilson(81, 263)
    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)
