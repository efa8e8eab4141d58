"""Facts of several sources about one organisation or position: who wins a field, and whence it is (R008)."""

from __future__ import annotations

from datetime import date

from ledger import sources
from ledger.store import Store
from register.publish import publish
from register.snapshot import open_snapshot
from tests.register.contents import organisation_row, rows
from tests.register.loads import A, B, C, load, organisation, position

OLD, NEW = date(2026, 1, 1), date(2026, 9, 1)


def test_the_better_source_wins_each_field_group_it_has_a_value_for(store: Store) -> None:
    load(store, "good", [organisation(A, name="Hyvä Oy", phone="+35891", source_date=OLD)], priority=1)
    load(
        store,
        "poor",
        [organisation(A, name="Huono Oy", phone="+35892", website="x.example", source_date=NEW)],
        [position("1")],
        priority=2,
    )
    publish(store)
    row = organisation_row(store, A)
    assert (row["name"], row["phone"], row["website"]) == ("Hyvä Oy", "+35891", "x.example")
    assert (row["name_load"], row["phone_load"], row["web_load"], row["it_load"]) == (1, 1, 2, None)
    assert (row["name_date"], row["web_date"], row["it_date"]) == (OLD, NEW, None)


def test_of_equal_sources_the_newest_date_wins_then_the_newest_load(store: Store) -> None:
    load(
        store,
        "a",
        [organisation(A, name="Uusi Oy", source_date=NEW), organisation(B, name="Eka Oy", source_date=OLD)],
        [position("1")],
        priority=1,
    )
    load(
        store,
        "b",
        [organisation(A, name="Vanha Oy", source_date=OLD), organisation(B, name="Toka Oy", source_date=OLD)],
        priority=1,
    )
    publish(store)
    assert (organisation_row(store, A)["name"], organisation_row(store, B)["name"]) == ("Uusi Oy", "Toka Oy")


def test_an_address_is_taken_whole_and_beats_a_bare_municipality(store: Store) -> None:
    load(store, "good", [organisation(A, municipality="091")], [position("1")], priority=1)
    load(
        store,
        "poor",
        [
            organisation(
                A, visiting_street="Katu 1", visiting_postcode="02100", visiting_city="ESPOO", municipality="049"
            )
        ],
        priority=2,
    )
    publish(store)
    row = organisation_row(store, A)
    assert (row["visiting_street"], row["municipality"], row["region"], row["visiting_load"]) == (
        "Katu 1",
        "049",
        "01",
        3,
    )


def test_one_source_saying_ceased_or_sole_trader_is_enough(store: Store) -> None:
    load(store, "good", [organisation(A), organisation(B)], [position("1"), position("2", "Aino Laine", B)], priority=1)
    load(store, "poor", [organisation(A, ceased=True), organisation(B, sole_trader=True)], priority=2)
    publish(store)
    assert organisation_row(store, A)["ceased"]
    assert organisation_row(store, B)["sole_trader"]
    assert [row["source_id"] for row in rows(store, "position", "position").values()] != []
    assert {row["org"] for row in rows(store, "selectable", "position").values()} == {organisation_row(store, B)["org"]}


def test_a_position_of_two_sources_is_one_with_each_group_from_its_winner(store: Store) -> None:
    load(store, "good", [organisation(A)], [position("g", mobile="+358401", email=None, verified=OLD)], priority=1)
    load(
        store,
        "poor",
        [],
        [
            position(
                "p",
                title="TIETOHALLINTOJOHTAJA",
                mobile="+358401",
                email="m@a.example",
                responsibilities=["FIN"],
                verified=NEW,
            )
        ],
        priority=2,
    )
    publish(store)
    (row,) = rows(store, "position", "position").values()
    assert (row["title"], row["email"], row["responsibilities"], row["verified"]) == (
        "Tietohallintojohtaja",
        "m@a.example",
        ["IT"],
        OLD,
    )
    assert (row["source"], row["source_id"]) == ("good", "g")
    loads = [row[f"{group}_load"] for group in ("name", "title", "responsibility", "email", "mobile", "postal")]
    assert loads == [2, 2, 2, 3, 2, None]


def test_the_verification_date_comes_with_the_responsibility(store: Store) -> None:
    """R007: not from a source that says nothing of what the person answers for."""
    load(
        store,
        "good",
        [organisation(A)],
        [position("g", responsibilities=[], level=None, verified=NEW, mobile="+358401")],
        priority=1,
    )
    load(store, "poor", [], [position("p", verified=OLD, mobile="+358401")], priority=2)
    publish(store)
    (row,) = rows(store, "position", "position").values()
    assert (row["verified"], row["responsibility_load"]) == (OLD, 3)


