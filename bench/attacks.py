"""Attacks on real delivered files, traced by the product: the acceptance rows of fingerprint.md 7 (R037-R039).

``python -m bench attacks`` writes the table in docs/tracing.md. ``BENCH_ORGANISATIONS`` (8,000) sets the size of the
sample register, ``BENCH_TRIALS`` (30) the leaks of each row, ``BENCH_OTHERS`` (60) the cuts of other customers that lie
in the ledger beside the thieves'. ``BENCH_KEEP``, a file, keeps what was measured, and what it holds is
not measured again; ``BENCH_ROWS`` (``12,13``) measures some rows only, and the table is written once none is missing:
so a long run can be split. Rows 15 and 16 are ``bench innocents``, 17 ``bench tracing``, 18 ``bench marking``.

All cuts are real: ordered, cut and rendered by the product, and the attacks read their CSV files alone. The ledger
holds some dozens of extracts; an extract is accused when its log e-value reaches the threshold of a ledger of 10,000
(23.03), which is higher than that of the ledger at hand.
"""

from __future__ import annotations

import csv
import json
import math
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from bench import _attack_rules as rules
from bench._attack_rules import Rows
from bench._measure import wilson
from bench._page import TRACING, write_block
from core.clock import fixed_clock
from core.errors import Refused
from core.identity import normalise_business_id
from core.settings import Settings, load_settings
from extracts.cut import cut
from extracts.gate.seeds import stock_fictitious
from extracts.orders import place
from extracts.trace import trace
from extracts.trace.decide import LEAD
from ledger import customers, traces
from ledger.store import Store, create_store, open_store
from register.publish import publish
from register.sample.generate import generate
from register.sources.load import load_files
from schemas import codes
from schemas.criteria import parse_criteria

ORGANISATIONS, TRIALS, OTHERS = (
    int(os.environ.get(f"BENCH_{name}", default))
    for name, default in (("ORGANISATIONS", "8000"), ("TRIALS", "30"), ("OTHERS", "60"))
)
KEEP = Path(os.environ["BENCH_KEEP"]) if "BENCH_KEEP" in os.environ else None
ONLY = {int(number) for number in os.environ.get("BENCH_ROWS", "").split(",") if number}
LEDGER = 10_000
ALPHA = 1e-6
THRESHOLD = math.log(LEDGER / ALPHA)
NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
AREAS = tuple(codes.responsibilities())
NO_LEAD = f"No innocent extract reached log e {LEAD:g}, that of a lead."
THIEVES = 5
REPEATS = 4
GROUPS = {
    "q": "of one whole selection, 5 % withheld",
    "q2": "of it with 2 % withheld",
    "q1": "with 1 %",
    "fifth": "N of 1.25 N",
    "half": "N of 2N",
    "repeats": "of one customer",
    "every": "of it with every mark on",
    "every2": "of these with 2 % withheld",
}
"""Fields of :class:`World`, as the table names them."""


@dataclass
class Copy:
    """One delivered file: the extract it is, and its rows without and with the seeds."""

    extract: str
    customer: str
    rows: Rows
    whole: Rows


@dataclass
class World:
    """A store with real extracts: five customers with the same whole selection (``q``: 5 % are withheld), five with
    half of the same eligible persons (``half``), one customer's repeated orders, and many others; if asked for, also
    customers of whom 2 % (``q2``) or 1 % (``q1``) were withheld, or a fifth (``fifth``: N of 1.25 N), and such whose
    campaigns bear the marks too that leave something out (``every``, ``every2``: 5 % and 2 % withheld)."""

    store: Store
    q: list[Copy] = field(default_factory=list)
    half: list[Copy] = field(default_factory=list)
    q2: list[Copy] = field(default_factory=list)
    q1: list[Copy] = field(default_factory=list)
    fifth: list[Copy] = field(default_factory=list)
    every: list[Copy] = field(default_factory=list)
    every2: list[Copy] = field(default_factory=list)
    repeats: list[Copy] = field(default_factory=list)
    foreign: Rows = field(default_factory=list)
    everybody: Rows = field(default_factory=list)


@dataclass(frozen=True)
class Case:
    """One line of the table: what is done, how many rows leak, what is required, and the leak of one trial."""

    number: int
    attack: str
    rows: str
    required: float
    leak: Callable[[World, random.Random], tuple[Rows, Sequence[Copy]]]
    customer: bool = False
    """The customer is to be named; which of its extracts does not matter."""


