"""Which test shows which requirement: the numbers R001-R100 and T01-T28 that tests carry in name or docstring."""

from __future__ import annotations

import ast
import csv
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_NUMBER = re.compile(r"(?<![A-Za-z0-9])(R\d{3}|T\d{2})(?![0-9])")
_SHOWN = 3


def requirements() -> dict[str, str]:
    """Number and short title of each, in order."""
    with (ROOT / "scripts" / "requirements.csv").open(encoding="utf-8", newline="") as file:
        return {row["id"]: row["requirement"] for row in csv.DictReader(file)}


def numbers_in(text: str) -> set[str]:
    """The requirement numbers that a text names."""
    return set(_NUMBER.findall(text.replace("_", " ")))


def tests_by_requirement() -> dict[str, list[str]]:
    """Each number with the tests that name it, as ``path::test``."""
    found: dict[str, list[str]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for test in _tests(ast.parse(path.read_text(encoding="utf-8"))):
            for number in numbers_in(f"{test.name} {ast.get_docstring(test) or ''}"):
                found.setdefault(number, []).append(f"{path.relative_to(ROOT)}::{test.name}")
    return found


def _tests(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield node


def table() -> Iterator[tuple[str, str, str]]:
    """Number, requirement and up to three of its tests; what no test shows yet is said so."""
    found = tests_by_requirement()
    for number, title in requirements().items():
        tests = found.get(number, [])
        more = f"<br>and {len(tests) - _SHOWN} more" if len(tests) > _SHOWN else ""
        yield number, title, "<br>".join(f"`{test}`" for test in tests[:_SHOWN]) + more or "none yet"
