"""The banned stay out: the bans' ids against the pool, then, independently, the cells against the bans' keys.

Both checks carry a planted canary, so that a broken check stops the release instead of passing everybody (R024).
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

import sql
from core.errors import BanUnreadable, GateBroken
from core.identity import fold_names
from core.keys import Key
from ledger.bans import Blocked, key_message
from register.rows import lent, query

POOL = pa.schema([("position", pa.int32()), ("person", pa.int32()), ("org", pa.int32()), ("delivered", pa.bool_())])

_BANNED, _FREE = -1, -2
_CANARIES = pa.table(
    {
        "position": [_FREE, _BANNED, _FREE, _FREE],
        "person": [_BANNED, _FREE, _FREE, _FREE],
        "org": [_FREE, _FREE, _BANNED, _FREE],
        "delivered": [True] * 4,
    },
    schema=POOL,
)
"""Three banned in one way each, and one whom nobody banned. Ids of the register are never negative."""

_CANARY_EMAIL = "canary@gate.invalid"
_CELLS = ("email", "mobile", "organisation_phone", "business_id", "organisation_fold")


def exclude(connection: duckdb.DuckDBPyConnection, pool: pa.Table, blocked: Blocked) -> pa.Table:
    """The rows of ``pool(position, person, org INT32, delivered BOOL)`` that no ban hits, by position.

    NULL-safe, with a NULL planted among the banned ids. Raises ``GateBroken`` when a banned canary comes through,
    or when the one whom nobody banned does not (R024).
    """
    sets = {
        name: pa.table({"id": pa.concat_arrays([ids.cast(pa.int32()), pa.array([_BANNED, None], pa.int32())])})
        for name, ids in (
            ("gate_persons", blocked.persons),
            ("gate_positions", blocked.positions),
            ("gate_organisations", blocked.organisations),
        )
    }
    candidates = pa.concat_tables([pool.select(POOL.names).cast(POOL), _CANARIES])
    with lent(connection, gate_candidates=candidates, **sets):
        passed = query(connection, "extracts/unbanned")
    planted = pc.less(passed["position"], 0)
    canaries = passed.filter(planted)
    if pc.any(
        pc.equal(pa.concat_arrays([canaries[name].combine_chunks() for name in ("position", "person", "org")]), _BANNED)
    ).as_py():
        raise GateBroken("canary_released")
    if len(canaries) != 1:
        raise GateBroken("canary_lost")
    return passed.filter(pc.invert(planted))


def banned_cells(connection: duckdb.DuckDBPyConnection, rows: pa.Table, *, keys: pa.Table, ring: Sequence[Key]) -> int:
    """How many cells of ``rows`` carry the key of a ban: e-mail, numbers, name with organisation, organisation.

    Computed from the cells themselves, folded afresh, and not from the register's ids: an independent second check.
    ``keys`` (``ledger.ban_keys.SCHEMA``) are those that no cell may carry; ``ring`` holds the key in use first, and
    every retired one. Raises ``GateBroken`` when the planted cell is not found, and ``BanUnreadable``
    (suppression_key_missing) when a ban was keyed with a key that is not in the ring.
    """
    schema = pa.schema([(name, pa.string()) for name in (*_CELLS, "name_fold")])
    cells = pa.table({name: rows[name] for name in _CELLS} | {"name_fold": _names(rows, keys)})
    canary = pa.Table.from_pylist([{"email": _CANARY_EMAIL}], schema=schema)
    planted = [("email", key.mac(key_message("email", _CANARY_EMAIL)), key.key_id) for key in ring]
    asked = pa.concat_tables(
        [
            keys.select(["kind", "key", "key_id"]),
            pa.table(dict(zip(("kind", "key", "key_id"), map(list, zip(*planted, strict=True)), strict=True))),
        ]
    )
    known = {key.key_id: key for key in ring}
    found = 0
    _install(connection)
    with lent(connection, gate_cells=pa.concat_tables([cells.cast(schema), canary]), gate_ban_keys=asked):
        for key_id in sorted(set(asked["key_id"].to_pylist())):
            if key_id not in known:
                raise BanUnreadable("suppression_key_missing", key_id=key_id)
            inner, outer = known[key_id].pads
            kinds = sorted(set(asked.filter(pc.equal(asked["key_id"], key_id))["kind"].to_pylist()))
            values = {"inner": inner, "outer": outer, "kinds": kinds, "key_id": key_id}
            hits = int(query(connection, "extracts/banned_cells", values).column(0)[0].as_py())
            if hits == 0:
                raise GateBroken("canary_released")
            found += hits - 1
    return found


def _install(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(sql.load("name_tokens"))


def _names(rows: pa.Table, keys: pa.Table) -> pa.Array:
    """The rows' names, folded afresh; nulls when no key asks for a name."""
    if not any(kind.startswith("name_") for kind in keys["kind"].unique().to_pylist()):
        return pa.nulls(len(rows), pa.string())
    return fold_names(
        pc.binary_join_element_wise(pc.fill_null(rows["first_name"], ""), pc.fill_null(rows["last_name"], ""), " ")
    )
