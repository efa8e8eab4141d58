"""Names of invented persons by the frequencies of the population: first names by sex, surnames, Swedish names."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from register.sample.draw import Bools, Draw, Floats, Ints, Weighted
from register.sample.text import Text, join, label, only, take
from register.sample.wordlists import words
from schemas import codes

WOMEN = 0.42
"""Share of women among decision-makers."""
HYPHENATED = 0.025
"""Share of persons with two surnames joined by a hyphen."""


@dataclass(frozen=True)
class People:
    """First and last names as indices into the lists; a second surname is -1 when there is none."""

    first: Ints
    last: Ints
    second: Ints

    def taken(self, index: Ints) -> People:
        return People(self.first[index], self.last[index], self.second[index])

    @property
    def first_names(self) -> Text:
        return take(_lists().first, self.first)

    @property
    def last_names(self) -> Text:
        return _with_second(_lists().last, self)

    @property
    def mailbox(self) -> Text:
        """``etunimi.sukunimi`` with å, ä→a and ö→o."""
        return join(take(_lists().first_labels, self.first), ".", _with_second(_lists().last_labels, self))

    @property
    def key(self) -> Ints:
        """Equal for two persons whose mailbox would be equal; below 2**46."""
        lists = _lists()
        second = np.where(self.second < 0, 0, lists.last_ids[self.second] + 1)
        return (lists.first_ids[self.first] << 31) + (lists.last_ids[self.last] << 16) + second


@dataclass(frozen=True)
class _Lists:
    first: Text
    last: Text
    first_labels: Text
    last_labels: Text
    first_ids: Ints
    last_ids: Ints
    women: Weighted
    men: Weighted
    swedish_women: Weighted
    swedish_men: Weighted
    surnames: Weighted
    swedish_surnames: Weighted
    plain: Bools
    """Surnames that may be half of a double surname."""
    genitives: Text


@cache
def _lists() -> _Lists:
    first = [row for row in codes.rows("first_names") if _is_name(row["name"])]
    last = [row for row in codes.rows("surnames") if _is_name(row["surname"])]
    counts = np.array([int(row["count_first"]) for row in first], np.int64)
    surname_counts = np.array([int(row["count"]) for row in last], np.int64)
    woman = np.array([row["sex"] == "F" for row in first])
    swedish_names = {row["name"] for row in words("swedish_names") if row["part"] == "first"}
    swedish_ends = tuple(row["name"] for row in words("swedish_names") if row["part"] == "surname_end")
    swedish_first = np.array([row["name"] in swedish_names for row in first])
    swedish_last = np.array(
        [row["surname"].lower().endswith(swedish_ends) or row["surname"].startswith(("af ", "von ")) for row in last]
    )
    names, surnames = pa.array([row["name"] for row in first]), pa.array([row["surname"] for row in last])
    first_labels, first_ids = _labels(names)
    last_labels, last_ids = _labels(surnames)
    return _Lists(
        first=names,
        last=surnames,
        first_labels=first_labels,
        last_labels=last_labels,
        first_ids=first_ids,
        last_ids=last_ids,
        women=Weighted(counts * woman),
        men=Weighted(counts * ~woman),
        swedish_women=Weighted(counts * (woman & swedish_first)),
        swedish_men=Weighted(counts * (~woman & swedish_first)),
        surnames=Weighted(surname_counts),
        swedish_surnames=Weighted(surname_counts * swedish_last),
        plain=np.array([row["surname"].isalpha() for row in last]),
        genitives=pa.array(
            [row["surname"][:-3] + "sen" if row["surname"].endswith("nen") else row["surname"] for row in last]
        ),
    )


def _is_name(text: str) -> bool:
    return len(text) > 1 and text.replace("-", "").replace(" ", "").isalpha() and all(part for part in text.split("-"))


def _labels(names: Text) -> tuple[Text, Ints]:
    labels = label(names)
    return labels, pc.dictionary_encode(labels).indices.to_numpy().astype(np.int64)


def _with_second(values: Text, people: People) -> Text:
    double = people.second >= 0
    return join(take(values, people.last), only(double, join("-", take(values, np.maximum(people.second, 0)))))


def draw_people(draw: Draw, swedish: Floats) -> People:
    """One person per entry of ``swedish``, the probability that it has a Swedish name."""
    lists, count = _lists(), len(swedish)
    in_swedish, woman = draw.chance(count, swedish), draw.chance(count, WOMEN)
    unit, surname = draw.unit(count), draw.unit(count)
    first = np.where(
        in_swedish,
        np.where(woman, lists.swedish_women.at(unit), lists.swedish_men.at(unit)),
        np.where(woman, lists.women.at(unit), lists.men.at(unit)),
    )
    last = np.where(in_swedish, lists.swedish_surnames.at(surname), lists.surnames.at(surname))
    second = draw.pick(count, lists.surnames)
    double = draw.chance(count, HYPHENATED) & lists.plain[last] & lists.plain[second] & (last != second)
    return People(first, last, np.where(double, second, -1))


def surname_index(draw: Draw, swedish: Bools) -> Ints:
    """Surnames for the names of firms."""
    unit = draw.unit(len(swedish))
    return np.where(swedish, _lists().swedish_surnames.at(unit), _lists().surnames.at(unit))


def surnames(index: Ints, *, genitive: bool = False) -> Text:
    """``Virtanen``, or in the genitive ``Virtasen`` (surnames in -nen; others stay as they are)."""
    return take(_lists().genitives if genitive else _lists().last, index)


def has_genitive(index: Ints) -> Bools:
    """Whether the surname ends in -nen, so that its genitive is known."""
    return np.asarray(pc.ends_with(_lists().last, "nen"))[index]


def variants() -> dict[str, list[str]]:
    """First names and the forms they are called by: Juhani → Juha, Jussi."""
    found: dict[str, list[str]] = {}
    for row in codes.rows("name_variants"):
        found.setdefault(row["name"], []).append(row["variant"])
    return found
