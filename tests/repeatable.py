"""What the product draws by chance (ids, keys, nonces, seeds) is drawn again alike when a run is given the same start.

On the build server every run starts alike; at the desk each has a start of its own, which a run that fails says:
``TEST_DRAWS=that`` plays it again. Not repeated: what processes of their own draw, and which of two threads comes
first.
"""

from __future__ import annotations

import os
import random
import secrets
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

_START = "TEST_DRAWS"
_draw = random.Random()


def pytest_configure() -> None:
    """Said by the environment, which the workers inherit."""
    start = os.environ.setdefault(_START, "1" if "CI" in os.environ else str(secrets.randbelow(10**9)))
    os.environ["PYTHONHASHSEED"] = start  # sets are walked alike too, in the workers
    os.register_at_fork(after_in_child=_draw.seed)  # children of one process must not draw the same ids


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, exitstatus: int) -> None:
    if exitstatus:
        terminalreporter.write_line(f"Drawn with {_START}={os.environ[_START]}")


def _begin(what: str) -> None:
    _draw.seed(f"{os.environ[_START]} {what}")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    _begin(item.nodeid)


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest) -> Iterator[None]:
    """What several tests share is drawn alike, whichever of them comes first."""
    if fixturedef.scope == "function":
        return (yield)
    before = _draw.getstate()
    _begin(f"{fixturedef.baseid} {fixturedef.argname} {getattr(request, 'param', '')!r}")
    try:
        return (yield)
    finally:
        _draw.setstate(before)


@pytest.fixture(scope="session", autouse=True)
def _drawn_alike() -> Iterator[None]:
    connect = duckdb.connect

    def seeded(*arguments: Any, **options: Any) -> duckdb.DuckDBPyConnection:
        options["config"] = options.get("config", {}) | {"threads": 1}  # rows come in the same order
        connection = connect(*arguments, **options)
        connection.execute("SELECT setseed($1)", [_draw.random()]).fetchall()
        return connection

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(secrets, "token_bytes", lambda length=None: _draw.randbytes(length or 32))  # the others use it
        patch.setattr(secrets, "randbelow", _draw.randrange)
        patch.setattr(secrets, "choice", _draw.choice)
        patch.setattr(secrets, "SystemRandom", lambda: _draw)
        patch.setattr(duckdb, "connect", seeded)
        yield
