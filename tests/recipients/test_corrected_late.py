"""R060, R063: a correction between the cut and the delivery reaches the recipient with the next message."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from extracts.cut import cut
from extracts.deliver import deliver
from extracts.gate import subject
from extracts.orders import place
from ledger import corrections, messages, tables
from ledger.corrections import Change
from ledger.store import Store
from register.publish import publish
from register.query import find_persons, open_register
from schemas.criteria import parse_criteria
from subjects import recipients, rectify, stop_list
from subjects.rectify import Rectification
from tests.gate import house as gate_house
from tests.published import Rows, open_campaign
from tests.recipients import house

POSITION = 1
"""Of :data:`house.PERSON`, in every extract."""


def correct(store: Store, *, field: str = "title", value: object = "Hallintojohtaja", disputed: bool = False) -> str:
    """Record a correction; nobody is told of it by that alone, as if the process died there."""
    name = field == "name"
    change = Change(
        person=house.PERSON, position=None if name else POSITION, field=field, value=value, was=None,
        source="data subject", reason="request", disputed=disputed, statement="x" if disputed else None,
    )  # fmt: skip
    with store.write() as tx:
        return corrections.record(tx, change, made_on=store.today())


def updates(store: Store) -> dict[str, list[dict[str, object]]]:
    """Customer to the new values it was or will be told."""
    found: dict[str, list[dict[str, object]]] = {}
    with store.ledger.read() as connection:
        for message in messages.messages(connection):
            for entry in messages.entries(connection, message["message"]):
                found.setdefault(message["customer"], []).append(entry["changes"])
    return found


@pytest.mark.parametrize("when", ["before the cut", "between cut and delivery"])
def test_R060_R063_what_was_corrected_before_the_delivery_is_told_after_it(
    any_store: Store, tmp_path: Path, when: str
) -> None:
    """The file has the old value either way: the snapshot was built before."""
    store = any_store
    made = house.make(store, tmp_path / "early", recipients=2, delivered=1)
    correct(store)
    if when == "before the cut":
        late = gate_house.deal(store, number=77)
        extract = gate_house.release(store, late, gate_house.pool_of(gate_house.people(12)))
        late_one = house.Recipient(late, extract["extract"])
    else:
        late_one = made[1]
    assert recipients.sweep(store) == 1, "the one that holds the row already"
    deliver(store, late_one.extract, tmp_path / "late")
    assert recipients.sweep(store) == 1
    assert updates(store) == {one.customer: [{"title": "Hallintojohtaja"}] for one in (made[0], late_one)}
    assert recipients.sweep(store) == 0
    deliver(store, late_one.extract, tmp_path / "again")
    assert recipients.sweep(store) == 0, "told once, however often it is handed over"


def test_R060_only_columns_the_recipient_got_and_a_name_on_every_row(store: Store, tmp_path: Path) -> None:
    made = house.make(store, tmp_path / "early", recipients=1, delivered=0)
    correct(store, field="mobile", value="+358401112223")  # its campaign is by e-mail
    correct(store, field="purchasing", value=["IT"])  # leaves in no extract
    correct(store, field="responsibilities", value=["FIN", "IT"])
    correct(store, field="name", value={"first_name": "Liisa", "last_name": "Aho"})
    deliver(store, made[0].extract, tmp_path / "out")
    assert recipients.sweep(store) == 1
    told = updates(store)[made[0].customer]
    assert sorted(map(str, told)) == sorted(
        map(str, [{"responsibilities": "FIN;IT"}, {"first_name": "Liisa", "last_name": "Aho"}])
    )


def test_R060_what_is_withdrawn_disputed_or_followed_by_another_is_not_told(store: Store, tmp_path: Path) -> None:
    made = house.make(store, tmp_path / "early", recipients=1, delivered=0)
    gone = correct(store, field="email", value="uusi@firma0.example")
    with store.write() as tx:
        corrections.withdraw(tx, gone)
    correct(store, value="Kuningas", disputed=True)
    correct(store, value="Johtaja")
    correct(store, value="Toimitusjohtaja")
    deliver(store, made[0].extract, tmp_path / "out")
    recipients.sweep(store)
    assert updates(store) == {made[0].customer: [{"title": "Toimitusjohtaja"}]}


def test_R060_a_process_that_died_after_the_correction_leaves_the_telling_to_the_next_sweep(
    store: Store, tmp_path: Path
) -> None:
    house.make(store, tmp_path / "early", recipients=3)
    correct(store)
    assert recipients.sweep(store) == 3


def test_R014_R060_a_ban_after_the_correction_makes_it_a_removal(store: Store, tmp_path: Path) -> None:
    house.make(store, tmp_path / "early", recipients=1)
    correct(store)
    house.ban(store, house.PERSON)
    recipients.sweep(store)
    made = stop_list.export(store, tmp_path / "out")["recipients"]
    assert [[line["code"] for line in house.read_csv(one["files"])] for one in made] == [["remove"]]


def _found(store: Store, email: str) -> tuple[int, int]:
    """Person and position of the only row with an address."""
    with open_register(store, holder="test") as register:
        [person] = find_persons(register, email=email, phone=None)
    places = subject.person_record(store, person, purpose="test")["positions"]
    [position] = [one["position"] for one in places if any(field["value"] == email for field in one["fields"])]
    return person, position


def test_R060_an_extract_cut_from_a_snapshot_with_the_correction_needs_no_message(
    register_store: Store, tmp_path: Path, deliverable: Rows
) -> None:
    """From the rectification of some persons, most of whom are delivered, to two deliveries, one cut before the publish
    that took it over."""
    store = register_store
    criteria = parse_criteria(
        {"organisation": {"kind": ["company", "association", "public"]}, "person": {"level": [1, 2, 3, 4]}}
    )
    extracts = []
    for number, business_id in enumerate(("6000001-0", "6000002-9")):
        order = place(store, open_campaign(store, business_id=business_id), criteria)
        extracts.append(cut(store, order["order"])["extract"])
        if number == 0:
            for row in deliverable[:6]:
                person, position = _found(store, row["email"])
                asked = Rectification(person=person, position=position, values={"title": "Ainutlaatuinen"}, via="phone")
                assert rectify.rectify(store, asked)["messages"] == 0, "nobody holds the row yet"
            store = house.at(store, store.now() + timedelta(hours=1))
            publish(store)
    for extract in extracts:
        deliver(store, extract, tmp_path / extract)
    recipients.sweep(store)
    with store.ledger.read() as connection:
        named = connection.execute(select(tables.message_row.c.extract, tables.message_row.c.changes)).all()
    assert named
    assert all(tuple(one) == (extracts[0], {"title": "Ainutlaatuinen"}) for one in named)
