"""Our decoder beside two from the papers, on the same carrier: real cuts, the places where they bear a mark (R039).

``python -m bench peers`` writes the table in docs/tracing.md. ``BENCH_ORGANISATIONS`` (600) sets the size of the sample
register, ``BENCH_TRIALS`` (20) the leaks of each line, ``BENCH_INNOCENT`` (2,000) the recipients who leaked nothing.

Five customers have cuts of one selection. A place is a mark of a unit that all five hold; their symbols are those of
their manifests, the innocents' are drawn by the same law. Selection and seeds are left out: marks alone are compared.

* ours: R of fingerprint.md 2.6 with nothing withheld, accused from ln(10,000 / 1e-6) on.
* symmetric score: Škorić, Katzenbeisser, Celik 2008 on our symbols, threshold by Bernstein at the same error.
* Agrawal-Kiernan style: Agrawal and Kiernan 2002 keyed by unit, made a fingerprint of 64 bits as Li, Swarup and Jajodia
  2005 do: a keyed bit of the recipient at every place, read by majority. ``exact``: all bits must be those of one
  recipient; ``nearest``: so many that chance gives them to one of all recipients once in a million.
"""

from __future__ import annotations

import math
import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from bench import attacks
from bench._page import TRACING, write_block
from extracts.gate.channels.base import HIGH
from extracts.trace.score import EPSILON, EPSILON_WEIGHT, ROW_LAMBDA, ROW_WEIGHT
from ledger import cuts

Floats = npt.NDArray[np.float64]
Symbols = npt.NDArray[np.int8]

ORGANISATIONS, TRIALS, INNOCENT = (
    int(os.environ.get(f"BENCH_{name}", default))
    for name, default in (("ORGANISATIONS", "600"), ("TRIALS", "20"), ("INNOCENT", "2000"))
)
LIMIT = math.log(attacks.LEDGER / attacks.ALPHA)
BITS = 64
ERASED = -1
CHANNELS = ("list", "title")
DECODERS = ("ours", "symmetric score", "AK exact", "AK nearest")


def _pick(held: Symbols, draw: np.random.Generator) -> Symbols:
    return held[draw.integers(0, len(held), held.shape[1]), np.arange(held.shape[1])]


def _most(held: Symbols, draw: np.random.Generator) -> Symbols:
    ones = held.sum(axis=0) * 2
    return np.where(ones == len(held), draw.integers(0, 2, held.shape[1]), ones > len(held)).astype(np.int8)


def _fewest(held: Symbols, draw: np.random.Generator) -> Symbols:
    same = held.min(axis=0) == held.max(axis=0)
    return np.where(same, held[0], 1 - _most(held, draw)).astype(np.int8)


RULES: Mapping[str, Callable[[Symbols, np.random.Generator], Symbols]] = MappingProxyType(
    {"cell pick": _pick, "majority": _most, "minority": _fewest}
)
CASES = (
    (1, "cell pick", 200, 0.0), (1, "cell pick", 45, 0.0), (1, "cell pick", 20, 0.0), (1, "cell pick", 100, 0.1),
    (1, "cell pick", 140, 0.3), (2, "cell pick", 400, 0.0), (2, "minority", 400, 0.0), (3, "majority", 600, 0.0),
)  # fmt: skip
"""Thieves, their rule, rows leaked, share of marks replaced at random."""


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="rajaus-bench-peers-") as directory:
        world = attacks.prepare(Path(directory), organisations=ORGANISATIONS, others=0, repeats=0)
        p, symbols = carrier(world)
        world.store.ledger.close()
    draw = np.random.default_rng(1)
    lines, falsely = [], dict.fromkeys(DECODERS, 0)
    for thieves, rule, most, altered in CASES:
        caught, rows = dict.fromkeys(DECODERS, 0), min(most, len(p))
        for _ in range(TRIALS):
            found = trial(p, symbols, thieves, rule=rule, rows=rows, altered=altered, draw=draw)
            for name, (guilty, innocent) in found.items():
                caught[name] += guilty
                falsely[name] += innocent
        what = f"{thieves} together, {rule}" if thieves > 1 else "one source"
        what += f", {altered:.0%} altered" if altered else ""
        lines.append(f"| {what} | {rows} | " + " | ".join(f"{caught[one] / TRIALS:.0%}" for one in DECODERS) + " |")
        print(lines[-1], flush=True)
    text = table(lines, falsely, p)
    print(text)
    write_block(TRACING, "peers", text)
    return 1 if falsely["ours"] else 0


def table(lines: list[str], falsely: Mapping[str, int], p: Floats) -> str:
    """The results as Markdown."""
    places = np.isfinite(p).sum()
    head = [
        f"Sample register of {ORGANISATIONS} organisations; {len(p):,} units that five hold, {places:,} places;",
        f"{TRIALS} leaks a line, {INNOCENT:,} innocent recipients, error 1e-6 over 10,000.",
        "",
        "| leak (marks alone) | rows | " + " | ".join(DECODERS) + " |",
        "|---|---|" + "---|" * len(DECODERS),
    ]
    tests = len(CASES) * TRIALS
    false = ", ".join(f"{name} {number}" for name, number in falsely.items())
    return "\n".join([*head, *lines, "", f"Innocents accused in {tests} leaks: {false}."])


