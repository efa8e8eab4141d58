"""Two tables matched, whatever they are about: ``rajaus care match-tables``."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from core.errors import FileRejected
from core.files import storing
from core.settings import CareEngine
from datacare import columns
from datacare.match import build_index, decide, match, parties_of
from register.sources import tabular
from register.sources.intake import find_format
from register.sources.tabular import TableFile
from register.sources.text import find_dialect


@dataclass(frozen=True)
class Read:
    """A table as text, with the id of each row: its own, else its number."""

    table: pa.Table
    ids: pa.Array
    mapping: Mapping[str, str]


def read(path: Path, *, mapping: Mapping[str, str] | None = None) -> Read:
    """Read a CSV, XLSX or Parquet file and map its columns. Raises ``FileRejected``."""
    opened = open_table(path)
    header = columns.clean_header(opened.header)
    chunks = [chunk.cells.rename_columns(header) for chunk in opened.chunks]
    if not chunks:
        raise FileRejected("file_empty", file=path.name)
    table = pa.concat_tables(chunks)
    chosen = dict(mapping) if mapping is not None else columns.guess(header, table.slice(0, 1_000))
    unknown = [column for column in chosen.values() if column not in header]
    if unknown:
        raise FileRejected("file_columns_missing", file=path.name, columns=", ".join(unknown))
    ids = _ids(table, chosen.pop("id", None), chosen.get("identifier"))
    return Read(columns.mapped(table, chosen), ids, chosen)


def _ids(table: pa.Table, own: str | None, identifier: str | None) -> pa.Array:
    """What names a row: its id column, else an identifier that every row has once, else its number."""
    if own is not None:
        return table[own].combine_chunks()
    if identifier is not None:
        cells = table[identifier]
        if not cells.null_count and pc.count_distinct(cells).as_py() == len(cells):
            return cells.combine_chunks()
    return pa.array(range(1, len(table) + 1), pa.int64()).cast(pa.string())


def open_table(path: Path) -> TableFile:
    """A file as a table of text; its format by its bytes."""
    try:
        form = find_format(path)
    except FileNotFoundError as error:
        raise FileRejected("file_missing", file=str(path)) from error
    if form == "xlsx":
        return tabular.open_xlsx(path)
    if form == "parquet":
        return tabular.open_parquet(path)
    if form == "csv":
        return tabular.open_csv(path, find_dialect(path))
    raise FileRejected("file_format_unknown", file=path.name)


def read_mappings(path: Path | None) -> dict[str, dict[str, str]]:
    """A mapping file: ``{"register": {field: column}, "crm": {field: column}}``, either may be left out."""
    if path is None:
        return {}
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        sides = {side: dict(document[side]) for side in ("register", "crm") if side in document}
    except FileNotFoundError as error:
        raise FileRejected("file_missing", file=path.name) from error
    except (ValueError, TypeError) as error:
        raise FileRejected("mapping_invalid", file=path.name, reason="not JSON of the two sides") from error
    for side in sides.values():
        unknown = sorted(set(side) - set(columns.KNOWN))
        if unknown:
            raise FileRejected("mapping_invalid", file=path.name, reason=f"no such field: {', '.join(unknown)}")
        columns.check_usable(side)
    return sides


def match_tables(
    register: Path,
    crm: Path,
    out: Path,
    *,
    mapping: Path | None = None,
    memory: str = "2500MB",
    threads: int = 2,
    engine: CareEngine = "duckdb",
) -> dict[str, Any]:
    """Match the rows of ``crm`` with those of ``register`` and write ``crm_id, register_id, p, state`` as CSV.

    One line a row of ``crm``, in its order; ``register_id`` is empty where nobody is likely. Raises ``FileRejected``,
    ``ConfigError`` (care_engine_missing).
    """
    sides = read_mappings(mapping)
    theirs, mine = read(register, mapping=sides.get("register")), read(crm, mapping=sides.get("crm"))
    with tempfile.TemporaryDirectory(prefix="rajaus-match-") as directory:
        index = Path(directory) / "index.duckdb"
        build_index(index, [parties_of(theirs.table)], memory=memory, threads=threads)
        found = match(
            index, parties_of(mine.table), memory=memory, threads=threads, scratch=Path(directory), engine=engine
        )
    pids = pa.array(range(len(mine.table)), pa.int64())
    decided = decide(found.parties, found.persons, pids=pids)
    written = pa.table(
        {
            "crm_id": mine.ids,
            "register_id": theirs.ids.take(decided["rid"].combine_chunks()),
            "p": pc.round(decided["p"], 4),
            "state": decided["state"],
        }
    )
    with storing(out):
        pacsv.write_csv(written, out, pacsv.WriteOptions(quoting_style="needed"))
    states = {one["values"]: one["counts"] for one in pc.value_counts(written["state"].combine_chunks()).to_pylist()}
    return {
        "register_rows": len(theirs.table),
        "crm_rows": len(mine.table),
        "columns": {"register": theirs.mapping, "crm": mine.mapping},
        "states": {state: states.get(state, 0) for state in ("auto", "none", "review")},
        "file": str(out),
    }
