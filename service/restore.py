"""Restoring a backup: into a new home, closed until the tombstone log has been replayed (R074, T18).

A backup knows nothing of the bans, erasures and restrictions that came after it. So the restored store carries a mark
that keeps every verb out; it goes when the log was there, reached beyond the backup, and was done again in full.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from core.clock import Clock, system_clock
from core.errors import ConfigError, InvalidInput, Refused, StoreError
from core.files import Home, copied, remove, sha256_file, storing, sync
from core.keys import NAMES, read_keys
from core.settings import Settings
from ledger import anchors, breaches, export, integrity, schema, snapshots, suppression
from ledger.anchors import Anchor
from ledger.audit import RESTORED
from ledger.bans import fence_value
from ledger.engine import Ledger
from ledger.replay import Numbered, Replayed, replay
from ledger.store import Store, attach, open_store
from ledger.tombstones import Head, TombstoneLog, effective
from register.query import open_register
from register.suppress import record_found, suppressed
from service import archive
from service.backup import CONTENTS, FORMAT, HEADER, HOME, LEDGER
from subjects.erase import resume

Document = dict[str, Any]


def restore(settings: Settings, path: Path, *, identity: Path, clock: Clock, lines: Sequence[Anchor] = ()) -> Document:
    """Unpack a backup into the empty home of ``settings``, then :func:`finish`.

    ``settings`` may name another database than the one that was backed up. Raises ``ConfigError`` (home_exists,
    keys_differ, backup_schema), ``Refused`` (backup_expired), ``InvalidInput`` (identity_invalid, backup_unreadable):
    in each case nothing is left behind. Raises what :func:`finish` raises: then the store is there, closed.
    """
    home = Home(settings.home)
    if home.snapshots.exists() or home.closed.exists():
        raise ConfigError("home_exists", home=str(settings.home))
    age = archive.identity_in(identity)
    kept = set(home.root.iterdir()) if home.root.exists() else set()
    try:
        header = _unpack(settings, path, age, clock=clock)
    except BaseException:
        for made in set(home.root.iterdir()) - kept if home.root.exists() else ():
            remove(made)
        raise
    return {"backup": header["backup"], "made_at": header["made_at"]} | finish(settings, clock=clock, lines=lines)


def _unpack(settings: Settings, path: Path, age: Any, *, clock: Clock) -> Document:
    home = Home(settings.home)
    with archive.reading(path, age) as members:
        name, file = next(members, ("", None))
        if name != HEADER or file is None:
            raise InvalidInput("backup_unreadable", reason="it is no backup of a store")
        first = file.read()
        header: Document = json.loads(first)
        _check(settings, header, clock=clock)
        home.create()
        _mark(home, header)
        ledger = _empty_ledger(settings)
        unpacking = _Unpacking(home, {HEADER: (len(first), hashlib.sha256(first).hexdigest())})
        with ledger.locking() as connection:
            export.load(connection, unpacking.tables(members))
        ledger.close()
    return header


def _check(settings: Settings, header: Document, *, clock: Clock) -> None:
    if header.get("format") != FORMAT:
        raise InvalidInput("backup_unreadable", reason=f"format {header.get('format')}")
    if header["schema"] != schema.needed():
        raise ConfigError("backup_schema", found=header["schema"], needed=schema.needed())
    made_at = datetime.fromisoformat(header["made_at"])
    if made_at + timedelta(days=settings.backup_days) <= clock():
        raise Refused("backup_expired", made_at=header["made_at"], days=settings.backup_days)
    other = [
        name
        for name in NAMES
        if header["keys"].get(name) not in {key.key_id for key in read_keys(settings.keys_dir, name)}
    ]
    if other:
        raise ConfigError("keys_differ", names=", ".join(other))


def _mark(home: Home, header: Document) -> None:
    with storing(home.closed):
        home.closed.write_text(json.dumps(header, indent=1), encoding="utf-8")
        sync(home.closed)
        sync(home.root)


def _empty_ledger(settings: Settings) -> Ledger:
    """A ledger with tables and nothing in them; one left by a restore that failed will do."""
    ledger = attach(settings, clock=system_clock).ledger
    if schema.found(ledger) is not None:
        with ledger.read() as connection:
            if export.in_use(connection):
                raise ConfigError("home_exists", home="the database of the setting ledger_url")
    schema.upgrade(ledger)
    return ledger


class _Unpacking:
    """Members as they come: rows to the ledger, files to the home; at the end all held against the list of contents."""

    def __init__(self, home: Home, read: dict[str, tuple[int, str]]) -> None:
        self._home = home
        self._read = read

    def tables(self, members: Iterator[tuple[str, BinaryIO]]) -> Iterator[tuple[str, list[Document]]]:
        """The ledger's rows, table by table; unpacks the files on the way. Raises ``InvalidInput``."""
        listed: Document = {}
        for name, file in members:
            if name == CONTENTS:
                listed = json.loads(file.read())
            elif name.startswith(LEDGER):
                content = file.read()
                self._read[name] = (len(content), hashlib.sha256(content).hexdigest())
                table = name.removeprefix(LEDGER).split("-", 1)[1].removesuffix(".jsonl")
                yield table, [json.loads(line) for line in content.decode().splitlines()]
            elif name.startswith(HOME):
                self._read[name] = copied(file, self._home.root / name.removeprefix(HOME))
            else:
                raise InvalidInput("backup_unreadable", reason="a member that no backup has")
        if {name: tuple(found) for name, found in listed.get("members", {}).items()} != self._read:
            raise InvalidInput("backup_unreadable", reason="its contents are not those it lists")


