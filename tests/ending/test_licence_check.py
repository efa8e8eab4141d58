"""The licence check of a customer's own file: rows of ended campaigns are told to the customer alone (R035, R044)."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path

import pytest

from datacare import matching
from datacare.jobs import open_job
from datacare.returning import return_job
from extracts import activation
from ledger import care_instructions, customers, cuts, leftovers
from ledger.store import Store
from schemas import care
from tests.ending import house
from tests.ending.house import responder

HEADER = ("Yritys", "Y-tunnus", "Etunimi", "Sukunimi", "Sähköposti")
NAMES = ("organisation_name", "business_id", "first_name", "last_name", "email")


@pytest.fixture
def people() -> int:
    return 30


def test_R035_rows_of_an_ended_campaign_are_pointed_out_to_the_customer_alone(store: Store, tmp_path: Path) -> None:
    """Those who responded stay, control records go like any other row, and nothing is held against the customer."""
    gate_people = house.townsfolk(30)
    cut = house.delivered(store, gate_people, tmp_path / "delivered")
    rows = house.rows_of(tmp_path / "delivered")
    seeds = set(house.seed_numbers(store, cut.extract))
    persons = [row for row in rows if int(row["row"]) not in seeds]
    house.set_clock(store, house.NOW + timedelta(days=2))
    reported = house.write_csv(tmp_path / "responders.csv", [responder({"row": persons[0]["row"]})])
    activation.report(store, cut.extract, reported)
    seed = next(row for row in rows if int(row["row"]) in seeds)
    own = [persons[0], persons[1], seed]
    file = tmp_path / "crm.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, delimiter=";")
        writer.writerow(HEADER)
        writer.writerows([row[name] for name in NAMES] for row in own)
        writer.writerow(["Oma Asiakas Oy", "", "Aino", "Aalto", "aino@oma-asiakas.example"])
    with store.ledger.read() as connection:
        customer = cuts.extract(connection, cut.extract)["customer"]
    with store.write() as tx:
        agreement = customers.add_agreement(
            tx, customer_id=customer, mode="datacare", starts_on=date(2026, 1, 1), ends_on=date(2027, 12, 31)
        )
        asked = care.standard()
        care_instructions.record(tx, agreement, terms=asked | {"operations": [*asked["operations"], "licence_check"]})

    def checked(to: str) -> tuple[int | None, list[str]]:
        job = open_job(store, agreement, file)["job"]
        matching.match_job(store, job)
        made = return_job(store, job, to=tmp_path / to, whole=True)
        (path,) = (tmp_path / to).glob("*-rows.csv")
        with path.open(encoding="utf-8-sig", newline="") as found:
            return made["must_go"], [row["rajaus_licence"] for row in csv.DictReader(found, delimiter=";")]

    assert checked("running") == (0, ["", "", "", ""]), "while the campaign runs every row may stay"
    house.set_clock(store, house.END + timedelta(days=1))
    number, said = checked("over")
    assert number == 2
    assert said[0] == ""
    assert said[1] == said[2]
    assert said[1].startswith(f"remove: {cut.extract}, ")
    assert said[1].endswith(", 2026-11-30")
    assert said[3] == ""
    with store.ledger.read() as connection:
        assert leftovers.checks(connection, customers=[customer]) == []
