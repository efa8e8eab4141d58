"""Who left the register is still found in what went out: a publish that loses a nonce keeps its token."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from extracts.cut import cut
from extracts.deliver import deliver
from extracts.orders import place
from ledger import sources, tables
from ledger.store import Store
from register.publish import publish
from register.query import open_register
from schemas.criteria import parse_criteria
from subjects import recipients
from tests.gate import house as gate_house
from tests.published import open_campaign
from tests.recipients import house
from tests.register.loads import A, B, load, organisation, position

CRITERIA = parse_criteria({"organisation": {"kind": ["company"]}, "person": {"responsibility": ["IT"]}})
KNOWN = {"verified": date(2026, 10, 1), "notified": date(2026, 10, 1)}
STAY = [
    position(f"s{number}", f"Pysyvä Henkilö{number}", A, email=f"h{number}@a.example", **KNOWN) for number in range(8)
]
LEAVER = position("x", "Lea Lähtijä", B, email="lea@b.example", **KNOWN)


@pytest.fixture
def delivered(store: Store, tmp_path: Path) -> tuple[Store, int, str]:
    """A register of two sources; ``broker`` alone knows the leaver, who was delivered. Store, her id, the extract."""
    from extracts.gate.seeds import stock_fictitious

    load(store, "own", [organisation(A), organisation(B)], STAY)
    load(store, "broker", [organisation(B)], [LEAVER])
    publish(store)
    stock_fictitious(store, 20)
    campaign = open_campaign(store, channels=("email",))
    order = place(store, campaign, CRITERIA)["order"]
    extract = cut(store, order)["extract"]
    deliver(store, extract, tmp_path / "out")
    with open_register(store, holder="test") as register:
        [[person]] = register.connection.execute("SELECT person FROM person WHERE last_name = 'Lähtijä'").fetchall()
    return store, person, extract


def test_R072_a_person_whose_last_position_ended_is_still_found_and_her_recipient_told(
    delivered: tuple[Store, int, str],
) -> None:
    store, person, extract = delivered
    before = recipients.holdings(store, [person])
    assert [one.extract for one in before] == [extract]
    load(store, "broker", [organisation(B)], [position("y", "Uusi Tulija", B, email="uusi@b.example", **KNOWN)])
    publish(store, force=True)
    with open_register(store, holder="test") as register:
        gone = register.connection.execute("SELECT count(*) FROM person WHERE person = ?", [person]).fetchone()
    assert gone == (0,)
    assert recipients.holdings(store, [person]) == before
    with store.ledger.read() as connection:
        kept = connection.execute(select(tables.former_link.c.kind, tables.former_link.c.source)).all()
    assert sorted(map(tuple, kept), key=str) == [("person", None), ("unit", "broker")]
    assert recipients.tell(store, persons=[person], code="remove", cause="case-1") == 1


def test_R063_a_source_quarantined_after_a_publish_dropped_its_rows_is_told_of(
    delivered: tuple[Store, int, str],
) -> None:
    store, person, extract = delivered
    row = recipients.holdings(store, [person])[0].row
    with store.write() as tx:
        sources.quarantine(tx, "broker")
    publish(store, force=True)
    assert recipients.sweep(store) == 1
    assert list(house.named(store).values()) == [[(extract, row, "remove")]]


def test_nobody_is_kept_who_was_never_delivered(store: Store) -> None:
    load(store, "own", [organisation(A), organisation(B)], [*STAY, LEAVER])
    publish(store)
    load(store, "own", [organisation(A), organisation(B)], STAY)
    publish(store, force=True)
    with store.ledger.read() as connection:
        assert connection.execute(select(tables.former_link)).all() == []


def test_R072_an_extract_cut_while_somebody_published_keeps_the_links_of_its_rows(store: Store) -> None:
    people = gate_house.people(6)
    gate_house.publish(store, people)
    made = gate_house.deal(store)

    def overtake(step: str) -> None:
        if step == "hash":
            gate_house.publish(store, people[1:], name="20261122T090000-s1-000000000002")

    gate_house.release(store, made, gate_house.pool_of(people), checkpoint=overtake)
    found = recipients.holdings(store, [people[0].person])
    assert [(one.person, one.position) for one in found] == [(people[0].person, people[0].position)]
