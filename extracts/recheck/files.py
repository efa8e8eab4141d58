"""The suspect and the delivered file, read by an outsider's means: does each line show the row that is claimed for it,
and which symbol does it show?

Plain text comparison, without any key: who leaked what is said by two files that lie side by side. What it takes from
the product is the definition of the marks (``extracts.gate.channels``), not how a trace reads or matches.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from core.errors import FileRejected
from extracts.gate.channels import CHANNELS, Channel, Layer, Unit
from extracts.recheck import arithmetic
from extracts.recheck.findings import Finding
from extracts.recheck.scores import dropped
from schemas import codes
from schemas.evidence import Evidence, Exhibit, LeakedUnit

Line = Sequence[str]
Row = Mapping[str, str]
Mark = tuple[int, float, int, int | None]
_ROUNDED = 1.1e-4
_CHANNELS = {channel.name: channel for channel in CHANNELS}
_HEADINGS = 3


@dataclass(frozen=True)
class Reading:
    """What the comparison of the files found, besides findings."""

    findings: tuple[Finding, ...]
    read: tuple[str, ...]
    """Channels whose symbols were read again."""
    log_e: float
    unclaimed: tuple[int, ...]
    """Lines that show a delivered row's e-mail and are not claimed for it: a trace leaves out what fits several."""


def check(evidence: Evidence, exhibit: Exhibit, *, suspect: Path, delivered: Path) -> Reading:
    """Read both files and score the extract again from them. Raises ``FileRejected``: file_missing,
    suspect_unreadable."""
    lines = suspect_lines(evidence, suspect)
    rows = delivered_rows(delivered)
    units = exhibit.units or []
    found = [
        Finding("lines_differ", exhibit.extract, at=f"line {line}, row {unit.row}")
        for unit in units
        for line in unit.lines
        if unit.row is not None and not _shows(lines.get(line, ()), rows.get(unit.row, {}))
    ]
    channels = [_CHANNELS.get(one.channel) for one in exhibit.channels or ()]
    mates = _by_company(units)
    fresh = [_read_again(unit, mates[unit.company], channels, lines, rows) for unit in units]
    mates = _by_company(fresh)
    fresh = [_linked(unit, mates[unit.company], channels) for unit in fresh]
    changed = [
        Finding("reading_differs", exhibit.extract, mark and mark[3], again and again[3], at=f"row {unit.row}, {name}")
        for unit, anew in zip(units, fresh, strict=True)
        for mark, again, name in zip(
            unit.marks, anew.marks, (one.channel for one in exhibit.channels or ()), strict=True
        )
        if mark != again
    ]
    layers = [one.layer for one in exhibit.channels or ()]
    keyed = arithmetic.sums(fresh, layers=layers, dropped=dropped(evidence, exhibit)).keyed()
    log_e = keyed + arithmetic.seeds(seen=exhibit.seeds_seen, placed=exhibit.seeds_placed)
    if abs(log_e - exhibit.log_e) > _ROUNDED:
        found.append(Finding("scratch_differs", exhibit.extract, exhibit.log_e, round(log_e, 4)))
    seeds = {line for one in evidence.seeds for line in one.lines}
    left = tuple(line for line in _unclaimed(exhibit, lines=lines, rows=rows) if line not in seeds)
    return Reading((*found, *changed), tuple(one.name for one in channels if one), log_e, left)


# --- the files --------------------------------------------------------------------------------------------------------


def suspect_lines(evidence: Evidence, file: Path) -> dict[int, Line]:
    """The data lines of a suspect by their number, counted as the evidence counts them."""
    sheets = _workbook(file) if _is_workbook(file) else {file.name: _text(file)}
    numbered: dict[int, Line] = {}
    for sheet in evidence.suspect.sheets:
        rows = [row for row in sheets.get(sheet.name, ()) if any(row)]
        headings = len(rows) - sheet.lines
        if not 0 <= headings <= _HEADINGS:
            raise FileRejected("suspect_unreadable", file=file.name, reason="another number of lines than was traced")
        numbered |= dict(enumerate(rows[headings:], sheet.first_line))
    return numbered


