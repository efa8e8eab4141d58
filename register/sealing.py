"""Around a new snapshot, whoever makes it: one maker at a time, debris swept, the finished file checked and sealed."""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sql
from core.errors import Conflict, StoreError
from core.files import remove, sha256_file, storing
from ledger import snapshots
from ledger.store import Store
from register.engine import SCHEMA_VERSION
from register.snapshot import SnapshotName, read_meta, reading

STAGED = "publish-"
"""How directories in staging begin in which a snapshot is made."""


@contextmanager
def publishing(store: Store) -> Iterator[None]:
    """One publisher at a time; the lock goes with the process, however it ends.

    Raises ``Conflict`` (publish_running).
    """
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


def sweep(store: Store) -> None:
    """Remove what a publisher that died left behind: half-built files, unrecorded or retired snapshots, spill."""
    with store.ledger.read() as connection:
        standing = {store.path(published.path) for published in snapshots.standing(connection)}
    debris = list(store.home.staging.glob(f"{STAGED}*"))
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


def seal(store: Store, staged: Path) -> tuple[str, str]:
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
