"""A retention run in a process of its own: ``HOME LEDGER INSTANT STEP``; it kills itself at that step."""

from __future__ import annotations

import os
import signal
from datetime import datetime
from pathlib import Path

from core.clock import fixed_clock
from core.settings import load_settings
from ledger.store import open_store
from subjects import retention


def main(home: str, ledger: str, instant: str, step: str) -> None:
    def checkpoint(name: str) -> None:
        if name == step:
            os.kill(os.getpid(), signal.SIGKILL)

    settings = load_settings(env={}, home=Path(home), actor="tester", ledger_url=ledger or None)
    store = open_store(settings, clock=fixed_clock(datetime.fromisoformat(instant)))
    retention.run(store, checkpoint=checkpoint)
