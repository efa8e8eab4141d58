"""Who a suspect file speaks of: its cells read as e-mails, phones, business ids, names, organisations and lists.

Columns are known by what they hold, never by their headings: a leaked list comes renamed, re-ordered,
re-formatted and merged. A reading that is wrong costs nothing, because it matches no blind index.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from core import identity
from core.errors import FileRejected
from extracts.trace.channels import CHANNELS, Reader
from extracts.trace.reading import Sheet, read_sheets
from schemas import codes

_SAMPLE = 2_000
_LEAST_SHARE = 0.5
"""A sheet in which fewer rows than this name anybody is not a list (licence card, notes)."""
_MOST_COLUMNS = 6
_MOST_HEADINGS = 3
_LEGAL_FORM = r"(^| )(oy|oyj|ab|abp|ky|kb|ay|tmi|ry|rf|sr|osk|oyab|ltd|kunta|kaupunki|kommun|stad|yhdistys|saatio)( |$)"
_NAMES_FIRMS = 0.3
"""Where a column has legal forms in this share of its cells, only such columns hold organisations."""
_READING = pa.schema([("line", pa.int32()), ("text", pa.string())])
_CELL = pa.schema([("line", pa.int32()), ("exact", pa.string()), ("canonical", pa.string())])

_EMAIL_WITHIN = re.compile(r"[^\s<>;,:|()\[\]{}\"']+@[^\s<>;,:|()\[\]{}\"']+[^\s<>;,:|()\[\]{}\"'.!?]")
_PHONE_WITHIN = re.compile(r"(?<![\w.+@-])(?:\+|\(?0)[\d() .\-\u00a0/]{5,22}\d(?![\w@-])")
_PHONE = r"^(tel:)?[\s(]*\+?[\d\s().\-/]{7,24}$"
_NO_PHONE = r"^(\d{7}-\d|\d{4}-\d\d-\d\d.*|\d{1,2}\.\d{1,2}\.\d{4})$"
_BUSINESS_ID = r"^(?i:FI-?)?\d{6,7}[-\x{2013}]?\d$"
_NAME = r"^[\p{L}\p{M}.,'’´`\- ]+$"


@dataclass(frozen=True)
class Suspect:
    """What one file shows. Tables of ``line`` (data row in the file, from 1) and a normalised ``text``."""

    read: int
    sheets: tuple[tuple[str, int, int], ...]
    """Name, first line, lines."""
    emails: pa.Table
    phones: pa.Table
    business_ids: pa.Table
    names: pa.Table
    """Folded names, tokens in any order."""
    organisations: pa.Table
    """Folded organisation names."""
    cells: Mapping[str, pa.Table]
    """Per channel: ``line``, ``exact`` rendering, ``canonical`` form."""


@dataclass(frozen=True)
class _Lines:
    """The readings of one sheet; the same columns as :class:`Suspect`, lines counted within the sheet."""

    rows: int
    emails: pa.Table
    phones: pa.Table
    business_ids: pa.Table
    names: pa.Table
    organisations: pa.Table
    cells: Mapping[str, pa.Table]

    def named(self) -> int:
        """How many rows name somebody."""
        lines = [table["line"] for table in (self.emails, self.phones, self.names)]
        return len(pc.unique(pa.chunked_array([chunk for line in lines for chunk in line.chunks], pa.int32())))


def read_suspect(file: Path) -> Suspect:
    """Read a suspect file of any make.

    Raises ``FileRejected``: file_missing, file_empty, file_header_only, suspect_unreadable, suspect_nothing_readable.
    """
    names = _Vocabulary.load()
    sheets = [(sheet.name, _read_sheet(sheet, names)) for sheet in read_sheets(file)]
    if all(lines.rows == 0 for _, lines in sheets):
        raise FileRejected("file_header_only", file=file.name)
    lists = [(name, lines) for name, lines in sheets if lines.named() > _LEAST_SHARE * lines.rows]
    lists = lists or [(name, lines) for name, lines in sheets if lines.named()]
    if not lists:
        raise FileRejected("suspect_nothing_readable", file=file.name)
    starts = np.cumsum([0, *(lines.rows for _, lines in lists)])

    def joined(pick: Callable[[_Lines], pa.Table]) -> pa.Table:
        parts = [pick(lines) for _, lines in lists]
        moved = [
            part.set_column(0, "line", pc.cast(pc.add(part["line"], int(start)), pa.int32()))
            for part, start in zip(parts, starts[:-1], strict=True)
        ]
        return pa.concat_tables(moved).combine_chunks()

    return Suspect(
        read=int(starts[-1]),
        sheets=tuple(
            (name, int(start) + 1, lines.rows) for (name, lines), start in zip(lists, starts[:-1], strict=True)
        ),
        emails=joined(lambda lines: lines.emails),
        phones=joined(lambda lines: lines.phones),
        business_ids=joined(lambda lines: lines.business_ids),
        names=joined(lambda lines: lines.names),
        organisations=joined(lambda lines: lines.organisations),
        cells={channel: joined(lambda lines, channel=channel: lines.cells[channel]) for channel in CHANNELS},  # type: ignore[misc]
    )


def _read_sheet(sheet: Sheet, vocabulary: _Vocabulary) -> _Lines:
    """All readings; rows at the top that read as nothing, as headings do, are left out."""
    raw = sheet.cells.columns
    clean = [identity.clean_text(column) for column in raw]
    emails = [_emails(column) for column in clean]
    phones = [_phones(column) for column in clean]
    business_ids = [_business_ids(column) for column in clean]
    texts = [number for number, column in enumerate(clean) if _is_text(column)]
    folds = {number: identity.fold_names(clean[number]) for number in texts}
    names, used = _names(folds, vocabulary)
    organisations = _widest({number: fold for number, fold in folds.items() if number not in used})
    found = (*emails, *phones, *business_ids)
    skip = _headings(clean, found, names, vocabulary)
    table = partial(_readings, skip=skip)
    return _Lines(
        rows=sheet.cells.num_rows - skip,
        emails=pa.concat_tables([table(emails), _within(clean, emails, _addresses_in, skip=skip)]),
        phones=pa.concat_tables([table(phones), _within(clean, phones, _numbers_in, skip=skip)]),
        business_ids=table(business_ids),
        names=table(names),
        organisations=table(organisations),
        cells={channel: _cells(raw, read, skip=skip) for channel, read in CHANNELS.items()},
    )


def _readings(columns: list[pa.Array], *, skip: int) -> pa.Table:
    """Columns of readings as (line, text), nulls dropped; lines count from 1 after the heading."""
    parts = []
    for whole in columns:
        column = whole.slice(skip)
        table = pa.table({"line": pa.array(np.arange(1, len(column) + 1), pa.int32()), "text": column}, schema=_READING)
        parts.append(table.filter(column.is_valid()))
    return pa.concat_tables(parts) if parts else _READING.empty_table()


def _headings(
    cells: Sequence[pa.Array], found: Sequence[pa.Array], names: Sequence[pa.Array], vocabulary: _Vocabulary
) -> int:
    """How many of the first rows name nobody; a file in which none of them does has one heading."""

    def speaks(row: int) -> bool:
        texts = [text for cell in cells if (text := cell[row].as_py())]
        return (
            any(column[row].is_valid for column in found)
            or any(vocabulary.knows(name[row].as_py()) for name in names)
            or any(pattern.search(text) for text in texts for pattern in (_EMAIL_WITHIN, _PHONE_WITHIN))
        )

    rows = range(min(_MOST_HEADINGS, len(cells[0])))
    return next((row for row in rows if speaks(row)), 1)


def _within(
    columns: Sequence[pa.Array], whole: Sequence[pa.Array], pick: Callable[[pa.Array], pa.Table], *, skip: int
) -> pa.Table:
    """What stands within longer text, where the cell as a whole reads as nothing; every one of a cell."""
    parts = [_READING.empty_table()]
    for column, read in zip(columns, whole, strict=True):
        text = _where(pc.is_null(read), column).slice(skip)
        picked = pick(text)
        parts.append(picked.set_column(0, "line", pc.cast(pc.add(picked["line"], 1), pa.int32())))
    return pa.concat_tables(parts)


def _addresses_in(column: pa.Array) -> pa.Table:
    return _found_in(column, "@", _EMAIL_WITHIN, identity.normalise_emails)


def _numbers_in(column: pa.Array) -> pa.Table:
    return _found_in(column, r"[0+][\d() .\-/]{6}.*", _PHONE_WITHIN, identity.normalise_phones)


def _found_in(
    column: pa.Array, likely: str, pattern: re.Pattern[str], normalise: Callable[[pa.Array], pa.Array]
) -> pa.Table:
    """All matches in the cells that ``likely`` (RE2) finds worth a look: ``line`` from 0, ``text``."""
    places = pc.indices_nonzero(pc.fill_null(pc.match_substring_regex(column, likely), False))
    hits = [
        (place, match)
        for place, text in zip(places.to_pylist(), column.take(places).to_pylist(), strict=True)
        for match in pattern.findall(text)
    ]
    lines = pa.array([place for place, _ in hits], pa.int32())
    texts = normalise(pa.array([match.strip() for _, match in hits], pa.string()))
    return pa.table({"line": lines, "text": texts}, schema=_READING).filter(texts.is_valid())


def _where(condition: pa.Array, column: pa.Array) -> pa.Array:
    return pc.if_else(pc.fill_null(condition, False), column, pa.scalar(None, pa.string()))


def _emails(column: pa.Array) -> pa.Array:
    """The address that a cell is."""
    candidates = _where(pc.match_substring(column, "@"), column)
    return candidates if candidates.null_count == len(candidates) else identity.normalise_emails(candidates)


def _phones(column: pa.Array) -> pa.Array:
    """E.164; also what a spreadsheet leaves of a number: ``358401234567`` and ``401234567``."""
    plausible = pc.and_(
        pc.match_substring_regex(column, _PHONE), pc.invert(pc.match_substring_regex(column, _NO_PHONE))
    )
    text = _where(plausible, column)
    if text.null_count == len(text):
        return text
    text = pc.replace_substring_regex(text, r"^tel:", "")
    digits = pc.replace_substring_regex(text, r"[\s().\-/]", "")
    encoded = pc.dictionary_encode(
        pc.case_when(
            pc.make_struct(
                pc.match_substring_regex(digits, r"^358\d{6,11}$"), pc.match_substring_regex(digits, r"^[45]\d{7,9}$")
            ),
            pc.binary_join_element_wise("+", digits, ""),
            pc.binary_join_element_wise("0", digits, ""),
            text,
        )
    )
    return pc.take(identity.normalise_phones(encoded.dictionary), encoded.indices)


def _business_ids(column: pa.Array) -> pa.Array:
    candidates = _where(pc.match_substring_regex(column, _BUSINESS_ID), column)
    return identity.normalise_business_ids(candidates) if candidates.null_count < len(candidates) else candidates


def _is_text(column: pa.Array) -> bool:
    """Mostly letters: it may hold names of persons or organisations."""
    sample = pc.drop_null(column)[:_SAMPLE]
    return len(sample) > 0 and _share(pc.match_substring_regex(sample, r"\p{L}[^@]*$")) > 0.5


def _share(flags: pa.Array) -> float:
    return pc.mean(pc.cast(flags, pa.int8())).as_py() or 0.0


@dataclass(frozen=True)
class _Vocabulary:
    """Folded first names and surnames in use in Finland, to know a column of names by its content."""

    first: pa.Array
    last: pa.Array

    @classmethod
    @cache
    def load(cls) -> _Vocabulary:
        def folded(name: str, column: str) -> pa.Array:
            return pc.unique(pc.drop_null(identity.fold_names(pa.array(codes.column(name, column)))))

        return cls(folded("first_names", "name"), folded("surnames", "surname"))

    def knows(self, name: str | None) -> bool:
        """Whether a text holds a first name and a surname besides."""
        words = pa.array((name or "").split(), pa.string())
        first, last = pc.is_in(words, self.first), pc.is_in(words, self.last)
        return bool(pc.any(first).as_py() and pc.any(last).as_py() and pc.sum(pc.or_(first, last)).as_py() > 1)


def _names(folds: dict[int, pa.Array], vocabulary: _Vocabulary) -> tuple[list[pa.Array], set[int]]:
    """Every way to read the columns as persons' names: one column, or two; the order does not matter later."""
    whole, first, last = {}, {}, {}
    for number, fold in folds.items():
        sample = pc.drop_null(fold)[:_SAMPLE]
        words = pc.list_value_length(pc.utf8_split_whitespace(sample))
        head, tail = pc.replace_substring_regex(sample, r" .*", ""), pc.replace_substring_regex(sample, r".* ", "")
        starts, ends = pc.is_in(head, vocabulary.first), pc.is_in(tail, vocabulary.first)
        surnames = _share(pc.or_(pc.is_in(head, vocabulary.last), pc.is_in(tail, vocabulary.last)))
        few = _share(pc.and_(pc.greater_equal(words, 2), pc.less_equal(words, 4)))
        if few > 0.6 and surnames > 0.3 and _share(pc.or_(starts, ends)) > 0.5:
            whole[number] = surnames
        elif _share(pc.less_equal(words, 2)) > 0.8:
            if _share(starts) > 0.5:
                first[number] = _share(starts)
            if surnames > 0.3:
                last[number] = surnames
    top_first, top_last = (sorted(found, key=lambda n: -found[n])[:3] for found in (first, last))
    readings = [folds[number] for number in sorted(whole, key=lambda n: -whole[n])[:_MOST_COLUMNS]]
    readings += [pc.binary_join_element_wise(folds[a], folds[b], " ") for a in top_first for b in top_last if a != b]
    return readings + [_transliterated(reading) for reading in readings], set(whole) | set(top_first)


