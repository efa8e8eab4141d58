"""Attacks by programs of other people, on delivered files alone (R039)."""

from __future__ import annotations

import ast
import stat
import sys
from pathlib import Path

import pytest

from bench import attacks, outside

SCRIPT = """#!/bin/sh
if [ "$1" = list ]; then
    echo '[{"name": "first 60", "like": "", "selection": "half", "copies": 1}]'
else
    head -61 "$3/1.csv" | cut -d, -f2,3,16-21 > "$4"
fi
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> attacks.World:
    return attacks.prepare(tmp_path_factory.mktemp("outside"), organisations=250, others=1, thieves=2, repeats=0)


def test_R039_a_script_in_any_language_attacks_delivered_files(world: attacks.World, tmp_path: Path) -> None:
    script = tmp_path / "thief.sh"
    script.write_text(SCRIPT, encoding="utf-8")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    [attack] = outside.offered(script)
    assert (attack.name, attack.selection, attack.copies, attack.seeds) == ("first 60", "half", 1, False)
    result = outside.run(world, script, attack, trials=2, scratch=tmp_path)
    assert (result.caught, result.falsely) == (2, 0)


def test_R039_the_shipped_script_finds_what_the_bench_finds(world: attacks.World, tmp_path: Path) -> None:
    """By attacks that end far over the threshold: keys are drawn anew in every run."""
    offered = {one.name: one for one in outside.offered(outside.SHIPPED)}
    for name in ("copy of 200 rows", "names, half foreign"):
        result = outside.run(world, outside.SHIPPED, offered[name], trials=1, scratch=tmp_path)
        assert (result.caught, result.falsely) == (1, 0), name


def test_a_script_that_fails_is_said(world: attacks.World, tmp_path: Path) -> None:
    attack = outside.Attack("nothing such", "", "half", 1)
    with pytest.raises(SystemExit, match=r"second_hand\.py run ended with 1"):
        outside.run(world, outside.SHIPPED, attack, trials=1, scratch=tmp_path)


def test_the_shipped_script_is_of_other_hands() -> None:
    """It uses nothing but the standard library."""
    tree = ast.parse(outside.SHIPPED.read_text(encoding="utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert imported
    assert imported <= sys.stdlib_module_names
    assert not any(isinstance(node, ast.ImportFrom) for node in ast.walk(tree))


def test_rates_are_compared_with_the_lines_of_the_table() -> None:
    page = """
| 2 | raw | 45 | 99% | **75.0%** | 53.1% – 88.8% | 24 points | 0 |
| 3 | plain | 320 | 99% | 0.0% | 0.0% – 16.1% | – | 0 |
"""
    ours = outside.published(page)
    assert ours == {"raw": (75.0, 53.1, 88.8), "plain": (0.0, 0.0, 16.1)}
    results = [
        (outside.Attack("a", "raw", "q", 1), outside.Result(12, 0, 20)),
        (outside.Attack("b", "plain", "q", 1), outside.Result(20, 0, 20)),
        (outside.Attack("c", "", "q", 1), outside.Result(20, 0, 20)),
    ]
    text = outside.table("x.py", results, ours=ours)
    assert "| 75.0% | yes | 0 |" in text
    assert "| 0.0% | **no** | 0 |" in text
    assert text.endswith("1 of 2 rates agree: their intervals overlap.")


@pytest.mark.parametrize("attack", outside.offered(outside.SHIPPED), ids=lambda one: str(one.name))
def test_every_shipped_attack_names_a_group_that_is_cut(attack: outside.Attack) -> None:
    assert attack.selection in attacks.GROUPS
    assert attack.copies <= attacks.THIEVES
