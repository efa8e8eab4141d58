"""An index of the manifests for tracing: who was eligible where, with which marks, sorted by unit.

Derived and rebuildable; it holds the manifests' own tokens and nothing else. :mod:`extracts.trace.segments` keeps it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ledger.store import Store

Array = npt.NDArray[Any]

KEYS = ("email", "mobile", "name_org", "name_orgname")
_READ = re.compile("unit|company|number|hot|email|mobile|name_org(name)?|.+_(symbol|p|alt0|alt1|canonical)")
_ODD = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class Faces:
    """One channel's distinct marks, by entry: where ``alt0``, ``alt1`` and ``canonical`` are blind cells."""

    entry: Array
    p: Array
    alt0: Array
    alt1: Array
    canonical: Array
    of_member: Array
    """Per member: twice the face, plus the extract's symbol; -1 where there is no mark."""


@dataclass(frozen=True)
class Segment:
    """Some manifests' rows. An entry is a unit in a company; its members are the rows that hold it."""

    manifests: tuple[str, ...]
    facts: tuple[Mapping[str, Any], ...]
    unit: Array
    """entries × 2 words, ascending; the first words lie together."""
    company: Array
    offsets: Array
    """Entry ``e`` has the members ``offsets[e]`` to ``offsets[e + 1]``."""
    place: Array
    """Per member, which of the manifests."""
    state: Array
    """Per member: 1 when delivered, and 2 more where it is a hot row."""
    identity_entry: Array
    identity: Array
    """Distinct blind indexes of entries: × 4 (e-mail, mobile, name and business id, name and organisation), 0: none."""
    faces: Mapping[str, Faces]
    directory: Path | None = None
    """Where it is kept."""


def words(tokens: pa.ChunkedArray | pa.Array) -> Array:
    """16-byte tokens as two words each."""
    array = tokens.combine_chunks() if isinstance(tokens, pa.ChunkedArray) else tokens
    raw = pc.fill_null(array.cast(pa.binary(16)), bytes(16)).buffers()[1]
    found = np.frombuffer(raw, dtype=">u8", count=2 * (len(array) + array.offset)).reshape(-1, 2)
    return np.asarray(found[array.offset :].astype(np.uint64))


def build(store: Store, manifests: Sequence[str]) -> Segment:
    """The segment of some manifests."""
    tables, facts = [], []
    for place, manifest in enumerate(manifests):
        schema = pq.read_schema(store.path(manifest))
        facts.append(json.loads(schema.metadata[b"rajaus"]))
        table = pq.read_table(store.path(manifest), columns=[name for name in schema.names if _READ.fullmatch(name)])
        tables.append(
            table.replace_schema_metadata(None).append_column("place", pa.array(np.full(len(table), place, np.int32)))
        )
    whole = pa.concat_tables(tables, promote_options="permissive")
    unit, company = words(whole["unit"]), words(whole["company"])
    order = by_unit(unit, company)
    unit, company = unit[order], company[order]
    starts = starts_of(unit, company)
    entry = np.cumsum(starts) - 1
    first = np.flatnonzero(starts)
    keys = np.stack([_numbers(whole, name, order, np.uint64) for name in KEYS], axis=1)
    _, kept = grouped(entry, keys)
    return Segment(
        manifests=tuple(manifests),
        facts=tuple(facts),
        unit=np.asfortranarray(unit[first]),
        company=company[first],
        offsets=np.append(first, len(order)).astype(np.int64),
        place=whole["place"].to_numpy()[order].astype(np.int32),
        state=_states(whole)[order],
        identity_entry=entry[kept].astype(np.int32),
        identity=np.asfortranarray(keys[kept]),
        faces={name: _faces(whole, name, order=order, entry=entry) for name in channels(whole.schema.names)},
    )


def _states(table: pa.Table) -> Array:
    delivered = table["number"].is_valid().to_numpy().astype(np.int8)
    if "hot" not in table.column_names:
        return np.asarray(delivered)
    return np.asarray(delivered + 2 * pc.fill_null(table["hot"], False).to_numpy().astype(np.int8))


def channels(names: Sequence[str]) -> list[str]:
    """The channels of a manifest, by its columns."""
    return [name.removesuffix("_symbol") for name in names if name.endswith("_symbol")]


def _numbers(table: pa.Table, name: str, order: Array, kind: Any, *, missing: int = 0) -> Array:
    return np.asarray(pc.fill_null(table[name], missing).to_numpy()[order].astype(kind))


def starts_of(unit: Array, company: Array) -> Array:
    """Where the next unit or company begins, of rows that are by both."""
    starts = np.ones(len(unit), bool)
    starts[1:] = (unit[1:] != unit[:-1]).any(axis=1) | (company[1:] != company[:-1]).any(axis=1)
    return starts


def grouped(entry: Array, values: Array) -> tuple[Array, Array]:
    """Number the distinct (entry, row of values) of rows that are by entry: each row's number, and a row of each.

    Rows of one entry mostly agree, so only those that differ from the one before are sorted.
    """
    mixed = _mixed(values)
    head = np.ones(len(entry), bool)
    head[1:] = (entry[1:] != entry[:-1]) | (mixed[1:] != mixed[:-1])
    heads = np.flatnonzero(head)
    order = np.lexsort((mixed[heads], entry[heads]))
    sorted_entry, sorted_mixed = entry[heads][order], mixed[heads][order]
    first = np.ones(len(order), bool)
    first[1:] = (sorted_entry[1:] != sorted_entry[:-1]) | (sorted_mixed[1:] != sorted_mixed[:-1])
    group = np.empty(len(order), np.int64)
    group[order] = np.cumsum(first) - 1
    return group[np.cumsum(head) - 1], heads[order[first]]


def by_unit(unit: Array, company: Array) -> Array:
    """The order by unit and company; their first words alone nearly always tell units apart."""
    order = np.argsort(unit[:, 0], kind="stable")
    word, rest = unit[order, 0], np.concatenate([unit[order, 1:], company[order]], axis=1)
    if ((word[1:] == word[:-1]) & (rest[1:] != rest[:-1]).any(axis=1)).any():
        return np.lexsort((company[:, 1], company[:, 0], unit[:, 1], unit[:, 0]))
    return order


def _mixed(values: Array) -> Array:
    """Rows of words as one word each: equal for equal rows, and by chance for others once in 2^64."""
    mixed = np.zeros(len(values), np.uint64)
    for column in range(values.shape[1]):
        mixed = (mixed ^ values[:, column]) * _ODD
        mixed ^= mixed >> np.uint64(29)
    return mixed


def _faces(table: pa.Table, channel: str, *, order: Array, entry: Array) -> Faces:
    marked = np.flatnonzero(table[f"{channel}_symbol"].is_valid().to_numpy()[order])
    of_entry = entry[marked]

    def column(name: str, kind: Any) -> Array:
        return np.asarray(pc.fill_null(table[f"{channel}_{name}"], 0).to_numpy()[order][marked].astype(kind))

    p = column("p", np.float64)
    facts = [p.view(np.uint64), *(column(name, np.uint64) for name in ("alt0", "alt1", "canonical"))]
    face, kept = grouped(of_entry, np.stack(facts, axis=1))
    of_member = np.full(len(order), -1, np.int32)
    of_member[marked] = 2 * face + column("symbol", np.int32)
    return Faces(of_entry[kept].astype(np.int32), p[kept], facts[1][kept], facts[2][kept], facts[3][kept], of_member)
