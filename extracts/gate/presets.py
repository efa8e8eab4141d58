"""Rows in the shape of a CRM's importer: its columns, its do-not-contact columns, and the licence's facts beside them.

Which columns an importer has is data (``schemas.crm``); here they are filled. Pure: tables in, tables out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from extracts.gate.render import PHONES
from schemas.crm import Column, Profile

KEY = "rajaus_key"
"""Column of the key by which a row is found again, in files of the extract's own columns."""


@dataclass(frozen=True)
class Facts:
    """What goes beside every row so that the CRM can say where it comes from and when it must go."""

    extract: str
    campaign: str
    source: str
    licence_until: date
    channels: Sequence[str]


@dataclass(frozen=True)
class Shaped:
    """A table under the importer's headers, and those of its columns that hold phone numbers."""

    table: pa.Table
    phones: frozenset[str]


def keys(extract: str, rows: pa.Array) -> pa.Array:
    """What finds a row of an extract again: the extract and the row number, as stop lists name them."""
    return pc.binary_join_element_wise(extract, rows.cast(pa.string()), "-")


def shaped(profile: Profile, rows: pa.Table, *, keys: pa.Array, facts: Facts) -> Shaped:
    """The rows of an extract as the importer reads them. A column of a field that the extract does not have is left
    out; a channel that the licence does not cover is set to do-not-contact."""
    made, phones = {}, set()
    for column in profile.columns:
        fields = [name for name in column.fields if name in rows.column_names]
        if (column.fields and not fields) or (column.needs and column.needs not in rows.column_names):
            continue
        if not column.fields:
            made[column.header] = _filled(column, keys, facts)
            continue
        made[column.header] = _cells(column, rows, fields)
        if fields[0] in PHONES:
            phones.add(column.header)
    return Shaped(pa.table(made), frozenset(phones))


def removals(profile: Profile, keys: pa.Array) -> pa.Table:
    """Rows to be removed, as a file that the importer matches by the key and that closes every channel of them; it says
    nothing of the persons."""
    made = {}
    for column in profile.columns:
        if column.header == profile.key:
            made[column.header] = keys
        elif column.denies and not column.needs:
            made[column.header] = pa.repeat(pa.scalar(column.yes, pa.string()), len(keys))
        elif column.removed:
            made[column.header] = pa.repeat(pa.scalar(column.removed, pa.string()), len(keys))
    return pa.table(made)


def _filled(column: Column, keys: pa.Array, facts: Facts) -> pa.Array:
    """A column that does not come from the register."""
    if column.fact == "key":
        return keys
    text = column.text
    if column.denies:
        text = column.no if column.denies in facts.channels else column.yes
    elif column.fact:
        text = str(getattr(facts, column.fact))
    return pa.repeat(pa.scalar(text, pa.string()), len(keys))


def _cells(column: Column, rows: pa.Table, fields: Sequence[str]) -> pa.Array:
    cells = [rows[name].combine_chunks().cast(pa.string()) for name in fields]
    if column.joined:
        # An empty cell at the end: of a row whose cells are all null "skip" makes no row at all.
        joined = pc.binary_join_element_wise(*cells, pa.scalar(""), " ", null_handling="skip")
        joined = pc.utf8_rtrim_whitespace(joined)
        return pc.if_else(pc.equal(joined, ""), pa.scalar(None, pa.string()), joined)
    if column.shape == "domain":
        return _domains(cells[0])
    return cells[0]


def _domains(cells: pa.Array) -> pa.Array:
    """Web addresses without scheme, ``www.``, path and port, in lower case."""
    bare = pc.replace_substring_regex(pc.utf8_lower(pc.utf8_trim_whitespace(cells)), r"^(https?://)?(www\.)?", "")
    return pc.replace_substring_regex(bare, r"[/:?#].*$", "")
