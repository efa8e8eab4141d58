"""What an invented organisation is: kind, form, industry, size, revenue, IT; by published shares if there are any."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, auto
from functools import cache

import numpy as np
import pyarrow as pa

from register.sample.draw import Bools, Draw, Grouped, Ints, Weighted
from register.sample.text import Text, only, take
from register.sample.wordlists import words
from schemas import codes

INDUSTRY_VERSION = "TOL2025"


class Profile(IntEnum):
    """What an organisation's titles depend on, besides its size."""

    SERVICES = 0
    CONSTRUCTION = auto()
    MANUFACTURING = auto()
    TRADE = auto()
    TRANSPORT = auto()
    HOSPITALITY = auto()
    PROPERTY = auto()
    HOUSING = auto()
    PARTNERSHIP = auto()
    TRADER = auto()
    ASSOCIATION = auto()
    FOUNDATION = auto()
    PARISH = auto()
    MUNICIPALITY = auto()
    MUNICIPAL_UNIT = auto()
    COUNTY = auto()
    EDUCATION = auto()
    AGENCY = auto()


_BY_DIVISION = {
    **dict.fromkeys(("41", "42", "43"), Profile.CONSTRUCTION),
    **dict.fromkeys(("46", "47"), Profile.TRADE),
    **dict.fromkeys(("49", "50", "51", "52", "53"), Profile.TRANSPORT),
    **dict.fromkeys(("55", "56"), Profile.HOSPITALITY),
    "68": Profile.PROPERTY,
    **{f"{division:02d}": Profile.MANUFACTURING for division in range(5, 40)},
}

_OTHERS = (  # profile, form, weight, industries of associations and public bodies
    (Profile.ASSOCIATION, "AYH", 62),
    (Profile.FOUNDATION, "SÄÄ", 5),
    (Profile.PARISH, "F71", 6),
    (Profile.MUNICIPALITY, "F41", 5),
    (Profile.MUNICIPAL_UNIT, "F61", 8),
    (Profile.COUNTY, "F49", 2),
    (Profile.EDUCATION, "F42", 4),
    (Profile.AGENCY, "F40", 3),
)
_COMPANIES, _OTHER_ORGANISATIONS = 930, 70
_STAFF = (8300, 1010, 375, 185, 75, 35, 11, 5, 4)
_PUBLIC_STAFF = (6, 10, 14, 22, 18, 15, 8, 5, 2)
_PARISH_STAFF = (15, 25, 30, 20, 8, 2, 0, 0, 0)
_CIVIC_STAFF = (880, 70, 30, 14, 4, 2, 0, 0, 0)
_REVENUE = (
    (60, 18, 14, 5, 3, 0, 0, 0, 0),
    (6, 18, 42, 24, 9, 1, 0, 0, 0),
    (0, 3, 22, 37, 36, 2, 0, 0, 0),
    (0, 0, 4, 15, 70, 8, 3, 0, 0),
    (0, 0, 0, 3, 52, 28, 16, 1, 0),
    (0, 0, 0, 0, 20, 32, 45, 2, 1),
    (0, 0, 0, 0, 3, 14, 68, 11, 4),
    (0, 0, 0, 0, 0, 4, 52, 28, 16),
    (0, 0, 0, 0, 0, 0, 18, 27, 55),
)
_FORMS = ("OY", "KY", "AY", "F26", "OK", "AOY", "KOY", "OYJ")
_FORM_WEIGHTS = (  # by staff class: small firms are partnerships and traders more often, listed companies are large
    (7900, 600, 220, 600, 90, 330, 260, 0),
    (9350, 370, 90, 40, 100, 20, 30, 0),
    *(((9650, 200, 30, 0, 110, 0, 10, 0),) * 3),
    (9700, 60, 0, 0, 120, 0, 0, 120),
    (9200, 10, 0, 0, 200, 0, 0, 590),
    (8400, 0, 0, 0, 200, 0, 0, 1400),
    (7200, 0, 0, 0, 300, 0, 0, 2500),
)
_IT_KNOWN = np.array([0.06, 0.18, 0.34, 0.5, 0.66, 0.72, 0.8, 0.85, 0.9])
_STAFF_FROM = np.array([0, 5, 10, 20, 50, 100, 250, 500, 1000], np.int64)
_STAFF_TO = np.array([4, 9, 19, 49, 99, 249, 499, 999, 6000], np.int64)


@dataclass(frozen=True)
class Traits:
    """One entry per organisation. ``staff`` is the class less one (0..8), whether the register knows it or not."""

    kind: Text
    profile: Ints
    form: Ints
    industry: Ints
    staff: Ints
    staff_class: Text
    revenue_class: Text
    workstations: Text
    servers: Text
    erp: Text

    @property
    def form_code(self) -> Text:
        return take(FORM_CODES, self.form)

    @property
    def industry_code(self) -> Text:
        return take(industry_codes(), self.industry)


FORM_CODES = (*_FORMS, *(form for _, form, _ in _OTHERS))


@cache
def industry_codes() -> tuple[str, ...]:
    """The most detailed TOL 2025 codes: five digits where the list subdivides a class, else four."""
    rows = codes.rows("tol2025")
    divided = {row["code"][:4] for row in rows if row["level"] == "5"}
    return tuple(
        row["code"] for row in rows if row["level"] == "5" or (row["level"] == "4" and row["code"] not in divided)
    )


