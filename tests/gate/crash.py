"""A release that dies at a named step, as if the power went: run by ``test_crash`` in a process of its own."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from core.clock import fixed_clock
from core.settings import load_settings
from ledger.store import open_store
from tests.gate import house


def main(home: str, step: str) -> None:
    store = open_store(load_settings(env={}, home=Path(home), actor="tester"), clock=fixed_clock(house.NOW))
    rows = house.people(12)
    with store.ledger.read() as connection:
        made = house.known_deal(connection)

    def die(here: str) -> None:
        if here == step:
            os.kill(os.getpid(), signal.SIGKILL)

    house.release(store, made, house.pool_of(rows, withheld=2), checkpoint=die)
