"""Sources and loads in the ledger, on both databases."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from core.errors import InvalidTransition, NotFound
from ledger import sources, tables
from ledger.store import Store


def record(store: Store, source: str, *, kind: str = "organisations", mode: str = "full", **more: Any) -> int:
    with store.write() as tx:
        sources.ensure_source(tx, source, priority=more.get("priority"), ground=more.get("ground"))
        return sources.record_load(
            tx,
            source=source,
            kind=kind,
            mode=mode,
            files=[{"name": "a.csv", "sha256": "0" * 64}],
            data="sources/x.parquet",
            data_sha256="1" * 64,
            quarantine_file=None,
            counts={"read": 3, "accepted": 1, "quarantined": 1, "suppressed": 1},
            reasons={"name_missing": 1},
            obtained_on=date(2026, 11, 22),
        )


def live(store: Store, kind: str | None = None) -> list[int]:
    with store.ledger.read() as connection:
        return [load.load for load in sources.live_loads(connection, kind=kind)]


def test_a_full_load_replaces_the_earlier_ones_of_its_source_and_kind_and_updates_add(any_store: Store) -> None:
    first = record(any_store, "prh")
    other_kind = record(any_store, "prh", kind="positions")
    other_source = record(any_store, "crm")
    update = record(any_store, "prh", mode="update")
    assert live(any_store) == [first, other_kind, other_source, update]
    newest = record(any_store, "prh")
    assert live(any_store) == [other_kind, other_source, newest]
    assert live(any_store, "positions") == [other_kind]


def test_priority_defaults_to_the_order_of_creation_and_can_be_changed(any_store: Store) -> None:
    record(any_store, "first")
    record(any_store, "second")
    record(any_store, "vip", priority=5)
    record(any_store, "third", ground="consent")
    with any_store.ledger.read() as connection:
        assert [(s.source, s.priority) for s in sources.sources(connection)] == [
            ("vip", 5),
            ("first", 10),
            ("second", 20),
            ("third", 30),
        ]
        assert sources.find_source(connection, "third").ground == "consent"
        assert sources.find_source(connection, "first").ground == "GDPR 6(1)(f)"
    with any_store.write() as tx:
        sources.set_priority(tx, "third", 1)
    with any_store.ledger.read() as connection:
        assert sources.sources(connection)[0].source == "third"
        assert {load.priority for load in sources.loads(connection) if load.source == "third"} == {1}


def test_quarantine_is_one_audited_act_and_takes_the_loads_out(any_store: Store) -> None:
    """R008."""
    load = record(any_store, "prh")
    with any_store.write() as tx:
        sources.quarantine(tx, "prh")
    assert live(any_store) == []
    with any_store.ledger.read() as connection:
        assert sources.quarantined_sources(connection) == {"prh"}
        actions = list(connection.execute(select(tables.audit.c.action).order_by(tables.audit.c.seq)).scalars())
    assert actions[-1] == "source.quarantined"
    with pytest.raises(InvalidTransition), any_store.write() as tx:
        sources.quarantine(tx, "prh")
    with any_store.write() as tx:
        sources.release(tx, "prh")
    assert live(any_store) == [load]
    with pytest.raises(InvalidTransition), any_store.write() as tx:
        sources.release(tx, "prh")


def test_an_unknown_source_is_not_found(any_store: Store) -> None:
    for act in (sources.quarantine, sources.release, lambda tx, source: sources.set_priority(tx, source, 1)):
        with pytest.raises(NotFound), any_store.write() as tx:
            act(tx, "nobody")
