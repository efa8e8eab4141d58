"""The SQL of the product: one statement per file, values bound, never put together from text."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_ROOT = Path(__file__).parent


@cache
def load(name: str) -> str:
    """The text of ``sql/<name>.sql``, e.g. ``load("extracts/count")``."""
    return (_ROOT / f"{name}.sql").read_text(encoding="utf-8")
