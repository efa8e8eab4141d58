"""A classifier that looks for seeds in delivered rows as an attacker would: every column, no secret (R038).

Features are hashed: lengths, shapes and character n-grams of every cell, which cells are blank, how e-mail, website,
name and company agree, how many rows a company has, the place in the file, what other companies of the file have too.
What seeds differ in by design is made equal for both, see :data:`RESERVED`.
"""

from __future__ import annotations

import random
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from extracts.gate.seed_shapes import folded

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Row = Mapping[str, str]

RESERVED = ("business_id", "mobile", "organisation_phone")
"""Numbers out of ranges that are given out to nobody: seeds have one so that they can be nobody (R038), the sample's
persons have another for the same reason. Of these cells only the shape and whether they are blank is looked at."""
GROUPS = ("blank", "name", "email", "company", "address", "traits", "file", "twins", "numbers")
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


_DRAWS = 400
_RIDGE = 0.02


@dataclass(frozen=True)
class Found:
    """How well the seeds were told from rows: area under the curve, 0.5 is chance, with a 95 % interval."""

    auc: float
    low: float
    high: float


@dataclass(frozen=True)
class Seen:
    """A row of a file, where it stands in it (0 to 1), and how many companies of the file have each of its values."""

    row: Row
    seed: bool
    place: float
    mates: int
    """Rows of its company in the file."""
    shared: Mapping[str, int]

    @property
    def company(self) -> str:
        return self.row["business_id"] or self.row["organisation_name"]


def seen(rows: Sequence[Row], seeds: Sequence[bool]) -> list[Seen]:
    """The rows of one file, in its order."""
    mates = Counter(row["business_id"] or row["organisation_name"] for row in rows)
    bearers: Counter[tuple[str, str]] = Counter()
    for _, value in {(row["business_id"], value) for row in rows for value in _values(row)}:
        bearers[value] += 1
    return [
        Seen(
            row,
            bool(seed),
            place / len(rows),
            mates[row["business_id"] or row["organisation_name"]],
            {name: bearers[name, value] for name, value in _values(row)},
        )
        for place, (row, seed) in enumerate(zip(rows, seeds, strict=True))
    ]


def balanced(files: Iterable[Sequence[Seen]], *, per_seed: int, draw: random.Random) -> list[Seen]:
    """Files pooled: of each its seeds and ``per_seed`` rows a seed, whole companies; everybody is looked at once."""
    pooled, met = list[Seen](), set[str]()
    for file in files:
        seeds = [one for one in file if one.seed]
        rows: dict[str, list[Seen]] = {}
        for one in file:
            if not one.seed and one.company not in met:
                rows.setdefault(one.company, []).append(one)
        wanted, taken = per_seed * len(seeds), list[Seen]()
        for company in draw.sample(sorted(rows), len(rows)):
            if len(taken) < wanted:
                met.add(company)
                taken += rows[company]
        pooled += [*seeds, *taken]
    return pooled


def measure(looked_at: Sequence[Seen], *, groups: Sequence[str] = GROUPS) -> Found:
    """Cross-validated over five folds that share no company. The area is the mean over the folds (one curve over all of
    them would be too low: a fold's seeds are missing where the others learn); the interval comes from drawing companies
    anew, for rows of one company are no independent witnesses."""
    flags = np.array([one.seed for one in looked_at], bool)
    features = _matrix(looked_at, groups)
    fold = np.array([zlib.crc32(f"fold {one.company}".encode()) % _FOLDS for one in looked_at])
    _, company = np.unique([one.company for one in looked_at], return_inverse=True)
    score = np.zeros(len(flags))
    for one in range(_FOLDS):
        train, test = fold != one, fold == one
        score[test] = _fitted(features[train], flags[train])(features[test])
    draw = np.random.default_rng(1)
    drawn = [
        _area(score, flags, fold, draw.multinomial(company.max() + 1, _even(company.max() + 1))[company])
        for _ in range(_DRAWS)
    ]
    low, high = np.nanquantile(drawn, (0.025, 0.975))
    return Found(_area(score, flags, fold, np.ones(len(flags), np.int64)), float(low), float(high))


def _even(count: int) -> Floats:
    return np.full(count, 1 / count)


def _area(score: Floats, flags: Bools, fold: npt.NDArray[np.int64], times: npt.NDArray[np.int64]) -> float:
    """The mean of the folds' areas by how many pairs they have; each row counts so many ``times``."""
    area = pairs = 0.0
    for one in range(_FOLDS):
        here = fold == one
        found, weight = _pairs(score[here], flags[here], times[here])
        area, pairs = area + found, pairs + weight
    return area / pairs if pairs else float("nan")


