"""Criteria that cut one selection into parts: equal but for one trait in which they do not meet (T07).

No database: criteria documents in, the orders that belong together out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import Any

Document = Mapping[str, Any]

_APART = frozenset({"industry_version", "reachable", "reachable_any", "verified_since"})
"""They say how, or by which channel; a part is no other part for them."""
_BOUNDS = ("_min", "_max")


@dataclass(frozen=True)
class _Condition:
    """What is asked of one trait: values to have, values not to have, or bounds."""

    values: frozenset[str] | None = None
    without: frozenset[str] = frozenset()
    least: float = -inf
    most: float = inf


def parts(criteria: Document, earlier: Mapping[str, Document]) -> tuple[list[str], list[str]]:
    """Which of ``earlier`` (order to its criteria) are parts of one selection with ``criteria``, and the traits in
    which they differ.

    Followed from part to part: a grid of regions and industries hangs together, though its corners differ in both.
    """
    found: list[str] = []
    keys: set[str] = set()
    reached = [criteria]
    while reached:
        one = reached.pop()
        for order, other in earlier.items():
            if order not in found and (key := divided_by(one, other)) is not None:
                found.append(order)
                keys |= {key} - {""}
                reached.append(other)
    return sorted(found), sorted(keys)


def divided_by(one: Document, other: Document) -> str | None:
    """The only trait in which two selections differ, with nobody in common; ``""`` when they differ in none, and None
    when they are not parts of one selection."""
    left, right = _conditions(one), _conditions(other)
    anything = _Condition()
    different = [trait for trait in sorted(left | right) if left.get(trait, anything) != right.get(trait, anything)]
    if not different:
        return ""
    if len(different) > 1:
        return None
    [trait] = different
    pair = left.get(trait, anything), right.get(trait, anything)
    return trait if _apart(trait, *pair) or _apart(trait, *reversed(pair)) else None


def _conditions(document: Document) -> dict[str, _Condition]:
    """``organisation.region`` and so on to what is asked of it; a list is a set."""
    found: dict[str, _Condition] = {}
    for block in ("organisation", "organisation_not", "person"):
        part = dict(document.get(block) or {})
        part |= {f"it.{name}": value for name, value in (part.pop("it", None) or {}).items()}
        for name, value in part.items():
            if name in _APART:
                continue
            trait = f"{block.removesuffix('_not')}.{'it.erp' if name == 'erp' else name}"
            bound = next((end for end in _BOUNDS if name.endswith(end)), None)
            trait = trait.removesuffix(bound or "")
            known = found.get(trait, _Condition())
            values = frozenset(map(str, value if isinstance(value, Sequence) else [value]))
            if bound == "_min":
                found[trait] = replace(known, least=value)
            elif bound == "_max":
                found[trait] = replace(known, most=value)
            elif block == "organisation_not":
                found[trait] = replace(known, without=values)
            else:
                found[trait] = replace(known, values=values)
    return found


def _apart(trait: str, one: _Condition, other: _Condition) -> bool:
    """Whether nobody can meet both; ask it both ways round."""
    if one.most < other.least:
        return True
    if one.values is None:
        return False
    if one.values <= other.without:
        return True
    return other.values is not None and not any(_meet(trait, a, b) for a in one.values for b in other.values)


def _meet(trait: str, one: str, other: str) -> bool:
    if trait == "organisation.postcode":
        (first, last), (least, most) = _range(one), _range(other)
        return first <= most and least <= last
    if trait == "organisation.industry":
        return one.startswith(other) or other.startswith(one)
    return one == other


def _range(postcode: str) -> tuple[str, str]:
    first, _, last = postcode.partition("-")
    return first, last or first
