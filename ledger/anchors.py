"""Anchors: the audit's head as one printable line, kept where the store's administrator cannot rewrite it (R087).

A hash chain shows that a row was changed; it cannot show that the whole chain was made anew. A line written down
outside (another host, a mail to the auditor, paper) can: the chain must still hold that hash at that place.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, select

from core.errors import InvalidInput
from core.files import storing, sync
from ledger import tables
from ledger.tombstones import Head

_LINE = re.compile(
    r"rajaus-anchor at=(?P<at>\S+) chain=(?P<chain>[0-9a-f]{16}) seq=(?P<seq>\d+) head=(?P<head>[0-9a-f]{64})"
    r"(?: tombstones=(?P<log>[0-9a-z-]+):(?P<line>\d+):(?P<line_hash>[0-9a-f]{64}))?"
)


@dataclass(frozen=True)
class Anchor:
    """What stood at the audit's head, and at the tombstone log's, at an instant."""

    at: datetime
    chain: str
    """Start of the first row's hash: whose audit it is."""
    seq: int
    hash: str
    tombstones: Head | None

    def __str__(self) -> str:
        """The printable line."""
        line = f"rajaus-anchor at={self.at.astimezone(UTC).isoformat()} chain={self.chain} seq={self.seq}"
        log = self.tombstones
        return f"{line} head={self.hash}" + (f" tombstones={log.log}:{log.seq}:{log.hash}" if log else "")


def parse(text: str) -> Anchor:
    """Read a printed line. Raises ``InvalidInput`` (anchor_invalid)."""
    match = _LINE.fullmatch(" ".join(text.split()))
    if match is None:
        raise InvalidInput("anchor_invalid")
    try:
        at = datetime.fromisoformat(match["at"])
    except ValueError as error:
        raise InvalidInput("anchor_invalid") from error
    log = Head(match["log"], int(match["line"]), match["line_hash"]) if match["log"] else None
    return Anchor(at, match["chain"], int(match["seq"]), match["head"], log)


def chain_name(connection: Connection) -> str:
    """The first 16 digits of the first audit row's hash; it tells one store's audit from another's."""
    query = select(tables.audit.c.hash).order_by(tables.audit.c.seq).limit(1)
    return str(connection.execute(query).scalar_one_or_none() or "")[:16]


def present(connection: Connection, *, at: datetime, tombstones: Head | None) -> Anchor:
    """The anchor of the audit as it stands."""
    head = connection.execute(select(tables.audit_head)).mappings().one()
    return Anchor(at, chain_name(connection), head["seq"], head["hash"], tombstones)


def append(anchor: Anchor, files: Iterable[Path]) -> None:
    """Write the line to the end of each file and force it to disk. Raises ``StoreError``."""
    for path in files:
        with storing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("a", encoding="ascii") as file:
                file.write(f"{anchor}\n")
                file.flush()
                os.fsync(file.fileno())
            sync(path.parent)


def read(path: Path) -> list[Anchor]:
    """The anchors in a file, oldest first; none when there is no file. Raises ``InvalidInput`` (anchor_invalid)."""
    if not path.exists():
        return []
    with storing(path):
        lines = path.read_text(encoding="ascii", errors="replace").splitlines()
    return [parse(line) for line in lines if line.strip()]
