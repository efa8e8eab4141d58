"""What the ledger says must come out of a build otherwise than the sources say: corrected, restricted, erased."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from core.identity import fold_names
from ledger import corrections, erasures, restrictions
from ledger.corrections import Correction
from ledger.store import Store

_PERSON = pa.schema([("person", pa.int32())])
_CORRECTION = pa.schema(
    [
        ("ordinal", pa.int64()),
        ("position", pa.int32()),
        ("field", pa.string()),
        ("value", pa.string()),
        ("was", pa.string()),
        ("against", pa.bool_()),
        ("made_on", pa.date32()),
    ]
)
_NAME = pa.schema(
    [
        ("ordinal", pa.int64()),
        ("person", pa.int32()),
        ("first_name", pa.string()),
        ("last_name", pa.string()),
        ("name_fold", pa.string()),
    ]
)


@dataclass(frozen=True)
class Changes:
    """Tables that a build joins: ``erased(person)``, ``restricted(person)``, ``correction(…)``, ``correction_name(…)``.

    ``correction``: one row per position and field, a later one with a larger ``ordinal``; lists are joined by ``;``.
    ``blocks`` names the blocks that keep a wrong address out until a snapshot without it is published (R011), ``laid``
    the corrections.
    """

    erased: pa.Table
    restricted: pa.Table
    correction: pa.Table
    correction_name: pa.Table
    blocks: Sequence[str] = ()
    laid: Sequence[str] = ()

    @property
    def tables(self) -> Mapping[str, pa.Table]:
        return {name: getattr(self, name) for name in ("erased", "restricted", "correction", "correction_name")}


def nothing() -> Changes:
    """A build from the sources alone."""
    return _changes(erased=[], restricted=[], found=[])


def read(store: Store) -> Changes:
    """What stands in the ledger now."""
    with store.ledger.read() as connection:
        return _changes(
            erased=erasures.ids(connection),
            restricted=sorted(restrictions.persons(connection)),
            found=[row for row in corrections.standing(connection) if not row.disputed],
        )


def _changes(*, erased: Sequence[int], restricted: Sequence[int], found: Sequence[Correction]) -> Changes:
    fields, names = [], []
    for ordinal, row in enumerate(found):
        if row.field == "name":
            names.append({"ordinal": ordinal, "person": row.person, **row.value})
        elif row.position is not None:
            fields.append(
                {
                    "ordinal": ordinal,
                    "position": row.position,
                    "field": row.field,
                    "value": as_text(row.value),
                    "was": as_text(row.was),
                    "against": row.scope == "against",
                    "made_on": row.made_on,
                }
            )
    named = pa.Table.from_pylist(names, schema=_NAME)
    full = pa.array([f"{row['first_name']} {row['last_name']}" for row in names], pa.string())
    return Changes(
        erased=pa.table({"person": erased}, schema=_PERSON),
        restricted=pa.table({"person": restricted}, schema=_PERSON),
        correction=pa.Table.from_pylist(fields, schema=_CORRECTION),
        correction_name=named.set_column(named.schema.get_field_index("name_fold"), "name_fold", fold_names(full)),
        blocks=[row.block for row in found if row.block is not None and row.person not in set(restricted)],
        laid=[row.correction for row in found if row.person not in set(restricted)],
    )


def as_text(value: Any) -> str | None:
    """A field's value as one text: lists joined by ``;``, null as null."""
    if value is None:
        return None
    return ";".join(value) if isinstance(value, list) else str(value)
