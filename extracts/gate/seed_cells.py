"""Cells of a fictitious seed: its own, its neighbours', and others where few have what a neighbour has (R038).

What one organisation of the extract has alone would stand twice if a seed had it too, beside its owner. So a seed drawn
beside it gets a value that nobody has, and beside one of a pair's a value that one has: values of seeds stand alone, or
in pairs, as often as those of rows (Good and Turing's rule).
"""

from __future__ import annotations

import re
from bisect import bisect
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from typing import Any

import pyarrow as pa

from core.keys import Key
from schemas import codes

OWN = {
    "organisation_name": "organisation_name",
    "business_id": "business_id",
    "organisation_phone": "phone",
    "website": "website",
    "first_name": "first_name",
    "last_name": "last_name",
    "email": "email",
    "mobile": "mobile",
}
"""Cells that a fictitious seed brings itself, where its neighbour has one."""
_STREETS = ("visiting_street", "postal_street")
_POSTCODES = ("visiting_postcode", "postal_postcode")
_BOX = re.compile(r"(?i)(pl|pb|box|postbox)\b")
_NUMBER = re.compile(r"[1-9]\d*")
_WEB_STYLE = re.compile(r"(https?://)?(www\.)?")
_FEW = 3
"""What more organisations have is taken as it is."""
_DIVISION = 2
"""Digits of an industry that another one has in common with it."""

Cells = Mapping[str, Any]


