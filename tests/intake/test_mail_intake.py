"""R015, T20: the intake mailbox. Who says no is out at once, each mail is read once, and no text is kept."""

from __future__ import annotations

import mailbox
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from core.errors import FileRejected
from ledger import bans, intake, outbox, requests, tables, tasks
from ledger.store import Store
from subjects.mail_intake import READ, read_mailbox
from tests.bans import town as people
from tests.bans.conftest import town as town, town_home as town_home

SENDER = "Jussi Korhonen <jussi@akkia.example>"


def letter(text: str = "Kiellän markkinoinnin.", *, sender: str = SENDER, **headers: str) -> bytes:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, "tietosuoja@rajaus.example", headers.pop("Subject", "Hei")
    made["Date"] = headers.pop("Date", "Fri, 20 Nov 2026 23:30:00 +0200")
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    return made.as_bytes()


def one(to: Path, content: bytes) -> Path:
    to.write_bytes(content)
    return to


def maildir(to: Path, *contents: bytes) -> Path:
    box = mailbox.Maildir(to)
    for content in contents:
        box.add(content)
    return to


def mbox(to: Path, *contents: bytes) -> Path:
    box = mailbox.mbox(to)
    for content in contents:
        box.add(content)
    box.close()
    return to


Maker = Callable[..., Path]


def blocked(store: Store) -> set[int]:
    with store.ledger.read() as connection:
        return set(bans.blocked(connection, channels=["email"]).persons.to_pylist())


@pytest.mark.parametrize("make", [one, maildir, mbox])
def test_R015_who_says_no_by_mail_is_out_at_once_and_gets_a_confirmation(
    town: Store, tmp_path: Path, make: Maker
) -> None:
    person = people.person(town, "jussi")
    assert person not in blocked(town)
    document = read_mailbox(town, make(tmp_path / "box", letter()))
    [item] = document["items"]
    assert (document["read"], item["kind"], item["matched"]) == (1, "ban", 1)
    assert person in blocked(town)
    with town.ledger.read() as connection:
        row = bans.show(connection, item["ban"])
        assert [mail["about"] for mail in outbox.mails(connection, state="queued")] == [item["ban"]]
    assert (row["via"], row["received_on"].isoformat()) == ("email", "2026-11-20"), "received, not recorded (T20)"


@pytest.mark.parametrize("make", [one, maildir, mbox])
def test_a_mail_is_read_once_and_new_ones_are_taken(town: Store, tmp_path: Path, make: Maker) -> None:
    path = make(tmp_path / "box", letter())
    read_mailbox(town, path)
    again = read_mailbox(town, path)
    assert (again["read"], again["already"], again["items"]) == (0, 1, [])
    with town.ledger.read() as connection:
        assert len(bans.list_bans(connection)) == 1


