"""Seeds that somebody in the register resembles: looked for at every import and at every release (R038, T10).

A seed that a real newcomer could be taken for, or that could be taken for one, is retired. Only ids of seeds come out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import pyarrow as pa

import sql
from core.identity import fold_names
from core.ids import org_id

_TEXTS = ("seed", "name_fold", "email", "mobile", "phone", "organisation_fold", "named", "at_organisation")
CANDIDATES = pa.schema([(name, pa.string()) for name in _TEXTS] + [(name, pa.int32()) for name in ("org", "at_org")])
"""Seeds to be compared with the register; a null is compared with nothing. ``name_fold``, ``organisation_fold`` and
``org`` count alone; ``named`` counts in the company ``at_organisation`` or ``at_org``."""


def candidates(seeds: Sequence[Mapping[str, Any]], *, name_alone: Sequence[bool]) -> pa.Table:
    """What to compare of these seeds (rows of the stock).

    An invented company must be nobody's; a host's exists, so nothing of it counts but the host's own name there.
    ``name_alone``: of a fictitious one a namesake anywhere is enough, for one that has not gone out is easily replaced.
    """
    names = _folds([f"{seed['first_name']} {seed['last_name']}" for seed in seeds])
    firms = _folds([seed["organisation_name"] for seed in seeds])
    rows = [
        {
            "seed": seed["seed"],
            "email": seed["email"],
            "mobile": seed["mobile"],
            "named": name,
            "at_organisation": firm,
            "at_org": org_id(seed["business_id"]),
        }
        | (
            {
                "name_fold": name if alone else None,
                "phone": seed["phone"],
                "organisation_fold": firm if alone else None,
                "org": org_id(seed["business_id"]),
            }
            if seed["kind"] == "fictitious"
            else {}
        )
        for seed, name, firm, alone in zip(seeds, names, firms, name_alone, strict=True)
    ]
    return pa.Table.from_pylist(rows, schema=CANDIDATES)


def _folds(texts: list[str]) -> list[str | None]:
    return list(fold_names(pa.array(texts, pa.string())).to_pylist())


def resembled(connection: duckdb.DuckDBPyConnection, compared: pa.Table) -> frozenset[str]:
    """Those of the seeds ``compared`` (:data:`CANDIDATES`) that resemble somebody of the snapshot."""
    if not len(compared):
        return frozenset()
    connection.register("candidate", compared)
    try:
        return frozenset(row[0] for row in connection.execute(sql.load("register/resembled")).fetchall())
    finally:
        connection.unregister("candidate")
