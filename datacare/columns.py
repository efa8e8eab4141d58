"""Which column of a customer's table is what: by its header in Finnish, Swedish or English, else by what stands in it.

The guess is a proposal; a mapping file overrules it. Only columns that the matcher compares are mapped, all others stay
as they are and are returned untouched.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from core.errors import FileRejected
from core.identity import normalise_business_ids, normalise_emails, normalise_phones
from core.labels import fold_label

FIELDS = (
    "name",
    "first_name",
    "last_name",
    "street",
    "house_number",
    "postcode",
    "city",
    "phone",
    "email",
    "domain",
    "identifier",
    "birth_date",
    "other",
)
"""What a column of a table may be mapped to."""
KNOWN = ("id", *FIELDS, "contact", "title", "mobile")
"""Fields of a customer's table: its own row id, what the matcher compares, and what belongs to the contact person."""

_HEADERS = Path(__file__).with_name("headers.csv")
_SAMPLE = 1_000
_MOST = 0.8
_POSTCODE = r"^(FI-|AX-)?\d{5}$"
_WEB = r"^(https?://|www\.)\S+\.\S+$"
_STREET = r"^\D{3,}\s\d+\s*[A-Za-z]?(\s*\d+)?$"


@cache
def _headers() -> Mapping[str, str]:
    with _HEADERS.open(encoding="utf-8", newline="") as file:
        return {fold_label(row["header"]): row["field"] for row in csv.DictReader(file)}


def known(header: Sequence[str]) -> int:
    """How many of these names say what their column is."""
    return sum(fold_label(name) in _headers() for name in header)


def _share(hits: pa.Array, of: int) -> float:
    return (pc.sum(hits.cast(pa.int64())).as_py() or 0) / of if of else 0.0


_BY_CONTENT: tuple[tuple[str, Callable[[pa.Array], pa.Array]], ...] = (
    ("email", lambda cells: pc.is_valid(normalise_emails(cells))),
    ("identifier", lambda cells: pc.is_valid(normalise_business_ids(cells))),
    ("domain", lambda cells: pc.match_substring_regex(cells, _WEB)),
    ("postcode", lambda cells: pc.match_substring_regex(cells, _POSTCODE)),
    ("phone", lambda cells: pc.is_valid(normalise_phones(cells))),
    ("street", lambda cells: pc.match_substring_regex(cells, _STREET)),
)
"""What a column without a telling header holds, when nearly all of its cells are of that kind."""


def guess(header: Sequence[str], sample: pa.Table, *, told: Mapping[str, str] | None = None) -> dict[str, str]:
    """``{field: column}``, each field and each column once. ``sample``: some rows as text, columns as in the header;
    ``told``: what is known already; a column that goes by ``other`` beside it is one of the CRM's own.

    Raises ``FileRejected`` (care_no_usable_column) when nothing of it can be compared.
    """
    found: dict[str, str] = dict(told or {})
    taken = {at for at, name in enumerate(header) if name in found.values()}
    for at, name in enumerate(header):
        if at in taken:
            continue
        field = _headers().get(fold_label(name))
        if field is not None and field not in found and not (told and field == "other"):
            found[field] = name
            taken.add(at)
    for at, name in enumerate(header):
        if at not in taken and (field := _held(sample.column(at))) is not None and field not in found:
            found[field] = name
            taken.add(at)
    check_usable(found)
    return found


def _held(column: pa.ChunkedArray) -> str | None:
    """The kind of thing a column holds; None when it is mixed, empty or of no kind that is compared."""
    cells = column.slice(0, _SAMPLE).drop_null().combine_chunks()
    cells = cells.filter(pc.greater(pc.utf8_length(pc.utf8_trim_whitespace(cells)), 0))
    if not len(cells):
        return None
    return next((field for field, holds in _BY_CONTENT if _share(holds(cells), len(cells)) >= _MOST), None)


_ALONE = frozenset({"name", "first_name", "last_name", "contact", "identifier", "email", "phone", "mobile", "domain"})


def check_usable(mapping: Mapping[str, str]) -> None:
    """Raise ``FileRejected`` (care_no_usable_column) when no column says who a row is about."""
    if not _ALONE & mapping.keys():
        raise FileRejected("care_no_usable_column", fields=", ".join(sorted(_ALONE)))


def mapped(table: pa.Table, mapping: Mapping[str, str]) -> pa.Table:
    """The table under the matcher's names. A contact person in one cell stays whole; a title is kept as such."""
    return pa.table({field: table.column(column) for field, column in mapping.items()})


def clean_header(names: Sequence[str]) -> list[str]:
    """Headers without a byte order mark and outer space; unnamed and repeated ones get a number."""
    made: list[str] = []
    for at, name in enumerate(names, 1):
        plain = re.sub(r"\s+", " ", name.replace("\ufeff", "")).strip() or f"column {at}"
        made.append(plain if plain not in made else f"{plain} ({at})")
    return made
