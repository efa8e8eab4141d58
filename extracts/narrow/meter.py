"""The narrowest-selection meter: how far a selection is from the least that its offer needs, in points and in words.

A pure function over what was asked and how much it gives: from 100, each measure that finds something wide takes
points off and says what would narrow it (Art. 25, R028, R029).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from schemas import codes

Document = Mapping[str, Any]
Facets = Mapping[str, Sequence[Mapping[str, Any]]]

GRADES = ((75, "narrow"), (50, "fair"), (25, "wide"), (0, "very wide"))
"""Least score of each grade."""


@dataclass(frozen=True)
class Asked:
    """A selection, what it is for, and what it gives."""

    criteria: Document
    subject: Sequence[str]
    """Responsibility areas that the campaign's offer is about."""
    channels: Sequence[str]
    rows: int
    organisations: int
    register_rows: int
    fields: Sequence[str] | None = None
    """Columns ordered; None: not said yet."""
    facets: Facets = field(default_factory=dict)
    """Rows by value of each dimension, where they were counted: they tell what a further condition would leave."""

    @property
    def organisation(self) -> Document:
        return self.criteria.get("organisation") or {}

    @property
    def person(self) -> Document:
        return self.criteria.get("person") or {}

    @property
    def areas(self) -> list[str]:
        """Responsibility areas asked for, operative and purchasing."""
        return sorted({*(self.person.get("responsibility") or ()), *(self.person.get("purchasing") or ())})

    @property
    def percent(self) -> float:
        """Rows as a share of all that the register could deliver."""
        return 100 * self.rows / self.register_rows if self.register_rows else 0.0

    @property
    def idle(self) -> list[str]:
        """Conditions that list every value there is, so that they narrow nothing."""
        every: Mapping[str, tuple[Document, Mapping[Any, Any]]] = {
            "kind": (self.organisation, codes.KINDS),
            "region": (self.organisation, codes.regions()),
            "staff_class": (self.organisation, codes.staff_classes()),
            "revenue_class": (self.organisation, codes.revenue_classes()),
            "level": (self.person, codes.LEVELS),
        }
        return [name for name, (part, values) in every.items() if set(part.get(name) or ()) >= set(values)]

    def narrows(self, part: Document, *names: str) -> bool:
        """Whether one of these conditions is given and not idle."""
        return any(part.get(name) and name not in self.idle for name in names)


@dataclass(frozen=True)
class Reason:
    """What one measure found: points off, why, and what would narrow it."""

    code: str
    points: int
    says: str
    suggests: str

    def document(self) -> dict[str, Any]:
        return {"code": self.code, "points": self.points, "says": self.says, "suggests": self.suggests}


@dataclass(frozen=True)
class Narrowness:
    """The meter's reading."""

    score: int
    reasons: Sequence[Reason]

    @property
    def grade(self) -> str:
        return next(name for least, name in GRADES if self.score >= least)

    def document(self) -> dict[str, Any]:
        """As count and order print it."""
        return {"score": self.score, "grade": self.grade, "reasons": [reason.document() for reason in self.reasons]}


@dataclass(frozen=True)
class Measure:
    """One thing that the meter looks at: ``looks`` gives points off with the words, or None."""

    code: str
    most: int
    """Points it can take off."""
    about: str
    looks: Callable[[Asked], tuple[int, str, str] | None]


_BREADTH = ((5.0, 30), (2.5, 20), (1.0, 15), (0.5, 10), (0.1, 5))
"""Per cent of the register from which so many points are taken off."""


def _breadth(asked: Asked) -> tuple[int, str, str] | None:
    points = next((points for above, points in _BREADTH if asked.percent > above), 0)
    if not points:
        return None
    return points, f"{asked.percent:.1f} % of the register.", "Set a limit, or add a condition."


def _outside(asked: Asked) -> tuple[int, str, str] | None:
    outside = [area for area in asked.areas if area not in asked.subject]
    if not outside:
        return None
    are = "is" if len(outside) == 1 else "are"
    says = f"{', '.join(outside)} {are} outside the subject {', '.join(asked.subject)}."
    return min(20, 10 * len(outside)), says, f"Leave {', '.join(outside)} out."


def _areas(asked: Asked) -> tuple[int, str, str] | None:
    if asked.areas or len(asked.subject) < 2:
        return None
    says = f"No responsibility area is asked for: all {len(asked.subject)} of the subject are taken."
    return (
        15,
        says,
        "Name the areas the offer is for under responsibility or purchasing." + _largest(asked, "responsibility"),
    )


def _subject(asked: Asked) -> tuple[int, str, str] | None:
    areas = len(asked.subject)
    if areas <= 3:
        return None
    return min(15, 3 * (areas - 3)), f"The subject names {areas} areas.", "One offer concerns one to three areas."