class Borne:
    """How many organisations of an extract's ``rows`` have a value, and what may stand in its place within the order's
    ``criteria``."""

    def __init__(self, rows: pa.Table, *, criteria: Mapping[str, Any] | None) -> None:
        wanted, without = ((criteria or {}).get(part) or {} for part in ("organisation", "organisation_not"))
        told = {*wanted, *without}
        self._keep_postcode = bool(told & {"postcode", "near"})
        self._keep_municipality = "municipality" in told
        self._prefixes: Sequence[str] | None = wanted.get("industry") or ()
        if "industry" in without or "industry_version" in told:
            self._prefixes = None
        self._bearers: Counter[tuple[str, str]] = Counter()
        names = [name for name in (*_STREETS, *_POSTCODES, "industry") if name in rows.column_names]
        units = rows["company_unit"].to_pylist()
        held = {
            (unit, name.rpartition("_")[2], street_name(value) if name in _STREETS else value)
            for name in names
            for unit, value in zip(units, rows[name].to_pylist(), strict=True)
            if value
        }
        for _, kind, value in held:
            self._bearers[kind, value] += 1
        self._numbers: dict[int, list[str]] = {}
        for number in sorted(
            number
            for name in _STREETS
            if name in rows.column_names
            for street in set(zip(units, rows[name].to_pylist(), strict=True))
            for number in _NUMBER.findall(street[1] or "")
        ):
            self._numbers.setdefault(len(number), []).append(number)
        self._streets = sorted(value for _, kind, value in held if kind == "street" and not _BOX.match(value))

    def street(self, draw: float, again: float) -> str | None:
        """The name of a street, as often as the extract has it; None: it has none."""
        if not self._streets:
            return None
        name = self._streets[int(draw * len(self._streets))]
        return self._rarer("street", name, _street_names()[name in _street_names()[True]], again)

    def place(self, postcode: str, city: str | None, *, draw: float) -> tuple[str, str | None]:
        """Postal code and post office: those given, or where few have the code, others of the municipality; of the
        region where the municipality has no other and none was asked for."""
        office = _offices().get(postcode)
        if self._keep_postcode or office is None:
            return postcode, city
        other = postcode
        for area in (office.municipality, *([] if self._keep_municipality else [office.region])):
            if other == postcode:
                other = self._rarer("postcode", postcode, _codes()[area, office.kind], draw)
        swedish, found = city == office.swedish != office.finnish, _offices()[other]
        return other, city and (found.swedish if swedish else found.finnish)

    def industry(self, like: str, version: str | None, *, draw: float) -> str:
        """The industry, or where few have it another that was asked for too, of its division where there is one."""
        if self._prefixes is None:
            return like
        stem = max((one for one in self._prefixes if like.startswith(one)), key=len, default="")
        if self._prefixes and not stem:
            return like
        every = _industries(version or "")
        kin = [code for code in every.get((like[:_DIVISION], len(like)), ()) if code.startswith(stem)]
        asked = [code for code in every.get(("", len(like)), ()) if code.startswith(tuple(self._prefixes or ("",)))]
        other = self._rarer("industry", like, kin, draw)
        return other if other != like else self._rarer("industry", like, asked, draw)

    def number(self, like: str, *, draw: int) -> str:
        """Another number of as many digits, as often as streets of the extract have it; ``draw`` is below 256."""
        numbers = [one for one in self._numbers.get(len(like), ()) if one != like]
        if len(numbers) > _FEW:
            return numbers[draw * len(numbers) // 256]
        least, span = 10 ** (len(like) - 1), 9 * 10 ** (len(like) - 1)
        return str(least + (int(like) - least + 1 + draw % max(1, span - 1)) % span)

    def _rarer(self, kind: str, like: str, values: Sequence[str], draw: float) -> str:
        """One of the ``values`` that one organisation less has; the same where many have it, or none is left."""
        bearers = self._bearers[kind, like]
        if bearers > _FEW:
            return like
        free = [value for value in values if self._bearers[kind, value] == bearers - 1]
        if not free:
            return like
        if kind != "postcode":
            return free[int(draw * len(free))]
        weights = list(accumulate(_offices()[value].people for value in free))
        return free[bisect(weights, draw * weights[-1])]


@dataclass(frozen=True)
class _Office:
    """What a postal code is called, where it lies, and whether it is of streets or of boxes."""

    finnish: str
    swedish: str
    municipality: str
    region: str
    kind: str
    people: int
    """Who live there, at least one: where many do, many organisations are."""


@cache
def _offices() -> Mapping[str, _Office]:
    regions = {row["code"]: f"region {row['region_code']}" for row in codes.rows("municipalities")}
    return {
        row["postal_code"]: _Office(
            row["post_office_fi"],
            row["post_office_sv"],
            row["municipality_code"],
            regions.get(row["municipality_code"], ""),
            row["type"],
            max(1, int(row["population_2022"] or 0)),
        )
        for row in codes.rows("postal_codes")
        if row["type"] != "1" or int(row["population_2022"] or 0) > 0
    }


@cache
def _codes() -> Mapping[tuple[str, str], Sequence[str]]:
    """Postal codes by municipality or region, and kind."""
    groups: dict[tuple[str, str], list[str]] = {}
    for code, office in _offices().items():
        for area in (office.municipality, office.region):
            groups.setdefault((area, office.kind), []).append(code)
    return groups


@cache
def _street_names() -> Mapping[bool, Sequence[str]]:
    """Names of streets as they stand before a number: Swedish ones (True), Finnish ones."""
    rows = codes.rows("street_names")
    swedish = dict.fromkeys(f"{row['name_sv']} " for row in rows if row["name_sv"])
    return {True: list(swedish), False: [f"{row['name_fi']} " for row in rows if f"{row['name_fi']} " not in swedish]}


@cache
def _industries(version: str) -> Mapping[tuple[str, int], Sequence[str]]:
    """Codes by division, and all, and number of digits."""
    groups: dict[tuple[str, int], list[str]] = {}
    for row in codes.rows(version.lower()) if version in ("TOL2008", "TOL2025") else ():
        for division in (row["code"][:_DIVISION], ""):
            groups.setdefault((division, len(row["code"])), []).append(row["code"])
    return groups


def own_cells(dressed: Cells, seed: Cells, *, borne: Borne, key: Key) -> dict[str, Any]:
    """The cells that are not its neighbours'; ``dressed`` are theirs, and what is blank there stays blank."""

    def draw(what: str) -> float:
        return int.from_bytes(key.mac(f"{what}:{seed['business_id']}".encode())[:6]) / (1 << 48)

    made = {name: seed[brought] for name, brought in OWN.items() if dressed.get(name) is not None}
    if made.get("website"):
        made["website"] = _web(made["website"], dressed["website"])
    for name in _STREETS:
        like = dressed.get(name)
        if like:
            called = street_name(like)
            own = None if _BOX.match(called) else borne.street(draw(f"in:{called}"), draw(f"new:{called}"))
            street = (own or called) + like[len(called) :]
            digits = iter(key.mac(f"street:{seed['business_id']}:{street}".encode()))
            made[name] = _NUMBER.sub(lambda found: borne.number(found.group(), draw=next(digits, 7)), street)  # noqa: B023
    for name in _POSTCODES:
        like, city = dressed.get(name), name.replace("postcode", "city")
        if like:
            made[name], found = borne.place(like, dressed.get(city), draw=draw(f"code:{like}"))
            if city in dressed:
                made[city] = found
    if dressed.get("industry"):
        made["industry"] = borne.industry(dressed["industry"], dressed.get("industry_version"), draw=draw("industry"))
    return made


def street_name(street: str) -> str:
    """What stands before the first number."""
    found = _NUMBER.search(street)
    return street[: found.start()] if found else street


def _web(site: str | None, like: str | None) -> str | None:
    """A site written as the neighbour's is: with or without ``https://`` and ``www.``."""
    style = _WEB_STYLE.match(like or "")
    return site and f"{style.group() if style else ''}{site.removeprefix('www.')}"
