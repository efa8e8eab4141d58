"""Loads for the tests: Parquet in the layout of the accepted rows, and the ledger row that makes it live."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from core.files import sha256_file
from core.identity import fold_names
from core.ids import new_id
from ledger import sources
from ledger.store import Store

_TEXTS = pa.list_(pa.string())
ORGANISATIONS = pa.schema([
    ("file", pa.int32()), ("row", pa.int64()), ("business_id", pa.string()), ("kind", pa.string()),
    ("name", pa.string()), ("parallel_names", _TEXTS), ("auxiliary_names", _TEXTS), ("former_names", _TEXTS),
    ("form", pa.string()),
    ("industry", pa.string()), ("industry_version", pa.string()), ("staff_class", pa.int8()),
    ("revenue_class", pa.int8()),
    ("visiting_street", pa.string()), ("visiting_postcode", pa.string()), ("visiting_city", pa.string()),
    ("postal_street", pa.string()), ("postal_postcode", pa.string()), ("postal_city", pa.string()),
    ("municipality", pa.string()), ("phone", pa.string()), ("fax", pa.string()), ("website", pa.string()),
    ("it_workstations", pa.int32()), ("it_servers", pa.int32()), ("it_erp", pa.string()), ("ceased", pa.bool_()),
    ("sole_trader", pa.bool_()), ("source_date", pa.date32()),
])  # fmt: skip
POSITIONS = pa.schema([
    ("file", pa.int32()), ("row", pa.int64()), ("source_id", pa.string()), ("business_id", pa.string()),
    ("first_name", pa.string()), ("last_name", pa.string()), ("name_fold", pa.string()), ("title", pa.string()),
    ("responsibilities", _TEXTS), ("purchasing", _TEXTS), ("level", pa.int8()), ("email", pa.string()),
    ("mobile", pa.string()), ("postal_street", pa.string()), ("postal_postcode", pa.string()),
    ("postal_city", pa.string()), ("started", pa.date32()),
    ("verified", pa.date32()), ("notified", pa.date32()), ("source_date", pa.date32()),
])  # fmt: skip

A, B, C = "0112038-9", "1927400-1", "2331972-1"
"""Three business ids with right check digits."""

Row = Mapping[str, Any]


def organisation(business_id: str = A, **values: Any) -> dict[str, Any]:
    """A plain company row."""
    plain = {"kind": "company", "name": f"Yhtiö {business_id} Oy", "form": "OY", "source_date": date(2026, 10, 1)}
    return {"business_id": business_id, **plain, **values}


def position(source_id: str, name: str = "Matti Virtanen", business_id: str = A, **values: Any) -> dict[str, Any]:
    """A plain position row of ``First Last``."""
    first, _, last = name.rpartition(" ")
    plain = {
        "title": "Tietohallintojohtaja", "responsibilities": ["IT"], "level": 2, "verified": date(2026, 10, 1),
        "notified": date(2026, 10, 1), "source_date": date(2026, 10, 1),
    }  # fmt: skip
    return {
        "source_id": source_id,
        "business_id": business_id,
        "first_name": first,
        "last_name": last,
        **plain,
        **values,
    }


def add_load(
    store: Store, source: str, kind: str, rows: Sequence[Row], *, mode: str = "full", priority: int | None = None,
    obtained_on: date = date(2026, 11, 1),
) -> int:  # fmt: skip
    """Write the rows as an accepted load; returns its number."""
    schema = ORGANISATIONS if kind == "organisations" else POSITIONS
    numbered = [{"file": 0, "row": number, **row} for number, row in enumerate(rows, start=1)]
    table = pa.Table.from_pylist(numbered, schema=schema)
    if kind == "positions":
        names = pa.array([f"{row['first_name']} {row['last_name']}" for row in rows], pa.string())
        table = table.set_column(table.schema.get_field_index("name_fold"), "name_fold", fold_names(names))
    path = store.home.sources / f"{new_id('load')}.parquet"
    pq.write_table(table, path)
    with store.write() as tx:
        sources.ensure_source(tx, source, priority=priority)
        return sources.record_load(
            tx, source=source, kind=kind, mode=mode, files=[], data=store.relative(path), data_sha256=sha256_file(path),
            quarantine_file=None, counts={"read": len(rows), "accepted": len(rows), "quarantined": 0, "suppressed": 0},
            reasons={}, obtained_on=obtained_on,
        )  # fmt: skip


def load(
    store: Store, source: str, organisations: Sequence[Row] = (), positions: Sequence[Row] = (), *, mode: str = "full",
    priority: int | None = None,
) -> None:  # fmt: skip
    """Load both kinds from one source."""
    if organisations:
        add_load(store, source, "organisations", organisations, mode=mode, priority=priority)
    if positions:
        add_load(store, source, "positions", positions, mode=mode, priority=priority)
