"""A customer's CRM as it looks after years: what a data-care job has to match, and the truth about each row.

At most 50,000 rows are made, whatever the register's size, so each row is dirtied by itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

import pyarrow as pa

from register.sample.draw import Draw
from register.sample.people import variants

COLUMNS = (
    "Asiakasnro",
    "Yritys",
    "Y-tunnus",
    "Yhteyshenkilö",
    "Etunimi",
    "Sukunimi",
    "Tehtävä",
    "Sähköposti",
    "Puhelin",
    "Katuosoite",
    "Postinro",
    "Postitoimipaikka",
    "Päivitetty",
)
TRUTH_COLUMNS = ("crm_id", "business_id", "source_id", "changes")
LEAST, MOST, ONE_IN = 5, 50_000, 4
_UNKNOWN, _DUPLICATE = 0.15, 0.08

_EPOCH = date(1970, 1, 1).toordinal()

Row = dict[str, Any]


class Rows(NamedTuple):
    """How many rows are about persons of the register, about organisations not in it, and duplicates."""

    known: int
    unknown: int
    duplicates: int


def wanted(organisations: int) -> Rows:
    """The rows for a register of that size."""
    total = min(max(organisations // ONE_IN, LEAST), MOST)
    unknown, duplicates = int(total * _UNKNOWN), int(total * _DUPLICATE)
    return Rows(total - unknown - duplicates, unknown, duplicates)


@dataclass
class _Chances:
    """Uniform numbers for one row after the other."""

    draw: Draw
    block: Iterator[float] = field(default_factory=lambda: iter(()))

    def unit(self) -> float:
        value = next(self.block, None)
        if value is None:
            self.block = iter(self.draw.unit(4096).tolist())
            value = next(self.block)
        return value

    def below(self, bound: int) -> int:
        return int(self.unit() * bound)

    def hit(self, probability: float) -> bool:
        return self.unit() < probability


def draw_crm(draw: Draw, known: pa.Table, *, strangers: pa.Table, rows: Rows, as_of: int) -> tuple[pa.Table, pa.Table]:
    """The CRM and its truth.

    ``known`` are positions of the register with their organisations' ``organisation``, ``visiting_*`` and ``phone``;
    ``strangers``, one for every row that is no duplicate, are in no register; they lend old names and addresses.
    """
    chance, nicknames = _Chances(draw), variants()
    others = strangers.to_pylist()
    entries = [
        _entry(row, others[number + rows.unknown], chance, nicknames) for number, row in enumerate(known.to_pylist())
    ]
    for other in others[: rows.unknown]:
        row, changes, _, _ = _entry(other, other, chance, nicknames)
        entries.append((row, ["organisation_unknown", *changes], "", ""))
    for _ in range(rows.duplicates):
        row, changes, business_id, source_id = entries[chance.below(len(known))]
        again, more = dict(row), ["duplicate", *changes]
        _apply(_RETYPED, again, chance, more)
        entries.append((again, more, business_id, source_id))
    order = draw.unit(len(entries)).argsort(kind="stable").tolist()
    dirty, truth = [], []
    for number, position in enumerate(order):
        row, changes, business_id, source_id = entries[position]
        crm_id = f"A{10_001 + number}"
        dirty.append({**row, "Asiakasnro": crm_id, "Päivitetty": _finnish_day(as_of - 30 - chance.below(3000))})
        truth.append(
            {
                "crm_id": crm_id,
                "business_id": business_id,
                "source_id": source_id,
                "changes": ";".join(dict.fromkeys(changes)),
            }
        )
    return _table(dirty, COLUMNS), _table(truth, TRUTH_COLUMNS)


def _entry(row: Row, other: Row, chance: _Chances, nicknames: dict[str, list[str]]) -> tuple[Row, list[str], str, str]:
    """One CRM row made from a position; ``other`` lends what is old or belongs to somebody who left."""
    changes: list[str] = []
    person, source_id = row, row["source_id"]
    if chance.hit(0.08):
        person, source_id = other, ""
        changes.append("person_left")
    elif chance.hit(0.07):
        person, source_id = dict.fromkeys(row, None), ""
        changes.append("no_person")
    first, last = person["first_name"], person["last_name"]
    if source_id and chance.hit(0.04) and other["last_name"] != last:
        last = other["last_name"]
        changes.append("old_surname")
    if first in nicknames and chance.hit(0.3):
        first = nicknames[first][chance.below(len(nicknames[first]))]
        changes.append("nickname")
    place = row
    if chance.hit(0.12) and other["visiting_street"]:
        place = other
        changes.append("moved")
    email = person["email"] if source_id or person is other else None
    if person is other and email:
        email = email.split("@")[0] + "@" + (row["email"] or other["email"]).split("@")[1]
    made = {
        "Yritys": row["organisation"],
        "Y-tunnus": row["business_id"],
        "Yhteyshenkilö": "",
        "Etunimi": first,
        "Sukunimi": last,
        "Tehtävä": person["title"],
        "Sähköposti": email,
        "Puhelin": person["mobile"] or row["phone"],
        "Katuosoite": place["visiting_street"],
        "Postinro": place["visiting_postcode"],
        "Postitoimipaikka": place["visiting_city"],
    }
    _apply(_WORN, made, chance, changes)
    _apply(_RETYPED, made, chance, changes)
    return made, changes, row["business_id"], source_id


def _apply(
    faults: tuple[tuple[str, float, Callable[[Row, _Chances], bool]], ...],
    made: Row,
    chance: _Chances,
    changes: list[str],
) -> None:
    for name, probability, fault in faults:
        if chance.hit(probability) and fault(made, chance):
            changes.append(name)


def _drop(*names: str) -> Callable[[Row, _Chances], bool]:
    def fault(made: Row, chance: _Chances) -> bool:
        del chance
        had = any(made[name] for name in names)
        made.update(dict.fromkeys(names, ""))
        return had

    return fault


def _rewrite(name: str, change: Callable[[str, _Chances], str]) -> Callable[[Row, _Chances], bool]:
    def fault(made: Row, chance: _Chances) -> bool:
        before = made[name] or ""
        made[name] = change(before, chance) if before else before
        return bool(made[name] != before)

    return fault


def _typo(text: str, chance: _Chances) -> str:
    """One letter dropped, doubled, or changed places with the next."""
    if len(text) < 4:
        return text
    place, kind = 1 + chance.below(len(text) - 2), chance.below(3)
    if kind == 0:
        return text[:place] + text[place + 1 :]
    if kind == 1:
        return text[:place] + text[place] + text[place:]
    return text[:place] + text[place + 1] + text[place] + text[place + 2 :]


_FORM = re.compile(r"^(Oy|Ab) | (Oy Ab|Oy|Ab|oy|Oyj|Ky|Ay|ry)$")


def _form_variant(text: str, chance: _Chances) -> str:
    """The form's token written otherwise, moved or left out."""
    tokens = [token.strip() for match in _FORM.finditer(text) for token in match.groups() if token]
    core = _FORM.sub("", text)
    if not tokens or not core:
        return text
    if tokens[0].lower() in ("oy", "ab", "oy ab"):
        return (f"{core} OY", f"Oy {core} Ab", core, f"{core} osakeyhtiö", f"{core} Oy Ab", f"{core} oy")[
            chance.below(6)
        ]
    return (core, f"{core} {tokens[0].upper()}")[chance.below(2)]


