"""R055, R056, T23: what is written in a case goes by e-mail to the known address, an access reply encrypted."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyrage
import pytest

from core.errors import FileRejected, InvalidInput, NotFound, Refused
from ledger.store import Store
from subjects import access, cases, identity_check, mail_send, reply_mail
from tests.mail.postbox import Postbox, text_of
from tests.subjects import rights_house
from tests.subjects.conftest import rights as rights
from tests.subjects.rights_house import MAIL, House

Mailing = Callable[..., Store]


@pytest.fixture
def desk(rights: House, tmp_path: Path) -> Iterator[Store]:
    with rights.opened(tmp_path / "home") as store:
        yield store


@pytest.fixture
def replied(desk: Store, rights: House, tmp_path: Path) -> tuple[str, list[Path], Any]:
    """An access case that was answered in encrypted files; the identity opens them."""
    identity = pyrage.x25519.Identity.generate()
    case = cases.open_case(desk, right="access", via="email", persons=[rights.person], language="sv")
    made = access.reply(desk, case, to=tmp_path / "reply", recipient=str(identity.to_public()))
    return case, [Path(file["path"]) for file in made["files"]], identity


def test_R056_the_reply_reaches_the_known_address_encrypted(
    desk: Store, replied: tuple[str, list[Path], Any], box: Postbox, mailing: Mailing
) -> None:
    case, files, identity = replied
    document = reply_mail.send(desk, case, files=files, to=MAIL.upper())
    mail_send.send(mailing(desk), sleep=lambda _: None)
    [letter] = box.arrived
    assert (letter["To"], letter["Subject"]) == (MAIL, f"Svar på din begäran {case}")
    assert "krypterade" in text_of(letter)
    attached = {one.get_filename(): one.get_content() for one in letter.iter_attachments()}
    assert sorted(attached) == sorted(document["files"]) == ["reply-sv.json.age", "reply-sv.pdf.age"]
    assert b'"answer": "data"' in pyrage.decrypt(attached["reply-sv.json.age"], [identity])
    event = cases.show(desk, case)["events"][-1]
    assert (event["event"], event["ids"]["mail"], event["ids"]["encrypted"]) == ("mailed", document["mail"], True)
    assert event["ids"]["sha256"] == [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]
    assert MAIL not in str(event)


@pytest.mark.parametrize(
    ("to", "way", "code"),
    [
        ("somebody@muualla.example", "known_address", "reply_elsewhere"),
        ("somebody@muualla.example", "verified_address", "reply_elsewhere"),
        (rights_house.HOMONYM_MAIL, "known_address", "reply_elsewhere"),
    ],
)
def test_T23_an_impostor_s_address_gets_nothing(
    desk: Store, replied: tuple[str, list[Path], Any], to: str, way: str, code: str
) -> None:
    case, files, _ = replied
    with pytest.raises(Refused) as refused:
        reply_mail.send(desk, case, files=files, to=to, way=way)
    assert refused.value.code == code


def test_R055_after_a_verified_identity_it_goes_where_the_person_says(
    desk: Store, rights: House, box: Postbox, mailing: Mailing, tmp_path: Path
) -> None:
    case = cases.open_case(desk, right="erasure", via="email", persons=[rights.person], language="en")
    identity_check.ask(desk, case, doubt="unknown_address", reason="free mail")
    identity_check.verify(desk, case, way="call_back")
    (tmp_path / "letter.pdf").write_bytes(b"%PDF")
    reply_mail.send(desk, case, files=[tmp_path / "letter.pdf"], to="me@muualla.example", way="verified_address")
    mail_send.send(mailing(desk), sleep=lambda _: None)
    assert [one["To"] for one in box.arrived] == ["me@muualla.example"]
    assert "encrypted" not in text_of(box.arrived[0]), "a letter that is no access reply may go as it is"


def test_R056_an_access_reply_in_clear_goes_only_if_the_person_asked_for_it(
    desk: Store, rights: House, tmp_path: Path, box: Postbox, mailing: Mailing
) -> None:
    case = cases.open_case(desk, right="access", via="email", persons=[rights.person])
    made = access.reply(desk, case, to=tmp_path / "reply")
    files = [Path(file["path"]) for file in made["files"]]
    with pytest.raises(Refused) as refused:
        reply_mail.send(desk, case, files=files, to=MAIL)
    assert refused.value.code == "reply_in_clear"
    reply_mail.send(desk, case, files=files, to=MAIL, plain=True)
    mail_send.send(mailing(desk), sleep=lambda _: None)
    assert "salaamattomia" in text_of(box.arrived[0])
    assert cases.show(desk, case)["events"][-1]["ids"]["encrypted"] is False


def test_what_cannot_be_sent_is_said(desk: Store, replied: tuple[str, list[Path], Any], tmp_path: Path) -> None:
    case, files, _ = replied
    (tmp_path / "empty.age").write_bytes(b"")
    for error, asked in (
        (InvalidInput, {"files": files, "to": "nobody"}),
        (InvalidInput, {"files": [], "to": MAIL}),
        (InvalidInput, {"files": [tmp_path / "empty.age"], "to": MAIL}),
        (InvalidInput, {"files": files, "to": MAIL, "way": "pigeon"}),
        (FileRejected, {"files": [tmp_path / "none.age"], "to": MAIL}),
    ):
        with pytest.raises(error):
            reply_mail.send(desk, case, **asked)
    with pytest.raises(NotFound):
        reply_mail.send(desk, "case-none", files=files, to=MAIL)
