"""The licence check as a service: which of the customer's own rows came from our ended campaigns and may not stay.

Only where the instruction asks for it (opt-in), and only the customer is told (see ``extracts.leftover.held``).
"""

from __future__ import annotations

import pyarrow as pa

from datacare.jobs import Upload
from extracts.leftover.held import still_held
from ledger.store import Store

COLUMN = "rajaus_licence"
_FIELDS = {
    "email": "email",
    "phone": "phone",
    "mobile": "mobile",
    "first_name": "first_name",
    "last_name": "last_name",
    "person": "contact",
    "business_id": "identifier",
}


def find(store: Store, customer: str, *, held: Upload) -> pa.Table:
    """Rows that must go: ``row, extract, campaign, ended_on``. Raises ``StoreError``, ``ConfigError``."""
    nothing = pa.nulls(len(held.table), pa.string())
    cells = {
        name: held.table[held.mapping[field]].combine_chunks() if field in held.mapping else nothing
        for name, field in _FIELDS.items()
    }
    return still_held(store, customer, cells=pa.table({"row": held.table["row"], **cells}))


def marked(rows: pa.Table, held: Upload, *, must_go: pa.Table) -> pa.Table:
    """The rows with :data:`COLUMN` behind them: ``remove: extract, campaign, ended on``, or nothing."""
    said = {
        one["row"]: f"remove: {one['extract']}, {one['campaign']}, {one['ended_on']}" for one in must_go.to_pylist()
    }
    return rows.append_column(COLUMN, pa.array([said.get(row) for row in held.table["row"].to_pylist()], pa.string()))
