"""Taking a customer's file in: under an instruction, apart from all else, and gone at the end (R044, R045, R050)."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest

from core.clock import fixed_clock
from core.errors import FileRejected, InvalidInput, InvalidTransition, LicenceRefused, NotFound, StoreError
from core.signing import check, public_key
from datacare.jobs import FACTS, ROWS, open_job, upload
from extracts import care_ending, care_folder
from ledger import care_instructions, care_jobs
from ledger.store import Store
from schemas import care
from subjects import retention
from tests.care.conftest import Write, add_agreement
from tests.care.protected import compound, encrypted
from tests.moment import NOW

HEADER = ("Asiakasnro", "Yritys", "Y-tunnus", "Sähköposti", "Puhelin")
ROW = ("1", "Merkki Oy", "9899301-1", "ainutlaatuinen.merkki@merkki.example", "048-17608005")


def opened(store: Store, agreement: str, file: Path, **more: Path) -> str:
    return str(open_job(store, agreement, file, **more)["job"])


def test_R044_a_file_is_taken_in_under_an_agreement_for_data_care(store: Store, crm: Write) -> None:
    agreement = add_agreement(store)
    document = open_job(store, agreement, crm(HEADER, ROW, ROW))
    assert (document["rows"], document["rejected"], document["columns"]) == (2, 0, list(HEADER))
    assert document["mapping"] == {
        "id": "Asiakasnro", "name": "Yritys", "identifier": "Y-tunnus", "email": "Sähköposti", "phone": "Puhelin",
    }  # fmt: skip
    with store.ledger.read() as connection:
        row = care_jobs.job(connection, document["job"])
    assert (row["state"], row["rows"], row["instruction"]) == ("open", 2, 1)


@pytest.mark.parametrize(
    ("spoil", "code"),
    [("mode", "agreement_mode"), ("over", "agreement_not_in_force"), ("withdrawn", "care_not_instructed"),
     ("narrow", "care_not_instructed")],
)  # fmt: skip
def test_R044_without_an_agreement_or_an_instruction_nothing_is_taken_in(
    store: Store, crm: Write, spoil: str, code: str
) -> None:
    agreement = add_agreement(store, mode="campaign" if spoil == "mode" else "datacare")
    with store.write() as tx:
        if spoil == "withdrawn":
            care_instructions.withdraw(tx, agreement)
        if spoil == "narrow":
            care_instructions.record(tx, agreement, terms=care.standard() | {"operations": ["report"]})
        if spoil in ("mode", "over"):
            tx.abandon()
    late = replace(store, clock=fixed_clock(NOW + timedelta(days=800))) if spoil == "over" else store
    with pytest.raises(LicenceRefused) as refused:
        open_job(late, agreement, crm(HEADER, ROW))
    assert refused.value.code == code
    assert list(store.home.care.iterdir()) == []


def test_R044_an_unknown_agreement_is_not_found(store: Store, crm: Write) -> None:
    with pytest.raises(NotFound):
        open_job(store, "agreement-nope", crm(HEADER, ROW))


@pytest.mark.parametrize(
    "change",
    [{"subject_matter": " "}, {"relation": ""}, {"data_types": []}, {"operations": ["sell"]}, {"fields": ["birth"]},
     {"at_end": "keep"}, {"keep_days": 31}, {"keep_days": True}, {"sub_processors": "x"}, {"more": "x"}],
)  # fmt: skip
def test_R044_an_instruction_says_all_that_the_article_asks_for(change: dict[str, object]) -> None:
    with pytest.raises(InvalidInput) as refused:
        care.checked(care.standard() | change)
    assert refused.value.code == "care_instruction_invalid"


def test_R045_what_lies_on_disk_shows_nothing_of_the_upload(store: Store, crm: Write) -> None:
    job = opened(store, add_agreement(store), crm(HEADER, ROW))
    for path in sorted(store.home.root.rglob("*")):
        if path.is_file():
            content = path.read_bytes()
            assert b"ainutlaatuinen" not in content, path
            assert b"Merkki Oy" not in content, path
    assert list(store.home.staging.iterdir()) == []
    assert upload(care_folder.find(store, job)).table["Yritys"].to_pylist() == ["Merkki Oy"]


def test_R045_each_job_has_a_key_that_opens_no_other_job(store: Store, crm: Write) -> None:
    agreement = add_agreement(store)
    first, second = (care_folder.find(store, opened(store, agreement, crm(HEADER, ROW))) for _ in range(2))
    assert first.key.secret != second.key.secret
    (first.path / f"{ROWS}.sealed").write_bytes((second.path / f"{ROWS}.sealed").read_bytes())
    with pytest.raises(StoreError) as refused:
        first.read(ROWS)
    assert refused.value.code == "care_damaged"
    (second.path / f"{FACTS}.sealed").write_bytes((second.path / f"{ROWS}.sealed").read_bytes())
    with pytest.raises(StoreError):
        second.read(FACTS)


def test_R045_a_file_that_is_refused_leaves_nothing_behind(store: Store, crm: Write) -> None:
    agreement = add_agreement(store)
    with pytest.raises(FileRejected) as refused:
        open_job(store, agreement, crm(("Väri", "Koko"), ("punainen", "XL")))
    assert refused.value.code == "care_no_usable_column"
    assert [*store.home.care.iterdir(), *store.home.staging.iterdir()] == []
    assert list((store.settings.keys_dir / "care").glob("*")) == []


def test_a_mapping_file_overrules_the_guess(store: Store, crm: Write, tmp_path: Path) -> None:
    mapping = tmp_path / "mapping.json"
    mapping.write_text('{"name": "B", "id": "A"}', encoding="utf-8")
    document = open_job(store, add_agreement(store), crm(("A", "B"), ("1", "Merkki Oy")), mapping=mapping)
    assert document["mapping"] == {"name": "B", "id": "A"}


@pytest.mark.parametrize(
    ("text", "code"),
    [("{", "mapping_invalid"), ("[1]", "mapping_invalid"), ('{"colour": "A"}', "mapping_invalid"),
     ('{"id": "A"}', "care_no_usable_column"), ('{"name": "C"}', "file_columns_missing")],
)  # fmt: skip
def test_a_mapping_that_cannot_be_used_is_refused(
    store: Store, crm: Write, tmp_path: Path, text: str, code: str
) -> None:
    mapping = tmp_path / "mapping.json"
    mapping.write_text(text, encoding="utf-8")
    with pytest.raises(FileRejected) as refused:
        open_job(store, add_agreement(store), crm(("A", "B"), ("1", "x")), mapping=mapping)
    assert refused.value.code == code


def lines(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_rows_in_are_rows_accepted_and_rejected_each_with_its_place(store: Store, crm: Write, tmp_path: Path) -> None:
    """Thirty per cent of the rows have not the header's cells; one holds a personal identity code."""
    good = [(str(n), f"Yritys {n} Oy", "", "", "") for n in range(7)]
    bad = [(str(n), "vain kaksi") for n in range(7, 10)]
    code = ("10", "Merkki Oy", "", "", "131052-308T")
    out = tmp_path / "hylatyt.csv"
    document = open_job(store, add_agreement(store), crm(HEADER, *good, *bad, code), rejected=out)
    assert (document["rows"], document["rejected"]) == (11, 4)
    assert [(row["row"], row["reason"]) for row in lines(out)] == [
        ("8", "cells_not_as_in_header"), ("9", "cells_not_as_in_header"), ("10", "cells_not_as_in_header"),
        ("11", "identity_code"),
    ]  # fmt: skip
    assert "131052" not in out.read_text(encoding="utf-8")
    assert len(upload(care_folder.find(store, document["job"])).table) == 7


