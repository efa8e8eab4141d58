"""Only the fields that the campaign's channels need (R029). Pure: column names in, column names out."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import pyarrow as pa

from schemas.codes import EXTRACT_FIELDS

ALWAYS = frozenset({"row", "ban_url"})
"""Columns of every extract, whatever was asked for: the person's way to ban goes with the row (R040)."""


def licensed(channels: Sequence[str]) -> tuple[str, ...]:
    """The columns a campaign over these channels may have, in order."""
    return tuple(name for name, channel in EXTRACT_FIELDS.items() if channel is None or channel in channels)


def columns(channels: Sequence[str], asked: Sequence[str] | None) -> tuple[str, ...]:
    """The columns of this extract: the licensed ones, narrowed to those asked for; never widened."""
    return tuple(name for name in licensed(channels) if not asked or name in asked or name in ALWAYS)


def narrow(rows: pa.Table, names: Collection[str]) -> pa.Table:
    """The rows with those of these columns that they have, in the order given; a name may be given twice."""
    return rows.select([name for name in dict.fromkeys(names) if name in rows.column_names])