@cache
def _company_industries() -> Weighted:
    """TOL 2008 section shares without agriculture (reference, 2012), carried to TOL 2025 divisions and classes."""
    sections = {
        row["class"]: int(row["count"])
        for row in codes.rows("enterprise_distribution")
        if row["dimension"] == "tol2008_section" and row["year"] == "2012"
    }
    common = {row["code"]: int(row["weight"]) for row in words("common_classes")}
    weights = [common.get(code[:4], 1) for code in industry_codes()]
    in_division: dict[str, int] = {}
    for code, weight in zip(industry_codes(), weights, strict=True):
        in_division[code[:2]] = in_division.get(code[:2], 0) + weight
    in_section: dict[str, int] = {}
    for row in words("divisions"):
        in_section[row["tol2008_section"]] = in_section.get(row["tol2008_section"], 0) + int(row["weight"])
    share = {
        row["division"]: sections[row["tol2008_section"]] * int(row["weight"]) / in_section[row["tol2008_section"]]
        for row in words("divisions")
    }
    return Weighted(
        [
            round(1000 * share.get(code[:2], 0) * weight / in_division[code[:2]])
            for code, weight in zip(industry_codes(), weights, strict=True)
        ]
    )


@cache
def _erp_systems() -> tuple[Text, Weighted, Weighted]:
    """Names, weights in small and in large organisations."""
    rows = words("erp_systems")
    small, large = (Weighted([int(row[column]) for row in rows]) for column in ("weight_small", "weight_large"))
    return pa.array([row["name"] for row in rows]), small, large


@cache
def _forms() -> Grouped:
    return Grouped([list(enumerate(weights)) for weights in _FORM_WEIGHTS])


@cache
def _revenues() -> Grouped:
    return Grouped([[(value, weight) for value, weight in enumerate(row) if weight] for row in _REVENUE])


@cache
def _other_staff() -> Grouped:
    return Grouped(
        [
            [(value, weight) for value, weight in enumerate(row) if weight]
            for row in (_CIVIC_STAFF, _PARISH_STAFF, _PUBLIC_STAFF)
        ]
    )


@cache
def profile_of_industry() -> Ints:
    return np.array([_BY_DIVISION.get(code[:2], Profile.SERVICES) for code in industry_codes()], np.int64)


@cache
def industry_index() -> dict[str, int]:
    """First index of each code and of each four-digit class."""
    index: dict[str, int] = {}
    for number, code in enumerate(industry_codes()):
        index.setdefault(code, number)
        index.setdefault(code[:4], number)
    return index


def draw_traits(draw: Draw, count: int) -> Traits:
    """Kinds, forms, industries and sizes of ``count`` organisations."""
    other = draw.pick(count, Weighted((_COMPANIES, _OTHER_ORGANISATIONS))) == 1
    which = draw.pick(count, Weighted([weight for _, _, weight in _OTHERS]))
    profile = np.where(other, np.array([int(entry[0]) for entry in _OTHERS])[which], -1)
    unit = draw.unit(count)
    group = np.select([profile == Profile.PARISH, profile > Profile.PARISH], [1, 2], 0)
    staff = np.where(other, _other_staff().at(group, unit), Weighted(_STAFF).at(unit))
    form = np.where(other, len(_FORMS) + which, _forms().at(staff, draw.unit(count)))
    industry = draw.pick(count, _company_industries())
    housing = np.isin(form, (_FORMS.index("AOY"), _FORMS.index("KOY")))
    staff = np.where(housing, 0, staff)
    industry = np.where(housing, industry_index()["6820"], industry)
    profile = np.where(other, profile, profile_of_industry()[industry])
    profile = np.where(np.isin(form, (_FORMS.index("KY"), _FORMS.index("AY"))), Profile.PARTNERSHIP, profile)
    profile = np.where(form == _FORMS.index("F26"), Profile.TRADER, profile)
    profile = np.where(housing, Profile.HOUSING, profile)
    kind = take(("company", "association", "public"), np.where(other, np.where(profile <= Profile.PARISH, 1, 2), 0))
    revenue = take(tuple("123456789"), _revenues().at(staff, draw.unit(count)))
    revenue_known = ~draw.chance(count, 0.05) & ~(other & (profile != Profile.FOUNDATION))
    staff_known = ~draw.chance(count, np.where(staff == 0, 0.04, 0.01))
    workstations, servers, erp = _draw_it(draw, staff)
    return Traits(
        kind=kind,
        profile=profile,
        form=form,
        industry=industry,
        staff=staff,
        staff_class=only(staff_known, take(tuple("123456789"), staff)),
        revenue_class=only(revenue_known, revenue),
        workstations=workstations,
        servers=servers,
        erp=erp,
    )


def _draw_it(draw: Draw, staff: Ints) -> tuple[Text, Text, Text]:
    count = len(staff)
    known: Bools = draw.chance(count, _IT_KNOWN[staff])
    persons = _STAFF_FROM[staff] + (draw.unit(count) * (_STAFF_TO[staff] - _STAFF_FROM[staff] + 1)).astype(np.int64)
    workstations = 1 + (persons * (0.25 + 0.85 * draw.unit(count))).astype(np.int64)
    servers = (workstations * draw.unit(count) * 0.08).astype(np.int64)
    names, small, large = _erp_systems()
    unit = draw.unit(count)
    system = take(names, np.where(staff < 3, small.at(unit), large.at(unit)))
    has_system = draw.chance(count, np.minimum(0.25 + 0.12 * staff, 0.95))
    as_text = pa.array(workstations).cast(pa.string())
    return only(known, as_text), only(known, pa.array(servers).cast(pa.string())), only(known & has_system, system)
