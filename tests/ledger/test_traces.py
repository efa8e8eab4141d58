"""What a trace reads from the ledger, on both databases."""

from __future__ import annotations

from ledger import traces
from ledger.store import Store
from tests.trace.house import House, people


def test_only_what_left_the_house_can_have_leaked(any_store: Store) -> None:
    house = House(any_store)
    pool = people(6)
    house.release("x1", pool, deliver=3, seeds=2)
    house.release("x2", pool, deliver=3, customer="end", reseller="middle", state="revoked", excluding=True)
    house.release("x3", pool, deliver=3, state="void", campaign="k3", seeds=1)
    with any_store.ledger.read() as connection:
        found = traces.released_extracts(connection)
        seeds = traces.placed_seeds(connection)
    assert [(one.extract, one.customer, one.reseller, one.campaign, one.seeds, one.excluding) for one in found] == [
        ("x1", "c1", None, "k-x1", 2, False),
        ("x2", "end", "middle", "k-x2", 0, True),
    ]
    assert found[0].released_at == any_store.now() < found[1].released_at
    assert [(one.extract, one.seed) for one in seeds] == [
        ("x1", "seed-x1-0"), ("x1", "seed-x1-1"), ("x3", "seed-x3-0"),
    ]  # fmt: skip
