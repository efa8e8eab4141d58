"""A suspect file to the extract it came from, through real files, manifests and ledger (R039)."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import select, update

from core.clock import fixed_clock
from core.errors import ConfigError, FileRejected, StoreError
from core.files import sha256_file
from core.keys import create_keys
from core.settings import load_settings
from extracts.trace import trace
from ledger import tables, traces
from ledger.store import Store, create_store
from tests.trace.house import House, leak, people

EVERYBODY = people(700)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    """Two customers with the same selection, N of 2N, and a third with another; tests only read it."""
    home = tmp_path_factory.mktemp("trace") / "home"
    at = fixed_clock(datetime(2026, 11, 22, 9, tzinfo=UTC))
    made = House(create_store(load_settings(env={}, home=home, actor="tester"), clock=at))
    made.release("x1", EVERYBODY[:400], deliver=200, customer="c1", seeds=5)
    made.release("x2", EVERYBODY[:400], deliver=200, customer="c2", seeds=5)
    made.release("x3", EVERYBODY[300:600], deliver=150, customer="c3", seeds=5, state="revoked")
    return made


def _sample(rows: list[dict[str, str]], number: int, *, seed: int = 7) -> list[dict[str, str]]:
    return random.Random(seed).sample(rows, number)


def _accused(result: dict[str, Any]) -> list[tuple[str, str, str | None]]:
    return [(one["extract"], one["customer"], one["campaign"]) for one in result["accused"]]


def test_sixty_rows_under_other_headings_name_extract_campaign_and_customer(house: House, tmp_path: Path) -> None:
    """R039: part of a file, shuffled and re-formatted, is attributed, and only to its source."""
    renamed = {
        "mobile": "Puh",
        "last_name": "Nimi 2",
        "email": "Osoite",
        "responsibilities": "Vastuut",
        "first_name": "N",
    }
    file = leak(
        tmp_path / "Lista.csv",
        _sample(house.cuts[0].rows[:200], 60),
        delimiter=";",
        encoding="cp1252",
        change=str.upper,
        columns=renamed,
    )
    result = trace(house.store, file)
    assert (result["read"], result["matched"]) == (60, 60)
    assert _accused(result) == [("x1", "c1", "k-x1")]
    assert result["accused"][0]["family_wise_p"] <= 1e-6
    assert result["accused"][0]["p"] < result["accused"][0]["family_wise_p"]


@pytest.mark.parametrize(
    "columns",
    [
        ["email"],
        ["mobile"],
        ["last_name", "first_name", "organisation_name"],
        ["organisation_name", "first_name", "last_name"],
        ["business_id", "first_name", "last_name"],
    ],
)
@pytest.mark.parametrize("header", [True, False])
def test_any_one_identity_is_enough(house: House, tmp_path: Path, columns: list[str], header: bool) -> None:
    """R039: 60 bare identities of N of 2N, with headings or none, whatever the columns' order."""
    file = leak(
        tmp_path / "l.txt",
        _sample(house.cuts[1].rows[:200], 60),
        delimiter="\t",
        header=header,
        columns={name: f"col{number}" for number, name in enumerate(columns)},
    )
    result = trace(house.store, file)
    assert (result["read"], result["matched"]) == (60, 60)
    assert _accused(result) == [("x2", "c2", "k-x2")]


def test_a_full_name_in_one_cell_surname_first_is_read(house: House, tmp_path: Path) -> None:
    rows = [
        {"who": f"{row['last_name']}, {row['first_name']}", "firm": row["organisation_name"]}
        for row in _sample(house.cuts[0].rows[:200], 60)
    ]
    assert _accused(trace(house.store, leak(tmp_path / "l.csv", rows))) == [("x1", "c1", "k-x1")]


