"""The narrowest selection, judged: facts of an order in, findings out; no database (R029, Art. 25).

``RULES`` is the table. A finding of severity ``note`` is shown, ``hold`` makes the order wait for a second person, and
``refuse`` stops it. ``extracts.narrow.review`` gathers the facts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Severity = Literal["note", "hold", "refuse"]


@dataclass(frozen=True)
class Limits:
    """The caps in force."""

    rows: int
    share_percent: float
    share_floor: int
    """A share bites from this many rows or persons only."""

    def share_of(self, whole: int, *, percent: float | None = None) -> int:
        """How many of ``whole`` a share allows, never fewer than the floor."""
        return max(int(whole * (self.share_percent if percent is None else percent) / 100), self.share_floor)


@dataclass(frozen=True)
class Facts:
    """What is known of an order when it is judged."""

    limits: Limits
    rows: int
    """Rows it would deliver."""
    register_rows: int
    """Rows the register could deliver to anybody."""


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
    """One condition on an order: ``figures`` when it is met, None when it is not."""

    code: str
    severity: Severity
    meets: Callable[[Facts], Mapping[str, Any] | None]
    says: str
    """What it is about, in plain words; the table in the docs."""


def _rows(facts: Facts) -> Mapping[str, Any] | None:
    cap = facts.limits.rows
    return {"rows": facts.rows, "cap": cap} if facts.rows > cap else None


def _share(facts: Facts) -> Mapping[str, Any] | None:
    cap = facts.limits.share_of(facts.register_rows)
    if facts.rows <= cap:
        return None
    return {"rows": facts.rows, "cap": cap, "percent": percent(facts.rows, facts.register_rows)}


RULES: tuple[Rule, ...] = (
    Rule("rows_over_cap", "hold", _rows, "More rows than one order may have (R029)."),
    Rule("share_over_cap", "hold", _share, "A larger share of the register than one order may have (R029)."),
)


def findings(facts: Facts) -> list[Finding]:
    """Every rule that the order meets, in the order of the table."""
    judged = ((rule, rule.meets(facts)) for rule in RULES)
    return [Finding(rule.code, rule.severity, figures) for rule, figures in judged if figures is not None]


def held(found: Sequence[Finding]) -> bool:
    """Whether a second person must look at the order first."""
    return any(finding.severity == "hold" for finding in found)


def percent(part: int, whole: int) -> float:
    """A share with one decimal; 0 of nothing."""
    return round(100 * part / whole, 1) if whole else 0.0
