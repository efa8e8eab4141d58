"""What a recipient still holds, by keyed hashes: what must go, what may stay, and nothing about anybody else (R035)."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings, strategies as st
from sqlalchemy import update

from core.clock import day_end
from core.errors import FileRejected, InvalidInput, InvalidTransition, LicenceRefused, NotFound
from extracts import activation, leftover
from extracts.gate.blocks import blocks
from extracts.leftover.hashing import HASHES, hash_file
from ledger import audit, cuts, messages, tables
from ledger.store import Store
from service.cli import main
from tests.ending import house
from tests.ending.house import responder
from tests.gate import house as gate_house

SIZE = 30
CRM = ("email", "mobile", "first_name", "last_name", "business_id")


@dataclass
class Held:
    """A delivered extract whose campaign is over, the key that its recipient has, and its rows."""

    store: Store
    cut: house.Cut
    rows: list[dict[str, str]]
    seeds: set[int]
    folder: Path
    key: Path

    @property
    def extract(self) -> str:
        return self.cut.extract

    def persons(self) -> list[dict[str, str]]:
        return [row for row in self.rows if int(row["row"]) not in self.seeds]

    def hashes(self, records: list[dict[str, str]], *, key: Path | None = None) -> Path:
        """What the recipient sends of these records of its own."""
        source = house.write_csv(self.folder / "crm.csv", [dict.fromkeys(CRM, "") | record for record in records])
        out = self.folder / "hashes.csv"
        hash_file(source, key or self.key, out=out)
        return out

    def check(self, *records: dict[str, str], **more: Any) -> dict[str, Any]:
        return leftover.check(self.store, self.extract, self.hashes(list(records)), **more)

    def blocked(self) -> list[str]:
        with self.store.ledger.read() as connection:
            return [block.code for block in blocks(connection, self.cut.customer, at=self.store.now())]


def crm(row: dict[str, str], *names: str) -> dict[str, str]:
    """A record as a recipient's system may hold it: some of the cells of a delivered row."""
    return {name: row[name] for name in names or CRM}


def deliver_to(store: Store, folder: Path, *, number: int = 1) -> Held:
    people = house.register(store, SIZE)
    made = house.delivered(store, people, folder / "out", channels=("email", "phone"), number=number)
    issued = leftover.issue(store, made.extract, folder / "key")
    rows = house.rows_of(folder / "out")
    seeds = set(house.seed_numbers(store, made.extract))
    return Held(store, made, rows, seeds, folder, Path(issued["files"][0]))


@pytest.fixture
def people() -> int:
    return SIZE


@pytest.fixture
def held(any_store: Store, tmp_path: Path) -> Held:
    made = deliver_to(any_store, tmp_path)
    house.set_clock(any_store, house.END + timedelta(days=1))
    return made


@pytest.fixture
def sqlite(store: Store, tmp_path: Path) -> Held:
    made = deliver_to(store, tmp_path)
    house.set_clock(store, house.END + timedelta(days=1))
    return made


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, prepared: Callable[[int], Path]) -> Iterator[Held]:
    """One for tests that only ask, with four responders and a seed said to be one."""
    folder = tmp_path_factory.mktemp("shared")
    with house.store_from(prepared(SIZE), folder / "home") as store:
        made = deliver_to(store, folder)
        house.set_clock(store, house.NOW + timedelta(days=4))
        rows = [responder({"row": row["row"]}) for row in made.persons()[:4]]
        activation.report(store, made.extract, house.write_csv(folder / "responders.csv", rows))
        house.set_clock(store, house.END + timedelta(days=1))
        yield made


def test_R035_rows_that_are_still_held_must_go_and_block_until_a_check_is_clean(held: Held) -> None:
    a, b, c = held.persons()[:3]
    stranger = {"email": "somebody@elsewhere.example", "first_name": "Aino", "last_name": "Aalto"}
    made = held.check(crm(a), crm(b, "email"), crm(c, "first_name", "last_name", "business_id"), stranger)
    assert (made["records"], made["matched"], made["unknown"], made["clean"]) == (4, 3, 1, False)
    assert made["must_go"] == sorted(int(row["row"]) for row in (a, b, c))
    assert held.blocked() == ["leftover_found"]
    again = held.check(stranger)
    assert (again["must_go"], again["clean"]) == ([], True)
    assert held.blocked() == []
    with held.store.ledger.read() as connection:
        entries = audit.entries(connection, action="leftover.checked", limit=5)
    assert [entry["ids"]["must_go"] for entry in entries] == [3, 0]