def test_two_header_rows_emojis_control_characters_and_duplicates_are_taken_in(store: Store, crm: Write) -> None:
    file = crm(("Raportti 2026", "", "", "", ""), HEADER, ("1", "Merkki 🚀\u200b\x07 Oy", *ROW[2:]), ROW, ROW)
    document = open_job(store, add_agreement(store), file)
    assert (document["rows"], document["columns"]) == (3, list(HEADER))
    held = upload(care_folder.find(store, document["job"])).table["Yritys"].to_pylist()
    assert held[0].startswith("Merkki 🚀")
    assert held[1:] == ["Merkki Oy", "Merkki Oy"]


def test_a_spreadsheet_with_dates_for_ids_and_numbers_that_lost_their_zero_is_taken_in(
    store: Store, tmp_path: Path
) -> None:
    from datetime import date

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(HEADER)
    sheet.append([date(2026, 3, 1), "Merkki Oy", 112038_9, "a@merkki.example", 401234567])
    book.save(tmp_path / "crm.xlsx")
    document = open_job(store, add_agreement(store), tmp_path / "crm.xlsx")
    row = upload(care_folder.find(store, document["job"])).table.to_pylist()[0]
    assert (row["Asiakasnro"], row["Y-tunnus"]) == ("2026-03-01", "1120389")


