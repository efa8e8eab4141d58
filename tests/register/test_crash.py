"""Publishing is all or nothing, and readers never notice it (design, "Tests": crash)."""

from __future__ import annotations

import signal
from multiprocessing.process import BaseProcess

import pytest

from ledger.store import Store
from register.publish import publish, status
from register.snapshot import open_snapshot, verify
from tests import apart
from tests.register import publisher
from tests.register.contents import rows
from tests.register.loads import A, load, organisation, position

STEPS = [
    "build.organisations",
    "build.texts",
    "build.persons",
    "build.notices",
    "build.seats",
    "build.names",
    "build.positions",
    "build.selectable",
    "sealed",
    "resolved",
    "moved",
    "pointing",
    "pointed",
    "retired",
]
RELEASED = ("pointed", "retired")


def _load(store: Store, positions: int) -> None:
    load(store, "own", [organisation(A)], [position(str(n), f"Etu{n} Suku{n}") for n in range(positions)])


def _publisher(store: Store, step: str = "never") -> BaseProcess:
    ledger = [store.settings.ledger_url] if store.settings.ledger_url else []
    return apart.begin(publisher.main, str(store.home.root), step, store.now().isoformat(), *ledger)


def test_the_steps_are_all_of_them(store: Store) -> None:
    """A new step must be killed at, too."""
    _load(store, 1)
    met: list[str] = []
    publish(store, checkpoint=met.append)
    assert met == STEPS


@pytest.mark.parametrize("step", STEPS)
def test_a_publisher_killed_at_any_step_releases_all_or_nothing(store: Store, step: str) -> None:
    _kill_and_publish_again(store, step)


@pytest.mark.parametrize("step", ["moved", "pointing", "pointed"])
def test_a_publisher_killed_around_its_transaction_on_postgresql(postgres_store: Store, step: str) -> None:
    _kill_and_publish_again(postgres_store, step)


def _kill_and_publish_again(store: Store, step: str) -> None:
    _load(store, 3)
    old = publish(store)["snapshot"]
    persons = {row["first_name"]: number for number, row in rows(store, "person", "person").items()}
    _load(store, 4)
    killed = _publisher(store, step)
    killed.join(timeout=120)
    assert killed.exitcode == -signal.SIGKILL
    stated = status(store)
    assert (stated["snapshot"] != old, stated["positions"]) == ((True, 4) if step in RELEASED else (False, 3))
    assert verify(store)["ok"]
    assert len(rows(store, "position", "position")) == stated["positions"]
    document = publish(store)
    assert document["positions"] == 4
    assert [path.stem for path in store.home.snapshots.iterdir()] == [document["snapshot"]]
    assert list(store.home.staging.iterdir()) == []
    after = {row["first_name"]: number for number, row in rows(store, "person", "person").items()}
    assert persons.items() <= after.items()


def test_readers_go_on_while_another_process_publishes(any_store: Store) -> None:
    """Each reads one whole snapshot, the old or the new; none ever fails; on both ledgers."""
    store = any_store
    _load(store, 20)
    publish(store)
    _load(store, 21)
    seen = []
    for _round in range(2):
        running = _publisher(store)
        while running.is_alive():
            with open_snapshot(store, holder="reader") as snapshot:
                counted = snapshot.connection.execute("SELECT count(*) FROM selectable").fetchone()
                assert counted is not None
                assert snapshot.meta["selectable"] == str(counted[0])
                seen.append((snapshot.id, counted[0]))
        assert running.exitcode == 0
    assert {count for _, count in seen} == {20, 21}
    assert len({snapshot for snapshot, _ in seen}) >= 2
    publish(store)
    assert len(list(store.home.snapshots.iterdir())) == 1
