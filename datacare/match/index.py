"""The register as the matcher reads it: built once per snapshot, a DuckDB file of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

import sql
from datacare.match.parties import Parties, given_classes_table

FORMAT = 2
"""Of an index; one of another program version is never read."""
FREQUENT = 300
"""Postings of words, pairs and towns longer than this find too many."""
STORED = {"party": "party", "address": "address", "name": "name_text", "token": "token_text", "person": "person_text"}
_STEPS = ("word", "token", "name", "city", "pair", "delete", "person", "person_spelled", "shared_key", "shared_person")
_LIMITED = {"city", "pair"}
TABLES = ("r_party", "r_address", *(f"r_{step}" for step in _STEPS))
"""What a built index consists of."""


def build_index(path: Path, chunks: Iterable[Parties], *, memory: str = "2500MB", threads: int = 2) -> None:
    """Write the index of a register handed over in chunks; ``pid`` and ``person`` are the register's own numbers.

    Deterministic: the same rows in the same order make the same tables.
    """
    config: dict[str, Any] = {"memory_limit": memory, "threads": threads, "temp_directory": f"{path}.tmp"}
    with duckdb.connect(":memory:", config=config) as connection:
        connection.execute(sql.load("datacare/index_attach"), {"path": str(path)})
        connection.execute(sql.load("datacare/index_search_path"))
        fill(connection, chunks)
        connection.register("given_class", given_classes_table())
        for step in _STEPS:
            connection.execute(sql.load(f"datacare/index_{step}"), {"frequent": FREQUENT} if step in _LIMITED else None)
        connection.unregister("given_class")


def fill(connection: duckdb.DuckDBPyConnection, chunks: Iterable[Parties]) -> None:
    """Store the register as ``r_party``, ``r_address``, ``r_name_text``, …; names are numbered on. What is only read to
    make other tables of stays in memory."""
    names = 0
    for number, chunk in enumerate(_ahead(chunks)):
        for part, table in STORED.items():
            rows = _numbered(getattr(chunk, part), names)
            relation = connection.from_arrow(rows)
            place = "registered" if f"r_{table}" in TABLES else "memory"
            if number:
                relation.insert_into(f"{place}.main.r_{table}")
            else:
                relation.create(f"{place}.main.r_{table}")
        names += len(chunk.name)


def _ahead(chunks: Iterable[Parties]) -> Iterator[Parties]:
    """The chunks, the next being made while one is stored."""
    several = iter(chunks)
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, several, None)
        while (chunk := coming.result()) is not None:
            coming = pool.submit(next, several, None)
            yield chunk


def _numbered(rows: pa.Table, before: int) -> pa.Table:
    if "name_no" not in rows.column_names or not before:
        return rows
    return rows.set_column(rows.column_names.index("name_no"), "name_no", pc.add(rows["name_no"], before))