def test_R035_it_blocks_until_the_recipient_answers_for_the_rows(held: Held) -> None:
    made = held.check(crm(held.persons()[0]))
    for values, code in (
        ({"by": " ", "grounds": "own"}, "value_missing"),
        ({"by": "Liisa", "grounds": " "}, "value_missing"),
        ({"by": "Liisa", "grounds": "see liisa@asiakas.example"}, "contact_in_text"),
        ({"by": "Liisa", "grounds": "own", "on": date(2026, 12, 3)}, "date_future"),
    ):
        with pytest.raises(InvalidInput) as wrong:
            leftover.attest(held.store, made["check"], **values)
        assert wrong.value.code == code
    assert held.blocked() == ["leftover_found"]
    leftover.attest(held.store, made["check"], by="Liisa Laine", grounds="own customer since 2019, CRM 17")
    assert held.blocked() == []
    [row] = leftover.listing(held.store, customer=held.cut.customer)
    assert (row["attested_by"], row["standing"], row["clean"]) == ("Liisa Laine", False, False)
    with pytest.raises(InvalidTransition):
        leftover.attest(held.store, made["check"], by="Liisa Laine", grounds="again")
    clean = held.check({"email": "somebody@elsewhere.example"})
    with pytest.raises(InvalidTransition):
        leftover.attest(held.store, clean["check"], by="Liisa Laine", grounds="nothing was found")
    later = held.check(crm(held.persons()[1]))
    assert held.blocked() == ["leftover_found"], "what was answered for does not answer for what is found later"
    assert later["must_go"] == [int(held.persons()[1]["row"])]
    with pytest.raises(NotFound):
        leftover.attest(held.store, "check-nothing", by="Liisa", grounds="x")


def test_R035_responders_may_stay_and_control_records_must_go(shared: Held) -> None:
    responders, others = shared.persons()[:4], shared.persons()[4:6]
    seed = next(row for row in shared.rows if int(row["row"]) in shared.seeds)
    made = shared.check(*(crm(row) for row in (*responders, *others, seed)), out=shared.folder / "answer")
    assert made["may_stay"] == [
        {"row": number, "ground": "activated", "until": None}
        for number in sorted(int(row["row"]) for row in responders)
    ]
    assert made["must_go"] == sorted(int(row["row"]) for row in (*others, seed))
    with Path(made["answer"]).open(encoding="utf-8", newline="") as file:
        answer = list(csv.DictReader(file))
    assert [(row["record"], row["verdict"], row["ground"]) for row in answer] == [
        *((str(n), "stay", "activated") for n in range(1, 5)),
        *((str(n), "go", "") for n in range(5, 8)),
    ]
    assert answer[6]["row"] == seed["row"]


@pytest.mark.parametrize("names", [("email",), ("mobile",), ("first_name", "last_name", "business_id")])
def test_R035_a_control_record_is_known_by_whatever_is_held_of_it(shared: Held, names: tuple[str, ...]) -> None:
    seed = next(row for row in shared.rows if int(row["row"]) in shared.seeds and all(row[name] for name in names))
    assert shared.check(crm(seed, *names))["must_go"] == [int(seed["row"])]


def test_R035_a_row_that_the_recipient_holds_for_another_running_campaign_may_stay(held: Held) -> None:
    """Until that one ends, and not when it was told to remove it there."""
    other = house.delivered(
        held.store,
        held.cut.people[:10],
        held.folder / "other",
        number=2,
        channels=("email", "phone"),
        last_day=date(2026, 12, 20),
    )
    with held.store.write() as tx:
        for table in (tables.campaign, tables.extract):
            tx.execute(update(table).where(table.c.campaign == other.campaign).values(customer=held.cut.customer))
        tx.audit("test.same")
    of = {row["email"]: row for row in held.rows}
    both, only = of[str(held.cut.people[3].email)], of[str(held.cut.people[20].email)]
    made = held.check(crm(both), crm(only))
    assert made["must_go"] == [int(only["row"])]
    assert made["may_stay"] == [{"row": int(both["row"]), "ground": "licensed", "until": day_end(date(2026, 12, 20))}]
    number = next(int(row["row"]) for row in house.rows_of(held.folder / "other") if row["email"] == both["email"])
    with held.store.write() as tx:
        messages.queue(
            tx,
            customer=held.cut.customer,
            code="remove",
            entries=[messages.Entry(other.extract, number, "ban-1")],
            send_by=house.END,
            acknowledge_by=day_end(date(2026, 12, 20)),
        )
    assert held.check(crm(both))["must_go"] == [int(both["row"])]
    house.set_clock(held.store, day_end(date(2026, 12, 20)))
    assert held.check(crm(both))["must_go"] == [int(both["row"])]


