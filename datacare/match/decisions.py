"""From probabilities to what may be done with a row: taken, none, or a person looks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa

import sql

AUTO = 0.985
"""From this probability on a match is taken without a person looking; measured precision is in ``bench/care.py``."""
LIKELY = 0.5
"""The best candidate is named from here on, if only for review."""
NONE = 0.05
"""A row whose best candidate is less likely than this is in the register as nobody."""


@dataclass(frozen=True)
class Limits:
    """Where the states part."""

    auto: float = AUTO
    likely: float = LIKELY
    none: float = NONE


def decide(parties: pa.Table, persons: pa.Table, *, pids: pa.Array, limits: Limits = Limits()) -> pa.Table:
    """``pid, rid, p, state, person, person_p, person_state`` for every row, in the order of ``pids``.

    ``state`` is ``auto``, ``none`` or ``review``. A valid identifier with nothing beside it that agrees, or a name that
    contradicts it, goes to review however probable it is: it may be the sister's or the predecessor's. So does a name
    with nothing beside it, not even the postal code: others may have it. Of a row in review no person is taken.
    """
    with duckdb.connect() as connection:
        connection.register("party", parties)
        connection.register("person", persons)
        connection.register("row_id", pa.table({"pid": pids}))
        values: dict[str, Any] = {"auto": limits.auto, "likely": limits.likely, "none": limits.none}
        return connection.sql(sql.load("datacare/decide"), params=values).to_arrow_table()
