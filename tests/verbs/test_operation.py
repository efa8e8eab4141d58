"""The clock, the audit, contacts and what is refused of things that are not there, verb by verb."""

from __future__ import annotations

from datetime import timedelta

from tests.verbs.conftest import Desk


def test_a_clock_that_was_ahead_is_accepted_again_by_two_persons(desk: Desk) -> None:
    assert desk.run("clock", "show")["trusted"]
    right, desk.at = desk.at, desk.at + timedelta(days=400)
    desk.run("ban", "add", "--via", "phone", "--email", "somebody@elsewhere.example")
    desk.at = right
    assert not desk.run("clock", "show")["trusted"]
    accept = ("clock", "accept", "--evidence", "until NTP came up, ticket 4711")
    assert desk.refused(*accept, "--approver", desk.actor) == "clock_needs_two"
    assert desk.run(*accept, "--approver", "liisa")["trusted"]
    assert desk.run("clock", "show")["trusted"]


def test_the_audit_is_anchored_outside_and_an_unknown_break_is_said(desk: Desk) -> None:
    anchored = desk.run("audit", "anchor", "--out", desk.files / "anchors")
    assert anchored["head"] in (desk.files / "anchors").read_text(encoding="utf-8")
    assert desk.run("audit", "verify")["anchors"] == 1
    accept = ("audit", "accept", "break-none", "--evidence", "report", "--approver", "liisa")
    assert desk.refused(*accept, code=4) == "break_unknown"


def test_a_contact_is_tested_with_a_token(desk: Desk, customer: str) -> None:
    test = desk.run("customer", "contact", "test", customer, "--to", desk.files / "letters")
    [letter] = (desk.files / "letters").iterdir()
    assert test["token"] in letter.read_text(encoding="utf-8")
    assert desk.refused("customer", "contact", "confirm", f"{test['token']}x", code=4) == "contact_test_unknown"
    assert desk.run("customer", "contact", "confirm", test["token"])["customer"] == customer


def test_what_is_not_there_is_said(desk: Desk) -> None:
    assert desk.refused("processor", "show", "processor-none", code=4) == "processor_unknown"
    approve = ("subscription", "approve", "campaign-none", "--reason", "two regions more")
    assert desk.refused(*approve, code=4) == "subscription_unknown"