def test_R035_before_the_end_everything_may_stay(store: Store, tmp_path: Path) -> None:
    held = deliver_to(store, tmp_path)
    made = held.check(*(crm(row) for row in held.persons()[:2]))
    assert made["clean"]
    assert {(row["ground"], row["until"]) for row in made["may_stay"]} == {("licensed", house.END)}


def test_R035_somebody_who_responded_in_another_extract_may_stay_in_this_one(store: Store, tmp_path: Path) -> None:
    held = deliver_to(store, tmp_path)
    other = house.delivered(store, held.cut.people, tmp_path / "two", number=2, channels=("email", "phone"))
    with store.write() as tx:
        tx.execute(
            update(tables.extract).where(tables.extract.c.extract == other.extract).values(customer=held.cut.customer)
        )
        tx.audit("test.same")
    house.set_clock(store, house.NOW + timedelta(days=4))
    report = house.write_csv(tmp_path / "r.csv", [responder({"email": held.persons()[0]["email"]})])
    activation.report(store, other.extract, report)
    house.set_clock(store, house.END + timedelta(days=1))
    made = held.check(*(crm(row) for row in held.persons()[:2]))
    assert [row["row"] for row in made["may_stay"]] == [int(held.persons()[0]["row"])]
    assert made["must_go"] == [int(held.persons()[1]["row"])]


def test_R035_nothing_is_said_or_kept_of_anybody_who_is_not_in_the_extract(sqlite: Held) -> None:
    """Others of the register, delivered to somebody else or not, are unknown like any stranger; no hash is kept."""
    outsiders = house.townsfolk(200)[100:160]
    records = [{"email": str(person.email)} for person in outsiders]
    path = sqlite.hashes([*records, crm(sqlite.persons()[0])])
    with path.open(encoding="utf-8", newline="") as file:
        sent = list(csv.DictReader(file))
    made = leftover.check(sqlite.store, sqlite.extract, path, out=sqlite.folder / "answer")
    assert (made["matched"], made["unknown"]) == (1, 60)
    assert len(Path(made["answer"]).read_text(encoding="utf-8").splitlines()) == 2
    for row in sent:
        assert house.holds(sqlite.store.home.root, row["email"]) == []
    assert str(outsiders[0].email) not in str(made)


def test_R035_the_keys_of_two_extracts_do_not_fit_each_other(sqlite: Held) -> None:
    other = house.delivered(
        sqlite.store, sqlite.cut.people, sqlite.folder / "two", number=2, last_day=date(2026, 12, 9)
    )
    key = Path(leftover.issue(sqlite.store, other.extract, sqlite.folder / "key2")["files"][0])
    first, second = (json.loads(path.read_text(encoding="utf-8")) for path in (sqlite.key, key))
    assert first["key"] != second["key"]
    path = sqlite.hashes([crm(sqlite.persons()[0])], key=key)
    with pytest.raises(FileRejected) as refused:
        leftover.check(sqlite.store, sqlite.extract, path)
    assert refused.value.code == "leftover_key_differs"
    assert refused.value.ids["row"] == 1
    again = leftover.issue(sqlite.store, sqlite.extract, sqlite.folder / "again")
    assert json.loads(Path(again["files"][0]).read_text(encoding="utf-8"))["key"] == first["key"]


def test_R035_the_manifest_keeps_hashes_of_delivered_cells_alone(store: Store, tmp_path: Path) -> None:
    people = house.register(store, SIZE)
    deal = gate_house.deal(store, channels=("post",))
    house.until(store, deal, house.LAST_DAY)
    released = gate_house.release(store, deal, gate_house.pool_of(people, withheld=3))
    with store.ledger.read() as connection:
        path = store.path(cuts.extract(connection, released["extract"])["manifest"])
    table = pq.read_table(path)
    assert len(table) == SIZE
    assert table["left_email"].null_count == table["left_phone"].null_count == SIZE, "a campaign by post gets neither"
    assert table["left_name"].null_count == 3, "withheld rows have no hash"


