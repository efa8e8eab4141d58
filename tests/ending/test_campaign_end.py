"""The end of a campaign: to the second, and nothing of it is left in the home (R035, R036, T06)."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from core.clock import day_end
from core.errors import LicenceRefused
from extracts import ending, gate, prepared
from extracts.deliver import deliver
from ledger import audit, customers, cuts, endings, heartbeat, integrity, tables
from ledger.store import Store
from tests.ending import house
from tests.gate import house as gate_house
from tests.gate.test_crash import kill_at

SECOND = house.SECOND


class Killed(Exception):
    """The power went."""


def kill_at_step(step: str) -> Any:
    def die(here: str) -> None:
        if here == step:
            raise Killed

    return die


def end_of(store: Store, extract: str) -> dict[str, Any] | None:
    with store.ledger.read() as connection:
        return endings.end(connection, extract)


def actions(store: Store) -> list[str]:
    with store.ledger.read() as connection:
        return list(connection.execute(select(tables.audit.c.action).order_by(tables.audit.c.seq)).scalars())


@pytest.mark.parametrize(
    ("last_day", "end"),
    [
        (date(2026, 1, 31), datetime(2026, 1, 31, 22, tzinfo=UTC)),
        (date(2026, 3, 28), datetime(2026, 3, 28, 22, tzinfo=UTC)),
        (date(2026, 3, 29), datetime(2026, 3, 29, 21, tzinfo=UTC)),
        (date(2026, 6, 30), datetime(2026, 6, 30, 21, tzinfo=UTC)),
        (date(2026, 10, 24), datetime(2026, 10, 24, 21, tzinfo=UTC)),
        (date(2026, 10, 25), datetime(2026, 10, 25, 22, tzinfo=UTC)),
        (date(2026, 12, 31), datetime(2026, 12, 31, 22, tzinfo=UTC)),
    ],
    ids=["winter", "before clocks go on", "clocks go on", "summer", "before clocks go back", "clocks go back", "year"],
)
def test_R035_R036_an_extract_is_delivered_until_the_last_second_and_gone_at_the_end(
    tmp_path: Path, last_day: date, end: datetime
) -> None:
    """DST nights of 29.3. and 25.10. included: at the end the door says so, and the bytes are off the disk."""
    with house.store_at(end - timedelta(days=3), tmp_path / "home") as store:
        people = house.register(store)
        made = house.cut(store, people, last_day=last_day)
        house.set_clock(store, end - SECOND)
        deliver(store, made.extract, tmp_path / "out")
        copies = prepared.measure(store, made.extract)[0]
        token = house.rows_of(tmp_path / "out")[0]["ban_url"]
        assert house.holds(store.home.root, token)
        house.set_clock(store, end)
        with pytest.raises(LicenceRefused) as refused:
            deliver(store, made.extract, tmp_path / "late")
        assert refused.value.code == "campaign_ended"
        assert not (tmp_path / "late").exists()
        assert house.holds(store.home.root, token) == []
        recorded = end_of(store, made.extract)
        assert recorded is not None
        assert (recorded["ended_at"], recorded["removed_at"], recorded["files"]) == (end, end, copies)
        assert recorded["due_at"] == day_end(last_day + timedelta(days=14))


def test_R035_the_sweep_deletes_the_copies_once_and_says_so(any_store: Store, tmp_path: Path) -> None:
    people = house.register(any_store)
    made = house.delivered(any_store, people, tmp_path / "out")
    undelivered = house.cut(any_store, people, number=2)
    running = house.cut(any_store, people, number=3, last_day=date(2026, 12, 15))
    assert ending.sweep(any_store) == []
    copies = prepared.measure(any_store, made.extract)[0]
    assert copies >= 2
    house.set_clock(any_store, house.END)
    swept = {row["extract"]: row for row in ending.sweep(any_store)}
    assert set(swept) == {made.extract, undelivered.extract}
    assert swept[made.extract]["disposal_due"] == day_end(date(2026, 12, 14))
    assert swept[undelivered.extract]["disposal_due"] is None, "nobody has to dispose of what it never got"
    assert swept[made.extract]["files"] == copies
    assert list(prepared.lying(any_store)) == [running.extract]
    assert [a for a in actions(any_store) if a in ("extract.ended", "extract.copies_removed")] == [
        "extract.ended", "extract.copies_removed", "extract.ended", "extract.copies_removed",
    ]  # fmt: skip
    before = actions(any_store)
    assert ending.sweep(any_store) == []
    assert ending.sweep_strays(any_store) == []
    assert actions(any_store) == before


@pytest.mark.parametrize("step", ["recorded", "removed"])
def test_R035_a_sweep_that_is_killed_is_ended_by_the_next(any_store: Store, tmp_path: Path, step: str) -> None:
    made = house.delivered(any_store, house.register(any_store), tmp_path / "out")
    copies = prepared.measure(any_store, made.extract)[0]
    house.set_clock(any_store, house.END)
    with pytest.raises(Killed):
        ending.sweep(any_store, checkpoint=kill_at_step(step))
    recorded = end_of(any_store, made.extract)
    assert recorded is not None
    assert recorded["removed_at"] is None, "nobody says that copies are gone before they are"
    house.set_clock(any_store, house.END + timedelta(minutes=1))
    [row] = ending.sweep(any_store)
    assert row["extract"] == made.extract
    recorded = end_of(any_store, made.extract)
    assert recorded is not None
    assert (recorded["files"], recorded["removed_at"]) == (copies, house.END + timedelta(minutes=1))
    assert list(prepared.lying(any_store)) == []
    assert actions(any_store).count("extract.ended") == actions(any_store).count("extract.copies_removed") == 1


def test_R035_a_half_deleted_directory_is_deleted_whole(store: Store, tmp_path: Path) -> None:
    made = house.delivered(store, house.register(store), tmp_path / "out")
    copies = prepared.measure(store, made.extract)[0]
    next(prepared.directory(store, made.extract).glob("*.csv")).unlink()
    house.set_clock(store, house.END)
    assert [row["files"] for row in ending.sweep(store)] == [copies - 1]
    assert list(prepared.lying(store)) == []


def test_R035_what_comes_back_after_the_end_and_what_was_revoked_is_removed_as_well(
    store: Store, tmp_path: Path
) -> None:
    people = house.register(store)
    ended, revoked = house.cut(store, people), house.cut(store, people, number=2, last_day=date(2026, 12, 15))
    shutil.copytree(prepared.directory(store, ended.extract), tmp_path / "backup")
    house.set_clock(store, house.END)
    ending.sweep(store)
    shutil.copytree(tmp_path / "backup", prepared.directory(store, ended.extract))
    with store.write() as tx:
        cuts.end(tx, revoked.extract, event="revoked", reason="wrong list")
    assert ending.sweep_strays(store) == sorted([ended.extract, revoked.extract])
    assert list(prepared.lying(store)) == []


def test_R035_a_campaign_closed_early_is_over_at_once(any_store: Store, tmp_path: Path) -> None:
    made = house.delivered(any_store, house.register(any_store), tmp_path / "out")
    with any_store.write() as tx:
        customers.close_campaign(tx, made.campaign)
    with pytest.raises(LicenceRefused) as refused:
        deliver(any_store, made.extract, tmp_path / "late")
    assert refused.value.code == "campaign_closed"
    recorded = end_of(any_store, made.extract)
    assert recorded is not None
    assert recorded["ended_at"] == house.NOW
    assert recorded["due_at"] == day_end(date(2026, 12, 8)), "fourteen days after the day it was closed"


def test_T06_the_end_stays_the_end_when_the_clock_is_set_back_two_hours(any_store: Store, tmp_path: Path) -> None:
    made = house.cut(any_store, house.register(any_store))
    house.set_clock(any_store, house.END)
    ending.sweep(any_store)
    house.set_clock(any_store, house.END - timedelta(hours=2))
    with pytest.raises(LicenceRefused) as refused:
        deliver(any_store, made.extract, tmp_path / "out")
    assert refused.value.code == "campaign_ended"


def test_T06_a_sign_of_life_after_the_end_is_enough_to_know_that_it_is_over(any_store: Store, tmp_path: Path) -> None:
    """Nothing was audited since the end; the primary's heartbeat tells a node that is two hours slow."""
    made = house.cut(any_store, house.register(any_store))
    heartbeat.beat(any_store.ledger, at=house.END)
    slow = house.other_node(any_store, house.END - timedelta(hours=2))
    with pytest.raises(LicenceRefused) as refused:
        deliver(slow, made.extract, tmp_path / "out")
    assert refused.value.code == "campaign_ended"
    assert not prepared.directory(any_store, made.extract).exists()


