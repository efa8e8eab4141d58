"""The rules of a licence as a table, read from the policies that the product writes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from core.clock import day_end, day_start
from extracts.licence.deal import Deal, Party
from extracts.licence.policy import Delivered, policy
from schemas.licence import shipped

KINDS = {"permission": "permitted", "prohibition": "prohibited", "obligation": "owed"}
_SINCE, _UNTIL = date(2026, 11, 23), date(2026, 12, 22)


def rows() -> Iterator[tuple[str, ...]]:
    """``rule, action, of which rows, narrowed by and owed for it, campaign use, continuous use``, without repeats."""
    found: dict[tuple[str, ...], set[bool]] = {}
    for continuous in (False, True):
        document = policy(_deal(continuous=continuous), _DELIVERED, at=day_start(_SINCE))
        for kind, name in KINDS.items():
            for rule in document[kind]:
                line = (name, f"`{rule['action']}`", _rows_of(rule["target"]), _conditions(rule))
                found.setdefault(line, set()).add(continuous)
    for line, uses in found.items():
        yield *line, *("yes" if use in uses else "–" for use in (False, True))


def _rows_of(target: Any) -> str:
    if isinstance(target, str):
        return "all"
    [refinement] = target["refinement"]
    what = refinement["leftOperand"].removeprefix("rajaus:")
    return f"whose person {'' if refinement['rightOperand'] else 'has not '}{what}"


def _conditions(rule: Mapping[str, Any]) -> str:
    narrowed = dict.fromkeys(one["leftOperand"].removeprefix("rajaus:") for one in rule.get("constraint", ()))
    duties = [f"`{one['action']}`" for key in ("duty", "remedy") for one in rule.get(key, ())]
    said = [", ".join(narrowed)] if narrowed else []
    return "; ".join([*said, *([f"then {', '.join(duties)}"] if duties else [])]) or "–"


def _deal(*, continuous: bool) -> Deal:
    us, them = (Party(name, number, "FI", None) for name, number in (("Us", "0000000-0"), ("Them", "6000001-0")))
    starts, ends = day_start(_SINCE), day_end(_UNTIL)
    return Deal(
        us, them, "campaign", "Campaign", "sales", ["email"], ["IT"], _SINCE, _UNTIL, starts, ends,
        ends + timedelta(days=14), "Register", shipped(), 1, "", "urn:", continuous,
    )  # fmt: skip


_DELIVERED = Delivered(extract="extract", snapshot="snapshot", rows=1, rows_sha256="")