def test_a_former_name_of_an_organisation_is_kept(store: Store) -> None:
    """R018: a ban that names the organisation as it was must find it."""
    for name in ("Eka Oy", "Toka Oy", "Kolmas Oy"):
        load(store, "own", [organisation(A, name=name, former_names=["Nolla Oy"])], [position("1")])
        publish(store)
    assert organisation_row(store, A)["former_names"] == ["Eka Oy", "Nolla Oy", "Toka Oy"]


def test_a_quarantined_source_leaves_with_all_its_fields(store: Store) -> None:
    """R008: in one act; the next publish knows nothing that only it said."""
    load(store, "good", [organisation(A)], [position("1")], priority=2)
    load(
        store,
        "bad",
        [organisation(A, name="Paha Oy", website="x.example"), organisation(B)],
        [position("b", "Aino Laine", B), position("c", email="m@a.example")],
        priority=1,
    )
    publish(store)
    assert organisation_row(store, A)["name"] == "Paha Oy"
    with store.write() as tx:
        sources.quarantine(tx, "bad")
    publish(store, force=True)
    row = organisation_row(store, A)
    assert (row["name"], row["website"], list(rows(store, "organisation", "org"))) == (
        f"Yhtiö {A} Oy",
        None,
        [row["org"]],
    )
    (left,) = rows(store, "position", "position").values()
    assert (left["source"], left["email"]) == ("good", None)


def test_a_full_load_replaces_an_update_adds(store: Store) -> None:
    load(store, "own", [organisation(A), organisation(B)], [position("1"), position("2", "Aino Laine")])
    load(store, "own", [organisation(C)], [position("3", "Kalle Aho", C)], mode="update")
    publish(store)
    assert len(rows(store, "position", "position")) == 3
    load(store, "own", [organisation(A)], [position("1"), position("2", "Aino Laine")])
    publish(store, force=True)
    assert len(rows(store, "position", "position")) == 2
    assert len(rows(store, "organisation", "org")) == 1


def test_only_responsible_people_of_known_living_organisations_are_selectable(store: Store) -> None:
    """R005, R006."""
    load(
        store,
        "own",
        [organisation(A), organisation(B, ceased=True)],
        [
            position("1"),
            position("2", "Aino Laine", responsibilities=[], purchasing=["SEC"]),
            position("3", "Kalle Aho", responsibilities=[]),
            position("4", "Pekka Salo", B),
            position("5", "Outi Maa", C),
        ],
    )
    publish(store)
    chosen = {row["position"] for row in rows(store, "selectable", "position").values()}
    assert {rows(store, "position", "position")[number]["source_id"] for number in chosen} == {"1", "2"}


def test_the_flat_row_says_how_a_person_can_be_reached(store: Store) -> None:
    load(
        store,
        "own",
        [organisation(A, phone="+35891"), organisation(B, postal_postcode="00101"), organisation(C)],
        [
            position("1"),
            position("2", "Aino Laine", B, email="a@b.example"),
            position("3", "Kalle Aho", C, mobile="+358401"),
            position("4", "Pekka Salo", C, postal_postcode="00102"),
        ],
    )
    publish(store)
    flat = rows(store, "selectable", "position")
    ids = {row["source_id"]: number for number, row in rows(store, "position", "position").items()}
    reach = {key: tuple(flat[ids[key]][f"has_{way}"] for way in ("email", "phone", "post")) for key in ids}
    assert reach == {
        "1": (False, True, False),
        "2": (True, False, True),
        "3": (False, True, False),
        "4": (False, False, True),
    }


def test_the_flat_rows_lie_by_organisation(store: Store) -> None:
    load(
        store,
        "own",
        [organisation(business_id) for business_id in (A, B, C)],
        [position(str(n), f"Matti {n}", (C, A, B)[n % 3]) for n in range(30)],
    )
    publish(store)
    with open_snapshot(store, holder="test") as snapshot:
        orgs = [row[0] for row in snapshot.connection.execute("SELECT org FROM selectable").fetchall()]
    assert orgs == sorted(orgs)


def test_the_register_speaks_the_industry_version_of_most_rows(store: Store) -> None:
    load(
        store,
        "own",
        [
            organisation(A, industry="62010", industry_version="TOL2008"),
            organisation(B, industry="62100", industry_version="TOL2025"),
        ],
        [position("1"), position("2", "Aino Laine", B), position("3", "Kalle Aho", B)],
    )
    publish(store)
    with open_snapshot(store, holder="test") as snapshot:
        assert snapshot.meta["industry_version"] == "TOL2025"