def _other_number(text: str, chance: _Chances) -> str:
    """One digit typed wrongly."""
    place = chance.below(7)
    return text[:place] + str((int(text[place]) + 1 + chance.below(8)) % 10) + text[place + 1 :]


def _id_style(text: str, chance: _Chances) -> str:
    return (text.replace("-", ""), "FI" + text.replace("-", ""), f" {text}")[chance.below(3)]


def _merge(made: Row, chance: _Chances) -> bool:
    """First and last name in one field, in one order or the other."""
    first, last = made["Etunimi"], made["Sukunimi"]
    if not (first and last):
        return False
    made["Yhteyshenkilö"] = (f"{first} {last}", f"{last} {first}", f"{last}, {first}")[chance.below(3)]
    made["Etunimi"] = made["Sukunimi"] = ""
    return True


def _national(text: str, chance: _Chances) -> str:
    if not text.startswith("+358"):
        return text
    digits = "0" + text.removeprefix("+358")
    return (f"{digits[:3]} {digits[3:7]} {digits[7:]}", f"{digits[:3]}-{digits[3:]}", digits)[chance.below(3)]


_WORN = (
    ("id_missing", 0.28, _drop("Y-tunnus")),
    ("id_wrong", 0.04, _rewrite("Y-tunnus", _other_number)),
    ("email_missing", 0.3, _drop("Sähköposti")),
    ("phone_missing", 0.25, _drop("Puhelin")),
    ("address_missing", 0.1, _drop("Katuosoite", "Postinro", "Postitoimipaikka")),
    ("title_missing", 0.3, _drop("Tehtävä")),
)
_RETYPED = (
    ("form_variant", 0.3, _rewrite("Yritys", _form_variant)),
    ("company_typo", 0.06, _rewrite("Yritys", _typo)),
    ("company_upper", 0.12, _rewrite("Yritys", lambda text, _: text.upper())),
    ("id_style", 0.12, _rewrite("Y-tunnus", _id_style)),
    ("name_typo", 0.05, _rewrite("Sukunimi", _typo)),
    ("name_upper", 0.05, _rewrite("Sukunimi", lambda text, _: text.upper())),
    ("name_merged", 0.2, _merge),
    ("phone_style", 0.7, _rewrite("Puhelin", _national)),
    ("city_upper", 0.4, _rewrite("Postitoimipaikka", lambda text, _: text.upper())),
    ("email_case", 0.06, _rewrite("Sähköposti", lambda text, _: text.title())),
)


def _finnish_day(days: int) -> str:
    day = date.fromordinal(_EPOCH + days)
    return f"{day.day}.{day.month}.{day.year}"


def _table(rows: list[Row], columns: tuple[str, ...]) -> pa.Table:
    return pa.table({name: pa.array([row[name] for row in rows], pa.string()) for name in columns})
