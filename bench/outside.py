"""Attacks by a program that reads delivered files and nothing else, beside the rates of ``bench attacks`` (R039).

``BENCH_SCRIPT=attack.py python -m bench outside`` writes the table in docs/tracing.md, which says how a script is
called; without it ``bench/scripts/second_hand.py`` attacks. ``BENCH_ORGANISATIONS`` (1,500) sets the size of the sample
register, ``BENCH_TRIALS`` (20) the leaks of each attack, ``BENCH_OTHERS`` (60) the cuts of other customers.
"""

from __future__ import annotations

import csv
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import attacks
from bench._attack_rules import Rows
from bench._measure import wilson
from bench._page import TRACING, write_block
from extracts.trace import trace

ORGANISATIONS, TRIALS, OTHERS = (
    int(os.environ.get(f"BENCH_{name}", default))
    for name, default in (("ORGANISATIONS", "1500"), ("TRIALS", "20"), ("OTHERS", "60"))
)
SHIPPED = Path(__file__).parent / "scripts" / "second_hand.py"
_LINE = re.compile(
    r"\| \d+ \| (?P<attack>[^|]+) \| [^|]+ \| [^|]+ \| \**(?P<rate>[\d.]+)%\** \| (?P<interval>[^|]+) \|"
)


@dataclass(frozen=True)
class Attack:
    """One attack that a script offers."""

    name: str
    like: str
    """The line of the table of ``bench attacks`` that it does over again; empty: none."""
    selection: str
    """Whose copies (``attacks.GROUPS``)."""
    copies: int
    seeds: bool = False
    """Whether the files hold their seeds."""


@dataclass(frozen=True)
class Result:
    caught: int
    falsely: int
    trials: int


def main() -> int:
    script = Path(os.environ.get("BENCH_SCRIPT", SHIPPED)).resolve()
    with tempfile.TemporaryDirectory(prefix="rajaus-bench-outside-") as directory:
        home = Path(directory)
        world = attacks.prepare(home, organisations=ORGANISATIONS, others=OTHERS, shares=True)
        results = []
        for one in offered(script):
            results.append((one, run(world, script, one, trials=TRIALS, scratch=home)))
            print(f"  {one.name:<40} {results[-1][1].caught}/{TRIALS}  false {results[-1][1].falsely}", flush=True)
        world.store.ledger.close()
    text = table(script.name, results, ours=published(TRACING.read_text(encoding="utf-8")))
    print(text)
    write_block(TRACING, "outside", text)
    return int(any(result.falsely for _, result in results))


def offered(script: Path) -> list[Attack]:
    """The attacks that a script lists."""
    return [Attack(**one) for one in json.loads(_call(script, "list"))]


def run(world: attacks.World, script: Path, attack: Attack, *, trials: int, scratch: Path) -> Result:
    """Give the script the delivered files so many times and trace what it makes of them."""
    caught = falsely = 0
    for trial in range(trials):
        draw = random.Random(f"{attack.name} {trial}")
        held: list[attacks.Copy] = getattr(world, attack.selection)
        thieves = draw.sample(held, attack.copies)
        delivered, suspect = scratch / "delivered", scratch / "suspect"
        shutil.rmtree(delivered, ignore_errors=True)
        delivered.mkdir()
        suspect.unlink(missing_ok=True)
        for number, copy in enumerate(thieves, 1):
            _write(copy.whole if attack.seeds else copy.rows, delivered / f"{number}.csv")
        _write(world.foreign, delivered / "foreign.csv")
        _call(script, "run", attack.name, str(delivered), str(suspect), str(trial))
        accused = trace(world.store, suspect)["accused"]
        over = {one["extract"] for one in accused if one["log_e"] >= attacks.THRESHOLD}
        caught += bool(over & {copy.extract for copy in thieves})
        falsely += sum(one["customer"] not in {copy.customer for copy in thieves} for one in accused)
    return Result(caught, falsely, trials)


def _call(script: Path, *arguments: str) -> str:
    """Run it as a process of its own, in which nothing says where the product or its store is."""
    command = [sys.executable, "-I", str(script)] if script.suffix == ".py" else [str(script)]
    with tempfile.TemporaryDirectory() as elsewhere:
        done = subprocess.run(
            [*command, *arguments],
            cwd=elsewhere,
            env={"PATH": os.defpath},
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
    if done.returncode != 0:
        raise SystemExit(f"{script.name} {arguments[0]} ended with {done.returncode}")
    return done.stdout


def _write(rows: Rows, path: Path) -> None:
    """A list as it is delivered: UTF-8 with its mark, all texts quoted."""
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]), quoting=csv.QUOTE_ALL)
        writer.writeheader()
        writer.writerows(rows)


def published(page: str) -> dict[str, tuple[float, float, float]]:
    """Of each line of the table of ``bench attacks``: rate and interval, in percent."""
    found = {}
    for line in _LINE.finditer(page):
        low, high = (float(part.strip().rstrip("%")) for part in line["interval"].split("–"))
        found[line["attack"]] = float(line["rate"]), low, high
    return found


def table(
    script: str, results: Sequence[tuple[Attack, Result]], *, ours: Mapping[str, tuple[float, float, float]]
) -> str:
    """Both rates side by side, as Markdown; they agree where their intervals overlap."""
    lines = [
        f"`{script}`; sample register of {ORGANISATIONS:,} organisations, {TRIALS} leaks an attack.",
        "",
        "| the script's attack | line above | caught | 95 % interval | there | agree | falsely accused |",
        "|---|---|---|---|---|---|---|",
    ]
    compared = agree = 0
    for attack, result in results:
        low, high = wilson(result.caught, result.trials)
        theirs = ours.get(attack.like)
        same = "–"
        if theirs:
            compared += 1
            overlap = 100 * low <= theirs[2] and theirs[1] <= 100 * high
            agree += overlap
            same = "yes" if overlap else "**no**"
        cells = (
            attack.name, attack.like or "–", f"{result.caught / result.trials:.1%}", f"{low:.1%} – {high:.1%}",
            f"{theirs[0]:.1f}%" if theirs else "–", same, str(result.falsely),
        )  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, "", f"{agree} of {compared} rates agree: their intervals overlap."])


if __name__ == "__main__":
    sys.exit(main())
