"""Anybody can check a file, offline and without a store (R033, R037)."""

from __future__ import annotations

import csv
import io
import json
import random
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pyrage
import pytest
from hypothesis import given, strategies as st

from core.errors import FileRejected, InvalidInput
from core.keys import Key
from core.signing import public_key, public_pem, sign
from extracts.licence.content import rows_sha256
from extracts.verify import trusted_keys, verify
from tests.licence.conftest import FORMATS, Delivered
from tests.moment import NOW

STRANGER = Key(b"\x07" * 32, "licence-x")


def said(delivered: Delivered, file: Path, *, at: datetime = NOW, **more: Any) -> tuple[str, str | None]:
    found = verify(file, **{"trusted": [delivered.public], "now": at, **more})
    return found.verdict, found.match


def relicense(delivered: Delivered, change: dict[str, Any], *, key: Key | None = None) -> None:
    """Put another licence beside the files, signed anew with ``key`` or left with the old signature."""
    document = delivered.licence
    changed = {**document, **change}
    if key is not None:
        changed = sign({name: value for name, value in changed.items() if name != "proof"}, key, at=NOW)
    (delivered.directory / "LICENCE.jsonld").write_text(json.dumps(changed), encoding="utf-8")


@pytest.mark.parametrize("form", FORMATS)
def test_r033_every_delivered_file_is_valid_under_any_name(delivered: Delivered, form: str) -> None:
    assert said(delivered, delivered.file(form)) == ("valid", "file")
    renamed = delivered.file(form).rename(delivered.directory / "yhteystiedot.bin")
    assert said(delivered, renamed) == ("valid", "file")


def test_the_card_and_the_licence_itself_can_be_checked(delivered: Delivered) -> None:
    assert said(delivered, delivered.directory / "LICENCE.txt") == ("valid", "file")
    assert said(delivered, delivered.directory / "LICENCE.jsonld") == ("valid", "licence")


@pytest.mark.parametrize("form", ["xlsx", "parquet"])
def test_r033_a_workbook_and_a_parquet_file_carry_their_licence(
    delivered: Delivered, tmp_path: Path, form: str
) -> None:
    alone = tmp_path / "alone"
    alone.mkdir()
    shutil.copy(delivered.file(form), alone / "x")
    assert said(delivered, alone / "x") == ("valid", "rows")


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_a_text_file_alone_has_no_licence(delivered: Delivered, tmp_path: Path, form: str) -> None:
    alone = tmp_path / "alone"
    alone.mkdir()
    file = Path(shutil.copy(delivered.file(form), alone))
    assert said(delivered, file) == ("not_ours", None)
    assert said(delivered, file, licence=delivered.directory / "LICENCE.jsonld") == ("valid", "file")


def lines_of(file: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(file.read_text(encoding="utf-8"), newline="")))


def save(file: Path, lines: list[list[str]], *, encoding: str = "utf-8-sig", delimiter: str = ";") -> None:
    with file.open("w", encoding=encoding, newline="") as target:
        csv.writer(target, delimiter=delimiter).writerows(lines)


@pytest.mark.parametrize("how", ["shuffled rows", "other columns first", "semicolons", "workbook saved again"])
def test_a_file_that_was_only_saved_again_is_still_the_delivered_one(delivered: Delivered, how: str) -> None:
    file = delivered.file("csv")
    header, *rows = lines_of(file)
    if how == "workbook saved again":
        file = delivered.file("xlsx")
        openpyxl.load_workbook(file).save(file)
    elif how == "shuffled rows":
        random.Random(1).shuffle(rows)
        save(file, [header, *rows])
    elif how == "other columns first":
        save(file, [line[::-1] for line in (header, *rows)], delimiter=",")
    else:
        save(file, [header, *rows])
    assert said(delivered, file) == ("valid", "rows")


