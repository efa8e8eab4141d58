"""Looking again at a released extract: has a ban filed since then touched somebody in it? (R014)"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import reduce
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from core.errors import NotFound, StoreError
from core.files import sha256_file
from extracts.gate import manifest
from ledger import bans, customers, erasures, links
from ledger.store import Store
from register.query import Register, open_register, tokens_of


def banned_since(store: Store, extract: Mapping[str, Any]) -> bool:
    """Whether a ban newer than the extract's fence, in its campaign's channels, hits a delivered row of it.

    ``extract`` is its row in the ledger. The snapshot it was cut from knows every id; when that is retired, the current
    one is asked, and a banned id that is in it no more counts as a hit: the ban never loses. Of an erased person the
    token that was kept tells. Raises ``BanUnreadable``, and ``StoreError`` (manifest_damaged).
    """
    with store.ledger.read() as connection:
        channels = customers.campaign(connection, extract["campaign"])["channels"]
        newer = bans.blocked(connection, channels=channels, newer_than=extract["fence"])
    if not (len(newer.persons) or len(newer.positions) or len(newer.organisations)):
        return False
    path = store.path(extract["manifest"])
    if not path.is_file() or sha256_file(path) != extract["manifest_sha256"]:
        raise StoreError("manifest_damaged", extract=extract["extract"])
    listed, _ = manifest.read(path)
    delivered = listed.filter(pc.is_valid(listed["number"]))
    holder, snapshot = f"recheck {extract['extract']}", extract["snapshot"]
    try:
        with open_register(store, holder=holder, snapshot=snapshot) as register:
            tokens = _tokens(store, register, newer)
    except NotFound:
        others, kept = _erased(store, newer)
        with open_register(store, holder=holder) as register:
            tokens, known = _tokens(store, register, newer), _tokens(store, register, others)
        ids = {"person": others.persons, "unit": others.positions, "company": others.organisations}
        if any(len(known[kind]) < len(ids[kind]) for kind in ids):
            return True
        tokens["person"] |= kept
    return any(not tokens[kind].isdisjoint(delivered[kind].to_pylist()) for kind in tokens)


def banned_rows(store: Store, extract: Mapping[str, Any], listed: pa.Table) -> pa.Array:
    """The numbers of the delivered rows (``listed``, see ``gate.listed``) that such a ban hits, as far as it is known
    whom a ban means: ids in the register, and those that left it with a token kept (R072)."""
    with store.ledger.read() as connection:
        channels = customers.campaign(connection, extract["campaign"])["channels"]
        newer = bans.blocked(connection, channels=channels, newer_than=extract["fence"])
        persons = newer.persons.to_pylist()
        kept = links.former(
            connection,
            persons=[(person, person) for person in persons],
            positions=newer.positions.to_pylist(),
            organisations=newer.organisations.to_pylist(),
        )
    if not (len(newer.persons) or len(newer.positions) or len(newer.organisations)):
        return pa.array([], pa.int32())
    with open_register(store, holder=f"recheck {extract['extract']}") as register:
        tokens = _tokens(store, register, newer)
    for row in kept:
        tokens[row["kind"]].add(row["token"])
    hit = [pc.is_in(listed[kind], pa.array(sorted(tokens[kind]), listed[kind].type)) for kind in tokens]
    return listed.filter(reduce(pc.or_, hit))["number"].combine_chunks()


def _erased(store: Store, newer: bans.Blocked) -> tuple[bans.Blocked, set[bytes]]:
    """Without the erased, and the kept tokens of those: whoever of them was never in a manifest has none and is not in
    this one either (R061, R072)."""
    with store.ledger.read() as connection:
        gone = set(erasures.ids(connection)).intersection(newer.persons.to_pylist())
        kept = links.former(connection, persons=[(person, person) for person in sorted(gone)])
    left = pc.invert(pc.is_in(newer.persons, pa.array(sorted(gone), pa.int32())))
    return replace(newer, persons=newer.persons.filter(left)), {row["token"] for row in kept if row["kind"] == "person"}


def _tokens(store: Store, register: Register, blocked: bans.Blocked) -> dict[str, set[bytes]]:
    key = store.key("fingerprint")
    return tokens_of(register, blocked, unit_key=key.derive("unit"), link_key=key.derive("link"))
