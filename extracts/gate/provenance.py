"""Source and date of every group of cells, as a file beside the rows that an order may ask for (R008, R057).

A control record has its neighbour's sources as it has the neighbour's other cells: nothing here tells it apart (R038).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import pyarrow as pa
import pyarrow.compute as pc

GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "organisation": ("organisation_name", "business_id"),
        "industry": ("industry", "industry_label"),
        "size": ("staff_class", "revenue_class"),
        "visiting": ("visiting_street", "visiting_postcode", "visiting_city"),
        "postal": ("postal_street", "postal_postcode", "postal_city"),
        "phone": ("organisation_phone",),
        "website": ("website",),
        "name": ("first_name", "last_name"),
        "title": ("title",),
        "responsibilities": ("responsibilities",),
        "email": ("email",),
        "mobile": ("mobile",),
    }
)
"""Group of cells with one source and date, and its columns in an extract."""
VERIFIED = "verified_date"
"""The day the position as a whole was last verified."""

COLUMNS = (*(f"{group}_{what}" for group in GROUPS for what in ("source", "date")), VERIFIED)


def joined(rows: pa.Table, sources: pa.Table) -> pa.Table:
    """The rows with ``COLUMNS`` of their positions, in the order they had."""
    places = pc.index_in(rows["position"], value_set=sources["position"].combine_chunks())
    found = sources.take(places)
    for name in COLUMNS:
        rows = rows.append_column(name, found[name])
    return rows


def table(rows: pa.Table, *, columns: Sequence[str]) -> pa.Table:
    """The file's content: ``row``, and of every group that is delivered its source and date; both empty where the row
    has no cell of the group."""
    made = {"row": rows["row"]}
    for group, members in GROUPS.items():
        cells = [rows[name] for name in members if name in columns]
        if not cells:
            continue
        filled = cells[0].is_valid()
        for cell in cells[1:]:
            filled = pc.or_(filled, cell.is_valid())
        for what in ("source", "date"):
            value = rows[f"{group}_{what}"].cast(pa.string())
            made[f"{group}_{what}"] = pc.if_else(filled, value, pa.scalar(None, pa.string()))
    made[VERIFIED] = rows[VERIFIED].cast(pa.string())
    return pa.table(made)
