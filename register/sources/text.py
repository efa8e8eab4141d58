"""What encoding and delimiter a text file has, decided by its bytes; never a guess that could give mojibake."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.errors import FileRejected

_CHUNK = 1 << 20
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_UTF8_LETTER = re.compile(rb"\xc3[\x80-\xbf]")
_DELIMITERS = (";", ",", "\t")
_LETTER_SHARE = 0.8


@dataclass(frozen=True)
class Dialect:
    """How a CSV file is written; ``encoding`` is the name of a Python codec."""

    encoding: str
    delimiter: str


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _undecodable_row(path: Path, encoding: str) -> int | None:
    """The data row (0: the header) at which the file stops being text in that encoding; None when all of it is."""
    decoder, row = codecs.getincrementaldecoder(encoding)(), 0
    pending = b""
    for chunk in _chunks(path):
        try:
            row += decoder.decode(chunk).count("\n")
        except UnicodeDecodeError as error:
            return row + (pending + chunk)[: error.start].count(b"\n")
        pending = decoder.getstate()[0]
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return row
    return None


def _is_western(path: Path) -> bool:
    """Whether the bytes make sense as Windows-1252, of which Latin-1's letters are a part.

    Above ASCII it must be mostly letters, with no byte the code page lacks. A file that holds UTF-8 letters
    besides is a mixture, and one in a DOS or Mac code page has its letters elsewhere: both are turned down.
    """
    histogram = np.zeros(256, dtype=np.int64)
    for chunk in _chunks(path):
        histogram += np.bincount(np.frombuffer(chunk, np.uint8), minlength=256)
        if _UTF8_LETTER.search(chunk):
            return False
    high, letters = histogram[0x80:].sum(), histogram[0xC0:].sum() - histogram[0xD7] - histogram[0xF7]
    return not histogram[[0x81, 0x8D, 0x8F, 0x90, 0x9D]].any() and letters >= _LETTER_SHARE * high


def _encoding(path: Path, declared: str | None) -> str:
    with path.open("rb") as file:
        start = file.read(4)
    encoding = next((codec for bom, codec in _BOMS if start.startswith(bom)), None)
    if encoding is None and b"\0" in start:
        encoding = "utf-16-le" if start[1:2] == b"\0" else "utf-16-be"
    encoding = encoding or declared or "utf-8"
    row = _undecodable_row(path, encoding)
    if row is None:
        return encoding
    if declared is None and encoding == "utf-8" and _is_western(path):
        return "cp1252"
    raise FileRejected("file_encoding", file=path.name, row=row, encoding=encoding)


def _delimiter(path: Path, encoding: str) -> str:
    """The separator that occurs most often in the header, outside quotes."""
    with path.open(encoding=encoding, newline="") as file:
        header = re.sub(r'"[^"]*"', "", file.readline(_CHUNK))
    return max(_DELIMITERS, key=header.count)


def find_dialect(path: Path, *, encoding: str | None = None, delimiter: str | None = None) -> Dialect:
    """Detect what is not declared. Raises ``FileRejected`` with the row where the encoding does not hold."""
    codec = _encoding(path, encoding)
    return Dialect(codec, delimiter or _delimiter(path, codec))


def read_header(path: Path, dialect: Dialect) -> list[str]:
    """The names of the columns; ``FileRejected`` when there are none."""
    with path.open(encoding=dialect.encoding, newline="") as file:
        header = next((row for row in csv.reader(file, delimiter=dialect.delimiter) if row), None)
    if header is None or not any(name.strip() for name in header):
        raise FileRejected("file_empty", file=path.name)
    return header
