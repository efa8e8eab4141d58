"""A call log as sightings: CSV, XLSX or Parquet with columns in Finnish or English, in any order."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from pathlib import Path

import pyarrow as pa

from core.errors import FileRejected
from core.files import storing
from core.identity import normalise_phones
from extracts import customer_file
from extracts.hits.sighting import Kind, Sighting, instant

COLUMNS = {
    "caller": (
        "caller", "from", "calling number", "caller number", "a-number", "soittaja", "soittajan numero", "a-numero",
        "kutsuva numero", "lähettäjä",
    ),
    "called": (
        "called", "to", "called number", "callee", "b-number", "vastaanottaja", "soitettu numero", "b-numero",
        "vastaanottajan numero", "kutsuttu numero",
    ),
    "time": (
        "time", "at", "date and time", "start", "start time", "timestamp", "aika", "ajankohta", "soittoaika",
        "alkamisaika", "alkoi", "aikaleima", "päivä ja aika",
    ),
}  # fmt: skip
_LARGEST_CELL = 1_000
_CALL: frozenset[Kind] = frozenset({"phone"})


def read(path: Path, *, now: datetime) -> Iterator[Sighting | None]:
    """Every row; None: it has not as many cells as the header.

    Raises ``FileRejected``: missing, empty, damaged, header only, of another format, or without a column that says who
    was called (``called number``, ``soitettu numero``) or when (``time``, ``aika``).
    """
    table = customer_file.read(path, COLUMNS, cell_limit=_LARGEST_CELL)
    missing = sorted({"called", "time"} - table.present)
    if missing:
        raise FileRejected("file_columns_missing", file=path.name, columns=", ".join(missing))
    for _ in table.misshapen:
        yield None
    called = normalise_phones(table.table["called"]).to_pylist()
    callers = normalise_phones(table.table["caller"]).to_pylist()
    for row, to, caller in zip(table.table.to_pylist(), called, callers, strict=True):
        yield call(row, to=to, caller=caller, at=instant(row["time"], now=now), file=table.sha256)


def call(row: dict[str, object], *, to: str | None, caller: str | None, at: datetime | None, file: str) -> Sighting:
    """One row of the log; ``file`` is the digest of the whole."""
    when = row["time"] if at is None else at.isoformat()
    return Sighting(
        kinds=_CALL,
        to=frozenset({to} if to else ()),
        sender=caller,
        at=at,
        identity=lambda: hashlib.sha256(f"call\n{caller or row['caller']}\n{to}\n{when}".encode()).digest(),
        keep=partial(keep, {"file_sha256": file, "row": row}),
        suffix=".json",
    )


def keep(document: object, path: Path) -> None:
    """Write the copy of something that is no message."""
    with storing(path):
        path.write_text(json.dumps(document, ensure_ascii=False, indent=1, default=str) + "\n", encoding="utf-8")


def numbers(texts: list[str]) -> frozenset[str]:
    """Those of the texts that are phone numbers, in E.164."""
    return frozenset(number for number in normalise_phones(pa.array(texts, pa.string())).to_pylist() if number)
