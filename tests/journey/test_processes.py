"""Several processes on one store: counts, cuts and bans go on while another publishes."""

from __future__ import annotations

import multiprocessing
import traceback
from collections.abc import Callable
from multiprocessing.queues import Queue
from pathlib import Path
from typing import Any

from core.clock import fixed_clock
from core.settings import load_settings
from extracts.count import count
from extracts.cut import cut
from extracts.orders import place
from ledger.store import Store, open_store
from register.publish import publish
from schemas import codes
from schemas.criteria import parse_criteria
from subjects.bans import BanRequest, add_ban
from tests.conftest import NOW
from tests.published import Rows, read_csv

CRITERIA = parse_criteria(
    {"organisation": {"kind": list(codes.KINDS)}, "person": {"level": [1, 2, 3, 4]}, "limit": 150}
)


def _store(home: Path) -> Store:
    return open_store(load_settings(env={}, home=home, actor="worker"), clock=fixed_clock(NOW))


def counting(home: Path, campaign: str) -> list[Any]:
    store = _store(home)
    return [count(store, campaign, CRITERIA)["to_deliver"] for _ in range(12)]


def cutting(home: Path, campaign: str) -> list[Any]:
    store = _store(home)
    return [cut(store, place(store, campaign, CRITERIA)["order"]) for _ in range(5)]


def publishing(home: Path, _: str) -> list[Any]:
    store = _store(home)
    return [publish(store)["snapshot"] for _ in range(3)]


def _work(job: Callable[[Path, str], list[Any]], home: Path, campaign: str, results: Queue[Any]) -> None:
    try:
        results.put((job.__name__, job(home, campaign)))
    except BaseException:  # noqa: BLE001  the parent shows it
        results.put((job.__name__, traceback.format_exc()))


def test_counts_cuts_and_bans_go_on_while_another_process_publishes(
    register_store: Store, campaign: str, deliverable: Rows
) -> None:
    """Readers never block; every cut is whole and of one snapshot; a ban filed meanwhile is in no later cut."""
    home = register_store.home.root
    context = multiprocessing.get_context("spawn")
    results: Queue[Any] = context.Queue()
    jobs = (counting, cutting, publishing)
    workers = [context.Process(target=_work, args=(job, home, campaign, results)) for job in jobs]
    for worker in workers:
        worker.start()
    victims = [row["email"] for row in deliverable[:3]]
    for victim in victims:
        add_ban(register_store, BanRequest(via="web", email=victim))
    done = dict(results.get(timeout=300) for _ in workers)
    for worker in workers:
        worker.join(60)
    assert all(isinstance(outcome, list) for outcome in done.values()), done
    assert done["counting"] == [150] * 12
    assert len(set(done["publishing"])) == 3
    for extract in done["cutting"]:
        rows = read_csv(Path(extract["files"][0]["path"]))
        assert len(rows) == extract["rows"] == 150 + extract["seeds"]
    last = cut(register_store, place(register_store, campaign, CRITERIA)["order"])
    assert set(victims).isdisjoint({row["email"] for row in read_csv(Path(last["files"][0]["path"]))})
