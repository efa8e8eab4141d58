"""A small register of plain rows, built straight into the snapshot's tables, and a slow obvious reading of it."""

from __future__ import annotations

import hashlib
import math
import random
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import duckdb

import sql
from core.ids import business_id
from register.query import Register
from schemas import codes

TODAY = date(2026, 11, 22)
INDUSTRIES = (
    ("TOL2025", "62010"),
    ("TOL2025", "62020"),
    ("TOL2025", "46110"),
    ("TOL2008", "62010"),
    ("TOL2025", "8690"),
)
FORMS = ("OY", "KY", "AOY", "F40")
TITLES = ("toimitusjohtaja", "tietohallintojohtaja", "ostopaallikko")
ERPS = ("sap", "netvisor")
SOURCES = {1: "prh", 2: "calls", 3: "bought"}


@dataclass(frozen=True)
class Line:
    """One row of ``selectable`` in plain terms; None means unknown."""

    position: int
    person: int
    org: int
    kind: str
    industry: tuple[str, str] | None
    form: str | None
    staff_class: str | None
    revenue_class: str | None
    municipality: str | None
    postcode: str | None
    workstations: int | None
    servers: int | None
    erp: str | None
    website: bool
    parallel_name: bool
    responsibility: frozenset[str]
    purchasing: frozenset[str]
    level: int | None
    title: str | None
    reachable: frozenset[str]
    verified: date | None
    notified: date | None
    sources: frozenset[str]
    nonce: str
    site: int
    """Which of its organisation's places."""
    email: str | None


