"""The narrowest selection, judged: facts of an order in, findings out; no database (R029, R030, R053, Art. 25).

``RULES`` is the table. A finding of severity ``note`` is shown, ``hold`` makes the order wait for a second person, and
``refuse`` stops it. ``extracts.narrow.review`` gathers the facts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Severity = Literal["note", "hold", "refuse"]
Figures = Mapping[str, Any] | None


@dataclass(frozen=True)
class Limits:
    """The caps in force; a share never bites below ``share_floor`` rows or persons."""

    rows: int
    share_percent: float
    share_floor: int
    refused_percent: float
    year: int
    year_percent: float
    part_percent: float
    part_floor: int

    def share_of(self, whole: int, percent: float) -> int:
        """How many of ``whole`` a share allows, never fewer than the floor."""
        return max(int(whole * percent / 100), self.share_floor)

    def order_cap(self, register_rows: int) -> int:
        """Rows one order may have without a second person."""
        return min(self.rows, self.share_of(register_rows, self.share_percent))

    def year_cap(self, register_persons: int) -> int:
        """Distinct persons that a group, or a reseller, may get in twelve months without a second person; never fewer
        than one order may have."""
        year = min(self.year, self.share_of(register_persons, self.year_percent))
        return max(year, self.order_cap(register_persons))


@dataclass(frozen=True)
class Reach:
    """Distinct persons that several customers together have in twelve months, and what an order adds."""

    customers: int
    before: int
    added: int

    @property
    def persons(self) -> int:
        return self.before + self.added


@dataclass(frozen=True)
class Part:
    """A natural part of the register, what was obtained of it, and what an order adds."""

    dimension: str
    value: str
    label: str
    size: int
    before: int
    added: int


@dataclass(frozen=True)
class Pieces:
    """Orders that cut one selection into parts held at the same time, this one included."""

    orders: Sequence[str]
    """The earlier ones."""
    keys: Sequence[str]
    """The criteria in which they differ; empty: in none."""
    persons: int
    """Distinct, of all parts together."""


@dataclass(frozen=True)
class Facts:
    """What is known of an order when it is judged."""

    limits: Limits
    rows: int
    """Rows it would deliver."""
    register_rows: int
    """Rows the register could deliver to anybody."""
    persons: int = 0
    """Distinct persons in it."""
    register_persons: int = 0
    group: Reach | None = None
    """The recipient with its parents and their subsidiaries (R030)."""
    reseller: Reach | None = None
    """Who orders for the recipient, with everything it ordered for others (R053)."""
    circle: Reach | None = None
    """Customers tied to the recipient otherwise than by group: by mail domain (T07)."""
    parts: Sequence[Part] = ()
    """Parts of the register that the order adds to, as group, circle and reseller together have them."""
    pieces: Pieces | None = None
    score: int = 100
    """Of the meter: 100 is narrow, 0 is wide."""


@dataclass(frozen=True)
class Finding:
    """One rule that an order meets, with the figures that show it."""

    code: str
    severity: Severity
    figures: Mapping[str, Any]

    def document(self) -> dict[str, Any]:
        """As the order keeps it."""
        return {"code": self.code, "severity": self.severity, "figures": dict(self.figures)}


@dataclass(frozen=True)
class Rule:
    """One condition on an order: ``meets`` gives the figures when it is met, None when it is not."""

    code: str
    severity: Severity
    meets: Callable[[Facts], Figures]
    says: str
    """What it is about in plain words, for the table in the docs."""
    settings: Sequence[str] = field(default=())
    """The settings that its limit comes from."""


def _refused(facts: Facts) -> Figures:
    percent_refused = max(facts.limits.refused_percent, facts.limits.share_percent)
    limit = facts.limits.share_of(facts.register_rows, percent_refused)
    if facts.rows <= limit:
        return None
    return {"limit": limit, "percent": round(percent(facts.rows, facts.register_rows))}


def _rows(facts: Facts) -> Figures:
    cap = facts.limits.rows
    return {"rows": facts.rows, "cap": cap} if facts.rows > cap else None


def _share(facts: Facts) -> Figures:
    cap = facts.limits.share_of(facts.register_rows, facts.limits.share_percent)
    if facts.rows <= cap:
        return None
    return {"rows": facts.rows, "cap": cap, "percent": percent(facts.rows, facts.register_rows)}


def _over(reach: Reach | None, facts: Facts) -> Figures:
    """A year's persons over the cap; an order that adds nobody takes nobody over it (T17)."""
    cap = facts.limits.year_cap(facts.register_persons)
    if reach is None or not reach.added or reach.persons <= cap:
        return None
    return {
        "customers": reach.customers,
        "before": reach.before,
        "added": reach.added,
        "persons": reach.persons,
        "cap": cap,
        "percent": percent(reach.persons, facts.register_persons),
    }


