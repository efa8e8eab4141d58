"""At the end a customer's rows go back first where it says so, and are deleted in any case (R050, Art. 28(3)(g))."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core.clock import fixed_clock
from core.errors import InvalidTransition, LicenceRefused, RajausError
from core.signing import check, public_key
from datacare import nightly
from datacare.closing import close_job, hand_back
from datacare.jobs import open_job
from datacare.returning import return_job
from extracts import care_ending, care_folder
from ledger import care_instructions, care_jobs
from ledger.store import Store
from schemas import care
from subjects import retention
from tests.care.conftest import HEADER, Write, add_agreement
from tests.care.test_changes import People, matched, worn
from tests.moment import NOW

__all__ = ["worn"]

OWN = ("Asiakasnro", "Yritys", "Y-tunnus", "Puhelin", "Huom")
ROWS = [("1", "Merkki Oy", "9899301-1", "+358 40 1234567", "=1+1"), ("2", "Toinen Oy", "", "", 'å;"ä')]


def instruct(store: Store, agreement: str, **terms: object) -> None:
    with store.write() as tx:
        care_instructions.record(tx, agreement, terms=care.standard() | terms)


def refused(store: Store, job: str) -> bool:
    """Whether closing asks for the rows to go back first; then nothing was touched."""
    before = care_folder.listed(store, job)
    try:
        close_job(store, job)
    except LicenceRefused as error:
        return (error.code, care_folder.exists(store, job), care_folder.listed(store, job)) == (
            "care_to_go_back", True, before,
        )  # fmt: skip
    return care_folder.exists(store, job)


@pytest.mark.parametrize(
    ("begun", "last", "withdrawn", "waits"),
    [("delete", None, False, False), ("return", None, False, True), ("return", "delete", False, False),
     ("delete", "return", False, True), ("return", None, True, True)],
)  # fmt: skip
def test_R050_the_customers_last_word_says_whether_its_rows_go_back_first(
    store: Store, crm: Write, begun: str, last: str | None, withdrawn: bool, waits: bool
) -> None:
    agreement = add_agreement(store, at_end=begun)
    job = open_job(store, agreement, crm(OWN, *ROWS))["job"]
    if last is not None:
        instruct(store, agreement, at_end=last)
    if withdrawn:
        with store.write() as tx:
            care_instructions.withdraw(tx, agreement)
    assert refused(store, job) is waits


def test_R050_what_goes_back_at_the_end_is_the_upload_as_it_came_and_the_certificate_says_so(
    store: Store, crm: Write, tmp_path: Path
) -> None:
    """Every accepted row, cell by cell; a formula alone is disarmed (R090). Rejected rows were never kept."""
    job = open_job(store, add_agreement(store, at_end="return"), crm(OWN, *ROWS, ("3", "vain kaksi")))["job"]
    certificate = close_job(store, job, to=tmp_path / "out")
    with (tmp_path / "out" / f"{job}-upload.csv").open(encoding="utf-8-sig", newline="") as file:
        back = list(csv.reader(file, delimiter=";"))
    assert back == [list(OWN), [*ROWS[0][:4], "'=1+1"], list(ROWS[1])]
    assert "cells_not_as_in_header" in (tmp_path / "out" / f"{job}-rejected.csv").read_text(encoding="utf-8")
    went = certificate["went_back"]
    assert (certificate["at_end"], went["as"], went["rows"]) == ("return", "the upload as it came", 2)
    assert {file["name"] for file in went["files"]} == {path.name for path in (tmp_path / "out").iterdir()}
    assert check(certificate, [public_key(store.key("licence"))]) == "valid"
    assert not care_folder.exists(store, job)


def test_R050_under_the_standard_instruction_the_certificate_says_that_nothing_went_back(
    store: Store, crm: Write
) -> None:
    certificate = close_job(store, open_job(store, add_agreement(store), crm(OWN, *ROWS))["job"])
    assert (certificate["at_end"], certificate["went_back"]) == ("delete", None)


def test_R050_a_return_of_all_rows_is_one_and_of_some_rows_is_none(
    register_store: Store, crm: Write, worn: People, tmp_path: Path
) -> None:
    agreement = add_agreement(register_store, at_end="return")
    jobs = [matched(register_store, agreement, crm(HEADER, *worn))["job"] for _ in range(2)]
    for job in jobs:
        return_job(register_store, job, to=tmp_path / job)  # the second has no news, and no rows
    certificate = close_job(register_store, jobs[0])
    assert certificate["went_back"]["as"] == "the upload, corrected"
    assert certificate["went_back"]["rows"] == len(worn)
    assert refused(register_store, jobs[1])
    return_job(register_store, jobs[1], to=tmp_path / "whole", whole=True)
    assert not refused(register_store, jobs[1])


def test_R050_T19_a_held_overdue_or_ended_job_still_goes_back_as_it_came(
    register_store: Store, crm: Write, people: People, tmp_path: Path
) -> None:
    """Nothing of the register is in it: nothing that keeps the register's data back keeps the customer's own."""
    agreement = add_agreement(register_store, at_end="return")
    guessed = crm(HEADER, *(row | {"Sähköposti": "x@x.example"} for row in people[:60]))
    job = matched(register_store, agreement, guessed)["job"]
    with register_store.ledger.read() as connection:
        assert care_jobs.held(care_jobs.job(connection, job))
    late = replace(register_store, clock=fixed_clock(NOW + timedelta(days=900)))
    made = hand_back(late, job, to=tmp_path)
    (rows,) = (Path(file["path"]) for file in made["files"] if "upload" in file["path"])
    with rows.open(encoding="utf-8-sig", newline="") as file:
        assert [row["Sähköposti"] for row in csv.DictReader(file, delimiter=";")] == ["x@x.example"] * 60
    assert not refused(late, job)
    with pytest.raises(InvalidTransition):
        close_job(late, job, to=tmp_path)


def _care(store: Store) -> dict[str, Any]:
    classes = retention.plan(store, ids=True)["classes"]
    return next(one for one in classes if (one["kind"], one["name"]) == ("files", "care"))


def test_R050_retention_deletes_nothing_that_is_to_go_back_and_says_so(
    store: Store, crm: Write, tmp_path: Path
) -> None:
    waiting = open_job(store, add_agreement(store, at_end="return"), crm(OWN, *ROWS))["job"]
    other = open_job(store, add_agreement(store, business_id="6000002-9"), crm(OWN, *ROWS))["job"]
    after = replace(store, clock=fixed_clock(NOW + timedelta(days=31)))
    planned = _care(after)
    assert (planned["ids"], planned["waiting"]) == ([other], 1)
    document = retention.run(after)
    (note,) = [note for note in document["notes"] if waiting in note]
    assert f"rajaus care close {waiting} --to DIR" in note
    assert care_folder.exists(after, waiting)
    assert not (after.home.care / other).exists()
    hand_back(after, waiting, to=tmp_path)
    assert _care(after)["ids"] == [waiting]
    retention.run(after)
    with after.ledger.read() as connection:
        certificate = care_jobs.certificate(connection, waiting)
    assert certificate["went_back"]["as"] == "the upload as it came"


def test_R050_R074_what_was_lost_with_its_key_can_be_closed_and_is_not_said_to_have_gone_back(
    store: Store, crm: Write
) -> None:
    """After a restore a standing job has neither files nor key: no backup holds them."""
    job = open_job(store, add_agreement(store, at_end="return"), crm(OWN, *ROWS))["job"]
    care_folder.destroy(store, job)
    after = replace(store, clock=fixed_clock(NOW + timedelta(days=31)))
    assert _care(after)["ids"] == [job]
    retention.run(after)
    with after.ledger.read() as connection:
        certificate = care_jobs.certificate(connection, job)
    assert (certificate["at_end"], certificate["went_back"], certificate["files"]) == ("return", None, [])


def test_R050_who_stops_before_the_rows_went_back_has_deleted_nothing(store: Store, crm: Write, tmp_path: Path) -> None:
    """A place that cannot be written to: nothing is recorded, and the next try does it all."""
    job = open_job(store, add_agreement(store, at_end="return"), crm(OWN, *ROWS))["job"]
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(RajausError) as error:
        close_job(store, job, to=tmp_path / "file")
    assert error.value.code == "not_writable"
    with store.ledger.read() as connection:
        assert care_jobs.returns(connection, job) == []
    assert refused(store, job)
    assert care_ending.end(store, "agreement-of-nobody") is None
    assert close_job(store, job, to=tmp_path / "out")["went_back"]["rows"] == 2


def test_R050_by_night_earlier_jobs_go_back_beside_what_they_got(
    register_store: Store, crm: Write, worn: People, tmp_path: Path
) -> None:
    agreement = add_agreement(register_store, at_end="return")
    drop, to = tmp_path / "drop", tmp_path / "out"
    (drop / agreement).mkdir(parents=True)
    jobs = []
    for night in range(3):
        crm(HEADER, *worn).rename(drop / agreement / f"{night}.csv")
        document = nightly.run(register_store, drop, to=to)
        assert document["refused"] == []
        jobs.append(document["done"][0]["job"])
        assert document["closed"] == jobs[-2:-1]
    back = [(to / agreement / job / f"{job}-upload.csv").exists() for job in jobs]
    assert back == [False, True, False], "the first went back whole, corrected; the second brought no news"
