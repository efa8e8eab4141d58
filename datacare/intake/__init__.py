"""Taking a customer's file in: parsed by a limited child process, so that no file can hurt the service (R048, T13)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core import errors
from core.errors import FileRejected
from datacare.intake.limits import Limits, over
from datacare.intake.worker import REJECTED, ROWS

__all__ = ["Intake", "Limits", "take_in"]

_GLANCE = 0.02
_WHOLE_PROJECT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Intake:
    """A file that was taken in; ``rows`` = ``accepted`` + ``rejected``."""

    format: str
    header: list[str]
    rows: int
    accepted: int
    rejected: int
    skipped_headers: int
    dialect: dict[str, str]
    table: Path
    """Parquet: ``row`` and the cells as text, columns ``0``, ``1``, …"""
    rejections: Path
    """CSV: row, column, reason."""


def take_in(path: Path, directory: Path, *, limits: Limits) -> Intake:
    """Parse ``path`` into ``directory``, which must exist and is private to the job.

    Raises ``FileRejected``: file_missing, file_empty, file_damaged, file_encoding, file_header_only, care_limit,
    care_container, care_protected. The child sees no setting, no key and no store; it is killed when it takes longer
    or more memory than it may.
    """
    environment = {"PATH": os.environ.get("PATH", ""), "LANG": "C.UTF-8", "OMP_NUM_THREADS": "1"}
    environment["PYTHONPATH"] = str(_WHOLE_PROJECT)
    command = [sys.executable, "-m", "datacare.intake.worker", str(path.absolute()), str(directory.absolute())]
    child = subprocess.Popen(  # noqa: S603  our own module
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment,
        cwd=directory, start_new_session=True,
    )  # fmt: skip
    try:
        said = _watched(child, path, limits)
    finally:
        child.kill()
        child.wait()
    document = json.loads(said) if said else _died(path, child.returncode)
    if "error" in document:
        raise _error(document["error"])
    return Intake(**document, table=directory / ROWS, rejections=directory / REJECTED)


def _watched(child: subprocess.Popen[bytes], path: Path, limits: Limits) -> bytes:
    """What the child said; ``FileRejected`` (care_limit) when it outgrew its time or memory."""
    if child.stdin is None or child.stdout is None:
        raise AssertionError("both are pipes")
    child.stdin.write(json.dumps(limits.document()).encode())
    child.stdin.close()
    ends = time.monotonic() + limits.seconds
    while child.poll() is None:
        if time.monotonic() > ends:
            raise over(path, "seconds", limit=limits.seconds)
        if _resident(child.pid) > limits.memory_bytes:
            raise over(path, "bytes of memory", limit=limits.memory_bytes)
        time.sleep(_GLANCE)
    return child.stdout.read()


def _resident(pid: int) -> int:
    """Bytes of memory a process holds; 0 when it is gone."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    except (OSError, IndexError, ValueError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def _died(path: Path, code: int | None) -> dict[str, Any]:
    error = FileRejected("file_damaged", file=path.name, reason=f"the reader stopped ({code})")
    return {"error": {"type": "FileRejected", "code": error.code, "ids": error.ids}}


def _error(found: dict[str, Any]) -> errors.RajausError:
    kind = getattr(errors, found["type"])
    made: errors.RajausError = kind(found["code"], **found["ids"])
    return made
