"""Judging a frame with pandera: which rows stand, and the reasons of those that do not."""

from __future__ import annotations

from typing import cast

import numpy as np
import pandas as pd
import pandera.pandas as pandera
import pyarrow as pa
from pandera.errors import SchemaErrors

from schemas.register import BLAMED

REASONS = pa.schema([("file", pa.int32()), ("row", pa.int64()), ("field", pa.string()), ("reason", pa.string())])
"""One row per reason; no cell content, for it may be private or banned."""


def judge(schema: pandera.DataFrameSchema, frame: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Split a frame: the rows that stand, and :data:`REASONS` of the others (a row may have several)."""
    judged = frame.select(list(schema.columns)).to_pandas(types_mapper=pd.ArrowDtype)
    try:
        schema.validate(judged, lazy=True)
    except SchemaErrors as errors:
        cases = errors.failure_cases
    else:
        return frame, REASONS.empty_table()
    index = cases["index"].to_numpy(dtype=np.int64)
    bad = frame.select(["file", "row"]).take(index)
    reasons = pa.table(
        [
            bad["file"],
            bad["row"],
            pa.array(cases["column"].replace(BLAMED), pa.string()),
            pa.array(cases["check"], pa.string()),
        ],
        schema=REASONS,
    )
    stands = np.ones(frame.num_rows, dtype=bool)
    stands[index] = False
    return cast(pa.Table, frame.filter(pa.array(stands))), reasons
