"""The register's own part: positions that nobody verified for 24 months, and whom the last of them was of (R070)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from core.errors import Conflict
from ledger import holds, restrictions, retention_runs
from ledger.engine import Transaction
from ledger.retention_rows import Due, Tally
from ledger.store import Store
from register import retention
from register.erase import Removed
from register.retention import Outlived
from schemas.retention import Rule
from subjects.retention.part import Advance, Checkpoint, Part


class Positions(Part):
    """Positions, and with the last of them the person."""

    def __init__(self, store: Store, rule: Rule, *, persons: Rule) -> None:
        super().__init__(store, rule)
        self._persons = persons
        with store.ledger.read() as connection:
            held = [int(one) for one in holds.standing(connection, kind="register", name="person")]
            held_positions = [int(one) for one in holds.standing(connection, kind="register", name="position")]
            restricted = sorted(restrictions.persons(connection))
        newest = rule.newest_due(store.today()) or date.min
        self._over: Outlived = retention.outlived(
            store, newest=newest, held=held, held_positions=held_positions, restricted=restricted
        )

    @property
    def leaving(self) -> pa.Array:
        """The persons who leave the register."""
        return self._over.leaving

    def tally(self) -> Tally:
        over = self._over
        going = over.going
        waiting = len(over.positions) - over.kept(retention.HELD) - over.kept(retention.RESTRICTED) - len(going)
        oldest = pc.min(going["since"]).as_py()
        return Tally(len(going), oldest, over.kept(retention.HELD), over.kept(retention.RESTRICTED), waiting)

    def pages(self) -> Iterator[list[Due]]:
        going = self._over.going
        columns = (going["position"].to_pylist(), going["since"].to_pylist())
        yield [Due(str(position), since) for position, since in zip(*columns, strict=True)]

    @property
    def notes(self) -> list[str]:
        if not self._over.pending or not len(self._over.positions):
            return []
        loads = ", ".join(map(str, self._over.pending))
        return [f"Loads that wait for a publish may have verified positions since ({loads}): publish, then run again."]

    def dispose(self, run: str, *, advance: Advance, checkpoint: Checkpoint) -> None:
        going = self._over.going
        if not len(going):
            return

        def record(tx: Transaction, removed: Removed) -> None:
            retention_runs.lock(tx, run)
            self._check(tx)
            counts: Mapping[str, int] = {self.rule.key: removed.positions, self._persons.key: removed.persons}
            retention_runs.record(tx, run, self.rule, gone=[], counts=counts)

        retention.remove(
            self.store, self._over, record=record, checkpoint=lambda name: checkpoint(f"{self.rule.name}.{name}")
        )
        advance(len(going))

    def _check(self, tx: Transaction) -> None:
        """Nobody of them was restricted or held since they were chosen."""
        persons = pc.unique(self._over.going["person"]).to_pylist()
        positions = self._over.going["position"].to_pylist()
        held = [
            set(holds.standing(tx.connection, kind="register", name=name)).isdisjoint(map(str, ids))
            for name, ids in (("person", persons), ("position", positions))
        ]
        if set(restrictions.persons(tx.connection)).intersection(persons) or not all(held):
            raise Conflict("retention_overtaken", rule=self.rule.key)


class Leavers(Part):
    """Persons without a position: they go together with the last one."""

    def __init__(self, store: Store, rule: Rule, *, positions: Positions) -> None:
        super().__init__(store, rule)
        self._positions = positions

    def tally(self) -> Tally:
        return Tally(len(self._positions.leaving))

    def pages(self) -> Iterator[list[Due]]:
        yield [Due(str(person), None) for person in self._positions.leaving.to_pylist()]

    def dispose(self, run: str, *, advance: Advance, checkpoint: Checkpoint) -> None:  # noqa: ARG002
        advance(len(self._positions.leaving))
