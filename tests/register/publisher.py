"""A publisher in a process of its own: ``HOME STEP TIME [LEDGER_URL]``; it kills itself at that step."""

from __future__ import annotations

import os
import signal
from datetime import datetime
from pathlib import Path

from core.clock import fixed_clock
from core.settings import load_settings
from ledger.store import open_store
from register.publish import publish


def main(home: str, step: str, at: str, ledger_url: str | None = None) -> None:
    def checkpoint(name: str) -> None:
        if name == step:
            os.kill(os.getpid(), signal.SIGKILL)

    settings = load_settings(env={}, home=Path(home), actor="tester", ledger_url=ledger_url)
    store = open_store(settings, clock=fixed_clock(datetime.fromisoformat(at)))
    publish(store, checkpoint=checkpoint)
