"""What a processor owes its customer beside the work: requests passed on, and an account of itself (R050)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.clock import fixed_clock
from core.errors import FileRejected, InvalidInput, LicenceRefused, NotFound
from core.signing import check, public_key
from datacare import auditing, review
from datacare.closing import close_job
from datacare.returning import return_job
from ledger import audit, care_forwards, customers
from ledger.store import Store
from subjects import breaches, cases, forwarding, mail_send
from tests.care.conftest import HEADER, Write, add_agreement
from tests.care.test_changes import People, matched, worn
from tests.mail.conftest import box, mailing, server
from tests.mail.postbox import Postbox, text_of
from tests.moment import NOW

__all__ = ["box", "mailing", "server", "worn"]

SAID = "Hei, olen Xerxes Qvistgaard. Mitä tietoja teillä on minusta?\n"


@pytest.fixture
def message(tmp_path: Path) -> Path:
    path = tmp_path / "Xerxes Qvistgaard.eml"
    path.write_text(SAID, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("received", "last"),
    [("2026-11-23", "2026-11-25"), ("2026-11-26", "2026-11-30"), ("2026-11-27", "2026-12-01"),
     ("2026-11-28", "2026-12-01"), ("2026-12-03", "2026-12-07"), ("2026-12-04", "2026-12-08"),
     ("2026-12-23", "2026-12-29")],
)  # fmt: skip
def test_R050_a_request_is_due_at_the_customer_on_the_second_working_day(received: str, last: str) -> None:
    """Weekends, independence day (a Sunday) and the days of Christmas do not count."""
    assert forwarding.due(date.fromisoformat(received)) == date.fromisoformat(last)


def test_R050_a_misdirected_request_reaches_the_customers_inbox_as_it_came(
    store: Store, message: Path, box: Postbox, mailing: Callable[..., Store]
) -> None:
    agreement = add_agreement(store)
    made = forwarding.forward(store, agreement, message, right="access", via="email", received_on=date(2026, 11, 20))
    mail_send.send(mailing(store), sleep=lambda _: None)
    [letter] = box.arrived
    assert letter["To"] == "tietosuoja@asiakas.example"
    assert made["forward"] in letter["Subject"]
    assert "tietopyyntö" in text_of(letter)
    [attached] = letter.iter_attachments()
    assert attached.get_filename() == f"{made['forward']}.eml", "the file's own name may name the person"
    assert attached.get_content().decode() == SAID
    with store.ledger.read() as connection:
        [told] = care_forwards.forwards(connection, today=store.today(), customer=made["customer"])
        audited = audit.entries(connection, action="care.forwarded", limit=9)
    assert told["sent_at"] == store.now()
    assert audited[0]["ids"]["forward"] == made["forward"]


def test_R050_nothing_of_the_message_stays_in_the_store(store: Store, message: Path, tmp_path: Path) -> None:
    """Sealed until it is out, and then gone; nothing names the person meanwhile."""
    forwarding.forward(store, add_agreement(store), message, right="access", via="letter")
    assert _bytes_with(store.home.root, b"Qvistgaard") == []
    (tmp_path / "out").mkdir()
    mail_send.export(store, tmp_path / "out")
    assert len(list((tmp_path / "out").glob("*.eml"))) == 1
    assert _bytes_with(store.home.root, b"Qvistgaard") == []


def _bytes_with(root: Path, marker: bytes) -> list[str]:
    return [path.name for path in root.rglob("*") if path.is_file() and marker in path.read_bytes()]


@pytest.mark.parametrize(("out_after", "late"), [(None, True), (0, False), (2, False), (5, True)])
def test_R050_what_left_after_two_working_days_or_not_at_all_is_late(
    store: Store, message: Path, tmp_path: Path, out_after: int | None, late: bool
) -> None:
    """NOW is a Saturday: the second working day is Tuesday, three days on."""
    forwarding.forward(store, add_agreement(store), message, right="erasure", via="phone")
    if out_after is not None:
        (tmp_path / "out").mkdir()
        mail_send.export(replace(store, clock=fixed_clock(NOW + timedelta(days=out_after))), tmp_path / "out")
    with store.ledger.read() as connection:
        [told] = care_forwards.forwards(connection, today=store.today() + timedelta(days=9))
    assert told["late"] is late


def test_R050_a_case_of_our_own_goes_on_beside_what_was_passed_on(store: Store, message: Path) -> None:
    case = cases.open_case(store, right="access", via="email")
    made = forwarding.forward(store, add_agreement(store), message, right="access", via="email", case=case)
    shown = cases.show(store, case)
    assert (shown["state"], shown["events"][-1]["ids"]["forward"]) == ("open", made["forward"])


def test_what_cannot_be_passed_on_is_refused_and_leaves_no_trace(store: Store, message: Path) -> None:
    agreement = add_agreement(store)
    extracts = add_agreement(store, business_id="6000002-9", mode="campaign")
    wrong: list[tuple[str, Path, dict[str, Any], type[Exception]]] = [
        ("agreement-none", message, {}, NotFound),
        (extracts, message, {}, LicenceRefused),
        (agreement, message.with_name("none"), {}, FileRejected),
        (agreement, message, {"right": "colour"}, InvalidInput),
        (agreement, message, {"received_on": store.today() + timedelta(days=1)}, InvalidInput),
        (agreement, message, {"case": "case-none"}, NotFound),
    ]
    for asked, file, terms, error in wrong:
        with pytest.raises(error):
            forwarding.forward(store, asked, file, **({"right": "access", "via": "email"} | terms))
    with store.ledger.read() as connection:
        assert care_forwards.forwards(connection, today=store.today()) == []


def test_R050_the_audit_report_tells_one_customer_all_that_was_done_for_it_and_nothing_of_another(
    register_store: Store, crm: Write, worn: People, people: People, message: Path, tmp_path: Path
) -> None:
    """Art. 28(3)(h): instructions, jobs, who did what, what went back, certificates, requests, breaches; signed."""
    store, agreement = register_store, add_agreement(register_store)
    alone = dict.fromkeys(HEADER, "") | {"Asiakasnro": "D1", "Yritys": "Toinen Oy", "Y-tunnus": people[20]["Y-tunnus"]}
    job = matched(store, agreement, crm(HEADER, *worn, alone))["job"]
    (item,) = review.queue(store, job)
    review.decide(store, job, item["row"], organisation=review.NOBODY)
    return_job(store, job, to=tmp_path / "out")
    close_job(store, job)
    forwarding.forward(store, agreement, message, right="access", via="email")
    other = add_agreement(store, business_id="6000002-9", keep_days=7)
    standing = matched(store, other, crm(HEADER, *worn, name="b.csv"))["job"]
    with store.ledger.read() as connection:
        mine, theirs = (customers.agreement(connection, one)["customer"] for one in (agreement, other))
    breach = breaches.report(store, what="Tiedosto meni väärään kansioon", customer=mine)
    document = auditing.report(store, mine)
    assert check(document, [public_key(store.key("licence"))]) == "valid"
    [told] = document["jobs"]
    assert (told["job"], told["state"], told["rows"]) == (job, "closed", 13)
    assert check(told["certificate"], [public_key(store.key("licence"))]) == "valid"
    assert [one["rows"] for one in told["returns"]] == [13]
    work = {one["action"]: (one["actor"], one["times"]) for one in document["work"]}
    assert work["care.candidates_shown"] == ("tester", 1)
    assert {"care.opened", "care.matched", "care.decided", "care.returned", "care.closed"} <= set(work)
    assert [one["right"] for one in document["forwarded"]] == ["access"]
    assert [one["breach"] for one in document["breaches"]] == [breach]
    assert document["standing"] == []
    assert document["agreements"][0]["instructions"][0]["terms"]["at_end"] == "delete"
    text = json.dumps(document, ensure_ascii=False)
    assert not any(name in text for name in (theirs, other, standing, "Qvistgaard"))
    assert not any(row[column] in text for row in worn for column in ("Sukunimi", "Sähköposti", "Yritys"))
    second = auditing.report(store, theirs)
    assert [(one["job"], one["overdue"], one["files"] > 0) for one in second["standing"]] == [(standing, False, True)]
    assert (second["forwarded"], second["breaches"]) == ([], [])


def test_R050_the_audit_report_is_of_the_days_asked_for(store: Store, crm: Write, message: Path) -> None:
    agreement = add_agreement(store)
    from datacare.jobs import open_job

    job = open_job(store, agreement, crm(("Asiakasnro", "Yritys"), ("1", "Merkki Oy")))["job"]
    close_job(store, job)
    forwarding.forward(store, agreement, message, right="access", via="email")
    with store.ledger.read() as connection:
        customer = customers.agreement(connection, agreement)["customer"]
    today, after = store.today(), replace(store, clock=fixed_clock(NOW + timedelta(days=60)))
    for since, until, there in ((None, None, 1), (today, today, 1), (today + timedelta(days=1), None, 0)):
        document = auditing.report(after, customer, since=since, until=until)
        assert [len(document[name]) for name in ("jobs", "forwarded")] == [there, there]
        assert bool(document["work"]) is bool(there)
    before = auditing.report(after, customer, until=today - timedelta(days=1))
    assert (before["jobs"], before["forwarded"], before["work"]) == ([], [], [])
    with pytest.raises(InvalidInput):
        auditing.report(store, customer, since=today, until=today - timedelta(days=1))


def test_a_customer_without_data_care_has_no_audit_of_it(store: Store) -> None:
    agreement = add_agreement(store, mode="campaign")
    with store.ledger.read() as connection:
        customer = customers.agreement(connection, agreement)["customer"]
    with pytest.raises(InvalidInput):
        auditing.report(store, customer)
