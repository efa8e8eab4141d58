"""What the records of processing and the notices are made of: categories of data by the schema, and lawful grounds.

A field without a category stops the record (R095): nothing can be collected that it does not tell.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from dateutil.relativedelta import relativedelta

from core.errors import InvalidInput
from schemas import codes
from schemas.codes import Label
from schemas.register import LAYOUTS
from schemas.retention import rule

_PLACE = ("file", "row")
"""Columns that say where a row stood in its file; nothing about anybody."""


@cache
def categories() -> Mapping[str, Label]:
    """Names of the categories of data in three languages."""
    return MappingProxyType(
        {
            row["category"]: Label(row["name_fi"], row["name_sv"], row["name_en"])
            for row in codes.rows("data_category_names")
        }
    )


@cache
def categorised() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """``{table: {category: (field, …)}}`` of the register's live layouts, and of what the ledger keeps of persons.

    Raises ``InvalidInput`` (field_uncategorised) for a field of the schema that no category names.
    """
    known = {(row["table"], row["field"]): row["category"] for row in codes.rows("data_categories")}
    fields = {table: [name for name in layout.names if name not in _PLACE] for table, layout in LAYOUTS.items()}
    fields["ledger"] = [field for table, field in known if table == "ledger"]
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for table, names in fields.items():
        for name in names:
            category = known.get((table, name), "")
            if category not in categories():
                raise InvalidInput("field_uncategorised", table=table, field=name)
            of_table = found.setdefault(table, {})
            of_table[category] = (*of_table.get(category, ()), name)
    return MappingProxyType(found)


def repealed_acts(text: str) -> list[str]:
    """Acts no longer in force that a text refers to, e.g. ``523/1999``."""
    return [
        row["act"] for row in codes.rows("repealed_acts") if re.search(rf"(?<!\d){re.escape(row['act'])}(?!\d)", text)
    ]


def check_ground(text: str) -> str:
    """A lawful ground as given; raises ``InvalidInput`` (ground_repealed) when it rests on a repealed act (R095)."""
    for act in repealed_acts(text):
        raise InvalidInput("ground_repealed", act=act)
    return text


@cache
def periods() -> Mapping[str, int]:
    """How long data of registered persons are kept, as notices say it: from the live rules of retention (R068-R072)."""
    spans = {
        "unverified_months": rule("register", "position"),
        "link_months": rule("files", "manifests"),
        "request_years": rule("table", "subject_case"),
    }
    found = {}
    for name, one in spans.items():
        span = one.span or relativedelta()
        found[name] = span.years if name.endswith("years") else span.years * 12 + span.months
    return MappingProxyType(found)
