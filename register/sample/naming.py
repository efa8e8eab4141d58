"""Names of invented organisations: a core from family names, places, trade and brand words, and the form's token.

Names may coincide with real ones; what marks the invented is the Y-tunnus and the ``.example`` domain.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from register.sample.draw import Bools, Draw, Grouped, Ints, Weighted
from register.sample.people import has_genitive, surname_index, surnames
from register.sample.places import Address, Places
from register.sample.text import Text, choose, join, listed, number, only, take, when
from register.sample.traits import FORM_CODES, Profile, Traits, industry_codes, industry_index
from register.sample.wordlists import column, words
from schemas import codes

_FOUNDER, _GENITIVE, _PLACE, _BRAND_TRADE, _BRAND_TAIL, _BRAND, _PARTNERS, _INITIAL, _DIRECTION, _GROUP = range(10)
_SMALL_PATTERNS = (20, 20, 12, 14, 10, 9, 5, 7, 3, 0)
_LARGE_PATTERNS = (3, 3, 14, 14, 28, 18, 1, 0, 9, 10)


@dataclass(frozen=True)
class Names:
    """What an organisation is called. ``founder`` is the surname in the name, -1 when there is none."""

    name: Text
    label_source: Text
    """The part of the name the domain is made of."""
    parallel: Text
    auxiliary: Text
    founder: Ints
    industry: Ints
    """The industry, where the name decides it (associations, public bodies)."""


@cache
def _trades() -> Grouped:
    """Trade words by industry: positions in the list ``trades``."""
    groups: dict[str, list[tuple[int, int]]] = {}
    for position, row in enumerate(words("trades")):
        groups.setdefault(row["prefix"], []).append((position, 1))
    return Grouped(
        [
            next((groups[code[:length]] for length in (4, 3, 2) if code[:length] in groups), groups["94"])
            for code in industry_codes()
        ]
    )


def _any(draw: Draw, count: int, values: Text) -> Text:
    """Any of the values, each as likely."""
    return take(values, draw.below(count, len(values)))


def draw_names(draw: Draw, traits: Traits, *, places: Places, visiting: Address, swedish: Bools) -> Names:
    """Names for all kinds of organisation, the industry of those whose name says what they do, parallel names."""
    company = _company(draw, traits, places=places, visiting=visiting, swedish=swedish)
    civic, civic_industry = _association(draw, traits, places)
    public, public_industry = _public(draw, traits)
    group = np.select([traits.profile < Profile.ASSOCIATION, traits.profile <= Profile.PARISH], [0, 1], 2)
    return Names(
        name=choose(group, company.name, civic, public),
        label_source=choose(group, company.label_source, civic, public),
        parallel=only(group == 0, company.parallel),
        auxiliary=only(group == 0, company.auxiliary),
        founder=np.where(group == 0, company.founder, -1),
        industry=np.select([group == 0, group == 1], [traits.industry, civic_industry], public_industry),
    )


def _brand(draw: Draw, count: int) -> Text:
    start, middle, end = (_any(draw, count, column("brands", "word", part=part)) for part in ("start", "middle", "end"))
    return join(start, only(draw.chance(count, 0.55), middle), end)


@dataclass(frozen=True)
class _Cores:
    """Names without the form, in Finnish, Swedish and English, and the surname in them (-1: none)."""

    fi: Text
    sv: Text
    en: Text
    founder: Ints


def _company(draw: Draw, traits: Traits, places: Places, visiting: Address, swedish: Bools) -> Names:
    trade = _trades().at(traits.industry, draw.unit(len(swedish)))
    cores = _cores(draw, traits, places, trade=trade, swedish=swedish)
    housing = traits.profile == Profile.HOUSING
    house = when(traits.form == FORM_CODES.index("AOY"), _brand(draw, len(swedish)), visiting.street)
    core = when(housing, join(places.genitive, " ", house), when(swedish, cores.sv, cores.fi))
    return Names(
        name=_with_form(draw, traits, core, swedish),
        label_source=core,
        parallel=_parallel(draw, traits, cores, swedish),
        auxiliary=_auxiliary(draw, trade),
        founder=np.where(housing, -1, cores.founder),
        industry=traits.industry,
    )


def _cores(draw: Draw, traits: Traits, places: Places, *, trade: Ints, swedish: Bools) -> _Cores:
    count = len(swedish)
    unit = draw.unit(count)
    pattern = np.where(traits.staff < 4, Weighted(_SMALL_PATTERNS).at(unit), Weighted(_LARGE_PATTERNS).at(unit))
    surname, partner = surname_index(draw, swedish), surname_index(draw, swedish)
    pattern = np.where((pattern == _GENITIVE) & ~has_genitive(surname), _FOUNDER, pattern)
    personal = np.isin(traits.profile, (Profile.PARTNERSHIP, Profile.TRADER))
    pattern = np.where(personal & (pattern > _BRAND_TRADE), _INITIAL, pattern)
    family, brand = surnames(surname), _brand(draw, count)
    initial = take(tuple("AEHIJKLMPRSTV"), draw.below(count, 13))
    direction = draw.below(count, len(words("directions")))
    tail = _any(draw, count, column("brands", "word", part="tail"))

    def core(language: str, place: Text, group: str) -> Text:
        word = take(column("trades", language), trade)
        return choose(  # in the order of the patterns' names
            pattern,
            join(word, " ", family),
            join(surnames(surname, genitive=True), " ", word),
            join(place, " ", word),
            join(brand, " ", word),
            join(brand, " ", tail),
            brand,
            join(family, " & ", surnames(partner)),
            join(word, " ", initial, ". ", family),
            join(take(column("directions", language), direction), " ", word),
            join(family, group),
        )

    return _Cores(
        core("fi", places.genitive, " Yhtiöt"),
        core("sv", places.municipality_sv, "-bolagen"),
        core("en", places.municipality_en, " Companies"),
        np.where(np.isin(pattern, (_FOUNDER, _GENITIVE, _PARTNERS, _INITIAL)), surname, -1),
    )


def _parallel(draw: Draw, traits: Traits, cores: _Cores, swedish: Bools) -> Text:
    """The name in the other national language, in English, or both; for larger companies more often."""
    count, large = len(swedish), traits.staff >= 3
    translated = ~np.isin(traits.profile, (Profile.HOUSING, Profile.TRADER)) & np.asarray(
        pc.not_equal(cores.fi, cores.en)
    )
    national = (
        translated & draw.chance(count, np.where(large, 0.3, 0.05)) & np.asarray(pc.not_equal(cores.fi, cores.sv))
    )
    english = translated & draw.chance(count, np.where(large, 0.35, 0.04))
    other = when(swedish, join(cores.fi, " Oy"), join(cores.sv, " Ab"))
    return listed(only(national, other), only(english, join(cores.en, " Ltd")))


def _auxiliary(draw: Draw, trade: Ints) -> Text:
    """One or two names of parts of the business, for some."""
    count = len(trade)
    brand, some = _brand(draw, count), draw.chance(count, 0.07)
    first = join(take(column("trades", "fi"), trade), " ", brand)
    second = join(brand, " ", _any(draw, count, column("brands", "word", part="tail")))
    return listed(only(some, first), only(some & draw.chance(count, 0.25), second))


_TOKENS = {  # form: Finnish and Swedish way of writing it, with weights
    "OY": (("{} Oy", 82), ("Oy {}", 6), ("Oy {} Ab", 8), ("{} Oy Ab", 2), ("{} oy", 2)),
    "OY-sv": (("Ab {}", 22), ("{} Ab", 34), ("Oy {} Ab", 44)),
    "KY": (("{} Ky", 1),),
    "AY": (("{} Ay", 1),),
    "F26": (("Tmi {}", 9), ("T:mi {}", 1)),
    "OK": (("Osuuskunta {}", 1), ("{} Osk", 1)),
    "AOY": (("Asunto Oy {}", 6), ("As. Oy {}", 4)),
    "KOY": (("Kiinteistö Oy {}", 1),),
    "OYJ": (("{} Oyj", 1),),
}


@cache
def _tokens() -> tuple[Text, Text, Grouped]:
    flat: list[str] = []
    groups = []
    for entries in _TOKENS.values():
        groups.append([(len(flat) + number, weight) for number, (_, weight) in enumerate(entries)])
        flat += [text for text, _ in entries]
    before, after = zip(*(text.split("{}") for text in flat), strict=True)
    return pa.array(before), pa.array(after), Grouped(groups)


def _with_form(draw: Draw, traits: Traits, core: Text, swedish: Bools) -> Text:
    before, after, grouped = _tokens()
    order = list(_TOKENS)
    group_of_form = np.array([order.index(code) if code in order else 0 for code in FORM_CODES], np.int64)
    group = np.where(swedish & (traits.form == 0), order.index("OY-sv"), group_of_form[traits.form])
    token = grouped.at(group, draw.unit(len(swedish)))
    return join(take(before, token), core, take(after, token))


@cache
def _invented_places() -> Text:
    """Names of municipalities that do not exist, in the genitive: ``Koivuniemen``."""
    real = {label.fi for label in codes.municipalities().values()}
    starts, ends = ([row for row in words("invented_places") if row["part"] == part] for part in ("start", "end"))
    return pa.array(
        [
            start["word"] + end["genitive"]
            for start in starts
            for end in ends
            if start["word"].lower() != end["word"] and start["word"] + end["word"] not in real
        ]
    )


def _body(draw: Draw, count: int, kind: str) -> tuple[Text, Ints]:
    """Names of a kind of body and the industries they say."""
    industries = column("bodies", "industry", kind=kind).to_pylist()
    picked = draw.below(count, len(industries))
    numbers = np.array([industry_index()[code] for code in industries], np.int64)
    return take(column("bodies", "name", kind=kind), picked), numbers[picked]


def _association(draw: Draw, traits: Traits, places: Places) -> tuple[Text, Ints]:
    count = len(traits.profile)
    activity, industry = _body(draw, count, "association")
    place = when(draw.chance(count, 0.6), places.genitive, _any(draw, count, _invented_places()))
    union = draw.chance(count, 0.15)
    trade, _ = _body(draw, count, "union")
    national = join("Suomen ", trade, " ", take(("Liitto", "Yhdistys"), draw.below(count, 2)), " ry")
    branch = only(draw.chance(count, 0.3), join(" ", number(1 + draw.below(count, 400))))
    local = join(place, " ", activity, only(np.asarray(pc.equal(activity, "ammattiosasto")), branch), " ry")
    surname = surname_index(draw, np.zeros(count, bool))
    ending = take(("säätiö sr", "muistosäätiö sr", "tukisäätiö sr"), draw.below(count, 3))
    foundation = join(surnames(surname, genitive=True), when(has_genitive(surname), " ", "-"), ending)
    parish = join(
        _any(draw, count, _invented_places()),
        take((" seurakunta", " seurakunta", " ev.lut. seurakunta", " seurakuntayhtymä"), draw.below(count, 4)),
    )
    index = industry_index()
    name = when(
        traits.profile == Profile.FOUNDATION,
        foundation,
        when(traits.profile == Profile.PARISH, parish, when(union, national, local)),
    )
    code = np.select(
        [traits.profile == Profile.FOUNDATION, traits.profile == Profile.PARISH, union],
        [index["9499"], index["9491"], index["9411"]],
        industry,
    )
    return name, code


def _public(draw: Draw, traits: Traits) -> tuple[Text, Ints]:
    count = len(traits.profile)
    place = _any(draw, count, _invented_places())
    town = traits.staff >= 5
    municipality = join(place, when(town, " kaupunki", " kunta"))
    service, service_industry = _body(draw, count, "municipal_unit")
    unit = join(municipality, ", ", service)
    county = join(place, " hyvinvointikuntayhtymä")
    education = join(place, take((" koulutuskuntayhtymä", " kansalaisopisto", " ammattiopisto"), draw.below(count, 3)))
    office, agency_industry = _body(draw, count, "agency")
    agency = join(place, " ", office)
    index = industry_index()
    which = np.clip(traits.profile - Profile.MUNICIPALITY, 0, 4)
    return choose(which, municipality, unit, county, education, agency), np.choose(
        which,
        [
            np.full(count, index["8411"]),
            service_industry,
            np.full(count, index["8610"]),
            np.full(count, index["8532"]),
            agency_industry,
        ],
    )
