"""What a customer's file may do to us: nothing. What it holds: every row accepted or rejected (R048, T13)."""

from __future__ import annotations

import csv
import gzip
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pytest

from core.errors import FileRejected
from core.settings import load_settings
from datacare.intake import Intake, Limits, take_in
from tests.care.protected import encrypted

MEGABYTE = 1 << 20
SECONDS = 20
"""Alone on a machine all of these are refused within five seconds; the bound allows for a busy one."""


@pytest.fixture
def limits(tmp_path: Path) -> Limits:
    return Limits.of(load_settings(env={}, home=tmp_path / "home"))


@pytest.fixture
def read(tmp_path: Path, limits: Limits) -> Callable[..., Intake]:
    def taken(file: Path, **bounds: int) -> Intake:
        directory = tmp_path / "job"
        directory.mkdir(exist_ok=True)
        return take_in(file, directory, limits=replace(limits, **bounds))

    return taken


def rejections(intake: Intake) -> list[tuple[str, str, str]]:
    with intake.rejections.open(encoding="utf-8", newline="") as file:
        return [(row["row"], row["column"], row["reason"]) for row in csv.DictReader(file)]


def gz_bomb(path: Path) -> None:
    """A gigabyte: what is packed is packed once and stands there again and again, as a gzip file may."""
    path.write_bytes(gzip.compress(b"\0" * MEGABYTE, compresslevel=9) * 1024)


def long_line(path: Path) -> None:
    with path.open("wb") as file:
        file.write(b"Yritys;Y-tunnus\n")
        for _ in range(500):
            file.write(b"x" * MEGABYTE)


def zip_with(path: Path, members: dict[str, bytes], **attributes: int) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            for attribute, value in attributes.items():
                setattr(info, attribute, value)
            archive.writestr(info, content)


def sheet_bomb(path: Path) -> None:
    zip_with(path, {"[Content_Types].xml": b"<Types/>", "xl/worksheets/sheet1.xml": b" " * (300 * MEGABYTE)})


def entity_bomb(path: Path) -> None:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    text = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "lol">{entities}]><worksheet>&l9;</worksheet>'
    zip_with(path, {"[Content_Types].xml": b"<Types/>", "xl/worksheets/sheet1.xml": text.encode()})


def nested(path: Path) -> None:
    zip_with(path, {"[Content_Types].xml": b"<Types/>", "xl/embeddings/inner.zip": b"PK"})


def macro(path: Path) -> None:
    zip_with(path, {"[Content_Types].xml": b"<Types/>", "xl/vbaProject.bin": b"x"})


def outside(path: Path) -> None:
    zip_with(path, {"[Content_Types].xml": b"<Types/>", "xl/externalLinks/externalLink1.xml": b"<a/>"})


def climbing(path: Path) -> None:
    zip_with(path, {"[Content_Types].xml": b"<Types/>", "../../etc/passwd": b"x"})


def linked(path: Path) -> None:
    zip_with(path, {"[Content_Types].xml": b"<Types/>", "xl/link": b"/etc/passwd"}, external_attr=0xA1FF << 16)


def many_members(path: Path) -> None:
    zip_with(path, {f"xl/{number}.xml": b"<a/>" for number in range(2_000)})


@pytest.mark.parametrize(
    ("make", "name", "code", "part"),
    [
        (gz_bomb, "bomb.csv.gz", "care_limit", "ratio"),
        (long_line, "line.csv", "care_limit", "line"),
        (sheet_bomb, "sheet.xlsx", "care_limit", "ratio"),
        (entity_bomb, "entity.xlsx", "care_container", "document type"),
        (nested, "nested.xlsx", "care_container", "container within"),
        (macro, "macro.xlsx", "care_container", "macro"),
        (outside, "outside.xlsx", "care_container", "outside"),
        (climbing, "climbing.xlsx", "care_container", "leaves"),
        (linked, "linked.xlsx", "care_container", "symbolic"),
        (many_members, "many.xlsx", "care_limit", "members"),
    ],
    ids=lambda value: value.__name__ if callable(value) else None,
)
def test_R048_T13_a_bomb_is_refused_quickly_and_within_its_memory(
    make: Callable[[Path], None], name: str, code: str, part: str, tmp_path: Path, read: Callable[..., Intake]
) -> None:
    file = tmp_path / name
    make(file)
    began = time.monotonic()
    with pytest.raises(FileRejected) as refused:
        read(file)
    assert refused.value.code == code
    assert part in str(refused.value)
    assert time.monotonic() - began < SECONDS
    assert not (tmp_path.parent / "etc").exists()


def test_R048_the_reader_of_a_bomb_stays_under_300_megabytes(tmp_path: Path, read: Callable[..., Intake]) -> None:
    """It would be stopped for its memory otherwise, and the refusal would say so."""
    for make, name, part in ((gz_bomb, "bomb.csv.gz", "ratio"), (long_line, "line.csv", "in a line")):
        make(tmp_path / name)
        with pytest.raises(FileRejected) as refused:
            read(tmp_path / name, memory_bytes=300 * MEGABYTE)
        assert part in str(refused.value)


