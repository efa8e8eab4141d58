"""Who asks: no hurdles without a doubt, and nothing for an impostor."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import click
import pytest

from core.clock import HELSINKI
from core.errors import InvalidInput, InvalidTransition, RajausError, Refused
from ledger import bans, tasks
from ledger.store import Store
from scripts.document import verbs
from subjects import access, cases, identity_check
from subjects.bans import BanRequest, add_ban
from subjects.texts import LANGUAGES, text
from tests.subjects import rights_house as house
from tests.subjects.rights_house import House


@pytest.fixture
def store(rights: House, tmp_path: Path) -> Iterator[Store]:
    with rights.opened(tmp_path / "home") as opened:
        yield opened


def test_R055_a_request_needs_nothing_more_than_itself(store: Store, rights: House, tmp_path: Path) -> None:
    """B14: no account, no form, no document; the reply goes to the address at work that is known."""
    case = cases.open_case(store, right="access", via="email", persons=[rights.person])
    assert access.reply(store, case, to=tmp_path / "out")["answer"] == "data"
    assert cases.show(store, case)["identity"] == "not_asked"


def test_R055_a_signature_cannot_be_required_and_no_copy_asked_for() -> None:
    """Otavamedia: there is no flag, no state and no doubt with which anybody could."""
    words = ("signature", "require-signature", "id-copy", "passport", "hetu", "id-number", "copy")
    options = {
        option.name
        for name, verb in verbs()
        if name.startswith(("rajaus subject", "rajaus ban"))
        for option in verb.params
        if isinstance(option, click.Option)
    }
    assert {option for option in options if option and any(word in option.replace("_", "-") for word in words)} == set()
    assert not [doubt for doubt in identity_check.DOUBTS if "signature" in doubt or "document" in doubt]
    for language, no_copy in (("fi", "Emme pyydä kopiota"), ("sv", "inte om kopia"), ("en", "no copy")):
        assert no_copy in text("identity", language)["end"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_R055_on_a_doubt_every_way_is_offered_and_the_ban_stays_free(
    store: Store, rights: House, language: str
) -> None:
    case = cases.open_case(store, right="access", via="email", persons=[rights.person], language=language)
    asked = identity_check.ask(store, case, doubt="unknown_address", reason="free mail address")
    assert set(asked["ways"]) == {"known_address", "call_back", "signed_document", "visit"}
    assert all(way in asked["text"] for way in text("identity", language)["ways"].values())
    assert store.settings.contact in asked["text"]


def test_R055_without_a_written_doubt_nobody_is_asked(store: Store, rights: House) -> None:
    case = cases.open_case(store, right="access", via="email", persons=[rights.person])
    with pytest.raises(Refused) as refused:
        identity_check.ask(store, case, doubt="unknown_address", reason=" ")
    assert refused.value.code == "doubt_unfounded"
    with pytest.raises(InvalidInput):
        identity_check.ask(store, case, doubt="no_signature", reason="house rule")
    assert cases.show(store, case)["state"] == "open"


@pytest.mark.parametrize(
    ("moment", "code"),
    [
        ("2026-11-23T13:59", None),
        ("2026-11-23T14:00", "visit_closed"),
        ("2026-11-21T10:00", "visit_closed"),  # Saturday
        ("2026-12-24T10:00", "visit_closed"),  # Christmas Eve
    ],
)
def test_R055_a_visit_stores_who_saw_the_identity_and_nothing_of_it(
    rights: House, tmp_path: Path, moment: str, code: str | None
) -> None:
    """B30, B31."""
    at = datetime.fromisoformat(moment).replace(tzinfo=HELSINKI)
    with rights.opened(tmp_path / "home", at=house.noon(2026, 12, 28)) as store:
        case = cases.open_case(store, right="access", via="visit", persons=[rights.person])
        identity_check.ask(store, case, doubt="conflicting_details", reason="another employer was named")
        if code:
            with pytest.raises(InvalidInput) as refused:
                identity_check.verify(store, case, way="visit", seen_by="Liisa L", at=at)
            assert refused.value.code == code
            return
        with pytest.raises(InvalidInput):
            identity_check.verify(store, case, way="visit", at=at)
        identity_check.verify(store, case, way="visit", seen_by="Liisa L", at=at)
        event = cases.show(store, case)["events"][-1]
    assert set(event["ids"]) == {"way", "seen_by", "seen_at", "due_on"}
    assert (event["ids"]["seen_by"], event["ids"]["way"]) == ("Liisa L", "visit")


def test_R055_bans_never_ask_who_files_them() -> None:
    fields = {field.name for field in dataclasses.fields(BanRequest)}
    assert not {name for name in fields if "ident" in name or "sign" in name or "proof" in name}
    assert "ban" not in cases.RIGHTS


def test_R054_the_clock_stands_while_a_justified_query_is_open(rights: House, tmp_path: Path) -> None:
    home = tmp_path / "home"
    with rights.opened(home) as store:
        case = cases.open_case(store, right="access", via="email", received_on=date(2026, 11, 20))
        assert cases.show(store, case)["due_on"] == date(2026, 12, 21)
        identity_check.ask(store, case, doubt="for_another", reason="a lawyer without a mandate")
        assert [row["case"] for row in cases.agenda(store)["paused"]] == [case]
    with rights.opened(home, at=house.noon(2027, 1, 22)) as store:
        assert cases.agenda(store)["overdue"] == []
    with rights.opened(home, at=house.noon(2026, 12, 2)) as store:
        assert identity_check.verify(store, case, way="call_back") == date(2026, 12, 30)
        with pytest.raises(InvalidTransition):
            identity_check.verify(store, case, way="call_back")


def test_R054_a_query_taken_back_never_stopped_the_clock(rights: House, tmp_path: Path) -> None:
    home = tmp_path / "home"
    with rights.opened(home) as store:
        case = cases.open_case(store, right="access", via="email", received_on=date(2026, 11, 20))
        identity_check.ask(store, case, doubt="unknown_address", reason="free mail address")
    with rights.opened(home, at=house.noon(2026, 12, 2)) as store:
        assert identity_check.drop(store, case, reason="it is the known address") == date(2026, 12, 21)


def test_T23_an_impostor_gets_no_reply_anywhere_else(store: Store, rights: House, tmp_path: Path) -> None:
    case = cases.open_case(store, right="access", via="email", persons=[rights.person])
    with pytest.raises(Refused) as refused:
        access.reply(store, case, to=tmp_path / "out", send="verified_address")
    assert refused.value.code == "reply_elsewhere"
    identity_check.ask(store, case, doubt="signs_of_misuse", reason="three persons asked for from one address")
    with pytest.raises(InvalidTransition):
        access.reply(store, case, to=tmp_path / "out")
    assert not (tmp_path / "out").exists()
    identity_check.verify(store, case, way="call_back")
    assert access.reply(store, case, to=tmp_path / "out", send="verified_address")["answer"] == "data"


def test_T23_an_impostor_erases_nobody_but_the_person_is_restricted_and_contacted(store: Store, rights: House) -> None:
    case = cases.open_case(store, right="erasure", via="email", persons=[rights.homonym])
    asked = identity_check.ask(store, case, doubt="unknown_address", reason="a competitor's domain")
    with store.ledger.read() as connection:
        shown = bans.show(connection, asked["restriction"])
        waiting = tasks.list_tasks(connection)
        blocked = bans.blocked(connection, channels=None).persons.to_pylist()
    assert shown["kind"] == "restriction"
    assert rights.homonym in blocked
    assert [task["ids"]["case"] for task in waiting if task["kind"] == "contact person"] == [case]
    with pytest.raises(RajausError):
        cases.complete(store, case, outcome="granted")


def test_T23_but_a_ban_is_honoured_at_once_whoever_files_it(store: Store) -> None:
    """R015: the person can undo it."""
    filed = add_ban(store, BanRequest(via="email", email=house.COLLEAGUE_MAIL))
    assert filed["matched"] == 1
