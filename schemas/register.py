"""Layouts of accepted register rows, and what pandera demands of a row before it is accepted.

A *frame* is a chunk of rows after normalisation: every field typed, a cell that could not be read holding its
type's mark (:data:`UNREADABLE`, :data:`NO_DATE`, :data:`NO_NUMBER`) in place of what stood there. So a schema
sees that a cell is bad, and its report cannot carry what was in it. The ``error`` of each check is the reason
code of the quarantine; ``docs/sources.md`` explains every one of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import pandas as pd
import pandera.pandas as pandera
import pyarrow as pa

from core.identity import PRIVATE_MAIL_DOMAINS
from schemas import codes

UNREADABLE = "\ufffd"
NO_DATE = date.min
NO_NUMBER = -1
OLDEST = date(1950, 1, 1)
"""No position in the register began, and no fact was checked, before this day."""

_names = pa.list_(pa.string())
_place = [("file", pa.int32()), ("row", pa.int64())]

ORGANISATIONS = pa.schema(
    [
        *_place,
        ("business_id", pa.string()),
        ("kind", pa.string()),
        ("name", pa.string()),
        ("parallel_names", _names),
        ("auxiliary_names", _names),
        ("former_names", _names),
        ("form", pa.string()),
        ("industry", pa.string()),
        ("industry_version", pa.string()),
        ("staff_class", pa.int8()),
        ("revenue_class", pa.int8()),
        ("visiting_street", pa.string()),
        ("visiting_postcode", pa.string()),
        ("visiting_city", pa.string()),
        ("postal_street", pa.string()),
        ("postal_postcode", pa.string()),
        ("postal_city", pa.string()),
        ("municipality", pa.string()),
        ("phone", pa.string()),
        ("fax", pa.string()),
        ("website", pa.string()),
        ("it_workstations", pa.int32()),
        ("it_servers", pa.int32()),
        ("it_erp", pa.string()),
        ("ceased", pa.bool_()),
        ("sole_trader", pa.bool_()),
        ("source_date", pa.date32()),
    ]
)
"""Accepted organisation rows, as loads are stored (R001-R003)."""

POSITIONS = pa.schema(
    [
        *_place,
        ("source_id", pa.string()),
        ("business_id", pa.string()),
        ("first_name", pa.string()),
        ("last_name", pa.string()),
        ("name_fold", pa.string()),
        ("title", pa.string()),
        ("responsibilities", _names),
        ("purchasing", _names),
        ("level", pa.int8()),
        ("email", pa.string()),
        ("mobile", pa.string()),
        ("postal_street", pa.string()),
        ("postal_postcode", pa.string()),
        ("postal_city", pa.string()),
        ("started", pa.date32()),
        ("verified", pa.date32()),
        ("notified", pa.date32()),
        ("source_date", pa.date32()),
    ]
)
"""Accepted position rows, as loads are stored. The closed list of what is known of a person (R004)."""

LAYOUTS = {"organisations": ORGANISATIONS, "positions": POSITIONS}
KEYS = {"organisations": "business_id", "positions": "source_id"}
"""The field whose value may occur once in a load."""

BLAMED = {"responsible": "responsibilities", "in_order": "verified"}
"""Frame columns that judge several fields, and the field named in the quarantine."""


def _present(reason: str) -> pandera.Check:
    return pandera.Check(lambda cells: cells.notna(), ignore_na=False, error=reason)


def _known(values: Iterable[Any], reason: str) -> pandera.Check:
    return pandera.Check.isin(list(values), error=reason)


def _readable(reason: str) -> pandera.Check:
    return pandera.Check.ne(UNREADABLE, error=reason)


def _work_mail() -> pandera.Check:
    private = tuple(f"@{domain}" for domain in PRIVATE_MAIL_DOMAINS)
    return pandera.Check(lambda cells: ~cells.str.endswith(private), error="email_private")


def _column(kind: pa.DataType, *checks: pandera.Check) -> pandera.Column:
    return pandera.Column(pd.ArrowDtype(kind), list(checks), nullable=True)


def _text(*checks: pandera.Check) -> pandera.Column:
    return _column(pa.string(), *checks)


def _class(labels: Iterable[str], reason: str) -> pandera.Column:
    return _column(pa.int8(), _known(map(int, labels), reason))


def _count() -> pandera.Column:
    return _column(pa.int32(), pandera.Check.ge(0, error="number_malformed"))


def _date(today: date) -> pandera.Column:
    return _column(
        pa.date32(),
        pandera.Check.ne(NO_DATE, error="date_malformed"),
        pandera.Check(lambda cells: (cells >= OLDEST) | (cells == NO_DATE), error="date_too_old"),
        pandera.Check.le(today, error="date_in_future"),
    )


def _business_id() -> pandera.Column:
    return _text(_present("business_id_missing"), _readable("business_id_invalid"))


def organisation_schema(today: date) -> pandera.DataFrameSchema:
    """What an organisation row must be (R001-R003)."""
    return pandera.DataFrameSchema(
        {
            "business_id": _business_id(),
            "kind": _text(_present("kind_missing"), _known(codes.KINDS, "kind_unknown")),
            "name": _text(_present("name_missing")),
            "form": _text(_known(codes.forms(), "form_unknown")),
            "industry": _text(_readable("industry_unknown")),
            "industry_version": _text(_known(codes.INDUSTRY_VERSIONS, "industry_version_unknown")),
            "staff_class": _class(codes.staff_classes(), "staff_class_unknown"),
            "revenue_class": _class(codes.revenue_classes(), "revenue_class_unknown"),
            "visiting_postcode": _text(_readable("postcode_malformed")),
            "postal_postcode": _text(_readable("postcode_malformed")),
            "municipality": _text(_known(codes.municipalities(), "municipality_unknown")),
            "phone": _text(_readable("phone_malformed")),
            "fax": _text(_readable("phone_malformed")),
            "it_workstations": _count(),
            "it_servers": _count(),
            "ceased": _column(pa.int8(), _known((0, 1), "truth_unreadable")),
            "sole_trader": _column(pa.int8(), _known((0, 1), "truth_unreadable")),
            "source_date": _date(today),
        }
    )


def position_schema(today: date) -> pandera.DataFrameSchema:
    """What a position row must be (R004, R006, R010, R011)."""
    return pandera.DataFrameSchema(
        {
            "source_id": _text(_present("source_id_missing")),
            "business_id": _business_id(),
            "first_name": _text(_present("name_missing")),
            "last_name": _text(_present("name_missing")),
            "responsibilities": _text(_readable("responsibility_unknown")),
            "purchasing": _text(_readable("responsibility_unknown")),
            "responsible": _column(pa.bool_(), pandera.Check.eq(True, error="responsibility_missing")),
            "level": _class(map(str, codes.LEVELS), "level_unknown"),
            "email": _text(_readable("email_malformed"), _work_mail()),
            "mobile": _text(_readable("phone_malformed")),
            "postal_postcode": _text(_readable("postcode_malformed")),
            "started": _date(today),
            "verified": _date(today),
            "notified": _date(today),
            "source_date": _date(today),
            "in_order": _column(pa.bool_(), pandera.Check.eq(True, error="verified_before_started")),
        }
    )


SCHEMAS = {"organisations": organisation_schema, "positions": position_schema}
