"""Positions nobody verifies leave the register, with the last of them the person; nothing else renews them (R070)."""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from dateutil.relativedelta import relativedelta
from sqlalchemy import select

from core.clock import fixed_clock
from core.errors import Conflict
from core.settings import load_settings
from ledger import corrections, notices, sources, tables
from ledger.store import Store, create_store
from register.publish import publish
from subjects import erase, restrict, retention
from subjects.retention import holding
from tests.moment import NOW
from tests.register.contents import rows
from tests.register.loads import A, B, add_load, load, organisation, position
from tests.retention import house
from tests.retention.house import at, kept, people, persons, planned, positions, register
from tests.retention.rows import Filler

MONTH = relativedelta(months=1)
BORN = date(2026, 10, 1)


def names(store: Store) -> set[str]:
    return set(persons(store))


def run(store: Store) -> dict[str, int]:
    gone: dict[str, int] = retention.run(store)["disposed"]
    return gone


def due(store: Store) -> dict[str, int]:
    """What the plan counts of register and ledger; replaced loads have a test of their own."""
    return {key: number for key, number in house.due(store).items() if not key.startswith("files")}


def test_R070_a_position_is_kept_24_months_after_its_verification_and_not_a_day_longer(any_store: Store) -> None:
    """R070, R068: the plan names what the run takes out; rows and snapshot are written anew."""
    store = any_store
    register(store, people("Vanha") + people("Uusi", verified=date(2026, 11, 1)))
    last = at(store, BORN + relativedelta(months=24))
    assert due(last) == {}
    over = at(last, last.today() + timedelta(days=1))
    place, person = positions(store)["p-Vanha"], persons(store)["Vanha"]
    plan = planned(over)
    assert (plan["register position"], plan["register person"]) == ({str(place)}, {str(person)})
    before = rows(store, "position", "source_id")["p-Uusi"]
    assert run(over) == {"register position": 1, "register person": 1}
    assert names(store) == {"Uusi"}
    assert rows(store, "position", "source_id")["p-Uusi"] == before
    assert due(over) == {}
    publish(over)
    assert names(store) == {"Uusi"}


def test_R070_a_job_change_at_month_20_extends_nothing_and_the_person_is_gone_at_24(store: Store) -> None:
    """The new position was never verified: it lives no longer than the person's last verification."""
    register(store, people("Vaihtaja"))
    later = at(store, BORN + 20 * MONTH)
    change = position("n-1", "Etu Vaihtaja", B, email="vaihtaja@a.example", verified=None, source_date=later.today())
    register(later, [*people("Vaihtaja"), change])
    assert len(positions(store)) == 2
    assert len(persons(store)) == 1
    still = at(store, BORN + 24 * MONTH)
    assert due(still) == {}
    over = at(store, still.today() + timedelta(days=1))
    assert due(over) == {"register position": 2, "register person": 1}
    run(over)
    assert names(store) == set()


def test_R070_updates_do_not_renew_a_position_and_a_verification_renews_that_position_alone(store: Store) -> None:
    """Every month a file comes with a new date; only at month 20 is one of two positions verified."""
    both = [
        position("p-1", "Etu Kaksi", A, email="kaksi@a.example", verified=BORN),
        position("p-2", "Etu Kaksi", B, email="kaksi@a.example", verified=BORN),
    ]
    register(store, both)
    for month in (8, 16):
        then = at(store, BORN + month * MONTH)
        register(then, [{**row, "source_date": then.today(), "title": f"Johtaja {month}"} for row in both])
    then = at(store, BORN + 20 * MONTH)
    register(then, [{**row, "source_date": then.today()} for row in (both[0], {**both[1], "verified": then.today()})])
    over = at(store, BORN + 24 * MONTH + timedelta(days=1))
    assert planned(over)["register position"] == {str(positions(store)["p-1"])}
    run(over)
    assert set(positions(store)) == {"p-2"}
    assert names(store) == {"Kaksi"}


