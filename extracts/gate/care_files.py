"""What goes back to a customer of data care, as files: its own rows, and what changed about them (R046, R047).

Rows come in as the customer's own cells and leave as many, in the same order and under the same columns; nothing is
seen at the place they go to before the ledger says so, under the fence (R014, R032).
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa

from core.errors import FenceMoved
from core.files import remove, sha256_file, storing
from core.ids import new_id
from extracts.gate.render import BYTE_ORDER_MARK, csv_bytes
from ledger import bans
from ledger.engine import Transaction
from ledger.store import Store

_PARTIAL = ".partial"


def write_table(table: pa.Table, path: Path, *, phones: Collection[str]) -> None:
    """A table as a Finnish Excel opens it, UTF-8 with BOM and semicolons; cells that a spreadsheet would calculate are
    disarmed, but for strict numbers in ``phones`` (R090, T12)."""
    content = csv_bytes(table, separator=";", mark=BYTE_ORDER_MARK, phones=frozenset(phones))
    with storing(path):
        path.write_bytes(content)


@contextmanager
def staged(store: Store) -> Iterator[Path]:
    """A private directory of which nothing stays."""
    directory = store.home.staging / new_id("care-return")
    with storing(directory):
        directory.mkdir(mode=0o700)
    try:
        yield directory
    finally:
        remove(directory)


def hand_over(
    store: Store,
    directory: Path,
    to: Path,
    *,
    fence: int,
    record: Callable[[Transaction, list[Mapping[str, Any]]], None],
) -> list[dict[str, Any]]:
    """Copy the staged files to ``to``; ``record`` writes them down in the transaction that looks at the fence.

    Raises ``FenceMoved`` when a ban came in since ``fence``: the caller makes the files anew.
    """
    hidden: list[Path] = []
    try:
        with storing(to):
            to.mkdir(parents=True, exist_ok=True)
            for path in sorted(directory.iterdir()):
                target = to / f".{path.name}{_PARTIAL}"
                shutil.copyfile(path, target)
                target.chmod(0o600)
                hidden.append(target)
        files = [{"name": _final(path).name, "sha256": sha256_file(path)} for path in hidden]
        with store.write() as tx:
            if bans.lock_fence(tx) != fence:
                raise FenceMoved("fence_moved", tries=1)
            record(tx, [dict(file) for file in files])
    except BaseException:
        for path in hidden:
            path.unlink(missing_ok=True)
        raise
    with storing(to):
        for path in hidden:
            path.replace(_final(path))
    return [{"path": str(to / file["name"]), "sha256": file["sha256"]} for file in files]


def _final(hidden: Path) -> Path:
    return hidden.with_name(hidden.name.removeprefix(".").removesuffix(_PARTIAL))
