"""The stock of seeds: believable, nobody real, used once (R038, T10)."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import phonenumbers
import pyarrow as pa
import pytest
from stdnum.fi import ytunnus

from core.clock import fixed_clock
from core.errors import Conflict, FileRejected, InvalidInput, StoreError
from core.files import Home
from core.identity import fold_names, normalise_phones
from extracts.gate import seed_cells, seed_making, seeds
from ledger import seeds as stock
from ledger.store import Store
from schemas import codes
from tests.gate import house

HOSTS = "first_name,last_name,email,mobile,organisation_name,business_id,phone,website,street\n"
HOST = 'Maija,Isäntä,Maija.Alias@isanta.fi,040 7654321,"Isäntä, Oy",0112038-9,,,Kuja 2\n'


def everyone(store: Store) -> list[dict[str, object]]:
    with store.ledger.read() as connection:
        return list(stock.ready(connection, today=date(2100, 1, 1), limit=10_000))


@pytest.mark.parametrize(("persons", "wanted"), [(1, 5), (1999, 5), (2000, 6), (50_000, 30)])
def test_how_many(persons: int, wanted: int) -> None:
    assert seeds.needed(persons) == wanted


def test_a_fictitious_seed_can_be_nobody(store: Store) -> None:
    assert seeds.stock_fictitious(store, 300) == {"added": 300, "ready": 300}
    first_names = {row["name"] for row in codes.rows("first_names")}
    surnames = {row["surname"] for row in codes.rows("surnames")}
    made = everyone(store)
    numbers = [str(seed[name]) for seed in made for name in ("mobile", "phone")]
    assert normalise_phones(pa.array(numbers)).to_pylist() == numbers
    first, last = (fold_names(pa.array([str(seed[name]) for seed in made])) for name in ("first_name", "last_name"))
    folds = [f"{one}.{other}" for one, other in zip(first.to_pylist(), last.to_pylist(), strict=True)]
    for seed, folded in zip(made, folds, strict=True):
        assert 9_900_000 <= int(str(seed["business_id"])[:7]) <= 9_999_999
        assert ytunnus.is_valid(seed["business_id"])
        for number in (str(seed["mobile"]), str(seed["phone"])):
            assert number.startswith("+358509")
            assert len(number) == len("+35850") + 8, "Finnish mobile numbers after 50 have seven digits"
            assert phonenumbers.is_valid_number(phonenumbers.parse(number))
        local, domain = str(seed["email"]).split("@")
        assert domain.endswith(".example")
        assert seed["website"] == f"www.{domain}"
        assert local == folded.replace(" ", "-")
        assert seed["last_name"] in surnames
        assert seed["first_name"] in first_names
        assert seed["ready_on"] == store.today()
    for name in ("email", "mobile", "phone", "business_id", "organisation_name"):
        assert len({seed[name] for seed in made}) == 300
    assert not {seed["mobile"] for seed in made} & {seed["phone"] for seed in made}


def test_a_name_that_the_register_has_is_not_taken(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """R038: the stock is checked against the published snapshot."""
    first, other = seed_making.lists()["first_name"][:2]
    last = seed_making.lists()["last_name"][0]
    house.publish(store, [house.Row(1, 1001, 20_000_010, first, last, "Firma Oy", email="a@firma.example")])
    drawn = {"first_name": (first, other), "last_name": (last,)}
    monkeypatch.setattr(seed_making.Names, "draw", lambda _self, draw, part, *, language: draw.choice(drawn[part]))
    seeds.stock_fictitious(store, 8)
    assert {seed["first_name"] for seed in everyone(store)} == {other}


def test_a_seed_that_a_newcomer_equals_is_retired_at_the_next_release(store: Store) -> None:
    """T10"""
    seeds.stock_fictitious(store, 40)
    [namesake, *_] = everyone(store)
    rows = house.people(12)
    rows[0].first_name, rows[0].last_name = str(namesake["first_name"]), str(namesake["last_name"])
    house.publish(store, rows)
    with store.ledger.read() as connection:
        every = stock.ready(connection, today=store.today(), limit=100)
    with house.reading(store) as register:
        assert seeds.collisions(register, every) == {namesake["seed"]}
    for number in range(1, 8):  # until the whole stock has been looked at
        house.release(store, house.deal(store, number=number), house.pool_of(rows))
    with store.ledger.read() as connection:
        retired = {seed["seed"] for seed in stock.seeds(connection, state="retired")}
        used = {seed["seed"] for seed in stock.seeds(connection, state="allocated")}
    assert retired <= {namesake["seed"]}
    assert not used & {namesake["seed"]}


def test_a_host_may_share_a_name_but_not_an_address(store: Store, tmp_path: Path) -> None:
    """A host is a real person: only an address could be mistaken."""
    file = tmp_path / "hosts.csv"
    file.write_text(HOSTS + HOST, encoding="utf-8")
    seeds.add_hosts(store, file)
    rows = house.people(4)
    rows[0].first_name, rows[0].last_name = "Maija", "Isäntä"
    house.publish(store, rows)
    with house.reading(store) as register:
        assert seeds.collisions(register, everyone(store)) == frozenset()
    rows[1].mobile = "+358407654321"
    house.publish(store, rows, name="20261122T080000-s1-000000000002")
    with house.reading(store) as register:
        assert seeds.collisions(register, everyone(store)) == {everyone(store)[0]["seed"]}


def test_hosts_are_silent_for_thirty_days(store: Store, tmp_path: Path) -> None:
    """fingerprint.md 2.4"""
    file = tmp_path / "hosts.csv"
    file.write_text(HOSTS + HOST, encoding="utf-8")
    assert seeds.add_hosts(store, file) == {"added": 1, "ready_on": store.today() + timedelta(days=30)}
    with store.ledger.read() as connection:
        assert stock.ready(connection, today=store.today() + timedelta(days=29), limit=9) == []
        [host] = stock.ready(connection, today=store.today() + timedelta(days=30), limit=9)
    assert (host["kind"], host["email"], host["mobile"]) == ("host", "maija.alias@isanta.fi", "+358407654321")
    assert (host["organisation_name"], host["phone"]) == ("Isäntä, Oy", None)


def test_hosts_are_taken_before_fictitious_ones(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "hosts.csv"
    file.write_text(HOSTS + HOST, encoding="utf-8")
    seeds.stock_fictitious(store, 10)
    seeds.add_hosts(store, file)
    later = fixed_clock(house.NOW + timedelta(days=31))
    assert Store(store.settings, Home(store.settings.home), store.ledger, later, "t").today() == date(2026, 12, 23)
    with store.ledger.read() as connection:
        kinds = [seed["kind"] for seed in stock.ready(connection, today=date(2026, 12, 23), limit=3)]
    assert kinds == ["host", "fictitious", "fictitious"]


@pytest.mark.parametrize(
    ("text", "error", "code"),
    [
        (HOSTS, FileRejected, "file_header_only"),
        ("first_name,last_name\nA,B\n", FileRejected, "file_columns_missing"),
        (HOSTS + HOST.replace("0112038-9", "0112038-8"), InvalidInput, "seed_value_invalid"),
        (HOSTS + HOST.replace("Isäntä,", ",", 1), InvalidInput, "seed_value_invalid"),
        (HOSTS + HOST.replace("Maija.Alias@isanta.fi", "ei osoite"), InvalidInput, "seed_value_invalid"),
        (HOSTS + HOST + HOST, InvalidInput, "seed_repeated"),
    ],
)
def test_a_bad_hosts_file_changes_nothing(
    store: Store, tmp_path: Path, text: str, error: type[Exception], code: str
) -> None:
    file = tmp_path / "hosts.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(error) as caught:
        seeds.add_hosts(store, file)
    assert getattr(caught.value, "code", None) == code
    assert everyone(store) == []


def test_hosts_in_another_encoding_or_absent_are_refused(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "hosts.csv"
    with pytest.raises(FileRejected):
        seeds.add_hosts(store, file)
    file.write_bytes((HOSTS + HOST).encode("latin-1"))
    with pytest.raises(FileRejected):
        seeds.add_hosts(store, file)


@pytest.mark.parametrize(
    ("like", "written"),
    [
        ("https://www.firma.fi", "https://www.oma.example"),
        ("http://firma.fi/fi", "http://oma.example"),
        ("www.firma.fi", "www.oma.example"),
        ("firma.fi", "oma.example"),
    ],
)
def test_a_web_address_is_written_as_the_neighbour_writes_it(like: str, written: str) -> None:
    """R038: nothing about its form tells a seed."""
    assert seed_cells._web("www.oma.example", like) == written


def test_a_seed_is_allocated_once(any_store: Store) -> None:
    """R038: a seed in two extracts is impossible, whoever tries."""
    rows = house.people(6)
    house.publish(any_store, rows)
    one = house.release(any_store, house.deal(any_store), house.pool_of(rows))
    other = house.release(any_store, house.deal(any_store, number=2), house.pool_of(rows))
    with any_store.ledger.read() as connection:
        [used, *_] = stock.of_extract(connection, one["extract"])
        counts = stock.counts(connection)
    with pytest.raises(Conflict), any_store.write() as tx:
        stock.allocate(tx, {used["seed"]: 99}, extract=other["extract"])
    with any_store.ledger.read() as connection:
        assert stock.of_extract(connection, one["extract"])[0]["number"] == used["number"]
        assert stock.counts(connection) == counts


def test_a_repeated_address_is_refused_by_the_ledger(any_store: Store) -> None:
    seeds.stock_fictitious(any_store, 1)
    [seed] = everyone(any_store)
    again = {
        name: seed[name]
        for name in ("first_name", "last_name", "email", "mobile", "organisation_name", "business_id", "street")
    }
    with pytest.raises(StoreError), any_store.write() as tx:
        stock.add(tx, [again], kind="fictitious", ready_on=any_store.today())


def test_the_list_of_the_stock_names_nobody(store: Store) -> None:
    seeds.stock_fictitious(store, 2)
    with store.ledger.read() as connection:
        assert set(stock.seeds(connection)[0]) == {"seed", "kind", "state", "ready_on", "added_at", "extract", "number"}


def test_a_stock_of_none_is_refused(store: Store) -> None:
    with pytest.raises(InvalidInput):
        seeds.stock_fictitious(store, 0)