@dataclass
class Outcome:
    trials: int = 0
    caught: int = 0
    falsely: int = 0
    """Innocent customers accused, by the product's own threshold too."""
    highest: float = 0.0
    """The largest log e-value of an innocent extract among those shown: accused and leads; 0 when none was."""


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="rajaus-bench-attacks-") as directory:
        started = time.perf_counter()
        world = prepare(Path(directory), organisations=ORGANISATIONS, others=OTHERS, shares=True)
        sizes = {name: sorted({len(copy.rows) for copy in getattr(world, name)}) for name in GROUPS}
        print(f"{extracts(world.store)} extracts in {time.perf_counter() - started:.0f} s; rows {sizes}", flush=True)
        wanted = cases(world)
        kept = read_kept(KEEP)
        for case in wanted:
            if case.attack not in kept and (not ONLY or case.number in ONLY):
                kept[case.attack] = attack(world, case, trials=TRIALS, scratch=Path(directory))
                keep(KEEP, case, kept[case.attack])
        world.store.ledger.close()
    missing = [case.attack for case in wanted if case.attack not in kept]
    if missing:
        print(f"{len(missing)} attacks are not measured yet: {', '.join(missing)}")
        return 1
    results = [(case, kept[case.attack]) for case in wanted]
    text = table(results, sizes)
    print(text)
    write_block(TRACING, "attacks", text)
    return int(any(outcome.falsely for _, outcome in results))


def read_kept(file: Path | None) -> dict[str, Outcome]:
    """What was measured before, by attack."""
    if file is None or not file.is_file():
        return {}
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return {line.pop("attack"): Outcome(**line) for line in lines}


def keep(file: Path | None, case: Case, outcome: Outcome) -> None:
    if file is not None:
        with file.open("a", encoding="utf-8") as out:
            out.write(json.dumps({"attack": case.attack} | asdict(outcome)) + "\n")


# --- the register and its extracts ------------------------------------------------------------------------------------


def prepare(
    home: Path, *, organisations: int, others: int, thieves: int = THIEVES, repeats: int = REPEATS, shares: bool = False
) -> World:
    """Publish a sample register and cut every extract, by the product's own verbs. ``shares``: those of whom another
    share was withheld too."""
    generate(home / "sample", organisations=organisations)
    generate(home / "elsewhere", organisations=organisations, seed=99)
    store = create_store(_settings(home), clock=fixed_clock(NOW))
    load_files(
        store, source="sample", files=[home / "sample" / f"{name}.csv" for name in ("organisations", "positions")]
    )
    publish(store)
    stock_fictitious(store, 20 * (others + 2 * thieves + repeats))
    world = World(store, foreign=_register_rows(home / "elsewhere"), everybody=_register_rows(home / "sample"))
    draw = random.Random(1)
    whole = _criteria(kinds=["company"])
    world.q = [_cut(store, whole, customer=number) for number in range(thieves)]
    half = len(world.q[0].rows) // 2
    world.half = [_cut(store, _criteria(kinds=["company"], limit=half), customer=10 + n) for n in range(thieves)]
    world.repeats = [_cut(store, whole, customer=20) for _ in range(repeats)]
    if shares:
        few = 24 / (0.02 * len(world.q[0].rows))  # what this many rows need to withhold 2 %
        world.every = [_cut(store, whole, customer=140 + number, marks_off=()) for number in range(thieves)]
        for share, copies, first, off in (
            (few, world.q2, 110, codes.MARKS_OFF), (1.0, world.q1, 120, codes.MARKS_OFF), (few, world.every2, 150, ()),
        ):  # fmt: skip
            other = open_store(_settings(home, share=share), clock=fixed_clock(NOW))
            copies += [_cut(other, whole, customer=first + number, marks_off=off) for number in range(thieves)]
            other.ledger.close()
        wanted = _criteria(kinds=["company"], limit=round(len(world.q[0].rows) / 0.95 / 1.25))
        world.fifth = [_cut(store, wanted, customer=130 + number) for number in range(thieves)]
    for number in range(others):
        areas = draw.sample(AREAS, draw.randint(1, 4))
        limit = draw.choice([None, 100, 300, 1000])
        wanted = _criteria(kinds=["company", "association", "public"], areas=areas, limit=limit)
        with suppress(Refused):  # nobody has so rare an area
            _cut(store, wanted, customer=30 + number)
    return world


def _settings(home: Path, *, share: float | None = None) -> Settings:
    return load_settings(
        env={}, home=home / "home", actor="bench", row_cap=10_000_000, year_cap=10_000_000, share_cap_percent=100,
        share_cap_floor=10_000_000, part_percent=100, pressure_campaigns=0, count_budget_customer=1_000_000,
        count_budget_user=1_000_000, count_budget_overlap=1_000_000,
        **({"withhold_share_traced": share} if share else {}),
    )  # fmt: skip