def test_R070_a_position_never_verified_goes_24_months_after_it_was_obtained(store: Store) -> None:
    """Whatever dates its source gives it afterwards; another position's verification does not help it."""
    day = store.today()
    never = position("p-1", "Etu Ei", A, email="ei@a.example", verified=None)
    beside = position("p-2", "Etu Ei", B, email="ei@a.example", verified=BORN)
    register(store, [never, beside])
    then = at(store, day + 23 * MONTH)
    register(then, [{**never, "source_date": then.today()}, {**beside, "verified": then.today()}])
    assert due(at(store, day + 24 * MONTH)) == {}
    over = at(store, day + 24 * MONTH + timedelta(days=1))
    assert planned(over)["register position"] == {str(positions(store)["p-1"])}
    assert planned(over)["register person"] == set()


def test_R070_a_new_unverified_position_of_somebody_verified_lately_stays(store: Store) -> None:
    old = people("Tuttu")
    register(store, old)
    then = at(store, BORN + 30 * MONTH)
    new = position("n-1", "Etu Tuttu", B, email="tuttu@a.example", verified=None)
    register(then, [{**old[0], "verified": then.today()}, new])
    assert due(then) == {}


def test_R070_what_goes_leaves_the_stored_rows_of_every_load_physically(tmp_path: Path) -> None:
    """R061, R070: not one byte is left, in uncompressed mode; the others' rows are as before."""
    settings = load_settings(env={}, home=tmp_path / "home", actor="tester", uncompressed=True)
    store = create_store(settings, clock=fixed_clock(NOW))
    old = people("Xyzzyq", title="Xyznimike")
    register(store, old + people("Muu"))
    register(store, old + people("Muu", verified=date(2028, 9, 1)))
    assert _found(store, b"yzzyq")
    run(at(store, date(2028, 12, 1)))
    store.ledger.close()
    assert _found(store, b"yzzyq") == []
    assert _found(store, b"yznimike") == []
    assert _found(store, b"muu@a.example")


def _found(store: Store, marker: bytes) -> list[str]:
    return [path.name for path in store.home.root.rglob("*") if path.is_file() and marker in path.read_bytes()]


def test_R062_a_restricted_person_stays_whatever_the_age(any_store: Store) -> None:
    """R062: neither the position nor the person's rows in the ledger go; lifted, they do."""
    store = any_store
    register(store, people("Rajoitettu", "Vanha"))
    person = persons(store)["Rajoitettu"]
    ban = restrict.restrict(store, [person], via="letter")["restriction"]
    publish(store)
    over = at(store, date(2029, 1, 1))
    assert kept(over, "register position") == {"restricted": 1}
    run(over)
    assert names(store) == {"Rajoitettu"}
    assert due(over) == {}
    restrict.tell(over, ban, via="letter")
    restrict.lift(over, ban, reason="settled")
    assert due(over) == {"register position": 1, "register person": 1}


def test_R075_a_hold_keeps_a_person_or_one_position(store: Store) -> None:
    """R075: and nobody else."""
    register(store, people("Pidetty", "Vanha", "Toinen"))
    over = at(store, date(2029, 1, 1))
    who, where = persons(store)["Pidetty"], positions(store)["p-Toinen"]
    review = date(2030, 1, 1)
    row = ("register", "position", str(where))
    holding.place(over, case="HO 1", reason="claim", review_on=review, persons=[who])
    hold = holding.place(over, case="HO 2", reason="claim", review_on=review, rows=[row])["hold"]
    assert kept(over, "register position") == {"held": 2}
    run(over)
    assert names(store) == {"Pidetty", "Toinen"}
    holding.release(over, hold, reason="settled")
    run(over)
    assert names(store) == {"Pidetty"}


def test_R070_while_a_load_waits_for_a_publish_nothing_goes(store: Store) -> None:
    """It may have verified what the published register calls old: taking the rows out would lose the verification."""
    register(store, people("Vanha"))
    over = at(store, date(2029, 1, 1))
    add_load(over, "own", "positions", people("Vanha", verified=date(2028, 12, 1)))
    document = retention.plan(over)
    assert due(over) == {}
    assert kept(over, "register position") == {"waiting": 1}
    assert any("wait for a publish" in note for one in document["classes"] for note in one["notes"])
    assert "wait for a publish" in str(retention.run(over)["notes"])
    publish(over)
    assert due(over) == {}
    assert names(store) == {"Vanha"}