@pytest.mark.parametrize("how", ["a cell", "a row less", "a row more", "a column less", "a row twice", "headings"])
def test_r037_a_file_that_is_not_the_delivered_one_is_called_so(delivered: Delivered, how: str) -> None:
    file = delivered.file("csv")
    header, *rows = lines_of(file)
    match how:
        case "a cell":
            rows[3][header.index("last_name")] += "n"
        case "a row less":
            rows.pop()
        case "a row more":
            rows.append(["99", *rows[0][1:]])
        case "a column less":
            header.pop()
            rows = [row[:-1] for row in rows]
        case "a row twice":
            rows[1] = rows[0]
        case "headings":
            header[2] = "y_tunnus"
    save(file, [header, *rows])
    found = verify(file, trusted=[delivered.public], now=NOW)
    assert (found.verdict, found.match, found.rows_found) == ("altered_file", None, len(rows))


def test_a_changed_cell_in_a_workbook_is_seen_though_its_licence_is_whole(delivered: Delivered, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(delivered.file("xlsx"))
    book["Poiminta"]["B2"] = "Toinen Oy"
    (tmp_path / "alone").mkdir()
    book.save(tmp_path / "alone" / "x.xlsx")
    assert said(delivered, tmp_path / "alone" / "x.xlsx") == ("altered_file", None)


def test_an_extra_row_in_a_parquet_file_is_seen(delivered: Delivered, tmp_path: Path) -> None:
    table = pq.read_table(delivered.file("parquet"))
    (tmp_path / "alone").mkdir()
    pq.write_table(pa.concat_tables([table, table.slice(0, 1)]), tmp_path / "alone" / "x.parquet")
    assert said(delivered, tmp_path / "alone" / "x.parquet") == ("altered_file", None)


@pytest.mark.parametrize(
    "change",
    [
        {"validUntil": "2099-12-31T22:00:00Z"},
        {"assignee": {"name": "Toinen Oy"}},
        {"permission": []},
        {"prohibition": None},
        {"delivered": {}},
        {"more": "words"},
    ],
)
def test_r033_a_licence_changed_after_signing_is_called_so(delivered: Delivered, change: dict[str, Any]) -> None:
    relicense(delivered, change)
    assert said(delivered, delivered.file("csv")) == ("altered_licence", None)


def test_a_name_given_twice_is_no_licence(delivered: Delivered) -> None:
    """People would read the first, programs the last: neither is taken."""
    path = delivered.directory / "LICENCE.jsonld"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("{", '{"validUntil": "2099-12-31T22:00:00Z",', 1), encoding="utf-8")
    assert said(delivered, delivered.file("csv")) == ("not_ours", None)
    with pytest.raises(FileRejected) as refused:
        said(delivered, delivered.file("csv"), licence=path)
    assert refused.value.code == "licence_unreadable"


def test_a_forged_licence_of_a_stranger_s_key_is_not_trusted(delivered: Delivered) -> None:
    relicense(delivered, {"validUntil": "2099-12-31T22:00:00Z"}, key=STRANGER)
    assert said(delivered, delivered.file("csv")) == ("unknown_key", None)
    assert said(delivered, delivered.file("csv"), trusted=[public_key(STRANGER)]) == ("valid", "file")
    assert said(delivered, delivered.file("csv"), trusted=[]) == ("unknown_key", None)


@pytest.mark.parametrize("change", [{"delivered": "x"}, {"validFrom": "soon"}, {"assigner": 1}, {"campaign": None}])
def test_what_a_stranger_signed_without_the_form_of_a_licence_is_none_of_ours(
    delivered: Delivered, change: dict[str, Any]
) -> None:
    relicense(delivered, change, key=STRANGER)
    assert said(delivered, delivered.file("csv")) == ("not_ours", None)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"profile": 1}', "[" * 5000, "\x00", '{"a": NaN}'])
def test_rubbish_beside_a_file_is_passed_over(delivered: Delivered, text: str) -> None:
    (delivered.directory / "LICENCE.jsonld").write_text(text, encoding="utf-8")
    assert said(delivered, delivered.file("csv")) == ("not_ours", None)
    assert said(delivered, delivered.file("xlsx")) == ("valid", "rows"), "the copy inside still speaks"


