"""What is read from a customer's own list, and what is kept of it (R031)."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import xlsxwriter

from core.errors import FileRejected
from extracts import own_lists
from schemas.criteria import Exclusions

FIRST, SECOND = "6000001-0", "0112038-9"


def digest(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])


def read(path: Path, key: str = "organisations_file") -> own_lists.OwnList:
    [one] = own_lists.read(Exclusions(**{key: str(path)}))
    return one


def found(one: own_lists.OwnList) -> dict[str, set[int]]:
    return {kind: {int(word) for word in words} for kind, words in one.digests.items()}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_R031_organisations_are_named_in_four_ways(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "own.csv"
    path.write_text(
        "Yritys;Y-tunnus;Verkkosivu;Postinumero;Sähköposti\n"
        f"Äänekosken Saha Oy;{FIRST};https://www.Saha.example/yhteys;44100;\n"
        f"Toinen Oy;{SECOND.replace('-', '')};;;Myynti@Toinen.example\n"
        "Kolmas;;;00100;kolmas@gmail.com\n",
        encoding=encoding,
    )
    one = read(path)
    assert found(one) == {
        "business": {digest(FIRST), digest(SECOND)},
        "domain": {digest("saha.example"), digest("toinen.example")},
        "name": {digest("aanekosken saha|44100"), digest("kolmas|00100")},
    }
    assert one.lines == 4
    assert one.recognised == {"business": 2, "domain": 2, "name": 2}
    assert one.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_R031_a_plain_column_of_business_ids_needs_no_header(tmp_path: Path) -> None:
    path = tmp_path / "own.txt"
    path.write_text(f"{FIRST}\n\n{SECOND}\n{FIRST}\n")
    assert found(read(path)) == {"business": {digest(FIRST), digest(SECOND)}}


def test_R031_a_workbook_whose_postal_codes_lost_their_zeros(tmp_path: Path) -> None:
    path = tmp_path / "own.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Company", "ZIP"])
        sheet.write_row(1, 0, ["Helsingin Paja Ab", 100])
    assert found(read(path)) == {"name": {digest("helsingin paja|00100")}}


def test_R031_persons_are_named_by_their_addresses_alone(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text(f"nimi;sähköposti;y\nMatti;Matti.Meikalainen@Firma.example;{FIRST}\n")
    assert found(read(path, "persons_file")) == {"email": {digest("matti.meikalainen@firma.example")}}


def test_R031_hashes_may_be_of_either(tmp_path: Path) -> None:
    path = tmp_path / "own.txt"
    path.write_text(hashlib.sha256(b"matti@firma.example").hexdigest().upper() + "\n")
    word = digest("matti@firma.example")
    assert found(read(path, "hashes_file")) == {"business": {word}, "email": {word}}


@pytest.mark.parametrize(
    ("key", "content", "code"),
    [
        ("organisations_file", "", "file_empty"),
        ("organisations_file", "nimi\nFirma Oy\n", "file_nothing_recognised"),
        ("organisations_file", "1234567-0\n", "file_nothing_recognised"),
        ("organisations_file", "x@gmail.com\n", "file_nothing_recognised"),
        ("persons_file", f"{FIRST}\n", "file_nothing_recognised"),
        ("hashes_file", "\n", "file_empty"),
        ("hashes_file", "a" * 64 + "\nb\n", "file_not_a_hash"),
        ("hashes_file", "١" * 64 + "\n", "file_not_a_hash"),
    ],
)
def test_a_list_that_says_nothing_is_refused(tmp_path: Path, key: str, content: str, code: str) -> None:
    path = tmp_path / "own.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(FileRejected) as refused:
        read(path, key)
    assert refused.value.code == code


def test_a_missing_list_is_named() -> None:
    for key in ("organisations_file", "persons_file", "hashes_file"):
        with pytest.raises(FileRejected) as refused:
            read(Path("/nowhere/own.csv"), key)
        assert refused.value.code == "file_missing"


def test_digests_survive_their_sealing(tmp_path: Path) -> None:
    path = tmp_path / "own.txt"
    path.write_text(f"{FIRST}\nfirma.example\n")
    one = read(path)
    assert found(own_lists.OwnList("x", "", 0, own_lists.unpacked(own_lists.packed(one.digests)))) == found(one)
