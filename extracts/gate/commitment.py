"""What the house commits itself to at a release: the scope keys and who was disclosed, hidden in one hash.

``commitment = SHA-256(label ‖ SHA-256(extract's scope key) ‖ SHA-256(customer's scope key) ‖ root)``, root being the
Merkle root over the manifest's rows (fingerprint.md 2.7). It stands in the audit chain from the release on, so neither
the key that draws the marks nor the list of the disclosed can be fitted to a leak that turns up later: a holder of the
key cannot frame anybody afterwards (fingerprint.md 8). Either key can be shown without the other one.

A leaf holds the tokens that symbols are drawn from, and each symbol's prior and scope: with a key shown, whoever has
the leaves draws every symbol again, and none of what its likelihood depends on can be chosen later.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from extracts.gate.fingerprint import Marker

FORM = 2
"""Of the commitment; the audit says it. Those of form 1 left out companies, priors and scopes."""
_LABEL = f"rajaus:commitment:{FORM}".encode()
_LEAF, _NODE = b"\0", b"\1"
"""A leaf can never be taken for a node (RFC 6962)."""
_NONE, _HOT = 0xFFFFFFFF, 0x80000000
_MARK = struct.Struct(">BBd")
_NO_MARK = _MARK.pack(2, 0, 0.0)


def commitment(marker: Marker, manifest: Path) -> dict[str, str | int]:
    """``{"commitment", "disclosures", "form"}``: the hash over all and the Merkle root in it, hexadecimal."""
    root = merkle_root(leaves(manifest))
    hashed = b"".join(hashlib.sha256(key.secret).digest() for key in marker.scope_keys)
    made = hashlib.sha256(_LABEL + hashed + root).hexdigest()
    return {"commitment": made, "disclosures": root.hex(), "form": FORM}


def scope_of(facts: Mapping[str, Any]) -> str:
    """In whose own scope a manifest was marked: the extract's, or the one that a subscription's deltas share."""
    return str(facts["campaign"] if "delta" in facts else facts["extract"])


def marked(manifest: Path) -> list[str]:
    """The channels of a manifest, by name: the order of the marks in its leaves."""
    return sorted(name.removesuffix("_symbol") for name in pq.read_schema(manifest).names if name.endswith("_symbol"))


def leaves(manifest: Path) -> list[bytes]:
    """One per unit of the pool, in the manifest's order: its token, its company's, its row in the delivered file or
    none (4 bytes, the first bit set in a hot row's), and of each channel, by name, symbol (2: none), scope, and the
    prior of symbol 1 (1 + 1 + 8)."""
    channels = marked(manifest)
    parts = [f"{channel}_{part}" for channel in channels for part in ("symbol", "scope", "p")]
    there = [name for name in ("unit", "company", "number", "hot") if name in pq.read_schema(manifest).names]
    table = pq.read_table(manifest, columns=[*there, *parts])
    shown = [b""] * len(table)
    for channel in channels:
        columns = (table[f"{channel}_{part}"].to_pylist() for part in ("symbol", "scope", "p"))
        shown = [before + _mark(*mark) for before, *mark in zip(shown, *columns, strict=True)]
    hot = table["hot"].to_pylist() if "hot" in table.column_names else [None] * len(table)
    numbers = (
        (_NONE if number is None else number | _HOT if one else number).to_bytes(4)
        for number, one in zip(table["number"].to_pylist(), hot, strict=True)
    )
    units, companies = (table[name].cast(pa.binary()).to_pylist() for name in ("unit", "company"))
    return [b"".join(leaf) for leaf in zip(units, companies, numbers, shown, strict=True)]


def _mark(symbol: int | None, scope: int, p: float) -> bytes:
    return _NO_MARK if symbol is None else _MARK.pack(symbol, scope, p)


def merkle_root(rows: list[bytes]) -> bytes:
    """SHA-256 tree; an odd node goes up as it is. The root of no rows is the hash of nothing."""
    level = [hashlib.sha256(_LEAF + row).digest() for row in rows] or [hashlib.sha256(b"").digest()]
    while len(level) > 1:
        paired = [
            hashlib.sha256(_NODE + level[place] + level[place + 1]).digest() for place in range(0, len(level) - 1, 2)
        ]
        level = [*paired, level[-1]] if len(level) % 2 else paired
    return level[0]