def test_R035_only_what_was_delivered_can_be_asked_about(store: Store, tmp_path: Path) -> None:
    lying = house.cut(store, house.register(store, SIZE))
    with pytest.raises(LicenceRefused) as refused:
        leftover.issue(store, lying.extract, tmp_path)
    assert refused.value.code == "extract_not_held"
    with pytest.raises(NotFound):
        leftover.issue(store, "extract-nothing", tmp_path)
    made = deliver_to(store, tmp_path, number=2)
    path = made.hashes([crm(made.persons()[0])])
    with store.write() as tx:
        tx.execute(
            update(tables.extract).where(tables.extract.c.extract == made.extract).values(unlinked_at=store.now())
        )
        tx.audit("test.unlinked")
    with pytest.raises(LicenceRefused) as cut:
        leftover.check(store, made.extract, path)
    assert cut.value.code == "leftover_unlinked"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("", "file_empty"),
        (f"{','.join(HASHES)}\n", "file_header_only"),
        ("record,email\n1,ab\n", "file_columns_missing"),
        ("record,key\n1,KEY\n", "file_columns_missing"),
        ("record,email,key\n1,aino@elsewhere.example,KEY\n", "file_not_a_hash"),
        ("record,email,key\n1,abcdef,KEY\n", "file_not_a_hash"),
        (f"record,email,key\n1,{'a' * 64},KEY\n2,{'b' * 64},other\n", "leftover_key_differs"),
        (f"record,email,key\n1,{'a' * 64}\n", "file_not_a_hash"),
    ],
)
def test_R035_a_file_that_is_not_of_hashes_is_refused_whole(shared: Held, content: str, code: str) -> None:
    check = json.loads(shared.key.read_text(encoding="utf-8"))["check"]
    path = shared.folder / "bad.csv"
    path.write_text(content.replace("KEY", check), encoding="utf-8")
    with pytest.raises(FileRejected) as refused:
        leftover.check(shared.store, shared.extract, path)
    assert refused.value.code == code
    assert "aino" not in str(refused.value)


# --- hashing ----------------------------------------------------------------------------------------------------------


