"""Who does what in an organisation: titles by its kind and size, and the responsibilities that go with them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import permutations

import numpy as np
import pyarrow as pa

from register.sample.draw import Bools, Draw, Floats, Grouped, Ints
from register.sample.text import Text, only, take, when
from register.sample.traits import Profile
from schemas import codes

_HEADS: dict[Profile, dict[str, int]] = {
    Profile.HOUSING: {"Isännöitsijä": 6, "Hallituksen puheenjohtaja": 4},
    Profile.PARTNERSHIP: {"Yrittäjä": 9, "Omistaja": 4, "Osakas": 3, "Toimitusjohtaja": 3},
    Profile.TRADER: {"Yrittäjä": 1},
    Profile.ASSOCIATION: {"Puheenjohtaja": 6, "Toiminnanjohtaja": 5, "Pääsihteeri": 1},
    Profile.FOUNDATION: {"Asiamies": 6, "Toiminnanjohtaja": 3, "Hallituksen puheenjohtaja": 2},
    Profile.PARISH: {"Kirkkoherra": 1},
    Profile.MUNICIPALITY: {"Kunnanjohtaja": 1},
    Profile.MUNICIPAL_UNIT: {"Palvelujohtaja": 4, "Palvelupäällikkö": 5, "Yksikönpäällikkö": 3, "Tekninen johtaja": 2},
    Profile.COUNTY: {"Hyvinvointialuejohtaja": 1},
    Profile.EDUCATION: {"Rehtori": 5, "Sivistysjohtaja": 1},
    Profile.AGENCY: {"Pääjohtaja": 2, "Ylijohtaja": 3, "Virastopäällikkö": 4},
}
_COMPANY_HEADS = {"Toimitusjohtaja": 20, "Yrittäjä": 2, "Omistaja": 1}
_LARGE_COMPANY_HEADS = {"Toimitusjohtaja": 16, "Konsernijohtaja": 3, "Maajohtaja": 1}
_TOWN_HEADS = {"Kaupunginjohtaja": 8, "Pormestari": 1}

_ONLY_IN = {
    "Työmaapäällikkö": {Profile.CONSTRUCTION},
    "Rakennuspäällikkö": {Profile.CONSTRUCTION, Profile.PROPERTY},
    "Ravintolapäällikkö": {Profile.HOSPITALITY},
    "Hotellinjohtaja": {Profile.HOSPITALITY},
    "Myymäläpäällikkö": {Profile.TRADE},
    "Tehtaanjohtaja": {Profile.MANUFACTURING},
    "Tehdaspäällikkö": {Profile.MANUFACTURING},
    "Tuotantojohtaja": {Profile.MANUFACTURING, Profile.CONSTRUCTION},
    "Tuotantopäällikkö": {Profile.MANUFACTURING, Profile.CONSTRUCTION},
    "Kuljetuspäällikkö": {Profile.TRANSPORT, Profile.TRADE},
    "Isännöitsijä": {Profile.PROPERTY, Profile.HOUSING},
    "Kunnanjohtaja": set(),
    "Kaupunginjohtaja": set(),
    "Pormestari": set(),
    "Hyvinvointialuejohtaja": set(),
    "Pääjohtaja": set(),
    "Virastopäällikkö": set(),
    "Kirkkoherra": set(),
    "Konsernijohtaja": set(),
    "Maajohtaja": set(),
    "Toimitusjohtaja": set(),
    "Ylijohtaja": {Profile.AGENCY},
    "Toiminnanjohtaja": set(),
    "Pääsihteeri": set(),
    "Asiamies": set(),
    "Sivistysjohtaja": {Profile.MUNICIPALITY},
    "Rehtori": {Profile.MUNICIPALITY, Profile.EDUCATION},
    "Elinvoimajohtaja": {Profile.MUNICIPALITY, Profile.MUNICIPAL_UNIT},
    "Kaupunkikehitysjohtaja": {Profile.MUNICIPALITY},
    "Hallintoylihoitaja": {Profile.COUNTY},
    "Johtajaylilääkäri": {Profile.COUNTY},
    "Sosiaalijohtaja": {Profile.COUNTY},
    "Puheenjohtaja": {Profile.ASSOCIATION},
    "Varapuheenjohtaja": {Profile.ASSOCIATION},
    "Sihteeri": {Profile.ASSOCIATION},
    "Rahastonhoitaja": {Profile.ASSOCIATION},
    "Hallituksen varajäsen": {Profile.HOUSING, Profile.SERVICES, Profile.TRADE},
    "Yrittäjä": {Profile.PARTNERSHIP},
    "Osakas": {Profile.PARTNERSHIP, Profile.SERVICES},
    **{
        title: set(Profile) - {Profile.HOUSING, Profile.TRADER}
        for title in ("Omistaja", "Perustaja", "Myyntipäällikkö")
    },
}
_WITHOUT_BOARD = {Profile.PARTNERSHIP, Profile.TRADER, Profile.MUNICIPAL_UNIT, Profile.EDUCATION, Profile.AGENCY}
_WEIGHTS = {
    "Hallituksen jäsen": 40,
    "Hallituksen puheenjohtaja": 14,
    "Hallituksen varajäsen": 6,
    "Osakas": 14,
    "Omistaja": 10,
    "Perustaja": 6,
    "Toimistoassistentti": 10,
    "Myyntipäällikkö": 16,
    "Toimistopäällikkö": 8,
    "Projektipäällikkö": 14,
    "Talouspäällikkö": 14,
    "Myyntijohtaja": 12,
    "Tietohallintojohtaja": 9,
    "Tietohallintopäällikkö": 9,
    "IT-päällikkö": 9,
    "Talousjohtaja": 14,
    "Henkilöstöpäällikkö": 10,
    "Henkilöstöjohtaja": 10,
    "Tuotantopäällikkö": 12,
    "Markkinointipäällikkö": 10,
    "Varatoimitusjohtaja": 4,
    "Puheenjohtaja": 6,
    "Rahastonhoitaja": 12,
    "Sihteeri": 14,
    "Varapuheenjohtaja": 10,
}
_USUAL_WEIGHT = 5

_RELATED = {
    "GM": "FIN SAL HR PUR BIZ MKT",
    "FIN": "HR IT PUR LEG REA GM",
    "IT": "SEC PUR PRJ TEC RND BIZ",
    "SEC": "IT LEG QLT OHS HR TEC",
    "SAL": "MKT CUS BIZ COM TRV PRJ",
    "MKT": "COM SAL CUS BIZ RND PRJ",
    "COM": "MKT HR CUS EDU LEG PRJ",
    "HR": "OHS EDU TRV FIN COM LEG",
    "PUR": "LOG FIN PRD TRV REA QLT",
    "LOG": "PUR TRV PRD CUS TEC QLT",
    "PRD": "TEC QLT LOG OHS PUR RND",
    "TEC": "PRD REA QLT RND PRJ PUR",
    "RND": "TEC PRJ QLT IT PRD BIZ",
    "QLT": "OHS PRD TEC RND SEC CUS",
    "LEG": "SEC FIN HR REA COM BRD",
    "REA": "TEC PUR OHS FIN PRJ SEC",
    "PRJ": "RND TEC IT PRD CUS BIZ",
    "BIZ": "SAL GM MKT PRJ CUS PUR",
    "CUS": "SAL MKT BIZ QLT COM PRJ",
    "TRV": "FIN HR PUR LOG OHS REA",
    "OHS": "HR QLT REA PRD EDU SEC",
    "EDU": "HR COM OHS SOC PRJ IT",
    "PUB": "FIN HR PUR COM REA EDU",
    "SOC": "HR EDU QLT OHS PUR PUB",
    "BRD": "GM FIN LEG BIZ SAL HR",
}
_BUYS_OF_ALL = ("GM", "FIN", "IT", "PUR", "MKT", "HR", "REA", "LOG", "TEC", "PUB")
_PURCHASE_SHARE, _PURCHASE_SHARE_OTHERS = 0.48, 0.16


@dataclass(frozen=True)
class Duties:
    """One entry per position."""

    title: Text
    level: Text
    responsibilities: Text
    purchasing: Text
    board: Bools
    """A seat on the board."""


@dataclass(frozen=True)
class _Titles:
    fi: Text
    sv: Text
    level: Text
    area: Ints
    board: Bools
    heads: Grouped
    others: Grouped


_CLASSES = 9


@cache
def _titles() -> _Titles:
    rows = codes.rows("job_titles")
    index = {row["title_fi"]: number for number, row in enumerate(rows)}
    areas = list(codes.responsibilities())
    heads, others = [], []
    for profile in Profile:
        for size in range(_CLASSES):
            heads.append([(index[title], weight) for title, weight in _head_titles(profile, size).items()])
            others.append(
                [
                    (number, _WEIGHTS.get(row["title_fi"], _USUAL_WEIGHT))
                    for number, row in enumerate(rows)
                    if _fits(row, profile, size)
                ]
            )
    return _Titles(
        fi=pa.array([row["title_fi"] for row in rows]),
        sv=pa.array([row["title_sv"] for row in rows]),
        level=pa.array([row["level"] for row in rows]),
        area=np.array([areas.index(row["responsibility_area"]) for row in rows], np.int64),
        board=np.array([row["responsibility_area"] == "BRD" for row in rows]),
        heads=Grouped(heads),
        others=Grouped(others),
    )


def _head_titles(profile: Profile, size: int) -> dict[str, int]:
    if profile == Profile.MUNICIPALITY and size >= 5:
        return _TOWN_HEADS
    return _HEADS.get(profile, _LARGE_COMPANY_HEADS if size >= 6 else _COMPANY_HEADS)


def _fits(row: dict[str, str], profile: Profile, size: int) -> bool:
    kind = "private" if profile < Profile.ASSOCIATION else "association" if profile <= Profile.PARISH else "public"
    if row["org_kind"] not in ("all", kind) or int(row["min_staff_class"]) > size + 1:
        return False
    if profile in _WITHOUT_BOARD and row["responsibility_area"] == "BRD":
        return False
    return profile in _ONLY_IN.get(row["title_fi"], {profile})


@dataclass(frozen=True)
class _Areas:
    lists: Text
    """Per area 37 cells: itself alone, with each of six related areas, with each ordered pair of them."""
    buyers: Bools


_PAIRS = tuple(permutations(range(6), 2))


@cache
def _areas() -> _Areas:
    cells = []
    for area in codes.responsibilities():
        related = _RELATED[area].split()
        cells += [area, *(f"{area};{other}" for other in related)]
        cells += [f"{area};{related[one]};{related[two]}" for one, two in _PAIRS]
    return _Areas(pa.array(cells), np.array([area in _BUYS_OF_ALL for area in codes.responsibilities()]))


def draw_duties(draw: Draw, *, group: Ints, rank: Ints, spread: Floats, swedish: Bools) -> Duties:
    """Duties of positions. ``group`` is the organisation's :func:`duty_group`, ``rank`` 0 its head;
    ``spread`` in [0, 1) differs between neighbours, so that one organisation's titles do."""
    count, titles = len(rank), _titles()
    title = np.where(rank == 0, titles.heads.at(group, spread), titles.others.at(group, spread))
    size, area = group % _CLASSES, titles.area[title]
    unit = draw.unit(count)
    two, three = np.where(size <= 1, 0.42, 0.3), np.where(size <= 1, 0.22, 0.12)
    variant = np.select(
        [unit < three, unit < three + two], [7 + draw.below(count, len(_PAIRS)), 1 + draw.below(count, 6)], 0
    )
    width = 7 + len(_PAIRS)
    buys = draw.chance(count, np.where(_areas().buyers[area], _PURCHASE_SHARE, _PURCHASE_SHARE_OTHERS))
    bought = np.where(draw.chance(count, 0.6), 0, 1 + draw.below(count, 6))
    return Duties(
        title=when(swedish, take(titles.sv, title), take(titles.fi, title)),
        level=take(titles.level, title),
        responsibilities=take(_areas().lists, area * width + variant),
        purchasing=only(buys & ~titles.board[title], take(_areas().lists, area * width + bought)),
        board=titles.board[title],
    )


def duty_group(profile: Ints, staff: Ints) -> Ints:
    """What :func:`draw_duties` draws titles by."""
    return profile * _CLASSES + staff