def _part(facts: Facts) -> Figures:
    limits = facts.limits
    rebuilt = [
        part
        for part in facts.parts
        if part.before
        and part.added
        and part.before + part.added >= limits.part_floor
        and 100 * (part.before + part.added) > limits.part_percent * part.size
    ]
    if not rebuilt:
        return None
    most = max(rebuilt, key=lambda part: ((part.before + part.added) / part.size, part.size))
    together = most.before + most.added
    return {
        "part": f"{most.dimension} {most.value}".strip(),
        "label": most.label,
        "before": most.before,
        "added": most.added,
        "persons": together,
        "of": most.size,
        "percent": percent(together, most.size),
        "parts": len(rebuilt),
    }


def _pieces(facts: Facts) -> Figures:
    cap = facts.limits.order_cap(facts.register_rows)
    if facts.pieces is None or facts.pieces.persons <= cap:
        return None
    return {
        "orders": list(facts.pieces.orders),
        "differ_in": list(facts.pieces.keys),
        "persons": facts.pieces.persons,
        "cap": cap,
    }


def _known(facts: Facts) -> Figures:
    if facts.group is None or not facts.persons or facts.group.added == facts.persons:
        return None
    return {"persons": facts.persons - facts.group.added, "of": facts.persons}


WIDE = 50
"""A score of the meter below this is noted."""


def _wide(facts: Facts) -> Figures:
    return {"score": facts.score} if facts.score < WIDE else None


RULES: tuple[Rule, ...] = (
    Rule(
        "share_refused",
        "refuse",
        _refused,
        "So large a share of the register that nobody can approve it.",
        ("share_refused_percent",),
    ),
    Rule("rows_over_cap", "hold", _rows, "More rows than one order may have (R029).", ("row_cap",)),
    Rule(
        "share_over_cap",
        "hold",
        _share,
        "A larger share of the register than one order may have (R029).",
        ("share_cap_percent", "share_cap_floor"),
    ),
    Rule(
        "year_over_cap",
        "hold",
        lambda facts: _over(facts.group, facts),
        "With this order the recipient's group (parents and all their subsidiaries) would have more different persons "
        "in twelve months than one group may (R030).",
        ("year_cap", "year_share_percent", "share_cap_floor"),
    ),
    Rule(
        "reseller_over_cap",
        "hold",
        lambda facts: _over(facts.reseller, facts),
        "The same for everything that the reseller ordered, for all its end customers together (R053).",
        ("year_cap", "year_share_percent", "share_cap_floor"),
    ),
    Rule(
        "circle_over_cap",
        "hold",
        lambda facts: _over(facts.circle, facts),
        "The same for customers that may be one behind several names: they share a mail domain (T07).",
        ("year_cap", "year_share_percent", "share_cap_floor"),
    ),
    Rule(
        "part_rebuilt",
        "hold",
        _part,
        "Together with earlier orders of those same customers it would rebuild a large part of a region, an industry "
        "or a responsibility area (T07).",
        ("part_percent", "part_floor"),
    ),
    Rule(
        "pieces_over_cap",
        "hold",
        _pieces,
        "With orders that are still running and differ in one condition alone, or in none, it makes one order over the "
        "cap, cut in pieces (T07).",
        ("row_cap", "share_cap_percent", "share_cap_floor"),
    ),
    Rule("known_before", "note", _known, "Some of the persons were disclosed to the group in the last twelve months."),
    Rule("selection_wide", "note", _wide, f"The meter gives less than {WIDE}: see its suggestions."),
)


def findings(facts: Facts) -> list[Finding]:
    """Every rule that the order meets, in the order of the table."""
    judged = ((rule, rule.meets(facts)) for rule in RULES)
    return [Finding(rule.code, rule.severity, figures) for rule, figures in judged if figures is not None]


def held(found: Sequence[Finding]) -> bool:
    """Whether a second person must look at the order first."""
    return any(finding.severity == "hold" for finding in found)


def refused(found: Sequence[Finding]) -> Finding | None:
    """The finding that stops the order, if one does."""
    return next((finding for finding in found if finding.severity == "refuse"), None)


def percent(part: int, whole: int) -> float:
    """A share with one decimal; 0 of nothing."""
    return round(100 * part / whole, 1) if whole else 0.0
