"""Cutters against bans, each in a process of its own: whatever the order of events, the ban wins (R014, M1, M2).

One round: a small register, one campaign per cutter; the cutters place and cut orders without a pause while others file
bans. Afterwards every extract's manifest is read and compared with the bans that were committed before it.
"""

from __future__ import annotations

import multiprocessing
import os
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from multiprocessing.context import SpawnProcess
from multiprocessing.queues import Queue
from pathlib import Path
from typing import Any

import pyarrow.compute as pc

from core.clock import fixed_clock
from core.errors import FenceMoved
from core.settings import Settings, load_settings
from extracts.cut import cut
from extracts.gate import manifest
from extracts.gate.seeds import stock_fictitious
from extracts.orders import place
from ledger import bans, customers, cuts
from ledger.store import Store, create_store, open_store
from register.publish import publish
from schemas import codes
from schemas.criteria import parse_criteria
from subjects.ban_request import BanRequest
from subjects.bans import add_ban
from tests.gate import house
from tests.register.contents import rows
from tests.register.loads import load, organisation, position

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
ROWS = 25
CRITERIA = parse_criteria(
    {"organisation": {"kind": list(codes.KINDS)}, "person": {"level": [1, 2, 3, 4]}, "limit": ROWS}
)
_WAIT = 1800
_FIRST_CUT = "first-cut.done"


@dataclass
class Round:
    """What one round did."""

    bans: int = 0
    failed_bans: list[str] = field(default_factory=list)
    extracts: int = 0
    retried: int = 0
    """Cuts that gave up after their tries and were asked for again: the ban is never the loser, the cut may be."""
    violations: int = 0
    """Rows released although their ban was committed before: must be none."""
    raced: int = 0
    """Extracts that were cut while bans were being filed: without any, nothing was put to the test."""
    seconds: float = 0.0


def _settings(home: Path, url: str | None) -> Settings:
    return load_settings(
        env={}, home=home, actor="stress", ledger_url=url, row_cap=100_000, share_cap_percent=100, threads=1
    )


def _business_id(number: int) -> str | None:
    """An invented Y-tunnus with a right check digit; None where the number has none."""
    digits = f"{3_000_000 + number}"
    rest = sum(int(digit) * weight for digit, weight in zip(digits, (7, 9, 10, 5, 8, 4, 2), strict=True)) % 11
    return None if rest == 1 else f"{digits}-{(11 - rest) % 11}"


def prepare(home: Path, url: str | None, *, cutters: int, persons: int) -> tuple[Store, list[str]]:
    """A store with a register of so many persons and a campaign for each cutter."""
    store = create_store(_settings(home, url), clock=fixed_clock(NOW))
    plain = [row.first_name for row in house.people(persons)]
    firms = [business_id for business_id in map(_business_id, range(1, persons)) if business_id][: persons // 2]
    load(
        store,
        "own",
        [organisation(business_id) for business_id in firms],
        [
            position(f"P{n}", f"{name} Suku{n}", firms[n % len(firms)], email=f"p{n}@firma.example")
            for n, name in enumerate(plain)
        ],
    )
    publish(store)
    stock_fictitious(store, 3000)
    with store.write() as tx:
        customer = customers.add_customer(
            tx, name="Asiakas Oy", business_id="6000001-0", country="FI", parent=None, contact="a@asiakas.example"
        )
        agreement = customers.add_agreement(
            tx, customer_id=customer, mode="campaign", starts_on=date(2026, 1, 1), ends_on=date(2027, 12, 31)
        )
        campaigns = [
            customers.open_campaign(
                tx, agreement_id=agreement, end_customer=None, name=f"K{number}", subject=["IT"], purpose="sales",
                channels=["email"], starts_on=date(2026, 11, 1), ends_on=date(2026, 12, 20), max_days=90,
            )
            for number in range(cutters)
        ]  # fmt: skip
    return store, campaigns


class Crew:
    """Processes that live through many rounds, for starting one costs more than a round."""

    def __init__(self, *, cutters: int, banners: int, nice: int = 0) -> None:
        """``nice``: how far cutters stand back; where they outnumber the cores they make a round long, not harder."""
        self.cutters, self.banners = cutters, banners
        self._sound = True
        context = multiprocessing.get_context("spawn")
        self._barrier = context.Barrier(cutters + banners)
        self._results: Queue[Any] = context.Queue()
        self._tasks: list[Queue[Any]] = [context.Queue() for _ in range(cutters + banners)]
        self._workers: list[SpawnProcess] = [
            context.Process(
                target=_work, args=(tasks, self._results, self._barrier, nice if at < cutters else 0), daemon=True
            )
            for at, tasks in enumerate(self._tasks)
        ]
        for worker in self._workers:
            worker.start()

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, *_: object) -> None:
        for tasks in self._tasks:
            tasks.put(None)
        for worker in self._workers:
            worker.join(10 if self._sound else 0)
            if worker.is_alive():
                worker.terminate()

    def round(self, home: Path, url: str | None, *, filed: int, persons: int, least: int = 1) -> Round:
        """One round with ``filed`` bans; every cutter cuts until the last is filed, and at least ``least`` times."""
        store, campaigns = prepare(home, url, cutters=self.cutters, persons=persons)
        started = time.perf_counter()
        emails = [f"p{n}@firma.example" for n in range(filed)]
        for number, tasks in enumerate(self._tasks):
            if number < self.cutters:
                tasks.put(("cut", home, url, campaigns[number], least, self.banners))
            else:
                mine = number - self.cutters
                tasks.put(("ban", home, url, emails[mine :: self.banners], mine))
        outcome = Round()
        for _ in self._tasks:
            what, done = self._results.get(timeout=_WAIT)
            if what == "failed":
                self._sound = False
                raise RuntimeError(done)
            if what == "cut":
                outcome.retried += done
            else:
                outcome.bans += done[0]
                outcome.failed_bans += done[1]
        outcome.seconds = time.perf_counter() - started
        _judge(store, outcome)
        store.ledger.close()
        return outcome