def _criteria(*, kinds: list[str], areas: Sequence[str] = AREAS, limit: int | None = None) -> dict[str, Any]:
    document: dict[str, Any] = {"organisation": {"kind": kinds}, "person": {"responsibility": list(areas)}}
    return document | ({"limit": limit} if limit else {})


_CUSTOMERS: dict[tuple[str, int], tuple[str, str]] = {}


def _cut(store: Store, criteria: dict[str, Any], *, customer: int, marks_off: Sequence[str] = codes.MARKS_OFF) -> Copy:
    key = (str(store.home.root), customer)
    with store.write() as tx:
        if key not in _CUSTOMERS:
            name = customers.add_customer(
                tx, name=f"Ostaja {customer} Oy", business_id=_number(6_100_000 + 2 * customer), country="FI",
                parent=None, contact=f"tieto@ostaja{customer}.example",
            )  # fmt: skip
            agreement = customers.add_agreement(
                tx, customer_id=name, mode="campaign", starts_on=date(2026, 1, 1), ends_on=date(2027, 12, 31)
            )
            _CUSTOMERS[key] = name, agreement
        name, agreement = _CUSTOMERS[key]
        campaign = customers.open_campaign(
            tx, agreement_id=agreement, end_customer=None, name="Mittaus", subject=list(AREAS), purpose="sales",
            channels=["email", "phone", "post"], starts_on=date(2026, 11, 1), ends_on=date(2026, 12, 20), max_days=90,
            marks_off=marks_off,
        )  # fmt: skip
    placed = place(store, campaign, parse_criteria(criteria), reason="bench")
    if placed["state"] != "approved":
        raise SystemExit(f"the order is {placed['state']}: {placed['findings']}")
    made = cut(store, placed["order"])
    [path] = [Path(file["path"]) for file in made["files"] if file["format"] == "csv"]
    with path.open(encoding="utf-8-sig", newline="") as lines:
        whole = [dict(row) for row in csv.DictReader(lines)]
    with store.ledger.read() as connection:
        seeds = {one.email for one in traces.placed_seeds(connection)} | {
            one.mobile for one in traces.placed_seeds(connection)
        }
    rows = [row for row in whole if row["email"] not in seeds and row["mobile"] not in seeds]
    return Copy(made["extract"], name, rows, whole)


def _number(serial: int) -> str:
    """The Y-tunnus with these first seven digits, or with the next that have one."""
    tries = (normalise_business_id(f"{number}-{check}") for number in range(serial, serial + 2) for check in range(10))
    return next(found for found in tries if found)


def _register_rows(sample: Path) -> Rows:
    """A sample's rows as a list from somewhere else would have them: the register's columns, without marks."""
    with (sample / "organisations.csv").open(encoding="utf-8", newline="") as lines:
        named = {row["business_id"]: row["name"] for row in csv.DictReader(lines)}
    with (sample / "positions.csv").open(encoding="utf-8", newline="") as lines:
        return [dict(row) | {"organisation_name": named[row["business_id"]]} for row in csv.DictReader(lines)]


def extracts(store: Store) -> int:
    with store.ledger.read() as connection:
        return len(traces.released_extracts(connection))


# --- one trial --------------------------------------------------------------------------------------------------------


def attack(world: World, case: Case, *, trials: int, scratch: Path) -> Outcome:
    """Leak and trace so many times; caught: at least one source is accused."""
    outcome = Outcome()
    for trial in range(trials):
        draw = random.Random(f"{case.number} {case.attack} {trial}")
        rows, sources = case.leak(world, draw)
        found = traced(world.store, rows, scratch / "leak.csv")
        wanted = {copy.customer if case.customer else copy.extract for copy in sources}
        accused = {
            one["customer" if case.customer else "extract"] for one in found["accused"] if one["log_e"] >= THRESHOLD
        }
        guilty = {copy.customer for copy in sources}
        outcome.trials += 1
        outcome.caught += bool(accused & wanted)
        outcome.falsely += sum(one["customer"] not in guilty for one in found["accused"])
        shown = [one["log_e"] for one in (*found["accused"], *found["leads"]) if one["customer"] not in guilty]
        outcome.highest = max([outcome.highest, *shown])
    print(f"  {case.number:>2} {case.attack:<50} {case.rows:>12} {outcome.caught}/{outcome.trials}"
          f"  false {outcome.falsely}", flush=True)  # fmt: skip
    return outcome