def test_all_sheets_of_a_workbook_are_read_and_the_licence_sheet_is_not_counted(house: House, tmp_path: Path) -> None:
    """R039: phones stored as numbers, as spreadsheets do."""
    book = openpyxl.Workbook()
    book.active.title = "Käyttöoikeus"
    for text in (
        "LISENSSI",
        "Rekisterinpitäjä: Rajaus-rekisteri Oy",
        "Kysy: kielto@rajaus.example",
        "Voimassa 31.12.2026 asti",
    ):
        book.active.append([text])
    rows = _sample(house.cuts[0].rows[:200], 60)
    for part in (rows[:30], rows[30:]):
        sheet = book.create_sheet()
        sheet.append(["A", "B"])
        for row in part:
            sheet.append([int(row["mobile"].lstrip("+")), row["responsibilities"]])
    book.save(tmp_path / "l.xlsx")
    result = trace(house.store, tmp_path / "l.xlsx")
    assert (result["read"], result["matched"]) == (60, 60)
    assert _accused(result) == [("x1", "c1", "k-x1")]


def test_a_parquet_and_a_json_lines_copy_are_read(house: House, tmp_path: Path) -> None:
    rows = _sample(house.cuts[0].rows[:200], 60)
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "l.parquet")
    (tmp_path / "l.jsonl").write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    for name in ("l.parquet", "l.jsonl"):
        result = trace(house.store, tmp_path / name)
        assert (result["read"], result["matched"]) == (60, 60), name
        assert _accused(result) == [("x1", "c1", "k-x1")], name


def test_a_revoked_extract_is_traced_too(house: House, tmp_path: Path) -> None:
    file = leak(tmp_path / "l.csv", _sample(house.cuts[2].rows[:150], 60))
    assert _accused(trace(house.store, file)) == [("x3", "c3", "k-x3")]


def test_rows_added_from_elsewhere_do_not_hide_the_source(house: House, tmp_path: Path) -> None:
    """R039: half of the list is of other persons."""
    foreign = [{"email": f"joku{number}@muu.example"} for number in range(80)]
    own = [{"email": row["email"]} for row in _sample(house.cuts[0].rows[:200], 80)]
    result = trace(house.store, leak(tmp_path / "l.csv", foreign + own))
    assert (result["read"], result["matched"]) == (160, 80)
    assert _accused(result) == [("x1", "c1", "k-x1")]


def test_two_merged_files_name_both_and_never_a_third(house: House, tmp_path: Path) -> None:
    """T27: a pirate list made of two customers' files."""
    file = leak(tmp_path / "l.csv", _sample(house.cuts[0].rows[:200] + house.cuts[1].rows[:200], 300))
    assert {one["customer"] for one in trace(house.store, file)["accused"]} == {"c1", "c2"}


def test_a_list_of_the_same_persons_from_another_source_accuses_nobody(house: House, tmp_path: Path) -> None:
    """T28: the eligible persons as anybody may know them, delivered or not."""
    for seed in range(20):
        chosen = random.Random(seed).sample(EVERYBODY[:600], 150)
        file = leak(tmp_path / f"l{seed}.csv", [{"email": person.email or ""} for person in chosen])
        result = trace(house.store, file)
        assert result["matched"] == 150
        assert result["accused"] == []


def test_the_whole_register_accuses_nobody(house: House, tmp_path: Path) -> None:
    """fingerprint.md 8: a breach at our own house holds the withheld rows and no marks."""
    rows = [{"email": person.email or "", "areas": ";".join(person.codes)} for person in EVERYBODY]
    assert trace(house.store, leak(tmp_path / "l.csv", rows))["accused"] == []


def test_few_rows_give_a_lead_and_no_accusation(house: House, tmp_path: Path) -> None:
    file = leak(tmp_path / "l.csv", _sample(house.cuts[0].rows[:200], 14), columns={"email": "email"})
    result = trace(house.store, file)
    assert result["accused"] == []
    assert [lead["extract"] for lead in result["leads"]] == ["x1"]


def test_two_seeds_accuse_and_one_does_not(house: House, tmp_path: Path) -> None:
    """R038, fingerprint.md 2.4: seeds alone need two."""
    seeds = [{"e": row["email"].upper(), "m": ""} for row in house.cuts[1].rows[200:]]
    one = trace(house.store, leak(tmp_path / "one.csv", seeds[:1]))
    assert (one["accused"], one["seeds"], one["matched"]) == (
        [],
        [{"extract": "x2", "seed": house.cuts[1].seeds[0]}],
        1,
    )
    two = trace(house.store, leak(tmp_path / "two.csv", seeds[:2]))
    assert _accused(two) == [("x2", "c2", "k-x2")]
    assert [hit["seed"] for hit in two["seeds"]] == house.cuts[1].seeds[:2]


