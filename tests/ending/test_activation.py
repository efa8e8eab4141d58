"""Reports of responders: who is accepted, who is refused and why, and what waits for two persons (R034)."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given, settings, strategies as st

from core.errors import FileRejected, InvalidTransition, LicenceRefused, NotFound, Refused
from core.ids import business_id
from extracts import activation, ending
from extracts.gate.blocks import blocks
from ledger import activations, audit, cuts, tasks
from ledger.store import Store
from subjects import access, disposal
from tests.ending import house
from tests.ending.house import responder
from tests.gate import house as gate_house

SIZE = 30
LATER = house.NOW + timedelta(days=4)


@dataclass
class Delivered:
    store: Store
    cut: house.Cut
    rows: list[dict[str, str]]
    seeds: set[int]
    folder: Path

    @property
    def extract(self) -> str:
        return self.cut.extract

    def persons(self) -> list[dict[str, str]]:
        return [row for row in self.rows if int(row["row"]) not in self.seeds]

    def report(self, *rows: dict[str, Any], name: str = "responders.csv") -> dict[str, Any]:
        return activation.report(self.store, self.extract, house.write_csv(self.folder / name, list(rows)))

    def reason(self, row: dict[str, Any]) -> str | None:
        """Why this one row is refused; None when it is accepted."""
        made = self.report(row)
        assert made["read"] == made["accepted"] + made["refused"] == 1
        return next(iter(made["reasons"]), None)

    def numbers(self) -> list[int]:
        with self.store.ledger.read() as connection:
            return [row["number"] for row in activations.activated(connection, self.extract)]

    def blocked(self) -> list[str]:
        with self.store.ledger.read() as connection:
            return [block.code for block in blocks(connection, self.cut.customer, at=self.store.now())]


def deliver_to(store: Store, folder: Path) -> Delivered:
    """An extract of thirty persons with names in it, delivered; four days later."""
    people = house.register(store, SIZE)
    made = house.delivered(store, people, folder / "out", channels=("email", "phone"))
    house.set_clock(store, LATER)
    rows = house.rows_of(folder / "out")
    assert len(rows) == made.released["rows"]
    return Delivered(store, made, rows, set(house.seed_numbers(store, made.extract)), folder)


@pytest.fixture
def people() -> int:
    return SIZE


@pytest.fixture
def held(any_store: Store, tmp_path: Path) -> Delivered:
    return deliver_to(any_store, tmp_path)


@pytest.fixture
def sqlite(store: Store, tmp_path: Path) -> Delivered:
    return deliver_to(store, tmp_path)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, prepared: Callable[[int], Path]) -> Iterator[Delivered]:
    """One for tests that only look at what is refused, or at rows of their own."""
    folder = tmp_path_factory.mktemp("shared")
    with house.store_from(prepared(SIZE), folder / "home") as store:
        yield deliver_to(store, folder)


def test_R034_whoever_is_meant_by_row_link_email_or_name_is_accepted(held: Delivered) -> None:
    a, b, c, d, e = held.persons()[:5]
    made = held.report(
        responder({"row": a["row"]}),
        responder({"ban_url": b["ban_url"]}, act="order", evidence="order", reference="order 1"),
        responder({"ban_url": c["ban_url"].rsplit("/", 1)[-1]}, act="event", evidence="registration"),
        responder({"email": d["email"].upper()}, act="visit", evidence="note"),
        responder(
            {"first_name": e["last_name"], "last_name": e["first_name"], "business_id": e["business_id"]}, act="call"
        ),
    )
    assert (made["read"], made["accepted"], made["refused"], made["duplicates"]) == (5, 5, 0, 0)
    assert (made["verdict"], made["review"], made["reasons"], made["refused_file"]) == ("usual", None, {}, None)
    assert held.numbers() == sorted(int(row["row"]) for row in (a, b, c, d, e))
    shown = activation.show(held.store, made["report"])
    acts = {row["number"]: (row["act"], row["evidence"], row["reference"]) for row in shown["rows"]}
    assert acts[int(b["row"])] == ("order", "order", "order 1")
    assert {row["acted_on"] for row in shown["rows"]} == {date(2026, 11, 26)}


def test_R034_a_finnish_workbook_is_understood(sqlite: Delivered) -> None:
    a, b = sqlite.persons()[:2]
    path = sqlite.folder / "vastaajat.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        for place, title in enumerate(("Sähköposti", "Rivi", "Päivämäärä", "Teko", "Näyttö", "Viite")):
            sheet.write(0, place, title)
        for line, (row, day, act) in enumerate(((a, "26.11.2026", "Vastaus"), (b, "27.11.2026", "Tilaus")), start=1):
            sheet.write_row(line, 0, [row["email"], int(row["row"]), day, act, "Viesti", 17])
    made = activation.report(sqlite.store, sqlite.extract, path)
    assert (made["read"], made["accepted"]) == (2, 2)
    assert [row["act"] for row in activation.show(sqlite.store, made["report"])["rows"]]


def _refusals(held: Delivered) -> list[tuple[str, dict[str, Any]]]:
    a, b = held.persons()[:2]
    outsider = house.townsfolk(200)[150]
    return [
        ("who_missing", responder({"row": ""})),
        ("who_missing", responder({"first_name": a["first_name"], "last_name": a["last_name"], "row": ""})),
        ("row_invalid", responder({"row": "0"})),
        ("row_invalid", responder({"row": "-3"})),
        ("row_invalid", responder({"row": "1.5"})),
        ("row_invalid", responder({"row": "99999999999"})),
        ("token_invalid", responder({"ban_url": "https://elsewhere.example/k/short"})),
        ("email_invalid", responder({"email": "not an address"})),
        ("business_id_invalid", responder({"row": a["row"], "business_id": "1234567-2"})),
        ("date_invalid", responder({"row": a["row"]}, date="30.2.2026")),
        ("date_invalid", responder({"row": a["row"]}, date="")),
        ("date_future", responder({"row": a["row"]}, date="2026-11-29")),
        ("date_before_delivery", responder({"row": a["row"]}, date="2026-11-23")),
        ("act_unknown", responder({"row": a["row"]}, act="opened the mail")),
        ("act_unknown", responder({"row": a["row"]}, act="")),
        ("evidence_unknown", responder({"row": a["row"]}, evidence="memory")),
        ("reference_missing", responder({"row": a["row"]}, reference=" ")),
        ("reference_too_long", responder({"row": a["row"]}, reference="x" * 201)),
        ("reference_contact", responder({"row": a["row"]}, reference=f"mail of {a['email']}")),
        ("reference_contact", responder({"row": a["row"]}, reference="called +358 40 123 4567")),
        ("reference_contact", responder({"row": a["row"]}, reference="131052-308T")),
        ("not_delivered", responder({"row": "5000"})),
        ("not_delivered", responder({"email": outsider.email})),
        ("not_delivered", responder({"ban_url": "a" * 26})),
        (
            "not_delivered",
            responder(
                {
                    "first_name": outsider.first_name,
                    "last_name": outsider.last_name,
                    "business_id": business_id(outsider.org),
                }
            ),
        ),
        ("keys_disagree", responder({"row": a["row"], "email": b["email"]})),
        ("keys_disagree", responder({"ban_url": a["ban_url"], "email": outsider.email})),
    ]


@pytest.mark.parametrize("case", range(27))
def test_R034_what_is_refused_and_why(shared: Delivered, case: int) -> None:
    cases = _refusals(shared)
    assert len(cases) == 27
    reason, row = cases[case]
    assert shared.reason(row) == reason


def test_R034_several_rows_with_one_address_need_a_row_number(store: Store, tmp_path: Path) -> None:
    people = house.townsfolk(12)
    people[1].email = people[0].email
    gate_house.publish(store, people, name="20261124T080000-s1-000000000002")
    made = house.delivered(store, people, tmp_path / "out", snapshot="20261124T080000-s1-000000000002")
    house.set_clock(store, LATER)
    held = Delivered(store, made, house.rows_of(tmp_path / "out"), set(), tmp_path)
    assert people[0].email is not None
    assert held.reason(responder({"email": people[0].email})) == "ambiguous"
    shared_rows = [row["row"] for row in held.rows if row["email"] == people[0].email]
    assert held.reason(responder({"email": people[0].email, "row": shared_rows[0]})) is None


def test_R034_rows_with_too_many_cells_are_refused_and_none_is_lost(sqlite: Delivered) -> None:
    a, b = sqlite.persons()[:2]
    path = sqlite.folder / "odd.csv"
    path.write_text(
        "row,date,act,evidence,reference\n"
        f"{a['row']},2026-11-26,reply,message,CRM 1\n"
        f"{b['row']},2026-11-26,reply,message,CRM 1,and more\n"
        "\n"
        "7\n",
        encoding="utf-8",
    )
    made = activation.report(sqlite.store, sqlite.extract, path)
    assert (made["read"], made["accepted"], made["refused"]) == (3, 1, 2)
    assert made["reasons"] == {"cells": 2}
    with Path(made["refused_file"]).open(encoding="utf-8", newline="") as file:
        assert [row["row"] for row in csv.DictReader(file)] == ["2", "3"]


def test_R034_no_cell_of_the_report_is_kept_or_told(sqlite: Delivered) -> None:
    outsider = "nobody.known@elsewhere.example"
    made = sqlite.report(
        responder({"email": sqlite.persons()[0]["email"]}),
        responder({"email": outsider}),
        responder({"email": "secret words"}),
    )
    assert (made["accepted"], made["refused"]) == (1, 2)
    for text in (outsider, "secret words", sqlite.persons()[0]["email"]):
        found = house.holds(sqlite.store.home.root, text)
        known = {sqlite.store.home.snapshots, sqlite.store.home.deliveries}
        assert [path for path in found if not known & set(path.parents)] == [], text
        assert text not in str(made)


def test_R034_the_same_report_again_changes_nothing(held: Delivered) -> None:
    rows = [responder({"row": row["row"]}) for row in held.persons()[:3]]
    first = held.report(*rows)
    again = held.report(*rows, rows[0], responder({"row": held.persons()[3]["row"]}))
    assert (first["accepted"], first["duplicates"]) == (3, 0)
    assert (again["accepted"], again["duplicates"]) == (5, 4)
    assert len(held.numbers()) == 4


@pytest.mark.parametrize(("seconds", "accepted"), [(-1, True), (0, True), (7 * 86400 - 1, True), (7 * 86400, False)])
def test_R034_it_closes_seven_days_after_the_end(shared: Delivered, seconds: int, accepted: bool) -> None:
    node = Delivered(
        house.other_node(shared.store, house.END + timedelta(seconds=seconds)),
        shared.cut,
        shared.rows,
        shared.seeds,
        shared.folder,
    )
    if accepted:
        assert node.reason(responder({"row": "5000"})) == "not_delivered", "the report itself is taken in"
        return
    with pytest.raises(LicenceRefused) as refused:
        node.report(responder({"row": "1"}))
    assert refused.value.code == "activation_late"
    assert refused.value.ids["until"] == date(2026, 12, 7)


def test_R034_nothing_is_activated_that_was_not_delivered_was_revoked_or_disposed_of(
    store: Store, tmp_path: Path
) -> None:
    people = house.register(store)
    lying = house.cut(store, people)
    file = house.write_csv(tmp_path / "r.csv", [responder({"row": "1"})])
    revoked, gone = (house.delivered(store, people, tmp_path / f"o{n}", number=n) for n in (2, 3))
    with store.write() as tx:
        cuts.end(tx, revoked.extract, event="revoked", reason="wrong list")
    disposal.statement(store, gone.extract, by="Liisa")
    for extract, code in (
        (lying.extract, "extract_not_held"), (revoked.extract, "extract_revoked"), (gone.extract, "extract_disposed"),
    ):  # fmt: skip
        with pytest.raises(LicenceRefused) as refused:
            activation.report(store, extract, file)
        assert refused.value.code == code
    with pytest.raises(NotFound):
        activation.report(store, "extract-nothing", file)


def test_R034_everybody_at_once_waits_for_two_persons_and_blocks(held: Delivered) -> None:
    made = held.report(*(responder({"row": row["row"]}) for row in held.persons()))
    assert (made["verdict"], made["review"], made["accepted"]) == ("bulk", "open", SIZE)
    assert held.numbers() == []
    assert held.blocked() == ["activation_in_review"]
    with held.store.ledger.read() as connection:
        [task] = tasks.tasks_of(connection, kind="activation_review", name="report", value=made["report"])
    for grounds, approver in (("", "liisa"), ("seen", None), ("seen", "tester"), ("seen", " ")):
        with pytest.raises(Refused) as refused:
            activation.review(held.store, made["report"], release=True, grounds=grounds, approver=approver)
        assert refused.value.code == "activation_needs_two"
    done = activation.review(held.store, made["report"], release=True, grounds="webinar list seen", approver="liisa")
    assert (done["review"], done["decided_by"], done["approved_by"]) == ("released", "tester", "liisa")
    assert len(held.numbers()) == SIZE
    assert held.blocked() == []
    with held.store.ledger.read() as connection:
        assert tasks.tasks_of(connection, kind="activation_review", name="report", value=made["report"]) == []
    with pytest.raises(InvalidTransition):
        activation.review(held.store, made["report"], release=False, grounds="second thoughts")
    assert task


def test_R034_what_was_rejected_never_counted_and_may_be_reported_with_better_evidence(held: Delivered) -> None:
    made = held.report(*(responder({"row": row["row"]}) for row in held.persons()))
    with pytest.raises(Refused):
        activation.review(held.store, made["report"], release=False, grounds=" ")
    activation.review(held.store, made["report"], release=False, grounds="list of the whole extract, no replies")
    assert held.numbers() == held.blocked() == []
    again = held.report(responder({"row": held.persons()[0]["row"]}, reference="letter of 24.11."))
    assert (again["accepted"], again["duplicates"], again["verdict"]) == (1, 0, "usual")
    assert held.numbers() == [int(held.persons()[0]["row"])]


def test_R034_many_small_reports_are_a_large_one(sqlite: Delivered) -> None:
    verdicts = []
    for row in sqlite.persons()[:16]:
        made = sqlite.report(responder({"row": row["row"]}))
        verdicts.append(made["verdict"])
    assert verdicts == ["usual"] * 6 + ["flagged"] * 9 + ["bulk"], "20 % of 30 is 6, 50 % is 15"
    assert len(sqlite.numbers()) == 15, "the sixteenth waits"
    assert sqlite.blocked() == ["activation_in_review"]


def test_R034_a_control_record_that_is_said_to_have_responded_is_a_signal_the_customer_does_not_see(
    held: Delivered,
) -> None:
    person, other = held.persons()[:2]
    seed = next(row for row in held.rows if int(row["row"]) in held.seeds)
    usual = held.report(responder({"row": person["row"]}))
    with held.store.ledger.read() as connection:
        assert audit.entries(connection, action="seeds.hit", limit=5) == []
    keys = (
        {"row": seed["row"]},
        {"ban_url": seed["ban_url"]},
        {"email": seed["email"]},
        {"first_name": seed["first_name"], "last_name": seed["last_name"], "business_id": seed["business_id"]},
    )
    made = held.report(*(responder(key) for key in keys), responder({"row": other["row"]}))
    assert len(made["seeds"]) == 1
    assert (made["accepted"], made["duplicates"], made["refused"], made["review"]) == (5, 3, 0, "open")
    with held.store.ledger.read() as connection:
        [hit] = audit.entries(connection, action="seeds.hit", limit=5)
        assert hit["ids"]["seeds"] == made["seeds"]
        assert {row["seed"] for row in activations.rows(connection, made["report"])} == {None, *made["seeds"]}
    assert held.blocked() == ["activation_in_review"]
    assert held.numbers() == [int(person["row"])]
    a, b = (activation.for_customer(document) for document in (usual, made))
    assert set(a) == set(b)
    assert a["review"] is b["review"] is None
    assert (b["accepted"], b["refused"], b["reasons"]) == (5, 0, {})
    bulk = held.report(*(responder({"row": row["row"]}) for row in held.rows))
    assert activation.for_customer(bulk)["review"] == "open", "that so many wait is no secret"


@pytest.mark.parametrize(
    ("target", "channel", "unavailable"),
    [
        ("person", None, True),
        ("position", None, True),
        ("organisation", None, True),
        ("person", "email", True),
        ("person", "post", False),
    ],
)
def test_R034_whoever_was_banned_since_cannot_be_activated(
    sqlite: Delivered, target: str, channel: str | None, unavailable: bool
) -> None:
    """Told neutrally; a ban in a channel that the campaign does not use does not concern it."""
    person = sqlite.cut.people[3]
    subject = {"person": person.person, "position": person.position, "organisation": person.org}[target]
    house.ban(sqlite.store, target, subject, channel=channel)
    row = responder({"email": person.email})
    assert sqlite.reason(row) == ("unavailable" if unavailable else None)
    assert sqlite.reason(responder({"email": sqlite.cut.people[9].email})) is None


def test_R034_a_ban_after_the_activation_does_not_take_the_record_back(sqlite: Delivered) -> None:
    person = sqlite.cut.people[3]
    assert sqlite.reason(responder({"email": person.email})) is None
    house.ban(sqlite.store, "person", person.person)
    assert len(sqlite.numbers()) == 1


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("", "file_empty"),
        ("row,date,act,evidence,reference\n", "file_header_only"),
        ("row,date,act,evidence\n1,2026-11-26,reply,message\n", "file_columns_missing"),
        ("name,date,act,evidence,reference\nx,2026-11-26,reply,message,1\n", "file_columns_missing"),
        ("row,rivi,date,act,evidence,reference\n1,1,2026-11-26,reply,message,1\n", "file_column_twice"),
        (f"row,date,act,evidence,reference\n1,2026-11-26,reply,message,{'x' * 10_001}\n", "file_cell_too_long"),
        ("PK\x03\x04 no workbook", "file_format_unknown"),
        ('[{"row": 1}]', "file_format_unknown"),
    ],
)
def test_R034_a_file_that_cannot_be_used_is_refused_whole(shared: Delivered, content: str, code: str) -> None:
    path = shared.folder / "bad.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(FileRejected) as refused:
        activation.report(shared.store, shared.extract, path)
    assert refused.value.code == code
    with pytest.raises(FileRejected) as missing:
        activation.report(shared.store, shared.extract, shared.folder / "nowhere.csv")
    assert missing.value.code == "file_missing"


# --- against a plain reading ------------------------------------------------------------------------------------------


KEYS = st.sampled_from(["row", "ban_url", "email", "name", "outsider", "seed"])


@settings(max_examples=25)
@given(
    st.lists(
        st.tuples(st.integers(0, SIZE - 1), st.lists(KEYS, min_size=1, max_size=3), st.booleans()),
        min_size=1,
        max_size=12,
    )
)
def test_R034_nothing_is_lost_and_everything_is_as_a_plain_reading_says(
    shared: Delivered, wished: list[tuple[int, list[str], bool]]
) -> None:
    persons = shared.persons()
    seed = next(row for row in shared.rows if int(row["row"]) in shared.seeds)
    rows, expected = [], []
    for place, keys, dated in wished:
        key: dict[str, str] = {}
        meant: list[str | None] = []
        for kind in keys:
            row = seed if kind == "seed" else persons[(place + len(meant)) % SIZE if kind == "email" else place]
            if kind == "outsider":
                key["email"], row = "outsider@elsewhere.example", None  # type: ignore[assignment]
            elif kind == "name":
                key |= {name: row[name] for name in ("first_name", "last_name", "business_id")}
            elif kind == "seed":
                key["row"] = row["row"]
            else:
                key[kind] = row[kind]
        by = {
            "row": lambda value: {r["row"] for r in shared.rows if r["row"] == value},
            "ban_url": lambda value: {r["row"] for r in shared.rows if r["ban_url"] == value},
            "email": lambda value: {r["row"] for r in shared.rows if r["email"] == value},
        }
        sets = [by[name](key[name]) for name in by if name in key]
        if "last_name" in key:
            wanted = tuple(key[name] for name in ("first_name", "last_name", "business_id"))
            sets.append(
                {r["row"] for r in shared.rows if (r["first_name"], r["last_name"], r["business_id"]) == wanted}
            )
        together = set.intersection(*sets)
        if not dated:
            expected.append("date_invalid")
        elif len(together) == 1:
            expected.append(None)
        elif together:
            expected.append("ambiguous")
        else:
            expected.append("keys_disagree" if set.union(*sets) else "not_delivered")
        rows.append(responder(key, date="2026-11-26" if dated else "soon"))
    made = shared.report(*rows, name="random.csv")
    assert made["read"] == len(rows) == made["accepted"] + made["refused"]
    reasons = [reason for reason in expected if reason is not None]
    assert made["reasons"] == {reason: reasons.count(reason) for reason in sorted(set(reasons))}


def test_R034_R035_activation_goes_on_in_the_grace_after_the_files_are_gone(sqlite: Delivered) -> None:
    house.set_clock(sqlite.store, house.END + timedelta(days=2))
    ending.sweep(sqlite.store)
    assert sqlite.reason(responder({"row": sqlite.persons()[0]["row"]}, date="2026-12-02")) is None


def test_R034_R057_a_person_who_asks_is_told_what_a_recipient_reported_of_her(sqlite: Delivered) -> None:
    """In the access reply: the act, the day, and whether the recipient may keep her data."""
    person, other = sqlite.cut.people[3], sqlite.cut.people[9]
    assert sqlite.reason(responder({"email": person.email}, act="visit")) is None
    [line] = access._recipients(sqlite.store, [person.person])
    assert line["responses"] == [{"act": "visit", "acted_on": date(2026, 11, 26), "may_keep": True}]
    [silent] = access._recipients(sqlite.store, [other.person])
    assert silent["responses"] == []
    bulk = sqlite.report(*(responder({"row": row["row"]}) for row in sqlite.persons()))
    [waits] = access._recipients(sqlite.store, [other.person])
    assert [one["may_keep"] for one in waits["responses"]] == [False]
    activation.review(sqlite.store, bulk["report"], release=False, grounds="no replies seen")
    [rejected] = access._recipients(sqlite.store, [other.person])
    assert rejected["responses"] == []
