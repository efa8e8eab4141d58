"""The stock of control records (kontrollitieto): fictitious ones made here, hosts added by the operator (R038).

A fictitious seed has a pair of names, as common as people's are, that nobody in the register bears; an invented company
with a Y-tunnus of a range that is not given out; addresses under the reserved domain ``.example``; and mobile numbers
with one digit too many to be assigned. Such addresses are silent by nature, so it may be used at once.
"""

from __future__ import annotations

import csv
import random
import secrets
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from datetime import timedelta
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import Any

import pyarrow as pa

from core.errors import FileRejected, InvalidInput, NotFound
from core.identity import clean_text, fold_name, fold_names, normalise_business_id, normalise_email, normalise_phone
from ledger import seeds as stock
from ledger.store import Store
from register import resembled, rows
from register.query import open_register
from schemas import codes

SILENT_DAYS = 30
"""A host's alias lies still this long before its first use: noise is not taken for misuse (fingerprint.md 2.4)."""
FIRST_STOCK = 500

_RESERVED_IDS = range(9_900_000, 10_000_000)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2)
_MOBILE_BLOCK = "+358509"
_MOBILE_DIGITS = 7
_WOMEN = 42
"""Per cent of decision-makers."""
_HOST_COLUMNS = (
    "first_name",
    "last_name",
    "email",
    "mobile",
    "organisation_name",
    "business_id",
    "phone",
    "website",
    "street",
)
_OPTIONAL = frozenset({"phone", "website"})

Seed = dict[str, Any]


def needed(persons: int) -> int:
    """Seeds of an extract of that many persons: 5 + N/2000 (fingerprint.md 2.4)."""
    return 5 + persons // 2000


def stock_fictitious(store: Store, count: int, register: rows.Register | None = None) -> dict[str, int]:
    """Add ``count`` fictitious seeds, ready at once; checked against ``register`` or the published snapshot, if any.

    Returns ``{"added", "ready"}``.
    """
    if count < 1:
        raise InvalidInput("size_out_of_range", field="count", least=1, most=100_000)
    with store.ledger.read() as connection:
        used = stock.used(connection, ("email", "mobile", "phone", "business_id", "organisation_name"))
    made: list[Seed] = []
    with ExitStack() as stack:
        if register is None:
            with suppress(NotFound):  # nothing is published yet: checked again when they are used
                register = stack.enter_context(open_register(store, holder="seeds"))
        firms = _companies(register) if register else []
        while len(made) < count:
            batch = _batch(used, firms, count=count - len(made))
            collides = _new_collisions(register, batch) if register else frozenset()
            made += [seed for place, seed in enumerate(batch) if place not in collides]
    with store.write() as tx:
        stock.add(tx, made, kind="fictitious", ready_on=store.today())
        ready = stock.counts(tx.connection)["ready"]
    return {"added": len(made), "ready": ready}


def collisions(register: rows.Register, seeds: list[Seed]) -> frozenset[str]:
    """Which of the stocked seeds could now be mistaken for somebody in the register, by id (T10); a fictitious one has
    no namesake at all. Raises ``StoreError``."""
    compared = resembled.candidates(seeds, name_alone=[True] * len(seeds))
    with rows.lent(register.connection):
        return resembled.resembled(register.connection, compared)


def _new_collisions(register: rows.Register, seeds: list[Seed]) -> frozenset[int]:
    """Which of the seeds just made are somebody or something in the register already, by place in the list."""
    numbered = [seed | {"seed": str(place), "kind": "fictitious"} for place, seed in enumerate(seeds)]
    return frozenset(int(place) for place in collisions(register, numbered))


@cache
def _lists() -> Mapping[str, tuple[str, ...]]:
    with Path(__file__).with_name("seed_words.csv").open(encoding="utf-8", newline="") as file:
        words = list(csv.DictReader(file))
    return {
        "first_name": tuple(dict.fromkeys(row["name"] for row in codes.rows("first_names") if _plain(row["name"]))),
        "last_name": tuple(row["surname"] for row in codes.rows("surnames") if _plain(row["surname"])),
        "street": tuple(row["name_fi"] for row in codes.rows("street_names") if row["area"] == "yleinen"),
        **{part: tuple(row["word"] for row in words if row["part"] == part) for part in ("first", "second", "trade")},
    }


