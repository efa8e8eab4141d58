"""Both sides of a match in one form: parties (organisations, or whatever a table's rows are), their names and people.

The fields are those of ``match-tables`` (:data:`FIELDS`); a field that a table lacks is null everywhere and compares as
absent. Everything is done a column at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from core.identity import fold_names, normalise_business_ids, normalise_emails, normalise_phones
from datacare.match import names
from schemas.near_names import given_classes

PARTY = pa.schema(
    [
        ("pid", pa.int64()),
        ("identifier", pa.string()),
        ("valid", pa.bool_()),
        ("phone", pa.string()),
        ("domain", pa.string()),
        ("email", pa.string()),
        ("birth", pa.string()),
        ("other", pa.string()),
        ("ceased", pa.bool_()),
    ]
)
ADDRESS = pa.schema(
    [
        ("pid", pa.int64()),
        ("street", pa.string()),
        ("number", pa.string()),
        ("postcode", pa.string()),
        ("city", pa.string()),
    ]
)
_words = pa.list_(pa.string())
PERSON = pa.schema(
    [
        ("pid", pa.int64()),
        ("person", pa.int64()),
        ("first", _words),
        ("last", _words),
        ("whole", _words),
        ("email", pa.string()),
        ("mobile", pa.string()),
        ("title", pa.string()),
    ]
)
_TITLES = "tj toimitusjohtaja johtaja puheenjohtaja pj hra herra rva rouva nti mr mrs ms tri dipl ins ktm vd".split()


@dataclass(frozen=True)
class Parties:
    """One side: ``party`` one row a party; ``address``, ``name``, ``token`` and ``person`` any number. All of them in
    the order of their ``pid``."""

    party: pa.Table
    address: pa.Table
    name: pa.Table
    token: pa.Table
    person: pa.Table

    @classmethod
    def spelled(
        cls,
        *,
        party: Callable[[], pa.Table],
        address: Callable[[], pa.Table],
        name: Callable[[], tuple[pa.Table, pa.Table]],
        person: Callable[[], pa.Table],
    ) -> Parties:
        """What these make, two at a time, for Arrow lets others work meanwhile; ``name`` makes names and tokens."""
        with ThreadPoolExecutor(2) as pool:
            people, addresses, named, parties = (pool.submit(part) for part in (person, address, name, party))
            spelled, token = named.result()
            return cls(parties.result(), addresses.result(), spelled, token, people.result())

    def batches(self, rows: int) -> Iterator[Parties]:
        """These parties, at most ``rows`` at a time; once nothing when there is none."""
        pids = self.party["pid"].to_numpy()
        for first in range(0, max(len(pids), 1), rows):
            bounds = pids[[first, min(first + rows, len(pids)) - 1]] if len(pids) else np.array([0, 0])
            yield Parties(*(_between(getattr(self, part.name), bounds) for part in fields(self)))

    def only(self, pids: pa.ChunkedArray) -> Parties:
        """The parties of these numbers."""
        chosen = [getattr(self, part.name) for part in fields(self)]
        return Parties(*(table.filter(pc.is_in(table["pid"], value_set=pids.combine_chunks())) for table in chosen))


def _between(table: pa.Table, bounds: NDArray[np.int64]) -> pa.Table:
    """The rows of the parties from the first number to the last."""
    pids = table["pid"].to_numpy()
    first, after = np.searchsorted(pids, bounds[0]), np.searchsorted(pids, bounds[1], side="right")
    return table.slice(first, after - first)


def text(table: pa.Table, field: str) -> pa.Array:
    """A column of the table as one array of text; null everywhere when the table lacks it."""
    if field not in table.column_names:
        return pa.nulls(table.num_rows, pa.string())
    column = table.column(field).cast(pa.string()).combine_chunks()
    column = column.chunk(0) if isinstance(column, pa.ChunkedArray) else column
    trimmed = pc.utf8_trim_whitespace(column)
    return pc.if_else(pc.equal(pc.utf8_length(trimmed), 0), None, trimmed)


def party_rows(table: pa.Table, *, pids: pa.Array, ceased: pa.Array | None = None) -> pa.Table:
    """``PARTY`` rows of a mapped table."""
    identifier, valid = identifiers(text(table, "identifier"))
    emails = normalise_emails(text(table, "email"))
    return pa.table(
        {
            "pid": pids,
            "identifier": identifier,
            "valid": valid,
            "phone": phones(pc.coalesce(text(table, "phone"), text(table, "mobile"))),
            "domain": names.domains(text(table, "domain"), emails),
            "email": emails,
            "birth": names.dates(text(table, "birth_date")),
            "other": names.by_distinct(fold_names, text(table, "other")),
            "ceased": ceased if ceased is not None else pa.repeat(pa.scalar(False), table.num_rows),
        },
        schema=PARTY,
    )


def address_rows(table: pa.Table, *, pids: pa.Array) -> pa.Table:
    """``ADDRESS`` rows of a mapped table; rows without any part of an address are left out."""
    street, number = names.streets(text(table, "street"), text(table, "house_number"))
    postcode = pc.replace_substring_regex(pc.utf8_upper(text(table, "postcode")), r"^(FI|AX)-?|\W", "")
    city = names.by_distinct(_city, text(table, "city"))
    rows = pa.table(
        {"pid": pids, "street": street, "number": number, "postcode": postcode, "city": city}, schema=ADDRESS
    )
    return rows.filter(pc.or_(pc.is_valid(street), pc.or_(pc.is_valid(postcode), pc.is_valid(city))))


def _city(column: pa.Array) -> pa.Array:
    return names.canonical_words(fold_names(names.repaired(column)))


def identifiers(column: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Identifiers as bare capitals and digits, and whether each is a Y-tunnus with a right check digit.

    A Y-tunnus is kept as eight digits; one that lost its leading zero or its hyphen is repaired. In a column of some
    other numbering, where not even half are a Y-tunnus, none is taken for one.
    """
    bare = pc.replace_substring_regex(pc.utf8_upper(column), r"[^0-9A-Z]", "")
    bare = pc.if_else(pc.greater_equal(pc.utf8_length(bare), 3), bare, None)
    padded = pc.replace_substring_regex(bare, r"^(?:FI)?(\d{7,8})$", r"0\1")
    hyphened = pc.replace_substring_regex(padded, r"^0*?(\d{7})(\d)$", r"\1-\2")
    found = pc.replace_substring(pc.coalesce(normalise_business_ids(column), normalise_business_ids(hyphened)), "-", "")
    if 2 * (len(found) - found.null_count) < len(column) - column.null_count:
        return bare, pa.repeat(pa.scalar(False), len(column))
    return pc.coalesce(found, bare), pc.is_valid(found)


