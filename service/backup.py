"""Making a backup: the ledger of one instant and every file it names, in one encrypted archive (R074).

Readers and writers go on meanwhile. Snapshots, loads and manifests never change once written, and the snapshots are
held by leases, so the archive is consistent. The keys are not in it: they are backed up apart (``back_up_keys``).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

from core.errors import ConfigError, StoreError
from core.files import remove, sha256_file
from core.ids import new_id
from core.keys import NAMES
from extracts.reveal import KEYS_SHOWN
from ledger import backups, export, integrity, schema, snapshots
from ledger.store import Store
from ledger.tombstones import TombstoneLog
from service import archive

FORMAT = 1
HEADER, CONTENTS = "backup.json", "contents.json"
LEDGER, HOME = "ledger/", "home/"
ENDING = ".rajaus-backup.age"
_TIME = "%Y%m%dT%H%M%SZ"
_APART = frozenset({"ledger.db", "ledger.db-wal", "ledger.db-shm", "CLOSED"})


def back_up(store: Store, to: Path, *, recipient: str | None = None) -> dict[str, Any]:
    """Write an archive into the directory ``to``, note it in the ledger, and delete archives there that are too old.

    Raises ``ConfigError`` (recipient_missing), ``InvalidInput`` (recipient_invalid), ``StoreError`` when a file that
    a row names is missing (backup_incomplete) or differs from its seal (file_damaged_in_store).
    """
    key = recipient or store.settings.backup_recipient
    if key is None:
        raise ConfigError("recipient_missing")
    age = archive.recipient_of(key)
    tombstones = TombstoneLog(store.settings.tombstones_path).start(at=store.now())
    anchor = integrity.anchor(store)
    identifier, made_at = new_id("backup"), store.now()
    path = to / f"{made_at.strftime(_TIME)}-{identifier}{ENDING}"
    header = {
        "format": FORMAT,
        "backup": identifier,
        "made_at": made_at.isoformat(),
        "version": version("rajaus"),
        "schema": schema.needed(),
        "anchor": str(anchor),
        "tombstones": {"log": tombstones.log, "seq": tombstones.seq, "hash": tombstones.hash},
        "keys": {name: store.key(name).key_id for name in NAMES},
    }
    with _held(store), archive.writing(path, age) as writer:
        writer.add_bytes(HEADER, json.dumps(header, indent=1).encode())
        rows = _write_ledger_and_files(store, writer)
        contents = {"rows": rows, "members": writer.members}
        writer.add_bytes(CONTENTS, json.dumps(contents).encode())
    with store.write() as tx:
        row = backups.record(
            tx,
            backup=identifier,
            file=path.name,
            sha256=sha256_file(path),
            size=path.stat().st_size,
            files=len(writer.members),
            recipient=key,
            tombstone_line=tombstones.seq,
            days=store.settings.backup_days,
        )
    gone = remove_expired(store, to)
    return row | {"path": str(path), "rows": sum(rows.values()), "anchor": str(anchor), "removed": gone}


@contextmanager
def _held(store: Store) -> Iterator[None]:
    """Keep every standing snapshot where it is until the archive is made."""
    with store.ledger.read() as connection:
        standing = [item.snapshot for item in snapshots.standing(connection)]
    with ExitStack() as stack:
        for snapshot in standing:
            lease, _ = snapshots.take_lease(store.ledger, snapshot=snapshot, holder="backup", at=store.now())
            stack.callback(snapshots.end_lease, store.ledger, lease)
        yield


def _write_ledger_and_files(store: Store, writer: archive.Writer) -> dict[str, int]:
    rows: dict[str, int] = {}
    with store.ledger.frozen() as connection:
        named = export.named_files(connection, store.home)
        for number, (table, part) in enumerate(export.dump(connection)):
            lines = "".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in part)
            writer.add_bytes(f"{LEDGER}{number:06d}-{table}.jsonl", lines.encode())
            rows[table] = rows.get(table, 0) + len(part)
    for name, (seal, needed) in sorted(named.items()):
        path = store.path(name)
        if not path.is_file():
            if needed:
                raise StoreError("backup_incomplete", file=name)
            continue
        if writer.add_file(HOME + name, path) != seal and seal is not None:
            raise StoreError("file_damaged_in_store", file=name)
    for path in _unnamed(store):
        writer.add_file(HOME + store.relative(path), path)
    return rows


def _unnamed(store: Store) -> Iterator[Path]:
    """Files in directories the ledger does not list one by one (evidence, replies); no debris, no keys, no spill."""
    home = store.home
    listed = {home.snapshots, home.sources, home.quarantine, home.manifests, home.deliveries, home.subscriptions}
    customers_own = {home.care, home.care_index}  # what customers handed in is in no backup (R050)
    left_out = listed | customers_own | {home.staging, home.temporary, store.settings.keys_dir, home.root / "keys"}
    for top in sorted(home.root.iterdir()):
        if top in left_out or top.name in _APART or top.is_symlink():
            continue
        found = [top] if top.is_file() else sorted(top.rglob("*"))
        yield from (
            path for path in found if path.is_file() and not path.is_symlink() and not path.name.endswith(KEYS_SHOWN)
        )


def remove_expired(store: Store, directory: Path) -> list[str]:
    """Delete the archives in ``directory`` whose time is over, and note it (R074). Returns their names.

    What lies in other places, on tape or with a provider, the operator deletes by the dates of ``backup list``.
    """
    with store.ledger.read() as connection:
        due = [row for row in backups.backups(connection, standing=True) if row["expires_at"] <= store.now()]
    known = {row["file"]: row for row in due}
    gone = []
    for path in sorted(directory.glob(f"*{ENDING}")):
        old = made_at_of(path.name)
        expired = old is not None and old + timedelta(days=store.settings.backup_days) <= store.now()
        if path.name not in known and not expired:
            continue
        with store.write() as tx:  # the note first: a file that is noted as gone and is not is deleted the next time
            backups.removed(tx, known.get(path.name, {}).get("backup", path.name.removesuffix(ENDING).split("-", 1)[1]))
        remove(path)
        gone.append(path.name)
    return gone


def made_at_of(name: str) -> datetime | None:
    """When an archive of this name was made; None for another file."""
    try:
        return datetime.strptime(name.split("-", 1)[0], _TIME).replace(tzinfo=UTC)
    except ValueError:
        return None


def back_up_keys(store: Store, path: Path, *, recipient: str | None = None) -> dict[str, Any]:
    """Write the key files into an archive of their own; keep it apart from the backups, for another person to open."""
    key = recipient or store.settings.backup_recipient
    if key is None:
        raise ConfigError("recipient_missing")
    files = sorted(store.settings.keys_dir.glob("*.key"))
    if not files:
        raise ConfigError("key_missing", key=str(store.settings.keys_dir))
    with store.write() as tx:
        tx.audit("backup.keys", keys=[store.key(name).key_id for name in NAMES], files=len(files))
    with archive.writing(path, archive.recipient_of(key)) as writer:
        for file in files:
            writer.add_file(f"keys/{file.name}", file)
    return {"path": str(path), "keys": [file.name for file in files], "sha256": sha256_file(path)}
