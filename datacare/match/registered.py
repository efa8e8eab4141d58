"""The published register as parties: organisations under all their names, and the people in post."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
from duckdb import DuckDBPyConnection

import sql
from core.files import remove
from core.settings import Settings
from datacare.match import names
from datacare.match.index import FORMAT, build_index
from datacare.match.parties import Parties, address_rows, party_rows, person_rows, text
from ledger.store import Store
from register.snapshot import open_snapshot

_CHUNK = 50_000
"""Organisations handed over at a time."""


def index_snapshot(store: Store, directory: Path) -> tuple[str, Path]:
    """``(snapshot, index file)`` of the current snapshot; the index is built once and stays until the next publish.

    ``pid`` is the organisation's number in the register, ``person`` the position's. Raises ``NotFound`` when nothing is
    published.
    """
    with open_snapshot(store, holder="care index") as snapshot:
        file = directory / f"{snapshot.id}.{FORMAT}.duckdb"
        if not file.exists():
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            for other in directory.glob(f"{snapshot.id}.*"):
                remove(other)
            making = file.with_suffix(".making")
            making.unlink(missing_ok=True)
            _build(making, snapshot.connection, store.settings)
            making.replace(file)
        return snapshot.id, file


def _build(file: Path, connection: DuckDBPyConnection, settings: Settings) -> None:
    build_index(file, registered(connection), memory=settings.memory_limit, threads=settings.threads)
    file.chmod(0o600)


def registered(connection: DuckDBPyConnection) -> Iterator[Parties]:
    """A snapshot's organisations in chunks; one empty chunk when there is none."""
    bounds = connection.execute(sql.load("datacare/registered_bounds"), {"rows": _CHUNK}).fetchall()
    after = 0
    for (until,) in bounds or [(0,)]:
        yield _chunk(connection, after, until)
        after = until


def _chunk(connection: DuckDBPyConnection, after: int, until: int) -> Parties:
    def rows(part: str) -> pa.Table:
        statement = sql.load(f"datacare/registered_{part}")
        return connection.sql(statement, params={"after": after, "until": until}).to_arrow_table()

    party, name, address, person = (rows(part) for part in ("party", "name", "address", "person"))
    pids = [_numbers(table, "pid") for table in (party, name, address, person)]
    former, ceased = name["former"].combine_chunks(), party["ceased"].combine_chunks()
    return Parties.spelled(
        party=lambda: party_rows(party, pids=pids[0], ceased=ceased),
        address=lambda: address_rows(address, pids=pids[2]),
        name=lambda: names.name_rows(pids[1], text(name, "name"), former=former),
        person=lambda: person_rows(person, pids=pids[3], persons=_numbers(person, "person")),
    )


def _numbers(table: pa.Table, column: str) -> pa.Array:
    return table[column].cast(pa.int64()).combine_chunks()
