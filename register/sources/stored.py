"""Stored rows of loads: how they are written, and a file written anew without some of its rows."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ledger.store import Store

_ROW_BITS = 40


def compression(store: Store) -> str:
    """zstd, unless a byte scan is to see everything (setting ``uncompressed``, R061)."""
    return "none" if store.settings.uncompressed else "zstd"


def place(rows: pa.Table) -> pa.ChunkedArray:
    """``file`` and ``row`` as one number."""
    return pc.add(pc.shift_left(rows.column("file").cast(pa.int64()), _ROW_BITS), rows.column("row").cast(pa.int64()))


def write_without(source: Path, target: Path, rows: pa.Table, *, codec: str) -> int:
    """Write ``source`` to ``target`` without the given ``rows(file, row)``; returns how many were left out."""
    gone = place(rows).combine_chunks()
    left_out = 0
    with pq.ParquetFile(source) as file, pq.ParquetWriter(target, file.schema_arrow, compression=codec) as writer:
        for batch in file.iter_batches():
            whole = pa.Table.from_batches([batch])
            kept = whole.filter(pc.invert(pc.is_in(place(whole), gone)))
            left_out += whole.num_rows - kept.num_rows
            if kept.num_rows:
                writer.write_table(kept)
    return left_out