def _work(tasks: Queue[Any], results: Queue[Any], barrier: Any, nice: int) -> None:
    os.nice(nice)
    while (task := tasks.get()) is not None:
        what, home, url, *rest = task
        try:
            store = open_store(_settings(home, url), clock=fixed_clock(NOW))
            barrier.wait(_WAIT)
            results.put((what, _cut(store, *rest) if what == "cut" else _ban(store, *rest)))
            store.ledger.close()
        except BaseException:  # noqa: BLE001  the parent shows it
            results.put(("failed", traceback.format_exc()))
            return


def _cut(store: Store, campaign: str, least: int, banners: int) -> int:
    """Cut until all banners are done, and at least ``least`` times; returns how many cuts had to be asked for again."""
    done = retried = 0
    while done < least or len(list(store.home.root.glob("banner-*.done"))) < banners:
        try:
            cut(store, place(store, campaign, CRITERIA)["order"])
            done += 1
            (store.home.root / _FIRST_CUT).touch()
        except FenceMoved:
            retried += 1
    return retried


def _ban(store: Store, emails: Sequence[str], mine: int) -> tuple[int, list[str]]:
    """File the bans; half of them wait for the first cut, so that some come before one and some after."""
    filed, failed = 0, []
    try:
        for number, email in enumerate(emails):
            if number == len(emails) // 2:
                _await(store.home.root / _FIRST_CUT)
            try:
                filed += add_ban(store, BanRequest(via="web", email=email))["matched"] == 1
            except Exception as error:  # noqa: BLE001  a ban that fails is what the round looks for
                failed.append(f"{type(error).__name__}: {error}")
    finally:
        (store.home.root / f"banner-{mine}.done").touch()
    return filed, failed


def _await(file: Path) -> None:
    until = time.monotonic() + _WAIT
    while not file.exists():
        if time.monotonic() > until:
            raise TimeoutError(file.name)
        time.sleep(0.02)


def _judge(store: Store, outcome: Round) -> None:
    """Compare every manifest with the bans committed before its release."""
    with store.ledger.read() as connection:
        extracts = cuts.extracts(connection)
        filed = {ban["ban"]: ban["fence"] for ban in bans.list_bans(connection)}
        fences = {
            hit["id"]: fence for ban, fence in filed.items() for hit in bans.show(connection, ban)["hits"]
        }  # fmt: skip
    unit = store.key("fingerprint").derive("unit")
    seats = rows(store, "position", "position").values()
    token = {unit.mac(str(row["nonce"]).encode())[:16]: row["person"] for row in seats}
    last = max(fences.values(), default=0)
    for extract in extracts:
        outcome.extracts += 1
        outcome.raced += extract["fence"] < last
        listed, _ = manifest.read(store.path(extract["manifest"]))
        delivered = listed.filter(pc.is_valid(listed["number"]))["unit"].to_pylist()
        if len(delivered) != extract["persons"] or not set(delivered) <= set(token):
            raise RuntimeError(f"extract {extract['extract']} cannot be judged")
        outcome.violations += sum(fences.get(token[one], last + 1) <= extract["fence"] for one in delivered)
