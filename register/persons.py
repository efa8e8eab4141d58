"""Who is behind a manifest's tokens: register ids, never text. The reverse of ``register.query.tokens_of``."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from core.errors import StoreError
from core.keys import Key
from register.query import Register

_TOKENS = pa.schema([("token", pa.binary())])


def persons_of_tokens(register: Register, tokens: pa.Array, *, former: pa.Table, link_key: Key) -> tuple[pa.Array, int]:
    """Register ids behind person tokens, merges followed, and how many of the tokens lead to somebody.

    ``former(token BINARY, person INT32)`` are tokens of persons that left the register. Each person of the register is
    keyed once, so the cost is that of the register, not of the manifests. Raises ``StoreError`` (snapshot_failed).
    """
    inner, outer = link_key.pads
    connection = register.connection
    try:
        connection.register("leaked", pa.table([tokens], schema=_TOKENS))
        connection.register("former", former)
        found = register.arrow("register/persons_of_tokens", {"link_inner": inner, "link_outer": outer})
    except duckdb.Error as error:
        raise StoreError("snapshot_failed", reason=type(error).__name__) from error
    finally:
        connection.unregister("leaked")
        connection.unregister("former")
    return pc.unique(found["person"].combine_chunks().cast(pa.int32())), len(pc.unique(found["token"]))


def positions_of_units(register: Register, tokens: pa.Array, *, unit_key: Key) -> dict[bytes, tuple[int, int]]:
    """Unit token to the position and its person, for those that the register still has.

    One pass over the positions, each keyed once. Raises ``StoreError`` (snapshot_failed).
    """
    inner, outer = unit_key.pads
    connection = register.connection
    try:
        connection.register("wanted", pa.table([tokens.cast(pa.binary())], schema=_TOKENS))
        found = register.arrow("register/positions_of_units", {"inner": inner, "outer": outer})
    except duckdb.Error as error:
        raise StoreError("snapshot_failed", reason=type(error).__name__) from error
    finally:
        connection.unregister("wanted")
    return {row["token"]: (row["position"], row["person"]) for row in found.to_pylist()}


def person_of_row(register: Register, *, unit: bytes, company: bytes, unit_key: Key) -> int | None:
    """Who holds the position behind a manifest row now; None when the register has it no more.

    The organisation is sought first, so that only its own positions are keyed. Raises ``StoreError``.
    """
    inner, outer = unit_key.pads
    try:
        values = {"inner": inner, "outer": outer, "unit": unit, "company": company}
        found = register.execute("register/person_of_row", values).fetchone()
    except duckdb.Error as error:
        raise StoreError("snapshot_failed", reason=type(error).__name__) from error
    return None if found is None else int(found[0])


def persons_now(register: Register, former: Sequence[int]) -> list[int]:
    """Who these ids are now, merges followed; whoever is in the register no more is nobody."""
    return [int(row[0]) for row in register.execute("register/persons_now", {"former": list(former)}).fetchall()]


def everybody(register: Register) -> pa.Array:
    """Every person of the register."""
    return register.arrow("register/persons_all", {})["person"].combine_chunks().cast(pa.int32())
