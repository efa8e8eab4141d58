"""The child process that parses a customer's file: limited, without secrets, and gone when the file is read.

``python -m datacare.intake.worker FILE DIRECTORY`` with the limits as JSON on standard input. It writes
``rows.parquet`` (``row`` and the cells as text, columns ``0``, ``1``, …) and ``rejected.csv`` into the directory and
one JSON document to standard output: what was read, or which refusal.
"""

from __future__ import annotations

import csv
import json
import resource
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from core.errors import FileRejected, RajausError
from core.identity import looks_like_identity_code
from datacare import columns
from datacare.intake.limits import Limits, check_container, check_text, expand, over
from register.sources import tabular
from register.sources.tabular import Chunk, TableFile
from register.sources.text import find_dialect

ROWS, REJECTED = "rows.parquet", "rejected.csv"
_GZIP, _ZIP, _OLE = b"\x1f\x8b", b"PK", b"\xd0\xcf\x11\xe0"
_SPARE = 1 << 30
_FEWEST_KNOWN = 2


def main() -> int:
    path, directory = Path(sys.argv[1]), Path(sys.argv[2])
    limits = Limits(**json.load(sys.stdin))
    _confine(limits)
    try:
        document = take_in(path, directory, limits=limits)
    except RajausError as error:
        document = {"error": {"type": type(error).__name__, "code": error.code, "ids": error.ids}}
    except MemoryError:
        document = {"error": _refusal(over(path, "bytes of memory", limit=limits.memory_bytes))}
    print(json.dumps(document, ensure_ascii=False, default=str))  # noqa: T201  the parent reads it
    return 0


def _refusal(error: FileRejected) -> dict[str, Any]:
    return {"type": type(error).__name__, "code": error.code, "ids": error.ids}


def _confine(limits: Limits) -> None:
    """What the kernel enforces, whatever a parser does: time, files, address space, no further processes' files."""
    resource.setrlimit(resource.RLIMIT_CPU, (limits.seconds, limits.seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (4 * limits.expanded_bytes,) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes + 4 * _SPARE,) * 2)


def take_in(path: Path, directory: Path, *, limits: Limits) -> dict[str, Any]:
    """Read one file; returns ``{"format", "header", "rows", "accepted", "rejected", "skipped_headers", "dialect"}``.

    ``rows`` = ``accepted`` + ``rejected``. Raises ``FileRejected``.
    """
    if path.is_symlink() or not path.is_file():
        raise FileRejected("file_missing", file=path.name)
    if path.stat().st_size > limits.file_bytes:
        raise over(path, "bytes", limit=limits.file_bytes)
    form, opened, dialect = _open(path, directory, limits)
    if len(opened.header) > limits.columns:
        raise over(path, "columns", limit=limits.columns)
    header, chunks, skipped = _true_header(opened)
    counted = {"accepted": 0, "rejected": 0}
    with (directory / REJECTED).open("w", encoding="utf-8", newline="") as file:
        rejected = csv.writer(file)
        rejected.writerow(["row", "column", "reason"])
        schema = pa.schema([("row", pa.int64()), *((str(at), pa.string()) for at in range(len(header)))])
        with pq.ParquetWriter(directory / ROWS, schema, compression="zstd") as writer:
            for chunk in chunks:
                kept, turned_down = _sorted(chunk, header, limits)
                counted["accepted"] += len(kept)
                counted["rejected"] += len(turned_down)
                if counted["accepted"] + counted["rejected"] > limits.rows:
                    raise over(path, "rows", limit=limits.rows)
                rejected.writerows(sorted(turned_down))
                writer.write_table(kept.cast(schema))
    rows = counted["accepted"] + counted["rejected"]
    if not rows:
        raise FileRejected("file_header_only", file=path.name)
    return {"format": form, "header": header, "rows": rows, **counted, "skipped_headers": skipped, "dialect": dialect}


