"""Whom a ban finds: former and other names, spellings, nicknames, slips, shared addresses (R018, T02-T05)."""

from __future__ import annotations

import unicodedata

import duckdb
import pytest
from hypothesis import given, strategies as st

import sql
from core.identity import fold_name
from core.ids import org_id
from extracts.count import count
from ledger import bans, tasks
from ledger.ban_keys import name_tokens
from ledger.store import Store
from register.publish import publish
from schemas import codes
from schemas.criteria import parse_criteria
from schemas.near_names import given_classes, near_fold, near_spellings
from subjects.ban_request import BanRequest
from subjects.bans import add_ban
from tests.bans import town as people
from tests.bans.town import INFO, MAILBOX, C, fill, hits, out, person, seat
from tests.published import open_campaign
from tests.register.loads import A, position


def file(store: Store, **said: object) -> dict[str, object]:
    return add_ban(store, BanRequest(via="phone", **said))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("Päivi", "Mäkelä"),
        ("PAIVI", "makela"),
        ("Päivi", unicodedata.normalize("NFD", "Mäkelä")),
        ("Paeivi", "Maekelae"),
        ("Mäkelä", "Päivi"),
        ("Pä\u200bivi", " Mäkelä\u00a0"),
    ],
)
def test_R018_every_spelling_of_a_name_is_the_same_name(town: Store, first: str, last: str) -> None:
    filed = file(town, first_name=first, last_name=last, organisation="Äkkiä")
    assert (filed["matched"], filed["held"]) == (1, 0)
    assert out(town)["persons"] == {person(town, "paivi")}


@pytest.mark.parametrize(
    ("first", "last", "who"),
    [
        ("Juhani", "Korhonen", "jussi"),
        ("Juha", "Korhonen", "jussi"),
        ("J.", "Korhonen", "jussi"),
        ("Jussi", "Korhnen", "jussi"),
        ("Jussi", "Korohnen", "jussi"),
        ("Jussi", "Korhosen", "jussi"),
        ("Anna", "Virtanen", "anna"),
        ("Anna", "Laine", "anna"),
        ("Hannele", "Oström", "hannele"),
        ("Hannele", "Aaström", "hannele"),
        ("Anna", "Wirtanen-Laine", "anna"),
    ],
)
def test_T02_a_nickname_a_typo_or_half_a_double_name_is_held_with_a_task(
    town: Store, first: str, last: str, who: str
) -> None:
    """Never silently matched, never silently missed."""
    filed = file(town, first_name=first, last_name=last, business_id=A)
    assert (filed["matched"], filed["held"]) == (1, 1)
    assert out(town)["persons"] == {person(town, who)}
    with town.ledger.read() as connection:
        (task,) = tasks.list_tasks(connection)
    assert task["ids"] == {"ban": filed["ban"], "candidates": 1}


@pytest.mark.parametrize(("first", "last"), [("Jussi", "Kinnunen"), ("Kalle", "Korhonen"), ("Päivi", "Mattila")])
def test_another_name_in_the_same_organisation_is_nobody(town: Store, first: str, last: str) -> None:
    filed = file(town, first_name=first, last_name=last, business_id=A)
    assert (filed["matched"], filed["held"]) == (0, 0)


def test_T02_a_maiden_name_finds_her_who_married_and_a_former_surname_finds_who_did_not_tell(town: Store) -> None:
    fill(town, paivi={"last_name": "Koskinen"})
    publish(town)
    she = person(town, "paivi")
    assert file(town, first_name="Päivi", last_name="Mäkelä", business_id=A)["held"] == 0
    assert out(town)["persons"] == {she}
    other = file(town, first_name="Veera", last_name="Uusi", former_last_name="Niemi", municipality="Tampere")
    assert (other["matched"], other["held"]) == (1, 0)


def test_T04_the_address_of_forty_is_out_for_all_and_each_of_them_is_held(town: Store) -> None:
    """R018: bad input "an e-mail shared by 40 persons"."""
    filed = file(town, email=INFO.upper())
    assert filed["matched"] == filed["held"] == MAILBOX
    blocked = out(town, ["email"])
    assert len(blocked["persons"]) == len(blocked["positions"]) == MAILBOX


def test_T04_a_name_with_the_shared_address_says_who_is_meant(town: Store) -> None:
    filed = file(town, email=INFO, first_name="Etua", last_name="Sukua", organisation="Toinen Oy")
    assert (filed["matched"], filed["held"]) == (1, 0)
    assert out(town, ["post"])["persons"] == {person(town, "info0")}
    assert out(town, ["post"])["positions"] == set()
    assert len(out(town, ["email"])["positions"]) == MAILBOX, "the address itself is out for all"


def test_two_of_one_name_in_one_house_are_both_held(town: Store) -> None:
    filed = file(town, first_name="Matti", last_name="Virtanen", organisation="kolmas oy")
    assert (filed["matched"], filed["held"]) == (2, 2)
    assert out(town)["persons"] == {person(town, "matti"), person(town, "matti2")}


def test_T05_banning_one_position_blocks_its_address_and_number_in_the_other(town: Store) -> None:
    one, other = seat(town, "kaisa"), seat(town, "kaisa2")
    filed = file(town, position=one)
    assert hits(town, str(filed["ban"])) == {
        ("position", one): (False, None, False),
        ("position", other): (False, bans.ELECTRONIC, False),
    }
    for channel in ("email", "phone"):
        assert out(town, [channel])["positions"] == {one, other}
    assert out(town, ["post"])["positions"] == {one}
    assert out(town)["persons"] == set(), "the wish was explicit: not the person"


