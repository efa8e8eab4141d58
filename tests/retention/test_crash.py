"""A run killed anywhere: the next one takes out the rest, and what went is written down (R068)."""

from __future__ import annotations

import random
import shutil
import signal
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from core.clock import fixed_clock
from core.errors import Conflict
from core.files import sha256_file
from core.settings import load_settings
from ledger import cuts, retention_runs, tables
from ledger.store import Store, create_store, open_store
from register.publish import publish
from register.snapshot import verify
from schemas.retention import rules
from subjects import retention
from tests import apart
from tests.moment import NOW
from tests.retention import house, runner
from tests.retention.house import at, people, persons, planned
from tests.retention.rows import Filler

DAY = date(2029, 2, 1)
STEPS = (
    "sources.noted", "deliveries.noted", "manifests.published", "manifests.pointed", "position.rewritten",
    "position.pointing", "position.pointed", "task.deleting",
)  # fmt: skip


def _age(store: Store, out: Path) -> Store:
    """Something of every kind is over: positions, loads, an extract with its files and manifest, debris, tasks."""
    house.register(store, people("Vanha", "Iäkäs", "Uusi"))
    house.delivered(store, out)
    house.register(at(store, date(2028, 12, 1)), people("Vanha", "Iäkäs") + people("Uusi", verified=date(2028, 11, 1)))
    (store.home.staging / "load-dead").mkdir()
    (store.home.staging / "load-dead" / "positions.parquet").write_bytes(b"x")
    filler = Filler(store, random.Random(1))
    for _ in range(3):
        filler.add(tables.task, closed_at=NOW)
    return at(store, DAY)


@pytest.fixture(scope="module")
def aged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("aged")
    store = create_store(load_settings(env={}, home=place / "home", actor="tester"), clock=fixed_clock(NOW))
    _age(store, place / "out")
    store.ledger.close()
    return place / "home"


@pytest.fixture
def old(aged: Path, tmp_path: Path) -> Iterator[Store]:
    shutil.copytree(aged, tmp_path / "home")
    store = open_store(load_settings(env={}, home=tmp_path / "home", actor="tester"), clock=fixed_clock(NOW))
    yield at(store, DAY)
    store.ledger.close()


def recorded(store: Store) -> dict[str, set[str]]:
    """Everything that any run says it took out."""
    with store.ledger.read() as connection:
        rows = connection.execute(select(tables.retention_disposal)).mappings().all()
    found: dict[str, set[str]] = {}
    for row in rows:
        found.setdefault(f"{row['kind']} {row['name']}", set()).add(row["id"])
    return found


def missing(store: Store, plan: dict[str, set[str]]) -> dict[str, set[str]]:
    """What of a plan no run says that it took out. Of persons none says so by id; debris of a kill comes on top."""
    silent = {rule.key for rule in rules().values() if rule.names_persons}
    found = recorded(store)
    lacking = {key: ids - found.get(key, set()) for key, ids in plan.items() if key not in silent}
    return {key: ids for key, ids in lacking.items() if ids}


def check_whole(store: Store) -> None:
    """The store stands as after one run that nothing stopped."""
    assert set(persons(store)) == {"Uusi"}
    assert verify(store)["ok"]
    with store.ledger.read() as connection:
        (extract,) = cuts.extracts(connection)
        assert connection.execute(select(tables.task)).all() == []
    path = store.path(extract["manifest"])
    assert sha256_file(path) == extract["manifest_sha256"]
    assert list(store.home.manifests.glob("*.parquet")) == [path]
    assert list(store.home.deliveries.iterdir()) == []
    assert {one.name for one in store.home.staging.iterdir()} <= {"lock"}
    publish(store)
    assert set(persons(store)) == {"Uusi"}


@pytest.mark.parametrize("step", STEPS)
def test_R068_a_run_killed_anywhere_is_ended_by_the_next(old: Store, step: str) -> None:
    """R068, R072: files and ledger rows; whatever the plan said is gone, and some run says so of each."""
    plan = planned(old)
    assert {"files sources", "files staging", "files deliveries", "files manifests", "register position",
            "table task"} <= {key for key, ids in plan.items() if ids}  # fmt: skip
    old.ledger.close()
    code, said = apart.run(runner.main, str(old.home.root), "", old.now().isoformat(), step)
    assert code == -signal.SIGKILL, said
    document = retention.run(old)
    assert document["held"] == 0
    assert all(not ids for ids in planned(old).values())
    check_whole(old)
    assert missing(old, plan) == {}
    with old.ledger.read() as connection:
        states = [row["finished_at"] is None for row in retention_runs.runs(connection, limit=5)]
    assert sorted(states) == [False, True], "the stopped run is told from the finished one"


def test_R068_on_postgresql_a_stopped_run_is_ended_by_the_next(postgres_store: Store, tmp_path: Path) -> None:
    """The same with the ledger in PostgreSQL, stopped in the middle of a transaction."""
    old = _age(postgres_store, tmp_path / "out")
    plan = planned(old)
    url = old.settings.ledger_url or ""
    for step in ("manifests.published", "task.deleting"):
        code, said = apart.run(runner.main, str(old.home.root), url, old.now().isoformat(), step)
        assert code == -signal.SIGKILL, said
    retention.run(old)
    check_whole(old)
    assert missing(old, plan) == {}


def test_R068_two_runs_at_a_time_are_one_too_many(store: Store) -> None:
    def again(step: str) -> None:
        if step == "begun":
            with pytest.raises(Conflict) as caught:
                retention.run(store)
            assert caught.value.code == "retention_running"

    retention.run(store, checkpoint=again)


def test_R068_a_plan_changes_nothing(old: Store) -> None:
    def everything() -> dict[str, str]:
        return {
            str(path.relative_to(old.home.root)): sha256_file(path)
            for path in sorted(old.home.root.rglob("*"))
            if path.is_file() and path.suffix not in (".db-wal", ".db-shm") and path.name != "ledger.db"
        }

    with old.ledger.read() as connection:
        before = connection.execute(select(tables.audit_head.c.seq)).scalar_one()
    files = everything()
    first, second = retention.plan(old, ids=True), retention.plan(old, ids=True)
    assert first == second
    assert {path for path in everything().items() ^ files.items() if not path[0].endswith(".lock")} == set()
    with old.ledger.read() as connection:
        assert connection.execute(select(tables.audit_head.c.seq)).scalar_one() == before


def test_R068_a_run_says_what_it_did_and_the_audit_too(old: Store) -> None:
    document = retention.run(old)
    with old.ledger.read() as connection:
        row = retention_runs.run(connection, document["run"])
        audited = connection.execute(
            select(tables.audit.c.ids).where(tables.audit.c.action == "retention.disposed").order_by(tables.audit.c.seq)
        ).scalars()
        totals: dict[str, int] = {}
        for ids in audited:
            for key, number in ids["counts"].items():
                totals[key] = totals.get(key, 0) + number
    assert row["disposed"] == document["disposed"] == totals
    assert row["finished_at"] == old.now()
    since = {one["id"]: one["since"] for one in row["ids"] if one["name"] == "task"}
    assert set(since.values()) == {NOW.date()}
    later = at(old, DAY + timedelta(days=1))
    assert retention.run(later)["disposed"] == {}
