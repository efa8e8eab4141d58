"""Columns of text to a frame: typed columns, each unreadable cell marked (see ``schemas.register``)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pyarrow as pa
import pyarrow.compute as pc

from core.identity import fold_names, normalise_business_ids, normalise_emails, normalise_phones
from register.sources import fields
from schemas.register import LAYOUTS, NO_DATE, UNREADABLE

_BETWEEN = "\x1f"
_LISTED = r"\s*;\s*"


def _by_distinct(column: pa.Array, read: Callable[[str], Any], kind: pa.DataType) -> pa.Array:
    """Read each distinct text once; codes, dates and classes repeat a thousandfold."""
    encoded = pc.dictionary_encode(column)
    return pa.array([read(text) for text in encoded.dictionary.to_pylist()], kind).take(encoded.indices)


def _marked(value: pa.Array, text: pa.Array) -> pa.Array:
    """The value; where there was a text but no value came of it, the mark."""
    return pc.if_else(pc.and_(pc.is_null(value), pc.is_valid(text)), UNREADABLE, value)


def _postcode(text: pa.Array) -> pa.Array:
    plain = pc.replace_substring_regex(pc.replace_substring(text, " ", ""), r"^(FI|AX)-?", "")
    return pc.if_else(
        pc.match_substring_regex(plain, r"^\d{5}$"), plain, pc.if_else(pc.is_valid(text), UNREADABLE, None)
    )


def _names(text: pa.Array) -> pa.Array:
    return pc.split_pattern_regex(pc.replace_substring_regex(text, r"^[\s;]+|[\s;]+$", ""), _LISTED)


def _industry(version: pa.Array, text: pa.Array) -> tuple[pa.Array, pa.Array]:
    def read(pair: str) -> dict[str, str | None]:
        known, _, code = pair.partition(_BETWEEN)
        found, industry = fields.read_industry(known or None, code)
        return {"version": found, "industry": industry}

    pair = pc.binary_join_element_wise(pc.fill_null(version, ""), text, _BETWEEN)
    both = _by_distinct(pair, read, pa.struct([("version", pa.string()), ("industry", pa.string())]))
    return both.field("version"), both.field("industry")


def organisations(cells: pa.Table) -> pa.Table:
    """Frame of organisation rows. Kind comes from the form and municipality from the postcode where not given."""
    text = _columns(cells)
    form = _by_distinct(text["form"], fields.read_form, pa.string())
    version, industry = _industry(
        _by_distinct(text["industry_version"], fields.read_version, pa.string()), text["industry"]
    )
    visiting, postal = _postcode(text["visiting_postcode"]), _postcode(text["postal_postcode"])
    trader = pc.equal(form, fields.SOLE_TRADER)
    return _frame(
        text,
        {
            "business_id": _marked(normalise_business_ids(text["business_id"]), text["business_id"]),
            "kind": pc.coalesce(
                _by_distinct(text["kind"], fields.read_kind, pa.string()),
                _by_distinct(form, fields.kind_of_form, pa.string()),
            ),
            **{name: _names(text[name]) for name in ("parallel_names", "auxiliary_names", "former_names")},
            "form": form,
            "industry": industry,
            "industry_version": version,
            "staff_class": _by_distinct(text["staff_class"], fields.read_staff_class, pa.int8()),
            "revenue_class": _by_distinct(text["revenue_class"], fields.read_revenue_class, pa.int8()),
            "visiting_postcode": visiting,
            "postal_postcode": postal,
            "municipality": pc.coalesce(
                _by_distinct(text["municipality"], fields.read_municipality, pa.string()),
                _by_distinct(visiting, fields.municipality_of, pa.string()),
                _by_distinct(postal, fields.municipality_of, pa.string()),
            ),
            **{name: _marked(normalise_phones(text[name]), text[name]) for name in ("phone", "fax")},
            **{
                name: _by_distinct(text[name], fields.read_count, pa.int32())
                for name in ("it_workstations", "it_servers")
            },
            "ceased": pc.fill_null(_by_distinct(text["ceased"], fields.read_truth, pa.int8()), 0),
            "sole_trader": pc.coalesce(
                _by_distinct(text["sole_trader"], fields.read_truth, pa.int8()),
                trader.cast(pa.int8()),
                pa.scalar(0, pa.int8()),
            ),
            "source_date": _by_distinct(text["source_date"], fields.read_date, pa.date32()),
        },
    )


def positions(cells: pa.Table) -> pa.Table:
    """Frame of position rows, with the match key of the name, and columns that judge several fields at once."""
    text = _columns(cells)
    dates = {
        name: _by_distinct(text[name], fields.read_date, pa.date32()) for name in ("started", "verified", "notified")
    }
    duties = {
        name: _by_distinct(text[name], fields.read_responsibilities, pa.string())
        for name in ("responsibilities", "purchasing")
    }
    postcode = _postcode(text["postal_postcode"])
    first, last = (_folded(text[name]) for name in ("first_name", "last_name"))
    return _frame(
        text,
        {
            "business_id": _marked(normalise_business_ids(text["business_id"]), text["business_id"]),
            "name_fold": pc.coalesce(pc.binary_join_element_wise(first, last, " "), first, last),
            **duties,
            "responsible": pc.or_(pc.is_valid(duties["responsibilities"]), pc.is_valid(duties["purchasing"])),
            "level": _by_distinct(text["level"], fields.read_level, pa.int8()),
            "email": _marked(normalise_emails(text["email"]), text["email"]),
            "mobile": _marked(normalise_phones(text["mobile"]), text["mobile"]),
            "postal_postcode": postcode,
            "postal_municipality": _by_distinct(postcode, fields.municipality_of, pa.string()),
            **dates,
            "source_date": _by_distinct(text["source_date"], fields.read_date, pa.date32()),
            "in_order": _in_order(dates["started"], dates["verified"]),
        },
    )


def _in_order(earlier: pa.Array, later: pa.Array) -> pa.Array:
    """False where two readable dates are the wrong way round."""
    readable = pc.and_(pc.not_equal(earlier, NO_DATE), pc.not_equal(later, NO_DATE))
    return pc.fill_null(pc.or_(pc.greater_equal(later, earlier), pc.invert(readable)), True)


FRAMES = {"organisations": organisations, "positions": positions}


def _columns(cells: pa.Table) -> dict[str, pa.Array]:
    return {name: cells.column(name).combine_chunks() for name in cells.column_names}


def _folded(names: pa.Array) -> pa.Array:
    """Match keys of names; the fold of two names is the two folds, so distinct names are few."""
    encoded = pc.dictionary_encode(names)
    return fold_names(encoded.dictionary).take(encoded.indices)


def _frame(text: dict[str, pa.Array], read: dict[str, pa.Array]) -> pa.Table:
    return pa.table(text | read)


def accepted(kind: str, frame: pa.Table) -> pa.Table:
    """The rows of a frame that passed, in the stored layout."""
    layout = LAYOUTS[kind]
    columns = [
        pc.split_pattern(frame.column(field.name), ";")
        if pa.types.is_list(field.type) and pa.types.is_string(frame.column(field.name).type)
        else frame.column(field.name)
        for field in layout
    ]
    return cast(pa.Table, pa.table(columns, names=layout.names).cast(layout))
