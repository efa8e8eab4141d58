"""Whom the bans hit in a snapshot: keyed hashes of the register's own keys against those of the ban store (R019)."""

from __future__ import annotations

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

import sql
from ledger.store import Store

HITS = pa.schema([("ban", pa.string()), ("target", pa.string()), ("id", pa.int64())])
NAMED = ("name_org", "name_orgname", "name_municipality")
KINDS = ("email", "phone", *NAMED, "organisation")


def suppressed(connection: duckdb.DuckDBPyConnection, keys: pa.Table, store: Store) -> pa.Table:
    """What these keys hit in the snapshot behind ``connection``.

    ``keys``: ``ban TEXT, kind TEXT, key BINARY`` as ``ledger.bans.suppression_keys`` gives them. Returns distinct
    ``ban TEXT, target TEXT (person or organisation), id INT64``. Kinds without keys cost nothing; every other kind
    costs one HMAC per distinct value in the register.
    """
    asked = set(keys["kind"].to_pylist())
    if not asked:
        return HITS.empty_table()
    hexed = pa.array((key.hex() for key in keys["key"].to_pylist()), pa.string())
    connection.register("suppression_key", pa.table({"ban": keys["ban"], "kind": keys["kind"], "key": hexed}))
    pads = dict(zip(("inner", "outer"), store.key("suppression").pads, strict=True))
    if asked.intersection(NAMED):
        connection.execute(sql.load("register/suppressed_name"))
    hits = [
        connection.sql(sql.load(f"register/suppressed_{kind}"), params=pads).to_arrow_table()
        for kind in KINDS
        if kind in asked
    ]
    connection.unregister("suppression_key")
    found = pa.concat_tables([table.cast(HITS) for table in hits]) if hits else HITS.empty_table()
    return found.group_by(HITS.names).aggregate([])


def with_held(hits: pa.Table) -> list[tuple[str, str, int, bool]]:
    """``(ban, target, id, held)`` as the ledger keeps them: where a ban hits several persons, all are held until
    somebody decides which of them is meant (R018)."""
    persons = hits.filter(pc.equal(hits["target"], "person")).group_by("ban").aggregate([("id", "count")])
    several = set(persons.filter(pc.greater(persons["id_count"], 1))["ban"].to_pylist())
    return [
        (row["ban"], row["target"], row["id"], row["target"] == "person" and row["ban"] in several)
        for row in hits.to_pylist()
    ]
