"""Writing the rows of an extract as files. Imported by ``extracts.gate`` alone (R013).

A cell that a spreadsheet would take for a formula is neutralised in CSV; XLSX, Parquet and JSON Lines have typed
cells and keep the value (R090).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import xlsxwriter
from pyarrow import csv
from xlsxwriter.exceptions import FileCreateError

from core.files import storing
from extracts.licence import METADATA, SHEET

PHONES = frozenset({"organisation_phone", "mobile"})
NUMBERS = frozenset({"row"})

BYTE_ORDER_MARK = "\ufeff".encode()

_PHONE = r"^\+[0-9 ]{6,20}$"
_TRIGGER = r"^[=+\-@\t\r\x00]"
_XML_ILLEGAL = r"[\x00-\x08\x0B\x0C\x0E-\x1F\x{FFFE}\x{FFFF}]"
_JSON_SPECIAL = r'[\x00-\x1F"\\]'
_WIDEST, _NARROWEST, _CARD_WIDTH = 48, 8, 112
ROWS_SHEET, CARD_SHEET = "Poiminta", "Käyttöehdot"
_SEE = f"Käyttöehdot: {CARD_SHEET}. Terms of use: {CARD_SHEET}, {SHEET}."


@dataclass(frozen=True)
class Enclosed:
    """The licence that goes into a file whose format can carry it: the card, and the signed policy as JSON."""

    card: str
    policy: str | None
    """None where the whole of it lies beside the file (continuous use)."""


Writer = Callable[[pa.Table, Path, Enclosed, datetime], None]


def neutralised(cells: pa.Array, *, phone: bool = False) -> pa.Array:
    """Cells that start with ``= + - @ TAB CR NUL`` get a leading apostrophe; strict phone numbers in phone columns
    stay as they are (R090)."""
    suspect = pc.fill_null(pc.match_substring_regex(cells, _TRIGGER), False)
    if phone:
        suspect = pc.and_not(suspect, pc.fill_null(pc.match_substring_regex(cells, _PHONE), False))
    if not pc.any(suspect).as_py():
        return cells
    return pc.if_else(suspect, pc.binary_join_element_wise("'", cells, ""), cells)


def _texts(table: pa.Table) -> list[tuple[str, pa.Array]]:
    return [(name, table[name].combine_chunks().cast(pa.string())) for name in table.column_names]


def csv_bytes(
    table: pa.Table, *, separator: str = ",", mark: bytes = b"", phones: Collection[str] = PHONES
) -> pa.Buffer:
    """RFC 4180 in UTF-8: text fields in quotes, quotes doubled, missing values empty, lines end in CR LF. ``phones``
    are the columns of phone numbers, ``mark`` stands before it all."""
    cells = [neutralised(column, phone=name in phones) for name, column in _texts(table)]
    safe = pa.table(
        [table[name] if name in NUMBERS else column for name, column in zip(table.column_names, cells, strict=True)],
        names=table.column_names,
    )
    sink = pa.BufferOutputStream()
    sink.write(mark)
    csv.write_csv(safe, sink, csv.WriteOptions(delimiter=separator, eol="\r\n"))
    return sink.getvalue()


def csv_parts(
    table: pa.Table,
    *,
    separator: str,
    mark: bytes,
    phones: Collection[str],
    max_rows: int | None,
    max_bytes: int | None,
) -> Iterator[tuple[int, pa.Buffer]]:
    """The rows as files none of which is larger than an importer takes: (rows, content), in order."""
    if max_rows is not None and len(table) > max_rows:
        size = max_rows
    else:
        content = csv_bytes(table, separator=separator, mark=mark, phones=phones)
        if max_bytes is None or content.size <= max_bytes or len(table) < 2:
            yield len(table), content
            return
        size = -(-len(table) // -(-content.size // max_bytes))
        size = min(size, len(table) - 1)
    for start in range(0, len(table), size):
        part = table.slice(start, size)
        yield from csv_parts(
            part, separator=separator, mark=mark, phones=phones, max_rows=max_rows, max_bytes=max_bytes
        )


def _csv(table: pa.Table, path: Path, separator: str, mark: bytes) -> None:
    content = csv_bytes(table, separator=separator, mark=mark)
    with storing(path):
        path.write_bytes(content)


def write_csv(table: pa.Table, path: Path, _licence: Enclosed, _at: datetime) -> None:
    """UTF-8 and comma."""
    _csv(table, path, ",", b"")


def write_csv_excel(table: pa.Table, path: Path, _licence: Enclosed, _at: datetime) -> None:
    """What a Finnish Excel opens by a double click: UTF-8 with BOM, semicolon."""
    _csv(table, path, ";", BYTE_ORDER_MARK)


def write_jsonl(table: pa.Table, path: Path, _licence: Enclosed, _at: datetime) -> None:
    """One JSON object per row; a missing value is null."""
    members = []
    for place, (name, column) in enumerate(_texts(table)):
        value = column if name in NUMBERS else _json_strings(column)
        key = ("," if place else "{") + json.dumps(name) + ":"
        members.append(pc.binary_join_element_wise(key, pc.fill_null(value, "null"), ""))
    lines = pc.binary_join_element_wise(*members, "}\n", "")
    with storing(path):
        path.write_text("".join(lines.to_pylist()), encoding="utf-8", newline="")


def _json_strings(cells: pa.Array) -> pa.Array:
    if pc.any(pc.match_substring_regex(cells, _JSON_SPECIAL)).as_py():
        encoded = pc.dictionary_encode(cells)
        escaped = [json.dumps(value, ensure_ascii=False) for value in encoded.dictionary.to_pylist()]
        return pc.take(pa.array(escaped, pa.string()), encoded.indices)
    return pc.binary_join_element_wise('"', cells, '"', "")


def write_parquet(table: pa.Table, path: Path, licence: Enclosed, at: datetime) -> None:
    """Parquet with the licence, card and policy, in its metadata."""
    metadata = {"licence": licence.card, "released_at": at.isoformat()}
    if licence.policy is not None:
        metadata[METADATA] = licence.policy
    with storing(path):
        pq.write_table(table.replace_schema_metadata(metadata), path, compression="zstd")


def write_xlsx(table: pa.Table, path: Path, licence: Enclosed, at: datetime) -> None:
    """A workbook of real text cells with a frozen, filtered header; behind the rows the licence card and the policy.

    The rows come first: that is the sheet importers read.
    """
    options = {
        "constant_memory": True,
        "tmpdir": str(path.parent),  # its spill holds personal data: nowhere but in the private directory
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with storing(path):
        try:
            with xlsxwriter.Workbook(str(path), options) as book:
                book.set_properties({"created": at.replace(tzinfo=None), "title": path.stem, "comments": _SEE})
                bold = book.add_format({"bold": True})
                _sheet(book.add_worksheet(ROWS_SHEET), table, bold)
                _lines(book.add_worksheet(CARD_SHEET), licence.card, book.add_format({"text_wrap": True}), bold)
                if licence.policy is not None:
                    _lines(book.add_worksheet(SHEET), licence.policy, book.add_format(), bold)
        except FileCreateError as error:
            raise error.args[0] from error


def _lines(sheet: Any, text: str, plain: Any, bold: Any) -> None:
    """A text, one line a row; headings, which are in capitals, in bold."""
    sheet.set_column(0, 0, _CARD_WIDTH)
    for number, line in enumerate(text.splitlines()):
        sheet.write_string(number, 0, line, bold if line.isupper() else plain)


def _sheet(sheet: Any, table: pa.Table, bold: Any) -> None:
    columns: list[tuple[list[Any], Callable[..., int]]] = []
    for place, (name, column) in enumerate(_texts(table)):
        clean = pc.replace_substring_regex(column, _XML_ILLEGAL, "")
        longest = pc.max(pc.utf8_length(clean)).as_py() or 0
        sheet.set_column(place, place, min(_WIDEST, max(_NARROWEST, longest, len(name)) + 2))
        if name in NUMBERS:
            columns.append((table[name].to_pylist(), sheet.write_number))
        else:
            columns.append((clean.to_pylist(), sheet.write_string))
    sheet.freeze_panes(1, 0)
    for place, name in enumerate(table.column_names):
        sheet.write_string(0, place, name, bold)
    sheet.autofilter(0, 0, max(1, len(table)), len(columns) - 1)
    writers = [writer for _, writer in columns]
    for number, row in enumerate(zip(*(values for values, _ in columns), strict=True), start=1):
        for place, value in enumerate(row):  # constant memory wants row after row
            if value is not None:
                writers[place](number, place, value)


FORMATS: Mapping[str, tuple[str, Writer]] = MappingProxyType(
    {
        "csv": (".csv", write_csv),
        "csv-excel": ("-excel.csv", write_csv_excel),
        "xlsx": (".xlsx", write_xlsx),
        "parquet": (".parquet", write_parquet),
        "jsonl": (".jsonl", write_jsonl),
    }
)
"""Formats with the extract's own columns: what their file names end with, and who writes them."""
