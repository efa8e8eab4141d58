"""Making a backup of a test's store and restoring it elsewhere."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyrage

from core.clock import fixed_clock
from core.settings import Settings, load_settings
from ledger.store import Store, open_store
from service.backup import back_up
from service.restore import restore
from tests.moment import NOW


@dataclass(frozen=True)
class Officer:
    """Whoever can open the backups: an age identity in a file."""

    public: str
    file: Path


def officer(directory: Path, name: str = "officer") -> Officer:
    identity = pyrage.x25519.Identity.generate()
    file = directory / f"{name}.txt"
    file.write_text(f"# created: 2026-11-22\n# public key: {identity.to_public()}\n{identity}\n")
    return Officer(str(identity.to_public()), file)


def make(store: Store, to: Path, who: Officer) -> Path:
    return Path(back_up(store, to, recipient=who.public)["path"])


def new_machine(store: Store, directory: Path, *, log: bool = True, **overrides: Any) -> Settings:
    """Settings of a home on another machine that has the old one's keys and, if wanted, its tombstone log."""
    directory.mkdir(parents=True, exist_ok=True)
    shutil.copytree(store.settings.keys_dir, directory / "keys")
    settings = load_settings(
        env={},
        home=directory / "home",
        keys=directory / "keys",
        actor="restorer",
        row_cap=100_000,
        share_cap_percent=100.0,
        **overrides,
    )
    if log:
        shutil.copyfile(store.settings.tombstones_path, settings.tombstones_path)
    return settings


def later(days: int = 0, **parts: int) -> Any:
    return fixed_clock(NOW + timedelta(days=days, **parts))


def restored(settings: Settings, path: Path, who: Officer, *, days: int = 30) -> tuple[Store, dict[str, Any]]:
    document = restore(settings, path, identity=who.file, clock=later(days))
    return open_store(settings, clock=later(days)), document
