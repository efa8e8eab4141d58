"""Numbers as customers may see them: steps at secret points, nothing small, nothing that others give away (R026, R080).

A pure function of the number and a key: the same number is shown alike to everybody and at any time, and where one step
ends and the next begins is not to be learnt by asking about neighbours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.keys import Key

Facets = Mapping[str, Sequence[Mapping[str, Any]]]

OTHERS = "others"
"""The value under which small ones, and whoever would give them away, are counted together."""


def blurred(number: int, *, threshold: int, key: Key) -> int | str:
    """A multiple of the threshold that the number reaches, less than two steps below it; ``fewer than …`` when it does
    not reach the threshold itself."""
    if number < threshold:
        return f"fewer than {threshold}"
    shift = int.from_bytes(key.mac(f"{threshold}:{number}".encode())[:8]) % threshold
    lowered = number - shift
    return max(threshold, lowered - lowered % threshold)


def at_most(shown: int | str, *, threshold: int) -> int:
    """The most rows that may stand behind a number as it is shown, one repeated from nearly the same rows included."""
    return (shown if isinstance(shown, int) else 0) + 3 * threshold - 3


def blurred_facets(
    facets: Facets, *, possible: Mapping[str, int | None], threshold: int, key: Key
) -> dict[str, list[dict[str, Any]]]:
    """Every count blurred, and values below the threshold counted together as ``others``.

    ``possible`` says how many values a dimension could have (None: no end of them): one that is not there is a small
    one too. With small ones go the smallest of the rest, until ``others`` reach the threshold: they cannot be told
    apart then, not even from nobody. A dimension that stays below it is not shown.
    """
    return {
        dimension: _dimension(values, possible=possible.get(dimension), threshold=threshold, key=key)
        for dimension, values in facets.items()
    }


def _dimension(
    values: Sequence[Mapping[str, Any]], *, possible: int | None, threshold: int, key: Key
) -> list[dict[str, Any]]:
    ordered = sorted(values, key=lambda value: -value["count"])
    shown = [value for value in ordered if value["count"] >= threshold]
    together = sum(value["count"] for value in ordered[len(shown) :])
    if possible is None or len(shown) < possible:
        while shown and together < threshold:
            together += shown.pop()["count"]
    made = [dict(value) | {"count": blurred(value["count"], threshold=threshold, key=key)} for value in shown]
    if together >= threshold:
        label = {"value": OTHERS, "label": "muut yhteensä"}
        made.append(label | {"count": blurred(together, threshold=threshold, key=key)})
    return made