def delivered_rows(file: Path) -> dict[int, Row]:
    """The rows of a delivered CSV or XLSX by their number: the column ``row``, or their place."""
    rows = max(_workbook(file).values(), key=len) if _is_workbook(file) else _text(file)
    heading, *data = [row for row in rows if any(row)] or [[]]
    named = [dict(zip(heading, row, strict=False)) for row in data]
    return {int(row.get("row") or place): row for place, row in enumerate(named, 1)}


def _is_workbook(file: Path) -> bool:
    if not file.is_file():
        raise FileRejected("file_missing", file=file.name)
    with file.open("rb") as stream:
        return stream.read(4) in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


def _workbook(file: Path) -> dict[str, list[list[str]]]:
    try:
        book = CalamineWorkbook.from_path(str(file))
        return {name: [[_cell(one) for one in row] for row in book.get_sheet_by_name(name).to_python()]
                for name in book.sheet_names}  # fmt: skip
    except CalamineError as error:
        raise FileRejected("suspect_unreadable", file=file.name, reason="no workbook") from error


def _cell(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _text(file: Path) -> list[list[str]]:
    content = file.read_bytes()
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = content.decode("utf-16", errors="replace")
    else:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = content.decode("cp1252", errors="replace")
    lines = text.splitlines()
    delimiter = max(";\t,|", key=lambda one: sum(one in line for line in lines[:100]))
    if not any(delimiter in line for line in lines[:100]):
        return [[line.strip()] for line in lines]
    return list(csv.reader(lines, delimiter=delimiter))


# --- who --------------------------------------------------------------------------------------------------------------


def _shows(line: Line, row: Row) -> bool:
    """Whether a line shows the row's e-mail, mobile, or name beside its business id or organisation."""
    text = "\n".join(line)
    if row.get("email") and row["email"].casefold() in text.casefold():
        return True
    mobile = _digits(row.get("mobile", ""))[-8:]
    if len(mobile) == 8 and any(mobile in _digits(cell) for cell in line):
        return True
    folded = f" {_folded(text)} "
    names = _folded(f"{row.get('first_name', '')} {row.get('last_name', '')}").split()
    if not names or not all(f" {name} " in folded for name in names):
        return False
    number, organisation = _digits(row.get("business_id", "")), _folded(row.get("organisation_name", ""))
    return bool((number and number in _digits(text)) or (organisation and f" {organisation} " in folded))


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _folded(text: str) -> str:
    """Lower case, no accents, single spaces; ``ae`` for ä and ``oe`` for ö are read as transliterations."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    plain = "".join(one if one.isalnum() else " " for one in plain if not unicodedata.combining(one))
    return " ".join(plain.replace("ae", "a").replace("oe", "o").split())


# --- which symbol -----------------------------------------------------------------------------------------------------


def _by_company(units: Sequence[LeakedUnit]) -> dict[str, list[LeakedUnit]]:
    found: dict[str, list[LeakedUnit]] = {}
    for unit in units:
        found.setdefault(unit.company, []).append(unit)
    return found


def _read_again(
    unit: LeakedUnit,
    mates: Sequence[LeakedUnit],
    channels: Sequence[Channel | None],
    lines: Mapping[int, Line],
    rows: Mapping[int, Row],
) -> LeakedUnit:
    """A unit with the symbols that its lines show; of a channel that is no more, as claimed. Where a mark leaves out or
    replaces a value, two files show whether the suspect has what was delivered; what it has instead is as claimed,
    because only the register knows the other way to write the cell."""
    if unit.row is None:
        return unit
    marks = []
    for at, (channel, mark) in enumerate(zip(channels, unit.marks, strict=True)):
        if channel is None or mark is None:
            marks.append(mark)
            continue
        showing = mates if channel.unit is Unit.COMPANY else [unit]
        cells = {cell for one in showing for line in one.lines for cell in lines.get(line, ()) if cell.strip()}
        shown = [rows[unit.row].get(name, "") for name in channel.columns] if unit.row in rows else []
        seen = {_symbol(channel, cell, own, mark[0]) for cell in cells for own in shown if own} - {None}
        if channel.layer is not Layer.RENDERING:
            claimed = {one.marks[at] for one in showing}
            seen = _as_delivered(mark, mark[0] in seen, claimed={one[3] for one in claimed if one}, known=any(shown))
        marks.append((*mark[:3], _together(seen)))
    return unit.model_copy(update={"marks": marks})


def _as_delivered(mark: Mark, shows: bool, *, claimed: set[int | None], known: bool) -> set[int | None]:
    """What is read of a mark that leaves out or replaces: the symbol where the delivered value is shown (erased, where
    the other was read beside it); else whatever is claimed, but not the symbol. ``known``: whether there is a value."""
    if not known:
        return {mark[3]} - {None}
    if shows:
        return {0, 1} if -1 in claimed else {mark[0]}
    return {mark[3]} - {None, mark[0]}


def _linked(unit: LeakedUnit, mates: Sequence[LeakedUnit], channels: Sequence[Channel | None]) -> LeakedUnit:
    """A company's symbol is one bit: the first of its delivered units that shows anything bears it."""
    marks = list(unit.marks)
    for at, channel in enumerate(channels):
        mark = marks[at]
        if channel is None or channel.unit is not Unit.COMPANY or mark is None or unit.row is None:
            continue
        delivered = (one for one in mates if one.row is not None)
        showing = [(one.unit, seen) for one in delivered if (own := one.marks[at]) and (seen := own[3]) is not None]
        bearer = min(showing, default=(None,))[0]
        marks[at] = (*mark[:3], _together({seen for _, seen in showing}) if bearer == unit.unit else None)
    return unit.model_copy(update={"marks": marks})


def _together(seen: set[int | None]) -> int | None:
    """Several cells: one that shows a symbol outweighs one in another rendering; both symbols erase each other."""
    symbols = seen & {0, 1}
    if len(symbols) == 1:
        return symbols.pop()
    return -1 if seen else None


def _symbol(channel: Channel, cell: str, own: str, symbol: int) -> int | None:
    """What a suspect's cell shows of a mark of which the delivered cell ``own`` shows ``symbol``."""
    spell = _SPELLED.get(channel.name, str)
    cell, own = spell(cell), spell(own)
    if channel.canonicalise(cell) != channel.canonicalise(own):
        return None
    if channel.exact(cell) == channel.exact(own):
        return symbol
    if channel.layer is not Layer.RENDERING:
        return None
    other = channel.render(own, 1 - symbol)
    if other is not None and channel.exact(other) != channel.exact(own):
        return 1 - symbol if channel.exact(other) == channel.exact(cell) else -1
    back = channel.render(cell, symbol)  # an abbreviation cannot be undone, what it is of can be abbreviated
    return 1 - symbol if back is not None and back != cell and channel.exact(back) == channel.exact(own) else -1


@cache
def _words() -> Mapping[str, str]:
    """Folded codes of areas, and their labels in any language, to the codes."""
    return {
        _folded(word): code
        for code, label in codes.responsibilities().items()
        for word in (code, label.fi, label.sv, label.en)
    }


def _codes(cell: str) -> str:
    """A list of areas, by codes or labels, as codes."""
    parts = [part for part in re.split(r"[;,|/\r\n]", cell) if part.strip()]
    if len(parts) == 1 and re.fullmatch(r"\s*[A-Z]{2,3}( +[A-Z]{2,3})+\s*", cell):
        parts = cell.split()
    known = [_words().get(_folded(part)) for part in parts]
    return ";".join(code for code in known if code) if len(known) > 1 and all(known) else cell


_SPELLED: Mapping[str, Callable[[str], str]] = {"list": _codes, "areas": _codes}


def _unclaimed(exhibit: Exhibit, *, lines: Mapping[int, Line], rows: Mapping[int, Row]) -> Iterator[int]:
    claimed = {(line, unit.row) for unit in exhibit.units or () for line in unit.lines}
    by_email = {row["email"].casefold(): number for number, row in rows.items() if row.get("email")}
    for line, cells in lines.items():
        hits = {by_email[cell.strip().casefold()] for cell in cells if cell.strip().casefold() in by_email}
        if len(hits) == 1 and (line, next(iter(hits))) not in claimed:
            yield line
