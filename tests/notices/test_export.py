"""Sending the notices and recording what became of them, through the command line as an officer does (R096-R098)."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.clock import Clock, fixed_clock
from core.errors import Refused, StoreError
from core.settings import load_settings
from ledger import bans, consultations, notice_versions, notices as told, sources
from ledger.store import Store, create_store, open_store
from register.publish import publish
from service.cli import main, records  # noqa: F401  before a test changes the purposes that its options offer
from service.cli.common import Session
from subjects import notices
from tests.moment import NOW
from tests.notices.house import DAY, at, campaign, counted, obtained, persons
from tests.register.loads import A, B, load, organisation, position

Run = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture(scope="module")
def told_nobody(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One with a mailbox, two behind a shared one, one by post alone, one out of reach, one told by the source."""
    home = tmp_path_factory.mktemp("notices") / "home"
    made = create_store(load_settings(env={}, home=home, actor="tester"), clock=fixed_clock(NOW))
    place = {"visiting_street": "Katu 1", "visiting_postcode": "00100", "visiting_city": "Helsinki"}
    load(
        made,
        "new",
        [organisation(A, municipality="091", **place), organisation(B, municipality="478")],
        [
            position("1", "Anna Aho", A, email="anna@a.example", notified=None),
            position("2", "Bertta Berg", A, email="info@a.example", notified=None),
            position("3", "Cecilia Ceder", A, email="info@a.example", notified=None),
            position("4", "=Cmd Dahl", A, notified=None),
            position("5", "Eva Ek", B, notified=None),
            position("6", "Olli Oras", A, email="olli@a.example"),
        ],
    )
    obtained(made, DAY)
    publish(made)
    made.ledger.close()
    return home


@pytest.fixture
def store(told_nobody: Path, tmp_path: Path, clock: Clock) -> Iterator[Store]:
    """A store of one's own over those persons."""
    for path in told_nobody.parent.iterdir():  # the home, and the tombstone log beside it
        copy = shutil.copytree if path.is_dir() else shutil.copy2
        copy(path, tmp_path / path.name)
    made = open_store(load_settings(env={}, home=tmp_path / "home", actor="tester"), clock=clock)
    yield made
    made.ledger.close()


@pytest.fixture
def people(store: Store) -> dict[str, int]:
    """First name to person id."""
    names = ("Anna Aho", "Bertta Berg", "Cecilia Ceder", "Olli Oras")
    return {name.split()[0]: persons(store, name).pop() for name in names}