def phones(column: pa.Array) -> pa.Array:
    """E.164 where it can be read as a Finnish or international number, else its digits (six or more)."""
    digits = pc.replace_substring_regex(column, r"\D", "")
    return pc.coalesce(normalise_phones(column), pc.if_else(pc.greater_equal(pc.utf8_length(digits), 6), digits, None))


def person_rows(table: pa.Table, *, pids: pa.Array, persons: pa.Array) -> pa.Table:
    """``PERSON`` rows of a table with first_name, last_name, name (the whole in one cell), email, phone and other
    (a title); names as lists of at most four words, titles left out."""
    return pa.table(
        {
            "pid": pids,
            "person": persons,
            "first": words(text(table, "first_name")),
            "last": words(text(table, "last_name")),
            "whole": words(text(table, "name")),
            "email": normalise_emails(text(table, "email")),
            "mobile": phones(text(table, "phone")),
            "title": names.by_distinct(fold_names, text(table, "other")),
        },
        schema=PERSON,
    )


def words(column: pa.Array) -> pa.Array:
    """The first four words of folded names, without titles; null where there is none."""
    return names.by_distinct(_words_of, column)


def _words_of(column: pa.Array) -> pa.Array:
    folded = names.canonical_words(fold_names(names.repaired(column)))
    for title in _TITLES:
        folded = pc.replace_substring_regex(folded, rf"\b{title}\b", "")
    plain = pc.utf8_trim_whitespace(pc.replace_substring_regex(folded, " +", " "))
    there = pc.if_else(pc.equal(pc.utf8_length(plain), 0), None, plain)
    return pc.split_pattern(there, " ", max_splits=4)


@cache
def given_classes_table() -> pa.Table:
    """``given, class``: the register's nickname classes in the matcher's spelling."""
    known = given_classes()
    spelled = names.canonical_words(pa.array(list(known), pa.string()))
    made = pa.table({"given": spelled, "class": pa.array(list(known.values()), pa.string())})
    return made.group_by("given", use_threads=False).aggregate([("class", "min")]).rename_columns(["given", "class"])
