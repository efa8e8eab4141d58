"""R023, R063: stop lists by e-mail, to recipients without a webhook; row keys and codes, never a value or a reason."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from core.clock import fixed_clock
from core.errors import ConfigError, StoreError
from ledger import tables
from ledger.store import Store, open_store
from subjects import recipients, stop_list, stop_list_mail, stop_list_webhook
from tests.mail import postbox
from tests.mail.postbox import Postbox, text_of
from tests.recipients import house
from tests.recipients.conftest import Held, made_once as made_once

Mailing = Callable[..., Store]


@pytest.fixture
def held(made_once: Held, tmp_path: Path) -> Iterator[Held]:
    """Four recipients with a mailbox each."""
    with house.copied(made_once.store, tmp_path / "home") as store:
        with store.write() as tx:
            for number, customer in enumerate(sorted(one.customer for one in made_once.recipients)):
                row = update(tables.customer).where(tables.customer.c.customer == customer)
                tx.execute(row.values(contact=f"tietosuoja@ostaja{number}.example"))
            tx.audit("test.contacts")
        yield Held(store, made_once.recipients)


def send(store: Store, **more: Any) -> dict[str, Any]:
    return stop_list_mail.send(store, sleep=lambda _: None, **more)


def later(store: Store, **after: Any) -> Store:
    return open_store(store.settings, clock=fixed_clock(store.now() + timedelta(**after)))


def files(letter: EmailMessage) -> dict[str, bytes]:
    return {str(one.get_filename()): one.get_content() for one in letter.iter_attachments()}


def test_R063_four_recipients_one_down_is_tried_again_stays_open_and_the_person_is_told(
    held: Held, box: Postbox, mailing: Mailing
) -> None:
    store = mailing(held.store)
    rows = house.rows_of(store)
    house.ban(store, house.PERSON)
    recipients.sweep(store)
    box.answers[:] = ["", "450 mailbox busy", "450 mailbox busy", "450 mailbox busy"]
    first = send(store)
    assert (first["sent"], first["failed"], len(box.arrived)) == (3, 1, 3)
    down = next(one for one in first["messages"] if one["outcome"] == "failed")
    assert stop_list.show(store, down["message"])["state"] == "open"
    told = {one["customer"]: one["state"] for one in recipients.informed(store, house.PERSON)}
    assert told == {one.customer: "open" if one.customer == down["customer"] else "sent" for one in held.recipients}
    second = send(later(store, hours=1))
    assert [one["message"] for one in second["messages"]] == [down["message"]]
    shown = stop_list.show(store, down["message"])
    assert shown["state"] == "sent"
    assert [(one["via"], one["outcome"], one["detail"]) for one in shown["attempts"]] == [
        ("email", "failed", "SMTP 450"),
        ("email", "delivered", "SMTP 250"),
    ]
    extracts = {one.customer: one.extract for one in held.recipients}
    for letter in box.arrived:
        [name] = [name for name in files(letter) if name.endswith(".json")]
        document = json.loads(files(letter)[name])
        customer = next(one["customer"] for one in stop_list.listing(store) if one["message"] == document["message"])
        extract = extracts[customer]
        assert document["rows"] == [{"extract": extract, "row": rows[extract]}]
        [line] = csv.DictReader(io.StringIO(files(letter)[name.replace(".json", ".csv")].decode()))
        assert (line["code"], line["extract"], line["row"]) == ("remove", extract, str(rows[extract]))
        whole = letter.as_string().lower()
        assert not [word for word in (house.MAIL, "kielto", "ban-", "erasure") if word in whole]
        assert document["message"] in text_of(letter)


def test_R060_new_values_are_announced_and_never_mailed(held: Held, box: Postbox, mailing: Mailing) -> None:
    store = mailing(held.store)
    changes = {"title": "Hallintojohtaja"}
    recipients.tell(store, persons=[house.PERSON], code="update", cause="correction-1", changes=changes)
    assert send(store)["announced"] == 4
    for letter in box.arrived:
        [(name, content)] = files(letter).items()
        assert name.endswith(".json")
        assert json.loads(content)["rows"][0]["fields"] == ["title"]
        assert "Hallintojohtaja" not in letter.as_string() + content.decode()
        assert "kommer separat" in text_of(letter)
    assert {row["state"] for row in stop_list.listing(store)} == {"open"}, "open until the file is exported"


def test_who_has_a_webhook_or_no_contact_is_not_mailed(held: Held, box: Postbox, mailing: Mailing) -> None:
    store = mailing(held.store)
    with_hook, nameless = held.customers[:2]
    stop_list_webhook.set_webhook(store, with_hook, url="https://ostaja.example/rajaus")
    with store.write() as tx:
        tx.execute(update(tables.customer).where(tables.customer.c.customer == nameless).values(contact=None))
        tx.audit("test.contacts")
    house.ban(store, house.PERSON)
    document = send(store)
    assert (document["sent"], document["without_contact"]) == (2, 1)
    assert {one["customer"] for one in document["messages"]} == set(held.customers[2:])
    stop_list_webhook.disable(store, with_hook)
    assert [one["customer"] for one in send(later(store, minutes=1))["messages"]] == [with_hook]


def test_R023_reminders_go_by_mail_after_two_days(held: Held, box: Postbox, mailing: Mailing) -> None:
    store = mailing(held.store)
    house.ban(store, house.PERSON)
    send(store)
    box.arrived.clear()
    assert send(later(store, days=1), reminders=True)["messages"] == []
    reminded = send(later(store, days=2), reminders=True)
    assert reminded["sent"] == 4
    message = reminded["messages"][0]["message"]
    assert [one["reminder"] for one in stop_list.show(store, message)["attempts"]] == [0, 1]
    assert len({letter["Message-ID"] for letter in box.arrived}) == 4


def test_a_server_that_is_down_leaves_them_open(held: Held, mailing: Mailing) -> None:
    house.ban(held.store, house.PERSON)
    with pytest.raises(StoreError) as caught:
        send(mailing(held.store, smtp_port=postbox.free_port()))
    assert (caught.value.code, caught.value.ids["waiting"]) == ("mail_unreachable", 4)
    assert {row["state"] for row in stop_list.listing(held.store)} == {"open"}
    with pytest.raises(ConfigError):
        send(held.store)


def test_T15_a_contact_that_is_no_address_any_more_is_a_failed_try(held: Held, mailing: Mailing) -> None:
    with held.store.write() as tx:
        tx.execute(update(tables.customer).values(contact="nobody"))
        tx.audit("test.contacts")
    house.ban(held.store, house.PERSON)
    document = send(mailing(held.store))
    assert {one["detail"] for one in document["messages"]} == {stop_list_mail.UNREACHABLE}
    assert document["failed"] == 4
