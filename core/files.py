"""The home's directories, and writing that is either whole and on disk or not there at all."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from core.errors import StoreError

_CHUNK = 1 << 20


@dataclass(frozen=True)
class Home:
    """Where things lie. Everything in it is readable by its owner only."""

    root: Path

    @property
    def ledger(self) -> Path:
        return self.root / "ledger.db"

    @property
    def snapshots(self) -> Path:
        return self.root / "snapshots"

    @property
    def sources(self) -> Path:
        """Accepted rows of every load, Parquet."""
        return self.root / "sources"

    @property
    def quarantine(self) -> Path:
        """One CSV per load that had bad rows: file, row, field, reason; no cell content."""
        return self.root / "quarantine"

    @property
    def manifests(self) -> Path:
        return self.root / "manifests"

    @property
    def deliveries(self) -> Path:
        """One directory per released extract."""
        return self.root / "deliveries"

    @property
    def subscriptions(self) -> Path:
        """What recipients of continuous use have, as keyed digests, and which rows each delta removed."""
        return self.root / "subscriptions"

    @property
    def evidence(self) -> Path:
        """What traces found."""
        return self.root / "evidence"

    @property
    def hits(self) -> Path:
        """Copies of messages and calls to seeds that opened no case."""
        return self.root / "hits"

    @property
    def suppression(self) -> Path:
        """Keyed hashes of outside prohibition lists, Parquet."""
        return self.root / "suppression"

    @property
    def care(self) -> Path:
        """Customers' uploads for data care: one directory per job, every file sealed with the job's own key (R045)."""
        return self.root / "care"

    @property
    def care_index(self) -> Path:
        """The matcher's index of a snapshot; it goes with its snapshot."""
        return self.root / "care_index"

    @property
    def staging(self) -> Path:
        """Half-made things; whatever lies here without a ledger row is debris."""
        return self.root / "staging"

    @property
    def temporary(self) -> Path:
        """DuckDB's spill files."""
        return self.root / "tmp"

    @property
    def closed(self) -> Path:
        """A restore that is not finished; while it is there nothing opens the store (R074)."""
        return self.root / "CLOSED"

    def create(self) -> None:
        with storing(self.root):
            for path in (
                self.root,
                self.snapshots,
                self.sources,
                self.quarantine,
                self.manifests,
                self.deliveries,
                self.subscriptions,
                self.evidence,
                self.hits,
                self.suppression,
                self.care,
                self.care_index,
                self.staging,
                self.temporary,
            ):
                path.mkdir(parents=True, exist_ok=True, mode=0o700)


@contextmanager
def storing(path: Path) -> Iterator[None]:
    """Turn the operating system's refusals (full, read-only) into ``StoreError`` with the cause kept."""
    try:
        yield
    except OSError as error:
        raise store_error(error, path) from error


def store_error(error: OSError, path: Path) -> StoreError:
    """What the operating system refused, in the product's words."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StoreError("disk_full", path=str(path))
    return StoreError("not_writable", path=str(path), reason=error.strerror or type(error).__name__)


def sha256_file(path: Path) -> str:
    """Hex digest of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync(path: Path) -> None:
    """Force a file or directory to disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def publish_file(staged: Path, final: Path) -> None:
    """Move a finished file to its name: on disk before it is visible, and atomic."""
    with storing(final):
        staged.chmod(0o600)
        sync(staged)
        final.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        staged.replace(final)
        sync(final.parent)


def publish_directory(staged: Path, final: Path) -> None:
    """Move a finished directory to its name; every file in it is on disk first."""
    with storing(final):
        for path in sorted(staged.rglob("*")):
            if path.is_file():
                path.chmod(0o600)
                sync(path)
        sync(staged)
        final.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        staged.rename(final)
        sync(final.parent)


def store_by_content(staged: Path, directory: Path, *, suffix: str) -> tuple[Path, str]:
    """Publish a file under its own SHA-256; equal content is stored once. Returns path and digest."""
    digest = sha256_file(staged)
    final = directory / f"{digest}{suffix}"
    publish_file(staged, final)
    return final, digest


def copied(source: BinaryIO, path: Path) -> tuple[int, str]:
    """Write what ``source`` gives to a new file, on disk and for its owner only. Returns size and SHA-256.

    Raises ``StoreError`` for what cannot be written; what ``source`` raises passes as it is.
    """
    digest, size = hashlib.sha256(), 0
    with storing(path):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        target = path.open("xb")
    with target:
        path.chmod(0o600)
        while block := source.read(_CHUNK):
            digest.update(block)
            size += len(block)
            with storing(path):
                target.write(block)
        with storing(path):
            target.flush()
            os.fsync(target.fileno())
    return size, digest.hexdigest()


def remove(path: Path) -> None:
    """Delete a file or a whole directory if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
