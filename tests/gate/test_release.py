"""The gate's release from end to end on a small register."""

from __future__ import annotations

import csv
import stat
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from sqlalchemy import select

from core.errors import Conflict, FenceMoved, GateBroken, LicenceRefused, Refused
from core.files import sha256_file
from core.ids import business_id
from core.keys import Key
from extracts import gate
from extracts.gate import channels, manifest
from ledger import bans, cuts, seeds as stock, tables
from ledger.store import Store
from schemas import codes
from tests.gate import house

CHANNELS = ("email", "phone", "post")


def delivered(result: dict[str, Any]) -> list[dict[str, str]]:
    with Path(result["files"][0]["path"]).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def seeds_of(store: Store, result: dict[str, Any]) -> dict[int, dict[str, Any]]:
    with store.ledger.read() as connection:
        return {seed["number"]: seed for seed in stock.of_extract(connection, result["extract"])}


def listed(store: Store, result: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    with store.ledger.read() as connection:
        row = cuts.extract(connection, result["extract"])
    assert sha256_file(store.path(row["manifest"])) == row["manifest_sha256"]
    return manifest.read(store.path(row["manifest"]))


def ban(
    store: Store,
    *,
    target: str = "person",
    subject: int | None = None,
    channel: str | None = None,
    keys: list[tuple[str, bytes]] | None = None,
) -> None:
    with store.write() as tx:
        hits = [(target, subject, False)] if subject is not None else []
        bans.record(
            tx,
            target=target,
            via="phone",
            received_on=date(2026, 11, 22),
            channel=channel,
            keys=keys or [],
            key_id=store.key("suppression").key_id,
            hits=hits,
        )


@pytest.fixture
def rows(store: Store) -> list[house.Row]:
    made = house.people(40)
    house.publish(store, made)
    return made


def test_rows_are_persons_plus_seeds(store: Store, rows: list[house.Row]) -> None:
    """R038: seeds are rows and never persons."""
    result = house.release(store, house.deal(store), house.pool_of(rows, withheld=10))
    assert (result["persons"], result["seeds"], result["rows"]) == (30, 5, 35)
    found = delivered(result)
    assert len(found) == result["files"][0]["rows"] == 35
    assert [row["row"] for row in found] == [str(number) for number in range(1, 36)]
    assert sorted(found, key=lambda row: (row["organisation_name"].lower(), row["last_name"].lower())) == found
    with store.ledger.read() as connection:
        record = cuts.extract(connection, result["extract"])
    assert {name: record[name] for name in ("rows", "persons", "seeds", "pool", "state", "fence")} == {
        "rows": 35,
        "persons": 30,
        "seeds": 5,
        "pool": 40,
        "state": "released",
        "fence": 0,
    }


def test_delivered_rows_say_what_the_register_says(store: Store, rows: list[house.Row]) -> None:
    """R037: but for the mark, an extract is the register, cell by cell."""
    result = house.release(store, house.deal(store, channels=CHANNELS), house.pool_of(rows))
    seeds = seeds_of(store, result)
    by_email = {row.email: row for row in rows}
    persons = [row for row in delivered(result) if int(row["row"]) not in seeds]
    assert len(persons) == 40
    for row in persons:
        known = by_email.pop(row["email"])
        assert (row["first_name"], row["last_name"], row["title"]) == (known.first_name, known.last_name, known.title)
        assert row["business_id"] == business_id(known.org)
        assert row["organisation_name"].casefold() == known.organisation.casefold()
        assert (row["mobile"], row["organisation_phone"]) == (known.mobile or "", known.phone)
        assert channels.LIST.canonicalise(row["responsibilities"]) == ";".join(known.responsibilities)
        assert (row["industry"], row["industry_label"]) == ("62100", codes.industry_label("TOL2025", "62100").fi)
        assert (row["visiting_street"], row["postal_street"], row["postal_postcode"]) == (
            "Kauppakatu 1",
            "PL 1",
            "00101",
        )
        assert row["ban_url"].startswith(store.settings.ban_url)


def test_channels_decide_the_fields(store: Store, rows: list[house.Row]) -> None:
    """R029"""
    result = house.release(
        store, house.deal(store, channels=("post",), fields=["title", "postal_city"]), house.pool_of(rows)
    )
    assert list(delivered(result)[0]) == ["row", "postal_city", "title", "ban_url"]


def test_manifest_holds_the_pool_with_withheld_rows_and_no_seed(store: Store, rows: list[house.Row]) -> None:
    made = house.deal(store)
    result = house.release(store, made, house.pool_of(rows, withheld=10))
    table, facts = listed(store, result)
    assert table.schema.equals(manifest.SCHEMA)
    assert len(table) == facts["eligible"] == 40
    assert table["unit"].to_pylist() == sorted(table["unit"].to_pylist())
    assert table["ban_token"].null_count == table["number"].null_count == 10
    numbers = set(table["number"].drop_null().to_pylist())
    assert numbers | set(seeds_of(store, result)) == set(range(1, 36))
    assert not numbers & set(seeds_of(store, result))
    assert facts | {"released_at": None, "key_id": None} == {
        "extract": result["extract"],
        "customer": made.customer["customer"],
        "campaign": made.campaign["campaign"],
        "reseller": None,
        "scheme": 2,
        "eligible": 40,
        "delivered": 30,
        "released_at": None,
        "key_id": None,
        "channels": ["parallel", "list", "form", "address", "titles", "title"],
    }
    assert table["hot"].null_count == 40


def test_R037_the_manifest_says_which_rows_were_hot(store: Store, rows: list[house.Row]) -> None:
    pool = house.pool_of(rows, withheld=5)
    hot = [place >= 30 for place in range(40)]
    result = house.release(
        store, house.deal(store), pool.append_column("hot", pa.array(hot)).take(list(range(39, -1, -1)))
    )
    table, facts = listed(store, result)
    assert (facts["hot"], facts["eligible"], facts["delivered"]) == (10, 40, 35)
    withheld = table.filter(pc.is_null(table["number"]))
    assert withheld["hot"].to_pylist() == [True] * 5
    assert pc.sum(table["hot"]).as_py() == 10


def test_manifest_matches_a_delivered_row_by_its_keyed_indexes(store: Store, rows: list[house.Row]) -> None:
    """What trace will do: e-mail, name with organisation, and the exact rendering of a mark."""
    result = house.release(store, house.deal(store), house.pool_of(rows, withheld=10))
    table, _ = listed(store, result)
    key: Key = store.key("fingerprint")
    by_number = {row["number"]: row for row in table.to_pylist() if row["number"] is not None}

    def blind(text: str) -> int:
        return int.from_bytes(key.derive("blind").mac(text.encode())[:8])

    seeds = seeds_of(store, result)
    marked = 0
    for row in delivered(result):
        if int(row["row"]) in seeds:
            continue
        entry = by_number[int(row["row"])]
        tokens = bans.name_tokens(row["first_name"], row["last_name"])
        assert entry["email"] == blind(f"email:{row['email']}")
        assert entry["name_org"] == blind(f"name_org:{tokens}|{row['business_id']}")
        assert entry["name_orgname"] == blind(f"name_org:{tokens}|{row['organisation_name'].lower()}")
        if entry["list_symbol"] is not None:
            marked += 1
            assert entry[f"list_alt{entry['list_symbol']}"] == blind(f"list:{row['responsibilities']}")
            assert entry["list_canonical"] == blind(f"list:={channels.LIST.canonicalise(row['responsibilities'])}")
        unit = next(person for person in rows if person.email == row["email"]).nonce
        assert entry["unit"] == key.derive("unit").mac(unit.encode())[:16]
    assert marked > 5


def test_two_recipients_get_different_files(store: Store, rows: list[house.Row]) -> None:
    """R037"""
    one, other = (house.release(store, house.deal(store, number=number), house.pool_of(rows)) for number in (1, 2))
    orders = [{row["email"]: row["responsibilities"] for row in delivered(result)} for result in (one, other)]
    assert any(orders[0][email] != orders[1].get(email, orders[0][email]) for email in orders[0])
    assert not {row["ban_url"] for row in delivered(one)} & {row["ban_url"] for row in delivered(other)}


def test_seeds_are_unique_never_reused_and_nobody_in_the_register(store: Store, rows: list[house.Row]) -> None:
    """R038"""
    one, other = (
        seeds_of(store, house.release(store, house.deal(store, number=number), house.pool_of(rows)))
        for number in (1, 2)
    )
    assert len(one) == len(other) == 5
    for name in ("seed", "email", "mobile", "business_id"):
        assert not {seed[name] for seed in one.values()} & {seed[name] for seed in other.values()}
    people = {(row.first_name, row.last_name) for row in rows}
    assert not any((seed["first_name"], seed["last_name"]) in people for seed in (one | other).values())


def test_seeds_look_like_their_neighbours(store: Store, rows: list[house.Row]) -> None:
    """R038: same columns blank, own addresses, a mark of their own."""
    for row in rows:
        row.mobile, row.phone = None, None
    house.publish(store, rows, name="20261122T080000-s1-000000000002")
    made = house.deal(store, channels=CHANNELS, snapshot="20261122T080000-s1-000000000002")
    result = house.release(store, made, house.pool_of(rows))
    found = delivered(result)
    for number, seed in seeds_of(store, result).items():
        row = found[number - 1]
        assert (row["email"], row["last_name"]) == (seed["email"], seed["last_name"])
        assert row["organisation_name"].casefold() == seed["organisation_name"].casefold()
        assert (row["mobile"], row["organisation_phone"]) == ("", "")
        assert (row["industry"], row["visiting_city"]) == ("62100", "Helsinki")
        assert row["website"] == seed["website"]
        assert "IT" in row["responsibilities"].split(";")
        assert row["ban_url"].startswith(store.settings.ban_url)


def test_all_formats_and_the_licence_card_are_delivered_privately(store: Store, rows: list[house.Row]) -> None:
    """R033: the licence lies beside; only the owner may read."""
    made = house.deal(store, formats=list(gate.FORMATS))
    result = house.release(store, made, house.pool_of(rows))
    directory = house.delivery(store, result)
    assert {file["format"] for file in result["files"]} == set(gate.FORMATS)
    names = {Path(file["path"]).name for file in result["files"]}
    described = {f"{name}-metadata.json" for name in names if name.endswith(".csv")}
    assert names | described | {"LICENCE.txt", "LICENCE.jsonld"} == {path.name for path in directory.iterdir()}
    for file in result["files"]:
        assert sha256_file(Path(file["path"])) == file["sha256"]
        assert file["rows"] == 45
    assert {stat.S_IMODE(path.stat().st_mode) for path in directory.iterdir()} == {0o600}
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    card = (directory / "LICENCE.txt").read_text(encoding="utf-8")
    for text in (
        "Ostaja 1 Oy",
        "Syksyn tarjous",
        "markkinointi",
        "sähköposti",
        "30.11.2026 klo 24.00",
        "2026-11-30 24:00 Finnish time",
        result["extract"],
        store.settings.controller,
        store.settings.contact,
        "Tietohallinto",
        "responded to the contact",
    ):
        assert text in card
    assert "$" not in card
    assert "{" not in card.replace("{ban_url}", "")
    assert not any(store.home.staging.glob("extract-*"))


def test_a_ban_in_the_pool_makes_the_caller_judge_again(store: Store, rows: list[house.Row]) -> None:
    """T01"""
    made = house.deal(store)
    ban(store, subject=1003)
    with pytest.raises(FenceMoved):
        house.release(store, made, house.pool_of(rows))
    assert not any(store.home.deliveries.iterdir())


@pytest.mark.parametrize(
    ("hit", "channel"),
    [
        (("person", 1003), None),
        (("position", 3), None),
        (("organisation", 20_000_010), None),
        (("person", 1003), "email"),
    ],
)
def test_a_ban_filed_while_the_files_are_made_wins(
    store: Store, rows: list[house.Row], hit: tuple[str, int], channel: str | None
) -> None:
    """R014: the last look is under the lock."""

    def late(step: str) -> None:
        if step == "hash":
            ban(store, target=hit[0], subject=hit[1], channel=channel)

    with pytest.raises(FenceMoved):
        house.release(store, house.deal(store), house.pool_of(rows), checkpoint=late)
    assert not any(store.home.deliveries.iterdir())
    assert not any(store.home.staging.glob("extract-*"))
    with store.ledger.read() as connection:
        assert cuts.extracts(connection) == []
        assert stock.counts(connection)["allocated"] == 0


def test_a_late_ban_known_by_its_key_alone_wins_too(store: Store, rows: list[house.Row]) -> None:
    """The ban was resolved against another snapshot: its key still finds the cell."""
    key = store.key("suppression")

    def late(step: str) -> None:
        if step == "hash":
            ban(store, keys=[("email", key.mac(f"email:{rows[4].email}".encode()))])

    with pytest.raises(FenceMoved):
        house.release(store, house.deal(store), house.pool_of(rows), checkpoint=late)


@pytest.mark.parametrize(
    ("hit", "channel"), [(("person", 999_999), None), (("person", 1003), "post"), (("person", 1040), None)]
)
def test_a_late_ban_that_touches_no_delivered_row_lets_the_release_pass(
    store: Store, rows: list[house.Row], hit: tuple[str, int], channel: str | None
) -> None:
    """Somebody else, another channel, a withheld row. The extract names the fence it was checked against."""

    def late(step: str) -> None:
        if step == "hash":
            ban(store, target=hit[0], subject=hit[1], channel=channel)

    result = house.release(store, house.deal(store), house.pool_of(rows, withheld=5), checkpoint=late)
    assert result["fence"] == 1


def test_a_row_whose_key_is_banned_stops_everything(store: Store, rows: list[house.Row]) -> None:
    """The ids say nothing, the cells do: the two checks disagree, so the gate is broken."""
    made = house.deal(store)
    ban(store, keys=[("phone", store.key("suppression").mac(f"phone:{rows[0].mobile}".encode()))])
    with pytest.raises(GateBroken) as caught:
        house.release(store, made, house.pool_of(rows), fence=1)
    assert caught.value.code == "banned_row_found"


def test_rows_outside_the_subject_are_refused(store: Store, rows: list[house.Row]) -> None:
    """R028: whatever the caller selected."""
    rows[7].responsibilities = ("HR",)
    house.publish(store, rows, name="20261122T080000-s1-000000000003")
    with pytest.raises(LicenceRefused) as caught:
        house.release(store, house.deal(store), house.pool_of(rows))
    assert (caught.value.code, caught.value.ids["rows"]) == ("rows_outside_subject", 1)


def test_rows_that_are_not_in_the_snapshot_are_refused(store: Store, rows: list[house.Row]) -> None:
    made = house.deal(store)
    ghosts = [*rows, house.Row(900, 900, 900, "Ei", "Ole", "Missään Oy")]
    with pytest.raises((GateBroken, LicenceRefused)):
        house.release(store, made, house.pool_of(ghosts))
    assert not any(store.home.deliveries.iterdir())


def test_an_empty_delivery_is_refused(store: Store, rows: list[house.Row]) -> None:
    with pytest.raises(LicenceRefused) as caught:
        house.release(store, house.deal(store), house.pool_of(rows[:3], withheld=3))
    assert caught.value.code == "order_empty"


def test_an_order_is_cut_once(store: Store, rows: list[house.Row]) -> None:
    """T17: a double click makes no second extract, and its seeds stay in the stock."""
    made = house.deal(store)
    first = house.release(store, made, house.pool_of(rows))
    with pytest.raises(Conflict) as caught:
        house.release(store, made, house.pool_of(rows))
    assert caught.value.ids["extract"] == first["extract"]
    with store.ledger.read() as connection:
        assert stock.counts(connection)["allocated"] == 5
        state = connection.execute(select(tables.order.c.state)).scalar_one()
    assert state == "cut"
    assert len(list(store.home.deliveries.iterdir())) == len(list(store.home.manifests.iterdir())) == 1


def test_policy_comes_before_anything_is_read(store: Store, rows: list[house.Row]) -> None:
    """R013: nobody gets as far as a row without a licence."""
    steps: list[str] = []
    with pytest.raises(LicenceRefused):
        house.release(store, house.deal(store, state="rejected"), house.pool_of(rows), checkpoint=steps.append)
    assert steps == []


def test_without_autofill_an_empty_stock_refuses(store: Store, rows: list[house.Row]) -> None:
    """R038"""
    object.__setattr__(store, "settings", store.settings.model_copy(update={"seed_autofill": False}))
    with pytest.raises(Refused) as caught:
        house.release(store, house.deal(store), house.pool_of(rows))
    assert (caught.value.code, caught.value.ids) == ("seeds_exhausted", {"ready": 0, "needed": 5})


def test_two_cuts_that_want_the_same_seeds_both_succeed(store: Store, rows: list[house.Row]) -> None:
    """The loser of the race takes others."""
    made, rival = house.deal(store), house.deal(store, number=2)
    stolen: list[str] = []

    def steal(step: str) -> None:
        if step == "hash" and not stolen:
            stolen.append(house.release(store, rival, house.pool_of(rows))["extract"])
            with store.ledger.read() as connection:
                left = [seed["seed"] for seed in stock.seeds(connection, state="ready")]
            with store.write() as tx:  # everything that the first could have chosen
                stock.retire(tx, left, reason="test")

    result = house.release(store, made, house.pool_of(rows), checkpoint=steal)
    assert len(seeds_of(store, result)) == 5
    assert len(list(store.home.deliveries.iterdir())) == 2


def test_a_reseller_stands_in_the_manifest(store: Store, rows: list[house.Row]) -> None:
    """The recipient is the end customer, the reseller is named beside it."""
    made, reseller = house.deal(store), house.deal(store, number=2)
    made.agreement |= {"mode": "reseller", "customer": reseller.customer["customer"]}
    _, facts = listed(store, house.release(store, made, house.pool_of(rows)))
    assert (facts["customer"], facts["reseller"]) == (made.customer["customer"], reseller.customer["customer"])


def test_nothing_personal_is_in_the_audit(store: Store, rows: list[house.Row]) -> None:
    """R087"""
    house.release(store, house.deal(store), house.pool_of(rows))
    with store.ledger.read() as connection:
        written = str(connection.execute(select(tables.audit.c.ids)).scalars().all())
        texts = [seed["email"] for seed in connection.execute(select(tables.seed)).mappings()]
    assert not any(text in written for text in [*texts, *(row.email or "" for row in rows), "Firma"])


def test_release_works_on_both_ledgers(any_store: Store) -> None:
    """The one transaction, on SQLite and on PostgreSQL."""
    rows = house.people(12)
    house.publish(any_store, rows)
    result = house.release(any_store, house.deal(any_store), house.pool_of(rows, withheld=2))
    assert (result["persons"], len(seeds_of(any_store, result))) == (10, 5)
    table, _ = listed(any_store, result)
    assert pc.count(table["number"]).as_py() == 10
    with any_store.write() as tx:
        bans.record(
            tx, target="person", via="phone", received_on=date(2026, 1, 1), channel=None, keys=[], key_id="",
            hits=[("person", 1001, False)],
        )  # fmt: skip
    with pytest.raises(FenceMoved):
        house.release(any_store, house.deal(any_store, number=2), house.pool_of(rows))
