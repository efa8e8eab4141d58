"""The rows of a report read and judged by themselves, before anybody asks whom they mean. No database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, reduce

import pyarrow as pa
import pyarrow.compute as pc

from core.errors import FileRejected
from core.identity import fold_names, looks_like_identity_code, normalise_business_ids, normalise_emails
from core.labels import fold_label
from extracts.customer_file import CustomerFile
from extracts.gate.fingerprint import TOKEN_BYTES, token_of
from ledger.engine import carries_contact
from register.sources.fields import read_date
from schemas.activation import ACTS, EVIDENCE, NEEDED
from schemas.codes import Label
from schemas.register import NO_DATE

_REFERENCE_LENGTH = 200
_LAST_ROW = 2**31 - 1

ROWS = pa.schema(
    [
        ("line", pa.int64()),
        ("number", pa.int32()),
        ("token", pa.binary(TOKEN_BYTES)),
        ("email", pa.string()),
        ("name", pa.string()),
        ("business_id", pa.string()),
        ("act", pa.string()),
        ("acted_on", pa.date32()),
        ("evidence", pa.string()),
        ("reference", pa.string()),
    ]
)
"""A row that may be asked for: ``email``, ``business_id`` normalised, ``name`` folded; a name goes with a Y-tunnus."""
REFUSED = pa.schema([("line", pa.int64()), ("field", pa.string()), ("reason", pa.string())])


@dataclass(frozen=True)
class Judged:
    """``rows`` (``ROWS``) may be asked for; ``refused`` (``REFUSED``) may not, each with the first reason."""

    rows: pa.Table
    refused: pa.Table


def judge(file: CustomerFile, *, delivered_on: date, today: date) -> Judged:
    """Read every row; ``delivered_on`` is the first day on which anybody can have responded.

    Raises ``FileRejected`` (file_columns_missing) when the file has no column for a date, act, evidence or reference,
    or none that says who is meant.
    """
    cells = file.table
    _check_columns(file)
    faults = _Faults(cells["line"])
    number = _numbers(cells["row"], faults)
    token = _tokens(cells["token"], faults)
    email = normalise_emails(cells["email"])
    faults.add("email", "email_invalid", where=_lost(cells["email"], email))
    name, business_id = _names(cells, faults)
    silent = [pc.is_null(column) for column in (number, token, email, name)]
    faults.add("row", "who_missing", where=reduce(pc.and_, silent))
    acted_on = _days(cells["date"], faults, first=delivered_on, last=today)
    act = _coded(cells["act"], ACTS, "act", faults)
    evidence = _coded(cells["evidence"], EVIDENCE, "evidence", faults)
    reference = _references(cells["reference"], faults)
    rows = pa.table(
        [cells["line"], number, token, email, name, business_id, act, acted_on, evidence, reference], names=ROWS.names
    ).cast(ROWS)
    bad = faults.table()
    misshapen = pa.table(
        {
            "line": pa.array(file.misshapen, pa.int64()),
            "field": pa.array([None] * len(file.misshapen), pa.string()),
            "reason": pa.array(["cells"] * len(file.misshapen), pa.string()),
        }
    )
    good = rows.filter(pc.invert(pc.is_in(rows["line"], bad["line"].combine_chunks())))
    return Judged(good, pa.concat_tables([bad, misshapen]).cast(REFUSED))


def _check_columns(file: CustomerFile) -> None:
    missing = [name for name in NEEDED if name not in file.present]
    if not ({"row", "token", "email"} & file.present or {"last_name", "business_id"} <= file.present):
        missing.append("row, ban_url, email, or names with business_id")
    if missing:
        raise FileRejected("file_columns_missing", file=file.name, columns="; ".join(missing))


class _Faults:
    """The first reason against each row."""

    def __init__(self, lines: pa.ChunkedArray) -> None:
        self._lines = lines.combine_chunks()
        self._field = pa.nulls(len(lines), pa.string())
        self._reason = pa.nulls(len(lines), pa.string())

    def add(self, field: str, reason: str, *, where: pa.Array) -> None:
        new = pc.and_(pc.fill_null(where, False), pc.is_null(self._reason))
        self._field = pc.if_else(new, field, self._field)
        self._reason = pc.if_else(new, reason, self._reason)

    def table(self) -> pa.Table:
        all_rows = pa.table([self._lines, self._field, self._reason], names=REFUSED.names)
        return all_rows.filter(pc.is_valid(all_rows["reason"]))


def _flat(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _lost(before: pa.ChunkedArray, after: pa.Array) -> pa.Array:
    """Where there was something, and nothing could be read."""
    return pc.and_(pc.is_valid(_flat(before)), pc.is_null(_flat(after)))


def _numbers(column: pa.ChunkedArray, faults: _Faults) -> pa.Array:
    text = pc.replace_substring_regex(_flat(column), r"^extract-[a-z0-9]+:", "")
    digits = pc.if_else(pc.match_substring_regex(text, r"^[1-9][0-9]{0,9}$"), text, None)
    value = digits.cast(pa.int64())
    value = pc.if_else(pc.less_equal(value, _LAST_ROW), value, None).cast(pa.int32())
    faults.add("row", "row_invalid", where=_lost(column, value))
    return value


def _tokens(column: pa.ChunkedArray, faults: _Faults) -> pa.Array:
    value = pa.array([text and token_of(text) for text in column.to_pylist()], pa.binary(TOKEN_BYTES))
    faults.add("token", "token_invalid", where=_lost(column, value))
    return value


def _names(cells: pa.Table, faults: _Faults) -> tuple[pa.Array, pa.Array]:
    """Folded name and Y-tunnus; both or neither."""
    business_id = normalise_business_ids(cells["business_id"])
    faults.add("business_id", "business_id_invalid", where=_lost(cells["business_id"], business_id))
    name = fold_names(pc.binary_join_element_wise(_flat(cells["first_name"]), _flat(cells["last_name"]), " "))
    whole = pc.and_(pc.is_valid(name), pc.is_valid(business_id))
    return pc.if_else(whole, name, None), pc.if_else(whole, business_id, None)


def _days(column: pa.ChunkedArray, faults: _Faults, *, first: date, last: date) -> pa.Array:
    encoded = pc.dictionary_encode(_flat(column))
    read = [read_date(text) for text in encoded.dictionary.to_pylist()]
    known = pa.array([None if day == NO_DATE else day for day in read], pa.date32())
    days = pc.take(known, encoded.indices)
    faults.add("date", "date_invalid", where=pc.is_null(days))
    faults.add("date", "date_future", where=pc.greater(days, pa.scalar(last, pa.date32())))
    faults.add("date", "date_before_delivery", where=pc.less(days, pa.scalar(first, pa.date32())))
    return days


@cache
def _known(words: tuple[tuple[str, Label], ...]) -> Mapping[str, str]:
    return {fold_label(way): code for code, label in words for way in (code, label.fi, label.sv, label.en)}


def _coded(column: pa.ChunkedArray, words: Mapping[str, Label], field: str, faults: _Faults) -> pa.Array:
    known = _known(tuple(words.items()))
    encoded = pc.dictionary_encode(_flat(column))
    read = pa.array([known.get(fold_label(text)) for text in encoded.dictionary.to_pylist()], pa.string())
    value = pc.take(read, encoded.indices)
    faults.add(field, f"{field}_unknown", where=pc.is_null(value))
    return value


def _references(column: pa.ChunkedArray, faults: _Faults) -> pa.Array:
    text = _flat(column)
    faults.add("reference", "reference_missing", where=pc.is_null(text))
    faults.add("reference", "reference_too_long", where=pc.greater(pc.utf8_length(text), _REFERENCE_LENGTH))
    encoded = pc.dictionary_encode(text)
    contact = pa.array([carries_contact(value) for value in encoded.dictionary.to_pylist()], pa.bool_())
    coded = looks_like_identity_code(encoded.dictionary)
    faults.add("reference", "reference_contact", where=pc.take(pc.or_(contact, coded), encoded.indices))
    return text
