"""Whom the bans hit in a snapshot: keyed hashes of the register's own keys against those of the ban store (R019)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

import sql
from core.errors import BanUnreadable
from core.keys import Key
from ledger import bans, tasks
from ledger.engine import Transaction
from ledger.store import Store
from schemas.near_names import given_class_table

HITS = pa.schema(
    [
        ("ban", pa.string()),
        ("grade", pa.string()),
        ("target", pa.string()),
        ("id", pa.int64()),
        ("channel", pa.string()),
    ]
)
NAMED = ("name_org", "name_orgname", "name_municipality")
KINDS = ("email", "phone", *NAMED, "organisation")
RESOLVE_DAYS = 7
"""Calendar days an operator has to decide who is meant: five working days (R018)."""
_MACROS = ("name_tokens", "near_fold", "near_spellings")


def keyring(keys: pa.Table, store: Store) -> dict[str, Key]:
    """The key of every ``key_id`` among these keys.

    Raises ``BanUnreadable`` (suppression_key_missing): a ban that cannot be matched must not be passed over.
    """
    known = {key.key_id: key for key in store.keys("suppression")}
    asked = sorted(set(keys["key_id"].to_pylist()))
    for key_id in asked:
        if key_id not in known:
            raise BanUnreadable("suppression_key_missing", key_id=key_id)
    return {key_id: known[key_id] for key_id in asked}


def suppressed(connection: duckdb.DuckDBPyConnection, keys: pa.Table, store: Store, *, since: int | None) -> pa.Table:
    """What these keys hit in the snapshot behind ``connection``; rows of ``HITS``, each once.

    ``keys`` are rows of ``ledger.ban_keys.SCHEMA``. ``since`` is the first person id that the snapshot before did not
    have; None: there was none, and namesakes are not sought. Kinds without keys cost nothing; every other kind costs
    one HMAC per distinct value in the register and key in use. Raises ``BanUnreadable``.
    """
    found = HITS.empty_table()
    if not len(keys):
        return found
    for macro in _MACROS:
        connection.execute(sql.load(macro))
    connection.register("suppression_key", keys)
    connection.register("given_class", given_class_table())
    named = {*NAMED, "name"}.intersection(keys["kind"].to_pylist())
    if named:
        connection.execute(sql.load("register/suppressed_name"))
    for key_id, key in keyring(keys, store).items():
        kinds = set(keys.filter(pc.equal(keys["key_id"], key_id))["kind"].to_pylist())
        pads = dict(zip(("inner", "outer"), key.pads, strict=True)) | {"key_id": key_id}
        found = pa.concat_tables(
            [found, *(_ask(connection, f"suppressed_{kind}", pads) for kind in KINDS if kind in kinds)]
        )
        if "name" in kinds and since is not None:
            found = pa.concat_tables([found, _ask(connection, "suppressed_namesake", pads | {"since": since})])
        if "near" in kinds:
            found = pa.concat_tables([found, _ask(connection, "suppressed_near", pads | {"since": since or 0})])
    connection.unregister("suppression_key")
    connection.unregister("given_class")
    connection.register("found", found)
    found = pa.concat_tables([found, _ask(connection, "suppressed_trader", {})])
    connection.unregister("found")
    return found.group_by(HITS.names).aggregate([]).select(HITS.names)


def _ask(connection: duckdb.DuckDBPyConnection, statement: str, values: Mapping[str, object]) -> pa.Table:
    return connection.sql(sql.load(f"register/{statement}"), params=values).to_arrow_table().cast(HITS)


def with_held(hits: pa.Table) -> list[tuple[str, str, int, bool, str | None]]:
    """``(ban, target, id, held, channel)`` as the ledger keeps them.

    Held until somebody decides (R018): who fits a key that does not say who is meant, and, where a firm key hits
    several persons, each of them. An address that is out is nobody's question, nor is an outside list.
    """
    firm = Counter(row["ban"] for row in _distinct(hits) if row["target"] == "person" and row["grade"] == "firm")
    best: dict[tuple[str, str, int], tuple[bool, str | None]] = {}
    for row in hits.to_pylist():
        subject, narrow = (row["ban"], row["target"], row["id"]), row["channel"]
        unsure = row["grade"] in ("shared", "review") or (row["target"] == "person" and firm[row["ban"]] > 1)
        state = unsure and narrow is None, narrow
        known = best.get(subject, state)
        if (known[1] is None) == (narrow is None):
            state = known[0] and state[0], bans.wider_channel(known[1], narrow)
        elif known[1] is None:
            state = known
        best[subject] = state
    return [(*subject, *state) for subject, state in best.items()]


def _distinct(hits: pa.Table) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = hits.group_by(["ban", "target", "id", "grade"]).aggregate([]).to_pylist()
    return rows


def record_found(tx: Transaction, store: Store, hits: pa.Table) -> int:
    """Add what a publish found to the bans, and open a task for every ban that holds somebody new. Returns how many."""
    new = bans.missing_hits(tx, with_held(hits))
    added = bans.add_hits(tx, new)
    held = Counter(ban for ban, _, _, is_held, _ in new if is_held)
    for ban, candidates in sorted(held.items()):
        tasks.open_task(
            tx,
            kind=bans.AMBIGUOUS,
            due_on=store.today() + timedelta(days=RESOLVE_DAYS),
            ids={"ban": ban, "candidates": candidates},
        )
    return added
