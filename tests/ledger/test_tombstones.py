"""R074, T18: what must outlive a restore is on disk outside the home before the ledger commits."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select

from core.errors import ConfigError, StoreError
from core.settings import load_settings
from ledger import integrity, sources, tables
from ledger.engine import Ledger
from ledger.store import Store
from ledger.tombstones import GENESIS, TombstoneLog, effective, line_hash

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def log(store: Store) -> TombstoneLog:
    return TombstoneLog(store.settings.tombstones_path)


def ban(store: Store, number: int, *, kind: str = "ban") -> None:
    with store.write() as tx:
        tx.audit("thing.done", number=number)
        tx.tombstone(kind, {"number": number, "key": b"\xab" * 32, "day": store.today(), "at": store.now()})


def kinds(log: TombstoneLog) -> list[str]:
    return [line["kind"] for line in log.lines()]


def test_R074_the_log_lies_beside_the_home_and_begins_with_the_store(store: Store, log: TombstoneLog) -> None:
    assert log.path == store.home.root.with_name("home.tombstones")
    assert kinds(log) == ["log_started"]
    assert log.path.stat().st_mode & 0o077 == 0
    with pytest.raises(ConfigError):
        load_settings(env={}, home=store.home.root, tombstones=store.home.root / "log")


def test_every_line_is_chained_and_plain(store: Store, log: TombstoneLog) -> None:
    for number in range(3):
        ban(store, number)
    lines = list(log.lines())
    assert [line["seq"] for line in lines] == [1, 2, 3, 4]
    assert lines[0]["previous"] == GENESIS
    assert all(later["previous"] == earlier["hash"] for earlier, later in pairwise(lines))
    assert lines[1]["entry"] == {"number": 0, "key": "ab" * 32, "day": "2026-11-22", "at": "2026-11-22T09:00:00+00:00"}
    assert log.head() is not None
    assert log.head().seq == 4  # type: ignore[union-attr]


def test_R074_the_line_is_on_disk_before_the_ledger_commits(
    store: Store, log: TombstoneLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    real = os.fsync
    monkeypatch.setattr("ledger.tombstones.os.fsync", lambda file: (synced.append(len(kinds(log))), real(file)))
    seen: list[tuple[int, int]] = []
    from sqlalchemy import event

    event.listen(store.ledger.engine, "commit", lambda _connection: seen.append((len(kinds(log)), len(synced))))
    ban(store, 1)
    assert seen[-1] == (2, 1), "at the commit the line was written and forced to disk"


def test_R074_nothing_is_banned_when_the_log_cannot_be_written(store: Store, log: TombstoneLog) -> None:
    with store.ledger.read() as connection:
        before = len(connection.execute(select(tables.audit)).all())
    log.path.unlink()
    log.path.mkdir()
    with pytest.raises(StoreError):
        ban(store, 1)
    with store.ledger.read() as connection:
        assert len(connection.execute(select(tables.audit)).all()) == before


def test_a_ledger_without_its_log_cannot_ban(store: Store) -> None:
    bare = Ledger(store.ledger.engine)
    with pytest.raises(StoreError) as refused, bare.write(actor="x", at=store.now()) as tx:
        tx.audit("x")
        tx.tombstone("ban", {})
    assert refused.value.code == "tombstones_unset"
    with pytest.raises(ValueError, match="no tombstone"), store.write() as tx:
        tx.tombstone("something", {})


def test_a_transaction_that_fails_or_is_abandoned_leaves_no_line(store: Store, log: TombstoneLog) -> None:
    with store.write() as tx:
        tx.audit("x")
        tx.tombstone("ban", {})
        tx.abandon()
    with pytest.raises(ZeroDivisionError), store.write() as tx:
        tx.tombstone("ban", {"x": 1 // 0})
    assert kinds(log) == ["log_started"]


def test_a_lift_counts_only_once_its_transaction_is_confirmed(store: Store, log: TombstoneLog) -> None:
    ban(store, 1)
    ban(store, 2, kind="ban_lifted")
    assert kinds(log) == ["log_started", "ban", "ban_lifted", "committed"]
    assert [line["kind"] for line in effective(log.lines(), after=1)] == ["ban", "ban_lifted"]
    text = log.path.read_bytes().splitlines(keepends=True)
    log.path.write_bytes(b"".join(text[:-1]))  # as if the machine had stopped between the commit and the confirmation
    assert [line["kind"] for line in effective(log.lines(), after=1)] == ["ban"]
    assert effective(log.lines(), after=2) == []


def test_a_line_written_half_is_cut_off_by_the_next_and_never_read(store: Store, log: TombstoneLog) -> None:
    ban(store, 1)
    whole = log.path.read_bytes()
    for torn in (b'{"seq": 3, "lo', b"x" * 200_000):
        log.path.write_bytes(whole + torn)
        assert kinds(log) == ["log_started", "ban"]
        assert log.head() is not None
        ban(store, 2)
        assert kinds(log) == ["log_started", "ban", "ban"]
        assert log.path.read_bytes().startswith(whole)


def test_a_line_longer_than_a_block_is_read_back(store: Store, log: TombstoneLog) -> None:
    with store.write() as tx:
        tx.audit("x")
        tx.tombstone("ban", {"hits": list(range(100_000))})
    ban(store, 2)
    assert [line["seq"] for line in log.lines()] == [1, 2, 3]


def _drop(lines: list[bytes]) -> list[bytes]:
    return lines[:2] + lines[3:]


def _swap(lines: list[bytes]) -> list[bytes]:
    return [lines[0], lines[2], lines[1], *lines[3:]]


def _edit(lines: list[bytes]) -> list[bytes]:
    return [lines[0], lines[1].replace(b'"number":0', b'"number":7'), *lines[2:]]


def _garble(lines: list[bytes]) -> list[bytes]:
    return [lines[0], b"nonsense\n", *lines[2:]]


@pytest.mark.parametrize("damage", [_drop, _swap, _edit, _garble])
def test_a_log_that_was_touched_is_found_out(
    store: Store, log: TombstoneLog, damage: Callable[[list[bytes]], list[bytes]]
) -> None:
    for number in range(4):
        ban(store, number)
    log.path.write_bytes(b"".join(damage(log.path.read_bytes().splitlines(keepends=True))))
    with pytest.raises(StoreError) as found:
        list(log.lines())
    assert found.value.code == "tombstones_damaged"
    assert integrity.examine(store).tombstones == "damaged"


def test_the_audit_knows_the_log_it_wrote(store: Store, log: TombstoneLog) -> None:
    for number in range(3):
        ban(store, number)
    assert integrity.examine(store).tombstones == "intact"
    whole = log.path.read_bytes()
    log.path.write_bytes(b"".join(whole.splitlines(keepends=True)[:-1]))
    assert integrity.examine(store).tombstones == "short"
    log.path.unlink()
    assert integrity.examine(store).tombstones == "missing"
    ban(store, 4)  # a ban never waits for the log's past: a new log begins
    assert integrity.examine(store).tombstones == "replaced"


def test_a_log_forged_from_the_start_does_not_fit_the_audit(store: Store, log: TombstoneLog) -> None:
    for number in range(3):
        ban(store, number)
    lines: list[dict[str, Any]] = [json.loads(line) for line in log.path.read_text().splitlines()]
    lines[2]["entry"]["number"] = 77
    for earlier, later in pairwise(lines):
        earlier["hash"] = line_hash(earlier)
        later["previous"] = earlier["hash"]
    lines[-1]["hash"] = line_hash(lines[-1])
    log.path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert len(list(log.lines())) == 4
    assert integrity.examine(store).tombstones == "damaged"


_BANNER = """
import sys
from pathlib import Path
from core.settings import load_settings
from ledger.store import open_store
from tests.ledger.test_tombstones import ban
home, url = sys.argv[1:]
store = open_store(load_settings(env={}, home=Path(home), ledger_url=url or None))
for number in range(15):
    ban(store, number)
