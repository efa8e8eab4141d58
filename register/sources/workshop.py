"""Where a load is made: a private directory in staging, and the sweeping of what loads that died left behind.

Every load holds a shared lock. Who can get it alone knows that no load is under way, so that whatever lies about
without a ledger row is debris; it may hold personal data and is removed before the next load begins.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.files import remove, storing
from core.ids import new_id
from ledger import sources
from ledger.store import Store

_STAGED = "load"


@contextmanager
def workshop(store: Store) -> Iterator[Path]:
    """An empty directory for one load, gone afterwards. Raises ``StoreError`` when the disk is full or read-only."""
    with storing(store.home.staging):
        lock = os.open(store.home.root / "loads.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if _alone(lock):
                _sweep(store)
            fcntl.flock(lock, fcntl.LOCK_SH)
            path = store.home.staging / new_id(_STAGED)
            path.mkdir(mode=0o700)
            try:
                yield path
            finally:
                remove(path)
        finally:
            os.close(lock)


@contextmanager
def standstill(store: Store, *, sweeping: bool = True) -> Iterator[None]:
    """Wait until no load is under way and let none begin: the stored rows stay as they are meanwhile.

    ``sweeping``: remove what loads that died left behind.
    """
    path = store.home.root / "loads.lock"
    with storing(path):
        lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if sweeping:
            _sweep(store)
        yield
    finally:
        os.close(lock)


def _alone(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _sweep(store: Store) -> None:
    """Remove staged loads, and stored rows that no load in the ledger names; quarantine files hold no data and stay."""
    with store.ledger.read() as connection:
        named = {store.path(load.data) for load in sources.loads(connection)}
    debris = list(store.home.staging.glob(f"{_STAGED}-*"))
    debris += [path for path in store.home.sources.iterdir() if path not in named]
    for path in debris:
        remove(path)