def test_a_run_that_died_after_the_ban_files_no_second_one(
    town: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = one(tmp_path / "m.eml", letter())

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("ledger.intake.record", die)
        read_mailbox(town, path)
    assert read_mailbox(town, path)["kinds"]["ban"] == 1
    with town.ledger.read() as connection:
        assert len(bans.list_bans(connection)) == 1
        assert len(outbox.mails(connection)) == 1


def test_R054_a_request_by_mail_is_a_case_whose_clock_began_when_it_came(town: Store, tmp_path: Path) -> None:
    text = "I want a copy of my data, and please erase my data."
    [item] = read_mailbox(town, one(tmp_path / "m.eml", letter(text)))["items"]
    with town.ledger.read() as connection:
        access, erasure = (requests.find(connection, item[right]) for right in ("access", "erasure"))
    assert (access["via"], access["language"], access["electronic"]) == ("email", "en", True)
    assert access["due_on"].isoformat() == "2026-12-21"
    assert erasure["received_on"].isoformat() == "2026-11-20"
    assert item["ban"], "who wants to be erased is not marketed to meanwhile"


QUOTES = [
    "Kiitos!\n\n> Voit kieltää: kiellän tietojeni käytön",
    "Kiitos!\n\nRajaus kirjoitti:\nkiellän",
    "Kiitos!\n-----Original Message-----\nunsubscribe",
    "Kiitos!\nLähettäjä: Rajaus\nunsubscribe",
    "Thanks!\n\nOn Fri, 20 Nov 2026, Rajaus wrote:\n unsubscribe",
]


@pytest.mark.parametrize("text", QUOTES)
def test_our_own_words_in_an_answer_are_not_the_sender_s(town: Store, tmp_path: Path, text: str) -> None:
    content = letter(text, Subject="Vs: Kieltäminen: unsubscribe")
    [item] = read_mailbox(town, one(tmp_path / "m.eml", content))["items"]
    assert item["kind"] == "unread"
    assert blocked(town) == set()


def test_T20_what_nobody_can_make_out_waits_for_somebody_who_reads_it(town: Store, tmp_path: Path) -> None:
    [item] = read_mailbox(town, one(tmp_path / "m.eml", letter("Terve, asiaa olisi.")))["items"]
    with town.ledger.read() as connection:
        [task] = [row for row in tasks.list_tasks(connection) if row["kind"] == READ]
    assert (item["kind"], item["task"]) == ("unread", task["task"])
    assert task["due_on"].isoformat() == "2026-11-24"


MACHINES = [
    ({"Auto-Submitted": "auto-replied"}, "automatic"),
    ({"Precedence": "bulk"}, "automatic"),
    ({"Return-Path": "<>"}, "bounce"),
]


@pytest.mark.parametrize(("headers", "kind"), MACHINES)
def test_a_machine_bans_nobody(town: Store, tmp_path: Path, headers: dict[str, str], kind: str) -> None:
    """An out-of-office answer says "en halua" as easily as anybody, and a bounce quotes us."""
    assert read_mailbox(town, one(tmp_path / "m.eml", letter(**headers)))["items"][0]["kind"] == kind
    assert blocked(town) == set()


def test_our_own_message_that_comes_back_is_nobody_s_wish(town: Store, tmp_path: Path) -> None:
    content = letter(sender=town.settings.sender)
    assert read_mailbox(town, one(tmp_path / "m.eml", content))["items"][0]["kind"] == "automatic"


ODD = [
    b"From: x\r\n\r\nkiell\xe4n",
    b"Subject: =?nocharset?q?a?=\nFrom: =?x\nContent-Type: text/plain; charset=nowhere\n\nkiell\xe4n",
    b"From: Liisa <liisa@akkia.example>\nContent-Type: multipart/mixed; boundary=\n\n--",
    b"From: a@b.example, c@d.example\nDate: never\nReceived: from x; nonsense\n\nei",
    (
        b"Received: from x by y; Wed, 25 Nov 2099 10:00:00 +0200\nFrom: z@z.example\nContent-Type: text/html\n\n"
        b"<p>please <b>remove</b> me</p><script>x</script>"
    ),
]


@pytest.mark.parametrize("content", ODD)
def test_a_mail_that_is_broken_is_read_as_far_as_it_goes(town: Store, tmp_path: Path, content: bytes) -> None:
    document = read_mailbox(town, one(tmp_path / "m.eml", content))
    assert document["read"] == 1
    with town.ledger.read() as connection:
        [item] = intake.items(connection)
    assert item["received_on"] <= town.today()


WRITTEN = [
    ("utf-8", ""),
    ("cp1252", ""),
    ("utf-8", "Content-Type: text/plain; charset=us-ascii\n"),
    ("cp1252", "Content-Type: text/plain; charset=nowhere\n"),
    ("iso-8859-15", "Content-Type: text/plain; charset=iso-8859-15\n"),
]


@pytest.mark.parametrize(("encoding", "header"), WRITTEN)
def test_a_mail_is_understood_whatever_it_says_of_its_letters(
    town: Store, tmp_path: Path, encoding: str, header: str
) -> None:
    content = f"From: {SENDER}\n{header}\nÄlkää soittako.".encode(encoding)
    assert read_mailbox(town, one(tmp_path / "m.eml", content))["items"][0]["kind"] == "ban"


def test_an_html_mail_is_read_for_its_words(town: Store, tmp_path: Path) -> None:
    [item] = read_mailbox(town, one(tmp_path / "m.eml", ODD[-1]))["items"]
    assert item["kind"] == "ban"


@pytest.mark.parametrize(("name", "content"), [("note.txt", b"hello there\n"), ("empty", b""), ("a.bin", b"\0\1\2")])
def test_what_is_no_mailbox_is_said(town: Store, tmp_path: Path, name: str, content: bytes) -> None:
    with pytest.raises(FileRejected):
        read_mailbox(town, one(tmp_path / name, content))
    with pytest.raises(FileRejected):
        read_mailbox(town, tmp_path / "nowhere")
    (tmp_path / "directory").mkdir()
    with pytest.raises(FileRejected):
        read_mailbox(town, tmp_path / "directory")


def test_R019_R087_no_text_and_no_address_is_kept(town: Store, tmp_path: Path) -> None:
    read_mailbox(town, one(tmp_path / "m.eml", letter("Kiellän. Salainen asia.")))
    with town.ledger.read() as connection:
        kept: list[Any] = []
        for table in (tables.intake_item, tables.audit, tables.ban, tables.task, tables.mail):
            kept += connection.execute(select(table)).all()
    text = str(kept).lower()
    assert "jussi" not in text
    assert "salainen" not in text
    assert "akkia" not in text
