"""Links: the tokens of manifests, as a snapshot keeps them to be compared with earlier deliveries.

A manifest names persons, sites and organisations by keyed tokens. A snapshot keeps the first 64 bits of the same
tokens, blinded with another key, so that who has the files and not the keys cannot join the two.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from duckdb.func import PythonUDFType

import sql
from core.keys import Key, Words
from register.engine import Workshop

TOKEN_BYTES = 16
_MACROS = ("hmac_hex", "hmac64", "digest64", "web_domain", "site_place", "organisation_core")


@dataclass(frozen=True)
class Values:
    """What the statements of a build are keyed with."""

    person: dict[str, Any]
    unit: dict[str, Any]
    site: dict[str, Any]


def blinding(fingerprint: Key) -> Key:
    """The key under which snapshots keep links."""
    return fingerprint.derive("received")


def words(tokens: pa.ChunkedArray) -> Words:
    """The first 64 bits of each token of a column without nulls."""
    parts = [
        np.frombuffer(chunk.buffers()[1], dtype=">u8", count=2 * len(chunk), offset=TOKEN_BYTES * chunk.offset)[::2]
        for chunk in tokens.chunks
        if len(chunk)
    ]
    found: Words = np.concatenate(parts).astype(np.uint64) if parts else np.empty(0, np.uint64)
    return found


def prepare(shop: Workshop, fingerprint: Key) -> Values:
    """Let the build's statements compute links; the previous snapshot's are only of use when its key was the same."""
    key = blinding(fingerprint)

    def blind(column: pa.ChunkedArray) -> pa.Array:
        return pa.array(key.blind(column.to_numpy()), pa.uint64())

    for macro in _MACROS:
        shop.connection.execute(sql.load(macro))
    shop.connection.create_function("blind", blind, ["ubigint"], "ubigint", type=PythonUDFType.ARROW)
    named = {"key": fingerprint.key_id}
    inner, outer = fingerprint.derive("unit").pads
    unit = {"inner": inner, "outer": outer}
    inner, outer = fingerprint.derive("link").pads
    return Values(person={"inner": inner, "outer": outer, **named}, unit=unit | named, site=unit)
