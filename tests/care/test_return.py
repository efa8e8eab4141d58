"""What goes back: the customer's own rows with what changed, nobody new, the banned like the unchanged."""

from __future__ import annotations

import csv
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pytest

from core.errors import InvalidInput, LicenceRefused, PermissionRefused
from datacare import matching
from datacare.jobs import Upload, open_job
from datacare.remembering import judged
from datacare.returning import STATUS, made_rows, return_job
from ledger import care_jobs
from ledger.store import Store
from register.publish import publish
from tests.care.conftest import HEADER, Write
from tests.care.test_changes import CHANGED, People, ban, matched, worn

__all__ = ["worn"]


def returned(store: Store, agreement: str, file: Path, to: Path, **more: Any) -> dict[str, Any]:
    return return_job(store, matched(store, agreement, file)["job"], to=to, **more)


def lines(to: Path, part: str) -> list[dict[str, str]]:
    (path,) = to.glob(f"*-{part}.csv")
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def test_R046_the_rows_go_back_as_they_came_corrected_and_with_their_codes(
    register_store: Store, agreement: str, crm: Write, worn: People, people: People, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    document = returned(register_store, agreement, crm(HEADER, *worn), out)
    rows = lines(out, "rows")
    assert list(rows[0]) == [*HEADER, *STATUS]
    assert [{name: row[name] for name in HEADER} for row in rows] == [
        {name: row[name] for name in HEADER} for row in people[:12]
    ], "each old cell is put right, every other is as it came"
    assert [row["rajaus_status"] for row in rows] == ["updated"] * 6 + ["no_update"] * 6
    assert "Y-tunnus sama" in rows[0]["rajaus_why"]
    old, column = CHANGED["Sähköposti"][0], "Sähköposti"
    assert rows[0]["rajaus_changes"].startswith(f"email: {old} → {people[0][column]} (sample, ")
    assert (document["rows"], document["updated"], document["changes"]["new_email"]) == (12, 6, 1)
    assert len(lines(out, "changes")) >= 6


def test_R047_the_files_of_a_banned_and_of_an_unchanged_person_are_the_same(
    register_store: Store, agreement: str, crm: Write, worn: People, people: People, tmp_path: Path
) -> None:
    """T19: code, counts and every other cell."""
    plain = returned(register_store, agreement, crm(HEADER, *people[:12]), tmp_path / "plain", whole=True)
    ban(register_store, people[0])
    stale = [people[0] | {"Tehtävä": "Aivan muu nimike"}, *people[1:12]]
    banned = returned(register_store, agreement, crm(HEADER, *stale, name="b.csv"), tmp_path / "banned", whole=True)
    assert banned["changes"] == plain["changes"]
    assert (banned["updated"], banned["rows"]) == (plain["updated"], plain["rows"]) == (0, 12)
    first, second = lines(tmp_path / "plain", "rows"), lines(tmp_path / "banned", "rows")
    assert second[0]["Tehtävä"] == "Aivan muu nimike", "the customer's own cell stays"
    assert [[row[name] for name in STATUS] for row in second] == [[row[name] for name in STATUS] for row in first]
    reports = [next((tmp_path / name).glob("*.html")).read_text(encoding="utf-8") for name in ("plain", "banned")]
    jobs = [plain["job"], banned["job"]]
    assert reports[0].replace(jobs[0], "") == reports[1].replace(jobs[1], "")


def test_fields_to_be_kept_stay_as_the_customer_has_them(
    register_store: Store, agreement: str, crm: Write, worn: People, tmp_path: Path
) -> None:
    document = returned(register_store, agreement, crm(HEADER, *worn), tmp_path / "out", keep=["email", "phone"])
    rows = lines(tmp_path / "out", "rows")
    assert rows[0]["Sähköposti"] == worn[0]["Sähköposti"]
    assert rows[3]["Puhelin"] == worn[3]["Puhelin"]
    assert (rows[0]["rajaus_status"], document["updated"]) == ("no_update", 4)
    with pytest.raises(InvalidInput):
        return_job(register_store, document["job"], to=tmp_path, keep=["colour"])


def test_T12_a_formula_in_the_customers_own_cell_goes_back_disarmed(
    register_store: Store, agreement: str, crm: Write, people: People, tmp_path: Path
) -> None:
    returned(register_store, agreement, crm(HEADER, people[0] | {"Tehtävä": "=HYPERLINK(1)"}), tmp_path, keep=["title"])
    (row,) = lines(tmp_path, "rows")
    assert row["Tehtävä"] == "'=HYPERLINK(1)"
    assert row["Matkapuhelin"] == people[0]["Matkapuhelin"]


def test_R050_a_repeated_upload_tells_only_what_is_new_and_keeps_the_customers_own_edits(
    register_store: Store, agreement: str, crm: Write, worn: People, people: People, tmp_path: Path
) -> None:
    first = returned(register_store, agreement, crm(HEADER, *worn), tmp_path / "1")
    assert first["updated"] == 6
    again = returned(register_store, agreement, crm(HEADER, *worn), tmp_path / "2")
    assert (again["rows"], again["updated"], again["kept"]) == (0, 0, 0)
    assert again["told"] >= 6
    edited = [dict(row) for row in worn]
    edited[0]["Sähköposti"] = "oma.korjaus@toinen-firma.example"  # after our proposal
    edited[8]["Tehtävä"] = "Oma kuvaus tehtävästä"  # was the same on both sides
    edited[9]["Tehtävä"] = people[9]["Tehtävä"].upper()
    third = returned(register_store, agreement, crm(HEADER, *edited), tmp_path / "3")
    assert (third["rows"], third["kept"]) == (0, 2)
    whole = returned(register_store, agreement, crm(HEADER, *edited), tmp_path / "4", whole=True)
    assert whole["rows"] == 12
    rows = lines(tmp_path / "4", "rows")
    assert rows[0]["Sähköposti"] == "oma.korjaus@toinen-firma.example"
    assert rows[8]["Tehtävä"] == "Oma kuvaus tehtävästä"


@pytest.mark.parametrize(
    ("before", "now", "register", "found"),
    [(None, b"a", b"b", "new"), ((b"a", b"b"), b"a", b"b", "told"), ((b"a", b"b"), b"c", b"b", "kept"),
     ((b"a", None), b"c", b"a", "kept"), ((b"a", None), b"a", b"b", "new"), ((b"a", b"b"), b"a", b"c", "new"),
     ((b"a", b"b"), b"c", b"d", "conflict"), ((b"a", None), b"c", b"b", "conflict")],
)  # fmt: skip
def test_the_three_way_rule(before: Any, now: bytes, register: bytes, found: str) -> None:
    assert judged(now, register, before=before) == found


def test_T19_a_held_job_goes_back_only_when_two_persons_released_it(
    register_store: Store, agreement: str, crm: Write, people: People, tmp_path: Path
) -> None:
    guessed = crm(HEADER, *(row | {"Sähköposti": "x@x.example"} for row in people[:60]))
    job = matched(register_store, agreement, guessed)["job"]
    with pytest.raises(LicenceRefused) as refused:
        return_job(register_store, job, to=tmp_path / "out")
    assert refused.value.code == "care_held"
    assert not (tmp_path / "out").exists()
    with register_store.write() as tx, pytest.raises(PermissionRefused):
        try:
            care_jobs.release(tx, job, approver="tester", reason="mine")
        finally:
            tx.abandon()
    with register_store.write() as tx:
        care_jobs.release(tx, job, approver="liisa", reason="looked at with the customer")
    assert return_job(register_store, job, to=tmp_path / "out")["rows"] == 60
    with register_store.ledger.read() as connection:
        assert (
            len(care_jobs.persons_since(connection, [_customer(register_store, job)], since=register_store.now())) > 30
        )


def test_R057_the_person_is_told_which_customer_got_a_newer_value(
    register_store: Store, agreement: str, crm: Write, worn: People, people: People, tmp_path: Path
) -> None:
    from ledger import subject_facts

    job = returned(register_store, agreement, crm(HEADER, *worn), tmp_path)["job"]
    with register_store.ledger.read() as connection:
        returns = care_jobs.returns(connection, job)
        (first, *_), customer = returns, "Asiakas 6000001-0 Oy (6000001-0)"
        told = [
            subject_facts.disclosed(connection, [person], today=register_store.today())[0]
            for person in _persons(register_store, people[:4])
        ]
    assert first["persons"] == 3
    assert [[one["recipient"] for one in several] for several in told] == [[customer]] * 3 + [[]]
    assert {one["kind"] for several in told for one in several} == {"data_care"}


def _persons(store: Store, rows: People) -> list[int]:
    from register.query import open_register

    with open_register(store, holder="test") as register:
        found = dict(register.connection.execute("SELECT email, person FROM position").fetchall())
    return [found[row["Sähköposti"]] for row in rows]


def _customer(store: Store, job: str) -> str:
    with store.ledger.read() as connection:
        return str(care_jobs.job(connection, job)["customer"])


def test_R014_a_ban_between_the_making_and_the_handing_over_is_not_too_late(
    register_store: Store, agreement: str, crm: Write, worn: People, people: People, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    from datacare import report

    job = matched(register_store, agreement, crm(HEADER, *worn))["job"]
    write, filed = report.write, []

    def late(*arguments: Any, **named: Any) -> None:
        write(*arguments, **named)
        if not filed:
            ban(register_store, people[0])
            filed.append(True)

    monkeypatch.setattr(report, "write", late)
    return_job(register_store, job, to=tmp_path / "out")
    row = lines(tmp_path / "out", "rows")[0]
    assert (row["rajaus_status"], row["Sähköposti"]) == ("no_update", worn[0]["Sähköposti"])


def test_R045_nothing_of_an_upload_enters_the_register(
    register_store: Store, agreement: str, crm: Write, people: People, tmp_path: Path
) -> None:
    """A marker person is in no file of the store, neither after matching, returning and publishing nor in a backup."""
    from service.archive import reading
    from service.backup import back_up

    marker = "Ainutkertainen-Merkkinimi"
    row = people[0] | {"Asiakasnro": "M1", "Sukunimi": marker, "Sähköposti": "merkki@ainutkertainen.example"}
    store = replace(register_store, settings=register_store.settings.model_copy(update={"uncompressed": True}))
    returned(store, agreement, crm(HEADER, row, *people[1:3]), tmp_path / "out")
    publish(store)
    needles = (marker.encode(), b"ainutkertainen.example")
    for path in sorted(store.home.root.rglob("*")):
        if path.is_file():
            content = path.read_bytes()
            assert not any(needle in content for needle in needles), path
    import pyrage

    identity = pyrage.x25519.Identity.generate()
    made = back_up(store, tmp_path / "backup", recipient=str(identity.to_public()))
    with reading(Path(made["path"]), identity) as members:
        for name, member in members:
            assert not name.startswith("home/care")
            content = member.read()
            assert not any(needle in content for needle in needles), name


def test_the_workbook_has_charts_and_the_page_needs_nothing_from_elsewhere(
    register_store: Store, agreement: str, crm: Write, worn: People, tmp_path: Path
) -> None:
    returned(register_store, agreement, crm(HEADER, *worn, worn[0]), tmp_path)
    (path,) = tmp_path.glob("*-report.xlsx")
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["Yhteenveto", "Muutokset", "Toimialat", "Koko"]
    assert all(len(sheet._charts) == 1 for sheet in book.worksheets)
    top = {row[0]: row[1] for row in book["Yhteenveto"].iter_rows(values_only=True)}
    assert (top["Rivejä tiedostossa"], top["Kaksoiskappaleita"]) == (13, 1)
    page = next(tmp_path.glob("*-report.html")).read_text(encoding="utf-8")
    assert "default-src 'none'" in page
    assert "http://" not in page
    assert "https://" not in page


def test_R046_whatever_is_told_the_rows_that_go_back_are_those_that_came() -> None:
    """Output keys are input keys for a thousand random uploads."""
    draw = random.Random(46)
    fields = {"id": "Nro", "name": "Nimi", "email": "Posti", "phone": "Puh"}
    for _ in range(1000):
        size = draw.randint(1, 12)
        numbers = sorted(draw.sample(range(1, 50), size))
        cells = {column: [draw.choice(["", "a", "=b", None]) for _ in range(size)] for column in fields.values()}
        cells["Nro"] = [f"K{draw.randint(1, 9)}" for _ in range(size)]
        types = {"row": pa.int64(), **dict.fromkeys(fields.values(), pa.string())}
        table = pa.table({name: pa.array(values, types[name]) for name, values in {"row": numbers, **cells}.items()})
        held = Upload(list(fields.values()), fields, table)
        said = [
            {"row": draw.choice(numbers), "kind": "new_email", "field": draw.choice(["email", "phone", "title", ""]),
             "old": None, "new": draw.choice(["uusi", None]), "source": "s", "date": None, "since": "new"}
            for _ in range(draw.randint(0, 6))
        ]  # fmt: skip
        states = [draw.choice(matching.STATES) for _ in range(size)]
        decided = pa.table({"state": states, "p": [0.5] * size})
        news = pa.Table.from_pylist(said, schema=_NEWS)
        made = made_rows(held, decided, news=news, why=pa.nulls(size, pa.string()))
        assert made["Nro"].to_pylist() == cells["Nro"]
        assert made.column_names == [*fields.values(), *STATUS]
        touched = {one["row"] for one in said}
        for at, number in enumerate(numbers):
            if number not in touched:
                assert all(made[column][at].as_py() == cells[column][at] for column in fields.values())
                assert made["rajaus_status"][at].as_py() == "no_update"


_NEWS = pa.schema(
    [(name, pa.int64() if name == "row" else pa.string())
     for name in ("row", "kind", "field", "old", "new", "source", "date", "since")]
)  # fmt: skip


def test_R044_what_is_not_instructed_is_not_done(
    register_store: Store, agreement: str, crm: Write, worn: People, tmp_path: Path
) -> None:
    from ledger import care_instructions
    from schemas import care

    job = open_job(register_store, agreement, crm(HEADER, *worn))["job"]
    matching.match_job(register_store, job)
    with register_store.write() as tx:
        care_instructions.record(tx, agreement, terms=care.standard() | {"operations": ["match"]})
    with pytest.raises(LicenceRefused) as refused:
        return_job(register_store, job, to=tmp_path / "out")
    assert refused.value.code == "care_not_instructed"
