"""A prepared extract lies ready for three deliveries, seven days, or until its campaign ends (R071)."""

from __future__ import annotations

import os
from datetime import date, timedelta
from pathlib import Path

import pytest

from core.clock import day_end
from core.errors import LicenceRefused
from extracts import ending, readiness
from extracts.cut import cut
from extracts.deliver import deliver
from extracts.gate.seeds import stock_fictitious
from extracts.orders import place
from ledger import customers, cuts, endings
from ledger.readiness import Ready
from ledger.store import Store
from subjects import retention
from subjects.retention import holding
from tests.moment import NOW
from tests.published import open_campaign
from tests.retention import house
from tests.retention.house import CRITERIA, at, people, planned

ENDS = date(2026, 12, 20)
MARKER = b"aalto@a.example"


@pytest.fixture
def ready(store: Store) -> tuple[Store, str]:
    """An extract that lies ready."""
    house.register(store, people("Aalto", "Berg"))
    stock_fictitious(store, 20)
    campaign = open_campaign(store, channels=("email",), ends_on=ENDS)
    return store, str(cut(store, place(store, campaign, CRITERIA)["order"])["extract"])


def on_disk(store: Store) -> list[str]:
    """Files of the home, outside register and sources, that hold an address of the extract."""
    return [
        str(path.relative_to(store.home.root))
        for place in (store.home.deliveries, store.home.staging, store.home.manifests, store.home.temporary)
        for path in place.rglob("*")
        if path.is_file() and MARKER in path.read_bytes()
    ]


@pytest.mark.parametrize(
    ("state", "deliveries", "after", "over"),
    [
        ("released", 0, timedelta(0), False),
        ("released", 2, timedelta(days=6), False),
        ("released", 3, timedelta(0), True),
        ("released", 4, timedelta(days=1), True),
        ("released", 0, timedelta(days=7), False),
        ("released", 0, timedelta(days=8), True),
        ("released", 0, timedelta(days=3), True),
        ("revoked", 0, timedelta(0), True),
        ("void", 0, timedelta(0), True),
    ],
)
def test_R071_what_ends_first_ends_it(state: str, deliveries: int, after: timedelta, over: bool) -> None:
    ends = NOW + timedelta(days=3) if after == timedelta(days=3) else day_end(ENDS)
    found = Ready("extract-x", state, NOW, ends, deliveries)
    now = NOW + after
    assert readiness.over(found, now=now, today=now.date()) == over


def test_R071_the_third_delivery_takes_the_files_away(ready: tuple[Store, str], tmp_path: Path) -> None:
    store, extract = ready
    for number in (1, 2, 3):
        assert on_disk(store) == [f"deliveries/{extract}/{extract}.csv"]
        deliver(store, extract, tmp_path / str(number))
    assert on_disk(store) == []
    assert not (store.home.deliveries / extract).exists()
    with pytest.raises(LicenceRefused) as caught:
        deliver(store, extract, tmp_path / "4")
    assert caught.value.code == "extract_expired"
    assert MARKER in (tmp_path / "3" / f"{extract}.csv").read_bytes(), "what was handed over is the recipient's"


def test_R071_after_seven_days_it_is_refused_and_the_next_run_takes_it_away(
    ready: tuple[Store, str], tmp_path: Path
) -> None:
    """The clock to the day; the disk is looked through."""
    store, extract = ready
    seventh = at(store, NOW + timedelta(days=7))
    assert planned(seventh)["files deliveries"] == set()
    deliver(seventh, extract, tmp_path / "out")
    eighth = at(store, day_end(seventh.today()))
    with pytest.raises(LicenceRefused) as caught:
        deliver(eighth, extract, tmp_path / "late")
    assert caught.value.code == "extract_expired"
    assert on_disk(store) == [f"deliveries/{extract}/{extract}.csv"]
    assert planned(eighth)["files deliveries"] == {extract}
    assert retention.run(eighth)["disposed"] == {"files deliveries": 1}
    assert on_disk(store) == []
    with store.ledger.read() as connection:
        assert cuts.extract(connection, extract)["state"] == "released", "the row says what was released"


def test_R035_R071_at_the_end_of_the_campaign_it_goes_and_the_end_is_recorded(ready: tuple[Store, str]) -> None:
    store, extract = ready
    with store.write() as tx:
        with store.ledger.read() as connection:
            campaign = cuts.extract(connection, extract)["campaign"]
        customers.close_campaign(tx, campaign)
    over = at(store, NOW + timedelta(minutes=1))
    assert planned(over)["files deliveries"] == {extract}
    assert retention.run(over)["disposed"]["files deliveries"] == 1
    assert on_disk(store) == []
    with store.ledger.read() as connection:
        end = endings.end(connection, extract)
    assert end is not None
    assert end["files"] > 0
    assert end["removed_at"] is not None


def test_R071_a_revoked_extract_and_what_no_extract_is_called_after_go(ready: tuple[Store, str]) -> None:
    store, extract = ready
    stray = store.home.deliveries / "extract-unknown"
    stray.mkdir()
    (stray / "rows.csv").write_bytes(MARKER)
    old = (NOW - timedelta(days=9)).timestamp()
    os.utime(stray / "rows.csv", (old, old))
    os.utime(stray, (old, old))
    with store.write() as tx:
        cuts.end(tx, extract, event="revoked", reason="test")
    assert planned(store)["files deliveries"] == {extract, "extract-unknown"}
    retention.run(store)
    assert on_disk(store) == []


def test_R075_a_hold_keeps_the_files_and_nobody_gets_them(ready: tuple[Store, str], tmp_path: Path) -> None:
    """R075: neither the last delivery, nor the end of the campaign, nor a run takes them away."""
    store, extract = ready
    named = ("files", "deliveries", extract)
    hold = holding.place(store, case="HO 1", reason="claim", review_on=date(2028, 1, 1), rows=[named])["hold"]
    for number in (1, 2, 3):
        deliver(store, extract, tmp_path / str(number))
    assert on_disk(store)
    over = at(store, day_end(ENDS) + timedelta(days=1))
    ending.sweep(over)
    ending.sweep_strays(over)
    assert retention.run(over)["held"] == 1
    assert on_disk(store)
    with pytest.raises(LicenceRefused):
        deliver(over, extract, tmp_path / "4")
    holding.release(over, hold, reason="settled")
    retention.run(over)
    assert on_disk(store) == []
