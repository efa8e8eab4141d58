"""The delivered rows of an extract as its manifest lists them, control records among them: keyed, no text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

import sql
from core.errors import ConfigError, StoreError
from core.files import sha256_file
from core.identity import fold_name, normalise_business_id, normalise_email, normalise_phone
from core.keys import Key
from extracts.gate import leftover, manifest
from extracts.gate.fingerprint import TOKEN_BYTES, Marker
from ledger import seeds
from ledger.store import Store

_TOKEN = pa.binary(TOKEN_BYTES)
LISTED = pa.schema(
    [
        ("number", pa.int32()),
        ("unit", _TOKEN),
        ("person", _TOKEN),
        ("company", _TOKEN),
        ("ban_token", _TOKEN),
        ("email", pa.uint64()),
        ("name_org", pa.uint64()),
        *((field, pa.uint64()) for field in leftover.FIELDS),
        ("seed", pa.string()),
    ]
)
"""One row per row of the file, by number. A seed has no unit, person and company."""


def delivered(store: Store, extract: Mapping[str, Any]) -> tuple[pa.Table, Marker]:
    """``LISTED`` rows of an extract (its row in the ledger), and the marker whose keys they are made with.

    Raises ``StoreError`` (manifest_damaged), ``ConfigError`` (key_missing).
    """
    table, facts = manifest.read(_sealed(store, extract))
    marker = Marker(_key(store, facts["key_id"]), extract["extract"], extract["customer"])
    persons = table.filter(pc.is_valid(table["number"]))
    persons = persons.append_column("seed", pa.nulls(len(persons), pa.string())).select(LISTED.names).cast(LISTED)
    with store.ledger.read() as connection:
        placed = [_seed(row, marker) for row in seeds.of_extract(connection, extract["extract"])]
    both = pa.concat_tables([persons, pa.Table.from_pylist(placed, schema=LISTED)])
    return both.sort_by("number"), marker


def marker_of(store: Store, extract: Mapping[str, Any]) -> Marker:
    """The marker of an extract, without reading its rows. Raises as :func:`delivered` does."""
    facts = manifest.facts(_sealed(store, extract))
    return Marker(_key(store, facts["key_id"]), extract["extract"], extract["customer"])


def _sealed(store: Store, extract: Mapping[str, Any]) -> Path:
    path = store.path(extract["manifest"])
    if not path.is_file() or sha256_file(path) != extract["manifest_sha256"]:
        raise StoreError("manifest_damaged", extract=extract["extract"])
    return path


def _key(store: Store, key_id: str) -> Key:
    """The key an extract was made with, in use or retired."""
    for key in store.keys("fingerprint"):
        if key.key_id == key_id:
            return key
    raise ConfigError("key_missing", key=key_id)


def _seed(row: Mapping[str, Any], marker: Marker) -> dict[str, Any]:
    """A control record as the manifest would list it, were it a person."""
    words = " ".join(sorted((fold_name(f"{row['first_name']} {row['last_name']}") or "").split(" ")))
    email, name = normalise_email(row["email"]), f"{words}|{normalise_business_id(row['business_id'])}"
    return {
        "number": row["number"],
        "ban_token": marker.token(row["seed"]),
        "email": _blind(marker.blind_key, f"email:{email}"),
        "name_org": _blind(marker.blind_key, f"name_org:{name}"),
        "left_email": _blind(marker.leftover_key, f"email:{email}"),
        "left_phone": _blind(marker.leftover_key, f"phone:{normalise_phone(row['mobile'])}"),
        "left_name": _blind(marker.leftover_key, f"name:{name}"),
        "seed": row["seed"],
    }


def _blind(key: Key, text: str) -> int:
    return int.from_bytes(key.mac(text.encode())[:8])


@contextmanager
def scratch(store: Store, **tables: pa.Table) -> Iterator[duckdb.DuckDBPyConnection]:
    """A private connection that reaches no file, with keyed-hash macros and these tables; raises ``StoreError``."""
    try:
        with duckdb.connect(
            ":memory:", config={"memory_limit": store.settings.memory_limit, "threads": store.settings.threads}
        ) as connection:
            for statement in ("quiet", "hmac_hex", "hmac64"):
                connection.execute(sql.load(statement))
            connection.execute("SET enable_external_access = false")
            connection.execute("SET lock_configuration = true")
            for name, table in tables.items():
                connection.register(name, table)
            yield connection
    except duckdb.Error as error:
        raise StoreError("manifests_failed", reason=type(error).__name__) from error
