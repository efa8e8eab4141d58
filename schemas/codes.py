"""Code lists as data: industries, classes, forms, places, responsibilities, countries (fi/sv/en).

The lists lie in ``schemas/lists`` with their sources in ``schemas/lists/SOURCES.md``.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType

LISTS = Path(__file__).parent / "lists"

KINDS = MappingProxyType({"company": 1, "association": 2, "public": 3})
"""Kinds of organisation and their codes in the register."""
LEVELS = MappingProxyType({1: "Ylin johto", 2: "Johto", 3: "Keskijohto", 4: "Asiantuntija"})
INDUSTRY_VERSIONS = ("TOL2008", "TOL2025")
PURPOSES = ("sales", "marketing", "mailing", "research")
CHANNELS = ("email", "phone", "post")
CRM_FORMATS = ("generic", "hubspot", "salesforce", "dynamics", "pipedrive")
"""Formats made for the importer of a CRM; their columns are in ``schemas.crm``."""
FORMATS = ("csv", "csv-excel", "xlsx", "parquet", "jsonl", *CRM_FORMATS)
EXTRACT_FIELDS: Mapping[str, str | None] = MappingProxyType(
    {
        "row": None,
        "organisation_name": None,
        "business_id": None,
        "industry": None,
        "industry_label": None,
        "staff_class": None,
        "revenue_class": None,
        "visiting_street": None,
        "visiting_postcode": None,
        "visiting_city": None,
        "postal_street": "post",
        "postal_postcode": "post",
        "postal_city": "post",
        "organisation_phone": "phone",
        "website": None,
        "first_name": None,
        "last_name": None,
        "title": None,
        "responsibilities": None,
        "email": "email",
        "mobile": "phone",
        "ban_url": None,
    }
)
"""Columns of an extract in their order, and the channel that a column is licensed for (None: every channel)."""
MARKS = ("L2", "L3", "parallel", "areas", "list", "form", "address", "titles", "title", "www", "landline")
"""Layers and channels of marks (fingerprint.md 2.2) that a campaign can be opened without."""
MARKS_OFF = ("L3", "areas")
"""Those it is without unless it says otherwise: they leave something out that the customer pays for (R037)."""
MODES = ("campaign", "continuous", "datacare", "reseller")


@dataclass(frozen=True)
class Label:
    """One code's names; a missing Swedish or English name is the Finnish one."""

    fi: str
    sv: str
    en: str


