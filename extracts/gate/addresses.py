"""Address lists for letters that the controller itself sends: names and addresses leave the gate as a CSV of their own.

Only what :mod:`extracts.gate.addressees` handed out goes in. A cell that a spreadsheet would take for a formula is
neutralised as in an extract (R090).
"""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.csv as csv

from core.files import storing
from extracts.gate.render import neutralised


def write(table: pa.Table, path: Path) -> int:
    """Write all columns as text to ``path``, for its owner only; returns the rows. Raises ``StoreError``."""
    columns = [neutralised(column.cast(pa.string()).combine_chunks()) for column in table.columns]
    with storing(path):
        csv.write_csv(pa.table(columns, names=table.column_names), path)
        path.chmod(0o600)
    return len(table)