def finish(settings: Settings, *, clock: Clock, lines: Sequence[Anchor] = ()) -> Document:
    """Replay the tombstone log in a restored store, and open it. May be run again after any interruption.

    Raises ``Refused`` (restore_without_tombstones) when the log is missing, damaged or does not reach from the backup
    to the newest line an anchor names; the store stays closed, with a breach candidate. Raises ``ConfigError``
    (home_missing) where no restore is waiting.
    """
    home = Home(settings.home)
    if not home.closed.exists():
        raise ConfigError("home_missing", home=str(settings.home))
    header: Document = json.loads(home.closed.read_text(encoding="utf-8"))
    store = open_store(settings, clock=clock, restoring=True)
    log = TombstoneLog(settings.tombstones_path)
    backed_up = Head(header["tombstones"]["log"], header["tombstones"]["seq"], header["tombstones"]["hash"])
    anchor = anchors.parse(header["anchor"])
    later = [line for line in (*anchors.read(settings.anchors_path), *lines) if line.chain == anchor.chain]
    state = _state(log, backed_up, later)
    if state != "whole":
        _stays_closed(store, header, state)
        raise Refused("restore_without_tombstones", path=str(log.path), state=state, made_at=header["made_at"])
    done, found = _replay(store, log, after=backed_up.seq)
    erased = resume(store)
    with store.write() as tx:
        tx.audit(
            RESTORED,
            backup=header["backup"],
            made_at=header["made_at"],
            after=anchor.seq,
            bans=done.bans,
            lifted=done.lifted,
            erasures=len(done.erasures),
        )
    home.closed.unlink()
    sync(home.root)
    made = integrity.anchor(store)
    return {
        "bans": done.bans,
        "hits": done.hits + found,
        "lifted": done.lifted,
        "released": done.released,
        "sources": done.sources,
        "erasures": len(done.erasures),
        "erased": [{name: row[name] for name in ("erasure", "state", "persons")} for row in erased],
        "left_out": [{"ban": ban, "target": target, "id": subject} for ban, target, subject in done.left_out],
        "anchor": str(made),
        "open": True,
    }


def _state(log: TombstoneLog, backed_up: Head, later: Sequence[Anchor]) -> str:
    """whole, missing, damaged, older than the backup, cut short."""
    if not log.path.exists():
        return "missing"
    try:
        lines = {line["seq"]: Head(line["log"], line["seq"], line["hash"]) for line in log.lines()}
    except StoreError:
        return "damaged"
    if lines.get(backed_up.seq) != backed_up:
        return "older than the backup, or another store's"
    named = [line.tombstones for line in later if line.tombstones and line.tombstones.log == backed_up.log]
    return "whole" if all(lines.get(head.seq) == head for head in named) else "cut short"


def _stays_closed(store: Store, header: Document, state: str) -> None:
    with store.write() as tx:
        tx.audit("store.restore_refused", backup=header["backup"], state=state)
        breaches.open_candidate(
            tx, trigger="restored_without_tombstones", key=header["backup"], ids={"backup": header["backup"]}
        )


def _replay(store: Store, log: TombstoneLog, *, after: int) -> tuple[Replayed, int]:
    """Do the log's lines again, then look for whom the bans' keys hit in the restored register."""
    with store.ledger.read() as connection:
        fence = fence_value(connection)
        published = snapshots.current(connection)
    numbered = Numbered(0, 0)
    if published is not None:
        with open_register(store, holder="restore") as register:
            numbered = Numbered(int(register.meta["next_person"]), int(register.meta["next_position"]))
    with store.write() as tx:
        done = replay(tx, effective(log.lines(), after=after), numbered=numbered)
    if published is None:
        return done, 0
    with store.ledger.read() as connection:
        keys = suppression.publish_keys(store, connection, newer_than=fence)
    with open_register(store, holder="restore") as register:
        hits = suppressed(register.connection, keys, store, since=None)
    with store.write() as tx:
        found = record_found(tx, store, hits)
        tx.audit("bans.resolved", hits=found, carried=0)
    return done, found


def restore_keys(settings: Settings, path: Path, *, identity: Path) -> Document:
    """Unpack an archive of key files into the key directory, which must hold none.

    Raises ``ConfigError`` (home_exists), ``InvalidInput`` (identity_invalid, backup_unreadable).
    """
    if list(settings.keys_dir.glob("*.key")):
        raise ConfigError("home_exists", home=str(settings.keys_dir))
    names = []
    with archive.reading(path, archive.identity_in(identity)) as members:
        for name, file in members:
            if not name.startswith("keys/") or not name.endswith(".key"):
                raise InvalidInput("backup_unreadable", reason="it is no backup of keys")
            copied(file, settings.keys_dir / Path(name).name)
            names.append(Path(name).name)
    settings.keys_dir.chmod(0o700)
    return {"keys": names, "directory": str(settings.keys_dir)}


def bring(file: Path, to: Path) -> None:
    """Copy the tombstone log of the lost machine to where the settings look for it.

    Raises ``ConfigError`` (home_exists) when another log is there; the same one may be brought twice.
    """
    with storing(to):
        if to.exists():
            if sha256_file(to) == sha256_file(file):
                return
            raise ConfigError("home_exists", home=str(to))
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, to)
        to.chmod(0o600)
        sync(to)
