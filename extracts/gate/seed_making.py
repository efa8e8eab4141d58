"""Inventing seeds from shapes: organisations and people that are nobody, and look like the register's (R038).

Y-tunnus numbers are of a range that is not given out, addresses under the reserved domain ``.example``, numbers have
one digit too many to be assigned. Nobody's values are taken: names of people are common ones, put together anew.
"""

from __future__ import annotations

import csv
import random
import secrets
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import Any

from extracts.gate.seed_names import Called, Vocabulary, called, fused, genitive, renumbered, swedish
from extracts.gate.seed_shapes import LABELS, LOCALS, Address, Shape, Somebody, folded, folded_words, label, local
from schemas import codes

Seed = dict[str, Any]
UNIQUE = ("email", "mobile", "phone", "business_id", "organisation_name")
"""Columns in which no two seeds (of two organisations) have the same."""

_RESERVED_IDS = range(9_900_000, 10_000_000)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2)
_MOBILE_BLOCK = "+358509"
_MOBILE_DIGITS = 7
_WOMEN = 42
"""Per cent of decision-makers."""
_TRIES = 50
_FEW = 5
"""What more organisations have is taken as it is: one more is not seen."""
_USUAL = Address(LOCALS[0], own=True)
_PLAIN = Somebody(family=False, address=_USUAL)


@cache
def lists() -> Mapping[str, tuple[str, ...]]:
    """Words by part: names of people, streets, and what companies are called while there is no register."""
    with Path(__file__).with_name("seed_words.csv").open(encoding="utf-8", newline="") as file:
        words = list(csv.DictReader(file))
    return {
        "first_name": tuple(dict.fromkeys(row["name"] for row in codes.rows("first_names") if _plain(row["name"]))),
        "last_name": tuple(row["surname"] for row in codes.rows("surnames") if _plain(row["surname"])),
        "street": tuple(row["name_fi"] for row in codes.rows("street_names") if row["area"] == "yleinen"),
        **{part: tuple(row["word"] for row in words if row["part"] == part) for part in ("first", "second", "trade")},
    }


def _plain(name: str) -> bool:
    return len(name) > 1 and name.replace("-", "").isalpha()


@cache
def _bearers() -> Mapping[str, int]:
    """How many bear a name: men count more among decision-makers, as they are more of them."""
    found: dict[str, int] = {}
    for row in codes.rows("first_names"):
        share = _WOMEN if row["sex"] == "F" else 100 - _WOMEN
        found[row["name"]] = found.get(row["name"], 0) + int(row["count_first"] or 0) * share
    return found | {row["surname"]: int(row["count"]) for row in codes.rows("surnames")}


@cache
def _cumulative(part: str) -> list[int]:
    return list(accumulate(max(1, _bearers().get(name, 0)) for name in lists()[part]))


class Names:
    """Names of people as often as the register has them: ``rows`` of first name, last name, organisation's name, and in
    how many organisations of the register somebody bears a name, by part; nothing where they are too many for one more
    to be seen. Only names that many people have are given, and a first and a last name of two different people."""

    def __init__(
        self, rows: Iterable[tuple[str, str, str]] = (), bearers: Mapping[str, Mapping[str, int]] | None = None
    ) -> None:
        self._pools: dict[tuple[str, bool], list[str]] = {}
        self._bearers = bearers or {}
        for first, last, organisation in rows:
            language = swedish(called(organisation).style)
            for part, name in (("first_name", first), ("last_name", last)):
                self._pools.setdefault((part, language), []).append(name)

    def draw(self, draw: random.Random, part: str, *, language: bool) -> str:
        """A first or last name; in a company of a Swedish name as they are there. With the seed it is in as many
        organisations as the name of somebody in the register is: for one that is in one alone it must be in none."""
        pool = self._pools.get((part, language)) or self._pools.get((part, False)) or [""]
        drawn, bearers = draw.choice(pool), self._bearers.get(part)
        if not bearers:
            return drawn if _common(part, drawn) else _listed(draw, part)
        others = bearers.get(drawn, 1) - 1
        if others > _FEW and _common(part, drawn):
            return drawn
        if not others and part == "last_name" and "-" in drawn:
            return "-".join(_listed(draw, part) for _ in drawn.split("-"))
        for tried in range(2 * _TRIES):
            name = draw.choice(pool) if tried < _TRIES else _listed(draw, part)
            if min(bearers.get(name, 0), _FEW) == min(others, _FEW) and _common(part, name):
                break
        return name


def _common(part: str, name: str) -> bool:
    return name in _listed_names(part)


@cache
def _listed_names(part: str) -> frozenset[str]:
    return frozenset(lists()[part])


def _listed(draw: random.Random, part: str) -> str:
    """A name as often as people have it: rare ones would stand out among real rows (R038)."""
    return draw.choices(lists()[part], cum_weights=_cumulative(part))[0]