def _companies(register: rows.Register) -> list[tuple[list[str], int]]:
    """Words of names of companies in the register, without the form, and how many positions each has."""
    with rows.lent(register.connection):
        found = rows.query(register.connection, "register/company_names")
    return [(name.split()[:-1], size) for name, size in zip(*found.to_pydict().values(), strict=True)]


def _batch(used: dict[str, set[Any]], firms: list[tuple[list[str], int]], *, count: int) -> list[Seed]:
    """So many seeds. Where there is a register their companies are called as its companies are, the beginning of one
    name with the end of another, and have as many of them as real ones have positions."""
    if not firms:
        return [_invent(used) for _ in range(count)]
    draw, made = secrets.SystemRandom(), list[Seed]()
    while len(made) < count:
        (head, size), (tail, _) = draw.choice(firms), draw.choice(firms)
        core = [*head[:-1], tail[-1]]
        firm = _invent(used, core)
        mates = [_mate(used, firm) for _ in range(min(size, count - len(made)) - 1)]
        made += [firm, *mates]
    return made


def _mate(used: dict[str, set[Any]], firm: Seed) -> Seed:
    """Somebody else of an invented company."""
    draw, lists, mail = secrets.SystemRandom(), _lists(), _mail_parts()
    while True:
        first, last = _name(draw, lists["first_name"]), _name(draw, lists["last_name"])
        email = f"{mail[first]}.{mail[last]}@{firm['email'].partition('@')[2]}"
        if email not in used["email"]:
            used["email"].add(email)
            mobile = _number(draw, used)
            return firm | {"first_name": first, "last_name": last, "email": email, "mobile": mobile}


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
def _cumulative(names: tuple[str, ...]) -> list[int]:
    return list(accumulate(max(1, _bearers().get(name, 0)) for name in names))


def _name(draw: random.Random, names: tuple[str, ...]) -> str:
    """A name as often as people have it: rare ones would stand out among real rows (R038)."""
    return draw.choices(names, cum_weights=_cumulative(names))[0]


def _invent(used: dict[str, set[Any]], core: list[str] | None = None) -> Seed:
    """One fictitious seed whose addresses no other seed has; they are added to ``used``. ``core`` are the words of its
    company's name without the form; another word is put in where that name is taken."""
    draw, lists = secrets.SystemRandom(), _lists()
    first, last = _name(draw, lists["first_name"]), _name(draw, lists["last_name"])
    syllables, trade = [draw.choice(lists["first"]), draw.choice(lists["second"])], draw.choice(lists["trade"])
    while f"{''.join(syllables)} {trade} Oy" in used["organisation_name"]:
        syllables.append(draw.choice(lists["second"]))
    stem, mail = "".join(syllables), _mail_parts()
    site = "".join(mail[syllable] for syllable in syllables)
    domain = f"{site}{draw.choice(('', '-'))}{mail[trade]}{draw.choice(('', '', '-oy'))}.example"
    company = f"{stem} {trade} Oy"
    if core is not None:
        core = [*core[:-1], stem, core[-1]] if f"{' '.join(core)} Oy" in used["organisation_name"] else core
        company = f"{' '.join(core)} Oy"
        domain = f"{(fold_name(' '.join(core)) or stem.lower()).replace(' ', '-')}.example"
    email = f"{mail[first]}.{mail[last]}@{domain}"
    if email in used["email"] or company in used["organisation_name"]:
        return _invent(used, core)
    seed = {
        "first_name": first,
        "last_name": last,
        "email": email,
        "mobile": _number(draw, used),
        "phone": _number(draw, used),
        "organisation_name": company,
        "business_id": _business_id(draw, used),
        "website": f"www.{domain}",
        "street": f"{draw.choice(lists['street'])} {draw.randint(1, 48)}",
    }
    for name in ("email", "organisation_name"):
        used[name].add(seed[name])
    return seed


