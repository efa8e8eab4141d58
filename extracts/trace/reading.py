"""A suspect file as tables of text, whatever program wrote it: delimited text, workbook, Parquet, JSON lines."""

from __future__ import annotations

import csv
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, zip_longest
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json
import pyarrow.parquet as pq
from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from core.errors import FileRejected

_BATCH = 20_000
_PROBE = 1 << 16
_MOST_UNPACKED = 2 << 30
"""Bytes that a workbook may unpack to."""
_DELIMITERS = (";", "\t", ",", "|")
_LEAST_AGREEMENT = 0.3
"""Share of lines of equal width from which a text is taken for a table."""
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f]")
_REASONS: tuple[tuple[tuple[type[Exception], ...], str], ...] = (
    ((PasswordError,), "a password protects it"),
    ((CalamineError, zipfile.BadZipFile), "a workbook that is damaged"),
    ((pa.ArrowInvalid, pa.ArrowNotImplementedError), "Parquet or JSON lines that are damaged"),
    ((csv.Error, UnicodeError), "a text that is damaged"),
    ((OSError,), "it cannot be opened"),
)
_FAILURES = tuple(kind for kinds, _ in _REASONS for kind in kinds)
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


@dataclass(frozen=True)
class Sheet:
    """One table of the file; ``cells`` has text columns only and still holds the header, if there is one."""

    name: str
    cells: pa.Table


def read_sheets(file: Path) -> list[Sheet]:
    """Every table of the file, empty ones left out.

    Raises ``FileRejected``: file_missing, file_empty, suspect_unreadable.
    """
    if not file.is_file():
        raise FileRejected("file_missing", file=file.name)
    with file.open("rb") as stream:
        head = stream.read(_PROBE)
    if not head.strip():
        raise FileRejected("file_empty", file=file.name)
    try:
        sheets = [Sheet(name, table) for name, table in _open(file, head) if table.num_rows and table.num_columns]
    except _FAILURES as error:
        reason = next(reason for kinds, reason in _REASONS if isinstance(error, kinds))
        raise FileRejected("suspect_unreadable", file=file.name, reason=reason) from error
    if not sheets:
        raise FileRejected("file_empty", file=file.name)
    return sheets


def _open(file: Path, head: bytes) -> Iterator[tuple[str, pa.Table]]:
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        yield from _workbook(file)
    elif head.startswith(b"PAR1"):
        yield file.name, _as_text(pq.ParquetFile(file).read())
    elif _is_binary(head):
        raise FileRejected("suspect_unreadable", file=file.name, reason="neither text nor a workbook")
    elif head.lstrip().startswith(b"{"):
        yield file.name, _as_text(pyarrow.json.read_json(file))
    else:
        yield file.name, _delimited(file, head)


def _is_binary(head: bytes) -> bool:
    return not head.startswith((b"\xff\xfe", b"\xfe\xff")) and len(_CONTROL.findall(head)) * 100 > len(head)


def _workbook(file: Path) -> Iterator[tuple[str, pa.Table]]:
    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as packed:
            if sum(part.file_size for part in packed.infolist()) > _MOST_UNPACKED:
                raise FileRejected("suspect_unreadable", file=file.name, reason="it unpacks to more than 2 GB")
    book = CalamineWorkbook.from_path(str(file))
    for name in book.sheet_names:
        rows = ([_cell(value) for value in row] for row in book.get_sheet_by_name(name).iter_rows())
        yield name, _columns(rows)


def _cell(value: Any) -> str | None:
    """A workbook cell as a person sees it: whole numbers without the ``.0`` that workbooks store."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value) if value not in (None, "") else None


def _delimited(file: Path, head: bytes) -> pa.Table:
    encoding = next((name for bom, name in _BOMS if head.startswith(bom)), None) or _encoding(file)
    with file.open(encoding=encoding, newline="", errors="replace") as stream:
        delimiter = _delimiter(list(islice(stream, 100)))
        stream.seek(0)
        if delimiter is None:
            return _lines(stream)
        try:
            return _columns(csv.reader(stream, delimiter=delimiter))
        except csv.Error:  # a lone quotation mark swallowed the rest
            stream.seek(0)
            return _columns(csv.reader(stream, delimiter=delimiter, quoting=csv.QUOTE_NONE))


def _lines(stream: Iterable[str]) -> pa.Table:
    """Running text: each line is a cell."""
    return _columns([line.strip()] for line in stream)


def _encoding(file: Path) -> str:
    """UTF-8 when all of it is; else the Western code page of Finnish Windows."""
    try:
        with file.open(encoding="utf-8") as stream:
            while stream.read(_PROBE):
                pass
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _delimiter(lines: Sequence[str]) -> str | None:
    """The delimiter under which most lines have the same number of cells, more than one; None for running text."""

    def agreement(delimiter: str) -> tuple[float, int]:
        widths = Counter(len(row) for row in csv.reader(lines, delimiter=delimiter) if row)
        width, rows = max(widths.items(), key=lambda item: (item[1], item[0]), default=(0, 0))
        return (rows / widths.total(), width) if width > 1 else (0.0, 0)

    best = max(_DELIMITERS, key=agreement)
    return best if agreement(best) > (_LEAST_AGREEMENT, 1) else None


def _columns(rows: Iterable[Sequence[str | None]]) -> pa.Table:
    """Rows of any width as one table of text; blank rows are left out."""
    kept = (row for row in rows if any(row))
    parts = []
    while batch := list(islice(kept, _BATCH)):
        parts.append(pa.table({f"c{n}": pa.array(column, pa.string()) for n, column in enumerate(zip_longest(*batch))}))
    return pa.concat_tables(parts, promote_options="default") if parts else pa.table({})


def _as_text(table: pa.Table) -> pa.Table:
    """Typed columns as text, lists joined by ``;``; their names become a first row, as in a text file."""
    columns: dict[str, pa.ChunkedArray] = {}
    for number, (name, typed) in enumerate(zip(table.column_names, table.columns, strict=True)):
        column = typed.cast(typed.type.value_type) if pa.types.is_dictionary(typed.type) else typed
        if pa.types.is_list(column.type) and pa.types.is_string(column.type.value_type):
            column = pc.binary_join(column, ";")
        if not (pa.types.is_nested(column.type) or pa.types.is_binary(column.type)):
            text = column.cast(pa.string())
            columns[f"c{number}"] = pa.chunked_array([pa.array([name], pa.string()), *text.chunks])
    return pa.table(columns)
