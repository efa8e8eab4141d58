"""What a recipient is told of rows it holds, as files: row keys, a neutral code and, for an update, new values.

New values are a person's text, so they leave through here; whom a row is about and why it is named does not leave.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import csv

from core.errors import GateBroken
from core.files import storing
from extracts.gate.render import PHONES, neutralised
from ledger import messages
from ledger.engine import Connection

Row = Mapping[str, Any]
COLUMNS = ("message", "code", "extract", "row", "rajaus_key", "field", "value", "acknowledge_by")
ALL_ROWS = "all"
"""Stands in the CSV for every row of the extract; in JSON the row is null."""


def collect(connection: Connection, told: Sequence[Row]) -> list[dict[str, Any]]:
    """The messages as a recipient reads them: ``message, code, created_at, acknowledge_by`` and ``rows``, each with
    ``extract``, ``row`` (null: every row) and, for an update, ``changes``.

    Called under the fence lock, after every standing ban was turned into messages. Raises ``GateBroken``
    (removed_row_updated) when a new value would go out about a row that is to be removed.
    """
    return [
        {
            "message": one["message"],
            "code": one["code"],
            "created_at": one["created_at"],
            "acknowledge_by": one["acknowledge_by"],
            "rows": _rows(connection, one),
        }
        for one in told
    ]


def _rows(connection: Connection, message: Row) -> list[dict[str, Any]]:
    entries = messages.entries(connection, message["message"])
    if message["code"] in ("remove", messages.DISPOSE):
        places = dict.fromkeys((entry["extract"], entry["number"]) for entry in entries)
        return [{"extract": extract, "row": number or None} for extract, number in places]
    live = [entry for entry in entries if entry["changes"] is not None]
    named = messages.of_rows(connection, {(entry["extract"], entry["number"]) for entry in live})
    if any(row["code"] == "remove" for row in named):
        raise GateBroken("removed_row_updated", message=message["message"])
    return [{"extract": entry["extract"], "row": entry["number"], "changes": entry["changes"]} for entry in live]


def write_json(document: Mapping[str, Any], path: Path) -> None:
    """The stop list as one JSON document."""
    text = json.dumps(document, ensure_ascii=False, indent=2, default=_plain)
    _write(path, text.encode())


def write_csv(told: Sequence[Row], path: Path) -> None:
    """The stop list as a CSV file; see :func:`as_csv`."""
    _write(path, as_csv(told))


def as_csv(told: Sequence[Row]) -> bytes:
    """The stop list as RFC 4180 CSV, one line per row to be removed or value to be changed; cells that a spreadsheet
    would calculate are disarmed (R090)."""
    lines: list[dict[str, Any]] = []
    for message in told:
        common = {"message": message["message"], "code": message["code"]}
        common["acknowledge_by"] = _plain(message["acknowledge_by"])
        for row in message["rows"]:
            place = {"extract": row["extract"], "row": ALL_ROWS if row["row"] is None else str(row["row"])}
            place["rajaus_key"] = row.get("key") or (row["row"] and f"{row['extract']}-{row['row']}")
            for field, value in row.get("changes", {"": None}).items():
                lines.append(common | place | {"field": field or None, "value": value})
    cells = {name: pa.array([line[name] for line in lines], pa.string()) for name in COLUMNS}
    phone = [line["field"] in PHONES for line in lines]
    values = cells["value"]
    cells["value"] = pa.array(
        [
            neutralised(values.slice(place, 1), phone=is_phone)[0].as_py() if values[place].is_valid else None
            for place, is_phone in enumerate(phone)
        ],
        pa.string(),
    )
    sink = pa.BufferOutputStream()
    csv.write_csv(pa.table(cells), sink, csv.WriteOptions(eol="\r\n"))
    content: bytes = sink.getvalue().to_pybytes()
    return content


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all, readable by its owner only."""
    partial = path.with_name(f".{path.name}.partial")
    with storing(path):
        partial.write_bytes(content)
        partial.chmod(0o600)
        partial.replace(path)


def _plain(value: Any) -> str:
    return str(value.isoformat() if hasattr(value, "isoformat") else value)