def test_R060_R096_what_the_ledger_keeps_of_a_person_goes_when_the_person_has_left(any_store: Store) -> None:
    """Corrections at once, notices after their 24 months; those of persons who stay, stay."""
    store = any_store
    register(store, people("Vanha", "Uusi"))
    who = persons(store)
    Filler(store, random.Random(1)).add(tables.notice_version, version=1)
    with store.write() as tx:
        for person in who.values():
            change = corrections.Change(person, None, "name", {"first_name": "E", "last_name": "T"}, None,
                                        source="data subject", reason="request")  # fmt: skip
            corrections.record(tx, change, made_on=store.today())
            tx.execute(tables.person_language.insert(), {"person": person, "language": "sv", "recorded_at": tx.at})
        notices.open_batch(tx, channel="email", version=1, persons=[(person, "fi") for person in who.values()])
    then = at(store, date(2028, 9, 1))
    register(then, people("Vanha") + people("Uusi", verified=then.today()))
    over = at(store, date(2028, 10, 2))
    assert due(over) == {
        "register position": 1, "register person": 1, "table correction": 1, "table person_language": 1,
    }  # fmt: skip
    assert run(over)["table correction"] == 1
    with store.ledger.read() as connection:
        assert list(connection.execute(select(tables.correction.c.person)).scalars()) == [who["Uusi"]]
        assert set(connection.execute(select(tables.notice.c.person)).scalars()) == set(who.values())
    assert run(at(store, date(2028, 11, 23)))["table notice"] == 1
    with store.ledger.read() as connection:
        assert list(connection.execute(select(tables.notice.c.person)).scalars()) == [who["Uusi"]]


def test_R070_nobody_knows_who_left_when_nothing_is_published(store: Store) -> None:
    with store.write() as tx:
        tx.execute(tables.person_language.insert(), {"person": 7, "language": "sv", "recorded_at": tx.at})
        tx.audit("test.row")
    assert due(at(store, date(2040, 1, 1))) == {}


def test_R062_somebody_restricted_while_the_run_works_is_not_taken_out(store: Store) -> None:
    """R062: the transaction that would move the pointer looks once more."""
    register(store, people("Vanha", "Toinen"))
    over = at(store, date(2029, 1, 1))

    def meanwhile(step: str) -> None:
        if step == "position.sealed":
            restrict.restrict(over, [persons(store)["Vanha"]], via="letter")

    with pytest.raises(Conflict, match="Run it again"):
        retention.run(over, checkpoint=meanwhile)
    assert names(store) == {"Vanha", "Toinen"}
    publish(over, force=True)
    assert names(store) == {"Vanha"}, "the restricted one as before; the other's stored rows had gone already"
    assert due(over) == {}


def test_R096_an_erasure_leaves_the_days_of_obtaining_as_they_were(store: Store) -> None:
    """R096, R070: of the others."""
    register(store, people("Pois", "Jää"))
    before = rows(store, "person_obtained", "person")
    gone = persons(store)["Pois"]
    erase.erase(store, erase.ErasureRequest(persons=[gone], ground="objection", via="email"))
    assert rows(store, "person_obtained", "person") == {who: row for who, row in before.items() if who != gone}


def test_R068_a_replaced_load_goes_after_30_days_and_the_published_one_never(store: Store) -> None:
    """Equal files are stored once: one goes only when no load needs it."""
    register(store, people("Yksi"))
    first = {load.data for load in _loads(store)}
    register(at(store, NOW + timedelta(days=1)), people("Kaksi", verified=date(2026, 11, 1)))
    assert house.due(at(store, NOW + timedelta(days=31))) == {}
    over = at(store, NOW + timedelta(days=32))
    assert planned(over)["files sources"] == first
    run(over)
    assert {store.relative(path) for path in store.home.sources.iterdir()} == {
        load.data for load in _loads(store)
    } - first
    publish(over)
    assert names(store) == {"Kaksi"}
    again = add_load(over, "own", "positions", people("Kolme"))
    assert pq.read_table(store.path(_loads(store)[-1].data)).num_rows == 1
    assert again == _loads(store)[-1].load


def _loads(store: Store) -> list[sources.Load]:
    with store.ledger.read() as connection:
        return sources.loads(connection)


def test_R068_a_load_of_the_published_register_stays_though_a_newer_one_came(store: Store) -> None:
    register(store, people("Yksi"))
    load(at(store, NOW + timedelta(days=1)), "own", [organisation(A)], people("Kaksi"))
    assert house.due(at(store, date(2027, 6, 1))) == {}