def _pairs(score: Floats, flags: Bools, times: npt.NDArray[np.int64]) -> tuple[float, float]:
    """Pairs of a seed and a row in which the seed scores above, ties count half; and all pairs."""
    _, inverse = np.unique(score, return_inverse=True)
    seeds = np.bincount(inverse, times * flags)
    rows = np.bincount(inverse, times * ~flags)
    below = np.cumsum(rows) - rows / 2
    return float(seeds @ below), float(seeds.sum() * rows.sum())


def _fitted(features: Floats, flags: Bools) -> Callable[[Floats], Floats]:
    """Ridge regression on balanced classes: the linear discriminant, in closed form, in the space of the rows."""
    weight = np.where(flags, 0.5 / flags.sum(), 0.5 / (~flags).sum()) * len(flags)
    centre = np.average(features, axis=0, weights=weight)
    root = np.sqrt(weight)
    shifted = (features - centre) * root[:, None]
    gram = shifted @ shifted.T
    gram[np.diag_indices_from(gram)] += _RIDGE * len(flags)
    beta = shifted.T @ np.linalg.solve(gram, root * np.where(flags, 1.0, -1.0))
    return lambda more: (more - centre) @ beta


def _matrix(looked_at: Sequence[Seen], groups: Sequence[str]) -> Floats:
    made = np.zeros((len(looked_at), _WIDTH))
    for place, one in enumerate(looked_at):
        for text in {text for group in groups for text in _FEATURES[group](one)}:
            made[place, zlib.crc32(text.encode()) % _WIDTH] = 1.0
    return made


def _values(row: Row) -> list[tuple[str, str]]:
    """What two companies can have in common: single cells, and several together."""
    street = re.sub(r"\d.*", "", row.get("visiting_street") or row.get("postal_street") or "").strip()
    postcode = row.get("visiting_postcode") or row.get("postal_postcode") or ""
    industry = row.get("industry") or ""
    sizes = f"{row.get('staff_class') or ''} {row.get('revenue_class') or ''}"
    label = (row.get("website") or "").removeprefix("https://").removeprefix("www.").partition("-")[0]
    words = (row.get("organisation_name") or "").split()
    values = {
        "street": street,
        "postcode": postcode,
        "industry": industry,
        "last name": row.get("last_name") or "",
        "first name": row.get("first_name") or "",
        "first word": words[0] if words else "",
        "last word": words[-2] if len(words) > 1 else "",
        "label": label,
        "street there": street and postcode and f"{street} {postcode}",
        "trade and size": industry and f"{industry} {sizes}",
        "trade and street": industry and street and f"{industry} {street}",
        "size and place": postcode and f"{sizes} {postcode}",
    }
    return [(name, value) for name, value in values.items() if value]


def _cells(group: str) -> Callable[[Seen], Iterator[str]]:
    def features(one: Seen) -> Iterator[str]:
        for name in _COLUMNS[group]:
            cell = one.row.get(name) or ""
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


def _blank(one: Seen) -> Iterator[str]:
    blank = [name for names in _COLUMNS.values() for name in names if not one.row.get(name)]
    yield f"blank {' '.join(blank)}"
    yield from (f"blank {name}" for name in blank)


def _agreement(one: Seen) -> Iterator[str]:
    """How an e-mail agrees with the name, the website and the company."""
    row = one.row
    yield from _cells("email")(one)
    local, _, domain = (row.get("email") or "").partition("@")
    first, last, firm = (folded(row.get(name) or "") for name in ("first_name", "last_name", "organisation_name"))
    if domain:
        yield f"local {local.replace('-', ' ') == f'{first}.{last}'} {local.startswith(first)} {last in local}"
        yield f"site {(row.get('website') or '').endswith(domain)} {bool(row.get('website'))}"
        label = domain.removesuffix(".example")
        yield f"firm {label.replace('-', ' ') in firm} {firm.split(' ')[0] in label} {last in firm} {'-' in label}"
    yield f"family {last in firm} {last[:4] in firm}"


def _file(one: Seen) -> Iterator[str]:
    yield f"rows of company {min(one.mates, 4)}"
    yield f"place {int(one.place * 10)}"
    yield f"post {one.row.get('visiting_street') == one.row.get('postal_street')}"


def _twins(one: Seen) -> Iterator[str]:
    """How many companies of the file have the same: a copied value stands twice."""
    for name, companies in one.shared.items():
        yield f"{name} of {min(companies, 4)}"


_FEATURES: Mapping[str, Callable[[Seen], Iterator[str]]] = {
    **{name: _cells(name) for name in _COLUMNS if name != "email"},
    "blank": _blank,
    "email": _agreement,
    "file": _file,
    "twins": _twins,
}