def test_T06_a_delivery_that_the_end_overtakes_leaves_not_one_byte(
    any_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = house.cut(any_store, house.register(any_store))
    house.set_clock(any_store, house.END - SECOND)
    copy = shutil.copyfile

    def slow_copy(source: Any, target: Any) -> Any:
        done = copy(source, target)
        house.set_clock(any_store, house.END)
        return done

    monkeypatch.setattr("extracts.deliver.shutil.copyfile", slow_copy)
    with pytest.raises(LicenceRefused) as refused:
        deliver(any_store, made.extract, tmp_path / "out")
    assert refused.value.code == "campaign_ended"
    assert list((tmp_path / "out").iterdir()) == []
    with any_store.ledger.read() as connection:
        assert cuts.deliveries(connection, made.extract) == []


def test_T06_a_cut_that_the_end_overtakes_is_not_released(any_store: Store) -> None:
    people = house.register(any_store)
    deal = gate_house.deal(any_store)
    house.set_clock(any_store, house.END - SECOND)

    def late(step: str) -> None:
        if step == "hash":
            house.set_clock(any_store, house.END)

    with pytest.raises(LicenceRefused) as refused:
        gate_house.release(any_store, deal, gate_house.pool_of(people), checkpoint=late)
    assert refused.value.code == "campaign_ended"
    assert list(prepared.lying(any_store)) == []
    assert list(any_store.home.staging.glob("extract-*")) == []


def test_R036_T16_an_extract_left_in_staging_is_not_published_after_the_end(store: Store) -> None:
    house.register(store)
    gate_house.deal(store)
    kill_at(store, "committed")
    house.set_clock(store, house.END)
    assert len(gate.recover(store)["void"]) == 1
    assert list(prepared.lying(store)) == []


def test_R032_a_delivery_that_cannot_be_recorded_leaves_no_file(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under its own name a file is seen only when the ledger has the delivery."""
    made = house.cut(store, house.register(store))
    seen: list[str] = []

    def fail(*_: Any, **__: Any) -> str:
        seen.extend(path.name for path in (tmp_path / "out").iterdir() if not path.name.startswith("."))
        raise Killed

    monkeypatch.setattr("extracts.deliver.cuts.record_delivery", fail)
    with pytest.raises(Killed):
        deliver(store, made.extract, tmp_path / "out")
    assert seen == []
    assert list((tmp_path / "out").iterdir()) == []


def test_R071_a_missing_prepared_file_asks_for_a_new_cut(store: Store, tmp_path: Path) -> None:
    made = house.cut(store, house.register(store))
    prepared.remove(store, made.extract)
    prepared.remove(store, made.extract)
    with pytest.raises(LicenceRefused) as refused:
        deliver(store, made.extract, tmp_path / "out")
    assert refused.value.code == "extract_files_gone"


def test_R036_the_audit_of_an_end_holds(any_store: Store, tmp_path: Path) -> None:
    house.delivered(any_store, house.register(any_store), tmp_path / "out")
    house.set_clock(any_store, house.END)
    ending.sweep(any_store)
    house.set_clock(any_store, house.END - timedelta(hours=2))
    with any_store.write() as tx:
        tx.audit("test.late")
    assert integrity.examine(any_store).breaks == []
    with any_store.ledger.read() as connection:
        [row] = audit.entries(connection, action="test.late", limit=1)
    assert row["at"] == house.END, "the audit's time never goes back"
    assert row["ids"]["clock"] == (house.END - timedelta(hours=2)).isoformat()
