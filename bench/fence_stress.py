"""The fence under fire: 20 cutters against 300 bans, 50 seeds, on SQLite and PostgreSQL (R014).

``python -m bench fence_stress``; ``BENCH_SEEDS=5`` and ``BENCH_DATABASES=sqlite`` make it shorter.
"""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from bench._stress import Crew, Round
from tests.postgres import running_server

CUTTERS = int(os.environ.get("BENCH_CUTTERS", "20"))
BANS = int(os.environ.get("BENCH_BANS", "300"))
SEEDS = int(os.environ.get("BENCH_SEEDS", "50"))
DATABASES = os.environ.get("BENCH_DATABASES", "sqlite,postgresql").split(",")
BANNERS = 2
NICE = 10


def main() -> int:
    sound = True
    with ExitStack() as stack:
        crew = stack.enter_context(Crew(cutters=CUTTERS, banners=BANNERS, nice=NICE))
        server = stack.enter_context(running_server()) if "postgresql" in DATABASES else None
        for database in DATABASES:
            rounds = []
            for _seed in range(SEEDS):
                with tempfile.TemporaryDirectory() as directory:
                    url = server.database() if server and database == "postgresql" else None
                    rounds.append(crew.round(Path(directory) / "home", url, filed=BANS, persons=2 * BANS))
            sound &= tell(database, rounds)
    return 0 if sound else 1


def tell(database: str, rounds: list[Round]) -> bool:
    """Print the sums of all rounds; True when no ban lost and no row was released after its ban."""
    total = {
        name: sum(getattr(one, name) for one in rounds)
        for name in ("bans", "extracts", "raced", "retried", "violations", "seconds")
    }
    failed = [text for one in rounds for text in one.failed_bans]
    print(f"\n{database}: {len(rounds)} rounds of {CUTTERS} cutters against {BANS} bans")
    for name, value in total.items():
        print(f"  {name:<12} {value:12.0f}")
    print(f"  failed bans  {len(failed):12d}  {failed[:1] or ''}")
    return total["violations"] == 0 and not failed and total["bans"] == BANS * len(rounds) and total["raced"] > 0


if __name__ == "__main__":
    sys.exit(main())
