"""The outbox: queued with its cause, sealed, sent over TLS, tried again, and empty when it is out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from core.clock import fixed_clock
from core.errors import ConfigError, InvalidInput, InvalidTransition, NotFound, StoreError
from core.keys import rotate_key
from core.settings import load_settings
from ledger import bans, outbox, tables, tasks
from ledger.store import Store, open_store
from subjects import mail, mail_send
from subjects.ban_confirmation import confirmation
from subjects.bans import BanRequest, Confirm, add_ban
from subjects.mail import Attachment, Letter
from subjects.mail_send import FAILED, UNREADABLE
from subjects.texts import LANGUAGES
from tests.mail import postbox
from tests.mail.postbox import Postbox, text_of

TO = "Liisa.Makela@Yritys.example"
Mailing = Callable[..., Store]


def ban(store: Store, *, language: str = "fi", to: str = TO) -> dict[str, Any]:
    return add_ban(store, BanRequest(via="email", email=to), confirm=Confirm(to, language))


def put(store: Store, *, to: str = TO, about: str = "case-1", **more: Any) -> str:
    letter = Letter(to, "Otsikko\r\nBcc: muu@muualla.example", "Päivää äöå", "fi", **more)
    with store.write() as tx:
        tx.audit("test.cause")
        return mail.queue(tx, store, letter, kind=mail.REPLY, about=about)


def send(store: Store, pauses: list[float] | None = None) -> dict[str, Any]:
    return mail_send.send(store, sleep=(pauses if pauses is not None else []).append)


def shown(store: Store, identifier: str) -> dict[str, Any]:
    with store.ledger.read() as connection:
        return outbox.find(connection, identifier)


def later(store: Store, **after: Any) -> Store:
    return open_store(store.settings, clock=fixed_clock(store.now() + timedelta(**after)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_R015_a_ban_s_confirmation_goes_to_the_person_in_the_persons_language(
    store: Store, box: Postbox, mailing: Mailing, language: str
) -> None:
    filed = ban(store, language=language)
    assert box.arrived == [], "it waits for the next run"
    document = send(mailing(store))
    assert [(one["mail"], one["about"], one["outcome"]) for one in document["mails"]] == [
        (filed["mail"], filed["ban"], "sent")
    ]
    [letter] = box.arrived
    expected = confirmation(store, filed["ban"], language=language)
    assert (letter["To"], letter["Subject"]) == (TO.lower(), expected["subject"])
    assert text_of(letter).strip() == expected["text"]
    assert letter["From"] == f"{store.settings.controller} <{store.settings.contact}>"
    assert (letter["Content-Language"], letter["Auto-Submitted"]) == (language, "auto-generated")
    assert box.logins == [postbox.USER]


def test_R019_R087_neither_ledger_nor_audit_tells_whom_a_message_is_for(any_store: Store) -> None:
    """A stolen database without the key must not say who banned."""
    filed = ban(any_store)
    with any_store.ledger.read() as connection:
        stored = str(connection.execute(select(tables.mail)).all()) + str(
            connection.execute(select(tables.audit)).all()
        )
        content = connection.execute(select(tables.mail.c.content)).scalar_one()
    for word in ("liisa", "makela", "yritys", "kieltosi"):
        assert word not in stored.lower()
        assert word.encode() not in bytes(content).lower()
    for key, bound in ((mail.KEY, "mail-of-another"), ("webhook", filed["mail"])):
        with pytest.raises(ValueError, match="not sealed"):
            any_store.key(key).unseal(content, bound=bound)
    assert b"To: liisa.makela" in any_store.key(mail.KEY).unseal(content, bound=filed["mail"])


def test_what_is_rolled_back_is_not_mailed(any_store: Store) -> None:
    with pytest.raises(ZeroDivisionError), any_store.write() as tx:
        mail.queue(tx, any_store, Letter(TO, "x", "x", "fi"), kind=mail.REPLY, about="case-1")
        raise ZeroDivisionError
    with any_store.ledger.read() as connection:
        assert outbox.mails(connection) == []


def test_a_ban_whose_confirmation_cannot_be_addressed_is_said_before_it_is_filed(store: Store) -> None:
    with pytest.raises(InvalidInput) as refused:
        add_ban(store, BanRequest(via="phone", email=TO), confirm=Confirm("nobody", "fi"))
    assert refused.value.code == "email_invalid"
    with store.ledger.read() as connection:
        assert bans.list_bans(connection) == []


def test_a_message_is_one_letter_whatever_is_in_its_words(store: Store, box: Postbox, mailing: Mailing) -> None:
    """No word of a text becomes a header or another addressee."""
    put(store, attachments=[Attachment('liite "1".pdf.age', b"\0\1\2")])
    send(mailing(store))
    [letter] = box.arrived
    assert letter["Bcc"] is None
    assert letter["Subject"] == "Otsikko Bcc: muu@muualla.example"
    assert text_of(letter) == "Päivää äöå\n"
    [attached] = letter.iter_attachments()
    assert (attached.get_filename(), attached.get_content()) == ('liite "1".pdf.age', b"\0\1\2")


def test_what_is_out_keeps_no_content_and_is_not_sent_again(any_store: Store, box: Postbox, mailing: Mailing) -> None:
    identifier = put(any_store)
    store = mailing(any_store)
    assert send(store)["sent"] == 1
    assert send(store)["sent"] == 0
    with store.ledger.read() as connection:
        assert connection.execute(select(tables.mail.c.content)).scalar_one() is None
    found = shown(store, identifier)
    assert (found["state"], found["settled_at"]) == ("sent", store.now())
    assert [(one["attempt"], one["outcome"], one["detail"]) for one in found["attempts"]] == [(1, "sent", "SMTP 250")]


def test_what_the_server_defers_is_tried_with_growing_pauses_and_waits_for_the_next_run(
    any_store: Store, box: Postbox, mailing: Mailing
) -> None:
    first, second = put(any_store, about="case-1"), put(any_store, about="case-2")
    box.answers[:] = ["451 try later", "", "421 busy", "421 busy", "421 busy"]
    pauses: list[float] = []
    store = mailing(any_store)
    document = send(store, pauses)
    outcomes = {one["mail"]: (one["outcome"], one["detail"]) for one in document["mails"]}
    assert sorted(outcomes.values()) == [("deferred", "SMTP 421"), ("sent", "SMTP 250")]
    assert len(pauses) == 3
    assert pauses[2] > pauses[1]
    waits = next(one for one, (outcome, _) in outcomes.items() if outcome == "deferred")
    assert (shown(store, waits)["state"], {first, second}) == ("queued", set(outcomes))
    assert send(later(store, minutes=5))["sent"] == 1
    assert len(box.arrived) == 2


def test_what_the_server_refuses_has_failed_and_leaves_a_task_until_it_is_sent_or_dropped(
    any_store: Store, box: Postbox, mailing: Mailing
) -> None:
    identifier = put(any_store)
    box.answers[:] = [f"550 5.1.1 <{TO}> unknown"]
    store = mailing(any_store)
    assert send(store)["failed"] == 1
    found = shown(store, identifier)
    assert (found["state"], found["attempts"][0]["detail"]) == ("failed", "SMTP 550"), "never the server's words"
    with store.ledger.read() as connection:
        [task] = [one for one in tasks.list_tasks(connection) if one["kind"] == FAILED]
        assert task["ids"] == {"mail": identifier, "what": "reply", "about": "case-1"}
        assert "liisa" not in str(connection.execute(select(tables.audit)).all()).lower()
    assert send(later(store, hours=1))["mails"] == [], "nobody tries a failed one again by itself"
    assert mail_send.retry(store, identifier) == "queued"
    assert send(later(store, hours=2))["sent"] == 1
    other = put(store)
    box.answers[:] = ["550 no"]
    send(later(store, hours=3))
    assert mail_send.drop(store, other, reason="sent by post") == "dropped"
    with store.ledger.read() as connection:
        assert [one["task"] for one in tasks.list_tasks(connection)] == [task["task"]]
        assert connection.execute(select(tables.mail.c.content)).scalars().all() == [None, None]
    with pytest.raises(InvalidTransition):
        mail_send.drop(store, other, reason="again")
    with pytest.raises(InvalidInput):
        mail_send.drop(store, put(store), reason=" ")
    with pytest.raises(NotFound):
        mail_send.retry(store, "mail-none")


def test_after_three_days_a_deferred_message_has_failed(store: Store, box: Postbox, mailing: Mailing) -> None:
    identifier = put(store)
    for hours, state in ((1, "queued"), (71, "queued"), (72, "failed")):
        box.answers[:] = ["451 later"] * 3
        send(later(mailing(store), hours=hours))
        assert shown(store, identifier)["state"] == state
    assert shown(store, identifier)["attempts"][-1]["detail"] == "given up, SMTP 451"


def test_a_server_that_is_down_keeps_everything_waiting_and_the_run_says_so(
    store: Store, box: Postbox, mailing: Mailing
) -> None:
    identifier = put(store)
    put(store)
    down = mailing(store, smtp_port=postbox.free_port())
    with pytest.raises(StoreError) as caught:
        send(down)
    assert (caught.value.code, caught.value.ids["waiting"]) == ("mail_unreachable", 2)
    assert shown(store, identifier)["state"] == "queued"
    assert send(later(mailing(store), minutes=1))["sent"] == 2


@pytest.mark.parametrize(
    ("tls", "settings", "reason"),
    [
        ("starttls", {"smtp_ca_file": None}, "SSLCertVerificationError"),
        ("starttls", {"smtp_password_file": "wrong"}, "login refused, SMTP 535"),
        ("none", {}, "SMTPNotSupportedError"),
    ],
)
def test_nothing_is_sent_in_clear_or_to_a_server_that_is_not_ours(
    store: Store, tmp_path: Path, tls: str, settings: dict[str, Any], reason: str
) -> None:
    """A server without STARTTLS, with another certificate, or that does not know us gets no message."""
    put(store)
    if "smtp_password_file" in settings:
        (tmp_path / "wrong").write_text("guess\n")
        settings = {"smtp_password_file": tmp_path / "wrong"}
    with postbox.running(tmp_path, tls=tls) as box:
        values = store.settings.model_dump() | box.settings(**settings)
        with pytest.raises(StoreError) as caught:
            send(open_store(load_settings(env={}, **values), clock=store.clock))
    assert caught.value.ids["reason"] == reason
    assert box.arrived == []


@pytest.mark.parametrize("tls", ["tls", "none"])
def test_the_other_ways_to_a_server(store: Store, tmp_path: Path, tls: str) -> None:
    put(store)
    with postbox.running(tmp_path, tls=tls) as box:
        more = {"smtp_user": None} if tls == "none" else {}
        values = store.settings.model_dump() | box.settings(smtp_security=tls, **more)
        assert send(open_store(load_settings(env={}, **values), clock=store.clock))["sent"] == 1
    assert len(box.arrived) == 1


@pytest.mark.parametrize(
    "values", [{"smtp_host": "mail.yritys.example", "smtp_security": "none"}, {"mail_from": "nobody"}, {"smtp_port": 0}]
)
def test_settings_that_cannot_be_are_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        load_settings(env={}, **values)


@pytest.mark.parametrize("missing", [{"smtp_password_file": None}, {"smtp_password_file": Path("/nowhere/password")}])
def test_a_user_without_a_password_is_a_matter_of_settings(
    store: Store, box: Postbox, mailing: Mailing, missing: dict[str, Any]
) -> None:
    put(store)
    with pytest.raises(ConfigError):
        send(mailing(store, **missing))


def test_without_a_server_the_messages_are_written_as_files_that_a_mail_program_sends(
    any_store: Store, letters: Path
) -> None:
    identifier = put(any_store)
    with pytest.raises(ConfigError) as caught:
        send(any_store)
    assert caught.value.code == "mail_unset"
    document = mail_send.export(any_store, letters)
    [path] = [Path(file) for file in document["files"]]
    assert path.stat().st_mode & 0o077 == 0
    made = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert (made["To"], made["Message-ID"]) == (TO.lower(), f"<{identifier}@rajaus.example>")
    assert shown(any_store, identifier)["state"] == "exported"
    assert mail_send.export(any_store, letters)["exported"] == 0


def test_a_process_that_died_after_the_server_took_it_sends_it_again_under_the_same_id(
    store: Store, box: Postbox, mailing: Mailing, monkeypatch: pytest.MonkeyPatch
) -> None:
    identifier = put(store)

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("ledger.outbox.settle", die)
        send(mailing(store))
    assert send(later(mailing(store), minutes=9))["mails"] == [], "it may still be at it"
    assert send(later(mailing(store), minutes=10))["sent"] == 1
    assert [one["Message-ID"] for one in box.arrived] == [f"<{identifier}@rajaus.example>"] * 2


def test_two_runs_at_a_time_take_different_messages(any_store: Store) -> None:
    ids = {put(any_store) for _ in range(3)}
    now = any_store.now()
    with any_store.ledger.locking() as connection:
        first = outbox.claim(connection, at=now, before=now)
    with any_store.ledger.locking() as connection:
        second = outbox.claim(connection, at=now, before=now)
        third = outbox.claim(connection, at=now, before=now)
        assert outbox.claim(connection, at=now, before=now) is None
    assert {row["mail"] for row in (first, second, third) if row} == ids


def test_a_message_of_a_retired_key_is_sent_and_one_without_its_key_holds_nobody_up(
    store: Store, box: Postbox, mailing: Mailing
) -> None:
    rotated = put(store)
    rotate_key(store.settings.keys_dir, mail.KEY)
    assert send(mailing(store))["sent"] == 1
    lost = put(store)
    for file in store.settings.keys_dir.glob("mail*.key"):
        file.write_text(f"mail-0000 {'ab' * 32}\n")
    good = put(store)
    document = send(later(mailing(store), minutes=1))
    assert {one["mail"]: one["detail"] for one in document["mails"]} == {lost: UNREADABLE, good: "SMTP 250"}
    assert shown(store, rotated)["state"] == "sent"


def test_every_state_is_reached_and_what_is_out_stays_out() -> None:
    assert {state for state, _ in outbox.TRANSITIONS} | set(outbox.TRANSITIONS.values()) == set(outbox.STATES)
    assert {state for state, _ in outbox.TRANSITIONS} == {"queued", "failed"}
