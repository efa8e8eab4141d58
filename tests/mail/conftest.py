"""A mail server that runs through a session, and a store whose messages go there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from core.settings import load_settings
from ledger.store import Store, open_store
from tests.mail import postbox
from tests.mail.postbox import Postbox


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postbox]:
    with postbox.running(tmp_path_factory.mktemp("smtp")) as box:
        yield box


@pytest.fixture
def box(server: Postbox) -> Postbox:
    """The server, empty and willing."""
    server.answers.clear()
    server.arrived.clear()
    server.logins.clear()
    return server


@pytest.fixture
def mailing(box: Postbox) -> Callable[..., Store]:
    """The same store with a mail server set: ``mailing(store, **settings)``."""

    def mailing(store: Store, **settings: Any) -> Store:
        values = store.settings.model_dump() | box.settings(**settings)
        return open_store(load_settings(env={}, **values), clock=settings.pop("clock", store.clock))

    return mailing


@pytest.fixture
def letters(tmp_path: Path) -> Path:
    return tmp_path / "letters"
