"""What the house commits itself to at a release: the scope keys and who was disclosed, hidden in one hash.

``commitment = SHA-256(label ‖ SHA-256(extract's scope key) ‖ SHA-256(customer's scope key) ‖ root)``, root being the
Merkle root over the manifest's rows (fingerprint.md 2.7). It stands in the audit chain from the release on, so neither
the key that draws the marks nor the list of the disclosed can be fitted to a leak that turns up later: a holder of the
key cannot frame anybody afterwards (fingerprint.md 8). Either key can be shown without the other one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from extracts.gate.fingerprint import Marker

_LABEL = b"rajaus:commitment:1"
_LEAF, _NODE = b"\0", b"\1"
"""A leaf can never be taken for a node (RFC 6962)."""
_NONE = (0xFFFFFFFF).to_bytes(4)


def commitment(marker: Marker, manifest: Path) -> dict[str, str]:
    """``{"commitment", "disclosures"}`` in hexadecimal: the hash over all, and the Merkle root that went into it."""
    root = merkle_root(leaves(manifest))
    keys = (marker.key.derive("sym").sub(scope).secret for scope in (marker.extract, marker.customer))
    hashed = b"".join(hashlib.sha256(key).digest() for key in keys)
    return {"commitment": hashlib.sha256(_LABEL + hashed + root).hexdigest(), "disclosures": root.hex()}


def leaves(manifest: Path) -> list[bytes]:
    """One per unit of the pool, in the manifest's order: its token, its row in the delivered file or none, and each
    channel's symbol (2 for none), channels by name."""
    names = pq.read_schema(manifest).names
    channels = sorted(name for name in names if name.endswith("_symbol"))
    table = pq.read_table(manifest, columns=["unit", "number", *channels])
    symbols: list[Iterable[int]] = [pc.fill_null(table[name], 2).to_pylist() for name in channels]
    shown = map(bytes, zip(*symbols, strict=True)) if channels else iter([b""] * len(table))
    numbers = (_NONE if number is None else number.to_bytes(4) for number in table["number"].to_pylist())
    tokens = table["unit"].cast(pa.binary()).to_pylist()
    return [unit + number + marks for unit, number, marks in zip(tokens, numbers, shown, strict=True)]


def merkle_root(rows: list[bytes]) -> bytes:
    """SHA-256 tree; an odd node goes up as it is. The root of no rows is the hash of nothing."""
    level = [hashlib.sha256(_LEAF + row).digest() for row in rows] or [hashlib.sha256(b"").digest()]
    while len(level) > 1:
        paired = [
            hashlib.sha256(_NODE + level[place] + level[place + 1]).digest() for place in range(0, len(level) - 1, 2)
        ]
        level = [*paired, level[-1]] if len(level) % 2 else paired
    return level[0]