"""


def test_processes_share_the_log_and_it_follows_the_order_of_the_ledger(any_store: Store) -> None:
    arguments = [str(any_store.settings.home), any_store.settings.ledger_url or ""]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    writers = [
        subprocess.Popen([sys.executable, "-c", _BANNER, *arguments], env=environment, cwd=ROOT, stderr=subprocess.PIPE)
        for _ in range(3)
    ]
    for writer in writers:
        _, errors = writer.communicate(timeout=120)
        assert writer.returncode == 0, errors.decode()
    log = TombstoneLog(any_store.settings.tombstones_path)
    assert [line["seq"] for line in log.lines()] == list(range(1, 47))
    assert integrity.examine(any_store).tombstones == "intact"
    with any_store.ledger.read() as connection:
        query = select(tables.audit.c.ids).where(tables.audit.c.action == "tombstones.written")
        written = [ids["line"] for ids in connection.execute(query.order_by(tables.audit.c.seq)).scalars()]
    assert written == list(range(2, 47))


def test_R074_a_quarantined_source_is_in_the_log(store: Store, log: TombstoneLog) -> None:
    with store.write() as tx:
        sources.ensure_source(tx, "prh")
    with store.write() as tx:
        sources.quarantine(tx, "prh")
    with store.write() as tx:
        sources.release(tx, "prh")
    assert kinds(log) == ["log_started", "source_quarantined", "source_released", "committed"]


def test_a_truncated_audit_does_not_hide_lines_from_the_anchor(store: Store, log: TombstoneLog) -> None:
    ban(store, 1)
    integrity.anchor(store)
    log.path.unlink()
    with store.ledger.engine.execution_options(write=True).begin() as connection:
        connection.execute(delete(tables.audit))
    assert integrity.examine(store).tombstones == "missing"
