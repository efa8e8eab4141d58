"""Whom a request to be left alone points at in the published register, and the keyed hashes that are kept of it.

Many requests are answered at once, with set operations: a list of 100,000 bans costs a few scans. Ids and hashes come
back, never a name or an address.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

import duckdb
import pyarrow as pa

import sql
from core.keys import Key
from register.query import Register
from schemas.near_names import given_class_table

REQUESTS = pa.schema(
    [
        ("n", pa.int32()),
        ("email", pa.string()),
        ("phone", pa.string()),
        ("names", pa.list_(pa.string())),
        ("pairs", pa.list_(pa.struct([("given", pa.string()), ("part", pa.string())]))),
        ("org", pa.int32()),
        ("org_name", pa.string()),
        ("org_fold", pa.string()),
        ("municipality", pa.string()),
        ("whole", pa.bool_()),
        ("position", pa.int32()),
        ("person", pa.int32()),
        ("address_only", pa.bool_()),
    ]
)
"""Requests in normal form, numbered: ``names`` as ``ledger.ban_keys.name_tokens`` gives them, ``pairs`` as
``schemas.near_names.name_parts``, ``org`` a business id's number, ``org_name`` in lower case, ``org_fold`` folded."""
_MACROS = ("name_tokens", "near_fold", "near_spellings", "organisation_core")
_STEPS = ("organisation", "candidate", "near", "sure", "number", "count", "single")

HitRow: TypeAlias = tuple[str, int, bool, str | None]
KeyRow: TypeAlias = tuple[str, bytes, str]


@dataclass(frozen=True)
class Found:
    """What one request hits, ``(target, id, held, channel)``, and its keys, ``(kind, key, grade)``."""

    hits: Sequence[HitRow]
    keys: Sequence[KeyRow]

    @property
    def held(self) -> int:
        """How many persons or organisations are out only until somebody decides."""
        return sum(held for _, _, held, _ in self.hits)

    @property
    def matched(self) -> int:
        """How many persons, positions or organisations are out; for an address alone, its positions."""
        return sum(channel is None for *_, channel in self.hits) or len(self.hits)

    @property
    def persons(self) -> list[int]:
        """The persons who are meant for certain."""
        return [subject for target, subject, held, _ in self.hits if target == "person" and not held]


@contextmanager
def empty_register() -> Iterator[Register]:
    """A register that nothing was published to: a ban filed before the first snapshot is keyed all the same."""
    with duckdb.connect() as connection:
        for table in ("organisation", "person", "person_name", "position"):
            connection.execute(sql.load(f"register/snapshot_{table}"))
        connection.execute(sql.load("hmac_hex"))
        yield Register("", connection, {})


def search(register: Register, requests: pa.Table, key: Key) -> dict[int, Found]:
    """Find what each of ``requests`` (``REQUESTS``) hits, and key it. Somebody found for certain is keyed by everything
    the register knows of him, so that he is known again under another id (T03)."""
    connection = register.connection
    for macro in _MACROS:
        connection.execute(sql.load(macro))
    connection.register("ban_request", requests.cast(REQUESTS))
    connection.register("given_class", given_class_table())
    try:
        for step in _STEPS:
            register.execute(f"register/ban_{step}")
        hits = register.arrow("register/ban_hits", {})
        inner, outer = key.pads
        pads = {"inner": inner, "outer": outer}
        keys = [register.arrow(f"register/ban_{what}_keys", pads) for what in ("person", "request")]
    finally:
        connection.unregister("ban_request")
        connection.unregister("given_class")
    return _by_request(requests["n"].to_pylist(), hits, keys)


def person_keys(register: Register, persons: Iterable[int], key: Key) -> list[KeyRow]:
    """Keys of everything the register holds of these persons; firm only where a key points at nobody else."""
    ids = sorted(set(persons))
    connection = register.connection
    for macro in _MACROS:
        connection.execute(sql.load(macro))
    connection.register("single", pa.table({"person": pa.array(ids, pa.int32())}))
    register.execute("register/ban_single_given")
    connection.unregister("single")
    inner, outer = key.pads
    table = register.arrow("register/ban_person_keys", {"inner": inner, "outer": outer})
    return [(row["kind"], row["key"], row["grade"]) for row in table.to_pylist()]


def organisation_keys(business_ids: Iterable[str], key: Key) -> list[KeyRow]:
    """Keys of whole organisations, known to the register or not."""
    return [("organisation", key.mac(f"organisation:{business_id}".encode()), "firm") for business_id in business_ids]


def _by_request(numbers: Sequence[int], hits: pa.Table, keys: Sequence[pa.Table]) -> dict[int, Found]:
    hit_rows: dict[int, list[HitRow]] = {n: [] for n in numbers}
    for row in hits.to_pylist():
        hit_rows[row["n"]].append((row["target"], row["id"], row["held"], row["channel"]))
    graded: dict[int, dict[tuple[str, bytes], str]] = {n: {} for n in numbers}
    for table in keys:  # what was said outweighs what the register knows besides
        for row in table.to_pylist():
            graded[row["n"]][row["kind"], row["key"]] = row["grade"]
    return {
        n: Found(hit_rows[n], [(kind, key, grade) for (kind, key), grade in sorted(graded[n].items())]) for n in numbers
    }


def as_requests(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Dictionaries with (some of) the columns of ``REQUESTS`` as the table that :func:`search` reads."""
    empty = {"names": [], "pairs": [], "whole": False, "address_only": False}
    return pa.Table.from_pylist([empty | {"n": n} | dict(row) for n, row in enumerate(rows)], schema=REQUESTS)
