"""One handle on the home: where things lie, the ledger, the keys, the clock and who acts. Passed explicitly."""

from __future__ import annotations

import getpass
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from core.clock import Clock, helsinki_day, system_clock
from core.errors import ConfigError, Refused
from core.files import Home
from core.keys import Key, create_keys, read_key, read_keys
from core.settings import Settings
from ledger import assessments, licences, schema
from ledger.engine import Ledger, Transaction, open_ledger, sqlite_url
from ledger.tombstones import TombstoneLog


@dataclass(frozen=True)
class Store:
    """Everything a verb needs; made once per process by :func:`create_store` or :func:`open_store`."""

    settings: Settings
    home: Home
    ledger: Ledger
    clock: Clock
    actor: str

    def now(self) -> datetime:
        return self.clock()

    def today(self) -> date:
        """The calendar day in Finland."""
        return helsinki_day(self.clock())

    def write(self) -> AbstractContextManager[Transaction]:
        """An audited transaction at this instant, by this actor."""
        return self.ledger.write(actor=self.actor, at=self.clock())

    def key(self, name: str) -> Key:
        """``suppression`` or ``fingerprint``; ``ConfigError`` when the file is missing."""
        return read_key(self.settings.keys_dir, name)

    def keys(self, name: str) -> tuple[Key, ...]:
        """The key in use and the retired ones behind it; ``ConfigError`` when a file is missing or damaged."""
        return read_keys(self.settings.keys_dir, name)

    def path(self, relative: str) -> Path:
        """A path stored in the ledger, made whole."""
        return self.home.root / relative

    def relative(self, path: Path) -> str:
        """A path as the ledger stores it."""
        return str(path.relative_to(self.home.root))


def attach(settings: Settings, *, clock: Clock) -> Store:
    """The handle alone, whatever stands behind it; for those who make a store."""
    home = Home(settings.home)
    tombstones = TombstoneLog(settings.tombstones_path)
    ledger = open_ledger(settings.ledger_url or sqlite_url(home.ledger), tombstones=tombstones)
    return Store(settings, home, ledger, clock, settings.actor or getpass.getuser())


def create_store(settings: Settings, *, clock: Clock = system_clock, upgrade: bool = False) -> Store:
    """Make an empty store with keys, or bring an older one up to date. Raises ``ConfigError`` (home_exists)."""
    store = attach(settings, clock=clock)
    if store.home.snapshots.exists() and not upgrade:
        raise ConfigError("home_exists", home=str(settings.home))
    _check_open(store)
    store.home.create()
    create_keys(settings.keys_dir)
    TombstoneLog(settings.tombstones_path).start(at=clock())
    schema.upgrade(store.ledger)
    with store.write() as tx:
        tx.audit("store.upgraded" if upgrade else "store.created", schema=schema.needed())
        assessments.file_shipped(tx, today=helsinki_day(clock()), wait_days=settings.notice_wait_days)
        licences.file_shipped(tx, today=helsinki_day(clock()))
    return store


def _check_open(store: Store) -> None:
    if store.home.closed.exists():
        raise Refused("store_closed", home=str(store.settings.home))


def open_store(settings: Settings, *, clock: Clock = system_clock, restoring: bool = False) -> Store:
    """Open an existing store. Raises ``ConfigError`` when there is none, or it is of another version.

    Raises ``Refused`` (store_closed) while a restore is not finished (T18); only the restore itself passes
    ``restoring``.
    """
    if not Home(settings.home).snapshots.is_dir():
        raise ConfigError("home_missing", home=str(settings.home))
    store = attach(settings, clock=clock)
    if not restoring:
        _check_open(store)
    found, needed = schema.found(store.ledger), schema.needed()
    if found != needed:
        store.ledger.close()
        older = found is None or schema.known(found)
        raise ConfigError("home_older" if older else "home_newer", home=str(settings.home), found=found, needed=needed)
    return store
