"""From today's rows and what the recipient has to the rows of a delta (R042): what is added, changed and removed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from extracts.gate import delta
from extracts.gate.delta import Difference
from extracts.gate.fingerprint import TOKEN_BYTES, Marker
from extracts.gate.presets import KEY

CHANGE, FIELDS = "change", "changed_fields"
"""Columns beside the rows of a delta: ``added`` or ``changed``, and which columns changed."""
ADDED, CHANGED = "added", "changed"


@dataclass(frozen=True)
class Changes:
    """One delta before seeds and marks."""

    rows: pa.Table
    """Delivered rows to be added or changed, with :data:`KEY`, :data:`CHANGE` and :data:`FIELDS`."""
    pool: pa.Table
    """Units of which the delta says something, withheld ones too: what its manifest lists."""
    gone: pa.Array
    """Keys (16 bytes) of rows to be removed."""
    state: pa.Table
    """What the recipient has once the delta is applied (``delta.schema``)."""
    had: int
    """Persons that the recipient had."""

    @property
    def added(self) -> pa.Table:
        return self.rows.filter(pc.equal(self.rows[CHANGE], ADDED))

    @property
    def held(self) -> int:
        """Persons that the recipient then has."""
        return int(pc.sum(self.state["delivered"]).as_py() or 0)


@dataclass(frozen=True)
class Shape:
    """What decides how a row is rendered."""

    columns: Sequence[str]
    marker: Marker
    ban_url: str


def find(
    connection: duckdb.DuckDBPyConnection,
    rows: pa.Table,
    *,
    former: pa.Table,
    shape: Shape,
    whole: bool = False,
    removals_only: bool = False,
) -> Changes:
    """Compare the pool's rows with the former state. ``whole``: every delivered row is added, whatever went out before.
    ``removals_only``: nothing is added or changed, and the recipient keeps what it had of everybody else."""
    had = int(pc.sum(former["delivered"]).as_py() or 0)
    now = delta.today(connection, rows, columns=shape.columns, marker=shape.marker, ban_url=shape.ban_url)
    found = delta.compare(connection, now, former)
    keys = former["key"].combine_chunks().cast(pa.binary(TOKEN_BYTES))
    gone = keys.take(found.former("removed", delivered=True))
    if removals_only:
        kept = pc.invert(pc.is_in(pa.array(range(len(former)), pa.int64()), found.former("removed")))
        nobody = _told(rows.slice(0, 0), keys.slice(0, 0), ADDED)
        return Changes(nobody, rows.slice(0, 0), gone, former.filter(kept), had)
    pool, fresh, fields = _fresh(connection, rows, now, former=former, found=found, shape=shape)
    same = _aligned(former.take(found.former("same")), delta.schema(shape.columns))
    state = pa.concat_tables([same, fresh])
    if whole:
        told = _told(*_delivered(rows, now), ADDED)
        return Changes(told, rows, gone, state, had)
    new, altered = found.places("added"), found.places("changed")
    told = pa.concat_tables(
        [
            _told(*_delivered(rows.take(new), now.take(new)), ADDED),
            _told(*_delivered(rows.take(altered), now.take(altered)), CHANGED, fields),
        ]
    )
    return Changes(told, pool, gone, state, had)


def _delivered(rows: pa.Table, now: pa.Table) -> tuple[pa.Table, pa.Array]:
    """The rows that go out, with their keys."""
    return rows.filter(rows["delivered"]), now.filter(now["delivered"])["key"].combine_chunks()


def _told(rows: pa.Table, keys: pa.Array, change: str, fields: pa.Array | None = None) -> pa.Table:
    fields = pa.nulls(len(rows), pa.string()) if fields is None else fields
    return (
        rows.append_column(KEY, delta.key_texts(keys))
        .append_column(CHANGE, pa.repeat(pa.scalar(change), len(rows)))
        .append_column(FIELDS, fields)
    )


def _fresh(
    connection: duckdb.DuckDBPyConnection,
    rows: pa.Table,
    now: pa.Table,
    *,
    former: pa.Table,
    found: Difference,
    shape: Shape,
) -> tuple[pa.Table, pa.Table, pa.Array]:
    """New and changed units, their part of the state, and which columns changed of the changed delivered ones."""
    new, altered = found.places("added"), found.places("changed")
    places = pa.concat_arrays([new, altered])
    pool = rows.take(places)
    fresh = delta.detailed(
        connection, now.take(places), pool, columns=shape.columns, marker=shape.marker, ban_url=shape.ban_url
    )
    after = fresh.slice(len(new))
    fields = delta.changed_fields(after, former.take(found.former("changed")), columns=shape.columns)
    return pool, fresh, fields.filter(after["delivered"].combine_chunks())


def _aligned(state: pa.Table, schema: pa.Schema) -> pa.Table:
    """A state made when the columns were others has no digests of new ones: they count as changed then."""
    columns = [
        state[field.name].combine_chunks() if field.name in state.column_names else pa.nulls(len(state), field.type)
        for field in schema
    ]
    return pa.table(columns, schema=schema)
