"""Seeds of a subscription live as rows do: they come with new rows, stay the same, and sometimes leave (R038, T24).

None comes or goes alone, unless somebody in the register now resembles it (T10) or somebody used its ban link: then it
goes as a person does who said no.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from extracts.gate import seeds
from extracts.gate.changes import Changes
from extracts.gate.fingerprint import Marker
from extracts.gate.placement import company_units
from register.rows import Register

Row = Mapping[str, Any]
_ROWS_PER_SEED = 20
"""Beside so many new rows at most one new seed comes, however many are lacking."""


@dataclass(frozen=True)
class Plan:
    """What becomes of the seeds with one delta."""

    staying: Sequence[Row]
    leaving: Sequence[Row]
    coming: int
    """How many new ones."""


def plan(register: Register, held: Sequence[Row], *, changes: Changes, marker: Marker, turn: int, first: bool) -> Plan:
    """Who stays, leaves and comes: real rows' own pace decides. ``held`` are the seeds that the recipient has, ``turn``
    the number of the delta they are drawn for."""
    collided = seeds.collisions(register, [dict(seed) for seed in held], unused=False) if held else frozenset()
    pace = len(changes.gone) / max(1, changes.had)
    leaving = [
        seed
        for seed in held
        if seed["called_back"] or seed["seed"] in collided or _draw(marker, turn, seed["seed"]) < pace
    ]
    left = {seed["seed"] for seed in leaving}
    staying = [seed for seed in held if seed["seed"] not in left]
    lacking = seeds.needed(changes.held) - len(staying)
    beside = len(changes.added)
    most = lacking if first else -(-beside // _ROWS_PER_SEED)
    return Plan(staying, leaving, max(0, min(lacking, most)) if beside else 0)


def _draw(marker: Marker, turn: int, seed: str) -> float:
    """A keyed number in [0, 1), the same however often a delta is tried."""
    return int.from_bytes(marker.placing_key.mac(f"leave:{turn}:{seed}".encode())[:7]) / (1 << 56)


def again(staying: Sequence[Row], schema: pa.Schema, *, known: pa.Table) -> pa.Table:
    """Seeds that stay, as they were delivered; ``schema`` is that of dressed seeds, ``known`` as for ``dress``."""
    ids = [seed["seed"] for seed in staying]
    companies = company_units([seed["cells"].get("business_id") for seed in staying], ids, known=known)
    return pa.Table.from_pylist(
        [
            dict(seed["cells"]) | {"seed": one, "unit": one, "company_unit": company}
            for seed, one, company in zip(staying, ids, companies.to_pylist(), strict=True)
        ],
        schema=schema,
    )


def cells(dressed: pa.Table) -> dict[str, dict[str, Any]]:
    """What is kept of new seeds, by id: their cells before marks; no nonce of the register."""
    return {
        row["seed"]: {
            name: value for name, value in row.items() if value is not None and name not in ("seed", "company_unit")
        }
        for row in dressed.to_pylist()
    }
