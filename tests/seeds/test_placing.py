"""R038: whom seeds stand beside in an extract, and what they take from there."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pyarrow as pa
import pytest

from core.clock import fixed_clock
from core.errors import Refused
from core.ids import business_id, org_id
from core.keys import Key
from extracts.gate import placement, seeds
from extracts.gate.fingerprint import Marker
from extracts.gate.placement import Placed
from ledger import seeds as stock
from ledger.store import Store
from register.sample.organisations import business_ids
from tests.gate import house

FORMS = ("{} Oy", "Oy {} Ab", "{} ry", "{}")
NAMES = ("Kallio", "Vesi", "Metsä", "Pohja", "Järvi", "Niitty", "Tuuli", "Aalto")


def _people() -> list[house.Row]:
    """Twelve organisations of each form, of one to four people."""
    people, number = list[house.Row](), 0
    orgs = [org_id(one) for one in business_ids(48).to_pylist()]
    for turn in range(48):
        name = f"{NAMES[turn % 8]} {('Huolto', 'Palvelu', 'Kerho')[turn % 3]} {turn + 100}"
        for one in range(turn % 4 + 1):
            number += 1
            people.append(
                house.Row(
                    number, 1000 + number, orgs[turn], f"Etu{number}", f"Suku{number}",
                    FORMS[turn // 4 % 4].format(name), title=f"Nimike {one}",
                    email=f"etu{number}.suku{number}@yritys{turn}.example", mobile=f"+35840{1_000_000 + number}",
                )
            )  # fmt: skip
    return people


def _letters(number: int) -> str:
    return "".join(chr(ord("a") + int(digit)) for digit in str(number))


def _rows(people: list[house.Row]) -> pa.Table:
    """Rows as the gate has them, in the order of ``people``."""
    return pa.Table.from_pylist(
        [
            {
                "position": row.position, "unit": row.nonce, "company_unit": f"c{row.org}",
                "organisation_name": row.organisation, "business_id": business_id(row.org),
                "industry": f"i{row.org}", "staff_class": f"s{row.org}", "visiting_street": f"Tie{_letters(row.org)} 5",
                "visiting_city": f"t{row.org}", "website": "https://www.a.fi", "first_name": row.first_name,
                "last_name": row.last_name, "title": row.title, "email": row.email, "mobile": row.mobile,
                "organisation_phone": row.phone, "parallel_names": "X Ab",
            }
            for row in people
        ]
    ).cast(pa.schema([*([("position", pa.int32())]), *((name, pa.string()) for name in _TEXTS)]))  # fmt: skip


_TEXTS = (
    "unit", "company_unit", "organisation_name", "business_id", "industry", "staff_class", "visiting_street",
    "visiting_city", "website", "first_name", "last_name", "title", "email", "mobile", "organisation_phone",
    "parallel_names",
)  # fmt: skip


def _chosen(store: Store, rows: pa.Table, *, wanted: int, extract: int = 1) -> tuple[list[Placed], pa.Table]:
    marker = Marker(Key(bytes(range(32)), "k1"), f"extract-{extract}", "customer-1")
    with house.reading(store) as register:
        chosen = placement.choose(store, register, delivered=rows, known=rows, wanted=wanted, marker=marker)
    return chosen, placement.dress(rows, chosen, marker=marker, known=rows)


def test_seeds_are_of_their_neighbours_form_and_as_many(store: Store) -> None:
    people = _people()
    house.publish(store, people)
    rows = _rows(people)
    seeds.stock_fictitious(store, 60)
    chosen, dressed = _chosen(store, rows, wanted=40)
    assert len(chosen) == len(dressed) == 40
    units, names = rows["company_unit"].to_pylist(), rows["organisation_name"].to_pylist()
    sizes = Counter(units)
    together: dict[str, list[Placed]] = {}
    for one in chosen:
        together.setdefault(one.seed["business_id"], []).append(one)
    cut_short = 0
    for group in together.values():
        assert len({units[one.like] for one in group}) == 1, "a company's seeds stand beside one company"
        assert len({one.like for one in group}) == len(group), "each beside a row of its own"
        like = group[0].like
        cut_short += len(group) != sizes[units[like]]
        form = placement.called(group[0].seed["organisation_name"]).style
        assert form == placement.called(names[like]).style
        assert group[0].seed["organisation_name"] not in names
        assert len({units[like], units[group[0].size], units[group[0].address]}) == 3
    assert cut_short <= 1, "the last alone"
    assert len({placement.called(one.seed["organisation_name"]).style for one in chosen}) == 4


def test_each_cell_is_from_where_it_shall_be(store: Store) -> None:
    """Trade and title, size, and address are three organisations': the seed is no row's double."""
    people = _people()
    house.publish(store, people)
    rows = _rows(people)
    chosen, dressed = _chosen(store, rows, wanted=9)
    for one, cells in zip(chosen, dressed.to_pylist(), strict=True):
        like, size, address = (rows.slice(place, 1).to_pylist()[0] for place in (one.like, one.size, one.address))
        assert (cells["industry"], cells["title"]) == (like["industry"], like["title"])
        assert (cells["staff_class"], cells["visiting_city"]) == (size["staff_class"], address["visiting_city"])
        assert {name: cells[name] for name in ("first_name", "last_name", "email", "mobile", "business_id")} == {
            name: one.seed[name] for name in ("first_name", "last_name", "email", "mobile", "business_id")
        }
        assert cells["website"].startswith("https://www.")
        street = cells["visiting_street"].split()[0]
        assert street not in {row["visiting_street"].split()[0] for row in rows.to_pylist()}, "one alone lies in each"
        assert (cells["position"], cells["parallel_names"], cells["seed"]) == (None, None, one.seed["seed"])


def test_a_cell_that_is_blank_beside_it_is_blank(store: Store) -> None:
    people = _people()
    house.publish(store, people)
    rows = _rows(people)
    for name in ("email", "website", "organisation_phone", "visiting_street"):
        place = rows.column_names.index(name)
        rows = rows.set_column(place, rows.schema.field(name), pa.nulls(len(rows), pa.string()))
    _, dressed = _chosen(store, rows, wanted=6)
    assert [dressed[name].null_count for name in ("email", "website", "visiting_street", "mobile")] == [6, 6, 6, 0]


def test_a_word_of_the_register_that_the_extract_lacks_is_not_brought_in(store: Store) -> None:
    """Among bakeries nobody is a law firm: the words are the extract's own."""
    people = _people()
    house.publish(store, people)
    seeds.stock_fictitious(store, 80)
    rows = _rows([row for row in people if "Kerho" in row.organisation])
    chosen, _ = _chosen(store, rows, wanted=12)
    words = {word for one in chosen for word in one.seed["organisation_name"].split()}
    assert "Kerho" in words
    assert not words & {"Huolto", "Palvelu"}


