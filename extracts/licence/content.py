"""A digest of the rows themselves: the same for every format they are written in, and for a file that was saved again.

Cells are compared as a reader sees them: a missing value is empty, the apostrophe that disarms a formula and what a
workbook cannot hold are left out. Neither the order of the rows nor that of the columns matters.
"""

from __future__ import annotations

import hashlib

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_UNSEEN = r"[\x00-\x1F\x7F\x{FFFE}\x{FFFF}]|_x00[01][0-9A-Fa-f]_"
_DISARMED = r"^'+([=+\-@])"
_CELL, _ROW = "\x1f", "\n"
_TEXT = pa.large_string()


def rows_sha256(table: pa.Table) -> str:
    """SHA-256 over the rows of a table whose columns can be cast to text."""
    names = sorted(table.column_names)
    digest = hashlib.sha256((_CELL.join(names) + _ROW).encode())
    if names and len(table):
        lines = pc.binary_join_element_wise(*(_seen(table[name]) for name in names), pa.scalar(_CELL, _TEXT))
        lines = lines.take(pc.sort_indices(lines))
        for chunk in pc.binary_join_element_wise(lines, pa.scalar("", _TEXT), pa.scalar(_ROW, _TEXT)).chunks:
            digest.update(_bytes(chunk))
    return digest.hexdigest()


def _seen(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column as a reader sees it, whatever it was written as."""
    text = pc.fill_null(column.cast(_TEXT), "")
    if any(_unusual(chunk) for chunk in text.chunks):
        text = pc.replace_substring_regex(text, _UNSEEN, "")
    if pc.any(pc.starts_with(text, "'")).as_py():
        text = pc.replace_substring_regex(text, _DISARMED, r"\1")
    return text


def _unusual(chunk: pa.LargeStringArray) -> bool:
    """Whether a chunk may hold something that ``_UNSEEN`` leaves out; nearly none does, and a look is cheap."""
    octets = np.frombuffer(_bytes(chunk), dtype=np.uint8)
    controls = (octets < 0x20) | (octets == 0x7F) | (octets == 0xEF)
    return bool(controls.any()) or bool(pc.any(pc.match_substring(chunk, "_x00")).as_py())


def _bytes(chunk: pa.LargeStringArray) -> memoryview:
    """The text of an array, one value after the other."""
    _, offsets, data = chunk.buffers()
    if data is None:
        return memoryview(b"")
    ends = memoryview(offsets).cast("q")[chunk.offset : chunk.offset + len(chunk) + 1]
    return memoryview(data)[ends[0] : ends[-1]]
