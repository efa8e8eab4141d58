"""Text columns: taking, joining, choosing; and the file they are written to."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from core.identity import fold_names
from register.sample.draw import Bools, Ints

Text: TypeAlias = pa.Array
Hashes: TypeAlias = npt.NDArray[np.uint64]


def take(values: Sequence[str] | Text, index: Ints) -> Text:
    """The value at each index."""
    column = values if isinstance(values, pa.Array) else pa.array(values, pa.string())
    return pc.take(column, pa.array(index))


def join(*parts: Text | str) -> Text:
    """Parts put together row by row; a missing part counts as empty."""
    return pc.binary_join_element_wise(*parts, "", null_handling="replace", null_replacement="")


def listed(first: Text, second: Text) -> Text:
    """Up to two entries as a ``;``-separated cell."""
    return pc.utf8_trim(join(first, ";", second), ";")


def when(mask: Bools, yes: Text | str | None, no: Text | str | None) -> Text:
    """``yes`` where the mask is set, ``no`` elsewhere."""
    return pc.if_else(
        pa.array(mask),
        pa.scalar(yes, pa.string()) if not isinstance(yes, pa.Array) else yes,
        pa.scalar(no, pa.string()) if not isinstance(no, pa.Array) else no,
    )


def only(mask: Bools, values: Text | str) -> Text:
    """Values where the mask is set, missing elsewhere."""
    return when(mask, values, None)


def choose(index: Ints, *columns: Text) -> Text:
    """Row by row the column whose number is given."""
    return pc.choose(pa.array(index), *columns)


def number(values: Ints, width: int = 0) -> Text:
    """Whole numbers as text, with leading zeros up to ``width``."""
    text = pa.array(values).cast(pa.string())
    return pc.utf8_lpad(text, width, "0") if width else text


def day(values: Ints) -> Text:
    """Days since 1970 as ISO 8601 dates."""
    return pa.array(values.astype(np.int32)).cast(pa.date32()).cast(pa.string())


def label(names: Text) -> Text:
    """Names as they stand in a domain: ``Rakennus Mäkinen`` → ``rakennus-makinen``."""
    folded = pc.replace_substring_regex(fold_names(names), r"[^a-z0-9 ]", "")
    return pc.replace_substring_regex(pc.utf8_trim_whitespace(folded), " +", "-")


def hashes(names: Text) -> Hashes:
    """A 64-bit polynomial hash of each text; the same everywhere."""
    column = names.cast(pa.large_string())
    offsets = np.frombuffer(column.buffers()[1], np.int64, len(column) + 1, 8 * column.offset)
    data = np.frombuffer(column.buffers()[2], np.uint8)[offsets[0] : offsets[-1]].astype(np.uint64)
    starts = (offsets - offsets[0])[:-1]
    place = np.arange(len(data)) - np.repeat(starts, np.diff(offsets))
    with np.errstate(over="ignore"):
        powers = np.cumprod(np.full(int(place.max(initial=0)) + 1, 0x9E3779B97F4A7C15, np.uint64))
        sums: Hashes = np.add.reduceat((data + np.uint64(1)) * powers[place], starts)
    return sums ^ (sums >> np.uint64(29))


class CsvFile:
    """A CSV file written table by table, the same bytes for the same cells; quotes only where needed."""

    def __init__(
        self, path: Path, columns: Sequence[str], *, delimiter: str = ",", newline: str = "\n", bom: bool = False
    ) -> None:
        self._columns = tuple(columns)
        self._delimiter, self._newline = delimiter, newline
        self._special = rf'["\r\n{delimiter}]'
        self._file = path.open("wb")
        self._file.write(("\ufeff" if bom else "").encode() + (delimiter.join(columns) + newline).encode())

    def append(self, table: pa.Table) -> None:
        if len(table) == 0:
            return
        cells = [self._cells(table[name].combine_chunks()) for name in self._columns]
        lines = join(
            pc.binary_join_element_wise(*cells, self._delimiter, null_handling="replace", null_replacement=""),
            self._newline,
        )
        offsets = np.frombuffer(lines.buffers()[1], np.int32, len(lines) + 1, 4 * lines.offset)
        self._file.write(memoryview(lines.buffers()[2])[int(offsets[0]) : int(offsets[-1])])

    def _cells(self, column: pa.Array) -> Text:
        special = pc.fill_null(pc.match_substring_regex(column, self._special), False)
        if not pc.any(special).as_py():
            return column
        return pc.if_else(special, join('"', pc.replace_substring(column, '"', '""'), '"'), column)

    def __enter__(self) -> CsvFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
