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
from ledger import links
from ledger.disclosures import Disclosure
from ledger.store import Store
from register.query import open_register

ROWS = pa.schema([("person", pa.int32()), ("position", pa.int32()), ("filename", pa.string()), ("number", pa.int32())])
_WANTED = pa.schema([("kind", pa.string()), ("person", pa.int32()), ("position", pa.int32()), ("token", pa.binary())])


def tokens(
    store: Store, *, persons: Sequence[int] = (), positions: Sequence[int] = (), organisations: Sequence[int] = ()
) -> pa.Table:
    """``kind, person, position, token`` of everything that stands for these ids in any manifest ever made."""
    key = store.key("fingerprint")
    inner, outer = key.derive("unit").pads
    link_inner, link_outer = key.derive("link").pads
    pairs = {(person, person) for person in persons}
    tables = []
    try:
        with open_register(store, holder="holdings") as register:
            rows = register.execute("extracts/holdings_persons", {"persons": list(persons)}).fetchall()
            pairs |= {(asked, meant) for asked, meant in rows}
            ordered = sorted(pairs)
            values: dict[str, Any] = {
                "asked": [asked for asked, _ in ordered],
                "meant": [meant for _, meant in ordered],
                "positions": list(positions),
                "organisations": list(organisations),
                "inner": inner,
                "outer": outer,
                "link_inner": link_inner,
                "link_outer": link_outer,
            }
            tables.append(register.arrow("extracts/holdings_tokens", values).select(_WANTED.names).cast(_WANTED))
    except NotFound:
        ordered = sorted(pairs)  # nothing is published: only what was kept of former ids can match
    with store.ledger.read() as connection:
        former = links.former(connection, persons=ordered, positions=positions, organisations=organisations)
    tables.append(pa.Table.from_pylist(former, schema=_WANTED))
    return pa.concat_tables(tables)


def find(store: Store, wanted: pa.Table, *, among: Sequence[Disclosure]) -> pa.Table:
    """The delivered rows that carry a wanted token: ``person, position, filename, number``; ``filename`` as in the
    ledger. Raises ``StoreError`` (manifest_damaged, manifests_failed)."""
    if not len(wanted) or not among:
        return ROWS.empty_table()
    paths = {str(store.path(one.manifest).resolve()): one for one in among}
    missing = [one.extract for path, one in paths.items() if not store.path(one.manifest).is_file()]
    if missing:
        raise StoreError("manifest_damaged", extract=missing[0])
    with _reading(store) as connection:
        connection.register("wanted", wanted)
        found = connection.sql(sql.load("extracts/holdings_rows"), params={"manifests": list(paths)}).to_arrow_table()
    names = [paths[path].manifest for path in found["filename"].to_pylist()]
    return found.set_column(found.column_names.index("filename"), "filename", pa.array(names, pa.string())).cast(ROWS)


@contextmanager
def _reading(store: Store) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that reaches the manifests and its own spill, and nothing else."""
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
            directories = [str(directory.resolve()) for directory in (store.home.manifests, store.home.temporary)]
            connection.execute(sql.load("extracts/trace_directories"), {"directories": directories})
            connection.execute("SET enable_external_access = false")
            connection.execute("SET lock_configuration = true")
            yield connection
    except duckdb.Error as error:
        raise StoreError("manifests_failed", reason=type(error).__name__) from error
