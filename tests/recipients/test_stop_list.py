"""Stop lists as files: what is in them and what is not, acknowledgements, reminders, and the door that stays shut."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyrage
import pytest
from sqlalchemy import insert, select

from core.errors import GateBroken, InvalidInput, InvalidTransition, LicenceRefused, NotFound
from core.ids import new_id
from extracts.deliver import deliver
from extracts.gate import blocks
from ledger import messages, tables
from ledger.store import Store
from subjects import recipients, stop_list
from tests.gate import house as gate_house
from tests.recipients import house
from tests.recipients.conftest import Held


def _banned(held: Held) -> Store:
    house.ban(held.store, house.PERSON)
    return held.store


def test_R023_R063_the_stop_list_has_row_keys_and_codes_and_never_a_reason_or_a_name(
    held: Held, tmp_path: Path
) -> None:
    store = _banned(held)
    rows = house.rows_of(store)
    made = stop_list.export(store, tmp_path / "out")["recipients"]
    assert [one["customer"] for one in made] == sorted(held.customers)
    secret = [house.MAIL, "ban-", "kielto", "erasure", "processing"]
    for one in made:
        recipient = next(known for known in held.recipients if known.customer == one["customer"])
        [line] = house.read_csv(one["files"])
        assert (line["extract"], line["row"], line["code"]) == (
            recipient.extract,
            str(rows[recipient.extract]),
            "remove",
        )
        assert (line["field"], line["value"]) == ("", "")
        document = json.loads(Path(one["files"][0]).read_text(encoding="utf-8"))
        assert [m["rows"] for m in document["messages"]] == [
            [{"extract": recipient.extract, "row": rows[recipient.extract]}]
        ]
        others = [known.extract for known in held.recipients if known is not recipient]
        for file in one["files"]:
            text = Path(file).read_text(encoding="utf-8")
            assert not [word for word in (*secret, *others) if word in text.lower()]
            assert Path(file).stat().st_mode & 0o077 == 0


def test_the_letter_says_in_three_languages_what_to_do_and_by_when(held: Held, tmp_path: Path) -> None:
    [one, *_] = stop_list.export(_banned(held), tmp_path / "out")["recipients"]
    letter = Path(one["files"][2]).read_text(encoding="utf-8")
    for said in ("27.11.2026 kello 11.00", "27.11.2026 klockan 11.00", "2026-11-27 11:00", one["messages"][0]):
        assert said in letter


def test_R023_what_is_exported_counts_as_sent_and_is_not_exported_again(held: Held, tmp_path: Path) -> None:
    store = _banned(held)
    assert {row["state"] for row in stop_list.listing(store)} == {"open"}
    [one] = stop_list.export(store, tmp_path / "a", customer=held.customers[2])["recipients"]
    assert one["customer"] == held.customers[2]
    shown = stop_list.show(store, one["messages"][0])
    assert (shown["state"], shown["sent_at"]) == ("sent", store.now())
    assert [(tried["via"], tried["outcome"], tried["reminder"]) for tried in shown["attempts"]] == [
        ("file", "delivered", 0)
    ]
    assert len(stop_list.export(store, tmp_path / "b")["recipients"]) == 3
    assert stop_list.export(store, tmp_path / "c") == {"recipients": []}
    with pytest.raises(NotFound):
        stop_list.show(store, "message-none")


def test_R063_a_correction_goes_out_with_its_value_and_the_value_is_let_go_when_acknowledged(
    held: Held, tmp_path: Path
) -> None:
    changes = {"title": "=HYPERLINK(1)", "email": None}
    recipients.tell(held.store, persons=[house.PERSON], code="update", cause="correction-1", changes=changes)
    [one] = stop_list.export(held.store, tmp_path / "out", customer=held.customers[0])["recipients"]
    lines = {line["field"]: line["value"] for line in house.read_csv(one["files"])}
    assert lines == {"title": "'=HYPERLINK(1)", "email": ""}  # R090: a cell is never a formula
    document = json.loads(Path(one["files"][0]).read_text(encoding="utf-8"))
    assert document["messages"][0]["rows"][0]["changes"] == changes
    message = one["messages"][0]
    assert stop_list.show(held.store, message)["rows"][0]["fields"] == ["email", "title"]
    stop_list.acknowledge(held.store, message, by="Liisa, Ostaja Oy")
    with held.store.ledger.read() as connection:
        assert [row["changes"] for row in messages.entries(connection, message)] == [None]


def test_R014_a_ban_filed_after_the_correction_was_queued_keeps_the_value_in_the_house(
    held: Held, tmp_path: Path
) -> None:
    changes = {"title": "Hallintojohtaja"}
    recipients.tell(held.store, persons=[house.PERSON], code="update", cause="correction-1", changes=changes)
    house.ban(held.store, house.PERSON)
    made = stop_list.export(held.store, tmp_path / "out")["recipients"]
    assert [{line["code"] for line in house.read_csv(one["files"])} for one in made] == [{"remove"}] * 4
    assert not [file for file in (tmp_path / "out").iterdir() if "Hallintojohtaja" in file.read_text(encoding="utf-8")]


def test_the_gate_stops_a_new_value_of_a_row_that_is_to_be_removed(held: Held, tmp_path: Path) -> None:
    house.ban(held.store, house.PERSON)
    recipients.sweep(held.store)
    one = held.recipients[0]
    row = house.rows_of(held.store)[one.extract]
    with held.store.write() as tx:  # as only a fault could
        forged = {
            "message": new_id("message"),
            "customer": one.customer,
            "code": "update",
            "state": "open",
            "created_at": tx.at,
            "send_by": tx.at,
            "acknowledge_by": tx.at + timedelta(days=5),
        }
        tx.execute(insert(tables.message), forged)
        place = {"message": forged["message"], "extract": one.extract, "number": row}
        tx.execute(insert(tables.message_row), place | {"cause": "c", "changes": {"title": "X"}})
        tx.audit("test.forged")
    with pytest.raises(GateBroken) as caught:
        stop_list.export(held.store, tmp_path / "out", customer=one.customer)
    assert caught.value.code == "removed_row_updated"
    assert not list((tmp_path / "out").iterdir())


def test_files_for_one_recipient_can_be_encrypted_to_its_key(held: Held, tmp_path: Path) -> None:
    identity = pyrage.x25519.Identity.generate()
    key = str(identity.to_public())
    store = _banned(held)
    with pytest.raises(InvalidInput):
        stop_list.export(store, tmp_path / "out", recipient=key)
    with pytest.raises(InvalidInput):
        stop_list.export(store, tmp_path / "out", customer=held.customers[0], recipient="age1nonsense")
    [one] = stop_list.export(store, tmp_path / "out", customer=held.customers[0], recipient=key)["recipients"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(
        Path(file).name for file in one["files"]
    )
    for file in one["files"]:
        assert file.endswith(".age")
        assert pyrage.decrypt(Path(file).read_bytes(), [identity])


def test_R023_who_does_not_acknowledge_in_five_days_gets_nothing_new_until_he_does(held: Held, tmp_path: Path) -> None:
    """Ban on day 3, no word by day 8: order, cut and delivery are refused."""
    store = _banned(held)
    silent, answering = held.recipients[:2]
    stop_list.export(store, tmp_path / "out")
    [message] = [row["message"] for row in stop_list.listing(store, customer=answering.customer)]
    stop_list.acknowledge(store, message, by="Liisa, Ostaja Oy")
    just_before = house.at(store, store.now() + timedelta(days=5, microseconds=-1))
    due = house.later(store, days=5)
    for now, customer, refused in (
        (just_before, silent, False), (due, silent, True), (due, answering, False),
    ):  # fmt: skip
        with now.ledger.read() as connection:
            if not refused:
                blocks.check(connection, customer.customer, at=now.now())
                continue
            with pytest.raises(LicenceRefused) as caught:
                blocks.check(connection, customer.customer, at=now.now())
            assert caught.value.code == "stop_list_unacknowledged"
    order = _order(due, silent)
    for act in (
        lambda: gate_house.release(due, order, gate_house.pool_of(gate_house.people(12)[4:]), fence=house.fence(due)),
        lambda: deliver(due, silent.extract, tmp_path / "again"),
    ):
        with pytest.raises(LicenceRefused) as caught:
            act()
        assert caught.value.code == "stop_list_unacknowledged"
    assert stop_list.pending(due)["blocked"] == sorted(set(held.customers) - {answering.customer})
    [owed] = [row["message"] for row in stop_list.listing(due, customer=silent.customer)]
    stop_list.acknowledge(due, owed, by="Matti, Ostaja Oy")
    pool = gate_house.pool_of(gate_house.people(12)[4:])
    assert gate_house.release(due, order, pool, fence=house.fence(due))["persons"] == 8


def _order(store: Store, recipient: house.Recipient) -> gate_house.Deal:
    deal = recipient.deal
    order = deal.order | {"order": new_id("order")}
    with store.write() as tx:
        tx.execute(insert(tables.order), order)
        tx.audit("test.order")
    return gate_house.Deal(order=order, campaign=deal.campaign, customer=deal.customer, agreement=deal.agreement)


def test_R023_who_acknowledged_and_when_is_provable(held: Held, tmp_path: Path) -> None:
    store = _banned(held)
    stop_list.export(store, tmp_path / "out")
    [message] = [row["message"] for row in stop_list.listing(store, customer=held.customers[0])]
    later = house.later(store, days=3)
    done = stop_list.acknowledge(later, message, by=" Liisa, Ostaja Oy ", on=date(2026, 11, 24))
    assert (done["state"], done["settled_by"], done["recorded_by"]) == ("acknowledged", "Liisa, Ostaja Oy", "tester")
    assert done["settled_at"] == datetime(2026, 11, 23, 22, tzinfo=UTC)
    assert "Liisa" not in house.audit_text(store)
    with pytest.raises(InvalidTransition):
        stop_list.acknowledge(later, message, by="Liisa")
    for wrong in ({"by": " "}, {"by": "Liisa", "on": date(2026, 11, 26)}):
        with pytest.raises(InvalidInput):
            stop_list.acknowledge(later, message, **wrong)


def test_R063_reminders_go_out_after_two_days_and_at_most_once_a_day(held: Held, tmp_path: Path) -> None:
    store = _banned(held)
    stop_list.export(store, tmp_path / "out")
    assert stop_list.remind(house.later(store, days=1), tmp_path / "early")["recipients"] == []
    third = house.later(store, days=2)
    [first, *_] = reminded = stop_list.remind(third, tmp_path / "first")["recipients"]
    assert len(reminded) == 4
    assert stop_list.remind(third, tmp_path / "same")["recipients"] == []
    assert len(stop_list.remind(house.later(store, days=3), tmp_path / "next")["recipients"]) == 4
    tried = stop_list.show(store, first["messages"][0])["attempts"]
    assert [(one["attempt"], one["reminder"]) for one in tried] == [(1, 0), (2, 1), (3, 1)]


def test_R023_what_is_late_is_marked(held: Held) -> None:
    store = _banned(held)
    assert recipients.sweep(store) == 4
    monday_night = datetime(2026, 11, 23, 21, 59, 59, tzinfo=UTC)
    for instant, late in ((monday_night, False), (monday_night + timedelta(seconds=1), True)):
        waiting = stop_list.pending(house.at(store, instant))["to_send"]
        assert [row["late_to_send"] for row in waiting] == [late] * 4


def test_T15_a_dead_contact_is_recorded_with_the_effort_and_stays_blocked_and_named(held: Held, tmp_path: Path) -> None:
    store = _banned(held)
    stop_list.export(store, tmp_path / "out")
    gone = held.recipients[0]
    [message] = [row["message"] for row in stop_list.listing(store, customer=gone.customer)]
    effort = "sähköposti palautui 23.11., puhelu vaihteeseen 24.11.: yritystä ei enää ole"
    with pytest.raises(InvalidInput):
        stop_list.give_up(store, message, effort=" ")
    failed = stop_list.give_up(store, message, effort=effort)
    assert (failed["state"], failed["effort"]) == ("failed", effort)
    assert effort not in house.audit_text(store)
    [told] = [one for one in recipients.informed(store, house.PERSON) if one["customer"] == gone.customer]
    assert (told["customer_name"], told["state"], told["sent_at"]) == (
        gone.deal.customer["name"],
        "failed",
        store.now(),
    )
    assert gone.customer in stop_list.pending(house.later(store, days=5))["blocked"]
    back = stop_list.acknowledge(store, message, by="uusi osoite: Ostaja Oy")  # a contact can come back to life
    assert back["state"] == "acknowledged"


def test_R063_the_person_who_asks_is_told_which_recipients_were_told(held: Held, tmp_path: Path) -> None:
    store = _banned(held)
    stop_list.export(store, tmp_path / "out", customer=held.customers[0])
    [message] = [row["message"] for row in stop_list.listing(store, customer=held.customers[0])]
    stop_list.acknowledge(store, message, by="Liisa")
    recipients.tell_extract(store, held.recipients[1].extract, cause="breach-1")
    found = {(one["customer"], one["state"]): one for one in recipients.informed(store, house.PERSON)}
    assert found[held.customers[0], "acknowledged"]["acknowledged_at"] == store.now()
    assert {customer for customer, state in found if state == "open"} == set(held.customers[1:])
    assert recipients.informed(store, house.PERSON + 5) == [
        one | {"row": house.rows_of(store, house.PERSON + 5)[held.recipients[1].extract]}
        for one in recipients.informed(store, house.PERSON + 5)
    ]
    assert [one["customer"] for one in recipients.informed(store, house.PERSON + 5)] == [held.customers[1]]


def test_every_state_of_a_message_is_reached_by_a_transition_and_none_leaves_acknowledged() -> None:
    states = {state for state, _ in messages.TRANSITIONS} | set(messages.TRANSITIONS.values())
    assert states == set(messages.STATES)
    assert not [event for state, event in messages.TRANSITIONS if state in ("acknowledged", "withdrawn")]
    assert set(messages.OPEN_STATES) == {state for state, event in messages.TRANSITIONS if event == "acknowledged"}


def test_the_ledger_of_messages_names_no_person(held: Held, tmp_path: Path) -> None:
    """R023: whom a row is about stands nowhere in it."""
    store = _banned(held)
    stop_list.export(store, tmp_path / "out")
    with store.ledger.read() as connection:
        rows = [dict(row) for table in (tables.message, tables.message_row, tables.message_attempt)
                for row in connection.execute(select(table)).mappings()]  # fmt: skip
    assert not [row for row in rows if house.PERSON in row.values() or house.MAIL in str(row)]
