"""The stock of control records (kontrollitieto): fictitious ones made here, hosts added by the operator (R038).

A fictitious seed has a pair of names, as common as people's are, that nobody in the register bears; an invented
organisation like those of the register; addresses and numbers that are given out to nobody (``seed_making``). Such
addresses are silent by nature, so it may be used at once.
"""

from __future__ import annotations

import csv
import logging
import secrets
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from core.errors import FileRejected, InvalidInput, NotFound, RajausError, Refused
from core.identity import clean_text, normalise_business_id, normalise_email, normalise_phone
from extracts.gate.seed_making import UNIQUE, Maker, Names, Seed, listed_shape
from extracts.gate.seed_names import Vocabulary, called
from extracts.gate.seed_shapes import Shape, shapes
from ledger import seed_watch, seeds as stock
from ledger.store import Store
from register import resembled, rows
from register.query import open_register

SILENT_DAYS = 30
"""A host's alias lies still this long before its first use: noise is not taken for misuse (fingerprint.md 2.4)."""
FIRST_STOCK = 500

_CHOICE = 4
"""People made for each wanted: many a pair of common names is somebody's."""
_ROUNDS = 100
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

_log = logging.getLogger("rajaus")


def needed(persons: int) -> int:
    """Seeds of an extract of that many persons: 5 + N/2000 (fingerprint.md 2.4)."""
    return 5 + persons // 2000


def stock_fictitious(store: Store, count: int, register: rows.Register | None = None) -> dict[str, int]:
    """Add ``count`` fictitious seeds, ready at once: like people of ``register`` or the published snapshot, if any, and
    nobody there.

    Returns ``{"added", "ready"}``. Raises ``Refused`` (seeds_exhausted) when too few can be made that are nobody.
    """
    if count < 1:
        raise InvalidInput("size_out_of_range", field="count", least=1, most=100_000)
    with ExitStack() as stack:
        if register is None:
            with suppress(NotFound):  # nothing is published yet: checked again when they are used
                register = stack.enter_context(open_register(store, holder="seeds"))
        made = _like_the_register(store, count, register) if register else _listed(store, count)
        snapshot = register.snapshot if register else None
    with store.write() as tx:
        stock.add(tx, made, kind="fictitious", ready_on=store.today(), snapshot=snapshot)
        ready = stock.counts(tx.connection)["ready"]
    return {"added": len(made), "ready": ready}


def restock(store: Store) -> dict[str, int]:
    """After a publish: bring the unused fictitious seeds to ``FIRST_STOCK``, all like the published register.

    Those made before there was any are replaced, others come for those that the publish retired, and the task that told
    of it is closed: one transaction, and nothing to do the second time. Returns ``{"added", "replaced", "ready"}``.
    Raises ``NotFound`` (nothing is published), ``Refused`` (seeds_exhausted), ``StoreError``.
    """
    with store.ledger.read() as connection:
        unlike, lacking = stock.unlike(connection), FIRST_STOCK - stock.like_a_register(connection)
        told = seed_watch.told(connection)
    made: list[Seed] = []
    with open_register(store, holder="seeds") as register:
        if lacking > 0:
            made = _like_the_register(store, lacking, register)
        if made or unlike or told:
            with store.write() as tx:
                if unlike:
                    stock.retire(tx, unlike, reason="made before the register")
                if made:
                    stock.add(tx, made, kind="fictitious", ready_on=store.today(), snapshot=register.snapshot)
                seed_watch.restocked(tx)
    with store.ledger.read() as connection:
        ready = stock.counts(connection)["ready"]
    return {"added": len(made), "replaced": len(unlike), "ready": ready}


def restock_or_warn(store: Store) -> dict[str, int] | None:
    """:func:`restock` where the store may fill its stock itself; where it is not done a warning says what is to do.

    The publish before it stands whatever comes of this: a failure is told, not raised.
    """
    if store.settings.seed_autofill:
        try:
            return restock(store)
        except RajausError as error:
            _log.warning("New seeds could not be made: %s", error)
    with store.ledger.read() as connection:
        retired = seed_watch.told(connection)
    if retired:
        _log.warning(
            "Seeds retired because somebody in the register resembles them: %d. Make new ones: rajaus seeds stock",
            retired,
        )
    return None


def make_beside(
    store: Store, register: rows.Register, beside: Sequence[Sequence[int]], *, names: Sequence[str]
) -> list[list[Seed]]:
    """Add organisations of seeds, each made like the one that holds the positions ``beside``, with as many people.

    ``names`` are those of the organisations it shall be among: their words are used. Returns the seeds of each with
    their ids. Raises ``Refused`` (seeds_exhausted).
    """
    maker = _maker(store, register, names)
    found = _shapes(register, [position for positions in beside for position in positions])
    made = _nobody(maker, [(found[positions[0]], len(positions)) for positions in beside], register)
    with store.write() as tx:
        ids = iter(
            stock.add(
                tx,
                [seed for organisation in made for seed in organisation],
                kind="fictitious",
                ready_on=store.today(),
                snapshot=register.snapshot,
            )
        )
    return [[seed | {"seed": next(ids), "kind": "fictitious"} for seed in organisation] for organisation in made]