def test_a_seed_is_known_by_its_mobile(house: House, tmp_path: Path) -> None:
    file = leak(tmp_path / "l.csv", [{"puhelin": "050 " + house.cuts[0].rows[201]["mobile"].removeprefix("+35850")}])
    assert trace(house.store, file)["seeds"] == [{"extract": "x1", "seed": house.cuts[0].seeds[1]}]


def test_a_list_of_strangers_matches_nothing(house: House, tmp_path: Path) -> None:
    file = leak(tmp_path / "l.csv", [{"email": f"joku{number}@muu.example"} for number in range(50)])
    result = trace(house.store, file)
    assert {name: result[name] for name in ("read", "matched", "accused", "leads", "seeds")} == {
        "read": 50,
        "matched": 0,
        "accused": [],
        "leads": [],
        "seeds": [],
    }
    assert Path(result["evidence_file"]).is_file()


def test_a_store_without_extracts_traces_to_nobody(store: Store, tmp_path: Path) -> None:
    result = trace(store, leak(tmp_path / "l.csv", [{"email": "joku@muu.example"}]))
    assert (result["read"], result["matched"], result["accused"], result["leads"]) == (1, 0, [], [])


def test_the_evidence_can_be_checked_and_holds_nothing_personal(house: House, tmp_path: Path) -> None:
    """R039, R087: hashes, terms, thresholds and line numbers; no name, address or number of anybody."""
    rows = _sample(house.cuts[0].rows[:200], 60) + house.cuts[0].rows[200:202]
    file = leak(tmp_path / "l.csv", rows)
    result = trace(house.store, file)
    path = Path(result["evidence_file"])
    text = path.read_text(encoding="utf-8")
    document = json.loads(text)
    assert document["suspect"]["sha256"] == sha256_file(file)
    assert document["result"]["accused"] == result["accused"]
    [exhibit] = document["exhibits"]
    manifest = next((house.store.home.manifests).glob(f"{exhibit['manifest_sha256']}*"))
    assert sha256_file(manifest) == exhibit["manifest_sha256"]
    assert (exhibit["leaked_eligible"], exhibit["leaked_delivered"], exhibit["seeds_seen"]) == (60, 60, 2)
    assert exhibit["log_e"] == pytest.approx(exhibit["log_keyed"] + exhibit["log_seeds"], abs=1e-3)
    assert sorted(line for line, _ in exhibit["lines"]) == list(range(1, 61))
    assert "x1" in document["summary"]["fi"]
    assert "k-x1" in document["summary"]["en"]
    for row in rows:
        for name in ("email", "mobile", "last_name", "organisation_name"):
            assert row[name] not in text
    with house.store.ledger.read() as connection:
        ids = connection.execute(select(tables.audit.c.ids).order_by(tables.audit.c.seq.desc())).scalars().first()
    assert ids is not None
    assert ids["evidence_sha256"] == sha256_file(path)
    assert ids["accused"] == ["x1"]


def test_lines_point_to_the_rows_of_the_delivered_file(house: House, tmp_path: Path) -> None:
    picked = random.Random(3).sample(range(200), 60)
    result = trace(house.store, leak(tmp_path / "l.csv", [house.cuts[0].rows[number] for number in picked]))
    [exhibit] = json.loads(Path(result["evidence_file"]).read_text(encoding="utf-8"))["exhibits"]
    assert exhibit["lines"] == [[line, number + 1] for line, number in enumerate(picked, start=1)]