def test_R035_hashing_needs_no_store(shared: Held, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAJAUS_HOME", str(tmp_path / "nowhere"))
    source = house.write_csv(tmp_path / "crm.csv", [crm(row) for row in shared.rows])
    line = ["--json", "leftover", "hash", str(source), "--key", str(shared.key), "--out", str(tmp_path / "h.csv")]
    assert main(line) == 0
    assert len((tmp_path / "h.csv").read_text(encoding="utf-8").splitlines()) == len(shared.rows) + 1
    assert (tmp_path / "h.csv").stat().st_mode & 0o077 == 0
    assert "nowhere" not in {path.name for path in tmp_path.iterdir()}


def test_R035_the_recipients_own_program_makes_the_same_hashes(shared: Held, tmp_path: Path) -> None:
    odd = [
        {"email": " Aino.AALTO@Elsewhere.example ", "phone": "040 123-4567", "mobile": "+358 (0)40 1234567"},
        {"first_name": "Åke-Göran", "last_name": "O'Brien Ümlaut", "business_id": "01120389"},
        {"first_name": "Brien Ümlaut O`", "last_name": "göran ake", "business_id": "FI-0112038-9"},
        {"email": "no address", "phone": "12", "first_name": "Only", "business_id": ""},
    ]
    records = [dict.fromkeys((*CRM, "phone"), "") | row for row in [*(crm(row) for row in shared.rows), *odd]]
    source = house.write_csv(tmp_path / "crm.csv", records)
    program = shared.key.parent / "leftover_hash.py"
    subprocess.run([sys.executable, "-I", program, shared.key, source, tmp_path / "theirs.csv"], check=True, timeout=60)
    ours = hash_file(source, shared.key, out=tmp_path / "ours.csv")
    assert ours["records"] == len(records)
    assert ours["hashed"] == len(records) - 1
    read = [list(csv.reader((tmp_path / name).open(encoding="utf-8"))) for name in ("theirs.csv", "ours.csv")]
    assert read[0] == read[1]


def test_R035_records_are_hashed_alike_however_they_are_written(shared: Held, tmp_path: Path) -> None:
    row = next(row for row in shared.persons() if row["mobile"])
    forms = [
        {"Sähköposti": f" {row['email'].upper()} "},
        {"Matkapuhelin": row["mobile"].replace("+358", "0")},
        {"GSM": f"{row['mobile'][:6]} {row['mobile'][6:9]} {row['mobile'][9:]}"},
        {"Nimi": f"{row['last_name'].upper()}, {row['first_name']}", "Y-tunnus": f"FI{row['business_id']}"},
        {"First Name": row["first_name"].lower(), "Last Name": row["last_name"], "Business ID": row["business_id"]},
    ]
    for form in forms:
        source = house.write_csv(tmp_path / "crm.csv", [form], delimiter=";")
        hash_file(source, shared.key, out=tmp_path / "h.csv")
        made = leftover.check(shared.store, shared.extract, tmp_path / "h.csv")
        assert made["matched"] == 1, form


def test_R035_a_key_file_that_is_none_is_refused(shared: Held, tmp_path: Path) -> None:
    source = house.write_csv(tmp_path / "crm.csv", [crm(shared.persons()[0])])
    document = json.loads(shared.key.read_text(encoding="utf-8"))
    for changed in ({"rules": 2}, {"key": "00" * 32}, {"key": "zz"}, {"kind": "other"}):
        bad = tmp_path / "bad.json"
        bad.write_text(json.dumps(document | changed), encoding="utf-8")
        with pytest.raises(FileRejected) as refused:
            hash_file(source, bad, out=tmp_path / "h.csv")
        assert refused.value.code == "leftover_key_unreadable"
    with pytest.raises(FileRejected) as missing:
        hash_file(source, tmp_path / "nowhere.json", out=tmp_path / "h.csv")
    assert missing.value.code == "file_missing"
    nothing = house.write_csv(tmp_path / "other.csv", [{"colour": "blue"}])
    with pytest.raises(FileRejected) as columns:
        hash_file(nothing, shared.key, out=tmp_path / "h.csv")
    assert columns.value.code == "file_columns_missing"


# --- against a plain comparison ---------------------------------------------------------------------------------------

WAYS = {"email": ("email",), "mobile": ("mobile",), "name": ("first_name", "last_name", "business_id")}
RECORD = st.tuples(
    st.integers(0, SIZE + 9),
    st.sets(st.sampled_from(sorted(WAYS)), min_size=1),
    st.one_of(st.none(), st.tuples(st.integers(0, SIZE + 4), st.sampled_from(sorted(WAYS)))),
)
"""Whose record it is (beyond the file: a stranger's), what is held of it, and one way that is somebody else's."""


@settings(max_examples=30)
@given(st.lists(RECORD, min_size=1, max_size=15))
def test_R035_the_verdicts_are_those_of_a_plain_comparison(
    shared: Held, wished: list[tuple[int, set[str], tuple[int, str] | None]]
) -> None:
    rows = sorted(shared.rows, key=lambda row: int(row["row"]))
    stay = {int(row["row"]) for row in shared.persons()[:4]}
    records, must_go, may_stay, matched = [], set(), set(), 0
    for place, ways, mixed in wished:
        row = rows[place] if place < len(rows) else dict.fromkeys(CRM, "") | {"email": f"s{place}@no.example"}
        record = {name: row[name] for way in ways for name in WAYS[way]}
        if mixed is not None:
            record |= {name: rows[mixed[0]][name] for name in WAYS[mixed[1]]}
        fits = {
            int(one["row"]): sum(
                all(record.get(name) and record[name] == one[name] for name in names) for names in WAYS.values()
            )
            for one in rows
        }
        best = max(fits.values())
        found = {number for number, fit in fits.items() if fit == best and best > 0}
        matched += bool(found)
        must_go |= found - stay
        may_stay |= found & stay
        records.append(record)
    made = shared.check(*records)
    assert (made["records"], made["matched"]) == (len(records), matched)
    assert made["must_go"] == sorted(must_go)
    assert [row["row"] for row in made["may_stay"]] == sorted(may_stay)
