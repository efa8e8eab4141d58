"""Publishing: build beside, verify, seal, resolve the bans, then move the pointer in one ledger transaction.

Until that transaction commits, everything made is debris that the next publish sweeps; readers keep the snapshot
they hold. The transaction locks the fence row first, so no ban can fall between the old snapshot and the new (R014).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from core.errors import Refused, StoreError
from core.files import publish_file, remove, sha256_file, storing
from core.ids import new_id
from ledger import bans, corrections, links, restrictions, seed_watch, seeds, snapshots, sources, suppression
from ledger.engine import Transaction
from ledger.snapshots import Published
from ledger.sources import Load
from ledger.store import Store
from register import changes as ledger_changes
from register.build import FILE, STEPS, Built, build
from register.changes import Changes
from register.departed import departing
from register.engine import SCHEMA_VERSION
from register.resembled import candidates, resembled
from register.sealing import STAGED, publishing, seal, sweep
from register.snapshot import read_meta, reading, verify
from register.suppress import record_found, suppressed

__all__ = ["PROGRESS", "publish", "retire", "status", "verify"]

PROGRESS = STEPS + 3
"""How often :func:`publish` calls ``advance``."""


def _nowhere(_name: str) -> None:
    """No checkpoint: nobody watches between the steps."""


def _unseen(_n: int) -> None:
    """No progress shown."""


@dataclass(frozen=True)
class _Inputs:
    """What a publish starts from."""

    loads: list[Load]
    previous: Published | None
    changes: Changes


def publish(
    store: Store,
    *,
    force: bool = False,
    advance: Callable[[int], None] = _unseen,
    checkpoint: Callable[[str], None] = _nowhere,
) -> dict[str, Any]:
    """Build a snapshot from the live loads and make it current.

    Returns ``{"snapshot", "organisations", "persons", "positions", "sha256", "seconds"}``. Raises ``Conflict``
    (publish_running), ``Refused`` (publish_empty; publish_drift unless ``force``) and ``StoreError`` (also when a load
    or the old snapshot does not match its seal); the old snapshot then stays current.
    """
    started = time.monotonic()
    with publishing(store):
        document = None
        while document is None:
            sweep(store)
            document = _attempt(store, started=started, force=force, advance=advance, checkpoint=checkpoint)
        retire(store)
        advance(1)
        checkpoint("retired")
    return document


def _attempt(
    store: Store, *, started: float, force: bool, advance: Callable[[int], None], checkpoint: Callable[[str], None]
) -> dict[str, Any] | None:
    """One build and its transaction; None when somebody was restricted meanwhile, whom the build may have changed."""
    inputs = _inputs(store)
    workshop = store.home.staging / new_id(STAGED.rstrip("-"))
    with storing(workshop):
        workshop.mkdir(mode=0o700)
    try:
        staged = workshop / FILE
        built = _build(store, staged, inputs, advance=advance, checkpoint=checkpoint)
        _check_drift(store, built, force=force)
        since = _newcomers_from(store, inputs)
        with reading(store, staged):  # kept open: each further opening is a connection to what is there
            name, digest = seal(store, staged)
            advance(1)
            checkpoint("sealed")
            hits, fence = _hits(store, staged, newer_than=None, since=since)
        advance(1)
        checkpoint("resolved")
        final = store.home.snapshots / f"{name}.duckdb"
        publish_file(staged, final)
        checkpoint("moved")
        with reading(store, final):
            alike = _resembled(store, final)
            # Again, so that the transaction has next to none to resolve.
            later, fence = _hits(store, final, newer_than=fence, since=since)
        counts = {"organisations": built.organisations, "persons": built.persons, "positions": built.positions}
        seconds = time.monotonic() - started
        with departing(store, built.departed) as departed:
            with store.ledger.read() as connection:
                former = departed.disclosed(connection)
            with store.write() as tx:
                bans.lock_fence(tx)
                if _restricted_since(tx, inputs):
                    tx.abandon()
                    return None
                found = pa.concat_tables([hits, later])
                _resolve(store, tx, final, built, changes=inputs.changes, hits=found, fence=fence, since=since)
                links.keep(tx, [*former, *departed.disclosed(tx.connection)])
                snapshots.publish(
                    tx, snapshot=name, path=store.relative(final), sha256=digest, schema_version=SCHEMA_VERSION,
                    loads=[load.load for load in inputs.loads], seconds=round(seconds), **counts,
                )  # fmt: skip
                corrections.built_in(tx, inputs.changes.laid, snapshot=name)
                seed_watch.retire(tx, alike, today=store.today())
                restrictions.end_blocks(tx, inputs.changes.blocks)
                checkpoint("pointing")
        checkpoint("pointed")
    finally:
        remove(workshop)
    return {"snapshot": name, **counts, "sha256": digest, "seconds": round(seconds, 1)}


def _restricted_since(tx: Transaction, inputs: _Inputs) -> bool:
    """Whether a restriction came while the snapshot was built (R062); the fence is locked, so none can follow."""
    return bool(set(restrictions.persons(tx.connection)).difference(inputs.changes.restricted["person"].to_pylist()))


def status(store: Store) -> dict[str, Any]:
    """``{"snapshot", "published_at", "organisations", "persons", "positions", "loads"}``; counts are None and loads
    empty before the first publish."""
    with store.ledger.read() as connection:
        published = snapshots.published(connection)
        loads = {load.load: load for load in sources.loads(connection)}
    if published is None:
        return dict.fromkeys(("snapshot", "published_at", "organisations", "persons", "positions")) | {"loads": []}
    return {
        "snapshot": published.snapshot, "published_at": published.published_at,
        "organisations": published.organisations, "persons": published.persons, "positions": published.positions,
        "loads": [
            {"load": load.load, "source": load.source, "kind": load.kind, "obtained_on": load.obtained_on,
             "accepted": load.accepted}
            for load in (loads[number] for number in published.loads)
        ],
    }  # fmt: skip


def retire(store: Store) -> list[str]:
    """Delete the snapshots that are not current and that nobody reads. Returns which."""
    with store.ledger.read() as connection:
        if not snapshots.retirable(connection, at=store.now()):
            return []
    with store.write() as tx:
        retired = snapshots.retire(tx)
    for snapshot in retired:
        remove(store.home.snapshots / f"{snapshot}.duckdb")
        for index in store.home.care_index.glob(f"{snapshot}.*"):
            remove(index)  # it names whom the snapshot names
    return retired


def _inputs(store: Store) -> _Inputs:
    """The live loads and the snapshot to go on from, each compared with its seal: ids and bans hang on them."""
    with store.ledger.read() as connection:
        loads = sources.live_loads(connection)
        previous = snapshots.published(connection)
    if {load.kind for load in loads} != {"organisations", "positions"}:
        raise Refused("publish_empty")
    if previous is not None:
        verify(store)
    for path, digest in {(load.data, load.data_sha256) for load in loads}:
        if not store.path(path).is_file() or sha256_file(store.path(path)) != digest:
            raise StoreError("file_damaged_in_store", file=path)
    return _Inputs(loads, previous, ledger_changes.read(store))


def _build(
    store: Store, staged: Path, inputs: _Inputs, *, advance: Callable[[int], None], checkpoint: Callable[[str], None]
) -> Built:
    previous = inputs.previous
    origin = {"built_at": store.now().isoformat(), "previous": previous.snapshot if previous else ""}
    path = store.path(previous.path) if previous else None
    return build(
        store, file=staged, loads=inputs.loads, previous=path, changes=inputs.changes, origin=origin, advance=advance,
        checkpoint=checkpoint,
    )  # fmt: skip


def _resembled(store: Store, file: Path) -> frozenset[str]:
    """Seeds that could be mistaken for somebody in this file (T10). One that is added meanwhile is compared before it
    goes out."""
    with store.ledger.read() as connection:
        standing = seeds.standing(connection)
    with reading(store, file) as connection:
        unused = [seed["state"] == "ready" for seed in standing]
        return resembled(connection, candidates(standing, name_alone=unused))


def _check_drift(store: Store, built: Built, *, force: bool) -> None:
    if not (built.organisations and built.positions):
        raise Refused("publish_empty")
    limit = store.settings.drift_percent
    if not force and built.lost * 100 > limit * built.before:
        share = round(100 * built.lost / built.before, 1)
        raise Refused("publish_drift", dropped=built.lost, before=built.before, share=share, limit=limit)


def _newcomers_from(store: Store, inputs: _Inputs) -> int | None:
    """The first person id that the snapshot before did not have; None when there was none."""
    if inputs.previous is None:
        return None
    with reading(store, store.path(inputs.previous.path)) as connection:
        return int(read_meta(connection)["next_person"])


def _hits(store: Store, file: Path, *, newer_than: int | None, since: int | None) -> tuple[pa.Table, int]:
    """Whom the standing bans hit in this file, and the fence up to which they were read."""
    with store.ledger.read() as connection:
        fence = bans.fence_value(connection)
        keys = suppression.publish_keys(store, connection, newer_than=newer_than)
    return _suppressed(store, file, keys.filter(pc.less_equal(keys["fence"], fence)), since=since), fence


def _suppressed(store: Store, file: Path, keys: pa.Table, *, since: int | None) -> pa.Table:
    with reading(store, file) as connection:
        return suppressed(connection, keys, store, since=since)


def _resolve(
    store: Store,
    tx: Transaction,
    file: Path,
    built: Built,
    *,
    changes: Changes,
    hits: pa.Table,
    fence: int,
    since: int | None,
) -> None:
    """Inside the publishing transaction: bans newer than those resolved, and what was decided about former ids."""
    if bans.lock_fence(tx) > fence:
        newer = suppression.publish_keys(store, tx.connection, newer_than=fence)
        hits = pa.concat_tables([hits, _suppressed(store, file, newer, since=since)])
    found = record_found(tx, store, hits)
    moved = list(zip(*(built.moved[name].to_pylist() for name in ("target", "former", "id")), strict=True))
    carried = bans.carry_hits(tx, moved)
    tx.audit("bans.resolved", hits=found, carried=carried)
    apart = set(changes.restricted["person"].to_pylist())  # a restricted person's id does not end in another
    corrections.carry(tx, [move for move in moved if move[0] != "person" or move[1] not in apart])
