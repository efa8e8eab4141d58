"""R096: a notice by e-mail counts from the day on which the server took it, and one that is refused does not count."""

from __future__ import annotations

from collections.abc import Callable

from ledger import notices as ledger_notices, outbox
from ledger.store import Store
from subjects import mail_send, notices
from subjects.bans import BanRequest, add_ban
from subjects.notice_text import document, facts
from tests.mail.postbox import Postbox, text_of
from tests.notices import house

Mailing = Callable[..., Store]
NAMES = ("Aino Laine", "Eero Salo", "Liisa Aho")


def states(store: Store, people: dict[str, int]) -> dict[str, tuple[str, object]]:
    with store.ledger.read() as connection:
        found = {name: ledger_notices.of_person(connection, person) for name, person in people.items()}
    return {name: (one[-1]["state"], one[-1]["proof"]) for name, one in found.items()}


def test_R096_a_notice_counts_when_it_was_taken_and_its_proof_is_the_mail(
    store: Store, box: Postbox, mailing: Mailing
) -> None:
    people = house.newcomers(store, *NAMES)
    made = notices.send(store)
    assert made["queued"] == 3
    assert notices.send(store) == {"version": 1, "batch": None, "queued": 0}, "whoever waits is not written to again"
    box.answers[:] = ["", "550 unknown"]
    document_sent = mail_send.send(mailing(store), sleep=lambda _: None)
    assert (document_sent["sent"], document_sent["failed"]) == (2, 1)
    found = states(store, people)
    assert sorted(state for state, _ in found.values()) == ["failed", "sent", "sent"]
    assert {proof for _, proof in found.values()} == {one["mail"] for one in document_sent["mails"]}
    texts = {text_of(one).strip() for one in box.arrived}
    assert len(texts) == 1
    title = document(facts(store), "fi", version=1)["title"]
    assert {one["Subject"] for one in box.arrived} == {title}
    assert texts.pop().startswith(title)
    with store.ledger.read() as connection:
        assert outbox.waiting(connection) == (0, None, 0), "the failed one is not kept: another channel is tried"


def test_R096_who_banned_everything_meanwhile_is_not_written_to(store: Store, box: Postbox, mailing: Mailing) -> None:
    people = house.newcomers(store, *NAMES)
    notices.send(store)
    add_ban(store, BanRequest(via="phone", first_name="Eero", last_name="Salo", business_id=house.A))
    document_sent = mail_send.send(mailing(store), sleep=lambda _: None)
    assert (document_sent["sent"], document_sent["dropped"]) == (2, 1)
    assert len(box.arrived) == 2
    assert states(store, people)["Eero Salo"][0] == "failed"
    with store.ledger.read() as connection:
        assert [row["state"] for row in outbox.mails(connection, state="dropped")] == ["dropped"]
