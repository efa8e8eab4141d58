"""The tombstone log: every ban, erasure, restriction and source quarantine once more, outside the home (R074, T18).

A backup forgets what happened after it; this log does not. It is a file of JSON lines beside the home, only ever
appended to, each line chained to the one before, and on disk before the ledger commits. It holds keyed hashes and
register ids, never a name or an address. A line that loosens (a lift) counts only when a second line says that its
transaction was committed: if the process dies in between, the ban stands.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, BinaryIO

from core.errors import StoreError
from core.files import storing, sync
from core.ids import new_id

_log = logging.getLogger(__name__)

KINDS: Mapping[str, bool] = {
    "ban": False,
    "ban_hits": False,
    "ban_lifted": True,
    "hits_released": True,
    "erasure": False,
    "source_quarantined": False,
    "source_released": True,
}
"""What may be logged, and whether it loosens: allows again what was blocked."""

GENESIS = "0" * 64
_STARTED, _COMMITTED = "log_started", "committed"
_STEP = 1 << 16


@dataclass(frozen=True)
class Head:
    """The last line of a log, which vouches for all lines before it."""

    log: str
    seq: int
    hash: str


def plain(value: Any) -> Any:
    """A value as JSON carries it: bytes in hex, days and instants in ISO 8601."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(item) for item in value]
    return value


def line_hash(line: Mapping[str, Any]) -> str:
    """SHA-256 over a line's content and its predecessor's hash."""
    content = {name: value for name, value in line.items() if name != "hash"}
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


class Batch:
    """The lines of one transaction, while the log is held; made by :meth:`TombstoneLog.batch`."""

    def __init__(self, file: BinaryIO, head: Head | None, at: datetime) -> None:
        self._file = file
        self._at = plain(at)
        self._lines: list[dict[str, Any]] = []
        self._loosening: list[int] = []
        self._last = head or Head(new_id("log"), 0, GENESIS)
        if head is None:
            self._queue(_STARTED, {"log": self._last.log})

    @property
    def head(self) -> Head:
        """What the log's head is once these lines are written."""
        return self._last

    def add(self, kind: str, entry: Mapping[str, Any]) -> None:
        """Queue one line; it is written by :meth:`write`."""
        self._queue(kind, plain(entry))
        if KINDS[kind]:
            self._loosening.append(self._last.seq)

    def write(self) -> None:
        """Put the queued lines on disk. Raises ``OSError``."""
        text = "".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in self._lines)
        self._file.write(text.encode())
        self._file.flush()
        os.fsync(self._file.fileno())
        self._lines = []

    def committed(self) -> None:
        """Say that the transaction stands, which makes its loosening lines count."""
        if self._loosening:
            self._queue(_COMMITTED, {"lines": self._loosening})
            try:
                self.write()
            except OSError as error:  # the ledger has committed: a restore would keep the ban, the safe side
                _log.warning("the tombstone log does not confirm line %s: %s", self._loosening, error.strerror)

    def _queue(self, kind: str, entry: Mapping[str, Any]) -> None:
        line = {
            "seq": self._last.seq + 1,
            "log": self._last.log,
            "at": self._at,
            "kind": kind,
            "entry": entry,
            "previous": self._last.hash,
        }
        line["hash"] = line_hash(line)
        self._lines.append(line)
        self._last = Head(self._last.log, line["seq"], line["hash"])


class TombstoneLog:
    """The log in one file. Several processes may append; each holds the file's lock until its ledger has committed."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def batch(self, *, at: datetime) -> Iterator[Batch]:
        """Hold the log for one transaction. Raises ``StoreError`` when it cannot be written."""
        with storing(self.path):
            created = not self.path.exists()
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            if created:
                sync(self.path.parent)
            with os.fdopen(descriptor, "a+b") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                yield Batch(file, self._mend(file), at)

    def start(self, *, at: datetime) -> Head:
        """Make the log if it is not there, and return its head."""
        with self.batch(at=at) as batch:
            if batch.head.seq == 1:
                batch.write()
            return batch.head

    def head(self) -> Head | None:
        """The last whole line; None when there is no log. Raises ``StoreError`` when it is damaged."""
        if not self.path.exists():
            return None
        with storing(self.path), self.path.open("rb") as file:
            return self._last(file)

    def lines(self) -> Iterator[dict[str, Any]]:
        """Every line, oldest first, each checked against the one before.

        Raises ``StoreError`` (tombstones_damaged) at the first line that does not fit: edited, lost or reordered.
        """
        last = Head("", 0, GENESIS)
        with storing(self.path), self.path.open("rb") as file:
            for raw in file:
                if not raw.endswith(b"\n"):
                    return  # written half when the machine stopped: its transaction never committed
                line = self._parse(raw, last.seq + 1)
                log = line.get("log") if last.seq == 0 else last.log
                fits = line.get("seq") == last.seq + 1 and line.get("previous") == last.hash and line.get("log") == log
                if not fits or line.get("hash") != line_hash(line):
                    raise StoreError("tombstones_damaged", path=str(self.path), line=last.seq + 1)
                last = Head(line["log"], line["seq"], line["hash"])
                yield line

    def _mend(self, file: BinaryIO) -> Head | None:
        """Cut off a line written half, and return the head."""
        start, tail = _tail(file, lines=1)
        whole = tail.rfind(b"\n") + 1
        if whole < len(tail):
            os.ftruncate(file.fileno(), start + whole)
        return self._last(file)

    def _last(self, file: BinaryIO) -> Head | None:
        """The last whole line of the file, read from its end."""
        _, tail = _tail(file, lines=2)
        whole = tail[: tail.rfind(b"\n") + 1].splitlines()
        if not whole:
            return None
        line = self._parse(whole[-1], 0)
        return Head(str(line["log"]), int(line["seq"]), str(line["hash"]))

    def _parse(self, raw: bytes, number: int) -> dict[str, Any]:
        try:
            line: dict[str, Any] = json.loads(raw)
            return line | {"seq": int(line["seq"])}
        except (ValueError, KeyError, TypeError) as error:
            raise StoreError("tombstones_damaged", path=str(self.path), line=number) from error


def _tail(file: BinaryIO, *, lines: int) -> tuple[int, bytes]:
    """The end of a file with at least so many line ends in it, or all of it; and where it starts."""
    size = start = file.seek(0, os.SEEK_END)
    tail = b""
    while start and tail.count(b"\n") < lines:
        start = max(0, size - 4 * len(tail) - _STEP)
        file.seek(start)
        tail = file.read(size - start)
    return start, tail


def effective(lines: Iterator[dict[str, Any]], *, after: int) -> list[dict[str, Any]]:
    """The lines that count after that number, in order: a loosening line only if its transaction was committed."""
    kept = list(lines)
    confirmed = {seq for line in kept if line["kind"] == _COMMITTED for seq in line["entry"]["lines"]}
    return [
        line
        for line in kept
        if line["seq"] > after and line["kind"] in KINDS and (not KINDS[line["kind"]] or line["seq"] in confirmed)
    ]