def test_the_window_is_exact_to_the_second(delivered: Delivered) -> None:
    """R036: the campaign runs from 1.11.2026 00:00 to 20.12.2026 24:00 in Helsinki."""
    starts, ends = datetime(2026, 10, 31, 22, tzinfo=UTC), datetime(2026, 12, 20, 22, tzinfo=UTC)
    second = timedelta(seconds=1)
    file = delivered.file("csv")
    assert said(delivered, file, at=starts - second) == ("not_started", "file")
    assert said(delivered, file, at=starts) == ("valid", "file")
    assert said(delivered, file, at=ends - second) == ("valid", "file")
    assert said(delivered, file, at=ends) == ("expired", "file")


def test_an_altered_file_of_an_ended_campaign_is_altered_first(delivered: Delivered) -> None:
    header, *rows = lines_of(delivered.file("csv"))
    save(delivered.file("csv"), [header, *rows[1:]])
    assert said(delivered, delivered.file("csv"), at=NOW + timedelta(days=400)) == ("altered_file", None)


def test_an_encrypted_file_must_be_decrypted_first(delivered: Delivered) -> None:
    identity = pyrage.x25519.Identity.generate()
    encrypted = delivered.directory / "x.csv.age"
    pyrage.encrypt_file(str(delivered.file("csv")), str(encrypted), [identity.to_public()])
    with pytest.raises(FileRejected) as refused:
        said(delivered, encrypted)
    assert refused.value.code == "file_encrypted"
    assert "age --decrypt" in str(refused.value)


@pytest.mark.parametrize(("content", "code"), [(b"", "file_empty"), (None, "file_missing")])
def test_no_file_no_verdict(delivered: Delivered, content: bytes | None, code: str) -> None:
    file = delivered.directory / "x"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(FileRejected) as refused:
        said(delivered, file)
    assert refused.value.code == code


def test_rubbish_is_not_the_delivered_file(delivered: Delivered) -> None:
    file = delivered.directory / "x.xlsx"
    file.write_bytes(b"PK\x03\x04" + bytes(range(256)))
    assert said(delivered, file) == ("altered_file", None)


def test_keys_are_read_from_texts_and_files(delivered: Delivered, tmp_path: Path) -> None:
    public, stranger = delivered.public, public_key(STRANGER)
    (tmp_path / "keys.pub").write_text(f"# ours\n{public}  # licence-1\n\n{stranger}\n", encoding="utf-8")
    (tmp_path / "key.pem").write_text(public_pem(STRANGER), encoding="ascii")
    assert trusted_keys([public]) == [public]
    assert trusted_keys([f"did:key:{public}#{public}"]) == [public]
    assert trusted_keys([str(tmp_path / "keys.pub")]) == [public, stranger]
    assert trusted_keys([str(tmp_path / "key.pem"), public]) == [stranger, public]
    for wrong in ("z6Mk", str(tmp_path / "none.pub"), ""):
        with pytest.raises(InvalidInput) as refused:
            trusted_keys([wrong])
        assert refused.value.code == "public_key_invalid"


cells = st.none() | st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=6)


@given(st.lists(st.tuples(cells, cells), min_size=1, max_size=6), st.randoms())
def test_the_digest_of_rows_is_blind_to_order_and_to_nothing_else(
    rows: list[tuple[str | None, str | None]], draw: random.Random
) -> None:
    def digest(of: list[tuple[str | None, str | None]], names: tuple[str, str] = ("a", "b")) -> str:
        return rows_sha256(pa.table({n: pa.array([row[i] for row in of], pa.string()) for i, n in enumerate(names)}))

    shuffled = draw.sample(rows, len(rows))
    assert digest(shuffled) == digest(rows)
    assert digest([(b, a) for a, b in rows], ("b", "a")) == digest(rows)
    assert digest([*rows, ("x", "y")]) != digest(rows)
    assert digest(rows, ("a", "c")) != digest(rows)
    assert digest([(a, (b or "") + "x") for a, b in rows]) != digest(rows)
