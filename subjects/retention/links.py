"""The end of the link between persons and recipients: manifests written anew without persons (R072).

The ledger goes on naming the recipient, the campaign and how many rows there were. Rows of restricted persons (R062)
and of persons under a legal hold (R075) stay until nothing keeps them.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

import sql
from core.errors import Conflict, StoreError
from core.files import publish_file, remove, sha256_file, storing
from core.ids import new_id
from extracts import earlier, pressure
from extracts.gate import manifest
from extracts.narrow import obtained
from extracts.trace import segments
from ledger import bans, disclosures, endings, holds, restrictions, retention_runs, unlinking
from ledger.engine import Connection
from ledger.retention_rows import Due, Rows, Tally
from ledger.store import Store
from ledger.unlinking import Linked
from schemas.retention import Rule
from subjects import recipients_index, recipients_rows
from subjects.retention.part import Advance, Checkpoint, Part

_BATCH = 20
"""Manifests of one transaction: a ban waits while they are moved."""
_STAGED = "unlink"


def persons_kept(connection: Connection) -> dict[int, str]:
    """Persons of whom nothing goes, each with ``held`` or ``restricted``."""
    kept = dict.fromkeys(restrictions.persons(connection), "restricted")
    held = (int(one) for one in holds.standing(connection, kind="register", name="person"))
    return kept | dict.fromkeys(held, "held")


class Manifests(Part):
    """Manifests whose recipients had to dispose of their rows longer ago than the rule's period."""

    def __init__(self, store: Store, rule: Rule) -> None:
        super().__init__(store, rule)
        with store.ledger.read() as connection:
            self.linked = unlinking.linked(connection)
            self._held = holds.standing(connection, kind=rule.kind, name=rule.name)
            self._persons = persons_kept(connection)
        over = [one for one in self.linked if self._over(one)]
        self._missing(over)
        self._keep = self._tokens() if over else pa.nulls(0, pa.binary())
        rows = self._kept_rows(over)
        left = [one for one in over if one.unlinked_at is None or rows.get(one.manifest, 0) < one.links_kept]
        self.going = [one for one in left if one.extract not in self._held]
        self._apart = len(over) - len(left)

    def _over(self, one: Linked) -> bool:
        return (one.unlinked_at is None or one.links_kept > 0) and self.rule.due(
            self._held_until(one), today=self.store.today()
        )

    def _held_until(self, one: Linked) -> date:
        """The last day on which the recipient may have had the rows (R035)."""
        return endings.due_day(endings.disposal_due(one.ends_at, days=self.store.settings.disposal_days))

    def _missing(self, over: Sequence[Linked]) -> None:
        for one in over:
            if not self.store.path(one.manifest).is_file():
                raise StoreError("manifest_damaged", extract=one.extract)

    def _tokens(self) -> pa.Array:
        """Person tokens of those of whom nothing goes."""
        if not self._persons:
            return pa.nulls(0, pa.binary())
        found = recipients_rows.tokens(self.store, persons=sorted(self._persons))
        return found.filter(pa.compute.equal(found["kind"], "person"))["token"].combine_chunks()

    def _kept_rows(self, over: Sequence[Linked]) -> dict[str, int]:
        if not len(self._keep) or not over:
            return {}
        paths = {str(self.store.path(one.manifest).resolve()): one.manifest for one in over}
        with recipients_rows.reading_manifests(self.store) as connection:
            connection.register("kept", pa.table({"token": self._keep}))
            values = {"manifests": list(paths)}
            rows = connection.sql(sql.load("extracts/retention_kept_rows"), params=values).fetchall()
        return {paths[path]: number for path, number in rows}

    def tally(self) -> Tally:
        days = [self._held_until(one) for one in self.going]
        over = sum(map(self._over, self.linked))
        return Tally(len(days), min(days, default=None), over - len(days) - self._apart, self._apart)

    def pages(self) -> Iterator[list[Due]]:
        yield [Due(one.extract, self._held_until(one)) for one in self.going]

    def dispose(self, run: str, *, advance: Advance, checkpoint: Checkpoint) -> None:
        for start in range(0, len(self.going), _BATCH):
            part = self.going[start : start + _BATCH]
            directory = self.store.home.staging / new_id(_STAGED)
            with storing(directory):
                directory.mkdir(mode=0o700)
            try:
                self._rewrite(run, part, directory, checkpoint=checkpoint)
            finally:
                shutil.rmtree(directory, ignore_errors=True)
            advance(len(part))
        if self.linked:  # also what a run that was killed left behind
            with self.store.ledger.read() as connection:
                recipients_index.refresh(self.store, disclosures.disclosures(connection))
            checkpoint("manifests.indexed")

    def _rewrite(self, run: str, part: Sequence[Linked], directory: Path, *, checkpoint: Checkpoint) -> None:
        made: list[tuple[Linked, Path, Path, str, int]] = []
        for one in part:
            staged = directory / f"{one.extract}.parquet"
            kept = manifest.unlink(self.store.path(one.manifest), staged, keep=self._keep, on=self.store.today())
            digest = sha256_file(staged)
            made.append((one, staged, self.store.home.manifests / f"{digest}.parquet", digest, kept))
        self._forget(part)
        checkpoint("manifests.staged")
        with self.store.write() as tx:
            bans.lock_fence(tx)  # a sweep holds it too: it sees no manifest whose row is still to come
            retention_runs.lock(tx, run)
            self._check(tx.connection, part)
            for one, staged, final, digest, kept in made:
                unlinking.unlink(tx, one.extract, manifest=self.store.relative(final), sha256=digest, kept=kept)
                publish_file(staged, final)
            checkpoint("manifests.published")
            gone = [Due(one.extract, self._held_until(one)) for one in part]
            retention_runs.record(tx, run, self.rule, gone=gone, counts={self.rule.key: len(gone)})
        checkpoint("manifests.pointed")
        for one, _, final, _, _ in made:
            if self.store.path(one.manifest) != final:
                remove(self.store.path(one.manifest))
        self._forget(part)

    def _forget(self, part: Sequence[Linked]) -> None:
        """What was worked out from the manifests goes too; before they go, so that a killed run leaves none of it, and
        after, lest somebody asked in between."""
        gone = [one.manifest for one in part]
        earlier.forget(self.store, gone)
        pressure.forget(self.store, gone)
        segments.forget(self.store, gone)
        obtained.forget(self.store, [one.extract for one in part])

    def _check(self, connection: Connection, part: Sequence[Linked]) -> None:
        """Nobody was restricted or held since the rows to be kept were chosen."""
        held = holds.standing(connection, kind=self.rule.kind, name=self.rule.name)
        if persons_kept(connection).keys() != self._persons.keys() or any(one.extract in held for one in part):
            raise Conflict("retention_overtaken", rule=self.rule.key)


def lost_links(store: Store, rule: Rule, *, unlinked: Manifests) -> list[Any]:
    """The kept tokens that stand in no manifest when these are unlinked."""
    going = {one.extract for one in unlinked.going}
    if not going and not any(one.unlinked_at is not None for one in unlinked.linked):
        return []
    standing = [one for one in unlinked.linked if one.unlinked_at is None and one.extract not in going]
    with store.ledger.read() as connection:
        tokens = Rows(rule, today=store.today()).candidates(connection)
    if not len(tokens) or not standing:
        return list(tokens.to_pylist())
    paths = [str(store.path(one.manifest).resolve()) for one in standing]
    with recipients_rows.reading_manifests(store) as connection:
        connection.register("kept_link", pa.table({"token": tokens}))
        found = connection.sql(sql.load("extracts/retention_lost_links"), params={"manifests": paths}).fetchall()
    return [token for (token,) in found]
