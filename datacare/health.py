"""The health of a customer's own register, in numbers alone: ceased, duplicates, unreachable, by industry and size."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from core.identity import fold_names, normalise_emails
from datacare.jobs import Upload
from datacare.matching import STATES, kinds
from extracts.gate.care import Found
from schemas import codes

Row = dict[str, Any]
UNKNOWN = "–"
GROUP = ("rows", "ceased", "changed", "unreachable")


@dataclass(frozen=True)
class Health:
    """What a report shows; no cell of a row."""

    job: str
    rows: int
    rejected: int
    states: Mapping[str, int]
    changes: Mapping[str, int]
    updated: int
    ceased: int
    duplicates: int
    """Rows about somebody, or an organisation without a person, that an earlier row is about already."""
    unreachable: int
    """Rows without an e-mail address and without any number."""
    industries: Mapping[str, Mapping[str, int]]
    """Section of industry to numbers of :data:`GROUP`, of matched rows."""
    sizes: Mapping[str, Mapping[str, int]]


def facts(job: Mapping[str, Any], held: Upload, *, decided: pa.Table, found: Found, news: pa.Table) -> Health:
    """Count. Of persons only what the customer's own rows show is counted: no number differs by a ban (R047)."""
    rows = held.table["row"].to_pylist()
    reachable = _reachable(held)
    changed = set(news["row"].to_pylist())
    ceased = set(news.filter(pc.equal(news["kind"], "ceased"))["row"].to_pylist())
    industries: dict[str, Counter[str]] = {}
    sizes: dict[str, Counter[str]] = {}
    known = found.organisations
    for row, version, industry, size in zip(
        *(known[name].to_pylist() for name in ("row", "industry_version", "industry", "staff_class")), strict=True
    ):
        for groups, name in ((industries, _industry(version, industry)), (sizes, _size(size))):
            group = groups.setdefault(name, Counter())
            group["rows"] += 1
            group["ceased"] += row in ceased
            group["changed"] += row in changed
            group["unreachable"] += row not in reachable
    states = Counter(decided["state"].to_pylist())
    return Health(
        job=job["job"],
        rows=job["rows"],
        rejected=job["rejected"],
        states={state: states[state] for state in STATES},
        changes=kinds(news),
        updated=len(changed),
        ceased=len(ceased),
        duplicates=_duplicates(held, decided),
        unreachable=len(rows) - len(reachable),
        industries=_ordered(industries),
        sizes=_ordered(sizes),
    )


def _ordered(groups: Mapping[str, Counter[str]]) -> dict[str, dict[str, int]]:
    order = sorted(groups, key=lambda name: (-groups[name]["rows"], name))
    return {name: {column: groups[name][column] for column in GROUP} for name in order}


def _industry(version: str | None, code: str | None) -> str:
    label = codes.industry_label(version, code[:2]) if version and code else None
    return UNKNOWN if label is None or code is None else f"{code[:2]} {label.fi}"


def _size(staff_class: str | None) -> str:
    label = codes.staff_classes().get(staff_class or "")
    return UNKNOWN if label is None else label.fi


def _cells(held: Upload, field: str) -> list[str | None]:
    return held.table[held.mapping[field]].to_pylist() if field in held.mapping else [None] * len(held.table)


def _reachable(held: Upload) -> set[int]:
    cells = zip(*(_cells(held, field) for field in ("email", "phone", "mobile")), strict=True)
    rows = held.table["row"].to_pylist()
    return {row for row, values in zip(rows, cells, strict=True) if any((value or "").strip() for value in values)}


def _duplicates(held: Upload, decided: pa.Table) -> int:
    """By the organisation found, else its name; and by the person the row names."""
    names = [_folded(held, field) for field in ("first_name", "last_name", "contact")]
    emails = normalise_emails(pa.array(_cells(held, "email"), pa.string())).to_pylist()
    seen: set[tuple[Any, ...]] = set()
    twice = 0
    spelled = _folded(held, "name")
    for org, state, name, email, *person in zip(
        decided["org"].to_pylist(), decided["state"].to_pylist(), spelled, emails, *names, strict=True
    ):
        about = org if state == "auto" and org is not None else name
        if about is None:
            continue
        key = (about, email or tuple(person))
        twice += key in seen
        seen.add(key)
    return twice


def _folded(held: Upload, field: str) -> list[str | None]:
    folded: list[str | None] = fold_names(pa.array(_cells(held, field), pa.string())).to_pylist()
    return folded
