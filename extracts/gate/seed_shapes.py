"""Shapes of organisations and their people: what an invented one is made like, without anybody's values (R038).

A shape says how a name is built, how web and e-mail addresses agree with names, and whether the organisation is called
after somebody in it. Imports no database.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Any

import pyarrow as pa

from core.identity import fold_name
from extracts.gate.seed_names import Called, called, genitive

LOCALS = (
    "{f}.{l}", "{l}.{f}", "{f}", "{l}", "{i}.{l}", "{i}{l}", "{f}{l}", "{f}_{l}", "{f}-{l}", "{l}{i}", "{f}.{j}",
    "{f}{j}",
)  # fmt: skip
"""What stands before the @: first and last name (f, l) and their first letters (i, j)."""
LABELS = ("{words}", "{joined}", "{first}", "{words}-{form}", "{joined}{form}", "{first}-{form}")
"""Domains: the words of the name with hyphens or joined, the first alone, with the form."""
_BOXES = frozenset(
    "info myynti toimisto laskutus kirjaamo asiakaspalvelu office sales hallinto posti palvelu contact admin yhteys "
    "tilaukset huolto myymala mail varaukset neuvonta johto talous".split()
)
_OFTEN = 3
"""A word before the @ at so many domains is a box and nobody's."""
_DIGITS = re.compile(r"-?[a-z]?\d+$")
_WEB = re.compile(r"^(https?://)?(www\.)?")


@dataclass(frozen=True)
class Address:
    """How an e-mail agrees with its person and organisation."""

    local: str
    """One of :data:`LOCALS`, digits may follow; or a box."""
    own: bool
    """At the organisation's domain."""


@dataclass(frozen=True)
class Somebody:
    """A person of the shape: whether the organisation bears their names, and their address, None if there is none."""

    family: bool
    address: Address | None


@dataclass(frozen=True, eq=False)
class Shape:
    """What an invented organisation is made like."""

    called: Called
    families: Mapping[int, bool]
    """Words of the core that are the last name of somebody in it, by place; True: in the genitive."""
    first_names: frozenset[int]
    """Words of the core that are somebody's first name."""
    label: str
    """One of :data:`LABELS`, digits may follow."""
    people: Sequence[Somebody]


def shapes(rows: pa.Table) -> dict[int, Shape]:
    """By org, of rows as ``register/seed_shapes`` gives them."""
    lines = [
        row | {"first": folded(row["first_name"] or ""), "last": folded(row["last_name"] or "")}
        for row in rows.to_pylist()
    ]
    locals_ = Counter(local for local, _ in {tuple(row["email"].split("@")) for row in lines if row["email"]})
    boxes = _BOXES | {local for local, domains in locals_.items() if domains >= _OFTEN}
    return {
        org: _shape([*group], boxes=boxes)
        for org, group in groupby(sorted(lines, key=lambda row: row["org"]), key=lambda row: row["org"])
    }


def _shape(people: Sequence[Mapping[str, Any]], *, boxes: frozenset[str]) -> Shape:
    name, site = called(people[0]["name"]), people[0]["website"]
    domains = Counter(row["email"].rpartition("@")[2] for row in people if row["email"])
    domain = _WEB.sub("", site).split("/")[0] if site else max(domains, key=lambda one: domains[one], default="")
    family = next((row["last_name"] for row in people if _places(name, row["last_name"])), None)
    families = {place: word != family for place, word in _places(name, family).items()}
    firsts = {row["first_name"] for row in people if row["last_name"] == family}
    first_names = frozenset(place for place, word in enumerate(name.core) if families and word in firsts)
    return Shape(
        name,
        families,
        first_names - families.keys(),
        _label(name, domain.rpartition(".")[0]),
        [Somebody(bool(families) and row["last_name"] == family, _address(row, domain, boxes=boxes)) for row in people],
    )


def _places(name: Called, surname: str | None) -> dict[int, str]:
    """Words of the core that are this surname or its genitive, by place."""
    forms = {surname, genitive(surname)} if surname else set()
    return {place: word for place, word in enumerate(name.core) if word in forms}


def label(template: str, name: Called) -> str:
    """The domain without its end that an organisation of this name has by that template; empty: it gives none."""
    words, form = folded_words(" ".join(name.core)), folded_words(" ".join([*name.style[0], *name.style[1]]))
    if not words:
        return ""
    return template.format(words="-".join(words), joined="".join(words), first=words[0], form="".join(form))


def folded_words(text: str) -> list[str]:
    """Words as they stand in addresses: small letters and digits."""
    return re.sub(r"[^a-z0-9 ]", "", folded(text)).split()


def folded(text: str) -> str:
    """What ``core.identity.fold_name`` makes of a name, letter by letter: many short ones are quicker so."""
    return " ".join("".join(map(_letter, text)).split())


@cache
def _letter(letter: str) -> str:
    return (fold_name(f"a{letter}b") or "ab")[1:-1]


def _label(name: Called, domain: str) -> str:
    digits = _DIGITS.search(domain)
    for ending in dict.fromkeys(("", digits.group() if digits else "")):
        for template in LABELS:
            if domain and domain.removesuffix(ending) == label(template, name):
                return template + ending
    return LABELS[0]


def local(template: str, *, first: str, last: str) -> str:
    """What stands before the @ for somebody of these folded names."""
    f, l = first.replace(" ", "-"), last.replace(" ", "-")  # noqa: E741 - as in the templates
    return template.format(f=f, l=l, i=f[:1], j=l[:1])


def _address(row: Mapping[str, Any], domain: str, *, boxes: frozenset[str]) -> Address | None:
    if not row["email"]:
        return None
    before, _, at = row["email"].partition("@")
    own = at == domain
    if before in boxes:
        return Address(before, own)
    bare = before.rstrip("0123456789")
    for template in LOCALS:
        if bare == local(template, first=row["first"], last=row["last"]):
            return Address(template + before[len(bare) :], own)
    return Address(LOCALS[0], own)
