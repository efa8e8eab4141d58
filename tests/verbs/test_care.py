"""Data care from the instruction to the certificate and the customer's audit, verb by verb."""

from __future__ import annotations

import csv
import json

import pytest

from register.sample import sample_dir
from tests.published import Rows, read_csv
from tests.verbs.conftest import Desk


@pytest.fixture
def agreement(desk: Desk, customer: str) -> str:
    dates = ("--from", "2026-01-01", "--until", "2026-12-31")
    return str(desk.run("agreement", "add", "--customer", customer, "--mode", "datacare", *dates)["agreement"])


@pytest.fixture
def companies(organisations: Rows) -> str:
    """A CRM of organisations alone: not one column of persons, and a row that says nothing."""
    lines = ["Asiakasnro,Yritys,Y-tunnus,Postinro,Postitoimipaikka"]
    for number, row in enumerate([row for row in organisations if row["kind"] == "company"][:40]):
        identifier = row["business_id"] if number % 2 else ""
        lines.append(f"K{number},{row['name']},{identifier},{row['visiting_postcode']},{row['visiting_city']}")
    return "\n".join([*lines, "K40,,,,"]) + "\n"


def test_a_crm_of_companies_alone_from_the_upload_to_the_certificate(
    desk: Desk, agreement: str, companies: str
) -> None:
    assert desk.run("care", "instruct", "--agreement", agreement)["standard"]
    crm = desk.file("crm.csv", companies)
    opened = desk.run("care", "open", "--agreement", agreement, crm, "--rejected", desk.files / "rejected.csv")
    job = opened["job"]
    assert (opened["rows"], opened["rejected"]) == (41, 0)
    matched = desk.run("care", "match", job)
    assert matched["rows"] == sum(matched["organisations"].values()) == 41
    assert matched["persons"] == {"auto": 0, "none": 0, "review": 0}
    waiting = desk.run("care", "review", job)["waiting"]
    assert len(waiting) == matched["organisations"]["review"]
    decided = desk.run("care", "review", job, "--decide", "1=none")["decided"]
    assert [(one["row"], one["organisation"]) for one in decided] == [(1, "none")]
    desk.run("care", "decisions", job, "--out", desk.files / "decisions.csv")
    with (desk.files / "decisions.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert (len(rows), rows[0]["state"], rows[-1]["state"]) == (41, "none", "none")
    assert desk.refused("care", "release", job, "--approver", "liisa", "--reason", "x", code=5) == "transition_invalid"
    assert desk.run("care", "return", job, "--to", desk.files / "outbox")["rows"] == 41
    assert [one["state"] for one in desk.run("care", "list", "--agreement", agreement)["jobs"]] == ["returned"]
    closed = desk.run("care", "close", job, "--certificate", desk.files / "certificate.json")
    assert closed["state"] == "closed"
    desk.run("care", "certificate", job, "--out", desk.files / "again.json")
    first, again = (json.loads((desk.files / f"{name}.json").read_text()) for name in ("certificate", "again"))
    assert first["job"] == again["job"] == job
    assert not list((desk.home / "care").rglob(f"{job}/*"))


def test_the_night_takes_in_what_was_dropped(desk: Desk, agreement: str, companies: str) -> None:
    drop = desk.files / "drop" / agreement
    drop.mkdir(parents=True)
    (drop / "crm.csv").write_text(companies, encoding="utf-8")
    done = desk.run("care", "nightly", "--drop", drop.parent, "--to", desk.files / "night")
    assert [(one["agreement"], one["file"]) for one in done["done"]] == [(agreement, "crm.csv")]
    assert (done["refused"], done["held"]) == ([], [])
    assert list((desk.files / "night" / agreement).iterdir())


def test_two_tables_are_matched_without_a_store(desk: Desk, companies: str) -> None:
    out = desk.files / "matches.csv"
    register = sample_dir() / "organisations.csv"
    made = desk.run(
        "care", "match-tables", "--register", register, "--crm", desk.file("crm.csv", companies), "--out", out
    )
    assert (made["register_rows"], made["crm_rows"]) == (len(read_csv(register)), 41)
    assert sum(made["states"].values()) == 41
    assert len(read_csv(out)) == 41


def test_R050_a_misdirected_request_goes_to_the_customer_and_stands_in_its_audit(
    desk: Desk, agreement: str, customer: str
) -> None:
    letter = desk.file("request.txt", "please erase me")
    sent = desk.run("care", "forward", letter, "--agreement", agreement, "--right", "erasure", "--via", "email")
    [listed] = desk.run("care", "forwarded", "--customer", customer)["forwarded"]
    assert (listed["forward"], listed["late"]) == (sent["forward"], False)
    report = desk.run("care", "audit", "--customer", customer, "--out", desk.files / "audit.json")
    assert (report["agreements"], report["forwarded"]) == (1, 1)
    assert sent["forward"] in (desk.files / "audit.json").read_text(encoding="utf-8")


def test_R049_the_persons_of_doubtful_rows_are_decided_from_the_command_line(desk: Desk, agreement: str) -> None:
    """ROW=POSITION takes the person, ROW=none nobody; what is no choice, no row or no candidate decides nothing."""
    desk.run("care", "instruct", "--agreement", agreement)
    lines = ["Asiakasnro,Yritys,Y-tunnus,Sukunimi"]
    organisations = {row["business_id"]: row["name"] for row in read_csv(sample_dir() / "organisations.csv")}
    positions = read_csv(sample_dir() / "positions.csv")
    people = [row for row in positions if row["last_name"].isalpha()][:12]
    for number, row in enumerate(people):
        lines.append(f"K{number},{organisations[row['business_id']]},{row['business_id']},{row['last_name']}")
    opened = desk.run("care", "open", "--agreement", agreement, desk.file("crm.csv", "\n".join(lines) + "\n"))
    job = opened["job"]
    desk.run("care", "match", job)

    def doubtful() -> dict[int, list[str]]:
        waiting = desk.run("care", "review", job)["waiting"]
        return {
            item["row"]: [str(one["position"]) for one in item["candidates"]]
            for item in waiting
            if item["of"] == "person"
        }

    before = doubtful()
    first, second = sorted(before)[:2]
    position, other = before[first][0], next(one for one in before[second] if one not in before[first])
    assert desk.refused("care", "review", job, "--person", f"{first}={other}", code=2) == "value_unknown"
    assert desk.refused("care", "review", job, "--person", f"999={position}", code=2) == "care_row_unknown"
    assert desk.refused("care", "review", job, "--person", f"{first}=", code=2) == "usage"
    assert doubtful() == before
    made = desk.run("care", "review", job, "--person", f"{first}={position}", "--person", f"{second}=none")
    assert ([one["row"] for one in made["decided"]], made["waiting"]) == ([first, second], [])
    assert doubtful() == {row: shown for row, shown in before.items() if row not in (first, second)}
    desk.run("care", "decisions", job, "--out", desk.files / "decisions.csv")
    with (desk.files / "decisions.csv").open(encoding="utf-8-sig", newline="") as file:
        decided = {int(row["row"]): row for row in csv.DictReader(file)}
    theirs = {row["source_id"] for row in positions if row["business_id"] == people[first - 1]["business_id"]}
    assert decided[first]["person"] in theirs
    assert decided[first]["state"] == "auto"
    assert (decided[second]["person"], decided[second]["state"]) == ("", "auto")
