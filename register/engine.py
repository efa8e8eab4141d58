"""Opening DuckDB files: a builder that writes one, and a reader that can do nothing but read one (R086)."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

import sql
from core.errors import StoreError
from core.files import Home
from core.identity import fold_names
from ledger.store import Store

SCHEMA_VERSION = 1
"""Of the tables in ``sql/register/snapshot_*.sql``."""
MACROS = ("hmac_hex", "hmac64", "hmac_unit", "site_place", "digest64", "register/lot")
_FOLD_BATCH = 200_000


@dataclass(frozen=True)
class Workshop:
    """A build in progress."""

    connection: duckdb.DuckDBPyConnection

    def run(self, *statements: str) -> None:
        for statement in statements:
            self.connection.execute(sql.load(f"register/{statement}"))

    def drop(self, *tables: str) -> None:
        """Give back the memory of working tables that are done with."""
        self.run(*(f"build_drop_{table}" for table in tables))

    def execute(self, statement: str, values: Mapping[str, Any]) -> None:
        self.connection.execute(sql.load(f"register/{statement}"), dict(values))

    def row(self, statement: str) -> tuple[Any, ...]:
        # All of them, so that no result is left open.
        rows = self.connection.execute(sql.load(f"register/{statement}")).fetchall()
        return rows[0] if rows else ()

    def table(self, statement: str) -> pa.Table:
        return self.connection.sql(sql.load(f"register/{statement}")).to_arrow_table()

    def select(self, statement: str, values: Mapping[str, Any]) -> pa.Table:
        return self.connection.sql(sql.load(f"register/{statement}"), params=dict(values)).to_arrow_table()

    def fold(self, texts: str, *statements: str) -> None:
        """Run statements that read ``folded``: what ``texts`` selects, and each ``text`` as a match key ``fold``."""
        found = self.table(texts)
        text = found["text"].combine_chunks()
        folds = [fold_names(text.slice(start, _FOLD_BATCH)) for start in range(0, len(text), _FOLD_BATCH)]
        self.connection.register("folded", found.append_column("fold", pa.chunked_array(folds, pa.string())))
        self.run(*statements)
        self.connection.unregister("folded")


def spill_directory(home: Home, file: Path) -> Path:
    """Where this process spills when it works on that file: named so that what a killed process left can be swept.

    Equal for all connections of a process to one file, since those share an instance and its settings.
    """
    return home.temporary / f"{socket.gethostname()}-{os.getpid()}-{file.stem}"


def _limits(store: Store, file: Path) -> dict[str, Any]:
    return {
        "memory_limit": store.settings.memory_limit,
        "threads": store.settings.threads,
        "temp_directory": str(spill_directory(store.home, file)),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }


def spill_files_encrypted() -> bool:
    """Whether a build encrypts what it spills to disk: it needs a crypto module that DuckDB does not bundle (R085)."""
    with duckdb.connect() as connection:
        return _crypto_installed(connection)


def _crypto_installed(connection: duckdb.DuckDBPyConnection) -> bool:
    found = connection.execute(sql.load("register/build_crypto_installed")).fetchall()  # no result is left open
    return found == [(True,)]


@contextmanager
def building(store: Store, file: Path) -> Iterator[Workshop]:
    """A new file to build in, closed at the end; spill files are encrypted where a crypto module is installed (R085).

    DuckDB's errors become ``StoreError`` (disk_full, publish_failed): their text may hold values, so only the kind
    is told; the cause is kept.
    """
    try:
        config = _limits(store, file) | {"preserve_insertion_order": False}
        if store.settings.uncompressed:
            config["force_compression"] = "uncompressed"
        with duckdb.connect(str(file), config=config) as connection:
            connection.execute(sql.load("quiet"))
            if _crypto_installed(connection):
                connection.execute(sql.load("register/build_crypto_load"))
                connection.execute(sql.load("register/build_crypto_on"))
            yield Workshop(connection)
    except duckdb.Error as error:
        if os.strerror(errno.ENOSPC) in str(error):
            raise StoreError("disk_full", path=str(file.parent)) from error
        raise StoreError("publish_failed", reason=type(error).__name__) from error


def open_reader(store: Store, file: Path) -> duckdb.DuckDBPyConnection:
    """A sealed file, read-only: no other file, no extension and no setting can be reached from it (R086, M6).

    The macros :data:`MACROS` of ``sql/`` are installed. Arrow tables may be registered. One connection per job.
    """
    connection = duckdb.connect(str(file), read_only=True, config=_limits(store, file))
    _lock(connection)
    for macro in MACROS:
        connection.execute(sql.load(macro))
    return connection


def open_idle(store: Store, file: Path) -> duckdb.DuckDBPyConnection:
    """A further connection to a file that a reader has open, to keep its instance when that reader closes: a cursor of
    the reader's would be closed with it."""
    return duckdb.connect(str(file), read_only=True, config=_limits(store, file))


def _lock(connection: duckdb.DuckDBPyConnection) -> None:
    """Lock the instance down, unless another connection of this process has done so or is just doing it.

    By statements: the spill directory cannot be set in one configuration with the lock.
    """
    with suppress(duckdb.InvalidInputException):
        connection.execute(sql.load("register/reader_no_access"))
        connection.execute(sql.load("register/reader_lock"))
    if connection.execute(sql.load("register/reader_is_locked")).fetchone() != (True,):
        connection.close()
        raise StoreError("snapshot_failed", reason="it could not be locked down")