def carrier(world: attacks.World) -> tuple[Floats, Symbols]:
    """``p`` (units × channels, NaN: no mark) and the thieves' symbols (thieves × units × channels)."""
    held = []
    for copy in world.q:
        with world.store.ledger.read() as connection:
            path = world.store.path(cuts.extract(connection, copy.extract)["manifest"])
        listed = pq.read_table(path).to_pylist()
        held.append({row["unit"]: row for row in listed if row["number"] is not None})
    units = sorted(set.intersection(*(set(one) for one in held)))

    def cells(part: str, of: dict[bytes, dict[str, float | None]]) -> Floats:
        return np.array([[of[unit][f"{channel}_{part}"] for channel in CHANNELS] for unit in units], np.float64)

    p = cells("p", held[0])
    return p, np.stack([np.nan_to_num(cells("symbol", one)).astype(np.int8) for one in held])


def trial(
    p: Floats, symbols: Symbols, thieves: int, *, rule: str, rows: int, altered: float, draw: np.random.Generator
) -> dict[str, tuple[bool, int]]:
    """Per decoder: whether a thief is accused, and how many innocents are."""
    unit = draw.choice(len(p), rows, replace=False)
    who = draw.choice(len(symbols), thieves, replace=False)
    row, channel = np.nonzero(np.isfinite(p[unit]))
    prior = p[unit][row, channel]
    own = symbols[np.ix_(who, unit)][:, row, channel]
    seen = _altered(RULES[rule](own, draw), altered, draw)
    others = (draw.random((INNOCENT, len(prior))) < prior).astype(np.int8)
    everybody = np.concatenate([own, others])
    found = {
        "ours": log_e(everybody, seen, prior, row=row, rows=rows) >= LIMIT,
        "symmetric score": symmetric(everybody, seen, prior) >= bernstein(len(prior)),
    }
    found |= agrawal_kiernan(thieves, len(prior), rule=rule, altered=altered, draw=draw)
    return {name: (bool(said[:thieves].any()), int(said[thieves:].sum())) for name, said in found.items()}


def _altered(seen: Symbols, share: float, draw: np.random.Generator) -> Symbols:
    """Some marks replaced by what chance gives."""
    return np.where(draw.random(len(seen)) < share, draw.integers(0, 2, len(seen)), seen).astype(np.int8)


def log_e(words: Symbols, seen: Symbols, prior: Floats, *, row: npt.NDArray[np.int64], rows: int) -> Floats:
    """log R of every word; a row's marks are one factor."""
    ratio = (words == seen) / np.where(seen == 1, prior, 1 - prior)
    last = np.full((len(EPSILON) * len(ROW_LAMBDA), len(words)), 0.0)
    for number, epsilon in enumerate(EPSILON):
        logs = np.log((1 - epsilon) * ratio + epsilon)
        copied = np.zeros((rows, len(words)))
        np.add.at(copied, row, logs.T)
        for at, own in enumerate(ROW_LAMBDA):
            weight = math.log(ROW_WEIGHT[at] * EPSILON_WEIGHT[number])
            last[number * len(ROW_LAMBDA) + at] = weight + np.log(own * np.exp(copied) + 1 - own).sum(axis=0)
    return np.asarray(np.logaddexp.reduce(last, axis=0))


def symmetric(words: Symbols, seen: Symbols, prior: Floats) -> Floats:
    """Škorić's symmetric score of every word: mean 0 and variance 1 a place for an innocent."""
    chance = np.where(seen == 1, prior, 1 - prior)
    right, wrong = np.sqrt((1 - chance) / chance), -np.sqrt(chance / (1 - chance))
    return np.asarray(np.where(words == seen, right, wrong).sum(axis=1))


def bernstein(places: int) -> float:
    """The sum that an innocent word passes with probability at most ``exp(-LIMIT)``."""
    reach = math.sqrt(HIGH / (1 - HIGH)) * LIMIT / 3
    return reach + math.sqrt(reach**2 + 2 * places * LIMIT)


def agrawal_kiernan(
    thieves: int, places: int, *, rule: str, altered: float, draw: np.random.Generator
) -> dict[str, npt.NDArray[np.bool_]]:
    """The same places with keyed bits of 64-bit fingerprints instead of our symbols, attacked alike."""
    prints = draw.integers(0, 2, (thieves + INNOCENT, BITS)).astype(np.int8)
    bit, mask = draw.integers(0, BITS, places), draw.integers(0, 2, places)
    seen = _altered(RULES[rule](prints[:thieves, bit] ^ mask.astype(np.int8), draw), altered, draw)
    ones = np.bincount(bit, weights=seen ^ mask, minlength=BITS)
    votes = np.bincount(bit, minlength=BITS)
    read = np.select([2 * ones > votes, 2 * ones < votes], [1, 0], ERASED)
    agree = (prints == read).sum(axis=1)
    known = int((read != ERASED).sum())
    need = next(
        (least for least in range(known + 1)
         if sum(math.comb(known, k) for k in range(least, known + 1)) / 2**known <= math.exp(-LIMIT)),
        BITS + 1,
    )  # fmt: skip
    return {"AK exact": agree == BITS, "AK nearest": agree >= need}


if __name__ == "__main__":
    sys.exit(main())