class Maker:
    """Invents organisations and their people; no two have anything of :data:`UNIQUE` in common, nor with ``used``."""

    def __init__(self, used: dict[str, set[Any]], vocabulary: Vocabulary, names: Names) -> None:
        self._used, self._vocabulary, self._names = used, vocabulary, names
        self._draw = secrets.SystemRandom()

    def organisation(self, shape: Shape, people: int, *, choice: int) -> list[list[Seed]]:
        """An organisation of so many people; for each ``choice`` seeds, any one of which may be taken."""
        draw, language = self._draw, swedish(shape.called.style)
        owner = self._names.draw(draw, "first_name", language=language)
        family = self._family(shape, language=language)
        words: list[str | None] = [None] * len(shape.called.core)
        for place, inflected in shape.families.items():
            words[place] = genitive(family) if inflected else family
        for place in shape.first_names:
            words[place] = owner
        name = self._name(shape.called, words)
        domain = f"{self._label(shape.label, name)}.example"
        common = {
            "phone": self._number(),
            "organisation_name": name.name,
            "business_id": self._business_id(),
            "website": f"www.{domain}",
            "street": f"{draw.choice(lists()['street'])} {draw.randint(1, 48)}",
        }
        bodies, called_so = self._bodies(shape, people), set[tuple[str, str]]()
        made: list[list[Seed]] = [[] for _ in bodies]
        for place, one in enumerate(bodies):
            for _ in range(choice):
                first, last = self._named(
                    family=family if one.family else None,
                    owner=owner if one.family and not place and shape.first_names else None,
                    language=language,
                    but=called_so,
                )
                made[place].append(common | self._person(one, first, last, domain=domain))
        return made

    def _bodies(self, shape: Shape, people: int) -> Sequence[Somebody]:
        """Whom they are like: each of the shape's people once, as long as there are."""
        pool = list(shape.people) or [_PLAIN]
        bodies = self._draw.sample(pool, min(people, len(pool)))
        return sorted([*bodies, *self._draw.choices(pool, k=people - len(bodies))], key=lambda one: not one.family)

    def _family(self, shape: Shape, *, language: bool) -> str:
        """A last name; one with a simple genitive where the organisation's name has it in that."""
        while True:
            name = self._names.draw(self._draw, "last_name", language=language)
            if not any(shape.families.values()):
                return name
            if genitive(name):
                return name
            language = False

    def _name(self, like: Called, words: Sequence[str | None]) -> Called:
        if not self._vocabulary.names and like.name not in self._used["organisation_name"]:
            self._used["organisation_name"].add(like.name)
            return like
        for _ in range(_TRIES):
            name = self._vocabulary.invent(self._draw, like, given=words)
            if name.name not in self._used["organisation_name"] and name.core != like.core:
                break
        else:  # few words to make names of
            name = Called(like.style, (*name.core[:-1], fused(name.core[-1], self._syllables())))
        self._used["organisation_name"].add(name.name)
        return name

    def _syllables(self) -> str:
        words = lists()
        return "".join([self._draw.choice(words["first"]), *self._draw.sample(words["second"], 2)])

    def _label(self, template: str, name: Called) -> str:
        known = max((one for one in LABELS if template.startswith(one)), key=len, default=LABELS[0])
        base = label(known, name) or "".join(folded_words(self._syllables()))
        return base + renumbered(template.removeprefix(known), self._draw)

    def _named(
        self, *, family: str | None, owner: str | None, language: bool, but: set[tuple[str, str]]
    ) -> tuple[str, str]:
        """A first and a last name; nobody else of the organisation has both, unless there are few names."""
        for _ in range(_TRIES):
            first = owner or self._names.draw(self._draw, "first_name", language=language)
            last = family or self._names.draw(self._draw, "last_name", language=language)
            if (first, last) not in but:
                break
        but.add((first, last))
        return first, last

    def _person(self, like: Somebody, first: str, last: str, *, domain: str) -> Seed:
        address = like.address or _USUAL
        at = domain if address.own else f"{self._label(LABELS[0], self._other())}.example"
        template = address.local
        taken = self._used["email"]
        before = _before(template, first, last)
        if f"{before}@{at}" in taken and "{" not in template:  # a box that a colleague has
            before = _before(LOCALS[0], first, last)
        email, again = f"{before}@{at}", 2
        while email in taken:
            email, again = f"{before}{again}@{at}", again + 1
        taken.add(email)
        return {"first_name": first, "last_name": last, "email": email, "mobile": self._number()}

    def _other(self) -> Called:
        """Another organisation that is nobody, for an address elsewhere."""
        names = self._vocabulary.names
        if not names:
            return Called(((), ()), (self._syllables(),))
        return self._vocabulary.invent(self._draw, self._draw.choice(names))

    def _number(self) -> str:
        """A number of the block set aside: valid in form, one digit longer than any that is given out."""
        while True:
            number = f"{_MOBILE_BLOCK}{self._draw.randrange(10**_MOBILE_DIGITS):0{_MOBILE_DIGITS}d}"
            if number not in self._used["mobile"] and number not in self._used["phone"]:
                self._used["mobile"].add(number)
                return number

    def _business_id(self) -> str:
        """A well-formed Y-tunnus of the range 9 900 000-9 999 999."""
        while True:
            digits = f"{self._draw.choice(_RESERVED_IDS):07d}"
            rest = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, digits, strict=True)) % 11
            business_id = f"{digits}-{0 if rest == 0 else 11 - rest}"
            if rest != 1 and business_id not in self._used["business_id"]:
                self._used["business_id"].add(business_id)
                return business_id


def _before(template: str, first: str, last: str) -> str:
    return local(template, first=folded(first), last=folded(last))


def listed_shape() -> Shape:
    """What seeds are like while nothing is published: a limited company of a short list of words."""
    draw, words = secrets.SystemRandom(), lists()
    stem = "".join([draw.choice(words["first"]), draw.choice(words["second"])])
    name = Called(((), ("Oy",)), (stem, draw.choice(words["trade"])))
    return Shape(name, {}, frozenset(), LABELS[0], (_PLAIN,))
