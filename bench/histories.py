"""Random lives of orders: nothing leaves outside its window, its cap, its agreement, or over a ban.

``python -m bench histories`` plays histories until 10,000 orders were placed (``BENCH_ORDERS`` sets another number,
``BENCH_MINUTES`` ends it earlier; ``BENCH_FIRST`` says which history is the first, to go on where a run ended) and
stops at the first that delivers what may not be delivered. Every file handed over is read and compared with a model of
plain sets; every count statement with the file it announced.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from core.settings import load_settings
from register.sample import sample_dir
from tests.journey.histories import history
from tests.published import publish_sample, read_csv

ORDERS = int(os.environ.get("BENCH_ORDERS", "10000"))
FIRST = int(os.environ.get("BENCH_FIRST", "0"))
MINUTES = float(os.environ.get("BENCH_MINUTES", "inf"))
STEPS = 200
_PLACED = ("approved", "awaiting approval", "refused")


def main() -> int:
    people, organisations = (read_csv(sample_dir() / f"{kind}.csv") for kind in ("positions", "organisations"))
    seen: Counter[str] = Counter()
    histories, started = 0, time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="rajaus-bench-histories-") as directory:
        root = Path(directory)
        publish_sample(root / "published")
        while sum(seen[state] for state in _PLACED) < ORDERS and time.perf_counter() - started < 60 * MINUTES:
            home = root / f"h{histories}" / "home"
            shutil.copytree(root / "published", home)
            settings = load_settings(
                env={}, home=home, actor="bench", row_cap=100, year_cap=200, share_cap_floor=100, share_cap_percent=100
            )
            number = FIRST + histories
            played = history(home, settings=settings, number=number, people=people, organisations=organisations)
            seen += played.run(STEPS)
            played.store.ledger.close()
            shutil.rmtree(home.parent)
            histories += 1
            placed = sum(seen[state] for state in _PLACED)
            print(f"{placed} orders, {time.perf_counter() - started:.0f} s", file=sys.stderr, flush=True)
    placed = sum(seen[state] for state in _PLACED)
    seconds = time.perf_counter() - started
    print(f"{histories} histories from {FIRST} on, {placed} orders in {seconds:.0f} s: nothing that may not be")
    for what, number in seen.most_common():
        print(f"  {number:>7}  {what}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