def test_T05_a_later_position_with_the_banned_positions_address_is_blocked_there_too(town: Store) -> None:
    file(town, position=seat(town, "veera"))
    fill(town, position("veera2", "Veera Niemi", C, email="veera@kunta.example", mobile="+358401000009"))
    publish(town)
    assert seat(town, "veera2") in out(town, ["email"])["positions"]
    assert seat(town, "veera2") not in out(town, ["phone"])["positions"]


def test_R017_a_ban_covers_a_position_that_comes_a_year_later(town: Store) -> None:
    file(town, email="veera@kunta.example")
    fill(town, position("later", "Veera Niemi", C, mobile="+358401000010"), veera={"mobile": "+358401000010"})
    publish(town)
    assert person(town, "later") in out(town)["persons"]


def test_R010_a_sole_traders_ban_takes_the_business_with_its_number_out(town: Store) -> None:
    file(town, email="olli@salmi.example")
    assert out(town) == {
        "persons": {person(town, "olli")},
        "positions": set(),
        "organisations": {org_id(people.TRADER)},
    }


def test_R021_an_address_alone_leaves_the_person_in_the_other_channels(town: Store) -> None:
    filed = file(town, email="veera@kunta.example", address_only=True)
    assert out(town, ["email"])["positions"] == {seat(town, "veera")}
    assert out(town, ["phone", "post"]) == {"persons": set(), "positions": set(), "organisations": set()}
    with town.ledger.read() as connection:
        assert bans.show(connection, str(filed["ban"]))["target"] == "address"


def test_a_switchboard_number_holds_everybody_behind_it(town: Store) -> None:
    filed = file(town, phone="09 31301")
    assert filed["held"] == 1
    assert out(town)["organisations"] == {org_id(C)}


def test_T03_a_namesake_who_comes_new_is_held_and_one_who_was_there_is_not(town: Store) -> None:
    """Same name, wholly different contacts and employer: stored, but not delivered until somebody has looked."""
    filed = file(town, email="paivi@akkia.example")
    fill(
        town,
        position("new", "Päivi Mäkelä", C, email="p@uusi.example", mobile="+358401000011"),
        position("stranger", "Pirjo Uusi", C, email="s@uusi.example"),
        without=["paivi"],
    )
    publish(town, force=True)
    new = person(town, "new")
    assert hits(town, str(filed["ban"]))["person", new] == (True, None, False)
    assert person(town, "stranger") not in out(town)["persons"]
    with town.ledger.read() as connection:
        assert [task["ids"]["ban"] for task in tasks.list_tasks(connection)] == [filed["ban"]]


def test_T02_a_newcomer_whose_name_is_nearly_the_banned_one_is_held_at_the_publish(town: Store) -> None:
    """The ban is older than the person's row; its hashes know the slip of the pen."""
    file(town, first_name="Pekka", last_name="Lehtonen", business_id=A)
    fill(
        town,
        position("near", "Pekka Lehtinen-Aho", A, email="pl@akkia.example"),
        position("typo", "Pekka Lehtnen", A, email="pt@akkia.example"),
        position("elsewhere", "Pekka Lehtnen", C, email="pe@kolmas.example"),
    )
    publish(town)
    assert person(town, "typo") in out(town)["persons"]
    assert person(town, "near") in out(town)["persons"]
    assert person(town, "elsewhere") not in out(town)["persons"]


def test_a_ban_on_a_merged_id_takes_its_successor_out_of_the_selection_too(town: Store) -> None:
    """Else count and gate disagree, and every cut ends in FenceMoved."""
    kept, former = sorted((person(town, "matti"), person(town, "matti2")))
    fill(town, matti2={"mobile": people.PEOPLE["matti"]["mobile"]})
    publish(town, force=True)
    assert person(town, "matti") == kept
    campaign = open_campaign(town)
    wide = parse_criteria({"organisation": {"kind": list(codes.KINDS)}, "person": {"level": [1, 2, 3, 4]}})
    before = count(town, campaign, wide)["staff"]["banned"]
    with town.write() as tx:
        bans.record(
            tx, target="person", via="phone", received_on=town.today(), channel=None, keys=[], key_id="none",
            hits=[("person", former, False)],
        )  # fmt: skip
    assert count(town, campaign, wide)["staff"]["banned"] > before


@given(st.text(max_size=24), st.text(max_size=24))
def test_names_fold_alike_in_python_and_in_sql(first: str, last: str) -> None:
    folded = fold_name(f"{first} {last}") or ""
    with duckdb.connect() as connection:
        for macro in ("name_tokens", "near_fold", "near_spellings"):
            connection.execute(sql.load(macro))
        row = connection.execute(
            "SELECT name_tokens($f), near_fold($f), list_sort(near_spellings($f))", {"f": folded}
        ).fetchone()
    assert row is not None
    assert row == (name_tokens(first, last), near_fold(folded), near_spellings(folded))


def test_nicknames_stand_for_their_names_and_for_nobody_elses() -> None:
    classes = given_classes()
    assert classes["jussi"] == classes["juhani"]
    assert classes["liisa"] != classes["juhani"]
    assert max(list(classes.values()).count(name) for name in classes.values()) < 60
