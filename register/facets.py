"""Counts of the selected rows per dimension and value."""

from __future__ import annotations

from typing import Any

from register.asked import ask
from register.opened import Register
from register.select import Selector
from schemas import codes

_DIMENSIONS = ("kind", "industry", "form", "staff_class", "revenue_class", "region", "level", "responsibility")


def facets(register: Register, selector: Selector) -> dict[str, list[dict[str, Any]]]:
    """Counts of the selected rows per dimension and value, with Finnish labels; one scan."""
    ask(register, selector.criteria, subject=selector.subject)
    industries = {row[0]: row[1:] for row in register.execute("register/industry_codes").fetchall()}
    forms = dict(register.execute("register/form_codes").fetchall())
    bits = codes.responsibility_bits()
    kinds = {number: name for name, number in codes.KINDS.items()}
    counts: dict[str, dict[str | None, int]] = {name: {} for name in _DIMENSIONS}

    def add(dimension: str, value: str | None, rows: int) -> None:
        counts[dimension][value] = counts[dimension].get(value, 0) + rows

    for grouping, value, rows in register.execute("register/facets").fetchall():
        dimension = _DIMENSIONS[8 - (~grouping & 0xFF).bit_length()]
        if value is None:
            add(dimension, None, rows)
        elif dimension == "responsibility":
            for code, bit in bits.items():
                if value & bit:
                    add(dimension, code, rows)
        elif dimension == "industry":
            add(dimension, industries[value][2], rows)
        elif dimension == "region":
            add(dimension, f"{value:02d}", rows)
        else:
            add(dimension, {"kind": kinds, "form": forms}.get(dimension, {}).get(value, str(value)), rows)
    return {
        name: [
            {"value": value, "label": _label(register, name, value), "count": rows}
            for value, rows in sorted(values.items(), key=lambda item: (-item[1], item[0] or ""))
        ]
        for name, values in counts.items()
    }


def _label(register: Register, dimension: str, value: str | None) -> str:
    if value is None:
        return "ei tiedossa"
    if dimension == "industry":
        label = codes.industry_label(register.meta["industry_version"], value)
        return label.fi if label else value
    if dimension == "kind":
        return {"company": "Yritys", "association": "Yhdistys", "public": "Julkisyhteisö"}[value]
    if dimension == "level":
        return codes.LEVELS.get(int(value), value)
    lists = {
        "form": codes.forms,
        "staff_class": codes.staff_classes,
        "revenue_class": codes.revenue_classes,
        "region": codes.regions,
        "responsibility": codes.responsibilities,
    }
    known = lists[dimension]().get(value)
    return known.fi if known else value
