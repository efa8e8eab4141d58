"""Contact pressure: who is in as many running campaigns as may be is in no other (setting pressure_campaigns)."""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from sqlalchemy import select, update

from core.clock import fixed_clock
from extracts import orders, pressure
from extracts.count import count
from extracts.cut import cut
from ledger import cuts, tables
from ledger.store import Store, open_store
from register.link_keys import blinding
from schemas.criteria import read_criteria
from tests.moment import NOW
from tests.published import open_campaign
from tests.selection.test_earlier import write_manifest


def slow(store: Store, running: dict[str, list[str]], own: str, most: int) -> set[int]:
    """Count the campaigns of every token, one row after the other."""
    seen: Counter[bytes] = Counter()
    for campaign, manifests in running.items():
        rows = [row for name in manifests for row in pq.read_table(store.path(name)).to_pylist()]
        if campaign != own:
            seen.update({row["person"] for row in rows if row["number"] is not None})
    tokens = [token for token, number in seen.items() if number >= most]
    words = np.array([int.from_bytes(token[:8]) for token in tokens], dtype=np.uint64)
    return {int(word) for word in blinding(store.key("fingerprint")).blind(words)}


@pytest.mark.parametrize("most", [1, 2, 5])
def test_any_history_gives_what_counting_row_by_row_gives(store: Store, most: int) -> None:
    draw = random.Random(most)
    people = [draw.randbytes(16) for _ in range(60)]
    running: dict[str, list[str]] = {}
    made = found = 0
    for _ in range(25):
        for _ in range(draw.choice([0, 1, 2, 6])):
            made += 1
            campaign = f"campaign-{draw.randrange(30)}"
            wanted = draw.sample(people, draw.randrange(20))
            manifest = write_manifest(store, made, wanted, withheld=draw.sample(people, 2))
            running.setdefault(campaign, []).append(manifest)
        if running and draw.random() < 0.4:
            del running[draw.choice(list(running))]  # it is over
        if draw.random() < 0.15:
            for path in (store.home.manifests / "pressure").glob(draw.choice(["all.tally", "near.tally"])):
                path.write_bytes(path.read_bytes()[:-1])
        if draw.random() < 0.1:
            pressure.forget(store, [name for names in running.values() for name in names][:1])
        own = f"campaign-{draw.randrange(31)}"
        words = pressure.pressed(store, running=running, own=own, most=most)
        assert {int(word) for word in words} == slow(store, running, own, most)
        found += len(words)
    assert found > 20
    assert (store.home.manifests / "pressure" / "near.tally").exists()


def test_who_is_pressed_goes_to_nobody_else_and_nobody_is_told_why(published_home: Path, tmp_path: Path) -> None:
    store = _store(published_home, tmp_path, pressure_campaigns=2)
    file = tmp_path / "criteria.json"
    file.write_text(json.dumps({"organisation": {"kind": ["company"], "region": ["01"]}, "person": {"level": [1]}}))
    wanted = read_criteria(file)
    campaigns = [open_campaign(store, business_id=number) for number in ("6000001-0", "6000002-9", "6000003-7")]
    first = _statement(store, campaigns[0], wanted)
    for campaign in campaigns[:2]:
        cut(store, orders.place(store, campaign, wanted)["order"])
    third = _statement(store, campaigns[2], wanted)
    assert third["staff"]["pressed"] > 0
    assert third["to_deliver"] < first["to_deliver"] * 0.1  # withheld by both or by one of the two
    assert third["unavailable"] == sum(third["staff"].values())
    again = _statement(store, campaigns[0], wanted)
    assert again["staff"]["pressed"] == 0, "a campaign does not press itself"
    free = replace(store, settings=store.settings.model_copy(update={"pressure_campaigns": 0}))
    assert _statement(free, campaigns[2], wanted)["staff"]["pressed"] == 0
    with store.write() as tx:  # the second was over a month and a day ago
        tx.execute(
            update(tables.campaign).where(tables.campaign.c.campaign == campaigns[1])
            .values(ends_at=NOW - timedelta(days=31), starts_on=date(2026, 9, 1))
        )  # fmt: skip
        tx.audit("test.ended")
    assert _statement(store, campaigns[2], wanted)["staff"]["pressed"] == 0


def test_a_cut_made_meanwhile_presses_too(published_home: Path, tmp_path: Path) -> None:
    """Two unrelated customers cut at once: together they bring nobody over the limit."""
    store = _store(published_home, tmp_path, pressure_campaigns=2)
    file = tmp_path / "criteria.json"
    file.write_text(json.dumps({"organisation": {"kind": ["company"], "region": ["01"]}, "person": {"level": [1]}}))
    wanted = read_criteria(file)
    campaigns = [open_campaign(store, business_id=number) for number in ("6000001-0", "6000002-9", "6000003-7")]
    first, second, third = (orders.place(store, campaign, wanted)["order"] for campaign in campaigns)
    cut(store, first)
    between = iter([second])

    def overtaken(step: str) -> None:
        if step == "render" and (order := next(between, None)):
            cut(store, order)

    made = cut(store, third, checkpoint=overtaken)
    assert made["persons"] < cut_persons(store, second), "it was made again, without who is in two by now"
    with store.ledger.read() as connection:
        running = cuts.running(connection, now=store.now(), days=30)
    assert set(running) == set(campaigns)
    assert slow(store, running, own="", most=2)
    assert not slow(store, running, own="", most=3)


def cut_persons(store: Store, order: str) -> int:
    with store.ledger.read() as connection:
        query = select(tables.extract.c.persons).where(tables.extract.c.order == order)
        return int(connection.execute(query).scalar_one())


@pytest.mark.parametrize(
    ("starts", "ends", "closed", "counts"),
    [(-10, 10, None, True), (-60, -30, None, True), (-60, -31, None, False), (30, 40, None, True),
     (31, 40, None, False), (-90, 10, -31, False), (-90, 10, -29, True)],
)  # fmt: skip
def test_a_campaign_presses_for_some_days_before_and_after(
    published_home: Path, tmp_path: Path, starts: int, ends: int, closed: int | None, counts: bool
) -> None:
    store = _store(published_home, tmp_path)
    campaign = open_campaign(store)
    file = tmp_path / "criteria.json"
    file.write_text(json.dumps({"organisation": {"region": ["01"]}, "person": {"level": [1]}, "limit": 5}))
    cut(store, orders.place(store, campaign, read_criteria(file))["order"])
    moments = {"ends_at": NOW + timedelta(days=ends), "starts_on": (NOW + timedelta(days=starts)).date()}
    moments |= {"closed_at": None if closed is None else NOW + timedelta(days=closed)}
    with store.write() as tx:
        tx.execute(update(tables.campaign).where(tables.campaign.c.campaign == campaign).values(**moments))
        tx.audit("test.moved")
    with store.ledger.read() as connection:
        assert (campaign in cuts.running(connection, now=NOW, days=30)) is counts


def _store(published_home: Path, tmp_path: Path, **settings: Any) -> Store:
    import shutil

    from core.settings import load_settings

    home = tmp_path / "home"
    shutil.copytree(published_home, home)
    caps = {"row_cap": 100_000, "share_cap_percent": 100, "part_percent": 100}
    return open_store(load_settings(env={}, home=home, actor="tester", **(caps | settings)), clock=fixed_clock(NOW))


def _statement(store: Store, campaign: str, wanted: Any) -> dict[str, Any]:
    document = count(store, campaign, wanted)
    parts = ("unavailable", "already_received", "capped")
    assert document["selected"] - sum(document[part] for part in parts) == document["to_deliver"]
    return document
