"""Writes what a bench measured into a page of docs, between its marks."""

from __future__ import annotations

import re
from pathlib import Path

TRACING = Path(__file__).parents[1] / "docs" / "tracing.md"


def write_block(page: Path, name: str, text: str) -> None:
    """Put the text between ``<!-- begin: name -->`` and ``<!-- end: name -->``, which the page has once."""
    begin, end = f"<!-- begin: {name} -->", f"<!-- end: {name} -->"
    whole = page.read_text(encoding="utf-8")
    new, found = re.subn(f"{begin}.*{end}", lambda _: f"{begin}\n{text}\n{end}", whole, flags=re.DOTALL)
    if found != 1:
        raise SystemExit(f"{page.name} needs the marks {begin} and {end} once")
    page.write_text(new, encoding="utf-8")
