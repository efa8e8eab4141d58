"""Profiles of CRMs: the columns each imports, its do-not-contact columns, how large its file may be, and what its own
exports are known by.

A profile is data, one TOML file per CRM; where its names come from stands in its ``sources``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from schemas.codes import CHANNELS, CRM_FORMATS, EXTRACT_FIELDS

KEY = "key"
FACTS = (KEY, "source", "campaign", "extract", "licence_until")
"""What a column may say of the row's licence: its key among the customer's rows, who it comes from, what it is for."""
DENIED = (*CHANNELS, "fax")
"""Channels of do-not-contact columns; fax is never licensed (R002)."""
SHAPES = ("domain",)
"""How a cell may be rewritten: a web address to its bare domain."""
_HERE = Path(__file__).parent
_KINDS = ("fields", "fact", "text", "denies")


@dataclass(frozen=True)
class Column:
    """One column of an importer's file, filled in one way: from fields of the extract, a fact, a text or a channel."""

    header: str
    fields: Sequence[str] = ()
    """Fields of the extract: the first of them that the extract has; with ``joined``, all of them with a blank."""
    joined: bool = False
    shape: str | None = None
    fact: str | None = None
    text: str | None = None
    denies: str | None = None
    """The channel that this column forbids: ``yes`` where it is not licensed, else ``no``."""
    yes: str = "true"
    no: str = "false"
    needs: str | None = None
    """The column is left out when the extract does not have this field."""
    removed: str | None = None
    """What the column says in a file of rows to be removed; without it and ``denies`` it is not in that file."""


@dataclass(frozen=True)
class Layout:
    """What a customer's own export of one kind of record looks like."""

    what: str
    known_by: Sequence[Sequence[str]]
    """A file is one when it has all headers of one of these."""
    fields: Mapping[str, Sequence[str]]
    """A field of data care to the headers it may have, the best first."""


@dataclass(frozen=True)
class Profile:
    """How one importer wants its file."""

    name: str
    label: str
    separator: str
    byte_order_mark: bool
    sources: Sequence[str]
    columns: Sequence[Column]
    max_rows: int | None = None
    """Rows of data in one file."""
    max_bytes: int | None = None
    exports: Sequence[Layout] = ()

    @property
    def key(self) -> str:
        """Header of the column by which rows are found again."""
        return next(column.header for column in self.columns if column.fact == KEY)


@cache
def profiles() -> Mapping[str, Profile]:
    """All profiles by the name of their format. Raises ``ValueError`` for a profile that cannot be understood."""
    return MappingProxyType({name: _read(_HERE / f"{name}.toml") for name in CRM_FORMATS})


def _read(path: Path) -> Profile:
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    columns = tuple(_column(path.stem, entry) for entry in document.pop("column"))
    headers = [column.header.casefold() for column in columns]
    if len(set(headers)) < len(headers) or sum(column.fact == KEY for column in columns) != 1:
        raise ValueError(f"{path.name}: headers differ, and one column is the key")
    exports = tuple(Layout(**entry) for entry in document.pop("export", []))
    return Profile(name=path.stem, columns=columns, exports=exports, **document)


def _column(profile: str, entry: dict[str, Any]) -> Column:
    column = Column(**entry)
    known = (
        sum(bool(entry.get(kind)) for kind in _KINDS) == 1
        and {*column.fields, *filter(None, [column.needs])} <= set(EXTRACT_FIELDS)
        and column.fact in (None, *FACTS)
        and column.denies in (None, *DENIED)
        and column.shape in (None, *SHAPES)
    )
    if not known:
        raise ValueError(f"{profile}: column {column.header}")
    return column
