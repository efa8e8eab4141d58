"""Shares of the register and of its natural parts: regions, divisions of industry, responsibility areas (T07).

Nothing here returns a name or an address: only ids, tokens and counts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import pyarrow as pa

from core.keys import Key, Words
from register.link_keys import blinding
from register.opened import Register
from schemas import codes

DIMENSIONS = ("register", "region", "industry", "responsibility")


@dataclass(frozen=True, order=True)
class Stratum:
    """The whole register (value ``""``), or one value of a dimension: a region, a division, a responsibility area."""

    dimension: str
    value: str


def sizes(register: Register) -> Mapping[Stratum, int]:
    """How many persons the register could disclose, at all and in each stratum."""
    return _strata(register.execute("register/strata").fetchall())


def spread(register: Register, persons: pa.Array) -> Mapping[Stratum, int]:
    """How many of these persons (ids) are in each stratum."""
    with _asked(register, persons):
        register.execute("register/stratum_member")
        return _strata(register.execute("register/strata_of").fetchall())


def tokens(register: Register, persons: pa.Array, *, fingerprint: Key) -> bytes:
    """Manifest tokens of these persons (ids), each once, one after the other."""
    inner, outer = fingerprint.derive("link").pads
    with _asked(register, persons):
        found = register.arrow("register/person_tokens", {"inner": inner, "outer": outer})
    return b"".join(found["token"].to_pylist())


def linked(register: Register, words: Words, *, fingerprint: Key) -> pa.Array:
    """Ids of the persons in the register whose tokens begin with these words."""
    links = pa.table({"link": pa.array(blinding(fingerprint).blind(words), pa.uint64())})
    register.connection.register("obtained_link", links)
    try:
        return register.arrow("register/persons_linked", {})["person"].combine_chunks()
    finally:
        register.connection.unregister("obtained_link")


def label(register: Register, stratum: Stratum) -> str:
    """A stratum's Finnish name."""
    if stratum.dimension == "industry":
        found = codes.industry_label(register.meta["industry_version"], stratum.value)
        return found.fi if found else stratum.value
    if stratum.dimension == "register":
        return "Koko rekisteri"
    known = codes.regions() if stratum.dimension == "region" else codes.responsibilities()
    return known[stratum.value].fi if stratum.value in known else stratum.value


def _strata(rows: Collection[tuple[str, str, int]]) -> Mapping[Stratum, int]:
    areas = list(codes.responsibilities())
    return {
        Stratum(dimension, areas[int(value) - 1] if dimension == "responsibility" else value): persons
        for dimension, value, persons in rows
    }


@contextmanager
def _asked(register: Register, persons: pa.Array) -> Iterator[None]:
    register.connection.register("asked_person", pa.table({"person": persons.cast(pa.int32())}))
    try:
        yield
    finally:
        register.connection.unregister("asked_person")
