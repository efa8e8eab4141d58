"""Loading source files: read, screen, judge, store; the ledger row is what makes a load part of the register.

Invariant, held for every load: read = accepted + quarantined + suppressed.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import pandera.pandas as pandera
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

import sql
from core.errors import FileRejected, InvalidInput
from core.files import store_by_content
from ledger import sources
from ledger.store import Store
from ledger.suppression import import_keys
from register.sources.intake import FORMATS, SourceFile, open_source
from register.sources.mapping import read_mapping
from register.sources.normalise import FRAMES, accepted
from register.sources.stored import compression, write_without
from register.sources.suppression import Screen
from register.sources.tabular import Chunk
from register.sources.validate import REASONS, judge
from register.sources.workshop import workshop
from register.suppress import keyring
from schemas.register import KEYS, LAYOUTS, SCHEMAS

_QUARANTINE = pa.schema([("file", pa.string()), ("row", pa.int64()), ("field", pa.string()), ("reason", pa.string())])
_AHEAD = 2
_LONGEST_NAME = 80
_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


@dataclass(frozen=True)
class _Judged:
    """What became of one chunk."""

    read: int
    rows: pa.Table
    reasons: pa.Table
    quarantined: int
    suppressed: int


@dataclass
class _Tally:
    """Rows of one kind so far, and where the accepted ones lie."""

    kind: str
    staged: Path
    files: list[SourceFile]
    read: int = 0
    accepted: int = 0
    quarantined: int = 0
    suppressed: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    @property
    def counts(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in ("read", "accepted", "quarantined", "suppressed")}

    @property
    def counts_as_load(self) -> bool:
        """A load of which nothing but bad rows is left would only wipe out its predecessors: it is not recorded."""
        return self.accepted > 0 or self.quarantined == 0


def load_files(
    store: Store, *, source: str, files: Sequence[Path], format: str | None = None, mapping: Path | None = None,
    mode: str = "full", priority: int | None = None, ground: str | None = None,
    advance: Callable[[int], None] = lambda _rows: None, checkpoint: Callable[[str], None] = lambda _step: None,
) -> dict[str, Any]:  # fmt: skip
    """Load files of one source; organisations and positions may come together.

    Returns ``{"load", "read", "accepted", "quarantined", "suppressed", "reasons", "quarantine_file",
    "ignored_columns", "files", "loads"}``: totals over all files, and per kind under ``loads``. ``load`` is null
    when not one row could be accepted; nothing is recorded then. Raises ``InvalidInput`` and ``FileRejected``;
    the store is unchanged then. A crash before the ledger transaction leaves only debris in staging and sources.
    """
    _check_arguments(source, files, format, mode)
    mapped = read_mapping(mapping) if mapping else None
    limit = store.settings.cell_limit
    opened = [
        open_source(path, number, format=format, mapping=mapped, cell_limit=limit) for number, path in enumerate(files)
    ]
    with workshop(store) as staging:
        return _load(
            store, opened, staging, source=source, mode=mode, priority=priority, ground=ground, advance=advance,
            checkpoint=checkpoint,
        )  # fmt: skip


def _check_arguments(source: str, files: Sequence[Path], format: str | None, mode: str) -> None:
    if not source.strip():
        raise InvalidInput("value_missing", field="source")
    if len(source) > _LONGEST_NAME:
        raise InvalidInput("size_out_of_range", field="length of source", least=1, most=_LONGEST_NAME)
    if not files:
        raise InvalidInput("value_missing", field="file")
    if format is not None and format not in FORMATS:
        raise InvalidInput("value_unknown", field="format", value=format, allowed=", ".join(FORMATS))
    if mode not in sources.MODES:
        raise InvalidInput("value_unknown", field="mode", value=mode, allowed=", ".join(sources.MODES))


def _load(
    store: Store, opened: list[SourceFile], staging: Path, *, source: str, mode: str, priority: int | None,
    ground: str | None, advance: Callable[[int], None], checkpoint: Callable[[str], None],
) -> dict[str, Any]:  # fmt: skip
    names = [file.name for file in opened]
    tallies: list[_Tally] = []
    with _Quarantine(staging / "quarantine.csv", names) as quarantine:
        for kind in sorted({file.kind for file in opened}):
            tally = _Tally(kind, staging / f"{kind}.parquet", [file for file in opened if file.kind == kind])
            beside = [earlier.staged for earlier in tallies if earlier.kind == "organisations"]
            with _screen(store, beside) as screen:
                _fill(store, tally, screen, quarantine, advance=advance)
            _drop_duplicates(store, tally, quarantine)
            tallies.append(tally)
    checkpoint("staged")
    quarantine_file = (
        store_by_content(quarantine.path, store.home.quarantine, suffix=".csv")[0] if quarantine.written else None
    )
    stored = {
        tally.kind: store_by_content(tally.staged, store.home.sources, suffix=".parquet")
        for tally in tallies if tally.counts_as_load
    }  # fmt: skip
    checkpoint("stored")
    numbers = {}
    if stored:
        with store.write() as tx:
            sources.ensure_source(tx, source, priority=priority, ground=ground)
            for tally in (tally for tally in tallies if tally.kind in stored):
                path, digest = stored[tally.kind]
                numbers[tally.kind] = sources.record_load(
                    tx, source=source, kind=tally.kind, mode=mode,
                    files=[{"name": file.name, "sha256": file.sha256} for file in tally.files],
                    data=store.relative(path), data_sha256=digest,
                    quarantine_file=store.relative(quarantine_file) if quarantine_file else None,
                    counts=tally.counts, reasons=tally.reasons, obtained_on=store.today(),
                )  # fmt: skip
    checkpoint("recorded")
    return _document(opened, tallies, numbers, quarantine_file)


def _document(
    opened: list[SourceFile], tallies: list[_Tally], numbers: dict[str, int], quarantine_file: Path | None
) -> dict[str, Any]:
    reasons = sum((tally.reasons for tally in tallies), Counter[str]())
    return {
        "load": max(numbers.values(), default=None),
        **{name: sum(tally.counts[name] for tally in tallies) for name in tallies[0].counts},
        "reasons": dict(sorted(reasons.items())),
        "quarantine_file": str(quarantine_file) if quarantine_file else None,
        "ignored_columns": sorted({column for file in opened for column in file.ignored}),
        "files": [
            {name: getattr(file, name) for name in ("name", "kind", "format", "mapping", "sha256")}
            for file in opened
        ],
        "loads": [
            {"load": numbers.get(tally.kind), "kind": tally.kind, **tally.counts,
             "reasons": dict(sorted(tally.reasons.items()))}
            for tally in tallies
        ],
    }  # fmt: skip


def _screen(store: Store, beside: Sequence[Path]) -> Screen:
    with store.ledger.read() as connection:
        keys = import_keys(store, connection)
        known = [store.path(load.data) for load in sources.live_loads(connection, kind="organisations")]
    return Screen(keys, keyring(keys, store), [*known, *beside], workers=store.settings.threads)


# --- chunk by chunk ---------------------------------------------------------------------------------------------------


def _fill(
    store: Store, tally: _Tally, screen: Screen, quarantine: _Quarantine, *, advance: Callable[[int], None]
) -> None:
    """Read, screen and judge every chunk of every file of one kind; accepted rows go to the staged Parquet file."""
    schema = SCHEMAS[tally.kind](store.today())

    def work(item: tuple[SourceFile, Chunk]) -> _Judged:
        return _judge_chunk(*item, schema=schema, screen=screen)

    with pq.ParquetWriter(tally.staged, LAYOUTS[tally.kind], compression=compression(store)) as writer:
        for file in tally.files:
            before = tally.read
            for judged in _in_order(work, ((file, chunk) for chunk in file.chunks), workers=store.settings.threads):
                tally.read += judged.read
                tally.accepted += judged.rows.num_rows
                tally.quarantined += judged.quarantined
                tally.suppressed += judged.suppressed
                tally.reasons += quarantine.write(judged.reasons)
                if judged.rows.num_rows:
                    writer.write_table(judged.rows)
                advance(judged.read)
            if tally.read == before:
                raise FileRejected("file_header_only", file=file.name)


def _judge_chunk(file: SourceFile, chunk: Chunk, *, schema: pandera.DataFrameSchema, screen: Screen) -> _Judged:
    frame = FRAMES[file.kind](file.fields(chunk))
    if file.derived_key:
        frame = frame.set_column(frame.column_names.index("source_id"), "source_id", _hashed(frame.column("source_id")))
    clear = frame.filter(screen.passes(frame, kind=file.kind))
    stands, reasons = judge(schema, clear)
    misshapen = [
        {"file": file.number, "row": row, "field": "", "reason": "row_misshapen"} for row, _ in chunk.misshapen
    ]
    return _Judged(
        read=frame.num_rows + len(misshapen),
        rows=accepted(file.kind, stands),
        reasons=pa.concat_tables([reasons, pa.Table.from_pylist(misshapen, schema=REASONS)]),
        quarantined=clear.num_rows - stands.num_rows + len(misshapen),
        suppressed=frame.num_rows - clear.num_rows,
    )


def _hashed(composed: pa.ChunkedArray) -> pa.ChunkedArray:
    with duckdb.connect() as connection:
        connection.execute(sql.load("quiet"))
        connection.register("composed", pa.table({"text": composed}))
        return connection.sql(sql.load("register/load_key_hash")).to_arrow_table().column("key")


def _in_order(work: Callable[[_Item], _Result], items: Iterable[_Item], *, workers: int) -> Iterator[_Result]:
    """Results in the order of the items, a few of them worked on at a time."""
    pending: deque[Future[_Result]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        try:
            for item in items:
                pending.append(pool.submit(work, item))
                if len(pending) >= workers + _AHEAD:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            for future in pending:
                future.cancel()


# --- what was not accepted --------------------------------------------------------------------------------------------


class _Quarantine:
    """The CSV of bad rows: file, row, field, reason; never what stood in the row."""

    def __init__(self, path: Path, names: Sequence[str]) -> None:
        self.path = path
        self.written = 0
        self._names = pa.array(list(names), pa.string())

    def __enter__(self) -> _Quarantine:
        self._writer = pacsv.CSVWriter(self.path, _QUARANTINE)
        return self

    def __exit__(self, *_: object) -> None:
        self._writer.close()

    def write(self, reasons: pa.Table) -> Counter[str]:
        """Append reasons; returns how many of each there were."""
        if not reasons.num_rows:
            return Counter()
        self.written += reasons.num_rows
        named = pc.take(self._names, reasons.column("file"))
        self._writer.write_table(reasons.set_column(0, "file", named).cast(_QUARANTINE))
        return Counter(
            {count["values"]: count["counts"] for count in reasons.column("reason").value_counts().to_pylist()}
        )


def _drop_duplicates(store: Store, tally: _Tally, quarantine: _Quarantine) -> None:
    """Of rows with the same key the first stays accepted, the later ones go to quarantine."""
    key = KEYS[tally.kind]
    keys = pq.read_table(tally.staged, columns=["file", "row", key]).rename_columns(["file", "row", "key"])
    config: dict[str, Any] = {"memory_limit": store.settings.memory_limit, "threads": store.settings.threads,
              "temp_directory": str(tally.staged.with_suffix(".spill"))}  # fmt: skip
    with duckdb.connect(config=config) as connection:
        connection.execute(sql.load("quiet"))
        connection.register("accepted", keys)
        later = connection.sql(sql.load("register/load_duplicates")).to_arrow_table()
    del keys
    if not later.num_rows:
        return
    whole = tally.staged.rename(tally.staged.with_suffix(".whole"))
    write_without(whole, tally.staged, later, codec=compression(store))
    whole.unlink()
    tally.accepted -= later.num_rows
    tally.quarantined += later.num_rows
    tally.reasons += quarantine.write(pa.table(
        [later["file"], later["row"], pa.repeat(key, later.num_rows), pa.repeat("key_duplicate", later.num_rows)],
        schema=REASONS,
    ))  # fmt: skip
