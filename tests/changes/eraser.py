"""An eraser in a process of its own: ``HOME PERSON STEP``; it kills itself at that step."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from core.clock import fixed_clock
from core.settings import load_settings
from ledger.store import open_store
from subjects.erase import ErasureRequest, erase
from tests.moment import NOW


def main(home: str, person: str, step: str) -> None:
    def checkpoint(name: str) -> None:
        if name == step:
            os.kill(os.getpid(), signal.SIGKILL)

    settings = load_settings(env={}, home=Path(home), actor="tester", uncompressed=True)
    store = open_store(settings, clock=fixed_clock(NOW))
    erase(store, ErasureRequest(persons=[int(person)], ground="objection", via="email"), checkpoint=checkpoint)