def test_T13_a_protected_workbook_is_refused_with_the_reason(store: Store, tmp_path: Path) -> None:
    """Really encrypted, under whatever name; an old format or another compound file is told apart."""
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(HEADER)
    book.active.append(["1", "Merkki Oy", "0112038-9", "a@merkki.example", "0401234567"])
    plain = io.BytesIO()
    book.save(plain)
    locked = encrypted(plain.getvalue(), password="salasana")
    other = compound({"WordDocument": b"x", "1Table": b"y"})
    agreement = add_agreement(store)
    for name, content, code in (
        ("salattu.xlsx", locked, "care_protected"),
        ("salattu.csv", locked, "care_protected"),
        ("asiakirja.xlsx", other, "care_old_format"),
        ("rikki.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2000, "care_old_format"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(FileRejected) as refused:
            open_job(store, agreement, tmp_path / name)
        assert (refused.value.code, refused.value.ids) == (code, {"file": name})


def test_R050_closing_destroys_key_and_files_and_leaves_a_certificate(store: Store, crm: Write) -> None:
    job = opened(store, add_agreement(store), crm(HEADER, ROW))
    before = care_folder.listed(store, job)
    certificate = care_ending.end(store, job)
    assert certificate is not None
    assert certificate["files"] == before
    assert {file["file"] for file in before} == {"facts.sealed", "rejections.sealed", "rows.sealed"}
    assert check(certificate, [public_key(store.key("licence"))]) == "valid"
    assert not care_folder.exists(store, job)
    assert list((store.settings.keys_dir / "care").glob(f"{job}*")) == []
    with store.ledger.read() as connection:
        row = care_jobs.job(connection, job)
        again = care_jobs.certificate(connection, job)
    assert (row["state"], row["certificate"]["job"]) == ("closed", job)
    assert check(again, [public_key(store.key("licence"))]) == "valid"


def test_R050_a_job_that_stands_has_no_certificate(store: Store, crm: Write) -> None:
    job = opened(store, add_agreement(store), crm(HEADER, ROW))
    with store.ledger.read() as connection, pytest.raises(InvalidTransition) as refused:
        care_jobs.certificate(connection, job)
    assert refused.value.code == "transition_invalid"


def test_R050_whoever_stops_while_closing_begins_again(
    store: Store, crm: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = opened(store, add_agreement(store), crm(HEADER, ROW))
    with monkeypatch.context() as patched:
        patched.setattr("extracts.care_ending.sign", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            care_ending.end(store, job)
    with pytest.raises(StoreError):
        care_folder.find(store, job)
    certificate = care_ending.end(store, job)
    assert certificate is not None
    assert len(certificate["files"]) == 3
    assert not (store.home.care / job).exists()


def test_R050_thirty_days_after_delivery_retention_closes_the_job(store: Store, crm: Write) -> None:
    job = opened(store, add_agreement(store), crm(HEADER, ROW))
    last = replace(store, clock=fixed_clock(NOW + timedelta(days=30)))
    after = replace(store, clock=fixed_clock(NOW + timedelta(days=31)))

    def planned(at: Store) -> list[str]:
        classes = retention.plan(at, ids=True)["classes"]
        return next(one["ids"] for one in classes if (one["kind"], one["name"]) == ("files", "care"))

    assert planned(last) == []
    assert planned(after) == [job]
    retention.run(after)
    assert not (store.home.care / job).exists()
    with store.ledger.read() as connection:
        row = care_jobs.job(connection, job)
    assert row["state"] == "closed"
    assert len(row["certificate"]["files"]) == 3
    assert planned(after) == []


def test_R050_the_instruction_may_ask_for_fewer_days(store: Store, crm: Write) -> None:
    agreement = add_agreement(store, keep_days=3)
    job = opened(store, agreement, crm(HEADER, ROW))
    with store.ledger.read() as connection:
        assert care_jobs.job(connection, job)["due_on"] == store.today() + timedelta(days=3)


def test_a_closed_job_cannot_be_closed_again(store: Store, crm: Write) -> None:
    job = opened(store, add_agreement(store), crm(HEADER, ROW))
    care_ending.end(store, job)
    with store.ledger.read() as connection:
        row = care_jobs.job(connection, job)
    with pytest.raises(InvalidTransition):
        care_jobs.check(row, "closed", today=store.today())
