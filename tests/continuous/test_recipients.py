"""Deliveries of continuous use are holdings like others: who has a person, who was told, whose copy leaked."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from core.errors import LicenceRefused
from extracts import subscriptions
from extracts.gate import seeds
from extracts.trace import trace
from ledger import messages, subscriptions as ledger
from ledger.store import Store
from schemas import crm
from subjects import ban_token, recipients, recipients_told, stop_list
from tests.continuous import house
from tests.gate import house as gate
from tests.gate.house import Row, people
from tests.recipients.house import told


@pytest.fixture
def ready(store: Store) -> Store:
    seeds.stock_fictitious(store, 80)
    return store


def started(store: Store, to: Path, rows: list[Row], **more: object) -> tuple[house.Recipient, Row]:
    """A recipient with its first delivery, and somebody in it."""
    house.publish(store, rows)
    recipient = house.subscribe(store, to, **more)
    recipient.deliver(store)
    return recipient, next(row for row in rows if row.email in house.emails(recipient.table))


def states(store: Store, person: int) -> list[tuple[int, str]]:
    """Of every holding the delta it came with, and its state."""
    return sorted((one.delta or 0, one.state) for one in recipients.holdings(store, [person]))


def test_R042_a_removed_and_acknowledged_row_is_held_no_more(any_store: Store, tmp_path: Path) -> None:
    seeds.stock_fictitious(any_store, 80)
    rows = people(30)
    recipient, somebody = started(any_store, tmp_path, rows)
    [one] = recipients.holdings(any_store, [somebody.person])
    assert (one.state, one.campaign, one.delta) == ("held", recipient.subscription, 0)
    assert recipient.table[one.key or ""]["email"] == somebody.email
    house.ban(any_store, somebody.person)
    recipient.deliver(any_store)
    [one] = recipients.holdings(any_store, [somebody.person])
    assert one.state == "held", "it may not have applied the removal yet"
    recipient.acknowledge(any_store)
    [one] = recipients.holdings(any_store, [somebody.person])
    assert one.state == "ended"


def test_a_renewed_row_takes_the_place_of_the_former_one(ready: Store, tmp_path: Path) -> None:
    rows = people(30)
    recipient, somebody = started(ready, tmp_path, rows)
    house.publish(ready, [replace(row, title="Uusi") if row == somebody else row for row in rows], number=2)
    recipient.deliver(ready)
    assert states(ready, somebody.person) == [(0, "ended"), (1, "held")]
    house.publish(ready, [row for row in rows if row != somebody], number=3)
    recipient.deliver(ready)
    recipient.acknowledge(ready)
    house.publish(ready, rows, number=4)
    recipient.deliver(ready)
    assert [state for _, state in states(ready, somebody.person)] == ["ended", "ended", "held"], "it came back"


def test_a_whole_delivery_takes_the_place_of_all_before_it(ready: Store, tmp_path: Path) -> None:
    recipient, somebody = started(ready, tmp_path, people(30))
    recipient.deliver(ready, whole=True)
    assert states(ready, somebody.person) == [(0, "ended"), (1, "held")]


def test_R023_a_ban_makes_the_subscription_owe_a_delta_and_a_campaign_get_a_message(
    ready: Store, tmp_path: Path
) -> None:
    """The recipient of continuous use is told by the delta alone, in the same time."""
    rows = people(30)
    recipient, somebody = started(ready, tmp_path, rows)
    deal = gate.deal(ready, snapshot="20261122T080001-s1-000000000001", number=77)
    extract = gate.release(ready, deal, gate.pool_of(rows))["extract"]
    from extracts.deliver import deliver

    deliver(ready, extract, tmp_path / "campaign")
    house.ban(ready, somebody.person)
    recipients_told.tell_bans(ready)
    assert [one["customer"] for one in told(ready)] == [deal.customer["customer"]]
    [owing] = stop_list.pending(ready)["subscriptions"]
    assert (owing["subscription"], owing["late"]) == (recipient.subscription, False)
    [listed] = subscriptions.listing(ready)
    assert listed["owed_by"] == told(ready)[0]["send_by"]
    later = house.at(ready, ready.now() + timedelta(days=2))
    assert stop_list.pending(later)["subscriptions"][0]["late"] is True
    recipient.deliver(ready)
    assert stop_list.pending(ready)["subscriptions"] == []


def test_a_delta_made_before_the_ban_does_not_settle_it(ready: Store, tmp_path: Path) -> None:
    rows = people(40)
    recipient, somebody = started(ready, tmp_path, rows[:30])
    house.publish(ready, rows, number=2)

    def dies(here: str) -> None:
        if here == "published":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        recipient.deliver(ready, checkpoint=dies)
    house.ban(ready, somebody.person)  # not among the rows of the waiting delta
    recipients_told.tell_bans(ready)
    recipient.deliver(ready)
    assert stop_list.pending(ready)["subscriptions"], "the waiting delta did not see the ban"
    assert recipient.deliver(ready)["removed"] >= 1
    assert stop_list.pending(ready)["subscriptions"] == []


def test_R063_who_was_told_is_answered_with_the_deltas(ready: Store, tmp_path: Path) -> None:
    rows = people(30)
    recipient, somebody = started(ready, tmp_path, rows)
    house.publish(ready, [replace(row, title="Uusi") if row == somebody else row for row in rows], number=2)
    recipient.deliver(ready)
    house.ban(ready, somebody.person)
    recipient.deliver(ready)
    recipient.acknowledge(ready)
    found = recipients.informed(ready, somebody.person)
    assert [(one["code"], one["state"], one["message"]) for one in found] == [
        ("update", "sent", None),
        ("remove", "acknowledged", None),
    ]
    assert {one["customer_name"] for one in found} == {"Tilaaja 1 Oy"}


def test_a_running_subscription_is_not_recalled_row_by_row(ready: Store, tmp_path: Path) -> None:
    recipient, _ = started(ready, tmp_path, people(30))
    with ready.ledger.read() as connection:
        [only] = ledger.deltas(connection, recipient.subscription)
    with pytest.raises(LicenceRefused) as refused:
        recipients_told.tell_extract(ready, only["extract"], cause="breach-1")
    assert refused.value.code == "extract_of_subscription"
    subscriptions.stop(ready, recipient.subscription)
    assert recipients_told.tell_extract(ready, only["extract"], cause="breach-1")


def test_after_the_end_the_recipient_is_told_by_messages_that_name_its_keys(ready: Store, tmp_path: Path) -> None:
    """Until the days for disposal are over it may still have the rows; in its CRM's form too."""
    rows = people(30)
    recipient, somebody = started(ready, tmp_path, rows, formats=("csv", "hubspot"))
    key = next(key for key, row in recipient.table.items() if row["email"] == somebody.email)
    subscriptions.stop(ready, recipient.subscription)
    house.ban(ready, somebody.person)
    [made] = stop_list.export(ready, tmp_path / "lists")["recipients"]
    files = {Path(file).suffix if "hubspot" not in file else "hubspot": Path(file) for file in made["files"]}
    document = json.loads(files[".json"].read_text(encoding="utf-8"))
    assert [row["key"] for message in document["messages"] for row in message["rows"]] == [key]
    with files["hubspot"].open(encoding="utf-8", newline="") as lines:
        [line] = list(csv.DictReader(lines))
    assert line[crm.profiles()["hubspot"].key] == key
    assert (line["hs_legal_basis"], line["rajaus_do_not_email"]) == ("Not applicable", "true")
    assert somebody.email not in "".join(file.read_text(encoding="utf-8") for file in files.values())


