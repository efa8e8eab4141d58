"""Python functions run in processes of their own, which may kill themselves.

The processes are forked from a server that has imported the product and opened nothing, so that each of them starts
in no time; what it does it does with files, connections and threads of its own.
"""

from __future__ import annotations

import multiprocessing
import os
import tempfile
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path

_SERVER = multiprocessing.get_context("forkserver")
_SERVER.set_forkserver_preload(
    [
        "pytest",
        "tests.changes.eraser",
        "tests.continuous.crash",
        "tests.gate.crash",
        "tests.register.publisher",
        "tests.retention.runner",
    ]
)


def begin(work: Callable[..., None], *arguments: str, log: Path | None = None) -> BaseProcess:
    """Start ``work(*arguments)`` and return at once; what it writes to standard error goes to ``log``."""
    process = _SERVER.Process(target=_work, args=(work, arguments, log), daemon=True)
    process.start()
    return process


def run(work: Callable[..., None], *arguments: str, timeout: float = 120) -> tuple[int | None, str]:
    """Its exit code, negative when a signal ended it, and what it wrote to standard error."""
    with tempfile.TemporaryDirectory() as directory:
        log = Path(directory) / "stderr"
        process = begin(work, *arguments, log=log)
        process.join(timeout)
        if process.is_alive():
            process.kill()
            raise TimeoutError(f"{work.__module__}.{work.__name__} is not done after {timeout} seconds")
        return process.exitcode, log.read_text(encoding="utf-8") if log.exists() else ""


def _work(work: Callable[..., None], arguments: tuple[str, ...], log: Path | None) -> None:
    if log is not None:
        with log.open("wb") as file:
            os.dup2(file.fileno(), 2)
    work(*arguments)