def rows(name: str) -> list[dict[str, str]]:
    """All rows of one list, as text."""
    with (LISTS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def column(name: str, of: str) -> list[str]:
    """One column of a long list, as text."""
    with (LISTS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        lines = csv.reader(file)
        place = next(lines).index(of)
        return [line[place] for line in lines]


def _labels(name: str, code: str, *, prefix: str = "name") -> Mapping[str, Label]:
    return MappingProxyType(
        {
            row[code]: Label(
                row[f"{prefix}_fi"],
                row.get(f"{prefix}_sv") or row[f"{prefix}_fi"],
                row.get(f"{prefix}_en") or row[f"{prefix}_fi"],
            )
            for row in rows(name)
        }
    )


@cache
def extract_fields() -> Mapping[str, Label]:
    """What the columns of an extract are called in the three languages."""
    return _labels("extract_field_names", "field")


@cache
def responsibilities() -> Mapping[str, Label]:
    """The 25 responsibility areas by code; the order is the bit order of the register's masks."""
    return _labels("responsibility_areas", "code")


@cache
def responsibility_bits() -> Mapping[str, int]:
    """Responsibility code to its bit in the register's masks."""
    return MappingProxyType({code: 1 << position for position, code in enumerate(responsibilities())})


@cache
def staff_classes() -> Mapping[str, Label]:
    return _labels("staff_size_classes", "code", prefix="label")


@cache
def revenue_classes() -> Mapping[str, Label]:
    return _labels("turnover_classes", "code", prefix="label")


@cache
def regions() -> Mapping[str, Label]:
    return _labels("regions", "code")


@cache
def municipalities() -> Mapping[str, Label]:
    return _labels("municipalities", "code")


@cache
def region_of() -> Mapping[str, str]:
    """Municipality code to region code."""
    return MappingProxyType({row["code"]: row["region_code"] for row in rows("municipalities")})


@cache
def forms() -> Mapping[str, Label]:
    """Company forms by PRH letters (``OY``); forms PRH gives no letters go by ``F`` and their YTJ number."""
    return MappingProxyType(
        {
            row["prh_code"] or f"F{row['ytj_code']}": Label(
                row["name_fi"], row["name_sv"] or row["name_fi"], row["name_en"] or row["name_fi"]
            )
            for row in rows("company_forms")
        }
    )


@cache
def form_of_ytj() -> Mapping[str, str]:
    """YTJ form number (``16``) to form code (``OY``)."""
    return MappingProxyType(
        {row["ytj_code"]: row["prh_code"] or f"F{row['ytj_code']}" for row in rows("company_forms")}
    )


@cache
def industries(version: str) -> Mapping[str, Label]:
    """Industry codes of ``TOL2008`` or ``TOL2025``, undotted, all levels. TOL 2025's list has few five-digit codes;
    a class without a Finnish name goes by that of the nearest class above it."""
    listed = {row["code"]: row for row in rows(version.lower())}

    def finnish(code: str) -> str:
        return listed[code]["name_fi"] or finnish(code[:-1])

    return MappingProxyType(
        {
            code: Label(finnish(code), row.get("name_sv") or finnish(code), row["name_en"])
            for code, row in listed.items()
        }
    )


def industry_known(version: str, code: str) -> bool:
    """Whether a code is in the list; a five-digit TOL 2025 code is known by its four-digit class."""
    known = industries(version)
    return code in known or (version == "TOL2025" and len(code) == 5 and code[:4] in known)


def industry_label(version: str, code: str) -> Label | None:
    """The label of a code, or of the class it belongs to."""
    known = industries(version)
    return known.get(code) or known.get(code[:4])


@cache
def section_of(version: str) -> Mapping[str, str]:
    """Two-digit division to its section letter."""
    return MappingProxyType({row["code"]: row["section"] for row in rows(version.lower()) if row["level"] == "2"})


@dataclass(frozen=True)
class PostalCode:
    city_fi: str
    city_sv: str
    municipality: str


@cache
def postal_codes() -> Mapping[str, PostalCode]:
    return MappingProxyType(
        {
            row["postal_code"]: PostalCode(row["post_office_fi"], row["post_office_sv"], row["municipality_code"])
            for row in rows("postal_codes")
        }
    )


@cache
def public_mail_domains() -> frozenset[str]:
    """Domains at which anybody may have a mailbox, so that an address there says nothing of an organisation."""
    return frozenset(row["domain"] for row in rows("public_mail_domains"))


@dataclass(frozen=True)
class Country:
    name: Label


@cache
def countries() -> Mapping[str, Country]:
    """Countries by ISO 3166 alpha-2."""
    return MappingProxyType(
        {row["iso2"]: Country(Label(row["name_fi"], row["name_sv"], row["name_en"])) for row in rows("countries")}
    )


@cache
def _eea() -> Mapping[str, tuple[date, date]]:
    return MappingProxyType(
        {
            row["country"]: (
                date.fromisoformat(row["since"]),
                date.fromisoformat(row["until"]) if row["until"] else date.max,
            )
            for row in rows("eea")
        }
    )


def in_eea(country: str, *, day: date) -> bool:
    """Whether a country belongs to the EU or the EEA on a day, as the dated list says; an unknown one does not (R077).

    An adequacy decision makes nobody a member.
    """
    since, until = _eea().get(country, (date.max, date.min))
    return since <= day <= until