def lines(draw: random.Random, size: int) -> list[Line]:
    """Random rows: about three positions per organisation, some persons with two."""
    responsibilities = list(codes.responsibilities())[:4]
    municipalities = ["091", "049", "837", "853"]
    organisations = [_organisation(draw, number, municipalities) for number in range(max(1, size // 3))]
    persons = max(1, size * 4 // 5)
    return [
        _line(draw, position, draw.randrange(persons), organisations, responsibilities)
        for position in range(1, size + 1)
    ]


def _organisation(draw: random.Random, number: int, municipalities: list[str]) -> dict[str, Any]:
    return {
        "org": 10_000_000 + number * 10,
        "kind": draw.choice(list(codes.KINDS)),
        "industry": draw.choice([*INDUSTRIES, None]),
        "form": draw.choice([*FORMS, None]),
        "staff_class": draw.choice(["1", "2", "3", None]),
        "revenue_class": draw.choice(["1", "5", None]),
        "municipality": draw.choice([*municipalities, None]),
        "postcode": draw.choice(["00100", "00990", "33100", "37100", None]),
        "workstations": draw.choice([None, 0, 10, 200]),
        "servers": draw.choice([None, 0, 4]),
        "erp": draw.choice([*ERPS, None]),
        "website": draw.random() < 0.6,
        "parallel_name": draw.random() < 0.3,
        "sources": frozenset(draw.sample(list(SOURCES.values()), draw.choice([1, 1, 2]))),
    }


def _line(
    draw: random.Random, position: int, person: int, organisations: list[dict[str, Any]], responsibilities: list[str]
) -> Line:
    operative = frozenset(draw.sample(responsibilities, draw.choice([0, 1, 1, 2])))
    return Line(
        position=position,
        person=person + 1,
        responsibility=operative,
        purchasing=frozenset(draw.sample(responsibilities, draw.choice([0, 0, 1] if operative else [1]))),
        level=draw.choice([1, 2, 3, 4, None]),
        title=draw.choice([*TITLES, None]),
        reachable=frozenset(draw.sample(codes.CHANNELS, draw.randrange(4))),
        verified=draw.choice([None, TODAY, date(2025, 11, 22), date(2025, 11, 21)]),
        notified=draw.choice([None, TODAY, TODAY - timedelta(days=14), TODAY - timedelta(days=13), date(2026, 1, 1)]),
        nonce=str(uuid.UUID(int=draw.getrandbits(128))),
        site=draw.choice([1, 1, 2]),
        email=draw.choice([f"nimi{position}@firma.example", f"nimi{position % 50}@firma.example", None]),
        **draw.choice(organisations),
    )


def register_of(rows: list[Line], *, industry_version: str = "TOL2025") -> Register:
    """The rows as a register that queries can read; in memory."""
    connection = duckdb.connect(config={"threads": 1})
    for table in (
        "selectable",
        "industry",
        "form",
        "title",
        "erp",
        "load",
        "load_set",
        "organisation",
        "position",
        "person",
        "person_alias",
        "person_name",
        "organisation_key",
    ):
        connection.execute(sql.load(f"register/snapshot_{table}"))
    for name in ("hmac_hex", "hmac64", "hmac_unit", "register/lot"):
        connection.execute(sql.load(name))
    sets = sorted({row.sources for row in rows}, key=sorted)
    numbers = {name: number for number, name in SOURCES.items()}
    insert(
        connection,
        "industry",
        [{"industry": n, "version": v, "code": c, "division": c[:2]} for n, (v, c) in enumerate(INDUSTRIES)],
    )
    insert(connection, "form", [{"form": n, "code": code} for n, code in enumerate(FORMS)])
    insert(connection, "title", [{"title": n, "fold": title} for n, title in enumerate(TITLES)])
    insert(connection, "erp", [{"erp": n, "fold": erp} for n, erp in enumerate(ERPS)])
    insert(connection, "load", [{"load": n, "source": name, "obtained_on": TODAY} for n, name in SOURCES.items()])
    insert(
        connection,
        "load_set",
        [{"load_set": n, "load": numbers[name]} for n, names in enumerate(sets) for name in names],
    )
    insert(connection, "selectable", [_stored(row, sets) for row in rows])
    insert(
        connection,
        "organisation",
        [
            {
                "org": org,
                "business_id": business_id(org),
                "kind": 1,
                "name": "X",
                "ceased": False,
                "sole_trader": False,
                "nonce": str(uuid.UUID(int=org)),
            }
            for org in sorted({row.org for row in rows})
        ],
    )
    insert(
        connection,
        "organisation_key",
        [
            {
                "org": org,
                "company_link": company_word(org),
                "business": digest(business_id(org)),
                "domain": digest(f"firma{org}.example") if org % 20 else None,
                "name_visiting": digest(f"firma {org}|00100"),
                "name_postal": digest(f"firma {org}|00101") if org % 20 else None,
            }
            for org in sorted({row.org for row in rows})
        ],
    )
    return Register("test-snapshot", connection, {"industry_version": industry_version})


def digest(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])


def person_word(row: Line) -> int:
    """What stands for the person in an earlier delivery; any injective number does."""
    return 2**63 + row.person


def site_word(row: Line) -> int:
    return row.org * 10 + row.site


def company_word(org: int) -> int:
    return 2**62 + org


def insert(connection: duckdb.DuckDBPyConnection, table: str, rows: list[dict[str, Any]]) -> None:
    """Insert plain dicts; columns not given stay NULL."""
    for row in rows:
        names = ", ".join(row)
        marks = ", ".join("?" for _ in row)
        connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(row.values()))


def _index(values: tuple[Any, ...], value: Any) -> int | None:
    return None if value is None else values.index(value)


def _number(value: str | None) -> int | None:
    return None if value is None else int(value)


def _stored(row: Line, sets: list[frozenset[str]]) -> dict[str, Any]:
    bits = codes.responsibility_bits()
    return {
        "position": row.position,
        "person": row.person,
        "org": row.org,
        "kind": codes.KINDS[row.kind],
        "industry": _index(INDUSTRIES, row.industry),
        "form": _index(FORMS, row.form),
        "staff_class": _number(row.staff_class),
        "revenue_class": _number(row.revenue_class),
        "region": _number(codes.region_of()[row.municipality]) if row.municipality else None,
        "municipality": _number(row.municipality),
        "postcode": _number(row.postcode),
        "it_workstations": row.workstations,
        "it_servers": row.servers,
        "it_erp": _index(ERPS, row.erp),
        "has_website": row.website,
        "has_parallel_name": row.parallel_name,
        "responsibility": sum(bits[code] for code in row.responsibility),
        "purchasing": sum(bits[code] for code in row.purchasing),
        "level": row.level,
        "title": _index(TITLES, row.title),
        "has_email": "email" in row.reachable,
        "has_phone": "phone" in row.reachable,
        "has_post": "post" in row.reachable,
        "verified": row.verified,
        "notified": row.notified,
        "load_set": sets.index(row.sources),
        "nonce": row.nonce,
        "person_link": person_word(row),
        "site_link": site_word(row),
        "email": None if row.email is None else digest(row.email),
    }


def meets(row: Line, criteria: Mapping[str, Any], subject: set[str], *, industry_version: str = "TOL2025") -> bool:
    """The criteria read word by word."""
    organisation, person = criteria.get("organisation", {}), criteria.get("person", {})
    version = organisation.get("industry_version", industry_version)
    without = criteria.get("organisation_not", {})
    return (
        bool((row.responsibility | row.purchasing) & subject)
        and all(_named(row, key, values, version) for key, values in organisation.items() if key in LISTS)
        and not any(_named(row, key, values, version) for key, values in without.items())
        and _it(row, organisation.get("it", {}))
        and organisation.get("website", row.website) == row.website
        and organisation.get("parallel_name", row.parallel_name) == row.parallel_name
        and _person(row, person)
    )


LISTS = ("kind", "industry", "form", "staff_class", "revenue_class", "region", "municipality", "postcode", "near")


def _named(row: Line, key: str, values: Any, version: str) -> bool:
    """Whether a list of codes names the row's organisation; what is unknown is named by none."""
    if key == "industry":
        own = row.industry
        return own is not None and own[0] == version and any(_covers(code, own) for code in values)
    if key == "region":
        return row.municipality is not None and codes.region_of()[row.municipality] in values
    if key == "erp":
        return row.erp in [erp.lower() for erp in values]
    if key == "postcode":
        return row.postcode is not None and any(_within(row.postcode, item) for item in values)
    if key == "near":
        around = [values] if isinstance(values, dict) else values
        return row.postcode is not None and any(_distance(row.postcode, one["postcode"]) <= one["km"] for one in around)
    return getattr(row, key) in values


POINTS = {
    "00100": (60.1714, 24.9316),
    "00990": (60.2047, 25.1555),
    "33100": (61.4942, 23.7817),
    "37100": (61.4836, 23.51),
}
"""Written down from the list once more, so that a shifted column shows."""


def _distance(one: str, other: str) -> float:
    """Spherical law of cosines: another formula than the product's."""
    (a, b), (c, d) = (map(math.radians, POINTS[code]) for code in (one, other))
    cosine = math.sin(a) * math.sin(c) + math.cos(a) * math.cos(c) * math.cos(b - d)
    return math.acos(max(-1.0, min(1.0, cosine))) * 6371.0088


def _it(row: Line, it: Mapping[str, Any]) -> bool:
    def between(value: int | None, what: str) -> bool:
        least, most = it.get(f"{what}_min"), it.get(f"{what}_max")
        if least is None and most is None:
            return True
        return value is not None and (least is None or value >= least) and (most is None or value <= most)

    return (
        between(row.workstations, "workstations")
        and between(row.servers, "servers")
        and ("erp" not in it or row.erp in [erp.lower() for erp in it["erp"]])
    )


def _person(row: Line, person: Mapping[str, Any]) -> bool:
    titles = [title.lower().replace("ä", "a").replace("ö", "o") for title in person.get("title", ())]
    return (
        ("responsibility" not in person or bool(row.responsibility & set(person["responsibility"])))
        and ("purchasing" not in person or bool(row.purchasing & set(person["purchasing"])))
        and ("level" not in person or row.level in person["level"])
        and ("title" not in person or row.title in titles)
        and set(person.get("reachable", ())) <= row.reachable
        and ("reachable_any" not in person or bool(set(person["reachable_any"]) & row.reachable))
        and (
            "verified_since" not in person
            or (row.verified is not None and row.verified.isoformat() >= person["verified_since"])
        )
    )


def _covers(code: str, industry: tuple[str, str]) -> bool:
    version, own = industry
    return own.startswith(code) or codes.section_of(version).get(own[:2]) == code


def _within(postcode: str, item: str) -> bool:
    first, _, last = item.partition("-")
    return first <= postcode <= (last or first)


def random_criteria(draw: random.Random) -> dict[str, Any]:
    """Criteria with an organisation key and a person key at least, over values the rows have and some they lack."""
    responsibilities = list(codes.responsibilities())[:5]
    organisation: dict[str, Any] = {
        "kind": draw.sample(list(codes.KINDS), 2),
        "industry": draw.sample(["62", "46", "461", "86", "J", "K", "Q"], 2),
        "form": draw.sample(FORMS, 2),
        "staff_class": draw.sample(["1", "2", "3", "9"], 2),
        "revenue_class": draw.sample(["1", "5", "7"], 2),
        "region": draw.sample(["01", "06", "02", "19"], 2),
        "municipality": draw.sample(["091", "837", "005"], 2),
        "postcode": draw.sample(["00100", "00100-00990", "33000-33999"], 1),
        "it": draw.choice(
            [
                {"workstations_min": 10},
                {"workstations_min": 5, "workstations_max": 100},
                {"workstations_max": 0},
                {"servers_min": 1, "erp": ["SAP"]},
                {"servers_max": 3},
                {"erp": ["Netvisor", "Lemonsoft"]},
            ]
        ),
        "near": draw.choice(
            [
                {"postcode": "00100", "km": draw.choice([5, 12.5, 200])},
                [{"postcode": "33100", "km": 20}, {"postcode": "00990", "km": 1}],
            ]
        ),
        "website": draw.random() < 0.5,
        "parallel_name": draw.random() < 0.5,
    }
    listed = [key for key in organisation if key in LISTS]
    person: dict[str, Any] = {
        "responsibility": draw.sample(responsibilities, 2),
        "purchasing": draw.sample(responsibilities, 3),
        "level": draw.sample([1, 2, 3, 4], 2),
        "title": draw.sample(["Toimitusjohtaja", "Ostopäällikkö", "Ylilääkäri"], 2),
        "reachable": draw.sample(codes.CHANNELS, draw.randrange(1, 3)),
        "reachable_any": draw.sample(codes.CHANNELS, draw.randrange(1, 3)),
        "verified_since": draw.choice(["2025-11-22", "2026-11-22", "2020-01-01"]),
    }
    chosen: dict[str, Any] = {
        "organisation": {key: organisation[key] for key in draw.sample(list(organisation), draw.choice([1, 1, 2, 3]))},
        "person": {key: person[key] for key in draw.sample(list(person), draw.choice([1, 1, 2]))},
    }
    if draw.random() < 0.3:
        left_out = {key: organisation[key] for key in draw.sample(listed, draw.choice([1, 2]))}
        chosen["organisation_not"] = left_out | ({"erp": ["SAP"]} if draw.random() < 0.2 else {})
    if "industry" in chosen["organisation"] and draw.random() < 0.5:
        chosen["organisation"]["industry_version"] = draw.choice(codes.INDUSTRY_VERSIONS)
    if draw.random() < 0.4:
        chosen["per_organisation"] = {"max": draw.choice([1, 2]), "prefer": draw.sample(responsibilities, 2)}
    if draw.random() < 0.5:
        chosen["limit"] = draw.choice([1, 3, 10, 50])
        chosen["sample"] = draw.choice(["random", "spread"])
    return chosen


def business_ids(rows: list[Line]) -> set[str]:
    return {business_id(row.org) for row in rows}
