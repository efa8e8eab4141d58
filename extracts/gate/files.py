"""Every file of a release: the rows in the formats ordered, what describes them, and the licence (R033).

A format of its own columns is one file; the file of a CRM's importer is cut where the importer would refuse it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from core.files import sha256_file, storing
from core.keys import Key
from extracts.gate import csvw, presets
from extracts.gate.render import BYTE_ORDER_MARK, FORMATS as OWN_COLUMNS, Enclosed, csv_bytes, csv_parts
from extracts.licence import CARD, POLICY
from extracts.licence.content import rows_sha256
from extracts.licence.deal import Deal
from extracts.licence.issue import card_text, policy_text
from extracts.licence.policy import Delivered
from schemas import crm
from schemas.codes import FORMATS as FORMATS

LICENCE = "licence"
"""Format of the licence, card and policy, among an extract's files."""
DESCRIPTION = "csvw"
"""Format of what describes a CSV file."""
SOURCES = "sources"
"""Format of the file that says where the cells are from."""
DELTA = "delta"
"""Format of what describes a delivery of continuous use."""
BESIDE = frozenset({LICENCE, DESCRIPTION, SOURCES, DELTA})
"""Files without rows of their own."""
_SEPARATORS = {"csv": ",", "csv-excel": ";"}


@dataclass(frozen=True)
class Beside:
    """What every file says besides the rows."""

    at: datetime
    facts: presets.Facts
    keys: pa.Array
    """What finds each row again, in the order of the rows."""


@dataclass(frozen=True)
class Terms(Beside):
    """The same with what the licence of a campaign is made of."""

    deal: Deal
    snapshot: str
    key: Key
    """Signs the licence."""
    sources: pa.Table | None = None
    """Where the cells are from (``provenance.table``), if that was ordered."""
    cells: pa.Array | None = None
    """The test cell of every row, if the extract is parted into such."""


@dataclass(frozen=True)
class File:
    """One file of a release as it lies in its private directory."""

    format: str
    path: Path
    rows: int
    columns: Sequence[str] = ()
    rows_sha256: str | None = None
    """What the licence knows its rows by, whatever they are saved as."""


def write(
    table: pa.Table, directory: Path, *, formats: Sequence[str], terms: Terms, advance: Callable[[int], None]
) -> list[File]:
    """Write the rows of an extract, named after it, in every format, and what belongs beside them; each test cell by
    itself, with its name behind the extract's. ``advance`` is told of the rows written."""
    stem = terms.facts.extract
    delivered = Delivered(stem, terms.snapshot, len(table), rows_sha256(table))
    made: list[File] = []
    for ending, part, beside in _parts(table, terms):
        digest = delivered.rows_sha256 if part is table else rows_sha256(part)
        enclosed = replace(delivered, rows=len(part), rows_sha256=digest)
        card = card_text(terms.deal, enclosed, key=terms.key)
        inside = Enclosed(card, policy_text(terms.deal, enclosed, key=terms.key, at=terms.at))
        name = f"{stem}{ending}"
        told: dict[str, Any] = {"beside": beside, "inside": inside, "stem": name, "digest": digest, "advance": advance}
        made += rows(part, directory, formats=formats, **told)
    if terms.sources is not None:
        made.append(_sources(terms.sources, directory / f"{stem}-SOURCES.csv"))
    made.append(note(directory / CARD, card_text(terms.deal, delivered, key=terms.key)))
    return [*made, licensed(made, directory, terms=terms, delivered=delivered)]


def licensed(made: Sequence[File], directory: Path, *, terms: Terms, delivered: Delivered) -> File:
    """Write the signed policy, which names the digest of every other file."""
    whole = replace(delivered, files=[_named(file) for file in made])
    return note(directory / POLICY, policy_text(terms.deal, whole, key=terms.key, at=terms.at))


def _parts(table: pa.Table, terms: Terms) -> Iterator[tuple[str, pa.Table, Terms]]:
    """The rows of each file, what its name has behind the extract's, and what it says."""
    if terms.cells is None:
        yield "", table, terms
        return
    for cell in sorted(terms.cells.unique().to_pylist()):
        here = pc.equal(terms.cells, cell)
        yield f"-{cell}", table.filter(here), replace(terms, keys=terms.keys.filter(here))


def rows(
    table: pa.Table,
    directory: Path,
    *,
    formats: Sequence[str],
    beside: Beside,
    inside: Enclosed,
    stem: str,
    digest: str,
    advance: Callable[[int], None],
) -> list[File]:
    """Write rows in every format, each CSV file with its description; ``stem`` is what the names begin with and
    ``digest`` what the licence knows the rows by."""
    made: list[File] = []
    for form in dict.fromkeys(formats):
        if form in OWN_COLUMNS:
            path = directory / f"{stem}{OWN_COLUMNS[form][0]}"
            OWN_COLUMNS[form][1](table, path, inside, beside.at)
            files = [File(form, path, len(table), table.column_names, digest)]
        else:
            profile = crm.profiles()[form]
            shaped = presets.shaped(profile, table, keys=beside.keys, facts=beside.facts)
            files = list(importable(profile, shaped, directory=directory, stem=f"{stem}-{form}"))
        made += files
        made += [_described(file, beside) for file in files if file.path.suffix == ".csv"]
        advance(len(table))
    return made


def removals(
    keys: pa.Array, directory: Path, *, formats: Sequence[str], beside: Beside, inside: Enclosed, stem: str
) -> list[File]:
    """Write the keys of rows to be removed in every format, and nothing else of them."""
    made: list[File] = []
    for form in dict.fromkeys(formats):
        if form in OWN_COLUMNS:
            table, path = pa.table({presets.KEY: keys}), directory / f"{stem}{OWN_COLUMNS[form][0]}"
            OWN_COLUMNS[form][1](table, path, inside, beside.at)
            made.append(File(form, path, len(table), table.column_names))
        else:
            profile = crm.profiles()[form]
            shaped = presets.Shaped(presets.removals(profile, keys), frozenset())
            made += importable(profile, shaped, directory=directory, stem=f"{stem}-{form}")
    return made


def note(path: Path, content: str, *, form: str = LICENCE) -> File:
    """Write a text that lies beside the rows."""
    with storing(path):
        path.write_text(content, encoding="utf-8")
    return File(form, path, 0)


def _sources(table: pa.Table, path: Path) -> File:
    with storing(path):
        path.write_bytes(csv_bytes(table, separator=",", mark=b""))
    return File(SOURCES, path, 0)


def _named(file: File) -> dict[str, Any]:
    """A file as the licence names it."""
    said = {"name": file.path.name, "format": file.format, "rows": file.rows, "sha256": sha256_file(file.path)}
    return said | ({"rowsSha256": file.rows_sha256} if file.rows_sha256 else {})


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
    start = 0
    for number, (rows, content) in enumerate(parts, start=1):
        path = directory / (f"{stem}-{number}.csv" if len(parts) > 1 else f"{stem}.csv")
        with storing(path):
            path.write_bytes(content)
        digest = rows_sha256(shaped.table.slice(start, rows))
        yield File(profile.name, path, rows, shaped.table.column_names, digest)
        start += rows


def _described(file: File, beside: Beside) -> File:
    """The description of a CSV file, beside it."""
    described = csvw.metadata(
        file.path.name,
        file.columns,
        separator=_SEPARATORS.get(file.format) or crm.profiles()[file.format].separator,
        title=beside.facts.campaign,
        publisher=beside.facts.source,
        licence=CARD,
        at=beside.at,
    )
    return note(file.path.with_name(f"{file.path.name}{csvw.SUFFIX}"), described, form=DESCRIPTION)