def traced(store: Store, rows: Rows, file: Path) -> dict[str, Any]:
    """The rows as a CSV file, traced by the product."""
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return trace(store, file)


# --- the acceptance rows ----------------------------------------------------------------------------------------------


def cases(world: World) -> list[Case]:
    """The rows of fingerprint.md 7 as far as these extracts allow; a file smaller than a row's least leaks whole."""
    identity, mail = rules.IDENTITY, ("email",)

    def one(copies: list[Copy], number: int | None, act: Callable[[Rows, random.Random], Rows]) -> Any:
        def leak(_world: World, draw: random.Random) -> tuple[Rows, Sequence[Copy]]:
            copy = draw.choice(copies)
            rows = copy.rows if number is None else rules.subset(_there(copy.rows, act), number, draw)
            return act(rows, draw), [copy]

        return leak

    def several(
        copies: list[Copy], number: int, rows: int | None, rule: str, *, plain: bool, seeds: bool = False
    ) -> Any:
        def leak(_world: World, draw: random.Random) -> tuple[Rows, Sequence[Copy]]:
            thieves = draw.sample(copies, number)
            made = rules.RULES[rule]([copy.whole if seeds else copy.rows for copy in thieves], draw)
            made = made if rows is None else rules.subset(made, rows, draw)
            return (rules.normalised(made) if plain else made), thieves

        return leak

    def again(_world: World, draw: random.Random) -> tuple[Rows, Sequence[Copy]]:
        whole = rules.union([copy.rows for copy in world.repeats], draw)
        return rules.only([row for row in whole if row["email"]], mail), world.repeats

    q, half = world.q, world.half
    same, plain = (lambda rows, _draw: rows), (lambda rows, _draw: rules.normalised(rows))
    mails = lambda rows, _draw: rules.only([row for row in rows if row["email"]], mail)  # noqa: E731
    names = lambda rows, _draw: rules.only(rules.normalised(rows), identity)  # noqa: E731
    found = [
        Case(1, "exact copy", "200", 1.0, one(q, 200, same)),
        Case(2, "raw, random rows, re-sorted", "45", 0.99, one(q, 45, same)),
        Case(3, "renderings normalised, 2 % withheld", "320", 0.99, one(world.q2, 320, plain)),
        Case(3, "renderings normalised, titles gone, 2 % withheld", "420", 0.99,
             one(world.q2, 420, lambda rows, _draw: rules.normalised(rows, titles=True))),
    ]  # fmt: skip
    settings = (
        ("1 % withheld", world.q1, 1400, 2700),
        ("2 % withheld", world.q2, 1000, 1400),
        ("5 % withheld", q, 500, 560),
        ("N of 1.25 N", world.fifth, 130, 130),
        ("N of 2N", half, 45, 45),
    )
    found += [
        Case(4, f"e-mail only, {name}", f"{rows:,}", 0.99, one(copies, rows, mails))
        for name, copies, rows, _ in settings
    ]
    found += [
        Case(5, f"identity only, {name}", f"{rows:,}", 0.99, one(copies, rows, names))
        for name, copies, _, rows in settings
    ]
    found += [
        Case(6, "raw, 10 % of cells altered", "75", 0.99, one(q, 75, lambda r, d: rules.altered(r, 0.1, d))),
        Case(6, "raw, 30 % of cells altered", "140", 0.99, one(q, 140, lambda r, d: rules.altered(r, 0.3, d))),
        Case(7, "normalised, 30 % altered", "520", 0.99,
             one(q, 520, lambda r, d: rules.altered(rules.normalised(r), 0.3, d))),
        Case(8, "raw among 50 % foreign rows", "70 own", 0.99,
             one(q, 70, lambda r, d: rules.mixed(r, world.foreign, 0.5, d))),
        Case(8, "raw among 90 % foreign rows", "240 own", 0.99,
             one(q, 240, lambda r, d: rules.mixed(r, world.foreign, 0.9, d))),
        Case(9, "normalised among 50 % foreign rows", "800 own", 0.99,
             one(q, 800, lambda r, d: rules.mixed(rules.normalised(r), world.foreign, 0.5, d))),
        Case(9, "identity among 50 % foreign rows, N of 2N", "110 own", 0.99,
             one(half, 110, lambda r, d: rules.mixed(names(r, d), world.foreign, 0.5, d))),
    ]  # fmt: skip
    for number, rows in ((2, 200), (3, 650), (5, 2100)):
        found += [
            Case(10, f"raw, {number} together: {rule}", f"{rows:,}", 0.97, several(q, number, rows, rule, plain=False))
            for rule in rules.RULES
        ]
    found += [
        Case(11, f"normalised, 2 % withheld, {number} together: {rule}", f"{rows:,}", 0.97,
             several(world.q2, number, rows, rule, plain=True))
        for number, rule, rows in ((2, "union", 2200), (2, "row pick", 2200), (2, "intersection", 1500),
                                   (5, "intersection", 2000))
    ]  # fmt: skip
    found += [
        Case(12, f"normalised, N of 2N, {number} together: {rule}", f"{rows:,}", 0.97,
             several(half, number, rows, rule, plain=True))
        for number, rows in ((2, 500), (3, 2200)) for rule in rules.RULES
    ]  # fmt: skip
    found += [
        Case(13, f"normalised, whole, seeds, 5 together: {rule}", "2,400", least,
             several(q, 5, None, rule, plain=True, seeds=True))
        for rule, least in (("union", 0.97), ("cell pick", 0.97), ("row pick", 0.90))
    ]  # fmt: skip
    every = ", every mark on"
    found += [
        Case(3, f"renderings normalised, 2 % withheld{every}", "320", 0.99, one(world.every2, 320, plain)),
        Case(3, f"renderings normalised, titles gone, 2 % withheld{every}", "420", 0.99,
             one(world.every2, 420, lambda rows, _draw: rules.normalised(rows, titles=True))),
        Case(7, f"normalised, 30 % altered{every}", "520", 0.99,
             one(world.every, 520, lambda r, d: rules.altered(rules.normalised(r), 0.3, d))),
        Case(9, f"normalised among 50 % foreign rows{every}", "800 own", 0.99,
             one(world.every, 800, lambda r, d: rules.mixed(rules.normalised(r), world.foreign, 0.5, d))),
        *(
            Case(11, f"normalised, 2 % withheld, 2 together: {rule}{every}", "2,200", 0.97,
                 several(world.every2, 2, 2200, rule, plain=True))
            for rule in ("union", "row pick")
        ),
    ]  # fmt: skip
    found.append(Case(14, "one customer's 4 orders, e-mail only, union", "2,400", 0.97, again, customer=True))
    return sorted(found, key=lambda case: case.number)