@pytest.fixture
def run(store: Store, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("RAJAUS_ACTOR", "tester")

    def go(*arguments: str, day: date = DAY) -> tuple[int, dict[str, Any]]:
        session = Session(home=store.home.root, json=True, clock=at(store, day).clock)
        code = main([*arguments, "--json"], session)
        out = capsys.readouterr().out
        return code, json.loads(out)

    return go


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_R096_export_record_publish_and_the_person_is_in_cuts(
    store: Store, people: dict[str, int], run: Run, tmp_path: Path
) -> None:
    work = campaign(store)
    out = tmp_path / "notices"
    code, made = run("subject", "notify", "export", "--out", str(out))
    assert (code, made["persons"], made["unreachable"], made["version"]) == (0, {"email": 1, "post": 3}, 1, 1)
    mail, post = made["batches"]["email"], made["batches"]["post"]
    (anna,) = rows(out / f"{mail}-email.csv")
    assert (anna["person"], anna["email"]) == (str(people["Anna"]), "anna@a.example")
    letters = rows(out / f"{post}-post.csv")
    assert {row["postal_postcode"] for row in letters} == {"00100"}
    assert "'=Cmd" in {row["first_name"] for row in letters}, "no cell is a formula"
    assert (out / "notice-v1.fi.pdf").read_bytes().startswith(b"%PDF")
    assert "21 artiklan 2 kohta" in (out / "notice-v1.fi.txt").read_text(encoding="utf-8")
    assert {oct(path.stat().st_mode & 0o077) for path in out.glob("*.csv")} == {"0o0"}
    with store.ledger.read() as connection:
        (look,) = consultations.of_person(connection, people["Anna"])
    assert look["kind"] == "notice"

    again = run("subject", "notify", "export", "--out", str(out))[1]
    assert again["persons"] == {"email": 0, "post": 0}, "nobody is written to twice"

    code, done = run("subject", "notify", "record", mail, "--sent-on", str(DAY), "--proof", "mail log 4711")
    assert (code, done) == (0, {"sent": 1, "failed": 0, "unchanged": 0, "waiting": 0})
    returned = tmp_path / "returned.csv"
    returned.write_text(f"person;state;date;proof\n{people['Bertta']};failed;{DAY};returned\n", encoding="utf-8")
    done = run("subject", "notify", "record", post, str(returned), "--sent-on", str(DAY), "--proof", "receipt 9")[1]
    assert done == {"sent": 2, "failed": 1, "unchanged": 0, "waiting": 0}
    publish(store)
    assert counted(at(store, DAY + timedelta(days=14)), work) == (4, 2)


def test_R096_a_bounced_mail_goes_out_by_post(store: Store, people: dict[str, int], run: Run, tmp_path: Path) -> None:
    made = run("subject", "notify", "export", "--out", str(tmp_path), "--channel", "email")[1]
    batch = made["batches"]["email"]
    bounces = tmp_path / "bounces.csv"
    bounces.write_text(f"person,state,date,proof\n{people['Anna']},failed,{DAY},550\n", encoding="utf-8")
    assert run("subject", "notify", "record", batch, str(bounces))[0] == 0
    made = run("subject", "notify", "export", "--out", str(tmp_path))[1]
    letters = rows(tmp_path / f"{made['batches']['post']}-post.csv")
    assert str(people["Anna"]) in {row["person"] for row in letters}


def test_R096_a_website_is_no_channel(people: dict[str, int], run: Run, tmp_path: Path) -> None:
    code, document = run("subject", "notify", "export", "--out", str(tmp_path), "--channel", "website")
    assert (code, document["error"]["code"]) == (2, "usage")


def test_who_bans_everything_is_not_written_to_who_bans_mail_gets_a_letter(
    store: Store, people: dict[str, int], tmp_path: Path
) -> None:
    with store.write() as tx:
        for person, channel in ((people["Anna"], "email"), (people["Bertta"], None)):
            bans.record(
                tx, target="person", via="phone", received_on=DAY, channel=channel, keys=[], key_id="k",
                hits=[("person", person, False)],
            )  # fmt: skip
    made = notices.export(store, tmp_path)
    assert made["persons"]["email"] == 0
    written = {row["person"] for row in rows(tmp_path / f"{made['batches']['post']}-post.csv")}
    assert (str(people["Anna"]) in written, str(people["Bertta"]) in written) == (True, False)
    assert notices.status(store)["not_written_to"] == 1


def test_R097_each_gets_the_language_of_the_record(store: Store, people: dict[str, int], tmp_path: Path) -> None:
    with store.write() as tx:
        told.set_language(tx, people["Anna"], language="en")
    made = notices.export(store, tmp_path, channel="email")
    (anna,) = rows(tmp_path / f"{made['batches']['email']}-email.csv")
    assert anna["language"] == "en"
    assert (tmp_path / "notice-v1.en.txt").exists()


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{anna},opened,2026-11-22,x", "the state is neither sent nor failed"),
        ("{anna},sent,2026-11-22,", "sent without proof: say where the log or receipt is kept"),
        ("{anna},sent,2026-11-23,log", "the date is before the export or in the future"),
        ("{anna},sent,2026-11-21,log", "the date is before the export or in the future"),
        (
            "{anna},sent,2026-11-22,anna@a.example",
            "the proof is a reference of at most 200 characters, without addresses",
        ),
        ("nobody,sent,2026-11-22,log", "person or date"),
        ("{anna},sent,22.11.2026,log", "person or date"),
    ],
)
def test_a_faulty_row_refuses_the_file_and_names_the_row(
    people: dict[str, int], run: Run, tmp_path: Path, line: str, reason: str
) -> None:
    batch = run("subject", "notify", "export", "--out", str(tmp_path), "--channel", "email")[1]["batches"]["email"]
    file = tmp_path / "outcomes.csv"
    file.write_text("person,state,date,proof\n" + line.format(anna=people["Anna"]) + "\n", encoding="utf-8")
    code, document = run("subject", "notify", "record", batch, str(file))
    assert (code, document["error"]["ids"]) == (2, {"file": "outcomes.csv", "row": 2, "reason": reason})
    assert run("subject", "notify", "status")[1]["batches"][0]["states"] == {"exported": 1}


