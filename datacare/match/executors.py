"""What runs the steps of a match: each step is one statement of ``sql/datacare/`` and leaves one table behind."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import duckdb
import pyarrow as pa

import sql
from datacare.match.index import STORED
from datacare.match.parties import Parties, given_classes_table


class Executor(Protocol):
    """Holds the index's tables (``r_…``), the customer's (``c_…``), ``given_class``, and what the steps made."""

    def take(self, customer: Parties) -> None:
        """Make these rows the customer's side, in place of the ones before."""

    def run(self, step: str, **values: Any) -> None:
        """Run ``sql/datacare/<step>.sql`` with these values bound."""

    def put(self, name: str, table: pa.Table) -> None:
        """Make a small table known to the steps under this name."""

    def fetch(self, name: str) -> pa.Table:
        """A table that a step has made; its rows may be in any order."""

    def close(self) -> None:
        """Let go of everything and leave nothing on the disk."""


class DuckExecutor:
    """The index attached read-only, the customer's side in memory."""

    def __init__(self, index: Path, *, memory: str, threads: int, scratch: Path | None) -> None:
        config: dict[str, Any] = {"memory_limit": memory, "threads": threads}
        if scratch is not None:
            config["temp_directory"] = str(scratch)
        self._connection = duckdb.connect(":memory:", config=config)
        self.run("attach_index", path=str(index))
        self.run("search_path")
        self.put("given_class", given_classes_table())

    def take(self, customer: Parties) -> None:
        for part, table in STORED.items():
            self.put(f"c_{table}", getattr(customer, part))

    def run(self, step: str, **values: Any) -> None:
        self._connection.execute(sql.load(f"datacare/{step}"), values or None)

    def put(self, name: str, table: pa.Table) -> None:
        self._connection.register(name, table)

    def fetch(self, name: str) -> pa.Table:
        return self._connection.table(name).to_arrow_table()

    def close(self) -> None:
        self._connection.close()
