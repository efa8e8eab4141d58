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
DELTA = "delta"
"""Format of what describes a delivery of continuous use."""
BESIDE = frozenset({LICENCE, DESCRIPTION, DELTA})
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
    made = rows(table, directory, formats=formats, terms=terms, stem=terms.facts.extract, advance=advance)
    return [*made, licence(directory, terms)]


def licence(directory: Path, terms: Terms) -> File:
    """Write the licence card."""
    card = directory / CARD_NAME
    with storing(card):
        card.write_text(terms.card, encoding="utf-8")
    return File(LICENCE, card, 0)


def rows(
    table: pa.Table, directory: Path, *, formats: Sequence[str], terms: Terms, stem: str, advance: Callable[[int], None]
) -> list[File]:
    """Write rows in every format, each CSV file with its description; ``stem`` is what the names begin with."""
    made: list[File] = []
    for form in dict.fromkeys(formats):
        if form in OWN_COLUMNS:
            files = [_plain(table, directory / f"{stem}{OWN_COLUMNS[form][0]}", form=form, terms=terms)]
        else:
            profile = crm.profiles()[form]
            shaped = presets.shaped(profile, table, keys=terms.keys, facts=terms.facts)
            files = list(importable(profile, shaped, directory=directory, stem=f"{stem}-{form}"))
        made += files
        made += [_described(file, terms) for file in files if file.path.suffix == ".csv"]
        advance(len(table))
    return made


def removals(keys: pa.Array, directory: Path, *, formats: Sequence[str], terms: Terms, stem: str) -> list[File]:
    """Write the keys of rows to be removed in every format, and nothing else of them."""
    made: list[File] = []
    for form in dict.fromkeys(formats):
        if form in OWN_COLUMNS:
            table = pa.table({presets.KEY: keys})
            made.append(_plain(table, directory / f"{stem}{OWN_COLUMNS[form][0]}", form=form, terms=terms))
        else:
            profile = crm.profiles()[form]
            shaped = presets.Shaped(presets.removals(profile, keys), frozenset())
            made += importable(profile, shaped, directory=directory, stem=f"{stem}-{form}")
    return made


def _plain(table: pa.Table, path: Path, *, form: str, terms: Terms) -> File:
    """A file of the extract's own columns."""
    OWN_COLUMNS[form][1](table, path, terms.card, terms.at)
    return File(form, path, len(table), table.column_names)


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
