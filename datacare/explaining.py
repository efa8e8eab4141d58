"""Why a row was taken for an organisation, in words: which keys agreed, and what each weighed (R049).

What the row's person added is not told apart: it would say whether the person is in the register (R047).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from datacare.match import weights

Row = dict[str, Any]

NAMES: Mapping[str, str] = {
    "name": "nimi",
    "identifier": "Y-tunnus",
    "phone": "puhelin",
    "domain": "verkkotunnus",
    "address": "osoite",
    "birth": "syntymäaika",
    "other": "muu tieto",
}
LEVELS: Mapping[str, tuple[str, ...]] = {
    "name": (
        "puuttuu", "eri", "etäisesti samankaltainen", "osin sama", "samankaltainen", "lähes sama",
        "sama, muoto toinen", "sama, muoto puuttuu", "sama",
    ),
    "identifier": ("puuttuu", "eri", "eri, virheellinen", "merkin päässä", "sama, tarkiste väärä", "sama"),
    "phone": ("puuttuu", "eri", "sama, monen yhteinen", "sama"),
    "domain": ("puuttuu", "eri", "sama, monen yhteinen", "sama"),
    "address": (
        "puuttuu", "eri", "sama kaupunki", "sama postinumero", "sama katu, numero eri",
        "sama katu ja numero, paikka eri", "sama katu ja numero",
    ),
    "birth": ("puuttuu", "eri", "lähes sama", "sama"),
    "other": ("puuttuu", "eri", "sama"),
}  # fmt: skip
"""By agreement level, as the matcher numbers them."""
_START, _REST, _DECIDED = "lähtötaso", "muu samankaltaisuus", "päätetty katselmuksessa"
_SMALL = 0.05


def facts(fitted: weights.Weights) -> dict[str, float]:
    """The weights as a document: term to value."""
    return {term: float(value) for term, value in zip(fitted.terms, fitted.values, strict=True)}


def steps(pair: Mapping[str, Any], fitted: Mapping[str, float]) -> list[tuple[str, float]]:
    """The waterfall of one pair: from "none of these" to its score, ``(what, weight)``, the heaviest first."""
    found = [(_START, -fitted["none"])]
    levels = []
    for feature, texts in LEVELS.items():
        level = int(pair[feature] or 0)
        weight = fitted.get(f"{feature} {level}", 0.0)
        if level and abs(weight) >= _SMALL:
            levels.append((f"{NAMES[feature]} {texts[min(level, len(texts) - 1)]}", weight))
    rest = sum(float(pair[name] or 0) * fitted.get(name, 0.0) for name in weights.MEASURES)
    rest += fitted.get(f"person {int(pair['person'] or 0)}", 0.0)
    if abs(rest) >= _SMALL:
        levels.append((_REST, rest))
    return found + sorted(levels, key=lambda step: (-abs(step[1]), step[0]))


def why(decided: pa.Table, candidates: pa.Table, *, fitted: Mapping[str, float]) -> pa.Array:
    """A line for each row that was taken; null for the others."""
    best = candidates.filter(pc.equal(candidates["rank"], 0))
    pairs = {pair["row"]: pair for pair in best.to_pylist()}
    said: list[str | None] = []
    taken = zip(*(decided[name].to_pylist() for name in ("row", "state", "by")), strict=True)
    for row, state, by in taken:
        if state != "auto":
            said.append(None)
        elif by == "person" or row not in pairs:
            said.append(_DECIDED)
        else:
            said.append("; ".join(f"{what} {weight:+.1f}" for what, weight in steps(pairs[row], fitted)))
    return pa.array(said, pa.string())
