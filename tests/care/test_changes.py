"""What a matched job tells: changes of taken rows, and of the banned what it tells of the unchanged (R046-R049)."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from core.errors import Conflict
from datacare import decisions, matching
from datacare.harvest import Facts, judge
from datacare.jobs import open_job
from datacare.match.index import FORMAT
from extracts import care_folder
from extracts.gate import care as gate
from ledger import care_jobs
from ledger.store import Store
from register.snapshot import open_snapshot
from subjects.bans import BanRequest, add_ban
from tests.care.conftest import HEADER, Write, add_agreement

People = list[dict[str, str]]


def matched(store: Store, agreement: str, file: Path) -> dict[str, Any]:
    return matching.match_job(store, open_job(store, agreement, file)["job"])


def told(store: Store, job: str) -> list[dict[str, Any]]:
    with store.ledger.read() as connection:
        row = care_jobs.job(connection, job)
    with matching.matched_register(store, row) as register:
        return matching.changes(store, register, care_folder.find(store, job), row).changes.to_pylist()


def ban(store: Store, row: dict[str, str]) -> None:
    add_ban(store, BanRequest(email=row["Sähköposti"], via="phone", received_on=date(2026, 11, 20)))


CHANGED = {
    "Sähköposti": ("vanha.osoite@toinen-firma.example", "new_email", "email"),
    "Matkapuhelin": ("+358471111111", "new_phone", "mobile"),
    "Tehtävä": ("Aivan muu nimike", "new_title", "title"),
    "Puhelin": ("+3583912222222", "new_phone", "phone"),
    "Kotisivu": ("https://vanha-sivusto.example", "new_web", "domain"),
    "Katuosoite": ("Kuusamontie 4", "moved", "street"),
}


@pytest.fixture
def worn(people: People) -> People:
    """Twelve rows: six of which one cell is old, and six that are as the register has them."""
    rows = [dict(row) for row in people[:12]]
    for row, (column, (value, _, _)) in zip(rows, CHANGED.items(), strict=False):
        row[column] = value
    return rows


def test_R049_each_change_is_told_old_and_new_with_source_and_date(
    register_store: Store, agreement: str, crm: Write, worn: People, people: People
) -> None:
    document = matched(register_store, agreement, crm(HEADER, *worn))
    assert document["organisations"] == {"auto": 12, "none": 0, "review": 0}
    found = told(register_store, document["job"])
    for number, (row, (column, (value, kind, field))) in enumerate(zip(people, CHANGED.items(), strict=False), 1):
        one = next(line for line in found if line["row"] == number and line["field"] == field)
        assert (one["kind"], one["state"], one["old"]) == (kind, "changed", value)
        assert (one["new"], one["source"]) == (row[column], "sample")
        assert isinstance(one["date"], date)
    assert {line["row"] for line in found} == {1, 2, 3, 4, 5, 6}
    assert document["changes"] == matching.kinds(_table(found))


def _table(found: list[dict[str, Any]]) -> Any:
    import pyarrow as pa

    return pa.Table.from_pylist(found, schema=gate.CHANGES)


def test_R047_of_a_banned_person_the_same_comes_out_as_of_an_unchanged_one(
    register_store: Store, agreement: str, crm: Write, worn: People, people: People
) -> None:
    """T19: a banned row cannot be told from one of which there is nothing to say, in the lines or in the counts."""
    for row in worn[:3]:
        row["Sähköposti"] = row["Sähköposti"] if row is worn[0] else people[worn.index(row)]["Sähköposti"]
    unchanged = [dict(row) for row in people[:3]] + worn[3:]
    plain = matched(register_store, agreement, crm(HEADER, *unchanged))
    before = told(register_store, plain["job"])
    for row in people[:3]:
        ban(register_store, row)
    banned = matched(register_store, agreement, crm(HEADER, *worn, name="b.csv"))
    after = told(register_store, banned["job"])
    assert after == before
    assert banned["changes"] == plain["changes"]
    assert banned["organisations"] == plain["organisations"]


def test_R047_a_ban_counts_from_the_moment_it_is_filed(
    register_store: Store, agreement: str, crm: Write, worn: People, people: People
) -> None:
    job = matched(register_store, agreement, crm(HEADER, *worn))["job"]
    assert any(line["row"] == 1 for line in told(register_store, job))
    ban(register_store, people[0])
    assert not any(line["row"] == 1 for line in told(register_store, job))


def test_R047_a_banned_person_keeps_the_organisations_part_like_every_row_about_it(
    register_store: Store, agreement: str, crm: Write, people: People
) -> None:
    row = people[0] | {"Puhelin": "+3583912222222", "Sähköposti": "vanha@toinen-firma.example"}
    ban(register_store, people[0])
    found = told(register_store, matched(register_store, agreement, crm(HEADER, row))["job"])
    assert [(line["field"], line["new"]) for line in found] == [("phone", people[0]["Puhelin"])]


def test_R047_of_a_banned_organisation_nothing_is_told(
    register_store: Store, agreement: str, crm: Write, people: People
) -> None:
    request = BanRequest(
        business_id=people[0]["Y-tunnus"], whole_organisation=True, via="letter", received_on=date(2026, 11, 20)
    )
    add_ban(register_store, request)
    row = people[0] | {"Puhelin": "+3583912222222", "Sähköposti": "vanha@toinen-firma.example"}
    assert told(register_store, matched(register_store, agreement, crm(HEADER, row))["job"]) == []


def test_R046_empty_cells_stay_empty_unless_the_instruction_says_otherwise(
    register_store: Store, agreement: str, crm: Write, people: People
) -> None:
    file = crm(HEADER, people[0] | {"Sähköposti": "", "Puhelin": ""})
    assert told(register_store, matched(register_store, agreement, file)["job"]) == []
    filling = add_agreement(
        register_store, business_id="6000002-9", operations=["match", "review", "correct", "complete", "report"]
    )
    found = told(register_store, matched(register_store, filling, file)["job"])
    assert [(line["field"], line["state"], line["old"]) for line in found] == [
        ("email", "completed", None), ("phone", "completed", None),
    ]  # fmt: skip


def test_R046_the_seat_of_a_person_is_told_to_be_held_by_another_and_not_by_whom(
    register_store: Store, agreement: str, crm: Write, people: People
) -> None:
    top = [row for row in people if row["Tehtävä"] == "Toimitusjohtaja"]
    stranger = {"Etunimi": "Xerxes", "Sukunimi": "Qvistgaard", "Sähköposti": "", "Matkapuhelin": ""}
    found = told(
        register_store, matched(register_store, agreement, crm(HEADER, *(r | stranger for r in top[:5])))["job"]
    )
    left = [line for line in found if line["kind"] == "person_left"]
    assert left
    assert all((line["old"], line["new"], line["person"]) == (None, None, None) for line in left)


def test_the_file_of_decisions_has_a_line_a_row_with_ids_and_scores(
    register_store: Store, agreement: str, crm: Write, worn: People, tmp_path: Path
) -> None:
    strange = dict.fromkeys(HEADER, "") | {"Asiakasnro": "Z", "Yritys": "Zyxwvut Qrstu Oy"}
    document = matched(register_store, agreement, crm(HEADER, *worn, strange))
    decisions.write(register_store, document["job"], tmp_path / "decisions.csv")
    with (tmp_path / "decisions.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    assert list(lines[0]) == list(decisions.COLUMNS)
    assert [line["organisation"] for line in lines] == [row["Y-tunnus"] for row in worn] + [""]
    assert [line["id"] for line in lines] == [row["Asiakasnro"] for row in worn] + ["Z"]
    assert (lines[0]["changes"], lines[0]["state"], lines[-1]["state"]) == ("new_email", "auto", "none")
    text = (tmp_path / "decisions.csv").read_text(encoding="utf-8")
    assert not any(row["Sukunimi"] in text or row["Sähköposti"] in text for row in worn)


def test_a_register_published_since_asks_for_another_match(
    register_store: Store, agreement: str, crm: Write, worn: People, tmp_path: Path
) -> None:
    from register.publish import publish

    job = matched(register_store, agreement, crm(HEADER, *worn))["job"]
    [index] = register_store.home.care_index.iterdir()
    index.with_suffix(".parquet").mkdir()  # the copy that Spark reads
    old = list(register_store.home.care_index.iterdir())
    publish(register_store)
    with pytest.raises(Conflict) as refused:
        decisions.write(register_store, job, tmp_path / "d.csv")
    assert refused.value.code == "care_snapshot_moved"
    assert not any(path.exists() for path in old), "the index names whom the former snapshot named"


def test_an_index_of_another_version_of_the_program_is_made_anew(
    register_store: Store, agreement: str, crm: Write, worn: People
) -> None:
    with open_snapshot(register_store, holder="test") as snapshot:
        older = register_store.home.care_index / f"{snapshot.id}.duckdb"
        same = register_store.home.care_index / f"{snapshot.id}.{FORMAT - 1}.duckdb"
    for made in register_store.home.care_index.glob("*"):
        made.unlink()
    for path in (older, same):
        path.write_bytes(b"of other columns")
    matched(register_store, agreement, crm(HEADER, *worn))
    [index] = register_store.home.care_index.iterdir()
    assert index not in (older, same)


FACTS = Facts(rows=1000, contacts=0, completed=0, worn=0, crowd=0, persons_year=0)


@pytest.mark.parametrize(
    ("change", "found"),
    [({}, []), ({"completed": 200}, []), ({"completed": 201}, ["completion_rate"]),
     ({"contacts": 501}, ["contact_rate"]), ({"worn": 201}, ["placeholders"]), ({"crowd": 301}, ["crowded"]),
     ({"persons_year": 20_001}, ["year_budget"]), ({"rows": 15, "contacts": 15}, []),
     ({"rows": 20, "contacts": 20}, ["contact_rate"])],
)  # fmt: skip
def test_T19_what_looks_like_harvesting_is_found(store: Store, change: dict[str, int], found: list[str]) -> None:
    from dataclasses import replace

    assert [one["finding"] for one in judge(replace(FACTS, **change), store.settings)] == found


def test_T19_guessed_addresses_for_real_people_hold_the_job(
    register_store: Store, agreement: str, crm: Write, people: People
) -> None:
    """Somebody knows companies and names, and would like to learn the contacts."""
    guessed = [row | {"Sähköposti": "x@x.example"} for row in people[:60]]
    document = matched(register_store, agreement, crm(HEADER, *guessed))
    assert document["held"] == ["contact_rate", "placeholders"]
    with register_store.ledger.read() as connection:
        assert care_jobs.held(care_jobs.job(connection, document["job"]))


def test_T19_a_file_about_one_company_alone_is_matched_and_held_only_when_it_is_a_crowd(
    register_store: Store, agreement: str, crm: Write, people: People
) -> None:
    """Every row the same company: a key customer's list passes, a list of guessed names does not."""
    bare = people[0] | {"Sähköposti": "", "Matkapuhelin": ""}
    rows = [bare | {"Asiakasnro": str(n), "Sukunimi": f"Arvaus{n}"} for n in range(60)]
    few = matched(register_store, agreement, crm(HEADER, *rows[:40]))
    assert (few["organisations"]["auto"], few["held"]) == (40, [])
    assert matched(register_store, agreement, crm(HEADER, *rows, name="b.csv"))["held"] == ["crowded"]


def test_ids_that_lost_their_leading_zero_and_dates_for_ids_are_matched_all_the_same(
    register_store: Store, agreement: str, tmp_path: Path, people: People
) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(HEADER)
    for day, row in enumerate(people[:5], 1):
        cells = row | {"Y-tunnus": int(row["Y-tunnus"].replace("-", "")), "Asiakasnro": date(2026, 3, day)}
        sheet.append([cells[name] for name in HEADER])
    book.save(tmp_path / "crm.xlsx")
    document = matched(register_store, agreement, tmp_path / "crm.xlsx")
    assert document["organisations"] == {"auto": 5, "none": 0, "review": 0}
    assert sum(document["changes"].values()) == 0
