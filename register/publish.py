"""Publishing: build beside, verify, seal, resolve the bans, then move the pointer in one ledger transaction.

Until that transaction commits, everything made is debris that the next publish sweeps; readers keep the snapshot
they hold. The transaction locks the fence row first, so no ban can fall between the old snapshot and the new (R014).
"""

from __future__ import annotations

import fcntl
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

import sql
from core.errors import Conflict, Refused, StoreError
from core.files import publish_file, remove, sha256_file, storing
from core.ids import new_id
from ledger import bans, snapshots, sources
from ledger.engine import Transaction
from ledger.snapshots import Published
from ledger.sources import Load
from ledger.store import Store
from register.build import FILE, STEPS, Built, build
from register.engine import SCHEMA_VERSION
from register.snapshot import SnapshotName, read_meta, reading, verify
from register.suppress import suppressed, with_held

__all__ = ["PROGRESS", "publish", "retire", "status", "verify"]

PROGRESS = STEPS + 3
"""How often :func:`publish` calls ``advance``."""
_STAGED = "publish-"


def _nowhere(_name: str) -> None:
    """No checkpoint: nobody watches between the steps."""


def _unseen(_n: int) -> None:
    """No progress shown."""


@dataclass(frozen=True)
class _Inputs:
    """What a publish starts from."""

    loads: list[Load]
    previous: Published | None


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
    with _publishing(store):
        _sweep(store)
        inputs = _inputs(store)
        workshop = store.home.staging / new_id(_STAGED.rstrip("-"))
        with storing(workshop):
            workshop.mkdir(mode=0o700)
        try:
            staged = workshop / FILE
            built = _build(store, staged, inputs, advance=advance, checkpoint=checkpoint)
            _check_drift(store, built, force=force)
            name, digest = _seal(store, staged)
            advance(1)
            checkpoint("sealed")
            hits, fence = _hits(store, staged, newer_than=None)
            advance(1)
            checkpoint("resolved")
            final = store.home.snapshots / f"{name}.duckdb"
            publish_file(staged, final)
            checkpoint("moved")
            later, fence = _hits(store, final, newer_than=fence)  # so that the transaction has next to none to resolve
            counts = {"organisations": built.organisations, "persons": built.persons, "positions": built.positions}
            seconds = time.monotonic() - started
            with store.write() as tx:
                _resolve(store, tx, final, built, hits=pa.concat_tables([hits, later]), fence=fence)
                snapshots.publish(
                    tx, snapshot=name, path=store.relative(final), sha256=digest, schema_version=SCHEMA_VERSION,
                    loads=[load.load for load in inputs.loads], seconds=round(seconds), **counts,
                )  # fmt: skip
                checkpoint("pointing")
            checkpoint("pointed")
        finally:
            remove(workshop)
        retire(store)
        advance(1)
        checkpoint("retired")
    return {"snapshot": name, **counts, "sha256": digest, "seconds": round(seconds, 1)}


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
    return retired


@contextmanager
def _publishing(store: Store) -> Iterator[None]:
    """One publisher at a time; the lock goes with the process, however it ends."""
    path = store.home.root / "publish.lock"
    with storing(path):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Conflict("publish_running") from error
        yield
    finally:
        os.close(descriptor)


def _sweep(store: Store) -> None:
    """Remove what a publisher that died left behind: half-built files, unrecorded or retired snapshots, spill."""
    with store.ledger.read() as connection:
        standing = {store.path(published.path) for published in snapshots.standing(connection)}
    debris = list(store.home.staging.glob(f"{_STAGED}*"))
    debris += [path for path in store.home.snapshots.iterdir() if path not in standing]
    debris += [path for path in store.home.temporary.glob(f"{socket.gethostname()}-*") if not _alive(path)]
    with storing(store.home.root):
        for path in debris:
            remove(path)


def _alive(spill: Path) -> bool:
    """Whether the process that spilled there still runs."""
    number = spill.name.removeprefix(f"{socket.gethostname()}-").partition("-")[0]
    if not number.isdigit():
        return True
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


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
    return _Inputs(loads, previous)


def _build(
    store: Store, staged: Path, inputs: _Inputs, *, advance: Callable[[int], None], checkpoint: Callable[[str], None]
) -> Built:
    previous = inputs.previous
    origin = {"built_at": store.now().isoformat(), "previous": previous.snapshot if previous else ""}
    path = store.path(previous.path) if previous else None
    return build(
        store, file=staged, loads=inputs.loads, previous=path, origin=origin, advance=advance, checkpoint=checkpoint
    )


def _check_drift(store: Store, built: Built, *, force: bool) -> None:
    if not (built.organisations and built.positions):
        raise Refused("publish_empty")
    limit = store.settings.drift_percent
    if not force and built.lost * 100 > limit * built.before:
        share = round(100 * built.lost / built.before, 1)
        raise Refused("publish_drift", dropped=built.lost, before=built.before, share=share, limit=limit)


def _seal(store: Store, staged: Path) -> tuple[str, str]:
    """Re-open the closed file as its readers will, check it, and hash it. Returns the snapshot's id and digest."""
    with reading(store, staged) as connection:
        meta = read_meta(connection)
        unsound = [
            connection.execute(sql.load(f"register/{check}")).fetchone()
            for check in ("snapshot_unique", "snapshot_orphans")
        ]
        counts = connection.execute(sql.load("register/build_counts")).fetchone()
    stated = tuple(int(meta[name]) for name in ("organisations", "persons", "positions", "selectable"))
    if meta["schema_version"] != str(SCHEMA_VERSION) or counts != stated or unsound != [(0,), (0,)]:
        raise StoreError("snapshot_failed", reason="the new snapshot does not hold what was built")
    digest = sha256_file(staged)
    return str(SnapshotName.of(at=store.now(), schema_version=SCHEMA_VERSION, sha256=digest)), digest


def _hits(store: Store, file: Path, *, newer_than: int | None) -> tuple[pa.Table, int]:
    """Whom the standing bans hit in this file, and the fence up to which they were read."""
    with store.ledger.read() as connection:
        fence = bans.fence_value(connection)
        keys = bans.suppression_keys(connection, newer_than=newer_than, one_channel=True)
    return _suppressed(store, file, keys.filter(pc.less_equal(keys["fence"], fence))), fence


def _suppressed(store: Store, file: Path, keys: pa.Table) -> pa.Table:
    with reading(store, file) as connection:
        return suppressed(connection, keys, store)


def _resolve(store: Store, tx: Transaction, file: Path, built: Built, *, hits: pa.Table, fence: int) -> None:
    """Inside the publishing transaction: bans newer than those resolved, and what was decided about former ids."""
    if bans.lock_fence(tx) > fence:
        newer = bans.suppression_keys(tx.connection, newer_than=fence, one_channel=True)
        hits = pa.concat_tables([hits, _suppressed(store, file, newer)])
    found = bans.add_hits(tx, with_held(hits))
    moved = zip(*(built.moved[name].to_pylist() for name in ("target", "former", "id")), strict=True)
    carried = bans.carry_hits(tx, moved)
    tx.audit("bans.resolved", hits=found, carried=carried)
