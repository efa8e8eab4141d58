"""From private staging to the visible directory, and setting right what a killed release leaves (R032, T16).

A release works in ``staging/<extract>/``, whose directory it keeps locked; the operating system frees the lock when the
process dies. The ledger row decides: without it the directory is debris, with it the files are published or voided.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import NotFound
from core.files import publish_directory, publish_file, remove, sha256_file, storing, sync
from extracts.gate.recheck import banned_since
from ledger import bans, customers, cuts, subscriptions, trusted_time
from ledger.engine import Connection
from ledger.store import Store


@dataclass(frozen=True)
class Staged:
    """The private directory of one release."""

    extract: str
    directory: Path

    @property
    def files(self) -> Path:
        """What the customer will get."""
        return self.directory / "files"

    @property
    def manifest(self) -> Path:
        return self.directory / "manifest.parquet"

    @property
    def state(self) -> Path:
        """What a recipient of continuous use then has."""
        return self.directory / "state.parquet"

    @property
    def removals(self) -> Path:
        """Keys of the rows that a delta removes."""
        return self.directory / "removals.parquet"

    def sync(self) -> None:
        """Everything on disk, before the ledger says that it is there."""
        with storing(self.directory):
            for path in sorted(self.directory.rglob("*")):
                if path.is_file():
                    path.chmod(0o600)
                    sync(path)

    def manifest_address(self, store: Store, sha256: str) -> Path:
        """Where a manifest of that content lies once it is published."""
        return store.home.manifests / f"{sha256}.parquet"

    def publish_manifest(self, store: Store, sha256: str) -> None:
        """Move the manifest to its content address. Done under the fence lock, so that a sweep that holds the same
        lock sees no manifest whose ledger row is still to come."""
        publish_file(self.manifest, self.manifest_address(store, sha256))

    def publish(self, store: Store) -> Path:
        """Make the files visible, atomically; the ledger row stands already."""
        final = store.home.deliveries / self.extract
        publish_directory(self.files, final)
        remove(self.directory)
        return final


@contextmanager
def begin(store: Store, extract: str) -> Iterator[Staged]:
    """A locked private directory for one release; whatever did not reach the ledger is removed on the way out."""
    staged = Staged(extract, store.home.staging / extract)
    with storing(staged.directory):
        with _alone(store):
            staged.directory.mkdir(mode=0o700)
            lock = _lock(staged.directory)
        staged.files.mkdir(mode=0o700)
    try:
        yield staged
    except BaseException:
        if _state(store, extract) is None:
            remove(staged.directory)
        raise
    finally:
        if lock is not None:
            os.close(lock)


def recover(store: Store) -> dict[str, list[str]]:
    """Set right what killed releases left: ``{"removed", "published", "void", "swept"}``; safe while others run.

    Staging without a ledger row is removed. A released extract still in staging is published if its files are whole
    and neither a ban since then nor the campaign's end stands against it, else it becomes void, with audit. What
    belongs to no extract is removed.
    """
    done: dict[str, list[str]] = {"removed": [], "published": [], "void": [], "swept": []}
    with _alone(store):
        for directory in sorted(store.home.staging.glob("extract-*")):
            try:
                lock = _lock(directory)
            except FileNotFoundError:
                continue  # its release ended meanwhile
            if lock is None:
                continue  # its release is alive
            try:
                done[_settle(store, Staged(directory.name, directory))].append(directory.name)
            finally:
                os.close(lock)
    done["swept"] = _sweep(store)
    return done


def _settle(store: Store, staged: Staged) -> str:
    if _state(store, staged.extract) != "released" or not staged.files.exists():
        remove(staged.directory)
        return "removed"
    with store.ledger.read() as connection:
        extract, files = cuts.extract(connection, staged.extract), cuts.files(connection, staged.extract)
        over = customers.over_at(customers.campaign(connection, extract["campaign"]))
        ended = trusted_time.now(connection, store.now()) >= over
    whole = all(
        (path := staged.files / file["name"]).is_file() and sha256_file(path) == file["sha256"] for file in files
    )
    if whole and not ended and not banned_since(store, extract):
        with store.write() as tx:
            tx.audit("extract.published", extract=staged.extract, reason="recovered")
        staged.publish(store)
        return "published"
    with store.write() as tx:
        reason = "campaign ended" if ended else "banned since" if whole else "files damaged"
        cuts.end(tx, staged.extract, event="void", reason=reason)
    remove(staged.directory)
    return "void"


def _state(store: Store, extract: str) -> Any:
    with store.ledger.read() as connection:
        try:
            return cuts.extract(connection, extract)["state"]
        except NotFound:
            return None


def _sweep(store: Store) -> list[str]:
    """Remove manifests, states and removals of no extract."""

    def orphans(connection: Connection) -> list[Path]:
        known = cuts.manifests(connection) | subscriptions.files_named(connection)
        found = [*store.home.manifests.glob("*.parquet"), *store.home.subscriptions.glob("*.parquet")]
        return [path for path in sorted(found) if store.relative(path) not in known]

    with store.ledger.read() as connection:
        if not orphans(connection):
            return []
    with store.write() as tx:
        bans.lock_fence(tx)
        swept = orphans(tx.connection)
        for path in swept:
            remove(path)
        tx.audit("manifests.swept", manifests=[path.stem for path in swept])
    return [path.stem for path in swept]


@contextmanager
def _alone(store: Store) -> Iterator[None]:
    """Nobody else begins a release or recovers meanwhile."""
    path = store.home.staging / "lock"
    with storing(path):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _lock(directory: Path) -> int | None:
    """Lock a directory for this process; None when another one works in it."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor
