"""Dropped files are matched and returned by night; one that fails stops no other, and nothing stays that need not."""

from __future__ import annotations

from pathlib import Path

from datacare import nightly
from ledger import care_jobs
from ledger.store import Store
from tests.care.conftest import HEADER, Write
from tests.care.test_changes import People, worn

__all__ = ["worn"]


def test_R050_a_drop_folder_is_worked_through_and_earlier_nights_are_closed(
    register_store: Store, agreement: str, crm: Write, worn: People, people: People, tmp_path: Path
) -> None:
    drop, to = tmp_path / "drop", tmp_path / "out"
    mine, nobodys = drop / agreement, drop / "agreement-nope"
    for folder in (mine, nobodys):
        folder.mkdir(parents=True)
    crm(HEADER, *worn).rename(mine / "ma.csv")
    crm(("Väri",), ("punainen",)).rename(mine / "colours.csv")
    crm(HEADER, *worn).rename(nobodys / "x.csv")
    first = nightly.run(register_store, drop, to=to)
    assert [(one["file"], one["rows"], one["updated"]) for one in first["done"]] == [("ma.csv", 12, 6)]
    assert {(one["file"], one["code"]) for one in first["refused"]} == {
        ("colours.csv", "care_no_usable_column"), ("x.csv", "agreement_unknown"),
    }  # fmt: skip
    assert [path.name for path in mine.iterdir()] == ["refused"]
    assert "care_no_usable_column" in (mine / "refused" / "colours.csv.txt").read_text(encoding="utf-8")
    crm(HEADER, *worn[:11], people[11] | {"Puhelin": "+3583912222222"}).rename(mine / "ti.csv")
    second = nightly.run(register_store, drop, to=to)
    assert [(one["rows"], one["updated"]) for one in second["done"]] == [(0, 0)], "the edit is the customer's own"
    assert second["closed"] == [first["done"][0]["job"]]
    with register_store.ledger.read() as connection:
        states = [row["state"] for row in care_jobs.jobs(connection, agreement=agreement)]
    assert sorted(states) == ["closed", "returned"]


def test_T19_a_held_job_of_the_night_goes_nowhere(
    register_store: Store, agreement: str, crm: Write, people: People, tmp_path: Path
) -> None:
    folder = tmp_path / "drop" / agreement
    folder.mkdir(parents=True)
    crm(HEADER, *(row | {"Sähköposti": "x@x.example"} for row in people[:60])).rename(folder / "ma.csv")
    document = nightly.run(register_store, tmp_path / "drop", to=tmp_path / "out")
    assert [one["findings"] for one in document["held"]] == ["contact_rate, placeholders"]
    assert document["done"] == []
    assert not (tmp_path / "out").exists()