def test_R048_a_reader_that_outgrows_its_memory_or_time_is_stopped(tmp_path: Path, read: Callable[..., Intake]) -> None:
    file = tmp_path / "big.csv"
    file.write_text("Yritys\n" + "Pulu Oy\n" * 10, encoding="utf-8")
    for bounds, what in (({"memory_bytes": MEGABYTE}, "memory"), ({"seconds": 0}, "seconds")):
        with pytest.raises(FileRejected) as refused:
            read(file, **bounds)
        assert refused.value.code == "care_limit"
        assert what in str(refused.value)


def test_every_row_is_accepted_or_rejected_with_its_place_and_never_its_content(
    tmp_path: Path, read: Callable[..., Intake]
) -> None:
    """Bad input: misshapen rows, a personal identity code, a cell too long; emojis and control characters stay."""
    file = tmp_path / "crm.csv"
    rows = [
        "Yritys;Yhteyshenkilö;Muistiinpano",
        "Pulu Oy;Liisa Ek;😀 \x07 ok",
        "Varis Oy;Matti",
        "Harakka Oy;Maija Ek;131052-308T",
        f"Kurki Oy;Kalle Ek;{'x' * 10_001}",
        "Pulu Oy;Liisa Ek;😀 \x07 ok",
    ]
    file.write_text("\n".join(rows) + "\n", encoding="utf-8")
    intake = read(file)
    assert (intake.rows, intake.accepted, intake.rejected) == (5, 2, 3)
    assert rejections(intake) == [
        ("2", "", "cells_not_as_in_header"),
        ("3", "Muistiinpano", "identity_code"),
        ("4", "Muistiinpano", "cell_too_long"),
    ]
    assert "131052" not in intake.rejections.read_text(encoding="utf-8")
    kept = pq.read_table(intake.table).to_pylist()
    assert [row["row"] for row in kept] == [1, 5]
    assert kept[0]["2"] == "😀 \x07 ok"


def test_a_title_over_the_real_names_is_skipped(tmp_path: Path, read: Callable[..., Intake]) -> None:
    file = tmp_path / "crm.csv"
    file.write_text("Asiakasluettelo 2026;;\nYritys;Y-tunnus;Postinro\nPulu Oy;0201256-6;00100\n", encoding="utf-8")
    intake = read(file)
    assert (intake.header, intake.skipped_headers, intake.rows) == (["Yritys", "Y-tunnus", "Postinro"], 1, 1)


def test_a_spreadsheet_is_read_as_text_and_a_protected_one_says_so(tmp_path: Path, read: Callable[..., Intake]) -> None:
    book = openpyxl.Workbook()
    book.active.append(["Yritys", "Y-tunnus", "Asiakasnro"])
    book.active.append(["Pulu Oy", "0201256-6", 7])
    book.save(tmp_path / "crm.xlsx")
    intake = read(tmp_path / "crm.xlsx")
    assert (intake.format, intake.accepted) == ("spreadsheet", 1)
    assert pq.read_table(intake.table).to_pylist()[0]["2"] == "7"
    (tmp_path / "locked.xlsx").write_bytes(encrypted((tmp_path / "crm.xlsx").read_bytes(), password="x"))
    with pytest.raises(FileRejected, match="password"):
        read(tmp_path / "locked.xlsx")


@pytest.mark.parametrize("content", [b"", b"Yritys;Y-tunnus\n"])
def test_a_file_without_a_row_is_refused(content: bytes, tmp_path: Path, read: Callable[..., Intake]) -> None:
    (tmp_path / "crm.csv").write_bytes(content)
    with pytest.raises(FileRejected):
        read(tmp_path / "crm.csv")


def test_R048_the_reader_loads_no_store_no_setting_and_no_database() -> None:
    """What is not there no file can reach, and a reader starts in a fraction of a second."""
    said = "import sys, datacare.intake.worker; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", said], check=True, capture_output=True, text=True, timeout=60)
    loaded = {name.split(".")[0] for name in done.stdout.split()} | set(done.stdout.split())
    assert {"pyarrow", "core.identity", "register.sources.tabular"} <= loaded
    assert not loaded & {"ledger", "core.settings", "core.keys", "duckdb", "sqlalchemy", "sqlite3", "pandas", "pandera"}


def test_R048_a_link_is_not_followed(tmp_path: Path, read: Callable[..., Intake]) -> None:
    (tmp_path / "secret.csv").write_text("Yritys\nPulu Oy\n", encoding="utf-8")
    (tmp_path / "crm.csv").symlink_to(tmp_path / "secret.csv")
    with pytest.raises(FileRejected):
        read(tmp_path / "crm.csv")


def test_R048_rows_and_columns_have_a_bound(tmp_path: Path, read: Callable[..., Intake]) -> None:
    (tmp_path / "crm.csv").write_text("Yritys;Y-tunnus\n" + "Pulu Oy;0201256-6\n" * 20, encoding="utf-8")
    for bounds in ({"rows": 19}, {"columns": 1}, {"file_bytes": 100}):
        with pytest.raises(FileRejected) as refused:
            read(tmp_path / "crm.csv", **bounds)
        assert refused.value.code == "care_limit"
