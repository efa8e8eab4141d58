"""Lists of which no extract is a source, traced by the product: rows 15 and 16 of fingerprint.md 7 (R039, T28).

``python -m bench innocents`` writes the tables in docs/tracing.md. ``BENCH_ORGANISATIONS`` (1,500) sets the size of the
sample register, ``BENCH_OTHERS`` (60) the cuts of other customers, ``BENCH_LISTS`` (1,000) the lists.

The extracts are those of ``bench attacks``. The persons of most lists are those of its one large selection: an innocent
customer who was delivered them is whom a wrong accusation would hit. Every e-value is the one of the evidence file.
"""

from __future__ import annotations

import json
import math
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from bench import _attack_rules as rules, attacks
from bench._attack_rules import Rows
from bench._measure import wilson
from bench._page import TRACING, write_block
from extracts.gate.channels import CHANNELS

ORGANISATIONS, OTHERS, LISTS = (
    int(os.environ.get(f"BENCH_{name}", default))
    for name, default in (("ORGANISATIONS", "1500"), ("OTHERS", "60"), ("LISTS", "1000"))
)
ROWS = (50, 200, 1000, 3000)
LEVELS = (10, 30, 100, 300, 1000)
"""Of row 16."""
_COLUMNS = ((), rules.IDENTITY, ("email",), (*rules.IDENTITY, "title", "responsibilities"))
"""Columns of a list; none: all."""


@dataclass(frozen=True)
class Carrier:
    """What innocent lists are made of, all in the register's own renderings."""

    everybody: Rows
    wanted: Rows
    """Positions of those who were eligible for the large selection."""
    foreign: Rows


@dataclass
class Tested:
    """One kind of list: how many were traced, and the log e-values of all extracts that they touch."""

    lists: int = 0
    falsely: int = 0
    log_e: list[float] = field(default_factory=list)


def anybody(carrier: Carrier, rows: int, draw: random.Random) -> Rows:
    return rules.subset(carrier.everybody, rows, draw)


def same_persons(carrier: Carrier, rows: int, draw: random.Random) -> Rows:
    return rules.subset(carrier.wanted, rows, draw)


def by_lot(carrier: Carrier, rows: int, draw: random.Random) -> Rows:
    """Every cell that could bear a mark is written in one of its two ways, by lot."""
    made = [dict(row) for row in same_persons(carrier, rows, draw)]
    for row in made:
        for channel in CHANNELS:
            for column in channel.columns if not channel.needs else ():
                if row.get(column):
                    row[column] = channel.render(row[column], draw.randint(0, 1)) or ""
    return made


def among_foreign(carrier: Carrier, rows: int, draw: random.Random) -> Rows:
    return rules.mixed(by_lot(carrier, rows // 2, draw), carrier.foreign, 0.5, draw)


KINDS: Mapping[str, Callable[[Carrier, int, random.Random], Rows]] = MappingProxyType(
    {
        "anybody of the register": anybody,
        "the selection's persons": same_persons,
        "the selection's persons, marks by lot": by_lot,
        "the same, half of the rows foreign": among_foreign,
    }
)


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="rajaus-bench-innocents-") as directory:
        world = attacks.prepare(Path(directory), organisations=ORGANISATIONS, others=OTHERS)
        extracts = attacks.extracts(world.store)
        started = time.perf_counter()
        found = measure(world, lists=LISTS, scratch=Path(directory))
        world.store.ledger.close()
    print(f"{LISTS} lists against {extracts} extracts in {time.perf_counter() - started:.0f} s")
    text = table(found, extracts=extracts)
    print(text)
    write_block(TRACING, "innocents", text)
    log_e = [one for tested in found.values() for one in tested.log_e]
    return int(any(tested.falsely for tested in found.values()) or not all(holds(log_e, level) for level in LEVELS))


def measure(world: attacks.World, *, lists: int, scratch: Path) -> dict[str, Tested]:
    """Trace so many lists, of all kinds in turn."""
    eligible = {rules.who(row) for copy in world.q for row in copy.rows}
    wanted = [row for row in world.everybody if rules.who(row) in eligible]
    carrier = Carrier(world.everybody, wanted, world.foreign)
    found = {kind: Tested() for kind in KINDS}
    for number in range(lists):
        draw = random.Random(f"innocent {number}")
        kind = list(KINDS)[number % len(KINDS)]
        rows = KINDS[kind](carrier, draw.choice(ROWS), draw)
        rows = rules.only(rows, draw.choice(_COLUMNS) or tuple(rows[0]))
        said = attacks.traced(world.store, rows, scratch / "list.csv")
        evidence = Path(said["evidence_file"])
        tested = found[kind]
        tested.lists += 1
        tested.falsely += len(said["accused"])
        tested.log_e += [one["log_e"] for one in json.loads(evidence.read_text(encoding="utf-8"))["extracts"]]
        if number % 100 == 99:
            print(f"  {number + 1} lists, {sum(one.falsely for one in found.values())} accused", flush=True)
    return found


def reached(log_e: list[float], level: float) -> int:
    """How many e-values are at least ``level``."""
    return sum(one >= math.log(level) for one in log_e)


def holds(log_e: list[float], level: float) -> bool:
    """``P(e >= level) <= 1 / level`` on what was seen."""
    return reached(log_e, level) * level <= len(log_e)


def table(found: Mapping[str, Tested], *, extracts: int) -> str:
    """Rows 15 and 16 as Markdown."""
    lists, falsely = (sum(getattr(one, name) for one in found.values()) for name in ("lists", "falsely"))
    log_e = [one for tested in found.values() for one in tested.log_e]
    lines = [
        f"Sample register of {ORGANISATIONS:,} organisations, {extracts} extracts; {lists:,} lists of 50 – 3,000 rows,",
        "with all columns, e-mail alone, identity alone, or identity with title and responsibilities.",
        "",
        "| row 15: no source | lists | accused | 95 % interval | largest log e |",
        "|---|---|---|---|---|",
    ]
    for kind, tested in (*found.items(), ("all", Tested(lists, falsely, log_e))):
        low, high = wilson(tested.falsely, tested.lists)
        highest = f"{max(tested.log_e):.1f}" if tested.log_e else "–"
        lines.append(f"| {kind} | {tested.lists:,} | {tested.falsely} | {low:.1%} – {high:.1%} | {highest} |")
    lines += [
        "",
        f"Row 16, over all {len(log_e):,} pairs of a list and an extract that could have held part of it:",
        "",
        "| t | bound 1/t | pairs with e ≥ t | share | 95 % interval | holds |",
        "|---|---|---|---|---|---|",
    ]
    for level in LEVELS:
        hits = reached(log_e, level)
        low, high = wilson(hits, len(log_e))
        cells = (f"{level:,}", f"{1 / level:.2%}", f"{hits:,}", f"{hits / max(len(log_e), 1):.3%}")
        said = "yes" if holds(log_e, level) else "**no**"
        lines.append(f"| {' | '.join(cells)} | {low:.3%} – {high:.3%} | {said} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
