"""Where the invented organisations lie: real postal codes by population, streets that exist somewhere, PO boxes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pyarrow as pa

from register.sample.draw import Bools, Draw, Floats, Ints, Weighted
from register.sample.text import Text, join, number, only, take, when
from schemas import codes

_SWEDISH_SHARE = {
    "Yksikielinen ruotsinkielinen kunta": 0.9,
    "Kaksikielinen kunta, jossa enemmistön kieli on ruotsi": 0.55,
    "Kaksikielinen kunta, jossa enemmistön kieli on suomi": 0.07,
    "Yksikielinen suomenkielinen kunta": 0.008,
}
_CAPITAL_REGION = "01"


@dataclass(frozen=True)
class Places:
    """Postal codes as indices into the list of street-delivery codes that somebody lives in."""

    index: Ints

    @property
    def postcode(self) -> Text:
        return take(_list().postcode, self.index)

    @property
    def municipality(self) -> Text:
        return take(_list().municipality, self.index)

    @property
    def genitive(self) -> Text:
        """The municipality's name in the genitive, ``Tampereen``."""
        return take(_list().genitive, self.index)

    @property
    def municipality_sv(self) -> Text:
        return take(_list().municipality_sv, self.index)

    @property
    def municipality_en(self) -> Text:
        return take(_list().municipality_en, self.index)

    @property
    def swedish_share(self) -> Floats:
        """Probability that an organisation or person there goes by Swedish names."""
        return _list().swedish_share[self.index]

    def city(self, swedish: Bools) -> Text:
        """The post office's name."""
        return when(swedish, take(_list().city_sv, self.index), take(_list().city_fi, self.index))


@dataclass(frozen=True)
class Address:
    street: Text
    postcode: Text
    city: Text

    def only(self, mask: Bools) -> Address:
        """The address where the mask is set, nothing elsewhere."""
        return Address(*(only(mask, part) for part in (self.street, self.postcode, self.city)))

    def unless(self, mask: Bools, other: Address) -> Address:
        """``other`` where the mask is set."""
        return Address(
            when(mask, other.street, self.street),
            when(mask, other.postcode, self.postcode),
            when(mask, other.city, self.city),
        )


@dataclass(frozen=True)
class _List:
    postcode: Text
    city_fi: Text
    city_sv: Text
    municipality: Text
    municipality_sv: Text
    municipality_en: Text
    genitive: Text
    swedish_share: Floats
    capital: Bools
    weights: Weighted
    box_first: Ints
    box_count: Ints
    boxes: Text
    """PO box codes, those of one municipality side by side; place i has ``box_count[i]`` from ``box_first[i]`` on."""


@cache
def _list() -> _List:
    rows = [row for row in codes.rows("postal_codes") if row["type"] == "1" and int(row["population_2022"] or 0) > 0]
    places = {row["code"]: row for row in codes.rows("municipalities")}
    boxes: dict[str, list[str]] = {}
    for row in codes.rows("postal_codes"):
        if row["type"] == "2":
            boxes.setdefault(row["municipality_code"], []).append(row["postal_code"])
    first: dict[str, int] = {}
    flat: list[str] = []
    for code, members in boxes.items():
        first[code] = len(flat)
        flat += members
    home = [places[row["municipality_code"]] for row in rows]
    return _List(
        postcode=pa.array([row["postal_code"] for row in rows]),
        city_fi=pa.array([row["post_office_fi"] for row in rows]),
        city_sv=pa.array([row["post_office_sv"] or row["post_office_fi"] for row in rows]),
        municipality=pa.array([row["municipality_code"] for row in rows]),
        municipality_sv=pa.array([place["name_sv"] for place in home]),
        municipality_en=pa.array([place["name_en"] for place in home]),
        genitive=pa.array([place["organization_name_fi"].rsplit(" ", 1)[0] for place in home]),
        swedish_share=np.array([_SWEDISH_SHARE[place["language_status_fi"]] for place in home]),
        capital=np.array([place["region_code"] == _CAPITAL_REGION for place in home]),
        weights=Weighted([int(row["population_2022"]) for row in rows]),
        box_first=np.array([first.get(row["municipality_code"], 0) for row in rows], np.int64),
        box_count=np.array([len(boxes.get(row["municipality_code"], ())) for row in rows], np.int64),
        boxes=pa.array(flat),
    )


@dataclass(frozen=True)
class _Streets:
    fi: Text
    sv: Text
    common: Weighted
    capital: Weighted
    swedish: Weighted


@cache
def _streets() -> _Streets:
    rows = [row for row in codes.rows("street_names") if row["name_fi"]]
    area = np.array([row["area"] for row in rows])
    general, capital = area == "yleinen", np.isin(area, ("Helsingin seutu", "Helsinki"))
    swedish = np.array([bool(row["name_sv"]) for row in rows])
    return _Streets(
        fi=pa.array([row["name_fi"] for row in rows]),
        sv=pa.array([row["name_sv"] or row["name_fi"] for row in rows]),
        common=Weighted(np.where(general, 60, np.where(capital, 1, 3))),
        capital=Weighted(np.where(general, 4, np.where(capital, 1, 0))),
        swedish=Weighted(np.where(swedish, np.where(general, 60, 1), 0)),
    )


def draw_places(draw: Draw, count: int) -> Places:
    """Places by population."""
    return Places(draw.pick(count, _list().weights))


def draw_visiting(draw: Draw, places: Places, *, swedish: Bools) -> Address:
    """``Kauppakatu 12 B 34``, ``Asematie 3-5``, in Swedish ``Stationsvägen 3``."""
    count, streets = len(swedish), _streets()
    unit, near = draw.unit(count), draw.unit(count)
    index = np.where(
        swedish,
        streets.swedish.at(unit),
        np.where(_list().capital[places.index], streets.capital.at(unit), streets.common.at(unit)),
    )
    house = 1 + (near * near * 89).astype(np.int64)
    style = draw.unit(count)
    tail = join(
        only(style < 0.05, join("-", number(house + 2))),
        only((style >= 0.05) & (style < 0.08), "a"),
        only(style > 0.62, join(" ", take(tuple("ABCDEF"), draw.below(count, 6)))),
        only(style > 0.82, join(" ", number(1 + draw.below(count, 72)))),
    )
    street = when(swedish, take(streets.sv, index), take(streets.fi, index))
    return Address(join(street, " ", number(house), tail), places.postcode, places.city(swedish))


def draw_box(draw: Draw, places: Places, *, swedish: Bools) -> Address:
    """A PO box, ``PL 226`` or ``PB 226``, under one of the municipality's box codes if it has any."""
    count = len(swedish)
    box = join(when(swedish, "PB ", "PL "), number(1 + draw.below(count, 900)))
    offered = _list().box_count[places.index]
    code = take(_list().boxes, _list().box_first[places.index] + draw.below(count, np.maximum(offered, 1)))
    return Address(box, when(offered > 0, code, places.postcode), places.city(swedish))
