"""Worked examples of the meter: what is asked, what each measure takes off; shown in ``docs/narrowest.md``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from extracts.narrow.meter import Asked


@dataclass(frozen=True)
class Example:
    """One reading: ``off`` lists the measures that find something, with their points."""

    name: str
    asked: Asked
    off: Sequence[tuple[str, int]]


_NARROW = Asked(
    criteria={
        "organisation": {"industry": ["62"], "region": ["01"], "staff_class": ["4", "5"]},
        "person": {"responsibility": ["IT"], "level": [1, 2], "reachable": ["email"]},
        "per_organisation": {"max": 1},
    },
    subject=["IT"],
    channels=["email"],
    rows=180,
    organisations=180,
    register_rows=400_000,
    fields=["row", "organisation_name", "first_name", "last_name", "email", "ban_url"],
)
_EVERY = ["GM", "FIN", "IT", "SEC", "SAL", "MKT", "COM", "HR"]
_ALL_FIELDS = [
    "row", "organisation_name", "business_id", "industry", "industry_label", "staff_class", "revenue_class",
    "visiting_street", "visiting_postcode", "visiting_city", "website", "first_name", "last_name", "title",
    "responsibilities", "email", "ban_url",
]  # fmt: skip


def _asked(person: dict[str, object] | None = None, organisation: dict[str, object] | None = None) -> dict[str, object]:
    return {
        "organisation": organisation or _NARROW.criteria["organisation"],
        "person": person or _NARROW.criteria["person"],
        "per_organisation": {"max": 1},
    }


WORKED: Sequence[Example] = (
    Example("IT managers of software houses in Uusimaa, by e-mail", _NARROW, ()),
    Example(
        "the same with general management, which the offer is not about",
        replace(_NARROW, criteria=_asked({"responsibility": ["IT", "GM"], "level": [1, 2], "reachable": ["email"]})),
        (("outside_subject", 10),),
    ),
    Example(
        "the same without a level",
        replace(_NARROW, criteria=_asked({"responsibility": ["IT"], "reachable": ["email"]})),
        (("no_rank", 15),),
    ),
    Example(
        "a level that lists all four",
        replace(_NARROW, criteria=_asked({"responsibility": ["IT"], "level": [1, 2, 3, 4], "reachable": ["email"]})),
        (("no_rank", 15), ("idle_condition", 5)),
    ),
    Example(
        "all licensed columns, for e-mail and telephone",
        replace(_NARROW, channels=["email", "phone"], fields=[*_ALL_FIELDS, "organisation_phone", "mobile"]),
        (("many_fields", 10),),
    ),
    Example(
        "IT managers of the whole country, 3,200 of them",
        replace(_NARROW, criteria=_asked(organisation={"kind": ["company"]}), rows=3200, organisations=3200),
        (("breadth", 10), ("no_place", 10), ("no_industry", 10), ("no_size", 10)),
    ),
    Example(
        "several persons of each company, whether or not they have an e-mail address",
        replace(
            _NARROW,
            criteria={
                "organisation": _NARROW.criteria["organisation"],
                "person": {"responsibility": ["IT"], "level": [1, 2, 3]},
            },
            rows=480,
            organisations=160,
        ),
        (("breadth", 5), ("unreachable", 5), ("crowded", 5)),
    ),
    Example(
        "everybody of eight areas in all companies",
        replace(
            _NARROW,
            criteria={"organisation": {"kind": ["company"]}, "person": {"reachable": ["email"]}},
            subject=_EVERY,
            rows=26_000,
            organisations=20_000,
        ),
        (
            ("breadth", 30),
            ("no_area", 15),
            ("wide_subject", 15),
            ("no_rank", 15),
            ("no_place", 10),
            ("no_industry", 10),
            ("no_size", 10),
        ),
    ),
    Example(
        "companies of any size in two regions, HR and finance asked for an IT offer",
        replace(
            _NARROW,
            criteria=_asked({"responsibility": ["IT", "HR", "FIN"], "reachable": ["email"]}, {"region": ["01", "06"]}),
            rows=5_000,
            organisations=5_000,
        ),
        (("outside_subject", 20), ("no_rank", 15), ("breadth", 15), ("no_industry", 10), ("no_size", 10)),
    ),
)
