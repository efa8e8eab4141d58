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
A_ROWS: Rows = [A]
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


def _case(number: int, attack: str, required: float) -> attacks.Case:
    return attacks.Case(number, attack, "45", required, lambda world, _draw: (A_ROWS, world.q))


def test_what_was_measured_is_kept_and_read_again(tmp_path: Path) -> None:
    file = tmp_path / "kept.jsonl"
    assert attacks.read_kept(file) == {}
    assert attacks.read_kept(None) == {}
    outcomes = {"raw": attacks.Outcome(12, 6, 0, 5.4), "mails": attacks.Outcome(6, 6)}
    for attack, outcome in outcomes.items():
        attacks.keep(file, _case(2, attack, 0.99), outcome)
    assert attacks.read_kept(file) == outcomes


def test_the_table_says_by_how_much_a_row_is_short() -> None:
    results = [
        (_case(2, "raw", 0.99), attacks.Outcome(12, 6, 0, 5.4)),
        (_case(6, "altered", 0.99), attacks.Outcome(12, 11)),
        (_case(5, "names", 0.99), attacks.Outcome(6, 6)),
    ]
    text = attacks.table(results, {name: [100, 101] for name in attacks.GROUPS})
    assert "6 – 12 leaks a row" in text
    assert "| 2 | raw | 45 | 99% | **50.0%** | 25.4% – 74.6% | 49 points | 0 |" in text
    assert "| **91.7%** | 64.6% – 98.5% | 7 points | 0 |" in text
    assert "| 100.0% | 61.0% – 100.0% | – | 0 |" in text
    assert text.endswith("an innocent extract was 5.4. Short of what is required: 2 of 3 rows, in bold.")


def test_wilson_intervals_are_those_of_the_textbook() -> None:
    low, high = wilson(10, 10)
    assert (round(low, 3), high) == (0.722, 1.0)
    low, high = wilson(81, 263)
    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)
