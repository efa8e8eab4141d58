"""A delivery that dies at a named step, as if the power went: run by ``test_moment`` in a process of its own."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from core.clock import fixed_clock
from core.settings import load_settings
from extracts import continuous
from ledger.store import open_store
from tests.moment import NOW


def main(home: str, subscription: str, step: str) -> None:
    store = open_store(load_settings(env={}, home=Path(home), actor="tester"), clock=fixed_clock(NOW))

    def die(here: str) -> None:
        if here == step:
            os.kill(os.getpid(), signal.SIGKILL)

    continuous.deliver(store, subscription, Path(home).parent / "lost", checkpoint=die)
