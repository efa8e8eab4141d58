"""The one way to change the ledger: audited, all or nothing, by many writers at once, on both databases."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import exc, func, insert, select, update

from core.errors import NotFound, StoreError
from ledger import tables
from ledger.engine import GENESIS, audit_hash, open_ledger, sqlite_url
from ledger.store import Store
from tests.conftest import NOW

ROOT = Path(__file__).resolve().parents[2]
WRITERS, TURNS = 4, 15


def fence(store: Store) -> int:
    with store.ledger.read() as connection:
        return int(connection.execute(select(tables.fence.c.value)).scalar_one())


def chain(store: Store) -> list[dict[str, Any]]:
    with store.ledger.read() as connection:
        return [dict(row) for row in connection.execute(select(tables.audit).order_by(tables.audit.c.seq)).mappings()]


def assert_chain_holds(store: Store) -> None:
    """Every row follows its predecessor, its hash recomputes, and the head names the last one (R087)."""
    rows = chain(store)
    assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1))
    assert rows[0]["previous"] == GENESIS
    assert all(later["previous"] == earlier["hash"] for earlier, later in pairwise(rows))
    assert all(row["hash"] == audit_hash(row) for row in rows)
    with store.ledger.read() as connection:
        head = connection.execute(select(tables.audit_head)).mappings().one()
    assert (head["seq"], head["hash"]) == (rows[-1]["seq"], rows[-1]["hash"])


def raise_fence(store: Store, turns: int = 1) -> None:
    for _ in range(turns):
        with store.write() as tx:
            value = tx.execute(select(tables.fence.c.value).with_for_update()).scalar_one()
            tx.execute(update(tables.fence).values(value=value + 1))
            tx.audit("fence.raised", fence=value + 1)


def test_a_change_without_an_audit_row_is_rolled_back(any_store: Store) -> None:
    with pytest.raises(StoreError) as refused, any_store.write() as tx:
        tx.execute(update(tables.fence).values(value=7))
    assert refused.value.code == "unaudited"
    assert fence(any_store) == 0
    assert "store.created" in {row["action"] for row in chain(any_store)}
    assert "fence.raised" not in {row["action"] for row in chain(any_store)}


def test_a_change_that_fails_half_way_leaves_neither_row_nor_audit(any_store: Store) -> None:
    with pytest.raises(NotFound), any_store.write() as tx:
        tx.execute(update(tables.fence).values(value=7))
        tx.audit("fence.raised", fence=7)
        raise NotFound("order_unknown", order="order-x")
    assert fence(any_store) == 0
    assert_chain_holds(any_store)


def test_an_error_that_is_nobodys_rolls_back_too(any_store: Store) -> None:
    with pytest.raises(ZeroDivisionError), any_store.write() as tx:
        tx.execute(update(tables.fence).values(value=7))
        tx.audit("fence.raised", fence=1 // 0)
    assert fence(any_store) == 0


def test_the_audit_chain_recomputes_from_what_is_stored(any_store: Store) -> None:
    raise_fence(any_store, 3)
    with any_store.write() as tx:
        tx.audit("two.in.one", first="ä € \u2028", counts={"b": 1, "a": [1, 2]})
        tx.audit("two.in.one", second=None)
    assert_chain_holds(any_store)
    assert {row["actor"] for row in chain(any_store)} == {"tester"}


@pytest.mark.parametrize("damage", ["edit", "delete", "reorder"])
def test_the_chain_shows_that_an_audit_row_was_touched(any_store: Store, damage: str) -> None:
    raise_fence(any_store, 3)
    audit = tables.audit
    with any_store.ledger.engine.execution_options(write=True).begin() as connection:
        if damage == "edit":
            connection.execute(update(audit).where(audit.c.seq == 2).values(actor="somebody else"))
        elif damage == "delete":
            connection.execute(audit.delete().where(audit.c.seq == 2))
        else:
            for old, new in ((2, 99), (3, 2), (99, 3)):
                connection.execute(update(audit).where(audit.c.seq == old).values(seq=new))
    with pytest.raises(AssertionError):
        assert_chain_holds(any_store)


def test_instants_come_back_in_utc_and_a_naive_one_is_refused(any_store: Store) -> None:
    summer = datetime(2026, 7, 1, 3, 30, 15, 123456, timezone(timedelta(hours=3)))
    with any_store.write() as tx:
        tx.execute(insert(tables.source), {"source": "s", "priority": 1, "ground": "g", "added_at": summer})
        tx.audit("source.added", source="s")
    with any_store.ledger.read() as connection:
        stored = connection.execute(select(tables.source.c.added_at)).scalar_one()
        assert set(connection.execute(select(tables.audit.c.at)).scalars()) == {NOW}
    assert stored == summer
    assert stored.tzinfo is UTC
    with pytest.raises(StoreError) as refused, any_store.write() as tx:
        row = {"source": "t", "priority": 1, "ground": "g", "added_at": datetime(2026, 7, 1)}
        tx.execute(insert(tables.source), row)
    assert isinstance(refused.value.__cause__, exc.StatementError)


def test_writing_threads_lose_nothing(any_store: Store) -> None:
    with ThreadPoolExecutor(WRITERS) as threads:
        list(threads.map(lambda _: raise_fence(any_store, TURNS), range(WRITERS)))
    assert fence(any_store) == WRITERS * TURNS
    raised = [row["ids"]["fence"] for row in chain(any_store) if row["action"] == "fence.raised"]
    assert raised == list(range(1, WRITERS * TURNS + 1))
    assert_chain_holds(any_store)


_WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from core.settings import load_settings
from ledger.store import open_store
from tests.ledger.test_engine import raise_fence
home, url, turns = sys.argv[1:]
raise_fence(open_store(load_settings(env={}, home=Path(home), ledger_url=url or None)), int(turns))
"""