def company_words(register: rows.Register) -> frozenset[str]:
    """Words that organisations of the register are called by, of some thousands of them."""
    with rows.lent(register.connection):
        found = rows.query(register.connection, "register/company_names")
    return frozenset(word for name in dict.fromkeys(found["name"].to_pylist()) for word in called(name).core)


def _listed(store: Store, count: int) -> list[Seed]:
    used = _used(store)
    maker, made = Maker(used, Vocabulary([]), Names()), list[Seed]()
    while len(made) < count:
        shape = listed_shape()
        if shape.called.name not in used["organisation_name"]:
            made += [seed for [seed] in maker.organisation(shape, 1, choice=1)]
    return made


def _like_the_register(store: Store, count: int, register: rows.Register) -> list[Seed]:
    """Organisations as often of each form, and of as many people, as they are in the register."""
    with rows.lent(register.connection):
        drawn = rows.query(register.connection, "register/seed_sample", {"organisations": count})
    found = list(dict.fromkeys(_shapes(register, drawn["position"].to_pylist()).values()))
    wanted, lacking = list[tuple[Shape, int]](), count
    while lacking and found:
        shape = secrets.choice(found)
        wanted.append((shape, min(lacking, len(shape.people))))
        lacking -= wanted[-1][1]
    if lacking:
        return _listed(store, count)  # nobody works for anybody: there is nothing to be like
    return [seed for made in _nobody(_maker(store, register), wanted, register) for seed in made]


def _maker(store: Store, register: rows.Register, names: Sequence[str] = ()) -> Maker:
    with rows.lent(register.connection):
        everywhere = rows.query(register.connection, "register/company_names")["name"].to_pylist()
        people = rows.query(register.connection, "register/seed_names")
        borne = rows.query(register.connection, "register/seed_bearers").to_pydict()
    bearers: dict[str, dict[str, int]] = {}
    for part, name, count in zip(borne["part"], borne["name"], borne["bearers"], strict=True):
        bearers.setdefault(part, {})[name] = count
    return Maker(
        _used(store),
        Vocabulary(names or everywhere, everywhere),
        Names(zip(*people.to_pydict().values(), strict=True), bearers),
    )


def _used(store: Store) -> dict[str, set[Any]]:
    with store.ledger.read() as connection:
        return stock.used(connection, UNIQUE)


def _shapes(register: rows.Register, positions: Sequence[int]) -> dict[int, Shape]:
    """Of the organisations that hold these positions, by position."""
    wanted = pa.table({"position": pa.array(positions, pa.int32())})
    with rows.lent(register.connection, wanted=wanted):
        found = rows.query(register.connection, "register/seed_shapes")
    by_org = shapes(found)
    places = zip(found["position"].to_pylist(), found["org"].to_pylist(), strict=True)
    return {position: by_org[org] for position, org in places}


def _nobody(maker: Maker, wanted: Sequence[tuple[Shape, int]], register: rows.Register) -> list[list[Seed]]:
    """The seeds of each organisation wanted; whatever somebody in the register has is made anew."""
    made: dict[int, list[Seed]] = {}
    for _ in range(_ROUNDS):
        left = [place for place in range(len(wanted)) if place not in made]
        if not left:
            return [made[place] for place in range(len(wanted))]
        tried = {place: maker.organisation(*wanted[place], choice=_CHOICE) for place in left}
        every = [seed for choices in tried.values() for seeds in choices for seed in seeds]
        somebody = _new_collisions(register, every)
        free = {id(seed) for place, seed in enumerate(every) if place not in somebody}
        for place, choices in tried.items():
            chosen = [next((seed for seed in seeds if id(seed) in free), None) for seeds in choices]
            if None not in chosen:
                made[place] = [seed for seed in chosen if seed is not None]
    raise Refused("seeds_exhausted", ready=len(made), needed=len(wanted))


def collisions(register: rows.Register, seeds: list[Seed], *, unused: bool = True) -> frozenset[str]:
    """Which of the stocked seeds could now be mistaken for somebody in the register, by id (T10). An ``unused``
    fictitious one has no namesake at all; one that went out has none in a company of its name, as at every publish.
    Raises ``StoreError``."""
    compared = resembled.candidates(seeds, name_alone=[unused] * len(seeds))
    with rows.lent(register.connection):
        return resembled.resembled(register.connection, compared)


def _new_collisions(register: rows.Register, seeds: list[Seed]) -> frozenset[int]:
    """Which of the seeds just made are somebody or something in the register already, by place in the list."""
    numbered = [seed | {"seed": str(place), "kind": "fictitious"} for place, seed in enumerate(seeds)]
    return frozenset(int(place) for place in collisions(register, numbered))


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
