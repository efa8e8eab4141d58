"""What a recipient of continuous use has, and what differs today (R042).

Of a delivered row only its key and keyed digests are kept: enough to tell what changed in which column, and nothing
that says who it is. All is set operations over whole columns; digests per column are made of new and changed rows only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from core.files import storing
from extracts.gate.fingerprint import TOKEN_BYTES, Marker, token_texts
from register.rows import lent, query

_FIELD = "field_"
_BASE = [("key", pa.binary(TOKEN_BYTES)), ("delivered", pa.bool_()), ("digest", pa.uint64())]
FATES = ("added", "changed", "same", "removed")
_BETWEEN, _MISSING, _AND = "\x1f", "\x00", "\x1e"
"""Between the cells of a row, and in the place of one that is missing: neither is in a cell of the register."""


def schema(columns: Sequence[str]) -> pa.Schema:
    """Of a state: one row per unit of the pool, withheld ones too, with a digest per column."""
    return pa.schema([*_BASE, *((f"{_FIELD}{name}", pa.uint64()) for name in columns)])


@dataclass(frozen=True)
class Difference:
    """Two deliveries compared: places in today's rows and in the former state."""

    table: pa.Table
    """``place, former INT64, delivered BOOL, fate TEXT``; ``place`` null when removed, ``former`` when added."""

    def places(self, *fates: str, delivered: bool | None = None) -> pa.Array:
        """Places in today's rows of these fates."""
        return self._of(fates, delivered)["place"].combine_chunks()

    def former(self, *fates: str, delivered: bool | None = None) -> pa.Array:
        """Places in the former state of these fates."""
        return self._of(fates, delivered)["former"].combine_chunks()

    def _of(self, fates: Sequence[str], delivered: bool | None) -> pa.Table:
        found = self.table.filter(pc.is_in(self.table["fate"], pa.array(fates, pa.string())))
        return found if delivered is None else found.filter(pc.equal(found["delivered"], delivered))


def today(
    connection: duckdb.DuckDBPyConnection, rows: pa.Table, *, columns: Sequence[str], marker: Marker, ban_url: str
) -> pa.Table:
    """``key, delivered, digest`` of the pool's rows, in order. ``rows`` has ``unit, delivered`` and the columns."""
    cells = [pc.fill_null(column, _MISSING) for column in _shown(rows, columns, marker, ban_url)]
    places = pa.array(range(len(rows)), pa.int32())
    units = pa.table({"place": places, "unit": rows["unit"], "cells": pc.binary_join_element_wise(*cells, _BETWEEN)})
    with lent(connection, gate_units=units):
        found = query(connection, "extracts/delta_today", marker.state_pads())
    return found.append_column("delivered", rows["delivered"]).select([name for name, _ in _BASE]).cast(schema(()))


def compare(connection: duckdb.DuckDBPyConnection, now: pa.Table, former: pa.Table) -> Difference:
    """What became of every unit of both."""
    with lent(connection, gate_today=_placed(now), gate_former=_placed(former)):
        return Difference(query(connection, "extracts/delta_compare"))


def _placed(state: pa.Table) -> pa.Table:
    return state.select([name for name, _ in _BASE]).append_column("place", pa.array(range(len(state)), pa.int64()))


def detailed(
    connection: duckdb.DuckDBPyConnection,
    now: pa.Table,
    rows: pa.Table,
    *,
    columns: Sequence[str],
    marker: Marker,
    ban_url: str,
) -> pa.Table:
    """Those rows of today's state with a digest per column (:func:`schema`); ``rows`` are theirs, in the same order."""
    places = pa.array(range(len(rows)), pa.int32())
    state = now
    for name, cells in zip(columns, _shown(rows, columns, marker, ban_url), strict=True):
        table = pa.table({"place": places, "unit": rows["unit"], "cell": pc.fill_null(cells, _MISSING)})
        inner, outer = marker.state_key.pads
        values = {"state_inner": inner, "state_outer": outer, "field": name}
        with lent(connection, gate_cells=table):
            digests = query(connection, "extracts/delta_field", values)["digest"]
        state = state.append_column(f"{_FIELD}{name}", digests)
    return state.cast(schema(columns))


def changed_fields(new: pa.Table, old: pa.Table, *, columns: Sequence[str]) -> pa.Array:
    """Names of the columns in which two states of the same rows differ, joined by ``;``. A column that the old state
    does not know differs."""
    parts = []
    for name in columns:
        field = f"{_FIELD}{name}"
        differs = (
            pc.not_equal(new[field], old[field])
            if field in old.column_names
            else pa.chunked_array([pa.repeat(pa.scalar(True), len(new))])
        )
        parts.append(pc.if_else(differs, pa.scalar(name), pa.scalar(None, pa.string())).combine_chunks())
    return pc.binary_join_element_wise(*parts, ";", null_handling="skip")


def keys_of(connection: duckdb.DuckDBPyConnection, tokens: pa.Array, *, marker: Marker) -> pa.Array:
    """Row keys (16 bytes) of units, seeds among them, given by their tokens in manifests."""
    inner, outer = marker.row_key.pads
    table = pa.table({"place": pa.array(range(len(tokens)), pa.int32()), "token": tokens})
    with lent(connection, gate_tokens=table):
        found = query(connection, "extracts/delta_keys", {"key_inner": inner, "key_outer": outer})
    return found["key"].combine_chunks().cast(pa.binary(TOKEN_BYTES))


def key_texts(keys: pa.Array) -> pa.Array:
    """Row keys as the recipient sees them: 26 letters."""
    return token_texts(keys)


def write(state: pa.Table, path: Path) -> None:
    """Write a state, or the keys of a removal, for its owner alone."""
    with storing(path):
        pq.write_table(state, path, compression="none", use_dictionary=False)
        path.chmod(0o600)


def read(path: Path) -> pa.Table:
    """A state, or the keys of a removal."""
    return pq.read_table(path)


def _shown(rows: pa.Table, columns: Sequence[str], marker: Marker, ban_url: str) -> list[pa.Array]:
    """What decides how each column of a row is rendered: its value in the register, of a company's name its parallel
    names too; of the ban link its address and the key behind it, for the rest of it is the unit's."""
    link = pa.repeat(pa.scalar(f"{ban_url} {marker.key.key_id}"), len(rows))
    shown = {name: rows[name].combine_chunks().cast(pa.string()) for name in columns if name != "ban_url"}
    if "organisation_name" in shown and "parallel_names" in rows.column_names:
        others = pc.if_else(pc.equal(rows["parallel_names"], ""), None, rows["parallel_names"]).combine_chunks()
        both = pc.binary_join_element_wise(shown["organisation_name"], others, _AND, null_handling="skip")
        shown["organisation_name"] = pc.if_else(pc.is_valid(others), both, shown["organisation_name"])
    return [link if name == "ban_url" else shown[name] for name in columns]
