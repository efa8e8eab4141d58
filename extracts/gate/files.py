"""Every file of a release: the rows in the formats ordered, what describes them, and the licence card (R033).

A format of its own columns is one file; the file of a CRM's importer is cut where the importer would refuse it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from core.files import storing
from extracts.gate import csvw, presets
from extracts.gate.card import NAME as CARD_NAME
from extracts.gate.render import BYTE_ORDER_MARK, FORMATS as OWN_COLUMNS, csv_parts
from schemas import crm
from schemas.codes import FORMATS as FORMATS

LICENCE = "licence"
"""Format of the licence card among an extract's files."""
DESCRIPTION = "csvw"
"""Format of what describes a CSV file."""
BESIDE = frozenset({LICENCE, DESCRIPTION})
"""Files without rows of their own."""
_SEPARATORS = {"csv": ",", "csv-excel": ";"}


@dataclass(frozen=True)
class Terms:
    """What the files say besides the rows."""

    card: str
    """The licence card's text."""
    at: datetime
    facts: presets.Facts
    keys: pa.Array
    """What finds each row again, in the order of the rows."""


@dataclass(frozen=True)
class File:
    """One file of a release as it lies in its private directory."""

    format: str
    path: Path
    rows: int
    columns: Sequence[str] = ()


def write(
    table: pa.Table, directory: Path, *, formats: Sequence[str], terms: Terms, advance: Callable[[int], None]
) -> list[File]:
    """Write the rows of an extract, named after it, in every format, and what belongs beside them. ``advance`` is told
    of the rows written."""
    made: list[File] = []
    for form in dict.fromkeys(formats):
        files = list(_rows(table, directory, form, terms))
        made += files
        made += [_described(file, terms) for file in files if file.path.suffix == ".csv"]
        advance(len(table))
    card = directory / CARD_NAME
    with storing(card):
        card.write_text(terms.card, encoding="utf-8")
    return [*made, File(LICENCE, card, 0)]


def _rows(table: pa.Table, directory: Path, form: str, terms: Terms) -> Iterator[File]:
    if form in OWN_COLUMNS:
        suffix, writer = OWN_COLUMNS[form]
        path = directory / f"{terms.facts.extract}{suffix}"
        writer(table, path, terms.card, terms.at)
        yield File(form, path, len(table), table.column_names)
        return
    profile = crm.profiles()[form]
    shaped = presets.shaped(profile, table, keys=terms.keys, facts=terms.facts)
    yield from importable(profile, shaped, directory=directory, stem=f"{terms.facts.extract}-{form}")


def importable(profile: crm.Profile, shaped: presets.Shaped, *, directory: Path, stem: str) -> Iterator[File]:
    """Write rows in a CRM's shape, in as many files as its importer needs; ``stem`` is what their names begin with."""
    parts = list(
        csv_parts(
            shaped.table,
            separator=profile.separator,
            mark=BYTE_ORDER_MARK if profile.byte_order_mark else b"",
            phones=shaped.phones,
            max_rows=profile.max_rows,
            max_bytes=profile.max_bytes,
        )
    )
    for number, (rows, content) in enumerate(parts, start=1):
        path = directory / (f"{stem}-{number}.csv" if len(parts) > 1 else f"{stem}.csv")
        with storing(path):
            path.write_bytes(content)
        yield File(profile.name, path, rows, shaped.table.column_names)


def _described(file: File, terms: Terms) -> File:
    """The description of a CSV file, beside it."""
    text = csvw.metadata(
        file.path.name,
        file.columns,
        separator=_SEPARATORS.get(file.format) or crm.profiles()[file.format].separator,
        title=terms.facts.campaign,
        publisher=terms.facts.source,
        licence=CARD_NAME,
        at=terms.at,
    )
    path = file.path.with_name(f"{file.path.name}{csvw.SUFFIX}")
    with storing(path):
        path.write_text(text, encoding="utf-8")
    return File(DESCRIPTION, path, 0)
