"""What became of rows delivered to a recipient of continuous use: replaced, removed, or still there (R042, R057).

Such a recipient learns of a ban, an erasure or a restriction by the next delta alone, among all other removals: a
message besides would tell it which of them was no ordinary one (R026, R042).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

import sql
from extracts.gate.fingerprint import TOKEN_BYTES, Marker, token_texts
from ledger import subscriptions
from ledger.disclosures import Disclosure
from ledger.store import Store
from subjects.recipients_rows import reading_manifests

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Fate:
    """One row of a delta."""

    key: str
    """By which the recipient knows the row."""
    removed_by: Row | None
    """The delta that was handed over and removes it, if any."""
    replaced: bool
    """A later delta that was handed over has it anew."""

    @property
    def gone(self) -> bool:
        """Whether the recipient has it no more: it has a newer one, or said that it removed it."""
        return self.replaced or (self.removed_by is not None and self.removed_by["acknowledged_at"] is not None)


def fates(store: Store, found: Iterable[Row], among: Mapping[str, Disclosure]) -> dict[tuple[str, int], Fate]:
    """By extract and row number, for the found rows (``recipients_rows.ROWS``) of deltas; ``among`` by manifest."""
    rows = [(among[row["filename"]], row) for row in found if among[row["filename"]].delta is not None]
    if not rows:
        return {}
    uses = sorted({one.campaign for one, _ in rows})
    with store.ledger.read() as connection:
        handed = {
            use: [row for row in subscriptions.deltas(connection, use) if row["delivered_at"] is not None]
            for use in uses
        }
    key_of = {(one.campaign, row["unit"]): _key(store, one.campaign, row["unit"]) for one, row in rows}
    delivered: dict[tuple[str, bytes], set[int]] = {}
    for one, row in rows:
        delivered.setdefault((one.campaign, row["unit"]), set()).add(_number(one))
    removals = _removals(store, [row for rows in handed.values() for row in rows], set(key_of.values()))
    made = {}
    for one, row in rows:
        place = (one.campaign, row["unit"])
        later = [delta for delta in handed[one.campaign] if delta["delta"] > _number(one)]
        anew = [delta["delta"] for delta in later if delta["delta"] in delivered[place]]
        gone = [
            delta
            for delta in later
            if (delta["whole"] and delta["delta"] not in delivered[place])
            or (one.campaign, delta["delta"], key_of[place]) in removals
        ]
        removed = gone[0] if gone and (not anew or gone[0]["delta"] < anew[0]) else None
        made[one.extract, int(row["number"])] = Fate(
            _text(key_of[place]), removed, bool(anew) and (removed is None or anew[0] > removed["delta"])
        )
    return made


def _number(disclosure: Disclosure) -> int:
    return -1 if disclosure.delta is None else disclosure.delta


def _key(store: Store, subscription: str, unit: bytes) -> bytes:
    return Marker(store.key("fingerprint"), subscription, "").row_key.mac(unit)[:TOKEN_BYTES]


def key_of_unit(store: Store, subscription: str, unit: bytes) -> str:
    """By which the recipient knows the row of a unit, given by its token in manifests."""
    return _text(_key(store, subscription, unit))


def _text(key: bytes) -> str:
    return str(token_texts(pa.array([key], pa.binary(TOKEN_BYTES)))[0].as_py())


def _removals(store: Store, deltas: Sequence[Row], keys: set[bytes]) -> set[tuple[str, int, bytes]]:
    """Which of the keys each delta removes: subscription, delta, key. Removals whose time is over are not asked."""
    files = {
        str(store.path(row["removals"]).resolve()): row
        for row in deltas
        if row["removals"] is not None and store.path(row["removals"]).is_file()
    }
    if not files:
        return set()
    with reading_manifests(store) as connection:
        connection.register("wanted_key", pa.table({"key": pa.array(sorted(keys), pa.binary())}))
        found = connection.execute(sql.load("extracts/holdings_removals"), {"removals": sorted(files)}).fetchall()
    return {(files[path]["subscription"], files[path]["delta"], key) for path, key in found}


def keys_of_rows(store: Store, disclosure: Disclosure) -> dict[int, str]:
    """Row number to key, of every person's row of a delta."""
    table = pq.read_table(store.path(disclosure.manifest), columns=["unit", "number"])
    table = table.filter(table["number"].is_valid())
    units = zip(table["number"].to_pylist(), table["unit"].to_pylist(), strict=True)
    return {number: key_of_unit(store, disclosure.campaign, unit) for number, unit in units}