def test_files_that_say_nothing_are_refused(people: dict[str, int], run: Run, tmp_path: Path) -> None:
    batch = run("subject", "notify", "export", "--out", str(tmp_path), "--channel", "email")[1]["batches"]["email"]
    headless = tmp_path / "headless.csv"
    headless.write_text("1,sent\n", encoding="utf-8")
    for arguments, code in (
        ([batch], "value_missing"),
        ([batch, str(tmp_path / "none.csv")], "file_missing"),
        ([batch, str(headless)], "file_columns_missing"),
        ([batch, "--sent-on", str(DAY)], "notice_outcome_invalid"),
        (["batch-none", "--sent-on", str(DAY), "--proof", "x"], "batch_unknown"),
    ):
        assert run("subject", "notify", "record", *arguments)[1]["error"]["code"] == code


def test_a_batch_that_was_never_sent_is_taken_back(people: dict[str, int], run: Run, tmp_path: Path) -> None:
    first = run("subject", "notify", "export", "--out", str(tmp_path), "--channel", "email")[1]
    batch = first["batches"]["email"]
    assert run("subject", "notify", "cancel", batch)[1] == {"batch": batch, "cancelled": 1}
    assert run("subject", "notify", "export", "--out", str(tmp_path), "--channel", "email")[1]["persons"] == {
        "email": 1
    }


