"""PRH's bulk file at its real size: 460,000 records, 1.45 GB of JSON in a ZIP, loaded within 500 MB of memory.

``python -m bench.ytj_bulk``; ``BENCH_COMPANIES=46000`` makes it smaller. The records are the real sample's with
invented names and Y-tunnus numbers that nobody has.
"""

from __future__ import annotations

import json
import operator
import os
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from bench._measure import bound, rajaus, run

COMPANIES = int(os.environ.get("BENCH_COMPANIES", "460000"))
SAMPLE = Path(__file__).parents[1] / "data" / "sample" / "ytj.json"
MEMORY_MB = 500
WEIGHTS = (7, 9, 10, 5, 8, 4, 2)
FIRST_NUMBER = 6_000_000
"""Numbers given out so far end well below."""


def business_ids() -> Iterator[str]:
    """Valid ones, from the first number on; a number whose check digit would be 10 is skipped."""
    for number in range(FIRST_NUMBER, 10_000_000):
        remainder = sum(map(operator.mul, map(int, str(number)), WEIGHTS)) % 11
        if remainder != 1:
            yield f"{number}-{(11 - remainder) % 11}"


def write_bulk(path: Path) -> int:
    """Write the ZIP; returns the size of the JSON in it. One record in six is the long one, as in the real file."""
    sample = [
        json.dumps(record, ensure_ascii=False, separators=(",", ":")) for record in json.loads(SAMPLE.read_bytes())
    ]
    ids = [json.loads(record)["businessId"]["value"] for record in sample]
    size = 0
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("data.json", "w", force_zip64=True) as member,
    ):
        for at, business_id in enumerate(islice(business_ids(), COMPANIES)):
            kind = 0 if at % 6 == 0 else 1 + at % (len(sample) - 1)
            record = sample[kind].replace(ids[kind], business_id).replace("Supercell", f"Yritys {at}")
            size += member.write((("," if at else "[") + record).encode())
        size += member.write(b"]")
    return size


def main() -> int:
    root = Path(tempfile.gettempdir()) / f"rajaus-bench-ytj-{COMPANIES}"
    root.mkdir(exist_ok=True)
    file = root / "all_companies.zip"
    size = write_bulk(file)
    print(f"{COMPANIES:,} records, {size / 1e9:.2f} GB of JSON, {file.stat().st_size / 1e6:.0f} MB ZIP")
    with tempfile.TemporaryDirectory(dir=root) as home:
        store = ["--home", f"{home}/store", "--json"]
        run([*rajaus(), "init", *store])
        taken = run([*rajaus(), "register", "load", "--source", "prh", *store, file])
    document = json.loads(taken.output)
    assert document["read"] == document["accepted"] == COMPANIES, document["reasons"]
    print(f"  {taken.seconds:.0f} s, {COMPANIES / taken.seconds:,.0f} records a second")
    return 0 if bound("peak memory of the load", taken.peak_mb, MEMORY_MB, "MB") else 1


if __name__ == "__main__":
    sys.exit(main())
