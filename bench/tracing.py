"""A trace against 10,000 extracts and 100 M disclosures, one core: 2,000 rows in 2 s, 20,000 in 15 s, 4 GB (R039, row 17).

The manifests are made once, of a population whose tokens are random, in the gate's own layout, under the system's
temporary directory; ``BENCH_DISCLOSURES`` (millions) and ``BENCH_EXTRACTS`` make fewer. What is timed is the join, the
scores and the decision; reading the suspect file and writing the evidence are printed apart.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from core.settings import load_settings
from extracts.gate import manifest
from extracts.trace import decide, evidence, judge
from extracts.trace.index import open_segments
from extracts.trace.indexed import Indexed
from extracts.trace.matching import open_matching
from extracts.trace.suspect import read_suspect
from ledger.store import Store, create_store, open_store
from ledger.traces import ReleasedExtract

DISCLOSURES = int(float(os.environ.get("BENCH_DISCLOSURES", "100")) * 1_000_000)
EXTRACTS = int(os.environ.get("BENCH_EXTRACTS", "10000"))
PEOPLE = 200_000
HOME = Path(tempfile.gettempdir()) / f"rajaus-bench-tracing-{EXTRACTS}-{DISCLOSURES // 1000}k"
LIMITS = {2_000: 2.0, 20_000: 15.0}
MEMORY_MB = 4_000
"""fingerprint.md 7, row 17."""
