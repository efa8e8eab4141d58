"""PRH's YTJ v3 bulk file: the mapping of a record, its traps, and files that break."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from core.errors import FileRejected
from ledger.store import Store
from register.sources import ytj
from register.sources.load import load_files
from tests.sources.files import BUSINESS_IDS, REFERENCE, company, everything_in, quarantined, stored, write_json


def test_the_real_records_of_the_reference_sample(store: Store) -> None:
    document = load_files(store, source="prh", files=[REFERENCE / "ytj.json"])
    assert (document["read"], document["accepted"], document["files"][0]["format"]) == (4, 4, "ytj")
    nokia = stored(store, "organisations")[0]
    assert {name: nokia[name] for name in ("business_id", "kind", "name", "form", "industry", "industry_version")} == {
        "business_id": "0112038-9", "kind": "company", "name": "Nokia Oyj", "form": "OYJ", "industry": "70100",
        "industry_version": "TOL2025"}  # fmt: skip
    assert nokia["parallel_names"] == ["Nokia Abp", "Nokia Corporation"]
    assert nokia["former_names"] == ["Oy Nokia Ab"]
    assert nokia["auxiliary_names"][:2] == ["Nokia Networks", "Nokia Matkapuhelimet"]
    assert len(nokia["auxiliary_names"]) == 11
    assert (nokia["visiting_street"], nokia["visiting_postcode"], nokia["visiting_city"]) == (
        "Karakaari 7", "02610", "ESPOO")  # fmt: skip
    assert (nokia["postal_street"], nokia["postal_postcode"], nokia["postal_city"]) == (
        "PL 226",
        "00045",
        "NOKIA GROUP",
    )
    assert (nokia["municipality"], nokia["website"], nokia["ceased"]) == ("049", "www.nokia.com", False)
    assert nokia["source_date"] == date(2026, 5, 4)


def _address(**parts: Any) -> dict[str, Any]:
    return {"type": 1, "street": "Kauppakatu", "buildingNumber": "12", "postCode": "33100", "source": "0"} | parts


@pytest.mark.parametrize(
    ("parts", "street"),
    [
        ({"entrance": "B", "apartmentNumber": "34"}, "Kauppakatu 12 B 34"),
        ({"entrance": "B", "apartmentNumber": "34", "apartmentIdSuffix": "a"}, "Kauppakatu 12 B 34a"),
        ({"apartmentIdSuffix": "a"}, "Kauppakatu 12a"),
        ({"buildingNumber": "3-5", "entrance": None}, "Kauppakatu 3-5"),
        ({"postOfficeBox": "226"}, "PL 226"),
        ({"street": "", "buildingNumber": "", "freeAddressLine": "Vanha_pappila"}, "Vanha pappila"),
        ({"co": "c/o Matti Meikäläinen"}, "Kauppakatu 12"),
    ],
)
def test_a_finnish_address_is_put_together(parts: dict[str, Any], street: str) -> None:
    assert ytj.organisation(company(addresses=[_address(**parts)]))["visiting_street"] == street


def test_an_address_abroad_has_lines_and_a_country_but_no_finnish_postcode() -> None:
    abroad = _address(type="2", country="SE", postCode="11122", freeAddressLine="Storgatan_1 111_22_STOCKHOLM")
    row = ytj.organisation(company(addresses=[abroad]))
    assert (row["postal_street"], row["postal_city"]) == ("Storgatan 1, 111 22 STOCKHOLM", "Ruotsi")
    assert row.get("postal_postcode") is None


def test_post_offices_come_in_any_order_of_languages() -> None:
    offices = [{"city": "HELSINGFORS", "languageCode": "2", "municipalityCode": "091"},
               {"city": "HELSINKI", "languageCode": "1", "municipalityCode": "091"}]  # fmt: skip
    for order in (offices, offices[::-1]):
        row = ytj.organisation(company(addresses=[_address(postOffices=order)]))
        assert (row["visiting_city"], row["municipality"]) == ("HELSINKI", "091")
    only_swedish = ytj.organisation(company(addresses=[_address(postOffices=offices[:1])]))
    assert only_swedish["visiting_city"] == "HELSINGFORS"


def test_current_items_win_over_ended_ones_wherever_they_stand() -> None:
    names = [
        {"name": "Vanha Oy", "type": "1", "endDate": "2020-01-01", "version": 2},
        {"name": "Uusi Oy", "type": "1", "registrationDate": "2020-01-02", "version": 1},
        {"name": "Ny Ab; Nya", "type": "2", "version": 1},
        {"name": "Entinen apunimi", "type": "3", "endDate": "2021-01-01"},
        {"name": "", "type": "3"},
    ]
    forms = [{"type": "13", "endDate": "2019-01-01"}, {"type": "16", "registrationDate": "2019-01-02"}]
    row = ytj.organisation(company(names=names, companyForms=forms))
    assert (row["name"], row["form"]) == ("Uusi Oy", "OY")
    assert (row["parallel_names"], row["auxiliary_names"]) == ("Ny Ab, Nya", "")
    assert row["former_names"] == "Vanha Oy;Entinen apunimi"
    ended = [{"name": "A", "type": "1", "endDate": "2010-01-01"}, {"name": "B", "type": "1", "endDate": "2015-01-01"}]
    assert ytj.organisation(company(names=ended))["name"] == "B"


@pytest.mark.parametrize(
    ("line", "industry", "version"),
    [
        ({"type": "62100", "typeCodeSet": "TOIMI4"}, "62100", "TOL2025"),
        ({"type": "62010", "typeCodeSet": "TOIMI3"}, "62010", "TOL2008"),
        ({"type": "72210", "typeCodeSet": "TOIMI2"}, None, None),
        ({"type": "00000", "typeCodeSet": "TOIMI4"}, None, None),
        ({}, None, None),
        (None, None, None),
    ],
)
def test_the_industry_keeps_its_version(line: Any, industry: str | None, version: str | None) -> None:
    """R003."""
    row = ytj.organisation(company(mainBusinessLine=line))
    assert (row["industry"], row["industry_version"]) == (industry, version)


@pytest.mark.parametrize(
    ("change", "ceased"),
    [
        ({}, "false"),
        ({"endDate": "2025-01-01"}, "true"),
        ({"endDate": ""}, "false"),
        ({"tradeRegisterStatus": "4"}, "true"),
        ({"tradeRegisterStatus": "2"}, "true"),
        ({"tradeRegisterStatus": "0"}, "false"),
        ({"status": "5"}, "true"),
        ({"companySituations": [{"type": "KONK"}]}, "true"),
        ({"companySituations": [{"type": "KONK", "endDate": "2020-01-01"}]}, "false"),
        ({"companySituations": [{"type": "SANE"}]}, "false"),
    ],
)
def test_who_has_ceased(change: dict[str, Any], ceased: str) -> None:
    assert ytj.organisation(company(**change))["ceased"] == ceased


@pytest.mark.parametrize(
    ("form", "code", "kind"),
    [("16", "OY", "company"), ("6", "AYH", "association"), ("41", "F41", "public"), ("18", "SÄÄ", "association")],
)
def test_kind_comes_from_the_form(store: Store, tmp_path: Path, form: str, code: str, kind: str) -> None:
    """R001."""
    load_files(store, source="prh", files=[write_json(tmp_path / "a.json", [company(companyForms=[{"type": form}])])])
    (row,) = stored(store, "organisations")
    assert (row["form"], row["kind"]) == (code, kind)


@pytest.mark.parametrize("wrapped", [False, True])
@pytest.mark.parametrize("zipped", [False, True])
def test_array_or_object_zip_or_json(store: Store, tmp_path: Path, wrapped: bool, zipped: bool) -> None:
    content: Any = [company(number) for number in BUSINESS_IDS]
    content = {"totalResults": 6, "companies": content} if wrapped else content
    path = write_json(tmp_path / "data.json", content)
    if zipped:
        with zipfile.ZipFile(tmp_path / "all.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(path, "data-2026.json")
        path = tmp_path / "all.zip"
    document = load_files(store, source="prh", files=[path])
    assert (document["read"], document["accepted"]) == (6, 6)
    assert [row["business_id"] for row in stored(store, "organisations")] == list(BUSINESS_IDS)


def test_a_bad_record_is_quarantined_by_its_number(store: Store, tmp_path: Path) -> None:
    records = [company(), company("0112038-8"), {"names": 7, "addresses": None}, "text", company("2336509-6", names=[])]
    document = load_files(store, source="prh", files=[write_json(tmp_path / "a.json", records)])
    assert (document["read"], document["accepted"], document["quarantined"]) == (5, 1, 4)
    found = {(row, reason) for _, row, _, reason in quarantined(document)}
    assert {
        (2, "business_id_invalid"),
        (3, "business_id_missing"),
        (4, "business_id_missing"),
        (5, "name_missing"),
    } <= found


def _zipped(path: Path, members: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return path


def test_malformed_json_in_the_middle_is_refused_with_the_last_good_record(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ytj, "BATCH", 100)
    monkeypatch.setattr(ytj, "_BUFFER", 1024)
    texts = [json.dumps(company()) for _ in range(1000)]
    texts[700] = texts[700].replace('"names"', "names")
    (tmp_path / "a.json").write_text("[" + ",".join(texts) + "]")
    before = everything_in(store.home)
    with pytest.raises(FileRejected) as error:
        load_files(store, source="prh", files=[tmp_path / "a.json"])
    assert (error.value.code, error.value.ids["row"]) == ("file_record_malformed", 700)
    assert "Yritys" not in str(error.value)
    assert everything_in(store.home) == before


@pytest.mark.parametrize("share", [0.3, 0.9, 0.999])
def test_a_truncated_zip_or_json_is_refused(store: Store, tmp_path: Path, share: float) -> None:
    text = json.dumps([company(number) for number in BUSINESS_IDS * 50])
    before = everything_in(store.home)
    for path in (_zipped(tmp_path / "a.zip", {"data.json": text}), tmp_path / "a.json"):
        if path.suffix == ".json":
            path.write_text(text)
        content = path.read_bytes()
        path.write_bytes(content[: int(len(content) * share)])
        with pytest.raises(FileRejected) as error:
            load_files(store, source="prh", files=[path])
        assert error.value.code in ("file_damaged", "file_record_malformed")
        assert everything_in(store.home) == before


def test_a_zip_damaged_inside_is_refused(store: Store, tmp_path: Path) -> None:
    text = json.dumps([company(number) for number in BUSINESS_IDS * 500])
    path = _zipped(tmp_path / "a.zip", {"data.json": text})
    content = bytearray(path.read_bytes())
    content[1000:1100] = bytes(100)
    path.write_bytes(content)
    with pytest.raises(FileRejected) as error:
        load_files(store, source="prh", files=[path])
    assert error.value.code in ("file_damaged", "file_record_malformed")


@pytest.mark.parametrize(
    ("members", "code"),
    [({"a.json": "[]", "b.json": "[]"}, "file_no_member"), ({}, "file_no_member"), ({"a.json": ""}, "file_empty"),
     ({"a.json": "[]"}, "file_header_only"), ({"a.json": '{"other": []}'}, "file_header_only"),
     ({"a.json": "42"}, "file_record_malformed")],
)  # fmt: skip
def test_a_zip_without_companies_is_refused(store: Store, tmp_path: Path, members: dict[str, str], code: str) -> None:
    with pytest.raises(FileRejected) as error:
        load_files(store, source="prh", files=[_zipped(tmp_path / "a.zip", members)])
    assert error.value.code == code


def test_an_identity_code_anywhere_in_a_record_refuses_the_file(store: Store, tmp_path: Path) -> None:
    """R004: also in a field that is not taken."""
    records = [company(), company("2336509-6", addresses=[_address(co="c/o 131052-308T")])]
    with pytest.raises(FileRejected) as error:
        load_files(store, source="prh", files=[write_json(tmp_path / "a.json", records)])
    assert error.value.code == "file_identity_code"
    assert "131052" not in str(error.value)


def test_a_name_over_the_cell_limit_refuses_the_file(store: Store, tmp_path: Path) -> None:
    records = [company(), company("2336509-6", names=[{"name": "x" * 10_001, "type": "1"}])]
    with pytest.raises(FileRejected) as error:
        load_files(store, source="prh", files=[write_json(tmp_path / "a.json", records)])
    assert error.value.ids == {"file": "a.json", "row": 2, "column": "name", "length": 10_001, "limit": 10_000}


def test_a_company_may_have_many_names(store: Store, tmp_path: Path) -> None:
    names = [{"name": f"Aputoiminimi numero {number}", "type": "3"} for number in range(1000)]
    record = company(names=[{"name": "Osuuskauppa", "type": "1"}, *names])
    load_files(store, source="prh", files=[write_json(tmp_path / "a.json", [record])])
    assert len(stored(store, "organisations")[0]["auxiliary_names"]) == 1000


_MEASURE = r"""
import re, sys
from pathlib import Path
from register.sources.intake import open_source
from register.sources.load import _judge_chunk
from register.sources.suppression import Screen
from ledger.ban_keys import SCHEMA
from schemas.register import organisation_schema
from datetime import date
screen = Screen(SCHEMA.empty_table(), {}, [], workers=1)
schema = organisation_schema(date(2026, 11, 22))
file = open_source(Path(sys.argv[1]), 0, format=None, mapping=None, cell_limit=10000)
peaks = []
for chunk in file.chunks:
    _judge_chunk(file, chunk, schema=schema, screen=screen)
    peaks.append(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1])
print(peaks[1], peaks[-1], len(peaks))
"""


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """The peak after the last batch is about that after the second: the file is streamed (bound: 500 MB).

    ``VmHWM`` and not ``ru_maxrss``: that one starts from the size of the process that started this one."""
    nokia = json.dumps(json.loads((REFERENCE / "ytj.json").read_text(encoding="utf-8"))[0])
    text = "[" + ",".join([nokia] * 30_001) + "]"
    _zipped(tmp_path / "all.zip", {"data.json": text})
    command = [sys.executable, "-c", _MEASURE, str(tmp_path / "all.zip")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
    second, last, batches = map(int, done.stdout.split())
    assert batches == 7
    assert last < 500_000
    assert last - second < 60_000, f"{second} kB after two batches, {last} kB at the end"
