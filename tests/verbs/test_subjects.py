"""What the privacy officer does for a person, verb by verb."""

from __future__ import annotations

import pytest

from tests.published import Rows
from tests.verbs.conftest import Desk


@pytest.fixture
def somebody(deliverable: Rows) -> dict[str, str]:
    return next(row for row in deliverable if row["mobile"])


@pytest.fixture
def person(desk: Desk, somebody: dict[str, str]) -> int:
    """The person's number in the register."""
    [face] = desk.run("subject", "find", "--email", somebody["email"])["persons"]
    return int(face["person"])


def test_R062_a_restriction_is_lifted_only_after_the_person_was_told(desk: Desk, person: int) -> None:
    restriction = desk.run("subject", "restrict", person, "--via", "letter")["restriction"]
    [listed] = desk.run("subject", "restrictions")["restrictions"]
    assert (listed["ban"], listed["told_on"], listed["persons"]) == (restriction, None, [person])
    lift = ("subject", "lift-restriction", restriction, "--reason", "accuracy checked")
    assert desk.refused(*lift) == "restriction_not_told"
    desk.run("subject", "tell-restriction", restriction, "--via", "letter")
    assert desk.run(*lift)["state"] == "lifted"


def test_a_correction_stands_until_it_is_withdrawn(desk: Desk, person: int, somebody: dict[str, str]) -> None:
    made = desk.run("subject", "rectify", "--person", person, "--set", "last_name=Uusinimi", "--via", "phone")
    [correction] = [one["correction"] for one in made["corrections"]]
    bounced = desk.run("subject", "bounced", "--email", somebody["email"], "--via", "customer")
    shown = desk.run("subject", "corrections", "--person", person, "--purpose", "a call")["corrections"]
    assert {one["correction"] for one in shown} == {correction, *bounced["corrections"]}
    assert desk.run("subject", "withdraw-correction", correction)["state"] == "ended"
    shown = desk.run("subject", "corrections", "--person", person, "--purpose", "a call")["corrections"]
    assert {one["correction"] for one in shown if one["ended_at"] is None} == set(bounced["corrections"])


def test_an_erasure_is_carried_out_listed_and_certified(desk: Desk, person: int, somebody: dict[str, str]) -> None:
    erased = desk.run("subject", "erase", person, "--ground", "objection", "--via", "email")
    assert (erased["state"], erased["persons"]) == ("certified", [person])
    assert desk.run("subject", "erasures")["erasures"] == []
    assert [one["erasure"] for one in desk.run("subject", "erasures", "--all")["erasures"]] == [erased["erasure"]]
    assert desk.run("subject", "resume-erasures")["erasures"] == []
    certificate = desk.run("subject", "certificate", erased["erasure"], "--to", desk.files / "certificate")
    assert certificate["certified"]
    assert {path.suffix for path in (desk.files / "certificate").iterdir()} == {".json", ".pdf"}
    assert desk.run("subject", "find", "--email", somebody["email"])["persons"] == []


def test_a_reply_and_the_notices_are_queued_for_the_mail(desk: Desk, person: int, somebody: dict[str, str]) -> None:
    case = desk.run("subject", "open", "--right", "access", "--via", "email", "--person", person)["case"]
    desk.run("subject", "access", "--case", case, "--person", person, "--to", desk.files / "reply")
    reply = desk.files / "reply" / "reply-fi.pdf"
    sent = desk.run("subject", "send", case, reply, "--to", somebody["email"], "--plain")
    assert sent["files"] == ["reply-fi.pdf"]
    assert desk.run("subject", "notify", "send", "--limit", 5)["queued"] == 5
    assert len(desk.run("mail", "list")["mails"]) == 6