def _there(rows: Rows, act: Callable[[Rows, random.Random], Rows]) -> Rows:
    """The rows of which something is left."""
    left = act(rows[:1], random.Random(0))
    return [row for row in rows if row["email"]] if left and list(left[0]) == ["email"] else rows


# --- the table --------------------------------------------------------------------------------------------------------


def table(results: Sequence[tuple[Case, Outcome]], sizes: dict[str, list[int]]) -> str:
    """The results as Markdown; a rate below what is required is bold."""
    lines = [
        f"Sample register of {ORGANISATIONS:,} organisations; {_extracts_said(sizes)}, and up to {OTHERS} others.",
        f"{_leaks(results)} leaks a row, without seeds unless stated. Accused is from log e {THRESHOLD:.2f} on, the",
        f"uniform threshold of {LEDGER:,} extracts at α = {ALPHA:g}.",
        "",
        "| row | attack | rows leaked | required | caught | 95 % interval | short by | innocents accused |",
        "|---|---|---|---|---|---|---|---|",
    ]
    short = 0
    for case, outcome in results:
        low, high = wilson(outcome.caught, outcome.trials)
        rate = outcome.caught / outcome.trials
        short += rate < case.required
        by = f"{100 * (case.required - rate):.0f} points" if rate < case.required else "–"
        by += ", within the interval" if rate < case.required <= high else ""
        said = f"{rate:.1%}" if rate >= case.required else f"**{rate:.1%}**"
        cells = (case.number, case.attack, case.rows, f"{case.required:.0%}", said, f"{low:.1%} – {high:.1%}", by)
        lines.append(f"| {' | '.join(map(str, cells))} | {outcome.falsely} |")
    highest = max(outcome.highest for _, outcome in results)
    said = f"The largest log e-value of an innocent extract was {highest:.1f}." if highest else NO_LEAD
    return "\n".join([*lines, "", f"{said} Short of what is required: {short} of {len(results)} rows, in bold."])


def _leaks(results: Sequence[tuple[Case, Outcome]]) -> str:
    trials = sorted({outcome.trials for _, outcome in results})
    return str(trials[0]) if len(trials) == 1 else f"{trials[0]} – {trials[-1]}"


def _extracts_said(sizes: dict[str, list[int]]) -> str:
    return ", ".join(
        f"{THIEVES if name != 'repeats' else REPEATS} {text} ({min(sizes[name]):,} rows)"
        for name, text in GROUPS.items()
    )


if __name__ == "__main__":
    sys.exit(main())
