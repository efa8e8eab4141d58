"""What people decided of a customer's doubtful rows, as labels for its later uploads (R044, R045, R049).

How a decided row's candidates agreed is kept as small numbers beside the row keys, sealed with the agreement's own key
and gone with it; who was right is asked of the ledger. A customer's decisions fit the weights of that customer's
uploads alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from datacare import row_keys
from datacare.jobs import Upload
from datacare.match import NOTHING_TAUGHT, Taught
from datacare.match.weights import LEVELS, MEASURES
from extracts import care_folder
from ledger import care_decisions
from ledger.store import Store

Row = dict[str, Any]

COMPARED = "compared"
_SCHEMA = pa.schema(
    [("key", pa.binary()), ("rid", pa.int64()), *((name, pa.float64()) for name in (*LEVELS, *MEASURES))]
)


def note(store: Store, agreement: str, key: bytes, *, candidates: Sequence[Row]) -> None:
    """Keep how a row's candidates agreed, in place of what was kept before: ``{"rid", <levels and measures>}``."""
    folder = row_keys.memory(store, agreement)
    lines = [line for line in _compared(folder) if line["key"] != key]
    lines += [{"key": key} | {name: one[name] for name in _SCHEMA.names[1:]} for one in candidates]
    folder.write_table(COMPARED, pa.Table.from_pylist(lines, schema=_SCHEMA))


def taught(store: Store, job: Row, held: Upload) -> Taught:
    """The decided rows of the job's customer, whichever of its agreements they came under; nothing of fewer than
    ``care_decided_rows``."""
    with store.ledger.read() as connection:
        decisions = care_decisions.of_customer(connection, job["customer"])
    lines: list[Row] = []
    number = 0
    for agreement, by_key in sorted(decisions.items()):
        if not care_folder.exists(store, agreement):
            continue
        rows: dict[bytes, list[Row]] = {}
        for line in _compared(care_folder.find(store, agreement)):
            if line["key"] in by_key:
                rows.setdefault(line["key"], []).append(line)
        for key, several in sorted(rows.items()):
            right = by_key[key]["organisation"]
            if right is None or right in {line["rid"] for line in several}:
                lines += [line | {"row": number, "right": line["rid"] == right} for line in several]
                number += 1
    if number < store.settings.care_decided_rows:
        return NOTHING_TAUGHT
    own = decisions.get(job["agreement"], {})
    keys = row_keys.keys(store, job["agreement"], held) if own else []
    noted = {line["key"] for line in _compared(row_keys.memory(store, job["agreement"]))} if own else set()
    pids = [pid for pid, key in enumerate(keys) if key in own and key in noted]
    return Taught(pa.Table.from_pylist(lines, schema=NOTHING_TAUGHT.pairs.schema), pa.array(pids, pa.int64()))


def _compared(folder: care_folder.Folder) -> list[Row]:
    lines: list[Row] = folder.read_table(COMPARED).to_pylist() if folder.has(COMPARED) else []
    return lines