def test_where_organisations_have_no_name_seeds_have_none(store: Store) -> None:
    people = _people()[:20]
    house.publish(store, people)
    with_names = _rows(people)
    place = with_names.column_names.index("organisation_name")
    rows = with_names.set_column(place, "organisation_name", pa.nulls(len(people), pa.string()))
    _, dressed = _chosen(store, rows, wanted=5)
    assert dressed["organisation_name"].null_count == 5


def test_fewer_rows_than_seeds(store: Store) -> None:
    people = _people()[:2]
    house.publish(store, people)
    chosen, _ = _chosen(store, _rows(people), wanted=7)
    assert len({one.seed["seed"] for one in chosen}) == 7


def test_without_filling_up_whoever_is_there_is_taken(store: Store) -> None:
    people = _people()
    house.publish(store, people)
    seeds.stock_fictitious(store, 9)
    object.__setattr__(store, "settings", store.settings.model_copy(update={"seed_autofill": False}))
    rows = _rows([row for row in people if row.organisation.endswith(" ry")])
    assert len(_chosen(store, rows, wanted=9)[0]) == 9
    with pytest.raises(Refused) as caught:
        _chosen(store, rows, wanted=10)
    assert caught.value.ids == {"ready": 9, "needed": 10}


def test_a_host_stands_in_its_own_company_and_nowhere_else(store: Store, tmp_path: Path) -> None:
    """Another company's trade beside its Y-tunnus would be untrue, and tell it."""
    people = _people()
    house.publish(store, people)
    rows, file = _rows(people[4:]), tmp_path / "hosts.csv"
    file.write_text(
        "first_name,last_name,email,mobile,organisation_name,business_id,street\n"
        f"Maija,Isäntä,maija@yritys.fi,040 7654321,Oma,{business_id(people[9].org)},Kuja 2\n"
        f"Matti,Isäntä,matti@yritys.fi,040 7654322,Muu,{business_id(people[0].org)},Kuja 3\n",
        encoding="utf-8",
    )
    early = Store(store.settings, store.home, store.ledger, fixed_clock(house.NOW.replace(month=9)), "tester")
    seeds.add_hosts(early, file)
    chosen, dressed = _chosen(store, rows, wanted=5)
    hosts = [row for one, row in zip(chosen, dressed.to_pylist(), strict=True) if one.seed["kind"] == "host"]
    [colleague, *_] = [row for row in rows.to_pylist() if row["business_id"] == business_id(people[9].org)]
    [host] = hosts
    assert (host["first_name"], host["email"]) == ("Maija", "maija@yritys.fi")
    for name in ("organisation_name", "business_id", "industry", "staff_class", "visiting_street", "company_unit"):
        assert host[name] == colleague[name]
    with store.ledger.read() as connection:
        left = [seed["kind"] for seed in stock.ready(connection, today=store.today(), limit=99)]
    assert left.count("host") == 2, "choosing does not use them up"


def test_r038_all_seeds_of_one_company_share_its_unit_whoever_of_them_leaves() -> None:
    """Else their marks would contradict each other, which no company of the register does."""
    known = pa.table({"business_id": ["1-1"], "company_unit": ["nonce"]})
    numbers, ids = ["1-1", "2-2", "2-2", None], ["s1", "s2", "s3", "s4"]
    found = placement.company_units(numbers, ids, known=known).to_pylist()
    assert found == ["nonce", found[1], found[1], "s4"]
    assert found[1] not in {"nonce", *ids}
    assert placement.company_units(["2-2"], ["s9"], known=known).to_pylist() == [found[1]]
