"""Looking again at a released extract: has a ban filed since then touched somebody in it? (R014)"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow.compute as pc

from core.errors import NotFound, StoreError
from core.files import sha256_file
from extracts.gate import manifest
from ledger import bans, customers
from ledger.store import Store
from register.query import Register, open_register, tokens_of


def banned_since(store: Store, extract: Mapping[str, Any]) -> bool:
    """Whether a ban newer than the extract's fence, in its campaign's channels, hits a delivered row of it.

    ``extract`` is its row in the ledger. The snapshot it was cut from knows every id; when that is retired, the current
    one is asked, and a banned id that is in it no more counts as a hit: the ban never loses. Raises ``BanUnreadable``,
    and ``StoreError`` (manifest_damaged).
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
        with open_register(store, holder=holder) as register:
            tokens = _tokens(store, register, newer)
        ids = {"person": newer.persons, "unit": newer.positions, "company": newer.organisations}
        if any(len(tokens[kind]) < len(ids[kind]) for kind in ids):
            return True
    return any(not tokens[kind].isdisjoint(delivered[kind].to_pylist()) for kind in tokens)


def _tokens(store: Store, register: Register, blocked: bans.Blocked) -> dict[str, set[bytes]]:
    key = store.key("fingerprint")
    return tokens_of(register, blocked, unit_key=key.derive("unit"), link_key=key.derive("link"))
