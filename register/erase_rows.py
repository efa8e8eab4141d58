"""Which stored rows speak of persons who are to be erased: in live loads as a publish would tell, in all others by key.

A replaced load may hold a person under an old surname, employer or address, so the search goes on with what it finds
until it finds nothing more. A row that a publish takes for somebody else's is never among them.
"""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from ledger import sources
from ledger.snapshots import Published
from ledger.sources import Load
from ledger.store import Store
from register import identity
from register.build import find_persons
from register.changes import nothing
from register.engine import Workshop

FOUND = pa.schema([("path", pa.string()), ("file", pa.int32()), ("row", pa.int64())])
_MOST_ROUNDS = 20
"""Each round follows one more changed key; nobody's history is that long."""


def find(shop: Workshop, store: Store, *, published: Published) -> pa.Table:
    """The stored rows (``FOUND``) of whoever the tables ``gone``, ``gone_position``, ``gone_org`` of the shop name.

    Fills ``gone_person``, ``gone_position_all`` and ``gone_organisation`` too.
    """
    with store.ledger.read() as connection:
        live = sources.live_loads(connection)
        every = [load for load in sources.loads(connection) if store.path(load.data).is_file()]
    if {load.kind for load in live} != {"organisations", "positions"}:  # a source was quarantined since
        live = [load for load in every if load.load in set(published.loads)]
    find_persons(shop, store, loads=live, previous=store.path(published.path), changes=nothing())
    identity.positions(shop)
    shop.run("erase_person", "erase_organisation", "erase_position")
    positions = _paths(store, every, "positions")
    found = [_organisation_rows(shop, _paths(store, every, "organisations"))]
    if positions:
        loads = {"path": list(positions), "source": [load.source for load in positions.values()]}
        shop.connection.register("stored_load", pa.table(loads))
        shop.execute("erase_file_variable", {"files": list(positions)})
        shop.run("erase_stored_row", "erase_row")
        _follow(shop)
        found.append(shop.table("erase_rows").cast(FOUND))
    return pa.concat_tables(found)


def _paths(store: Store, loads: Sequence[Load], kind: str) -> dict[str, Load]:
    return {str(store.path(load.data)): load for load in loads if load.kind == kind}


def _organisation_rows(shop: Workshop, files: dict[str, Load]) -> pa.Table:
    if not files or shop.row("erase_organisation_count") == (0,):
        return FOUND.empty_table()
    return shop.select("erase_organisation_rows", {"files": list(files)}).cast(FOUND)


def _follow(shop: Workshop) -> None:
    """Look for further rows with the keys of those found, until there are none."""
    before = None
    for _ in range(_MOST_ROUNDS):
        now = shop.row("erase_row_count")
        if now == before:
            return
        before = now
        shop.run("erase_key", "erase_candidate", "erase_others", "erase_row_more")
