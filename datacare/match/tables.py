"""Any table with mapped columns as parties: a register of whatever kind, or a customer's file."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from datacare.match import names
from datacare.match.parties import PERSON, Parties, address_rows, party_rows, person_rows, text


def parties_of(table: pa.Table, *, first: int = 0) -> Parties:
    """Parties of a table whose columns are named as ``parties.FIELDS``; ``pid`` is the row number, from ``first`` on.

    A table with a ``name`` is about organisations, and the person beside it is in ``first_name``, ``last_name`` or
    ``contact`` (the whole name), with ``title`` and ``mobile``. Without a ``name`` the rows are about the persons
    themselves.
    """
    pids = pa.array(range(first, first + table.num_rows), pa.int64())
    named = _any(text(table, "name"))
    title = text(table, "name") if named else _whole(table)
    former = pa.repeat(pa.scalar(False), table.num_rows)
    return Parties.spelled(
        party=lambda: party_rows(table, pids=pids),
        address=lambda: address_rows(table, pids=pids),
        name=lambda: names.name_rows(pids, title, former=former),
        person=lambda: _people(table, pids) if named else PERSON.empty_table(),
    )


def _any(column: pa.Array) -> bool:
    return bool(column.null_count < len(column))


def _whole(table: pa.Table) -> pa.Array:
    first, last = text(table, "first_name"), text(table, "last_name")
    return pc.coalesce(pc.binary_join_element_wise(first, last, " "), first, last, text(table, "contact"))


def _people(table: pa.Table, pids: pa.Array) -> pa.Table:
    """The person of each row that names one or has a contact of its own."""
    persons = pa.table(
        {
            "first_name": text(table, "first_name"),
            "last_name": text(table, "last_name"),
            "name": text(table, "contact"),
            "email": text(table, "email"),
            "phone": pc.coalesce(text(table, "mobile"), text(table, "phone")),
            "other": text(table, "title"),
        }
    )
    named = any(_any(persons[column].combine_chunks()) for column in ("first_name", "last_name", "name", "email"))
    return person_rows(persons, pids=pids, persons=pids) if named else PERSON.empty_table()
