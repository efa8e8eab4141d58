"""Tables of text from CSV, XLSX and Parquet files, in chunks, with the number of every row kept."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
from python_calamine import CalamineError, CalamineWorkbook

from core.errors import FileRejected
from register.sources.text import Dialect, read_header

CHUNK_ROWS = 100_000
_BLOCK = 16 << 20
_LONGEST_CELL = 64 << 20


@dataclass(frozen=True)
class Chunk:
    """Consecutive rows of a file: ``rows`` their 1-based numbers, ``cells`` text columns named ``0``, ``1``, …

    ``misshapen`` are the rows (number, all their text) that have not as many cells as the header.
    """

    rows: pa.Array
    cells: pa.Table
    misshapen: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True)
class TableFile:
    """A file opened as a table. ``typed`` cells were numbers once, so codes may have lost leading zeros."""

    header: list[str]
    chunks: Iterator[Chunk]
    typed: bool = False


def _names(width: int) -> list[str]:
    return [str(index) for index in range(width)]


def _numbered(cells: pa.Table, before: int) -> Chunk:
    return Chunk(pa.array(range(before + 1, before + cells.num_rows + 1), pa.int64()), cells)


# --- CSV --------------------------------------------------------------------------------------------------------------


def open_csv(path: Path, dialect: Dialect) -> TableFile:
    """A CSV file (RFC 4180, any of the dialects of ``text``)."""
    header = read_header(path, dialect)
    return TableFile(header, _csv_chunks(path, dialect, len(header)))


def _csv_chunks(path: Path, dialect: Dialect, width: int) -> Iterator[Chunk]:
    """Arrow's parser while the file is regular; from the first irregular row on, Python's, which numbers every row."""
    done = 0
    irregular: list[object] = []

    def note(row: Any) -> str:
        irregular.append(row.actual_columns)
        return "skip"

    try:
        for batch in _arrow_batches(path, dialect, width, note):
            if irregular:
                break
            if batch.num_rows:
                yield _numbered(pa.Table.from_batches([batch]), done)
                done += batch.num_rows
    except pa.ArrowInvalid as error:  # a cell longer than a block
        irregular.append(error)
    if irregular:
        yield from _careful_chunks(path, dialect, width, skip=done)


def _arrow_batches(path: Path, dialect: Dialect, width: int, note: Any) -> Iterator[pa.RecordBatch]:
    names = _names(width)
    encoding = "utf8" if dialect.encoding in ("utf-8", "utf-8-sig") else dialect.encoding
    yield from pacsv.open_csv(
        path,
        read_options=pacsv.ReadOptions(
            block_size=_BLOCK, column_names=names, skip_rows_after_names=1, encoding=encoding
        ),
        parse_options=pacsv.ParseOptions(
            delimiter=dialect.delimiter, newlines_in_values=True, invalid_row_handler=note
        ),
        convert_options=pacsv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
    )


def _careful_chunks(path: Path, dialect: Dialect, width: int, *, skip: int) -> Iterator[Chunk]:
    limit = csv.field_size_limit(_LONGEST_CELL)
    number = 0
    try:
        with path.open(encoding=dialect.encoding, newline="") as file:
            rows = (row for row in csv.reader(file, delimiter=dialect.delimiter) if row)
            next(rows)
            for number in range(1, skip + 1):  # noqa: B007 - the number is for the error below
                next(rows)
            while batch := list(islice(rows, CHUNK_ROWS)):
                regular = [(number + at, row) for at, row in enumerate(batch, 1) if len(row) == width]
                misshapen = tuple((number + at, " ".join(row)) for at, row in enumerate(batch, 1) if len(row) != width)
                number += len(batch)
                yield Chunk(
                    pa.array([at for at, _ in regular], pa.int64()),
                    _table([row for _, row in regular], width),
                    misshapen,
                )
    except csv.Error as error:
        raise FileRejected(
            "file_cell_too_long", file=path.name, row=f"after {number}", column="?",
            length=f"over {_LONGEST_CELL}", limit=_LONGEST_CELL,
        ) from error  # fmt: skip
    finally:
        csv.field_size_limit(limit)


def _table(rows: Sequence[Sequence[str | None]], width: int) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else [()] * width
    return pa.table([pa.array(column, pa.string()) for column in columns], names=_names(width))


# --- XLSX -------------------------------------------------------------------------------------------------------------


def open_xlsx(path: Path) -> TableFile:
    """The first sheet with cells. Raises ``FileRejected`` for a damaged or protected workbook."""
    try:
        with CalamineWorkbook.from_path(str(path)) as workbook:
            for name in workbook.sheet_names:
                rows = (row for row in workbook.get_sheet_by_name(name).iter_rows() if any(cell != "" for cell in row))
                header = next(rows, None)
                if header is not None:
                    names = [_cell(cell) or "" for cell in header]
                    return TableFile(names, _xlsx_chunks(rows, len(names)), typed=True)
    except (CalamineError, OSError) as error:
        raise FileRejected("file_damaged", file=path.name, reason="the workbook cannot be read") from error
    raise FileRejected("file_empty", file=path.name)


def _xlsx_chunks(rows: Iterator[list[Any]], width: int) -> Iterator[Chunk]:
    done = 0
    while batch := list(islice(rows, CHUNK_ROWS)):
        yield _numbered(_table([[_cell(cell) for cell in row] for row in batch], width), done)
        done += len(batch)


def _cell(value: Any) -> str | None:
    """A cell as text: whole numbers without a decimal point, dates as ISO 8601."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, (datetime, date, time)) else str(value)


# --- Parquet ----------------------------------------------------------------------------------------------------------


def open_parquet(path: Path) -> TableFile:
    """A Parquet file; values become text, lists are joined with ``;``. Raises ``FileRejected`` for a damaged one."""
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise FileRejected("file_damaged", file=path.name, reason="not a whole Parquet file") from error
    return TableFile(file.schema_arrow.names, _parquet_chunks(path, file))


def _parquet_chunks(path: Path, file: pq.ParquetFile) -> Iterator[Chunk]:
    done = 0
    try:
        with file:
            for batch in file.iter_batches(batch_size=CHUNK_ROWS):
                cells = pa.table([_as_text(column) for column in batch.columns], names=_names(batch.num_columns))
                yield _numbered(cells, done)
                done += batch.num_rows
    except (pa.ArrowException, OSError) as error:
        raise FileRejected("file_damaged", file=path.name, reason=f"unreadable after row {done}") from error


def _as_text(column: pa.Array) -> pa.Array:
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _as_text(column.dictionary_decode())
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return pc.binary_join(column.cast(pa.list_(pa.string())), ";")
    if pa.types.is_boolean(kind):
        return pc.if_else(column, "true", "false")
    return column.cast(pa.string())
