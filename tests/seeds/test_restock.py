"""R038: after a publish the stock is like the new register, by itself."""

from __future__ import annotations

import logging

import pytest

from core.errors import StoreError
from extracts.gate import seeds
from ledger import seed_watch, seeds as stock, tasks
from ledger.store import Store
from register.publish import publish
from tests.register.loads import A, load, organisation, position


def _publish(store: Store, *more: dict[str, object]) -> None:
    people = [position(str(number), f"Etu{number} Suku{number}") for number in range(5)]
    load(store, "own", [organisation(A)], [*people, *more])
    publish(store, force=True)


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seeds, "FIRST_STOCK", 20)


def _state(store: Store) -> tuple[dict[str, int], int, int]:
    with store.ledger.read() as connection:
        return stock.counts(connection), stock.like_a_register(connection), seed_watch.told(connection)


def test_the_first_stock_is_replaced_once_there_is_a_register(any_store: Store) -> None:
    seeds.stock_fictitious(any_store, 6)
    _publish(any_store)
    assert seeds.restock(any_store) == {"added": 20, "replaced": 6, "ready": 20}
    assert _state(any_store) == ({"ready": 20, "allocated": 0, "retired": 6}, 20, 0)
    assert seeds.restock(any_store) == {"added": 0, "replaced": 0, "ready": 20}, "nothing is left to do"


def test_what_a_publish_retires_is_made_up_for_and_the_task_closed(any_store: Store) -> None:
    _publish(any_store)
    seeds.restock(any_store)
    with any_store.ledger.read() as connection:
        double = stock.standing(connection)[0]
    _publish(any_store, position("double", f"{double['first_name']} {double['last_name']}"))
    assert _state(any_store)[2] >= 1
    retired = _state(any_store)[0]["retired"]
    assert seeds.restock_or_warn(any_store) == {"added": retired, "replaced": 0, "ready": 20}
    assert _state(any_store) == ({"ready": 20, "allocated": 0, "retired": retired}, 20, 0)
    with any_store.ledger.read() as connection:
        assert tasks.list_tasks(connection, kind=seed_watch.RETIRED) == []


def test_a_restock_that_dies_leaves_nothing_half_done(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    seeds.stock_fictitious(store, 6)
    _publish(store)
    before = _state(store)

    def dies(*_: object) -> None:
        raise OSError("power cut")

    with monkeypatch.context() as patched:
        patched.setattr(seed_watch, "restocked", dies)
        with pytest.raises(OSError, match="power cut"):
            seeds.restock(store)
    assert _state(store) == before
    assert seeds.restock(store)["ready"] == 20


@pytest.mark.parametrize("why", ["setting", "failure"])
def test_the_warning_comes_only_where_it_could_not_be_done(
    store: Store, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    _publish(store)
    seeds.restock(store)
    with store.ledger.read() as connection:
        double = stock.standing(connection)[0]
    _publish(store, position("double", f"{double['first_name']} {double['last_name']}"))
    with monkeypatch.context() as patched:
        if why == "setting":
            off = store.settings.model_copy(update={"seed_autofill": False})
            patched.setitem(store.__dict__, "settings", off)
        else:

            def fails(_: Store) -> None:
                raise StoreError("snapshot_failed", reason="test")

            patched.setattr(seeds, "restock", fails)
        with caplog.at_level(logging.WARNING, "rajaus"):
            assert seeds.restock_or_warn(store) is None
    assert "rajaus seeds stock" in caplog.text
    assert double["last_name"] not in caplog.text
    caplog.clear()
    with caplog.at_level(logging.WARNING, "rajaus"):
        assert seeds.restock_or_warn(store) is not None
        assert seeds.restock_or_warn(store) is not None
    assert caplog.text == ""
