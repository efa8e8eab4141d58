"""A ledger's tables are made by the migrations once; every new ledger of the tests starts from a copy."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger import schema
from ledger.engine import Ledger, open_ledger, sqlite_url


@pytest.fixture(scope="session", autouse=True)
def _migrated_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """``schema.upgrade`` finds a file that is not there yet already migrated; whatever exists it upgrades itself."""
    upgrade = schema.upgrade
    template = tmp_path_factory.mktemp("migrated") / "ledger.db"

    def from_copy(ledger: Ledger) -> None:
        file = ledger.engine.url.database
        if ledger.engine.dialect.name != "sqlite" or file is None or Path(file).exists():
            upgrade(ledger)
            return
        if not template.exists():
            made = open_ledger(sqlite_url(template))
            upgrade(made)
            made.close()
        shutil.copyfile(template, file)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(schema, "upgrade", from_copy)
        yield
