"""Every ledger of the tests compiles a statement once, as a service does that has one ledger for years."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.util import LRUCache

import ledger.engine


class _ByName(LRUCache[Any, Any]):
    """Compiled statements by the dialect's name: SQLAlchemy keys them by the dialect itself, which each engine has of
    its own, and would compile the same few hundred statements anew for thousands of stores."""

    def get(self, key: tuple[Any, ...], default: Any = None) -> Any:
        return super().get(_named(key), default)

    def __getitem__(self, key: tuple[Any, ...]) -> Any:
        return super().__getitem__(_named(key))

    def __setitem__(self, key: tuple[Any, ...], value: Any) -> None:
        super().__setitem__(_named(key), value)


def _named(key: tuple[Any, ...]) -> tuple[Any, ...]:
    dialect, *rest = key
    return (dialect.name, *rest)


@pytest.fixture(scope="session", autouse=True)
def _compiled_once() -> Iterator[None]:
    """Ledgers that are opened share what was compiled."""
    shared = _ByName(4000)

    def sharing(url: str, **options: Any) -> Engine:
        return create_engine(url, execution_options={"compiled_cache": shared}, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ledger.engine, "create_engine", sharing)
        yield