def test_writing_processes_lose_nothing(any_store: Store) -> None:
    arguments = [str(any_store.settings.home), any_store.settings.ledger_url or "", str(TURNS)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    writers = [
        subprocess.Popen([sys.executable, "-c", _WRITER, *arguments], env=environment, cwd=ROOT, stderr=subprocess.PIPE)
        for _ in range(3)
    ]
    for writer in writers:
        _, errors = writer.communicate(timeout=120)
        assert writer.returncode == 0, errors.decode()
    assert fence(any_store) == 3 * TURNS
    assert_chain_holds(any_store)


def test_a_reader_sees_the_ledger_as_it_was_while_a_writer_works(any_store: Store) -> None:
    written, seen = threading.Event(), threading.Event()

    def write() -> None:
        with any_store.write() as tx:
            tx.execute(update(tables.fence).values(value=1))
            tx.audit("fence.raised", fence=1)
            written.set()
            assert seen.wait(30)

    writer = threading.Thread(target=write)
    writer.start()
    assert written.wait(30)
    assert fence(any_store) == 0
    seen.set()
    writer.join(30)
    assert fence(any_store) == 1


def _duplicate(store: Store) -> None:
    with store.write() as tx:
        tx.execute(insert(tables.fence), {"id": 1, "value": 0})
        tx.audit("never")


def _no_table(store: Store) -> None:
    with store.ledger.read() as connection:
        connection.exec_driver_sql("SELECT * FROM no_such_table")


def _no_parent(store: Store) -> None:
    with store.write() as tx:
        tx.execute(update(tables.snapshot_pointer).values(snapshot="never published"))
        tx.audit("never")


@pytest.mark.parametrize("fault", [_duplicate, _no_table, _no_parent])
def test_the_drivers_errors_are_wrapped_with_their_cause(any_store: Store, fault: Callable[[Store], None]) -> None:
    with pytest.raises(StoreError) as wrapped:
        fault(any_store)
    assert wrapped.value.code == "ledger_failed"
    assert isinstance(wrapped.value.__cause__, exc.SQLAlchemyError)
    assert "no_such_table" not in str(wrapped.value)
    assert_chain_holds(any_store)


def test_a_ledger_that_cannot_be_reached_is_a_store_error(tmp_path: Path) -> None:
    for url in (sqlite_url(tmp_path / "no" / "ledger.db"), f"postgresql+psycopg://postgres@/x?host={tmp_path}"):
        with pytest.raises(StoreError) as failed, open_ledger(url).read() as connection:
            connection.execute(select(func.count()).select_from(tables.fence))
        assert failed.value.code == "ledger_failed"


def test_sqlite_is_opened_durable_and_leaves_no_deleted_text(store: Store) -> None:
    with store.ledger.read() as connection:
        found = {
            pragma: connection.exec_driver_sql(f"PRAGMA {pragma}").scalar_one()
            for pragma in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}
