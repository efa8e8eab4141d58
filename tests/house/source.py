"""The product's source as the house tests read it."""

from __future__ import annotations

import ast
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


@cache
def project() -> dict[str, Any]:
    """``pyproject.toml``."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def packages() -> tuple[str, ...]:
    """The product's top-level packages, as the wheel is told to hold them."""
    return tuple(project()["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])


@dataclass(frozen=True)
class Module:
    """One Python file of the product."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def name(self) -> str:
        return str(self.path.relative_to(ROOT))

    def at(self, node: ast.AST) -> str:
        """``file:line``, for messages."""
        return f"{self.name}:{getattr(node, 'lineno', '?')}"


@cache
def modules() -> tuple[Module, ...]:
    """Every Python file of the product except the generated revisions."""
    found = []
    for package in packages():
        for path in sorted((ROOT / package).rglob("*.py")):
            if path.parent.name != "versions":
                text = path.read_text(encoding="utf-8")
                found.append(Module(path, text, ast.parse(text)))
    return tuple(found)


def pages() -> tuple[Path, ...]:
    """Every page of documentation."""
    return (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "bench").glob("*.md")))
