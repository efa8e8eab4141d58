"""One cell of a source, read: Finnish and English forms in, the register's codes and values out.

Every function takes a cleaned, non-empty text and returns the value, or the mark that
``schemas.register`` knows for a cell that cannot be read. Each is called once per distinct text of a chunk.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import TypeVar

from core.labels import fold_label
from schemas import codes
from schemas.register import NO_DATE, NO_NUMBER, UNREADABLE

_Meaning = TypeVar("_Meaning")
_FINNISH_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_ISO_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})([T ]00:00(:00(\.0+)?)?)?")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_THOUSANDS = re.compile(r"(?<=\d) (?=\d{3}\b)")
_INDUSTRY = re.compile(r"(\d{2}(?:\.?\d){0,3})\b")
_SEPARATORS = re.compile(r"\s*[;|,\n]\s*")

_KINDS = MappingProxyType({
    "company": "company", "yritys": "company", "foretag": "company",
    "association": "association", "yhdistys": "association", "yhteiso": "association", "forening": "association",
    "public": "public", "julkinen": "public", "offentlig": "public",
})  # fmt: skip
_KIND_OF_GROUP = MappingProxyType({
    "yritys": "company", "asuntoyhteiso": "company", "muu": "company", "julkinen": "public",
    "yhdistys": "association", "yhteiso": "association", "saatio": "association", "uskonnollinen": "association",
})  # fmt: skip
_TRUE = frozenset({"true", "1", "1 0", "yes", "kylla", "ja", "x", "lakannut", "poistettu", "konkurssi", "selvitystila"})
_FALSE = frozenset({"false", "0", "0 0", "no", "ei", "nej", "rekisterissa", "voimassa", "toimiva", "yrityssaneeraus"})
SOLE_TRADER = "F26"
"""The form of a natural person who trades (R010)."""


def _first(ways: Iterable[tuple[str, _Meaning]]) -> Mapping[str, _Meaning]:
    """Folded text to meaning; of several meanings, the one listed first."""
    known: dict[str, _Meaning] = {}
    for way, meaning in ways:
        known.setdefault(fold_label(way), meaning)
    known.pop("", None)
    return MappingProxyType(known)


def read_date(text: str) -> date:
    """``2026-11-22`` or ``22.11.2026``."""
    if match := _FINNISH_DATE.fullmatch(text):
        day, month, year = map(int, match.groups())
    elif match := _ISO_DATE.fullmatch(text):
        year, month, day = map(int, match[1].split("-"))
    else:
        return NO_DATE
    try:
        return date(year, month, day)
    except ValueError:
        return NO_DATE


def read_count(text: str) -> int:
    """A whole number from 0 to 10 million, thousands parted by spaces or not."""
    digits = text.replace(" ", "")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 7 else NO_NUMBER


def read_truth(text: str) -> int:
    """1 or 0, from yes and no or from the word for a register state."""
    folded = fold_label(text)
    return 1 if folded in _TRUE else 0 if folded in _FALSE else NO_NUMBER


def read_kind(text: str) -> str:
    return text if text in codes.KINDS else _KINDS.get(fold_label(text), text)


@cache
def _forms() -> Mapping[str, str]:
    """Every way to write a company form: letters, number, name, abbreviation."""
    rows = [(row["prh_code"] or f"F{row['ytj_code']}", row) for row in codes.rows("company_forms")]
    ways = [(way, code) for code, row in rows for way in (code, row["ytj_code"])]
    for columns in (("name_fi", "name_sv", "name_en"), ("abbrev_fi", "abbrev_sv")):
        ways += [(name, code) for code, row in rows for column in columns for name in row[column].split("/")]
    return _first(ways)


def read_form(text: str) -> str:
    """``OY``, ``16``, ``Osakeyhtiö`` and ``Ab`` are all ``OY``."""
    return text if text in codes.forms() else _forms().get(fold_label(text), text)


@cache
def _kind_of_form() -> Mapping[str, str]:
    return MappingProxyType(
        {row["prh_code"] or f"F{row['ytj_code']}": _KIND_OF_GROUP[row["group"]] for row in codes.rows("company_forms")}
    )


def kind_of_form(form: str) -> str | None:
    """The kind of organisation that a form makes: foundations and religious communities count as associations."""
    return _kind_of_form().get(form)


def _by_numbers(labels: Mapping[str, codes.Label]) -> Mapping[tuple[str, ...], int]:
    return MappingProxyType({_numbers(label.fi): int(code) for code, label in labels.items()})


def _numbers(text: str) -> tuple[str, ...]:
    return tuple(number.replace(".", ",") for number in _NUMBER.findall(_THOUSANDS.sub("", text)))


@cache
def _staff() -> Mapping[tuple[str, ...], int]:
    return _by_numbers(codes.staff_classes())


@cache
def _revenue() -> Mapping[tuple[str, ...], int]:
    return _by_numbers(codes.revenue_classes())


def read_staff_class(text: str) -> int:
    """A code, or the band: ``20-49 henkilöä`` is 4."""
    return int(text) if text in codes.staff_classes() else _staff().get(_numbers(text), NO_NUMBER)


def read_revenue_class(text: str) -> int:
    """A code, or the band: ``2-10 milj. euroa`` is 5."""
    return int(text) if text in codes.revenue_classes() else _revenue().get(_numbers(text), NO_NUMBER)


def read_version(text: str) -> str:
    """``TOL 2025``, ``2025`` and YTJ's ``TOIMI4`` are ``TOL2025``."""
    plain = text.replace(" ", "").upper()
    known = {"TOIMI3": "TOL2008", "TOIMI4": "TOL2025", "2008": "TOL2008", "2025": "TOL2025"}
    return known.get(plain, plain)


