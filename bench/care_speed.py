"""Data care at size: what the index and a match take, each in a process that does nothing else (datacare.md).

``python -m bench care_speed``; ``BENCH_SIZES=300000/50000`` picks (organisations/rows, comma between). The registers
are those of ``bench register``, made if they are not there, and stay; so do the CRMs: the sample's own of 50,000 rows,
and others worn by other hands (``_worn``). Times are said on the clock and in processor seconds, for a machine that
others use too.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import pyarrow as pa

from bench import _worn
from bench._measure import bound, run
from bench.care import WORN
from core.settings import load_settings
from datacare import tables
from datacare.match import build_index, decide, match, parties_of
from datacare.match.registered import registered

SIZES = os.environ.get("BENCH_SIZES", "300000/50000,1100000/200000,1100000/1000000")
LIMITS = {50_000: (5, 1000), 200_000: (20, 3000), 1_000_000: (120, 3000)}
"""Rows → seconds and MB."""
INDEX = (45, 400)
"""Seconds and MB on the disk, of a million organisations."""
_PART = 250_000
_SAMPLE = 50_000
_OF = "SELECT * FROM read_csv($file, all_varchar = true) WHERE CAST(left(business_id, 7) AS INTEGER) % $parts = $part"


def main() -> int:
    fine = True
    done: set[int] = set()
    for size in SIZES.split(","):
        organisations, rows = (int(part) for part in size.split("/"))
        root = Path(tempfile.gettempdir()) / f"rajaus-bench-{organisations}"
        if not (root / "ready").exists():
            run([sys.executable, "-c", _PREPARE], env=dict(os.environ) | {"BENCH_ORGANISATIONS": f"{organisations}"})
        index = root / "care.duckdb"
        if organisations not in done:
            done.add(organisations)
            index.unlink(missing_ok=True)
            fine &= _index(root, index, organisations=organisations)
        files = [_crm(root, rows)]
        if rows == _SAMPLE:
            files.insert(0, root / "data" / "crm.csv")
        for file in files:
            fine &= _match(index, file, rows=rows)
    return 0 if fine else 1


_PREPARE = """
from pathlib import Path
import tempfile
from bench import register
root = Path(tempfile.gettempdir()) / f"rajaus-bench-{register.ORGANISATIONS}"
register.prepare(root, root / "home", root / "data")
"""


def _index(root: Path, index: Path, *, organisations: int) -> bool:
    done = _alone("index", next((root / "home" / "snapshots").glob("*.duckdb")), index)
    print(f"\nindex of {organisations:,} organisations ({_told(done)})")
    scale = max(organisations / 1e6, 1)
    fine = bound("seconds", done["seconds"], INDEX[0] * scale, "s")
    return bound("on the disk", index.stat().st_size / 1e6, INDEX[1] * scale, "MB") and fine


def _match(index: Path, file: Path, *, rows: int) -> bool:
    done = _alone("match", index, file)
    print(f"\n{done['rows']:,} rows of {file.name} ({_told(done)}): {done['states']}")
    seconds, memory = LIMITS.get(rows, (120, 3000))
    fine = bound("seconds", done["seconds"], seconds, "s")
    return bound("peak memory", done["peak_mb"], memory, "MB") and fine


def _told(done: dict[str, float]) -> str:
    return f"{done['processor']:.1f} processor seconds, load {os.getloadavg()[0]:.1f}"


def _alone(what: str, *files: Path) -> dict[str, float]:
    """One job in a process of its own; its usage is only its own."""
    told = subprocess.run(
        [sys.executable, "-m", "bench.care_speed", what, *map(str, files)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout
    return dict(json.loads(told))


def alone(what: str, one: Path, *, other: Path) -> None:
    """Within that process: do it, and say what it took."""
    settings = load_settings(env={}, home=one.parent)
    memory, threads = settings.memory_limit, settings.threads
    started, used = time.perf_counter(), time.process_time()
    said: dict[str, object] = {}
    with tempfile.TemporaryDirectory(prefix="rajaus-care-") as scratch:
        if what == "index":
            config: dict[str, str | bool | int | float | list[str]] = {"memory_limit": memory, "threads": threads}
            with duckdb.connect(str(one), read_only=True, config=config) as connection:
                build_index(other, registered(connection), memory=memory, threads=threads)
        else:
            mapping = {field: column for column, field in WORN.items()} if other.name.startswith("worn") else None
            read = tables.read(other, mapping=mapping)
            found = match(one, parties_of(read.table), memory=memory, threads=threads, scratch=Path(scratch))
            decided = decide(found.parties, found.persons, pids=pa.array(range(len(read.table)), pa.int64()))
            states = decided["state"].value_counts().to_pylist()
            said = {"rows": len(decided), "states": {one["values"]: one["counts"] for one in states}}
    said |= {
        "seconds": time.perf_counter() - started,
        "processor": time.process_time() - used,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    print(json.dumps(said))


def _crm(root: Path, rows: int) -> Path:
    """Rows worn down by other hands, made once: a part of the register at a time, for they are all held while drawn."""
    made = root / f"worn-{rows}.csv"
    if made.exists():
        return made
    parts = max(rows // _PART, 4)
    with tempfile.TemporaryDirectory(prefix="rajaus-care-") as name, made.with_suffix(".part").open("w") as out:
        drawn, rest = divmod(rows, parts)
        for part in range(parts):
            files = [Path(name) / "organisations.csv", Path(name) / "positions.csv", Path(name) / "worn.csv"]
            with duckdb.connect(config={"memory_limit": "2500MB", "threads": 2}) as connection:
                for file in files[:2]:
                    values = {"file": str(root / "data" / file.name), "parts": parts, "part": part}
                    connection.sql(_OF, params=values).order("ALL").write_csv(str(file))
            _worn.wear(*files, rows=drawn + (rest if part == 0 else 0), seed=part + 3)
            with files[2].open(encoding="utf-8", newline="") as worn:
                header = worn.readline()
                out.write(header if part == 0 else "")
                out.writelines(worn)
    made.with_suffix(".part").rename(made)
    return made


if __name__ == "__main__":
    if len(sys.argv) == 4:
        alone(sys.argv[1], Path(sys.argv[2]), other=Path(sys.argv[3]))
    else:
        sys.exit(main())
