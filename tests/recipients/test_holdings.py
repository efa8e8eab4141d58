"""Who holds a person's rows: recipients by name, also of ended campaigns and of ids that left the register."""

from __future__ import annotations

import csv
from pathlib import Path

from ledger.store import Store
from subjects import recipients
from tests.recipients import house


def test_R057_a_person_delivered_in_four_extracts_has_four_lines_equal_to_the_ledger(
    any_store: Store, tmp_path: Path
) -> None:
    made = house.make(any_store, tmp_path)
    found = recipients.holdings(any_store, [house.PERSON])
    assert [(one.extract, one.customer, one.customer_name, one.campaign, one.purpose) for one in found] == sorted(
        (
            (
                one.extract,
                one.customer,
                one.deal.customer["name"],
                one.deal.campaign["campaign"],
                "marketing",
            )
            for one in made
        ),
    )
    for one in found:
        assert (one.person, one.position, one.state, one.channels) == (house.PERSON, 1, "held", ["email"])
        assert one.fields[0] == "row"
        assert "email" in one.fields
        assert "mobile" not in one.fields
        with (any_store.home.deliveries / one.extract / f"{one.extract}.csv").open(encoding="utf-8", newline="") as file:
            row = next(row for row in csv.DictReader(file) if row["row"] == str(one.row))
        assert row["email"] == "henkilo1@firma0.example"
        assert list(row) == one.fields
