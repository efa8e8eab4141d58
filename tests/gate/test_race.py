"""Cutters against bans: whatever the order of events, no ban is ever in an extract that knows of it (R014, M1, M2)."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date

from core.errors import FenceMoved
from extracts.gate import manifest, seeds
from ledger import bans, cuts
from ledger.store import Store
from tests.gate import house

CUTTERS, CUTS, BANS = 3, 4, 12


def test_no_extract_holds_a_person_banned_before_its_fence(any_store: Store) -> None:
    """A naive watermark let such cuts through on PostgreSQL."""
    store = any_store
    rows = house.people(60)
    house.publish(store, rows)
    seeds.stock_fictitious(store, 400)
    deals = [house.deal(store, number=number) for number in range(CUTTERS * CUTS)]
    start = threading.Barrier(CUTTERS + 1)
    under_way = threading.Semaphore(0)

    def watch(step: str) -> None:
        if step == "minimise":  # the bans have been read, nothing is committed
            under_way.release()

    def cut(made: house.Deal) -> None:
        while True:
            with store.ledger.read() as connection:
                fence = bans.fence_value(connection)
                banned = set(bans.blocked(connection, channels=["email"]).persons.to_pylist())
            try:
                free = house.pool_of([row for row in rows if row.person not in banned])
                house.release(store, made, free, fence=fence, checkpoint=watch)
            except FenceMoved:
                continue
            return

    def cutter(mine: list[house.Deal]) -> None:
        start.wait()
        for made in mine:
            cut(made)

    def banner() -> dict[int, int]:
        start.wait()
        filed = {}
        for person in range(1001, 1001 + BANS):
            under_way.acquire(timeout=60)
            with store.write() as tx:
                bans.lock_fence(tx)
                _, fence = bans.record(
                    tx,
                    target="person",
                    via="phone",
                    received_on=date(2026, 11, 22),
                    channel=None,
                    keys=[],
                    key_id="t",
                    hits=[("person", person, False)],
                )
            filed[person] = fence
        return filed

    with ThreadPoolExecutor(CUTTERS + 1) as threads:
        cutting = [threads.submit(cutter, deals[number::CUTTERS]) for number in range(CUTTERS)]
        filed = threads.submit(banner).result()
        for work in cutting:
            work.result()

    with store.ledger.read() as connection:
        extracts = cuts.extracts(connection)
    assert len(extracts) == CUTTERS * CUTS
    assert len(filed) == BANS, "no ban was ever the loser"
    unit = store.key("fingerprint").derive("unit")
    tokens = {row.person: unit.mac(row.nonce.encode())[:16] for row in rows}
    for extract in extracts:
        table, _ = manifest.read(store.path(extract["manifest"]))
        delivered = {row["unit"] for row in table.to_pylist() if row["number"] is not None}
        for person, fence in filed.items():
            assert tokens[person] not in delivered or fence > extract["fence"]
