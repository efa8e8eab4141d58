"""Left-over hashes: what a recipient may compute of the rows it holds, so that both sides can compare without showing
them (R035).

A row is spoken of in up to three ways, ``email:…``, ``phone:…`` and ``name:…|…``, each in the one form that case,
accents, spaces and word order do not change. HMAC-SHA-256 with a key of the extract's own makes them: they fit no other
extract, and without the key they say nothing. ``RULES`` names the forms; a change of them is another number.
"""

from __future__ import annotations

from collections.abc import Mapping

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from core.identity import fold_names, normalise_business_ids, normalise_emails, normalise_phones
from core.keys import Key
from register.rows import lent, query

RULES = 1
WAYS = ("email", "phone", "name")
FIELDS = tuple(f"left_{way}" for way in WAYS)
"""Columns of a manifest: the first 64 bits of each hash, of delivered rows alone."""


def forms(cells: Mapping[str, pa.Array], *, rows: int) -> pa.Table:
    """The rows in the one form of each part: ``email, phone, name, business_id`` TEXT, null where there is none.

    ``cells`` may have ``email``, ``phone``, ``first_name``, ``last_name``, ``person`` (both names in one, in any order)
    and ``business_id``; a name counts with both its parts, and whatever is missing is null.
    """
    nothing = pa.nulls(rows, pa.string())
    first, last = cells.get("first_name", nothing), cells.get("last_name", nothing)
    both = pc.binary_join_element_wise(first, last, " ")
    names = pc.coalesce(both, cells.get("person", nothing))
    return pa.table(
        {
            "place": pa.array(range(rows), pa.int32()),
            "email": normalise_emails(cells.get("email", nothing)),
            "phone": normalise_phones(cells.get("phone", nothing)),
            "name": fold_names(names),
            "business_id": normalise_business_ids(cells.get("business_id", nothing)),
        }
    )


def hashed(connection: duckdb.DuckDBPyConnection, rows: pa.Table, *, key: Key) -> pa.Table:
    """``email, phone, name``: the whole HMAC of each way as hex, in the order of the ``forms``; null stays null.

    The connection has the macro ``hmac_hex``.
    """
    inner, outer = key.pads
    with lent(connection, leftover_forms=rows):
        return query(connection, "extracts/leftover_hashes", {"inner": inner, "outer": outer})


def indexed(connection: duckdb.DuckDBPyConnection, delivered: pa.Table, *, key: Key) -> pa.Table:
    """``FIELDS`` UINT64 of delivered rows in their order, from the cells as the recipient gets them."""
    cells = {name: delivered[name].combine_chunks() for name in delivered.column_names}
    rows = forms(cells | ({"phone": cells["mobile"]} if "mobile" in cells else {}), rows=len(delivered))
    inner, outer = key.pads
    with lent(connection, leftover_forms=rows):
        return query(connection, "extracts/leftover_index", {"inner": inner, "outer": outer})
