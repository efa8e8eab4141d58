"""What stands against approving an order at once: each finding makes it wait for a second person (R029)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.settings import Settings
from extracts.selection import Commission
from ledger.engine import Connection
from ledger.store import Store
from register.query import Register, Selector, Statement, deliverable_rows


@dataclass(frozen=True)
class Finding:
    """One reason why a second person must look: a code, and the numbers and ids that explain it."""

    code: str
    ids: Mapping[str, Any] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        return {"code": self.code, **self.ids}


@dataclass(frozen=True)
class Asked:
    """What is about to be ordered: for whom, the selection as counted, and its statement."""

    work: Commission
    selector: Selector
    statement: Statement


def findings(store: Store, connection: Connection, register: Register, asked: Asked) -> list[Finding]:
    """Everything that makes this order wait for approval; empty: it is approved at once.

    ``connection`` reads the ledger, ``register`` is the snapshot the statement was counted on.
    """
    del connection
    cap = row_cap(store.settings, deliverable_rows(register))
    if asked.statement.to_deliver > cap:
        return [Finding("rows_over_cap", {"rows": asked.statement.to_deliver, "cap": cap})]
    return []


def row_cap(settings: Settings, deliverable: int) -> int:
    """Rows an order may have without a second person: the row cap, and a share of the register (R029)."""
    share = int(deliverable * settings.share_cap_percent / 100)
    return min(settings.row_cap, max(share, settings.share_cap_floor))