def _rank(asked: Asked) -> tuple[int, str, str] | None:
    if asked.narrows(asked.person, "level", "title"):
        return None
    return 15, "Neither level nor title is asked for.", "Add a level or a title." + _largest(asked, "level")


def _place(asked: Asked) -> tuple[int, str, str] | None:
    if asked.narrows(asked.organisation, *_places(asked.organisation)):
        return None
    return 10, "The whole country.", "Add a region, municipality or postcode." + _largest(asked, "region")


def _places(organisation: Document) -> list[str]:
    """Conditions on where an organisation is; whatever is none of the others is one."""
    others = {"kind", "industry", "industry_version", "form", "staff_class", "revenue_class", "it"}
    return [name for name in organisation if name not in others]


def _trade(asked: Asked) -> tuple[int, str, str] | None:
    if asked.narrows(asked.organisation, "industry"):
        return None
    return 10, "Every industry.", "Add an industry." + _largest(asked, "industry")


def _size(asked: Asked) -> tuple[int, str, str] | None:
    if asked.narrows(asked.organisation, "staff_class", "revenue_class", "it"):
        return None
    return 10, "Organisations of every size.", "Add a staff or revenue class." + _largest(asked, "staff_class")


def _reach(asked: Asked) -> tuple[int, str, str] | None:
    if set(asked.person.get("reachable") or ()) & set(asked.channels):
        return None
    channel = " or ".join(asked.channels)
    says = f"Persons who cannot be reached by {channel} would be disclosed for nothing."
    return 5, says, f"Add reachable: {asked.channels[0] if asked.channels else 'email'}."


def _crowd(asked: Asked) -> tuple[int, str, str] | None:
    each = asked.rows / asked.organisations if asked.organisations else 0.0
    if "per_organisation" in asked.criteria or each <= 2:
        return None
    return 5, f"{each:.1f} persons of each organisation.", "Add per_organisation: a maximum, and whom you prefer."


def _fields(asked: Asked) -> tuple[int, str, str] | None:
    licensed = [name for name, channel in codes.EXTRACT_FIELDS.items() if channel in (None, *asked.channels)]
    contacts = [channel for channel in asked.channels if asked.fields is None or _carries(asked.fields, channel)]
    points = 5 * (len(contacts) > 1) + 5 * (asked.fields is not None and set(licensed) <= set(asked.fields))
    if not points:
        return None
    says = f"Contact data for {', '.join(contacts)}." if len(contacts) > 1 else "Every column that is licensed."
    return points, says, "Open the campaign for the channel you will use, and name the columns with --fields."


def _carries(fields: Sequence[str], channel: str) -> bool:
    return any(codes.EXTRACT_FIELDS.get(name) == channel for name in fields)


def _idle(asked: Asked) -> tuple[int, str, str] | None:
    idle = asked.idle
    if not idle:
        return None
    names = ", ".join(idle)
    verb = "lists" if len(idle) == 1 else "list"
    return min(10, 5 * len(idle)), f"{names} {verb} every value: that narrows nothing.", f"Choose values of {names}."


MEASURES: tuple[Measure, ...] = (
    Measure("breadth", 30, "share of the register that would be disclosed", _breadth),
    Measure("outside_subject", 20, "areas asked for that the offer is not about", _outside),
    Measure("no_area", 15, "no responsibility area asked for, though the subject has several", _areas),
    Measure("wide_subject", 15, "a subject of more than three areas", _subject),
    Measure("no_rank", 15, "neither level nor title", _rank),
    Measure("no_place", 10, "no region, municipality or postcode", _place),
    Measure("no_industry", 10, "no industry", _trade),
    Measure("no_size", 10, "no staff class, revenue class or IT structure", _size),
    Measure("unreachable", 5, "persons whom the campaign's channel does not reach", _reach),
    Measure("crowded", 5, "more than two persons of each organisation, and no maximum", _crowd),
    Measure("many_fields", 10, "contact data for several channels; every licensed column", _fields),
    Measure("idle_condition", 10, "a condition that lists every value", _idle),
)


def narrowness(asked: Asked) -> Narrowness:
    """Read the meter: 100 when no measure finds anything, never below 0; the heaviest reason first."""
    reasons = []
    for measure in MEASURES:
        found = measure.looks(asked)
        if found is not None:
            reasons.append(Reason(measure.code, *found))
    reasons.sort(key=lambda reason: -reason.points)
    return Narrowness(max(0, 100 - sum(reason.points for reason in reasons)), reasons)


def _largest(asked: Asked, dimension: str) -> str:
    """What the largest value of an unused dimension would leave, where it was counted."""
    known = [value for value in asked.facets.get(dimension, ()) if value["value"] is not None]
    if len(known) < 2:
        return ""
    most = max(known, key=lambda value: value["count"])
    return f" {most['label']} alone: {most['count']} rows."
