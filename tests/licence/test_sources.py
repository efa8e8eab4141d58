"""Where each cell is from, beside the rows of an order that asks for it (R008, R038)."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from extracts.cut import cut
from extracts.deliver import deliver
from extracts.gate.provenance import COLUMNS, GROUPS
from extracts.orders import Wish, draft, place, revise
from ledger import orders, seeds
from ledger.store import Store
from register.publish import publish
from register.query import open_register
from register.rows import cell_sources
from schemas import codes
from schemas.criteria import parse_criteria
from subjects.rectify import Rectification, rectify
from tests.published import open_campaign
from tests.register.contents import person_at, position_at
from tests.register.loads import A, load, organisation, position

CRITERIA = parse_criteria({"organisation": {"kind": ["company"]}, "person": {"responsibility": ["IT"]}, "limit": 300})
Rows = list[dict[str, str]]


def read(path: Path) -> Rows:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def made(register_store: Store, tmp_path: Path) -> tuple[Rows, Rows, set[str]]:
    """The rows, their sources, and which rows are control records."""
    campaign = open_campaign(register_store, channels=("email", "phone"))
    extract = cut(register_store, place(register_store, campaign, CRITERIA, with_sources=True)["order"])["extract"]
    deliver(register_store, extract, tmp_path)
    with register_store.ledger.read() as connection:
        nobody = {str(seed["number"]) for seed in seeds.of_extract(connection, extract)}
    return read(tmp_path / f"{extract}.csv"), read(tmp_path / f"{extract}-SOURCES.csv"), nobody


def test_r008_every_filled_group_of_cells_has_its_source_and_date(made: tuple[Rows, Rows, set[str]]) -> None:
    rows, sources, _ = made
    assert [row["row"] for row in rows] == [row["row"] for row in sources]
    delivered = set(rows[0])
    assert not {"postal_source", "postal_date"} & set(sources[0]), "post is no channel of this campaign"
    for row, said in zip(rows, sources, strict=True):
        for group, columns in GROUPS.items():
            filled = any(row.get(column) for column in columns)
            if delivered.isdisjoint(columns):
                assert f"{group}_source" not in said
            elif filled:
                assert said[f"{group}_source"] in {"sample", "ytj", "prh"}, group
                assert date.fromisoformat(said[f"{group}_date"]) <= date(2026, 11, 22)
            else:
                assert (said[f"{group}_source"], said[f"{group}_date"]) == ("", "")
        assert date.fromisoformat(said["verified_date"]).year >= 2025


def test_r038_the_sources_tell_nothing_of_control_records(made: tuple[Rows, Rows, set[str]]) -> None:
    """Each has the sources of some real row beside it where it has a cell, and no others: some of its cells are of
    another row, and may be there or not where that one's are not."""
    _, sources, nobody = made

    def told(row: dict[str, str]) -> set[tuple[str, str]]:
        return {(name, value) for name, value in row.items() if name != "row" and value}

    elsewhere = ("size_", "visiting_", "postal_")
    real = [told(row) for row in sources if row["row"] not in nobody]
    seen = [told(row) for row in sources if row["row"] in nobody]
    assert len(seen) == 5
    for one in seen:
        own = {(name, value) for name, value in one if not name.startswith(elsewhere)}
        assert any(own <= row for row in real)
        kin = {value for name, value in one if name.startswith(elsewhere)}
        assert kin <= {value for name, value in one if name.startswith("organisation_")} or any(one <= r for r in real)


def test_there_is_no_internal_id_in_it(made: tuple[Rows, Rows, set[str]]) -> None:
    _, sources, _ = made
    texts = {value for row in sources for name, value in row.items() if name != "row" and value}
    assert all(value in {"sample", "ytj", "prh"} or date.fromisoformat(value) for value in texts)


def test_the_contract_s_columns_are_those_of_an_order_without_it(made: tuple[Rows, Rows, set[str]]) -> None:
    rows, _, _ = made
    licensed = [name for name, channel in codes.EXTRACT_FIELDS.items() if channel in (None, "email", "phone")]
    assert list(rows[0]) == licensed


def test_without_being_asked_for_there_is_no_such_file(register_store: Store, tmp_path: Path) -> None:
    campaign = open_campaign(register_store)
    extract = cut(register_store, place(register_store, campaign, CRITERIA)["order"])["extract"]
    deliver(register_store, extract, tmp_path)
    assert not list(tmp_path.glob("*SOURCES*"))


def test_a_revised_draft_keeps_the_wish(register_store: Store) -> None:
    campaign = open_campaign(register_store)
    order = draft(register_store, Wish(campaign, CRITERIA, with_sources=True))["order"]
    revise(register_store, order, {"formats": ["xlsx"]})
    with register_store.ledger.read() as connection:
        assert orders.order(connection, order)["with_sources"] is True


def test_r060_a_corrected_cell_has_the_controller_for_its_source(store: Store) -> None:
    """That a person corrected it is nobody else's business."""
    load(store, "own", [organisation(A)], [position("1", title="Johtaja", email="matti@a.example")])
    publish(store, force=True)
    place, person = position_at(store, "1"), person_at(store, "1")
    rectify(store, Rectification(person=person, position=place, values={"title": "Talousjohtaja"}, via="phone"))
    publish(store)
    with open_register(store, holder="test") as register:
        wanted = pa.table({"position": pa.array([place], pa.int32())})
        [said] = cell_sources(register, wanted, controller="Rekisteri Oy").to_pylist()
    assert (said["title_source"], said["title_date"]) == ("Rekisteri Oy", store.today())
    assert said["email_source"] == "own"
    assert set(said) == {"position", *COLUMNS}