def _open(path: Path, directory: Path, limits: Limits) -> tuple[str, TableFile, dict[str, str]]:
    """The file as a table, its kind told by its first bytes; containers are looked through before they are parsed."""
    with path.open("rb") as file:
        start = file.read(8)
    if not start:
        raise FileRejected("file_empty", file=path.name)
    if start.startswith(_GZIP):
        inner = directory / "expanded"
        expand(path, inner, limits=limits)
        return _open(inner, directory, limits)
    if start.startswith(_OLE):
        raise FileRejected("care_protected" if _locked(path, directory) else "care_old_format", file=path.name)
    if start.startswith(_ZIP):
        check_container(path, limits)
        return "spreadsheet", tabular.open_xlsx(path), {}
    if start.startswith(b"PAR1"):
        _check_parquet(path, limits)
        return "parquet", tabular.open_parquet(path), {}
    check_text(path, limits)
    dialect = find_dialect(path)
    written = {"encoding": dialect.encoding, "delimiter": dialect.delimiter}
    return "csv", tabular.open_csv(path, dialect), written


def _locked(path: Path, directory: Path) -> bool:
    """Whether a compound file is a workbook behind a password: an XLSX that was encrypted is one, like an old XLS."""
    for form in ("xlsx", "xls"):
        named = directory / f"locked.{form}"  # what the reader looks for goes by the name
        named.symlink_to(path.absolute())
        try:
            CalamineWorkbook.from_path(named).close()
        except PasswordError:
            return True
        except CalamineError:
            continue
        finally:
            named.unlink()
    return False


def _check_parquet(path: Path, limits: Limits) -> None:
    try:
        with pq.ParquetFile(path) as file:
            found = file.metadata
            groups = range(found.num_row_groups)
            size = sum(found.row_group(at).total_byte_size for at in groups)
            if found.num_rows > limits.rows:
                raise over(path, "rows", limit=limits.rows)
            if size > limits.expanded_bytes:
                raise over(path, "expanded bytes", limit=limits.expanded_bytes)
    except (pa.ArrowException, OSError) as error:
        raise FileRejected("file_damaged", file=path.name, reason="not a whole Parquet file") from error


def _true_header(opened: TableFile) -> tuple[list[str], Iterator[Chunk], int]:
    """The header, and how many rows before it were none: a title or a banner over the real names is skipped."""
    header = columns.clean_header(opened.header)
    first = next(opened.chunks, None)
    if first is None:
        return header, iter(()), 0
    skipped = 0
    while columns.known(header) < _FEWEST_KNOWN and len(first.cells):
        names = [cell or "" for cell in (column[0].as_py() for column in first.cells.columns)]
        if columns.known(columns.clean_header(names)) < _FEWEST_KNOWN:
            break
        header, skipped = columns.clean_header(names), skipped + 1
        first = Chunk(first.rows[1:], first.cells.slice(1), first.misshapen)
    return header, _again(first, opened.chunks), skipped


def _again(first: Chunk, rest: Iterator[Chunk]) -> Iterator[Chunk]:
    yield first
    yield from rest


def _sorted(chunk: Chunk, header: list[str], limits: Limits) -> tuple[pa.Table, list[tuple[int, str, str]]]:
    """The rows that can be kept, and place and reason of those that cannot; never what stood there."""
    bad = {row: (row, "", "cells_not_as_in_header") for row, _ in chunk.misshapen}
    for name, column in zip(header, chunk.cells.columns, strict=True):
        cells = column.combine_chunks()
        for reason, hit in (
            ("cell_too_long", pc.fill_null(pc.greater(pc.utf8_length(cells), limits.cell), False)),
            ("identity_code", looks_like_identity_code(cells)),
        ):
            for row in chunk.rows.filter(hit).to_pylist():
                bad.setdefault(row, (row, name, reason))
    keep = pc.invert(pc.is_in(chunk.rows, value_set=pa.array(sorted(bad), pa.int64())))
    rows = pa.table({"row": chunk.rows, **dict(zip(chunk.cells.column_names, chunk.cells.columns, strict=True))})
    return rows.filter(keep), list(bad.values())


if __name__ == "__main__":
    sys.exit(main())