def test_a_campaigns_stop_list_has_the_keys_of_its_importers_file(ready: Store, tmp_path: Path) -> None:
    from extracts.deliver import deliver

    rows = people(20)
    house.publish(ready, rows)
    deal = gate.deal(ready, snapshot="20261122T080001-s1-000000000001", formats=["salesforce"])
    extract = gate.release(ready, deal, gate.pool_of(rows))["extract"]
    files = [Path(file["path"]) for file in deliver(ready, extract, tmp_path / "out")["files"]]
    with next(file for file in files if file.name.endswith("salesforce.csv")).open(
        encoding="utf-8", newline=""
    ) as lines:
        key_of = {row["Email"]: row["rajaus_key__c"] for row in csv.DictReader(lines)}
    house.ban(ready, rows[2].person)
    [made] = stop_list.export(ready, tmp_path / "lists")["recipients"]
    path = next(Path(file) for file in made["files"] if "salesforce" in file)
    with path.open(encoding="utf-8", newline="") as lines:
        found = list(csv.DictReader(lines))
    assert [row["rajaus_key__c"] for row in found] == [key_of[rows[2].email or ""]]
    assert {(row["HasOptedOutOfEmail"], row["DoNotCall"]) for row in found} == {("1", "1")}


def test_R040_a_ban_link_of_any_delta_bans_its_person(ready: Store, tmp_path: Path) -> None:
    rows = people(30)
    recipient, somebody = started(ready, tmp_path, rows)
    link = next(row["ban_url"] for row in recipient.table.values() if row["email"] == somebody.email)
    assert ban_token.use_link(ready, link)["outcome"] == "banned"
    recipient.deliver(ready)
    assert somebody.email not in house.emails(recipient.table)


