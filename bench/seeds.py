"""Can a classifier tell seeds from rows? At most 5 points of AUC above chance (R038).

``python -m bench seeds``; ``BENCH_ORGANISATIONS`` sets the size of the sample register, ``BENCH_SEEDS`` how many seeds
are pooled. Cuts are the product's own; only the number of seeds in them is raised, so that few cuts give a stable
figure. Folds share no company and every person is looked at once.
"""

from __future__ import annotations

import csv
import os
import sys
import tempfile
from pathlib import Path
from unittest import mock

from bench._likeness import GROUPS, measure
from bench.marking import _agreement, _order, _published
from extracts.cut import cut
from extracts.gate import seeds
from ledger import seeds as stock
from ledger.store import Store

LIMIT = 0.55


def main() -> int:
    wanted = int(os.environ.get("BENCH_SEEDS", "300"))
    with tempfile.TemporaryDirectory() as directory:
        store = _published(Path(directory))
        rows, flags = delivered(store, wanted=wanted)
        store.ledger.engine.dispose()
    print(f"{len(rows) - sum(flags)} rows, {sum(flags)} fictitious seeds")
    print("| looked at | AUC | 95 % interval |\n|---|---|---|")
    for name, groups in [*((one, (one,)) for one in GROUPS), ("everything", GROUPS)]:
        found = measure(rows, flags, groups=groups)
        print(f"| {name} | {found.auc:.3f} | {found.low:.3f} – {found.high:.3f} |")
    return 0 if found.auc <= LIMIT else 1


def delivered(store: Store, *, wanted: int) -> tuple[list[dict[str, str]], list[bool]]:
    """The rows of one extract with so many seeds in it, and which of them are seeds."""
    order = _order(store, _agreement(store), ())
    with mock.patch.object(seeds, "needed", return_value=wanted):
        made = cut(store, order)
    path = next(Path(one["path"]) for one in made["files"] if one["format"] == "csv")
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    with store.ledger.read() as connection:
        numbers = set(stock.numbers(connection, made["extract"]))
    return rows, [int(row["row"]) in numbers for row in rows]


if __name__ == "__main__":
    sys.exit(main())