@cache
def _mail_parts() -> Mapping[str, str]:
    """Every word of the lists as it is written in an address; all are folded in one pass."""
    words = sorted({word for part in _lists().values() for word in part})
    folded = fold_names(pa.array(words, pa.string())).to_pylist()
    return {word: (fold or "").replace(" ", "-") for word, fold in zip(words, folded, strict=True)}


def _number(draw: random.Random, used: dict[str, set[Any]]) -> str:
    """A number of the block set aside: valid in form, one digit longer than any that is given out."""
    while True:
        number = f"{_MOBILE_BLOCK}{draw.randrange(10**_MOBILE_DIGITS):0{_MOBILE_DIGITS}d}"
        if number not in used["mobile"] and number not in used["phone"]:
            used["mobile"].add(number)
            return number


def _business_id(draw: random.Random, used: dict[str, set[Any]]) -> str:
    """A well-formed Y-tunnus of the range 9 900 000-9 999 999."""
    while True:
        digits = f"{draw.choice(_RESERVED_IDS):07d}"
        rest = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, digits, strict=True)) % 11
        business_id = f"{digits}-{0 if rest == 0 else 11 - rest}"
        if rest != 1 and business_id not in used["business_id"]:
            used["business_id"].add(business_id)
            return business_id


def add_hosts(store: Store, file: Path) -> dict[str, Any]:
    """Add consenting persons with an alias each from a CSV file, usable after ``SILENT_DAYS`` days of silence.

    Columns: first_name, last_name, email, mobile, organisation_name, business_id, street; phone and website may be
    empty. All or nothing: raises ``FileRejected`` or ``InvalidInput`` naming row and column, the stock unchanged.
    """
    hosts = [_host(row, number) for number, row in enumerate(_read(file), start=1)]
    with store.ledger.read() as connection:
        used = stock.used(connection, ("email", "mobile"))
    for number, host in enumerate(hosts, start=1):
        for column in ("email", "mobile"):
            if host[column] in used[column]:
                raise InvalidInput("seed_repeated", row=number, column=column)
            used[column].add(host[column])
    ready_on = store.today() + timedelta(days=SILENT_DAYS)
    with store.write() as tx:
        ids = stock.add(tx, hosts, kind="host", ready_on=ready_on)
    return {"added": len(ids), "ready_on": ready_on}


def _read(file: Path) -> list[dict[str, str]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines)
            found = list(reader)
    except FileNotFoundError as error:
        raise FileRejected("file_missing", file=str(file)) from error
    except UnicodeDecodeError as error:
        raise FileRejected("file_encoding", file=str(file), row=1, encoding="UTF-8") from error
    missing = [name for name in _HOST_COLUMNS if name not in (reader.fieldnames or ()) and name not in _OPTIONAL]
    if missing:
        raise FileRejected("file_columns_missing", file=str(file), columns=", ".join(missing))
    if not found:
        raise FileRejected("file_header_only", file=str(file))
    return found


def _host(row: dict[str, str], number: int) -> Seed:
    cleaned = clean_text(pa.array([row.get(name) or None for name in _HOST_COLUMNS], pa.string())).to_pylist()
    host = dict(zip(_HOST_COLUMNS, cleaned, strict=True))
    for name, normalise in (
        ("email", normalise_email),
        ("mobile", normalise_phone),
        ("phone", normalise_phone),
        ("business_id", normalise_business_id),
    ):
        given = host[name]
        host[name] = normalise(given)
        if host[name] is None and (given is not None or name not in _OPTIONAL):
            raise InvalidInput("seed_value_invalid", row=number, column=name)
    for name in _HOST_COLUMNS:
        if host[name] is None and name not in _OPTIONAL:
            raise InvalidInput("seed_value_invalid", row=number, column=name)
    return host
