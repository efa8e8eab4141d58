"""Any table with mapped columns as parties: a register of whatever kind, or a customer's file."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from datacare.match import names
from datacare.match.parties import PERSON, Parties, address_rows, party_rows, person_rows, text


def parties(table: pa.Table, *, first: int = 0) -> Parties:
    """Parties of a table whose columns are named as ``parties.FIELDS``; ``pid`` is the row number, from ``first`` on.

    A table with a ``name`` is about organisations, and a first and last name beside it is the person there. Without a
    ``name`` the rows are about the persons themselves.
    """
    pids = pa.array(range(first, first + table.num_rows), pa.int64())
    named = "name" in table.column_names and pc.any(pc.is_valid(text(table, "name"))).as_py()
    title = text(table, "name") if named else _whole(text(table, "first_name"), text(table, "last_name"))
    name, token = names.name_rows(pids, title, former=pa.repeat(pa.scalar(False), table.num_rows))
    return Parties(
        party=party_rows(table, pids=pids),
        address=address_rows(table, pids=pids),
        name=name,
        token=token,
        person=_people(table, pids) if named else PERSON.empty_table(),
    )


def _whole(first: pa.Array, last: pa.Array) -> pa.Array:
    return pc.coalesce(pc.binary_join_element_wise(first, last, " "), first, last)


def _people(table: pa.Table, pids: pa.Array) -> pa.Table:
    """The person of each row that names one or has a contact of its own."""
    named = {"first_name", "last_name", "email"} & set(table.column_names)
    columns = [column for column in table.column_names if column not in ("name", "other")]
    return person_rows(table.select(columns), pids=pids, persons=pids) if named else PERSON.empty_table()
