"""Extracts, their ends and deliveries in the ledger, on both databases."""

from __future__ import annotations

from typing import Any

import pytest

from core.errors import InvalidTransition, NotFound
from ledger import cuts
from ledger.store import Store
from tests.gate import house


@pytest.fixture
def extract(any_store: Store) -> dict[str, Any]:
    rows = house.people(6)
    house.publish(any_store, rows)
    made = house.deal(any_store)
    return house.release(any_store, made, house.pool_of(rows)) | {"made": made}


def test_an_extract_is_found_by_id_order_campaign_and_customer(any_store: Store, extract: dict[str, Any]) -> None:
    made = extract["made"]
    campaign, customer = made.campaign["campaign"], made.customer["customer"]
    with any_store.ledger.read() as connection:
        found = cuts.extract(connection, extract["extract"])
        assert cuts.extract_of(connection, made.order["order"]) == extract["extract"]
        assert cuts.extract_of(connection, "order-none") is None
        assert cuts.extracts(connection) == [found]
        assert cuts.extracts(connection, campaign=campaign, customer=customer) == [found]
        assert cuts.extracts(connection, campaign="none") == cuts.extracts(connection, customer="none") == []
        assert cuts.manifests(connection) == {found["manifest"]}
        assert [file["format"] for file in cuts.files(connection, extract["extract"])] == [
            "licence",
            "licence",
            "csv",
            "csvw",
        ]
        with pytest.raises(NotFound):
            cuts.extract(connection, "extract-none")


@pytest.mark.parametrize("event", ["void", "revoked"])
def test_an_extract_ends_once(any_store: Store, extract: dict[str, Any], event: str) -> None:
    with any_store.write() as tx:
        cuts.end(tx, extract["extract"], event=event, reason="test")
    with any_store.ledger.read() as connection:
        assert cuts.extract(connection, extract["extract"])["state"] == event
    with pytest.raises(InvalidTransition), any_store.write() as tx:
        cuts.end(tx, extract["extract"], event="revoked", reason="test")


def test_an_unknown_extract_cannot_end(any_store: Store) -> None:
    with pytest.raises(NotFound), any_store.write() as tx:
        cuts.end(tx, "extract-none", event="void", reason="test")


def test_deliveries_are_kept_in_order(any_store: Store, extract: dict[str, Any]) -> None:
    for encrypted in (False, True):
        with any_store.write() as tx:
            cuts.record_delivery(tx, extract=extract["extract"], files=["x.csv"], encrypted=encrypted, fence=0)
    with any_store.ledger.read() as connection:
        found = cuts.deliveries(connection, extract["extract"])
    assert sorted(row["encrypted"] for row in found) == [False, True]
    assert {row["delivered_by"] for row in found} == {"tester"}