def test_a_manifest_that_was_altered_is_no_exhibit(store: Store, tmp_path: Path) -> None:
    """The trace stops rather than accuse by a manifest that is not the one sealed at release."""
    house = House(store)
    cut = house.release("x1", EVERYBODY[:200], deliver=100)
    path = next(store.home.manifests.glob("*.parquet"))
    table = pq.read_table(path)
    pq.write_table(table.slice(1), path)
    with pytest.raises(StoreError, match="x1") as caught:
        trace(store, leak(tmp_path / "l.csv", cut.rows))
    assert caught.value.code == "manifest_damaged"
    path.unlink()
    with pytest.raises(StoreError, match="x1"):
        trace(store, leak(tmp_path / "m.csv", cut.rows))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b" \r\n\r\n", "file_empty"),
        (b"email,name\r\n", "file_header_only"),
        (bytes(range(256)) * 20, "suspect_unreadable"),
        (b"PK\x03\x04 not a workbook", "suspect_unreadable"),
        (b"PAR1 not parquet", "suspect_unreadable"),
        (b"\xd0\xcf\x11\xe0 rubbish", "suspect_unreadable"),
        (b"a;b\r\n1;2\r\n3;4\r\n", "suspect_nothing_readable"),
        (b"a;b\r\n" + b"x" * 200_000 + b";y\r\n", "suspect_unreadable"),
        (b'{"a": 1}\n{"a"', "suspect_unreadable"),
    ],
)
def test_a_file_without_anything_to_trace_is_refused(store: Store, tmp_path: Path, content: bytes, code: str) -> None:
    file = tmp_path / "suspect.csv"
    file.write_bytes(content)
    with pytest.raises(FileRejected) as caught:
        trace(store, file)
    assert caught.value.code == code
    assert not any(store.home.evidence.iterdir())


def test_a_missing_file_is_refused(store: Store, tmp_path: Path) -> None:
    with pytest.raises(FileRejected) as caught:
        trace(store, tmp_path / "none.csv")
    assert caught.value.code == "file_missing"


def test_the_unicode_text_of_a_spreadsheet_is_read(house: House, tmp_path: Path) -> None:
    """UTF-16 with tabs, under a line of title."""
    rows = _sample(house.cuts[0].rows[:200], 60)
    lines = ["Kevään liidit 2026", "Nimi\tS-posti", *(f"{row['first_name']}\t{row['email']}" for row in rows)]
    (tmp_path / "l.txt").write_text("\r\n".join(lines), encoding="utf-16")
    assert _accused(trace(house.store, tmp_path / "l.txt")) == [("x1", "c1", "k-x1")]


def test_a_manifest_made_with_another_key_stops_the_trace(store: Store, tmp_path: Path) -> None:
    """Silence would look like innocence."""
    cut = House(store).release("x1", EVERYBODY[:100], deliver=50)
    (store.settings.keys_dir / "fingerprint.key").unlink()
    create_keys(store.settings.keys_dir)
    with pytest.raises(ConfigError, match="fingerprint-") as caught:
        trace(store, leak(tmp_path / "l.csv", cut.rows))
    assert caught.value.code == "key_missing"


@pytest.mark.parametrize(
    "columns", [("first_name", "last_name", "business_id"), ("last_name", "first_name", "organisation_name")]
)
def test_R038_a_seed_without_address_and_number_is_known_by_its_name_and_company(
    house: House, tmp_path: Path, columns: tuple[str, ...]
) -> None:
    """A list for letters has no e-mail and no mobile; its seeds are seen all the same."""
    rows = [*house.cuts[0].rows[:40], *house.cuts[0].rows[200:]]
    result = trace(house.store, leak(tmp_path / "kirjeet.csv", rows, columns={name: name for name in columns}))
    assert [one["seed"] for one in result["seeds"]] == house.cuts[0].seeds


def test_R038_a_hosts_own_name_is_no_sign_of_its_seed(house: House) -> None:
    """A host is somebody real: an innocent list may hold the name and the company."""
    with house.store.write() as tx:
        tx.execute(update(tables.seed).values(kind="host"))
        tx.audit("test.seeds")
    try:
        with house.store.ledger.read() as connection:
            placed = traces.placed_seeds(connection)
    finally:
        with house.store.write() as tx:
            tx.execute(update(tables.seed).values(kind="fictitious"))
            tx.audit("test.seeds")
    assert placed
    assert {(one.first_name, one.last_name, one.business_id, one.organisation_name) for one in placed} == {(None,) * 4}