def test_the_ban_link_of_a_control_record_is_followed_by_its_removal(ready: Store, tmp_path: Path) -> None:
    recipient, _ = started(ready, tmp_path, people(30))
    link = next(row["ban_url"] for row in recipient.table.values() if not row["email"].startswith("henkilo"))
    assert ban_token.use_link(ready, link)["outcome"] == "seed"
    assert told(ready) == []
    assert stop_list.pending(ready)["subscriptions"]
    assert recipient.deliver(ready)["removed"] == 1


def test_an_overdue_message_of_a_campaign_stops_additions_and_not_removals(ready: Store, tmp_path: Path) -> None:
    """R023, R042: whoever owes a word gets nothing new; what protects persons goes on."""
    rows = people(40)
    recipient, somebody = started(ready, tmp_path, rows[:30])
    with ready.ledger.read() as connection:
        customer = subscriptions.use_of(ready, connection, recipient.subscription).customer["customer"]
        [only] = ledger.deltas(connection, recipient.subscription)
    with ready.write() as tx:
        messages.queue(
            tx, customer=customer, code="remove", entries=[messages.Entry(only["extract"], 1, "test")],
            send_by=ready.now(), acknowledge_by=ready.now(),
        )  # fmt: skip
    house.publish(ready, rows, number=2)
    with pytest.raises(LicenceRefused) as refused:
        recipient.deliver(ready)
    assert refused.value.code == "stop_list_unacknowledged"
    house.ban(ready, somebody.person)
    made = recipient.deliver(ready)
    assert made["removed"] >= 1
    assert made["added"] == 0


def test_R039_what_a_recipient_gathered_from_deltas_traces(ready: Store, tmp_path: Path) -> None:
    """A copy of its table, after several deltas, names the customer and no other."""
    rows = people(240)
    house.publish(ready, rows[:200])
    one, other = (house.subscribe(ready, tmp_path / name, number=number) for number, name in enumerate("ab", start=1))
    for recipient in (one, other):
        recipient.deliver(ready)
    house.publish(ready, rows[20:], number=2)
    for recipient in (one, other):
        recipient.deliver(ready)
        recipient.acknowledge(ready)
    house.ban(ready, rows[60].person)
    for recipient in (one, other):
        recipient.deliver(ready)
    leak = tmp_path / "leak.csv"
    with leak.open("w", encoding="utf-8", newline="") as file:
        wanted = ["first_name", "last_name", "organisation_name", "email", "mobile", "responsibilities"]
        writer = csv.DictWriter(file, wanted, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(one.table.values())
    found = trace(ready, leak)
    with ready.ledger.read() as connection:
        customer = subscriptions.use_of(ready, connection, one.subscription).customer["customer"]
    assert {accused["customer"] for accused in found["accused"]} == {customer}
    assert {accused["campaign"] for accused in found["accused"]} <= {one.subscription, None}
