"""Bans that were recorded late (T20), and bans that come by the thousand."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from core.clock import fixed_clock
from core.errors import FileRejected, InvalidInput
from extracts.deliver import deliver
from ledger import bans, breaches, tables
from ledger.store import Store, open_store
from subjects import ban_import
from subjects.ban_import import import_bans
from subjects.ban_request import BanRequest
from subjects.bans import add_ban
from tests.bans.town import out, person
from tests.gate import house
from tests.moment import NOW

TODAY = date(2026, 11, 22)


@pytest.fixture
def shop(store: Store) -> tuple[Store, str]:
    """Twelve persons, all of them in one released extract."""
    people = house.people(12)
    house.publish(store, people)
    with store.ledger.read() as connection:
        fence = bans.fence_value(connection)
    return store, house.release(store, house.deal(store, number=1), house.pool_of(people), fence=fence)["extract"]


def test_T20_a_letter_that_lay_about_lists_what_left_meanwhile_and_opens_a_breach_candidate(
    shop: tuple[Store, str], tmp_path: Path
) -> None:
    store, extract = shop
    deliver(store, extract, tmp_path / "out")
    later = open_store(store.settings, clock=fixed_clock(NOW + timedelta(days=9)))
    mail = house.people(12)[0].email
    request = BanRequest(via="reseller", email=mail, received_on=TODAY - timedelta(days=2), reference="letter 77")
    filed = add_ban(later, request)
    assert filed["released_meanwhile"] == [extract]
    with later.ledger.read() as connection:
        (case,) = breaches.cases(connection)
        row = bans.show(connection, filed["ban"])
    assert (case["trigger"], case["key"]) == ("late_ban", filed["ban"])
    assert case["ids"] == {"ban": filed["ban"], "extracts": [extract]}
    assert (row["received_on"], row["reference"]) == (TODAY - timedelta(days=2), "letter 77")


def test_T20_what_left_before_it_was_received_or_holds_others_is_not_reported(shop: tuple[Store, str]) -> None:
    store, _ = shop
    later = open_store(store.settings, clock=fixed_clock(NOW + timedelta(days=9)))
    people = house.people(12)
    for email, received in (
        (people[0].email, TODAY + timedelta(days=3)),
        (people[1].email, None),
        (people[2].email, TODAY + timedelta(days=9)),
        ("nobody@nowhere.example", TODAY - timedelta(days=2)),
    ):
        filed = add_ban(later, BanRequest(via="letter", email=email, received_on=received))
        assert filed["released_meanwhile"] == []
    with later.ledger.read() as connection:
        assert breaches.cases(connection) == []


def test_T20_a_list_of_late_bans_reports_each_of_them(shop: tuple[Store, str], tmp_path: Path) -> None:
    store, extract = shop
    later = open_store(store.settings, clock=fixed_clock(NOW + timedelta(days=9)))
    people = house.people(12)
    path = tmp_path / "bans.csv"
    path.write_text(
        "email,via,received,reference\n"
        f"{people[0].email},reseller,{TODAY},box 1\n{people[1].email},web,,\n{people[2].email},letter,{TODAY},\n",
        encoding="utf-8",
    )
    totals = import_bans(later, path)
    assert totals["released_meanwhile"] == [extract]
    with later.ledger.read() as connection:
        assert len(breaches.cases(connection)) == 2


def write(path: Path, rows: int) -> None:
    lines = [f"person{n}@list.example,,,web" for n in range(rows)]
    lines[7] = ",Päivi,Mäkelä,phone"
    lines = [line if line != lines[7] else "paivi@akkia.example,,,phone" for line in lines]
    path.write_text("email,first_name,last_name,via\n" + "\n".join(lines) + "\n", encoding="utf-8")


def number_of(store: Store) -> int:
    with store.ledger.read() as connection:
        return int(connection.execute(select(func.count()).select_from(tables.ban)).scalar_one())


def test_an_import_that_dies_goes_on_where_it_stopped_and_files_no_row_twice(
    town: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "bans.csv"
    write(path, 1_200)

    def dies(done: int) -> None:
        if number_of(town) >= 500:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_bans(town, path, advance=dies)
    assert number_of(town) == 500, "nothing half done"
    totals = import_bans(town, path)
    assert (totals["read"], totals["already"], totals["filed"]) == (1_200, 500, 700)
    assert number_of(town) == 1_200
    again = import_bans(town, path)
    assert (again["already"], again["filed"]) == (1_200, 0)
    assert out(town)["persons"] == {person(town, "paivi")}


def test_many_bans_are_resolved_with_the_register_opened_once(
    town: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "bans.csv"
    write(path, 1_200)
    opened: list[int] = []
    resolve = ban_import.resolve
    monkeypatch.setattr(ban_import, "resolve", lambda *given: opened.append(1) or resolve(*given))
    import_bans(town, path)
    assert opened == [1]


def test_a_file_filed_at_once_says_what_one_by_one_says(town: Store, tmp_path: Path) -> None:
    """The whole list through the batch finds what each row finds alone."""
    rows = [
        {"email": "kaisa@ranta.example"},
        {"first_name": "Matti", "last_name": "Virtanen", "organisation": "Kolmas"},
        {"first_name": "Juha", "last_name": "Korhonen", "organisation": "Äkkiä Oy"},
        {"email": "info@toinen.example"},
        {"phone": "0931301"},
        {"first_name": "Veera", "last_name": "Niemi", "municipality": "837"},
        {"business_id": "1567535-0", "whole_organisation": "yes"},
    ]
    columns = ["email", "phone", "first_name", "last_name", "organisation", "business_id", "municipality"]
    path = tmp_path / "bans.csv"
    text = "".join(
        ",".join([*(row.get(name, "") for name in columns), row.get("whole_organisation", ""), "web"]) + "\n"
        for row in rows
    )
    path.write_text(",".join([*columns, "whole_organisation", "via"]) + "\n" + text, encoding="utf-8")
    totals = import_bans(town, path)
    batch = out(town)
    alone = [
        add_ban(town, BanRequest(via="web", **{**row, "whole_organisation": "whole_organisation" in row}))  # type: ignore[arg-type]
        for row in rows
    ]
    assert out(town) == batch
    assert totals["matched"] == sum(filed["matched"] for filed in alone)
    assert totals["held"] == sum(filed["held"] for filed in alone)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("email\na@b.example\n", FileRejected),
        ("email,via,received\na@b.example,web,tomorrow\n", InvalidInput),
        ("email,via,channel\na@b.example,web,fax\n", InvalidInput),
        ("email,via\n,web\n", InvalidInput),
    ],
)
def test_a_bad_file_files_nothing(town: Store, tmp_path: Path, text: str, error: type[Exception]) -> None:
    path = tmp_path / "bans.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(error):
        import_bans(town, path)
    assert number_of(town) == 0
    path.write_bytes(b"email,via\n\xff\xfe,web\n")
    with pytest.raises(FileRejected):
        import_bans(town, path)
    with pytest.raises(FileRejected):
        import_bans(town, tmp_path / "none.csv")
