"""Rows and columns of the ledger whose period is over (R068): selected and deleted in the database, by batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from ledger import retention_runs
from ledger.retention_rows import BATCH, Due, Rows, Tally
from ledger.store import Store
from register.retention import absent
from schemas.retention import Rule
from subjects.retention.part import Advance, Checkpoint, Part


class LedgerRows(Part):
    """The rows of one table, or one of its columns; ``among`` as :class:`ledger.retention_rows.Rows` has it."""

    def __init__(self, store: Store, rule: Rule, *, among: Sequence[Any] | None = None) -> None:
        super().__init__(store, rule)
        self._rows = Rows(rule, today=store.today(), among=among)

    def tally(self) -> Tally:
        with self.store.ledger.read() as connection:
            return self._rows.tally(connection)

    def pages(self) -> Iterator[list[Due]]:
        return self._rows.pages(self.store.ledger)

    def dispose(self, run: str, *, advance: Advance, checkpoint: Checkpoint) -> None:
        for page in self._rows.pages(self.store.ledger, size=BATCH):
            with self.store.write() as tx:
                retention_runs.lock(tx, run)
                gone, counts = self._rows.dispose(tx, page)
                if gone:
                    retention_runs.record(tx, run, self.rule, gone=gone, counts=counts)
                    checkpoint(f"{self.rule.name}.deleting")
                else:
                    tx.abandon()  # held, restricted or gone meanwhile
            checkpoint(f"{self.rule.name}.deleted")
            advance(len(page))


def departed(store: Store, rule: Rule, *, leaving: pa.Array) -> LedgerRows:
    """The rows of persons who are not in the register, ``leaving`` counted among them."""
    with store.ledger.read() as connection:
        asked = Rows(rule, today=store.today()).candidates(connection)
    gone = absent(store, asked, leaving=leaving) if len(asked) else None
    return LedgerRows(store, rule, among=[] if gone is None else gone.to_pylist())