def test_files_that_cannot_be_written_leave_nobody_as_exported(
    store: Store, people: dict[str, int], tmp_path: Path
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way", encoding="utf-8")
    with pytest.raises(StoreError):
        notices.export(store, blocked / "out")
    assert notices.status(store)["owed"] == 5


def test_status_counts_the_days_left(store: Store, people: dict[str, int], run: Run) -> None:
    for day, soon, overdue in (
        (DAY, 0, 0),
        (date(2026, 12, 16), 5, 0),
        (date(2026, 12, 22), 5, 0),
        (date(2026, 12, 23), 0, 5),
    ):
        document = run("subject", "notify", "status", day=day)[1]
        assert (document["owed"], document["due_soon"], document["overdue"]) == (5, soon, overdue), day


def test_R096_an_exemption_needs_reasons_two_persons_and_a_review_day(
    store: Store, people: dict[str, int], run: Run
) -> None:
    work = campaign(store)
    anna = str(people["Anna"])
    reason = "The person gave the data and was told orally by our interviewer, record 12."
    words = ["subject", "notify", "exempt", "--ground", "14(5)(a)", "--person", anna]
    short = run(*words, "--reason", "too expensive", "--review", "2027-05-31")[1]
    assert short["error"]["code"] == "exemption_reason_short"
    late = run(*words, "--reason", reason, "--review", "2027-11-23")[1]
    assert late["error"]["code"] == "exemption_review_late"
    made = run(*words, "--reason", reason, "--review", "2027-05-31")[1]
    exemption = made["exemption"]
    publish(store)
    day14 = at(store, DAY + timedelta(days=14))
    before = counted(day14, work)[0]
    code, refused = run("subject", "notify", "approve", exemption, "--approver", "tester")
    assert (code, refused["error"]["code"]) == (3, "exemption_needs_two")
    assert run("subject", "notify", "approve", exemption, "--approver", "second")[0] == 0
    publish(store)
    assert counted(day14, work)[0] == before + 1
    assert run("subject", "notify", "end-exemption", exemption)[0] == 0
    assert counted(day14, work)[0] == before, "taken back: out at once"


def test_R096_an_exemption_past_its_review_day_covers_nobody(store: Store, people: dict[str, int]) -> None:
    from ledger import exemptions

    with store.write() as tx:
        made = exemptions.propose(
            tx, ground="14(5)(b)", reason="Neither mailbox nor postal address is known of these persons.",
            persons=[people["Anna"]], review_on=DAY + timedelta(days=20), today=DAY,
        )  # fmt: skip
        exemptions.approve(tx, made, approver="second", today=DAY)
    publish(store)
    work = campaign(store)
    before, after = at(store, DAY + timedelta(days=20)), at(store, DAY + timedelta(days=21))
    assert counted(before, work)[0] == counted(after, work)[0] + 1


def test_an_exemption_can_cover_a_source(store: Store, people: dict[str, int], run: Run) -> None:
    made = run(
        "subject", "notify", "exempt", "--ground", "14(5)(b)", "--source", "new", "--review", "2027-05-31",
        "--reason", "Every address of this source was found to be wrong in three mailings.",
    )[1]  # fmt: skip
    assert made["persons"] == 5


def test_R098_a_changed_purpose_must_be_told_before_it_takes_effect(
    store: Store, people: dict[str, int], run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notices.export(store, tmp_path)
    monkeypatch.setattr("schemas.codes.PURPOSES", ("sales", "marketing"))
    with pytest.raises(Refused) as caught:
        notices.export(store, tmp_path)
    assert (caught.value.code, caught.value.ids["parts"]) == ("notice_outdated", "purposes")
    code, refused = run("records", "file-notice", "--effective", "2026-12-05")
    assert (code, refused["error"]["code"]) == (3, "notice_effect_early")
    made = run("records", "file-notice", "--effective", "2026-12-06")[1]
    assert (made["version"], made["changed"], made["material"]) == (2, ["purposes"], True)
    assert notices.status(store)["owed"] == 6, "those told of the first version and by the source are owed the second"
    listed = run("records", "versions")[1]["versions"]
    assert [(one["version"], one["material"]) for one in listed] == [(2, True), (1, False)]
    difference = run("records", "diff", "1", "2", "--language", "en")[1]
    assert difference["changed"] == ["purposes"]
    assert any(line.startswith("-") and "opinion and market research" in line for line in difference["diff"])


def test_R098_a_new_telephone_number_is_filed_without_ado(store: Store, people: dict[str, int], tmp_path: Path) -> None:
    notices.export(store, tmp_path, limit=1)
    other = type(store)(
        store.settings.model_copy(update={"controller_phone": "+358 9 0000000"}), store.home, store.ledger, store.clock,
        store.actor,
    )  # fmt: skip
    assert notices.export(other, tmp_path)["version"] == 2
    with store.ledger.read() as connection:
        newest = notice_versions.latest(connection)
        assert newest is not None
        assert (newest["material"], newest["changed"]) == (False, ["contact"])


def test_R098_who_got_what_can_be_shown(store: Store, people: dict[str, int], run: Run, tmp_path: Path) -> None:
    batch = notices.export(store, tmp_path, channel="email")["batches"]["email"]
    notices.record(store, batch, file=None, sent_on=DAY, proof="mail log 4711")
    document = run("subject", "notify", "person", str(people["Anna"]), "--language", "sv")[1]
    (one,) = document["notices"]
    assert (document["language"], one["version"], one["channel"], one["proof"]) == ("sv", 1, "email", "mail log 4711")


def test_the_sample_source_is_named(store: Store, people: dict[str, int]) -> None:
    with store.ledger.read() as connection:
        assert [one.source for one in sources.sources(connection)] == ["new"]
