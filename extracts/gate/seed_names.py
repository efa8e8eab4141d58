"""How organisations are called, and invented ones that are called so (R038). Imports no database.

A name is the tokens of its form (``Oy … Ab``, ``Tmi …``, ``… ry``) around a core. An invented core takes the beginning
of one core and the rest of another; a word that a single organisation bears is never taken but made anew, so that
invented names have words of their own as often as real ones.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate

from schemas import codes

_BEFORE = frozenset(
    "oy ab tmi t:mi toiminimi osuuskunta andelslaget asunto as. kiinteistö bostads bost. fastighets ky kb".split()
)
_AFTER = frozenset("oy ab oyj abp ky kb ay öb osk osuuskunta tmi ry r.y. rf r.f. sr rs ltd".split())
NAMELESS = "-"
"""How an organisation without a name is called."""
_VOWELS = "aeiouyåäö"
_NUMBER = re.compile(r"[1-9]\d*")
_LEAST = 3
"""Letters that a part of a word has at least where two are put together."""

_ENDINGS = (2, 1)
"""Letters in which the first word of a name is to end as the one it stands for: an inflected word is one again."""

Style = tuple[tuple[str, ...], tuple[str, ...]]
"""Tokens of the form before and after the core, as written."""


@dataclass(frozen=True)
class Called:
    """A name taken apart."""

    style: Style
    core: tuple[str, ...]

    @property
    def name(self) -> str:
        before, after = self.style
        return " ".join([*before, *self.core, *after])


def called(name: str) -> Called:
    """The name's form and core; a core has a word at least."""
    words = name.split()
    first, last = 0, len(words)
    while first < last - 1 and words[first].lower() in _BEFORE:
        first += 1
    while last > first + 1 and words[last - 1].lower() in _AFTER:
        last -= 1
    return Called((tuple(words[:first]), tuple(words[last:])), tuple(words[first:last]))


def swedish(style: Style) -> bool:
    """Whether the form is written in Swedish, alone or too."""
    return any(word.lower() in ("ab", "abp", "kb", "öb", "rf", "r.f.") for part in style for word in part)


def genitive(surname: str) -> str | None:
    """``Mäkisen`` of ``Mäkinen``, ``Mattilan`` of ``Mattila``; None where it is not that simple."""
    if surname.endswith("nen"):
        return f"{surname[:-3]}sen"
    return f"{surname}n" if surname.endswith(("la", "lä")) else None


@cache
def _surnames() -> dict[str, str]:
    """Surnames that many bear, and their genitives, to themselves as they are listed."""
    names = [row["surname"] for row in codes.rows("surnames")]
    return {word: name for name in names for word in (genitive(name), name) if word}


def renumbered(text: str, draw: random.Random) -> str:
    """Every number in it replaced by another of as many digits."""

    def other(found: re.Match[str]) -> str:
        least = 10 ** (len(found.group()) - 1)
        return str(draw.randrange(least, 10 * least))

    return _NUMBER.sub(other, text)


class Vocabulary:
    """The words that invented names are made of: those of ``names``; how common one is, ``names`` and ``more`` say."""

    def __init__(self, names: Iterable[str], more: Iterable[str] = ()) -> None:
        drawn = dict.fromkeys(names)
        self.names = [called(name) for name in drawn]
        everybody = dict.fromkeys((*self.names, *(called(name) for name in dict.fromkeys(more) if name not in drawn)))
        self._bearers = Counter(word for one in everybody for word in set(one.core))
        self._by_form: dict[tuple[Style, bool], list[Called]] = {}
        self._by_ending: dict[tuple[Style, bool, str], list[str]] = {}
        for one in self.names:
            form, word = (one.style, len(one.core) > 1), one.core[0]
            self._by_form.setdefault(form, []).append(one)
            for letters in _ENDINGS:
                self._by_ending.setdefault((*form, word[-letters:]), []).append(word)

    def invent(self, draw: random.Random, like: Called, *, given: Sequence[str | None] = ()) -> Called:
        """A name like that one; ``given`` are words that stand already, by their place in the core."""
        core = list(like.core)
        stands = [*given, *[None] * (len(core) - len(given))]
        others = self._by_form.get((like.style, len(core) > 1)) or [like]
        bare = like.style == ((), ())  # a public body: a place that exists must not be taken
        if stands[0] is None:
            core[0] = self._word(draw, self._beginning(draw, like), others, fresh=bare or len(core) == 1)
        for place in range(1, len(core)):
            core[place] = self._word(draw, core[place], others, fresh=False)
        return Called(like.style, tuple(word or made for word, made in zip(stands, core, strict=True)))

    def _surname(self, draw: random.Random, *, inflected: bool) -> str:
        """One that no organisation is called after, if that is soon found."""
        for _ in range(20):
            made = _surname(draw, inflected=inflected)
            if not self._bearers[made]:
                break
        return made

    def _beginning(self, draw: random.Random, like: Called) -> str:
        """The first word of another name of that form, one that ends as this does where there are some."""
        form, word = (like.style, len(like.core) > 1), like.core[0]
        for letters in _ENDINGS:
            alike = self._by_ending.get((*form, word[-letters:]), ())
            if len(alike) > _LEAST:
                return draw.choice(alike)
        return draw.choice(self._by_form.get(form) or [like]).core[0]

    def _word(self, draw: random.Random, word: str, others: Sequence[Called], *, fresh: bool) -> str:
        """The word itself where several bear it, else one like it that nobody bears."""
        if not any(letter.isalpha() for letter in word):
            return renumbered(word, draw)
        if len(word) <= _LEAST or not (fresh or self._bearers[word] <= 1):
            return word
        listed = _surnames()
        if word in listed and not fresh:
            return self._surname(draw, inflected=word != listed[word])
        for _ in range(20):
            other = draw.choice(draw.choice(others).core)
            made = fused(word, other if len(other) > _LEAST else draw.choice(tuple(listed.values())))
            if made not in self._bearers:
                return made
        return fused(word, draw.choice(tuple(listed.values())))


def _surname(draw: random.Random, *, inflected: bool) -> str:
    """A surname as often as people have it, in the genitive if so wanted."""
    names, weights = _weighted(inflected)
    name = draw.choices(names, cum_weights=weights)[0]
    return (genitive(name) if inflected else None) or name


@cache
def _weighted(inflected: bool) -> tuple[list[str], list[int]]:
    rows = [row for row in codes.rows("surnames") if not inflected or genitive(row["surname"])]
    return [row["surname"] for row in rows], list(accumulate(int(row["count"]) for row in rows))


def fused(head: str, tail: str) -> str:
    """The first half of one word and the second of another, each parted where a syllable ends."""
    made = head[: _parted(head)] + tail[_parted(tail) :].lower()
    return made if head[:1].isupper() else made.lower()


def _parted(word: str) -> int:
    low = word.lower()
    places = [
        place
        for place in range(2, len(word) - 1)
        if low[place - 1].isalpha() and low[place] not in _VOWELS and low[place].isalpha() and low[place + 1] in _VOWELS
    ]
    return min(places, key=lambda place: abs(2 * place - len(word)), default=len(word) // 2)
