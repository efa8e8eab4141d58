"""A second way to wear a CRM down, told apart from ``rajaus sample``: the matcher was never looked at through it.

It reads the sample's organisations and people and writes the file as a small firm would have it: one name column with
whatever was typed, VAT numbers, contact names in one cell, stale addresses, and firms that the register does not have.
"""

from __future__ import annotations

import csv
import random
import re
from collections.abc import Callable
from pathlib import Path

FIELDS = ("no", "customer", "vat", "contact", "mail", "tel", "street", "zip", "town", "web")
FOREIGN = 0.12
"""Share of rows about firms that are not in the register."""
_NEAR = dict(zip("qwertyuiopasdfghjklöäzxcvbnm", "wqrtyuiopüsafghjkölääxzvbnmn", strict=True))
_SHORT = (("rakennus", "rak."), ("kuljetus", "kulj."), ("asunto", "as."), ("suomen", "s:n"), ("palvelut", "palv."))
_FORMS = re.compile(r"\b(oy|ab|ky|ry|oyj|osk|tmi|avoin yhtiö|kommandiittiyhtiö)\b\.?", re.IGNORECASE)


def wear(organisations: Path, positions: Path, out: Path, *, rows: int, seed: int) -> list[tuple[str, str]]:
    """Write ``rows`` rows to ``out``; returns each one's business id and position's source id, or empty texts."""
    draw = random.Random(seed)
    with organisations.open(encoding="utf-8", newline="") as file:
        known = list(csv.DictReader(file))
    staff: dict[str, list[dict[str, str]]] = {}
    with positions.open(encoding="utf-8", newline="") as file:
        for person in csv.DictReader(file):
            staff.setdefault(person["business_id"], []).append(person)
    truth: list[tuple[str, str]] = []
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, FIELDS)
        writer.writeheader()
        for number in range(rows):
            firm = draw.choice(known)
            people = staff.get(firm["business_id"], [])
            person = draw.choice(people) if people and draw.random() < 0.7 else None
            written = _row(draw, firm, person, draw.choice(known))
            if draw.random() < FOREIGN:
                written |= _foreign(draw, known)
                truth.append(("", ""))
            else:
                truth.append((firm["business_id"], person["source_id"] if person else ""))
            writer.writerow({"no": f"{number + 1}"} | written)
    return truth


def _row(
    draw: random.Random, firm: dict[str, str], person: dict[str, str] | None, other: dict[str, str]
) -> dict[str, str]:
    stale = draw.random() < 0.08
    street = other["visiting_street"] if stale else firm["visiting_street"]
    web = firm["website"].removeprefix("https://")
    return {
        "customer": _name(draw, firm),
        "vat": _vat(draw, firm["business_id"], other["business_id"]),
        "contact": _contact(draw, person) if person else "",
        "mail": person["email"] if person and draw.random() < 0.5 else "",
        "tel": _tel(draw, firm["phone"]),
        "street": _some(draw, 0.8, re.sub(r"katu\b", draw.choice(["katu", "k.", "gatan"]), street)),
        "zip": _some(draw, 0.85, firm["visiting_postcode"]),
        "town": _some(draw, 0.9, _typo(draw, firm["visiting_city"]) if draw.random() < 0.05 else firm["visiting_city"]),
        "web": _some(draw, 0.4, web),
    }


def _foreign(draw: random.Random, known: list[dict[str, str]]) -> dict[str, str]:
    """A firm put together from two others' words, with nothing else of either."""
    first, second = (draw.choice(known)["name"].split() for _ in range(2))
    number = draw.randrange(100_000, 9_999_999)
    return {
        "customer": " ".join([*first[:1], *second[-2:]]),
        "vat": _some(draw, 0.5, f"FI{number:07d}{draw.randrange(10)}"),
        "mail": "",
        "tel": _some(draw, 0.5, f"0{draw.randrange(2, 9)} {draw.randrange(100_000, 999_999)}"),
        "web": "",
        "contact": "",
    }


def _some(draw: random.Random, share: float, text: str) -> str:
    return text if draw.random() < share else ""


def _typo(draw: random.Random, text: str) -> str:
    at = draw.randrange(len(text)) if text else 0
    ways: list[Callable[[], str]] = [
        lambda: text[:at] + text[at + 1 :],
        lambda: text[:at] + text[at : at + 1] * 2 + text[at + 1 :],
        lambda: text[:at] + _NEAR.get(text[at : at + 1].lower(), text[at : at + 1]) + text[at + 1 :],
        lambda: text[:at] + text[at + 1 : at + 2] + text[at : at + 1] + text[at + 2 :],
    ]
    return draw.choice(ways)()


def _name(draw: random.Random, firm: dict[str, str]) -> str:
    others = [name for part in ("parallel_names", "auxiliary_names") for name in firm[part].split(";") if name]
    name = draw.choice(others) if others and draw.random() < 0.2 else firm["name"]
    if draw.random() < 0.35:
        name = " ".join(_FORMS.sub("", name).split()) or name
    if draw.random() < 0.1:
        for long, short in _SHORT:
            name = re.sub(long, short, name, flags=re.IGNORECASE)
    if draw.random() < 0.08:
        name = _typo(draw, name)
    if draw.random() < 0.04:
        words = name.split()
        draw.shuffle(words)
        name = " ".join(words)
    if draw.random() < 0.06:
        name += draw.choice([f" ({firm['visiting_city']})", " / ostoreskontra", " c/o laskutus", " UUSI"])
    if draw.random() < 0.05:
        name = name[:18]
    return draw.choice([str, str, str.upper, str.lower])(name)


def _vat(draw: random.Random, business_id: str, other: str) -> str:
    kind = draw.random()
    bare = business_id.replace("-", "")
    if kind < 0.40:
        return ""
    if kind < 0.405:
        return other
    if kind < 0.42:
        at = draw.randrange(7)
        return f"{bare[:at]}{draw.randrange(10)}{bare[at + 1 :]}"
    return draw.choice([business_id, f"FI{bare}", bare, bare.lstrip("0")])


def _tel(draw: random.Random, phone: str) -> str:
    if not phone or draw.random() < 0.35:
        return ""
    national = phone.replace("+358", "0", 1)
    return draw.choice(
        [phone, national, f"{national[:3]}-{national[3:]}", f"{national[:3]} {national[3:6]} {national[6:]}"]
    )


def _contact(draw: random.Random, person: dict[str, str]) -> str:
    first, last = person["first_name"], person["last_name"]
    if draw.random() < 0.06:
        last = _typo(draw, last)
    if draw.random() < 0.05:
        first = f"{first[:1]}."
    return draw.choice([f"{first} {last}", f"{last} {first}", f"{last}, {first}", f"{first.lower()} {last.lower()}"])
