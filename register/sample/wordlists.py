"""The words invented names are made of, and weights without a published source; CSV files in ``words/``.

divisions: TOL 2025 divisions under the TOL 2008 sections whose shares are published, with their weight in the
section. common_classes: classes that are common in their division (others weigh 1). trades: a company's trade word
follows its industry, by the longest prefix. invented_places: parts of names of municipalities that do not exist.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

import pyarrow as pa

_WORDS = Path(__file__).parent / "words"


@cache
def words(name: str) -> tuple[dict[str, str], ...]:
    """All rows of one list."""
    with (_WORDS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


@cache
def column(name: str, field: str, **where: str) -> pa.Array:
    """One field of a list, of the rows with the given values."""
    chosen = [row[field] for row in words(name) if all(row[key] == value for key, value in where.items())]
    return pa.array(chosen, pa.string())