@cache
def _industry_names() -> Mapping[str, tuple[str, str]]:
    """Finnish class name to version and code; TOL 2025 and the finer level win."""
    return _first(
        [
            (label.fi, (version, code))
            for version in reversed(codes.INDUSTRY_VERSIONS)
            for code, label in sorted(codes.industries(version).items(), key=lambda item: -len(item[0]))
        ]
    )


def read_industry(version: str | None, text: str) -> tuple[str | None, str]:
    """Version and undotted code of ``62010``, ``62.01``, ``62010 Ohjelmistojen suunnittelu`` or a class name alone.

    Without a version it is the newest one that knows the code. An unknown code gives the mark.
    """
    match = _INDUSTRY.match(text)
    code = match[1].replace(".", "") if match else text.upper() if len(text) == 1 else None
    if code is None:
        found = _industry_names().get(fold_label(text))
        return found if found and version in (None, found[0]) else (version, UNREADABLE)
    if version is None:
        knowing = [known for known in codes.INDUSTRY_VERSIONS if codes.industry_known(known, code)]
        return (knowing[-1], code) if knowing else (None, UNREADABLE)
    if version not in codes.INDUSTRY_VERSIONS:
        return version, code
    return version, code if codes.industry_known(version, code) else UNREADABLE


@cache
def _responsibilities() -> Mapping[str, str]:
    return _first(
        [
            (way, code)
            for code, label in codes.responsibilities().items()
            for way in (code, label.fi, label.sv, label.en)
        ]
    )


def read_responsibilities(text: str) -> str | None:
    """Codes or names of areas, separated by ``;`` (or ``,`` or ``|``); given back as sorted codes with ``;``."""
    found = {_responsibilities().get(fold_label(part)) for part in _SEPARATORS.split(text) if part}
    return UNREADABLE if None in found else ";".join(sorted(filter(None, found))) or None


@cache
def _levels() -> Mapping[str, int]:
    return _first([(name, level) for level, name in codes.LEVELS.items()])


def read_level(text: str) -> int:
    """1-4, or the level's Finnish name."""
    return int(text) if text in {"1", "2", "3", "4"} else _levels().get(fold_label(text), NO_NUMBER)


@cache
def _municipalities() -> Mapping[str, str]:
    return _first([(way, code) for code, label in codes.municipalities().items() for way in (label.fi, label.sv)])


def read_municipality(text: str) -> str:
    """A three-digit code, or the name in Finnish or Swedish."""
    return text if text in codes.municipalities() else _municipalities().get(fold_label(text), text)


def municipality_of(postcode: str) -> str | None:
    """Where a Finnish postcode lies; None when the list does not say."""
    known = codes.postal_codes().get(postcode)
    return known.municipality if known and known.municipality in codes.municipalities() else None
