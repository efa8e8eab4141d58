"""A traced leak with everything that a dispute about it needs: the files, the evidence, the shown keys."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.clock import fixed_clock
from core.settings import load_settings
from extracts import reveal
from extracts.trace import trace
from ledger.store import Store, create_store, open_store
from tests.trace.house import Cut, House, leak, people

AT = fixed_clock(datetime(2026, 11, 22, 9, tzinfo=UTC))
REASON = "claim 12/2026"


@dataclass(frozen=True)
class Dispute:
    """Extract ``x1`` of customer ``c1`` leaked; its other extract excludes earlier orders; ``c2`` has the same
    selection, and a few of its rows are in the leak too: where areas are left out, five that show another area."""

    house: House
    suspect: Path
    delivered: Path
    evidence: Path
    revealed: Path

    def document(self) -> dict[str, Any]:
        read: dict[str, Any] = json.loads(self.evidence.read_text(encoding="utf-8"))
        return read

    def keys(self) -> dict[str, Any]:
        read: dict[str, Any] = json.loads(self.revealed.read_text(encoding="utf-8"))
        return read


def second(store: Store, *, actor: str = "second") -> Store:
    """The same store in another person's hands."""
    return open_store(load_settings(env={}, home=store.settings.home, actor=actor), clock=AT)


def dispute(home: Path, *, areas: bool = False, hot: int = 0) -> Dispute:
    """Everything up to the shown keys, by the product's own verbs. ``areas``: one area of three is left out too;
    ``hot``: ``x1`` withholds half of so many hot rows and nobody else."""
    house = House(
        create_store(load_settings(env={}, home=home / "home", actor="first"), clock=AT), forms=True, areas=areas
    )
    everybody = people(400)
    deliver = 400 - hot // 2 if hot else 200
    house.release("x1", everybody, deliver=deliver, customer="c1", seeds=3, hot=hot)
    house.release("x2", everybody, deliver=400 if areas else 200, customer="c2", seeds=3)
    house.release("x3", everybody[:300], deliver=150, customer="c1", seeds=3, excluding=True)
    first, other = house.cuts[:2]
    leaked = random.Random(1).sample(first.rows[:deliver], 80)
    rows = leaked + (_otherwise(first, leaked, other) if areas else other.rows[:10]) + first.rows[deliver:][:2]
    suspect = leak(home / "leak.csv", rows, delimiter=";", change=str.upper)
    delivered = leak(home / "delivered.csv", first.rows)
    evidence = Path(trace(house.store, suspect)["evidence_file"])
    asked = reveal.request(house.store, evidence, extract="x1", reason=REASON)
    shown = reveal.approve(second(house.store), evidence, asked["reveal"])
    return Dispute(house, suspect, delivered, evidence, Path(shown["file"]))


def _otherwise(first: Cut, leaked: Sequence[dict[str, str]], other: Cut) -> list[dict[str, str]]:
    """Rows of ``other`` whose persons ``first`` delivered with other areas and did not leak."""
    left = {row["email"]: _areas(row) for row in first.rows if row not in leaked}
    unlike = [row for row in other.rows if left.get(row["email"], _areas(row)) != _areas(row)]
    return unlike[:5]


def _areas(row: dict[str, str]) -> frozenset[str]:
    return frozenset(row["responsibilities"].split(";"))
