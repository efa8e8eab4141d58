"""Prepared files: the copies of an extract that lie in the home until its time is up (R035, R071).

This is the one way in which they go. A killed removal is finished by the next one.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from core.files import remove as remove_directory, storing, sync
from ledger.store import Store


def directory(store: Store, extract: str) -> Path:
    """Where the files of an extract lie."""
    return store.home.deliveries / extract


def measure(store: Store, extract: str) -> tuple[int, int]:
    """How many files of an extract lie in the home, and their bytes."""
    sizes = [path.stat().st_size for path in directory(store, extract).glob("*") if path.is_file()]
    return len(sizes), sum(sizes)


def lying(store: Store) -> Iterator[str]:
    """The extracts of which something lies in the home, by id."""
    for path in sorted(store.home.deliveries.glob("extract-*")):
        yield path.name


def remove(store: Store, extract: str) -> None:
    """Delete the files of an extract; they are off the disk when this returns. Nothing there is no error.

    The caller records why. Raises ``StoreError`` (not_writable).
    """
    with storing(directory(store, extract)):
        remove_directory(directory(store, extract))
        sync(store.home.deliveries)
