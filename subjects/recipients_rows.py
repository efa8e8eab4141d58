"""Which delivered rows are about somebody: the manifests' tokens against the register's nonces.

Tokens of ids that left the register, or were merged into others, come from the ledger's former links, so that a
recipient stays nameable after the person's last position is gone (R072). Nothing here returns a name or an address.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import duckdb
import pyarrow as pa

import sql
from core.errors import NotFound, StoreError
from ledger import links, sources
from ledger.disclosures import Disclosure
from ledger.store import Store
from register.query import open_register

_ASKED = [("target", pa.string()), ("id", pa.int32()), ("position", pa.int32())]
ROWS = pa.schema([*_ASKED, ("filename", pa.string()), ("number", pa.int32()), ("unit", pa.binary())])
"""A delivered row with its unit's token, and what was asked for: a person, a position or an organisation, by id."""
TOKENS = pa.schema([*_ASKED, ("kind", pa.string()), ("token", pa.binary())])


def tokens(
    store: Store, *, persons: Sequence[int] = (), positions: Sequence[int] = (), organisations: Sequence[int] = ()
) -> pa.Table:
    """``TOKENS``: everything that stands for these ids in any manifest ever made."""
    pairs = {(person, person) for person in persons}
    tables = []
    try:
        with open_register(store, holder="holdings") as register:
            pairs |= set(register.execute("extracts/holdings_persons", {"persons": list(persons)}).fetchall())
            ordered = sorted(pairs)
            asked = {"asked": [one for one, _ in ordered], "meant": [meant for _, meant in ordered]}
            values = {"positions": list(positions), "organisations": list(organisations), **asked, **_pads(store)}
            tables.append(register.arrow("extracts/holdings_tokens", values))
    except NotFound:
        ordered = sorted(pairs)  # nothing is published: only what was kept of former ids can match
    with store.ledger.read() as connection:
        former = links.former(connection, persons=ordered, positions=positions, organisations=organisations)
    return _together([*tables, former])


def tokens_of_source(store: Store, source: str) -> pa.Table:
    """``TOKENS`` of the positions about which only this source says anything."""
    with store.ledger.read() as connection:
        loads = [load.load for load in sources.loads(connection) if load.source == source]
        former = links.former_of_source(connection, source)
    pads = {name: value for name, value in _pads(store).items() if name in ("inner", "outer")}
    try:
        with open_register(store, holder="holdings") as register:
            present = register.arrow("extracts/holdings_of_loads", {"loads": loads, **pads})
    except NotFound:
        return _together([former])
    return _together([present, former])


def find(store: Store, wanted: pa.Table, *, among: Sequence[Disclosure]) -> pa.Table:
    """The delivered rows of these extracts that carry a wanted token, as ``ROWS``; ``filename`` as in the ledger.

    Raises ``StoreError`` (manifest_damaged, manifests_failed).
    """
    if not len(wanted) or not among:
        return ROWS.empty_table()
    paths = {str(store.path(one.manifest).resolve()): one for one in among}
    missing = [one.extract for one in paths.values() if not store.path(one.manifest).is_file()]
    if missing:
        raise StoreError("manifest_damaged", extract=missing[0])
    with reading_manifests(store) as connection:
        connection.register("wanted", wanted)
        found = connection.sql(sql.load("extracts/holdings_rows"), params={"manifests": list(paths)}).to_arrow_table()
    names = [paths[path].manifest for path in found["filename"].to_pylist()]
    place = found.column_names.index("filename")
    return found.set_column(place, "filename", pa.array(names, pa.string())).select(ROWS.names).cast(ROWS)


@contextmanager
def reading_manifests(store: Store) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that reaches manifests, removals and its own spill, and nothing else; raises ``StoreError``."""
    try:
        with duckdb.connect(
            ":memory:",
            config={
                "memory_limit": store.settings.memory_limit,
                "threads": store.settings.threads,
                "temp_directory": str(store.home.temporary.resolve()),
                "preserve_insertion_order": False,
            },
        ) as connection:
            connection.execute(sql.load("quiet"))
            home = store.home
            directories = [str(one.resolve()) for one in (home.manifests, home.subscriptions, home.temporary)]
            connection.execute(sql.load("extracts/trace_directories"), {"directories": directories})
            connection.execute("SET enable_external_access = false")
            connection.execute("SET lock_configuration = true")
            yield connection
    except duckdb.Error as error:
        raise StoreError("manifests_failed", reason=type(error).__name__) from error


def _pads(store: Store) -> dict[str, Any]:
    key = store.key("fingerprint")
    named: dict[str, Any] = {}
    named["inner"], named["outer"] = key.derive("unit").pads
    named["link_inner"], named["link_outer"] = key.derive("link").pads
    return named


def _together(parts: Sequence[pa.Table | list[dict[str, Any]]]) -> pa.Table:
    tables = [part if isinstance(part, pa.Table) else pa.Table.from_pylist(part, schema=TOKENS) for part in parts]
    return pa.concat_tables([table.select(TOKENS.names).cast(TOKENS) for table in tables])
