"""Opening a source file: its format by its bytes, its kind and mapping by its columns, its chunks inspected."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from core.errors import FileRejected
from core.files import sha256_file
from core.identity import looks_like_identity_code
from register.sources import tabular, ytj
from register.sources.mapping import TARGETS, Mapping, make_plan
from register.sources.tabular import Chunk, TableFile
from register.sources.text import find_dialect

FORMATS = ("csv", "xlsx", "parquet", "ytj")
_START = 4096
_BETWEEN = "\x1f"


@dataclass(frozen=True)
class SourceFile:
    """One file of a load. ``fields`` turns a chunk into fields of the kind; it may run in any thread."""

    number: int
    name: str
    sha256: str
    format: str
    kind: str
    mapping: str
    ignored: tuple[str, ...]
    chunks: Iterator[Chunk]
    fields: Callable[[Chunk], pa.Table]
    derived_key: bool = False


def find_format(path: Path) -> str:
    """Tell the format by the first bytes. Raises ``FileRejected`` for an empty file or a foreign format."""
    with path.open("rb") as file:
        start = file.read(_START)
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not text:
        raise FileRejected("file_empty", file=path.name)
    if start.startswith(b"PAR1"):
        return "parquet"
    if start.startswith(b"PK"):
        return "xlsx" if path.suffix.lower() in (".xlsx", ".xlsm") or b"[Content_Types].xml" in start else "ytj"
    if text[:1] in b"[{":
        return "ytj"
    if b"\0" in start and not start.startswith((b"\xff\xfe", b"\xfe\xff")) and start.count(b"\0") < len(start) // 4:
        raise FileRejected("file_format_unknown", file=path.name)
    return "csv"


def open_source(path: Path, number: int, *, format: str | None, mapping: Mapping | None, cell_limit: int) -> SourceFile:
    """Open one file; its rows are read as ``chunks`` are drawn. Raises ``FileRejected``."""
    try:
        chosen = format or find_format(path)
        digest = sha256_file(path)
    except FileNotFoundError as error:
        raise FileRejected("file_missing", file=str(path)) from error
    except OSError as error:
        raise FileRejected("file_damaged", file=path.name, reason=error.strerror or "it cannot be read") from error
    if path.stat().st_size == 0:
        raise FileRejected("file_empty", file=path.name)
    opened = partial(SourceFile, number=number, name=path.name, sha256=digest, format=chosen)
    if chosen == "ytj":
        single = [name for name in TARGETS["organisations"] if not name.endswith("_names")]  # those are many in one
        watched = _Inspector(path.name, single, cell_limit)

        def taken(chunk: Chunk) -> pa.Table:
            watched.check_lengths(chunk.rows, chunk.cells.select(watched.header))
            return chunk.cells

        return opened(
            kind="organisations", mapping="PRH YTJ v3", ignored=(), chunks=ytj.read_companies(path, file=number),
            fields=taken,
        )  # fmt: skip
    table = _open_table(path, chosen, mapping)
    plan = make_plan(table.header, file=path.name, mapping=mapping, typed=table.typed)
    inspector = _Inspector(path.name, table.header, cell_limit)

    def fields(chunk: Chunk) -> pa.Table:
        inspector.check(chunk)
        return plan.fields(chunk, file=number)

    return opened(
        kind=plan.kind, mapping=plan.mapping, ignored=plan.ignored, chunks=table.chunks, fields=fields,
        derived_key=plan.derived_key,
    )  # fmt: skip


def _open_table(path: Path, format: str, mapping: Mapping | None) -> TableFile:
    if format == "xlsx":
        return tabular.open_xlsx(path)
    if format == "parquet":
        return tabular.open_parquet(path)
    encoding, delimiter = (mapping.encoding, mapping.delimiter) if mapping else (None, None)
    return tabular.open_csv(path, find_dialect(path, encoding=encoding, delimiter=delimiter))


@dataclass(frozen=True)
class _Inspector:
    """Looks at every cell of a chunk, ignored columns too, for what refuses the whole file."""

    file: str
    header: list[str]
    cell_limit: int

    def check(self, chunk: Chunk) -> None:
        self.check_lengths(chunk.rows, chunk.cells)
        joined = pc.binary_join_element_wise(
            *chunk.cells.columns, _BETWEEN, null_handling="replace", null_replacement=""
        )
        for row in chunk.rows.filter(looks_like_identity_code(joined)).to_pylist()[:1]:
            raise FileRejected("file_identity_code", file=self.file, row=row, column=self._column(chunk, row))
        for row, text in chunk.misshapen:
            if len(text) > self.cell_limit * max(1, len(self.header)):
                self._too_long(row, "?", len(text))
            if looks_like_identity_code(pa.array([text], pa.string()))[0].as_py():
                raise FileRejected("file_identity_code", file=self.file, row=row, column="?")

    def _column(self, chunk: Chunk, row: int) -> str:
        here = chunk.cells.filter(pc.equal(chunk.rows, row))
        hits = (
            name
            for name, column in zip(self.header, here.columns, strict=True)
            if pc.any(looks_like_identity_code(column)).as_py()
        )
        return next(hits, "?")

    def check_lengths(self, rows: pa.Array, cells: pa.Table) -> None:
        """``cells`` has the columns of the header; bytes are a quick bound for characters."""
        for name, column in zip(self.header, cells.columns, strict=True):
            if (pc.max(pc.binary_length(column)).as_py() or 0) > self.cell_limit:
                lengths = pc.utf8_length(column)
                over = pc.fill_null(pc.greater(lengths, self.cell_limit), False)
                for row, length in zip(rows.filter(over).to_pylist(), lengths.filter(over).to_pylist(), strict=True):
                    self._too_long(row, name, length)

    def _too_long(self, row: int, column: str, length: int) -> None:
        raise FileRejected(
            "file_cell_too_long", file=self.file, row=row, column=column, length=length, limit=self.cell_limit
        )
