"""Who leaves the register at a publish although somebody holds a row of theirs: their tokens are kept (R057, R072).

A manifest names persons by tokens of their nonces. When a nonce goes, by an ended position or a merge, nobody could
tell any more who received the person's data; so the publish that loses it keeps the token, if it was ever delivered.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

import sql
from core.errors import StoreError
from ledger import cuts
from ledger.engine import Connection
from ledger.store import Store

Row = dict[str, Any]


class Departed:
    """The ids that leave, open for questions about manifests."""

    def __init__(self, connection: duckdb.DuckDBPyConnection | None, store: Store) -> None:
        self._connection, self._store = connection, store
        self._asked: set[str] = set()

    def disclosed(self, ledger: Connection) -> list[Row]:
        """``kind, token, person, position, organisation, source`` of those delivered in a manifest not asked about yet.

        Ask once before the publishing transaction and once in it, under the fence lock, when the rest is little.
        """
        manifests = cuts.manifests(ledger) - self._asked
        self._asked |= manifests
        paths = [str(self._store.path(manifest).resolve()) for manifest in sorted(manifests)]
        present = [path for path in paths if Path(path).is_file()]
        if self._connection is None or not present:
            return []
        found = self._connection.sql(sql.load("register/departed_disclosed"), params={"manifests": present})
        rows: list[Row] = found.to_arrow_table().to_pylist()
        return rows


@contextmanager
def departing(store: Store, departed: pa.Table) -> Iterator[Departed]:
    """``departed(kind, person, position, organisation, nonce, source)`` as tokens. Raises ``StoreError``
    (manifests_failed)."""
    if not len(departed):
        yield Departed(None, store)
        return
    key = store.key("fingerprint")
    inner, outer = key.derive("unit").pads
    link_inner, link_outer = key.derive("link").pads
    pads = {"inner": inner, "outer": outer, "link_inner": link_inner, "link_outer": link_outer}
    limits: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": store.settings.memory_limit,
        "threads": store.settings.threads,
        "temp_directory": str(store.home.temporary.resolve()),
    }
    try:
        with duckdb.connect(":memory:", config=limits) as connection:
            connection.execute(sql.load("quiet"))
            connection.execute(sql.load("hmac_hex"))
            connection.register("departed", departed)
            connection.execute(sql.load("register/departed_tokens"), pads)
            yield Departed(connection, store)
    except duckdb.Error as error:
        raise StoreError("manifests_failed", reason=type(error).__name__) from error
