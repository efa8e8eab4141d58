"""Tables that customers send: CSV, XLSX or Parquet, with column names in the languages they write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from core.errors import FileRejected
from core.files import sha256_file
from core.identity import clean_text
from core.labels import fold_label
from register.sources.intake import find_format
from register.sources.tabular import TableFile, open_csv, open_parquet, open_xlsx
from register.sources.text import find_dialect


@dataclass(frozen=True)
class CustomerFile:
    """The columns asked for, as clean text; ``line`` is the number of the data row from 1.

    ``present`` are those that the header has. ``misshapen`` rows have not as many cells as the header.
    """

    name: str
    sha256: str
    present: frozenset[str]
    table: pa.Table
    misshapen: tuple[int, ...]

    @property
    def read(self) -> int:
        return len(self.table) + len(self.misshapen)


def read(path: Path, columns: Mapping[str, Sequence[str]], *, cell_limit: int) -> CustomerFile:
    """Read the columns whose header is one of their names, whatever the case; one that is not there is null.

    Raises ``FileRejected``: missing, empty, damaged, header_only, of another format, columns named twice, a cell longer
    than ``cell_limit``. No message holds a cell.
    """
    try:
        form, sha256 = find_format(path), sha256_file(path)
    except FileNotFoundError as error:
        raise FileRejected("file_missing", file=path.name) from error
    except OSError as error:
        raise FileRejected("file_damaged", file=path.name, reason=error.strerror or "it cannot be read") from error
    opened = _open(path, form)
    places = _places(opened.header, columns, file=path.name)
    parts, misshapen = [], []
    for chunk in opened.chunks:
        misshapen += [line for line, _ in chunk.misshapen]
        rows = len(chunk.rows)
        cells = {
            name: pa.nulls(rows, pa.string()) if place is None else clean_text(chunk.cells[place])
            for name, place in places.items()
        }
        _check_lengths(chunk.rows, cells, file=path.name, limit=cell_limit)
        parts.append(pa.table({"line": chunk.rows} | cells))
    table = pa.concat_tables(parts) if parts else pa.table({"line": pa.array([], pa.int64())})
    if not len(table) and not misshapen:
        raise FileRejected("file_header_only", file=path.name)
    if not parts:
        table = pa.table({"line": pa.array([], pa.int64())} | {name: pa.array([], pa.string()) for name in columns})
    present = frozenset(name for name, place in places.items() if place is not None)
    return CustomerFile(path.name, sha256, present, table.combine_chunks(), tuple(misshapen))


def _open(path: Path, form: str) -> TableFile:
    if form == "xlsx":
        return open_xlsx(path)
    if form == "parquet":
        return open_parquet(path)
    if form == "csv":
        return open_csv(path, find_dialect(path))
    raise FileRejected("file_format_unknown", file=path.name)


def _places(header: Sequence[str], columns: Mapping[str, Sequence[str]], *, file: str) -> dict[str, int | None]:
    """Where each column is; None: nowhere."""
    known = {fold_label(name): column for column, names in columns.items() for name in names}
    found: dict[str, int | None] = dict.fromkeys(columns)
    for place, title in enumerate(header):
        column = known.get(fold_label(title))
        if column is None:
            continue
        if found[column] is not None:
            raise FileRejected("file_column_twice", file=file, column=column)
        found[column] = place
    return found


def _check_lengths(lines: pa.Array, cells: Mapping[str, pa.Array], *, file: str, limit: int) -> None:
    for name, column in cells.items():
        length = pc.fill_null(pc.utf8_length(column), 0)
        longest = pc.max(length).as_py() or 0
        if longest > limit:
            line = lines[pc.index(length, longest).as_py()].as_py()
            raise FileRejected("file_cell_too_long", file=file, row=line, column=name, length=longest, limit=limit)
