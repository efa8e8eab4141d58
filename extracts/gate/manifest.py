"""The luovutusluettelo of an extract: who was eligible and who delivered, in pseudonymous tokens (fingerprint.md).

Erasing a person's nonces and match indexes from the register leaves tokens that match nobody (fingerprint.md 8).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from extracts.gate import leftover
from extracts.gate.channels import CHANNELS
from extracts.gate.fingerprint import SCHEME, TOKEN_BYTES, Marker
from extracts.gate.marking import MARKS
from register.rows import lent, query

_TOKEN = pa.binary(TOKEN_BYTES)
_UNITS = (
    "position",
    "unit",
    "company_unit",
    "person_unit",
    "site_unit",
    "email",
    "mobile",
    "name_fold",
    "business_id",
    "organisation_fold",
)
_REPEATING = [f"{channel.name}_{name}" for channel in CHANNELS for name, _ in MARKS]
_COMPRESSION = {
    field: "zstd" if field in _REPEATING or field in ("number", "hot") else "none"
    for field in (
        "unit",
        "company",
        "site",
        "person",
        "number",
        "hot",
        "email",
        "mobile",
        "name_org",
        "name_orgname",
        "ban_token",
        *leftover.FIELDS,
        *_REPEATING,
    )
}
"""Keyed values are random: neither a dictionary nor compression shortens them."""

SCHEMA = pa.schema(
    [
        ("unit", _TOKEN),
        ("company", _TOKEN),
        ("site", _TOKEN),
        ("person", _TOKEN),
        ("number", pa.int32()),
        ("hot", pa.bool_()),
        ("email", pa.uint64()),
        ("mobile", pa.uint64()),
        ("name_org", pa.uint64()),
        ("name_orgname", pa.uint64()),
        *((f"{channel.name}_{name}", kind) for channel in CHANNELS for name, kind in MARKS),
        ("ban_token", _TOKEN),
        *((field, pa.uint64()) for field in leftover.FIELDS),
    ]
)
"""One row per unit of the pool, by ``unit``. ``number`` is the row in the delivered file, null when withheld; ``hot``
is null unless all who were withheld are hot rows, of which the delivered share is that of the hot rows alone; a
channel's columns are null where the cell offered no choice or the row was withheld, left-over hashes where the cell
is empty, the row was withheld, or the use knows no disposal. Seeds are never in it (R038)."""


def build(connection: duckdb.DuckDBPyConnection, rows: pa.Table, disclosed: pa.Table, *, marker: Marker) -> pa.Table:
    """The manifest's table. ``rows`` is the pool with its text; ``disclosed(position, number, ban_token, marks…)``
    one row per delivered position, with the left-over hashes (``leftover.FIELDS``) where there may be a disposal."""
    for field in leftover.FIELDS:
        if field not in disclosed.column_names:
            disclosed = disclosed.append_column(field, pa.nulls(len(disclosed), pa.uint64()))
    pool = rows.select(_UNITS).append_column(
        "hot", rows["hot"] if "hot" in rows.column_names else pa.nulls(len(rows), pa.bool_())
    )
    with lent(connection, gate_pool=pool, gate_disclosed=disclosed):
        return query(connection, "extracts/manifest", marker.manifest_pads()).select(SCHEMA.names).cast(SCHEMA)


def write(table: pa.Table, path: Path, *, facts: Mapping[str, Any]) -> None:
    """Write it as Parquet with the extract's facts in its metadata."""
    metadata = {"rajaus": json.dumps({**facts, "scheme": SCHEME}, default=str)}
    facts_first = table.replace_schema_metadata(metadata)
    pq.write_table(facts_first, path, compression=_COMPRESSION, use_dictionary=_REPEATING)


def facts(path: Path) -> dict[str, Any]:
    """A manifest's facts alone."""
    described: dict[str, Any] = json.loads(pq.read_schema(path).metadata[b"rajaus"])
    return described


def read(path: Path) -> tuple[pa.Table, dict[str, Any]]:
    """A manifest's table and its facts."""
    table = pq.read_table(path)
    return table, json.loads(table.schema.metadata[b"rajaus"])


def batches(paths: Mapping[str, Path], *, rows: int, most: int | None = None) -> Iterator[list[str]]:
    """Manifests by name, in their order, together until they hold so many rows, or are ``most``."""
    batch: list[str] = []
    held = 0
    for name, path in paths.items():
        batch.append(name)
        held += pq.read_metadata(path).num_rows
        if held >= rows or len(batch) == most:
            yield batch
            batch, held = [], 0
    if batch:
        yield batch


def unlink(path: Path, staged: Path, *, keep: pa.Array, on: date) -> int:
    """Write a manifest anew without persons: of its rows only those of the ``keep`` person tokens stay, of its facts
    all (R072). Returns how many rows stayed."""
    description = json.loads(pq.read_schema(path).metadata[b"rajaus"])
    if len(keep):
        table = pq.read_table(path, filters=pc.field("person").isin(keep.cast(_TOKEN)))
    else:
        table = SCHEMA.empty_table()
    facts = {name: value for name, value in description.items() if name != "scheme"}
    for field in SCHEMA:  # a channel that there was not yet
        if field.name not in table.column_names:
            table = table.append_column(field, pa.nulls(len(table), field.type))
    write(table.select(SCHEMA.names).cast(SCHEMA), staged, facts=facts | {"unlinked_on": on})
    return len(table)


def links(path: Path, *, numbered: pa.Table, rows: pa.Table) -> list[dict[str, Any]]:
    """The tokens of an extract's rows beside their ids: ``kind, token, person, position, organisation, source``.

    ``numbered(row, position)`` are the rows as delivered, ``rows(position, person, org)`` the pool. For an extract of a
    snapshot that was replaced meanwhile: whoever has left the register since can be found in it all the same.
    """
    listed, _ = read(path)
    tokens = {row["number"]: row for row in listed.select(["number", "unit", "person"]).to_pylist()}
    ids = {row["position"]: row for row in rows.select(["position", "person", "org"]).to_pylist()}
    made = []
    for row in numbered.select(["row", "position"]).to_pylist():
        if row["position"] is None:
            continue  # a seed
        token, one = tokens[row["row"]], ids[row["position"]]
        person = {"person": one["person"], "source": None}
        made.append({"kind": "person", "token": token["person"], "position": None, "organisation": None} | person)
        made.append(
            {"kind": "unit", "token": token["unit"], "position": one["position"], "organisation": one["org"]} | person
        )
    return made