def _transliterated(names: pa.Array) -> pa.Array:
    """``haemaelaeinen`` is Hämäläinen, ``oestberg`` Östberg: names written so, as they would fold; the others null."""
    plain = pc.replace_substring(pc.replace_substring(names, "ae", "a"), "oe", "o")
    return _where(pc.not_equal(plain, names), plain)


def _widest(folds: dict[int, pa.Array]) -> list[pa.Array]:
    """The columns that tell most rows apart: among them are the organisations' names. Those that bear legal forms
    are enough, if there are any."""

    def bears_forms(number: int) -> bool:
        return _share(pc.match_substring_regex(pc.drop_null(folds[number])[:_SAMPLE], _LEGAL_FORM)) > _NAMES_FIRMS

    likely = [number for number in folds if bears_forms(number)] or list(folds)
    order = sorted(likely, key=lambda number: -pc.count_distinct(folds[number]).as_py())
    return [folds[number] for number in order[:_MOST_COLUMNS]]


def _cells(columns: list[pa.ChunkedArray], read: Reader, *, skip: int) -> pa.Table:
    parts = []
    for column in columns:
        exact, canonical = read(column.combine_chunks().slice(skip))
        lines = pa.array(np.arange(1, len(exact) + 1), pa.int32())
        parts.append(
            pa.table({"line": lines, "exact": exact, "canonical": canonical}, schema=_CELL).filter(exact.is_valid())
        )
    return pa.concat_tables(parts) if parts else _CELL.empty_table()
