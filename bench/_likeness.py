"""A classifier that looks for seeds in delivered rows as an attacker would: every column, no secret (R038).

Features are hashed: lengths, shapes and character n-grams of every cell, which cells are blank, how e-mail, website,
name and company agree, how many rows a company has, the place in the file. What seeds differ in by design is made
equal for both, see :data:`RESERVED`.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.identity import fold_name

Floats = npt.NDArray[np.float64]
Row = Mapping[str, str]

RESERVED = ("business_id", "mobile", "organisation_phone")
"""Numbers out of ranges that are given out to nobody: seeds have one so that they can be nobody (R038), the sample's
persons have another for the same reason. Of these cells only the shape and whether they are blank is looked at."""
GROUPS = ("blank", "name", "email", "company", "address", "traits", "file", "numbers")
_COLUMNS = {
    "name": ("first_name", "last_name"),
    "email": ("email",),
    "company": ("organisation_name", "website"),
    "address": (
        "visiting_street", "visiting_postcode", "visiting_city", "postal_street", "postal_postcode", "postal_city",
    ),
    "traits": ("industry", "staff_class", "revenue_class", "title", "responsibilities"),
    "numbers": RESERVED,
}  # fmt: skip
_WIDTH = 2048
_FOLDS = 5


@dataclass(frozen=True)
class Found:
    """How well the seeds were told from rows: area under the curve, 0.5 is chance, with a 95 % interval."""

    auc: float
    low: float
    high: float


def measure(rows: Sequence[Row], seeds: Sequence[bool], *, groups: Sequence[str] = GROUPS) -> Found:
    """Cross-validated over folds that share no company; ``rows`` in the order of their file."""
    flags = np.array(seeds, bool)
    features = _matrix(rows, groups)
    fold = np.array([zlib.crc32((row["business_id"] or row["organisation_name"]).encode()) % _FOLDS for row in rows])
    score = np.zeros(len(rows))
    for one in range(_FOLDS):
        train, test = fold != one, fold == one
        score[test] = _fitted(features[train], flags[train])(features[test])
    return _interval(score, flags)


def auc(score: Floats, flags: npt.NDArray[np.bool_]) -> float:
    """The chance that a seed scores above a row; ties count half."""
    _, inverse, counts = np.unique(score, return_inverse=True, return_counts=True)
    rank = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    seeds, others = int(flags.sum()), int((~flags).sum())
    return float((rank[flags].sum() - seeds * (seeds + 1) / 2) / (seeds * others))


def _interval(score: Floats, flags: npt.NDArray[np.bool_]) -> Found:
    """Hanley and McNeil (1982)."""
    area, seeds, others = auc(score, flags), int(flags.sum()), int((~flags).sum())
    q1, q2 = area / (2 - area), 2 * area**2 / (1 + area)
    variance = area * (1 - area) + (seeds - 1) * (q1 - area**2) + (others - 1) * (q2 - area**2)
    half = 1.96 * float(np.sqrt(max(variance, 0.0) / (seeds * others)))
    return Found(area, area - half, area + half)


def _fitted(features: Floats, flags: npt.NDArray[np.bool_]) -> Callable[[Floats], Floats]:
    """Ridge regression on balanced classes: the linear discriminant, in closed form."""
    weight = np.where(flags, 0.5 / flags.sum(), 0.5 / (~flags).sum()) * len(flags)
    centre = np.average(features, axis=0, weights=weight)
    shifted = features - centre
    target = np.where(flags, 1.0, -1.0)
    gram = (shifted * weight[:, None]).T @ shifted
    gram[np.diag_indices_from(gram)] += 0.02 * len(flags)
    beta = np.linalg.solve(gram, shifted.T @ (weight * target))
    return lambda more: (more - centre) @ beta


def _matrix(rows: Sequence[Row], groups: Sequence[str]) -> Floats:
    companies = Counter(row["business_id"] or row["organisation_name"] for row in rows)
    made = np.zeros((len(rows), _WIDTH))
    for place, row in enumerate(rows):
        texts = {text for group in groups for text in _FEATURES[group](row, place / len(rows), companies)}
        for text in texts:
            made[place, zlib.crc32(text.encode()) % _WIDTH] = 1.0
    return made


def _cells(group: str) -> Callable[[Row, float, Counter[str]], Iterator[str]]:
    def features(row: Row, _place: float, _companies: Counter[str]) -> Iterator[str]:
        for name in _COLUMNS[group]:
            cell = row.get(name) or ""
            if cell:
                yield from _of_cell(name, cell, plain=name in RESERVED)

    return features


def _of_cell(name: str, cell: str, *, plain: bool) -> Iterator[str]:
    yield f"{name} shape {re.sub(r'[a-zåäö]+', 'a', re.sub(r'[A-ZÅÄÖ]', 'A', re.sub(r'[0-9]+', '9', cell)))}"
    if plain:
        return
    yield f"{name} length {len(cell) // 3}"
    text = f"^{cell.lower()}$"
    for size in (2, 3, 4):
        for start in range(len(text) - size + 1):
            yield f"{name} {text[start : start + size]}"


def _blank(row: Row, _place: float, _companies: Counter[str]) -> Iterator[str]:
    blank = [name for names in _COLUMNS.values() for name in names if not row.get(name)]
    yield f"blank {' '.join(blank)}"
    yield from (f"blank {name}" for name in blank)


def _agreement(row: Row, _place: float, _companies: Counter[str]) -> Iterator[str]:
    """How an e-mail agrees with the name, the website and the company."""
    yield from _cells("email")(row, 0, Counter())
    local, _, domain = (row.get("email") or "").partition("@")
    first, last, firm = (fold_name(row.get(name)) or "" for name in ("first_name", "last_name", "organisation_name"))
    if domain:
        yield f"local {local.replace('-', ' ') == f'{first}.{last}'} {local.startswith(first)} {last in local}"
        yield f"site {(row.get('website') or '').endswith(domain)} {bool(row.get('website'))}"
        label = domain.removesuffix(".example")
        yield f"firm {label.replace('-', ' ') in firm} {firm.split(' ')[0] in label} {last in firm} {'-' in label}"


def _file(row: Row, place: float, companies: Counter[str]) -> Iterator[str]:
    yield f"rows of company {min(companies[row['business_id'] or row['organisation_name']], 4)}"
    yield f"place {int(place * 10)}"
    yield f"post {row.get('visiting_street') == row.get('postal_street')}"


_FEATURES: Mapping[str, Callable[[Row, float, Counter[str]], Iterator[str]]] = {
    **{name: _cells(name) for name in _COLUMNS if name != "email"},
    "blank": _blank,
    "email": _agreement,
    "file": _file,
}
