"""Criteria that cut one selection into parts: equal but for one condition whose values do not meet (T07).

No database: criteria documents in, the orders that belong together out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Document = Mapping[str, Any]

_APART = frozenset({"organisation.industry_version", "person.reachable"})
"""They say how, or by which channel; a part is no other part for them."""


def parts(criteria: Document, earlier: Mapping[str, Document]) -> tuple[list[str], list[str]]:
    """Which of ``earlier`` (order to its criteria) are parts of one selection with ``criteria``, and the conditions in
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
    """The only condition in which two selections differ, with no value in common; ``""`` when they differ in none, and
    None when they are not parts of one selection."""
    left, right = _conditions(one), _conditions(other)
    different = [key for key in sorted(left.keys() | right.keys()) if left.get(key) != right.get(key)]
    if not different:
        return ""
    if len(different) > 1 or different[0] not in left or different[0] not in right:
        return None
    [key] = different
    return key if _disjoint(key, left[key], right[key]) else None


def _conditions(document: Document) -> dict[str, Any]:
    """``organisation.region`` to its values; a list is a set."""
    found: dict[str, Any] = {}
    for part in ("organisation", "person"):
        for key, value in (document.get(part) or {}).items():
            inner = value.items() if isinstance(value, Mapping) else [(None, value)]
            for name, values in inner:
                path = f"{part}.{key}" if name is None else f"{part}.{key}.{name}"
                if path not in _APART:
                    found[path] = (
                        frozenset(map(str, values))
                        if isinstance(values, Sequence | set) and not isinstance(values, str)
                        else values
                    )
    return found


def _disjoint(key: str, left: Any, right: Any) -> bool:
    if not isinstance(left, frozenset) or not isinstance(right, frozenset):
        return False  # of two least numbers of workstations the one holds the other
    if key == "organisation.postcode":
        return not any(a[0] <= b[1] and b[0] <= a[1] for a in map(_range, left) for b in map(_range, right))
    if key == "organisation.industry":
        return not any(a.startswith(b) or b.startswith(a) for a in left for b in right)
    return not left & right


def _range(postcode: str) -> tuple[str, str]:
    first, _, last = postcode.partition("-")
    return first, last or first
