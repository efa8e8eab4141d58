"""Which clock is trusted, and what happens when one is not (R036, T06)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.clock import system_clock
from core.errors import Refused, StoreError
from extracts.count import count
from extracts.cut import cut
from extracts.deliver import deliver
from ledger import bans, heartbeat, trusted_time
from ledger.store import Store
from schemas.criteria import parse_criteria
from tests.ending import house
from tests.gate import house as gate_house
from tests.postgres import Server

AT = datetime(2026, 11, 22, 9, tzinfo=UTC)
MINUTE = timedelta(seconds=60)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("clock", "seen", "server", "trusted"),
    [
        (AT, None, None, True),
        (AT, AT, None, True),
        (AT, AT + MINUTE, None, True),
        (AT, AT + MINUTE + SECOND, None, False),
        (AT, AT + timedelta(hours=2), None, False),
        (AT, AT - timedelta(days=400), None, True),
        (AT, AT, AT + MINUTE, True),
        (AT, AT, AT - MINUTE, True),
        (AT, AT, AT + MINUTE + SECOND, False),
        (AT, AT, AT - MINUTE - SECOND, False),
        (AT, AT + timedelta(hours=2), AT, False),
    ],
)
def test_R036_a_clock_is_trusted_within_a_minute(
    clock: datetime, seen: datetime | None, server: datetime | None, trusted: bool
) -> None:
    assert trusted_time.agrees(clock, seen=seen, reference=server) is trusted


def test_T06_a_slow_node_cuts_and_delivers_nothing_while_others_go_on(any_store: Store, tmp_path: Path) -> None:
    people = house.register(any_store)
    made = house.cut(any_store, people)
    wanted = {"organisation": {"kind": ["company"]}, "person": {"responsibility": ["IT"]}}
    deal = gate_house.deal(any_store, number=2, criteria=wanted)
    criteria = parse_criteria(wanted)
    slow = house.other_node(any_store, house.NOW - MINUTE - SECOND)
    for act in (lambda: deliver(slow, made.extract, tmp_path / "out"), lambda: cut(slow, deal.order["order"])):
        with pytest.raises(StoreError) as refused:
            act()
        assert refused.value.code == "clock_untrusted"
    assert not (tmp_path / "out").exists()
    count(slow, made.campaign, criteria)  # counting gives nothing away
    nearly = house.other_node(any_store, house.NOW - MINUTE)
    deliver(nearly, made.extract, tmp_path / "out")


def test_T06_signs_of_life_never_go_back(any_store: Store) -> None:
    heartbeat.beat(any_store.ledger, at=house.NOW + timedelta(hours=1))
    heartbeat.beat(any_store.ledger, at=house.NOW)
    with any_store.write() as tx:  # a ban by a slow node
        bans.move_fence(tx)
        tx.audit("test.ban")
    with any_store.ledger.read() as connection:
        assert trusted_time.seen(connection) == heartbeat.last_beat(connection) == house.NOW + timedelta(hours=1)


def test_R036_two_persons_may_say_that_an_instant_was_seen_by_mistake(any_store: Store, tmp_path: Path) -> None:
    """A host that once ran in the year 2030 must not stop deliveries until then."""
    made = house.cut(any_store, house.register(any_store))
    wrong = house.other_node(any_store, datetime(2030, 1, 1, tzinfo=UTC))
    with wrong.write() as tx:
        tx.audit("test.future")
    heartbeat.beat(any_store.ledger, at=wrong.now())
    with any_store.ledger.read() as connection:
        assert trusted_time.status(any_store, connection)["trusted"] is False
    for evidence, approver in (("", "liisa"), ("NTP", ""), ("NTP", "tester")):
        with pytest.raises(Refused) as refused, any_store.write() as tx:
            trusted_time.accept(tx, evidence=evidence, approver=approver)
        assert refused.value.code == "clock_needs_two"
    with any_store.write() as tx:
        trusted_time.accept(tx, evidence="host was in 2030 until NTP came up", approver="liisa")
    with any_store.ledger.read() as connection:
        assert trusted_time.seen(connection) == house.NOW
    deliver(any_store, made.extract, tmp_path / "out")


def test_R036_the_database_servers_clock_is_asked_too(any_store: Store) -> None:
    with any_store.ledger.read() as connection:
        server = trusted_time.reference(connection)
    if any_store.ledger.engine.dialect.name == "sqlite":
        assert server is None
    else:
        assert server is not None
        assert abs(server - system_clock()) < MINUTE


def test_R036_a_node_two_hours_from_its_database_server_is_not_trusted(
    tmp_path: Path, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both ways, though nothing was ever seen; a clock that a test sets is not the machine's and is not compared."""
    node = house.Hands(system_clock())
    with house.store_at(house.NOW, tmp_path / "home", ledger_url=postgres.database()) as store:
        monkeypatch.setattr("ledger.trusted_time.seen", lambda _: None)
        with store.ledger.read() as connection:
            trusted_time.check(store, connection)
            monkeypatch.setattr("ledger.trusted_time.system_clock", node)
            machine = replace(store, clock=node)
            trusted_time.check(machine, connection)
            for apart in (timedelta(hours=-2), timedelta(hours=2)):
                node.at = system_clock() + apart
                with pytest.raises(StoreError) as refused:
                    trusted_time.check(machine, connection)
                assert refused.value.code == "clock_untrusted"
