"""The notice gate (R096, R098): not told, not cut; not told in a month, gone; a bounce counts at once."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from core.errors import InvalidInput, InvalidTransition, NotFound, Refused
from ledger import bans, notices
from ledger.notices import Outcome
from ledger.store import Store
from register.publish import publish
from tests.notices.house import DAY, at, bounce, campaign, counted, newcomers, obtained, person, persons, send, version
from tests.register.loads import A, load, organisation, position

LATER = timedelta(days=14)


def test_R096_a_new_person_is_in_no_cut_until_told(store: Store) -> None:
    newcomers(store, "Anna Aho")
    assert counted(store, campaign(store)) == (0, 1)


def test_R096_told_on_day_0_in_cuts_from_day_14(store: Store) -> None:
    anna = newcomers(store, "Anna Aho")["Anna Aho"]
    work = campaign(store)
    send(store, anna)
    publish(store)
    assert counted(at(store, DAY + timedelta(days=13)), work) == (0, 1)
    assert counted(at(store, DAY + LATER), work) == (1, 0)


def test_R096_a_bounce_counts_at_once_without_a_publish(store: Store) -> None:
    found = newcomers(store, "Anna Aho", "Bertta Berg")
    work = campaign(store)
    batch = send(store, *found.values())
    publish(store)
    later = at(store, DAY + LATER)
    assert counted(later, work) == (2, 0)
    bounce(later, batch, found["Anna Aho"])
    assert counted(later, work) == (1, 1)
    publish(later)
    assert counted(later, work) == (1, 1)


def test_R096_after_a_bounce_another_channel_counts_from_its_own_day(store: Store) -> None:
    anna = newcomers(store, "Anna Aho")["Anna Aho"]
    work = campaign(store)
    batch = send(store, anna)
    publish(store)
    fifth = at(store, DAY + timedelta(days=5))
    bounce(fifth, batch, anna)
    send(fifth, anna, channel="post")
    day14 = at(store, DAY + LATER)
    assert counted(day14, work) == (0, 1)
    publish(day14)
    assert counted(day14, work) == (0, 1)
    assert counted(at(store, DAY + timedelta(days=19)), work) == (1, 0)


@pytest.mark.parametrize(("day", "left"), [(date(2026, 12, 22), 1), (date(2026, 12, 23), 0)])
def test_R096_whoever_is_not_told_within_a_month_of_obtaining_leaves_the_register(
    store: Store, day: date, left: int
) -> None:
    """Obtained 22 November: the month ends with 22 December; day 31 is the first without the person."""
    newcomers(store, "Anna Aho")
    load(store, "old", [], [position("o1", "Olli Oras", A, notified=date(2026, 10, 1))])
    publish(at(store, day), force=True)
    assert len(persons(store, "Anna Aho")) == left
    assert len(persons(store, "Olli Oras")) == 1


def test_R096_who_leaves_is_nowhere_in_the_file(store: Store) -> None:
    newcomers(store, "Anna Aho")
    load(store, "old", [], [position("o1", "Olli Oras", A)])
    plain = at(store, date(2026, 12, 23))
    plain = type(plain)(
        plain.settings.model_copy(update={"uncompressed": True}), plain.home, plain.ledger, plain.clock, plain.actor
    )
    publish(plain, force=True)
    (snapshot,) = plain.home.snapshots.iterdir()
    content = snapshot.read_bytes()
    assert b"Oras" in content
    assert b"n0@a.example" not in content


def test_R096_a_reload_does_not_start_a_new_month(store: Store) -> None:
    newcomers(store, "Anna Aho")
    december = at(store, date(2026, 12, 20))
    load(december, "old", [], [position("o1", "Olli Oras", A)])
    load(december, "new", [organisation(A)], [position("n0", "Anna Aho", A, notified=None, email="n0@a.example")])
    with december.write() as tx:
        from sqlalchemy import update

        from ledger import tables

        tx.execute(update(tables.load).where(tables.load.c.load > 2).values(obtained_on=date(2026, 12, 20)))
        tx.audit("test.obtained")
    publish(december, force=True)
    assert len(persons(store, "Anna Aho")) == 1
    publish(at(store, date(2026, 12, 23)), force=True)
    assert persons(store, "Anna Aho") == set()


def test_R096_whoever_was_told_in_time_stays(store: Store) -> None:
    anna = newcomers(store, "Anna Aho")["Anna Aho"]
    send(store, anna)
    publish(at(store, date(2027, 3, 1)), force=True)
    assert person(store, "Anna Aho") == anna


def test_R062_a_restricted_person_is_not_removed_for_want_of_a_notice(store: Store) -> None:
    found = newcomers(store, "Anna Aho")
    load(store, "old", [], [position("o1", "Olli Oras", A)])
    with store.write() as tx:
        bans.record(
            tx, kind="restriction", target="person", via="letter", received_on=DAY, channel=None, keys=[], key_id="k",
            hits=[("person", found["Anna Aho"], False)],
        )  # fmt: skip
    publish(at(store, date(2027, 3, 1)), force=True)
    assert persons(store, "Anna Aho") == {found["Anna Aho"]}
    publish(at(store, date(2027, 4, 1)), force=True)
    assert persons(store, "Anna Aho") == {found["Anna Aho"]}


def test_R096_a_notice_to_a_merged_away_id_is_a_notice_to_the_person(store: Store) -> None:
    load(store, "s1", [organisation(A)], [position("1", "Anna Aho", A, email="a@a.example", notified=None)])
    load(store, "s2", [], [position("2", "Anna Virta", A, mobile="+358401234567", notified=None)])
    obtained(store, DAY)
    publish(store)
    former = person(store, "Anna Virta")
    work = campaign(store)
    send(store, former)
    both = position("3", "Anna Aho", A, email="a@a.example", mobile="+358401234567", notified=None)
    load(store, "s3", [], [both])
    obtained(store, DAY)
    publish(store, force=True)
    assert persons(store, "Anna Virta") == persons(store, "Anna Aho")
    available, waiting = counted(at(store, DAY + LATER), work)
    assert (available > 0, waiting) == (True, 0)


@pytest.mark.parametrize("channel", ["website", "web", "phone", ""])
def test_R096_a_website_cannot_be_recorded_as_a_notice(store: Store, channel: str) -> None:
    with store.write() as tx:
        version(tx, store)
        with pytest.raises(InvalidInput) as caught:
            notices.open_batch(tx, channel=channel, version=1, persons=[(1, "fi")])
    assert caught.value.code == "value_unknown"


def test_R096_the_database_itself_knows_no_website(any_store: Store) -> None:
    from sqlalchemy import exc, insert

    from core.errors import StoreError
    from ledger import tables

    with any_store.write() as tx:
        version(tx, any_store)
        batch = notices.open_batch(tx, channel="email", version=1, persons=[])
    with pytest.raises((StoreError, exc.IntegrityError)), any_store.write() as tx:
        row = {"batch": batch, "person": 1, "channel": "website", "language": "fi", "state": "sent"}
        tx.execute(insert(tables.notice), row)
        tx.audit("test.website")


def test_states_of_a_notice(any_store: Store) -> None:
    with any_store.write() as tx:
        version(tx, any_store)
        batch = notices.open_batch(tx, channel="email", version=1, persons=[(1, "fi"), (2, "sv"), (3, "en")])
        done = notices.record(tx, batch, [Outcome(1, "sent", DAY, "log"), Outcome(2, "failed", DAY, None)])
        assert done == {"sent": 1, "failed": 1, "unchanged": 0}
        again = notices.record(tx, batch, [Outcome(1, "sent", DAY, "log"), Outcome(1, "failed", DAY, "bounce")])
        assert again == {"sent": 0, "failed": 1, "unchanged": 1}
    with any_store.ledger.read() as connection:
        assert notices.waiting(connection, batch) == [3]
        (one,) = notices.of_person(connection, 1)
        assert (one["state"], one["version"], one["proof"], one["language"]) == ("failed", 1, "bounce", "fi")
        assert notices.batches(connection)[0]["states"] == {"exported": 1, "failed": 2}
    for outcome, error in (
        (Outcome(2, "sent", DAY, "log"), InvalidTransition),
        (Outcome(9, "sent", DAY, "log"), NotFound),
    ):
        with any_store.write() as tx:
            with pytest.raises(error):
                notices.record(tx, batch, [outcome])
            tx.abandon()
    with any_store.write() as tx:
        assert notices.cancel(tx, batch) == 1
    with pytest.raises(InvalidTransition), any_store.write() as tx:
        notices.cancel(tx, batch)


def test_R098_a_material_change_cannot_take_effect_before_its_notice(any_store: Store) -> None:
    with any_store.write() as tx:
        version(tx, any_store)
        with pytest.raises(Refused) as caught:
            version(tx, any_store, material=True, effective_on=DAY + timedelta(days=13), changed=["purposes"])
        assert caught.value.code == "notice_effect_early"
        assert version(tx, any_store, material=True, effective_on=DAY + LATER, changed=["purposes"]) == 2
        assert version(tx, any_store, changed=["contact"]) == 3


def test_R098_once_a_material_change_holds_only_who_was_told_of_it_is_cut(store: Store) -> None:
    found = newcomers(store, "Anna Aho", "Bertta Berg")
    load(store, "old", [], [position("o1", "Olli Oras", A, notified=date(2026, 10, 1))])
    work = campaign(store)
    send(store, *found.values())
    publish(store)
    effect = DAY + timedelta(days=30)
    with store.write() as tx:
        version(tx, store, material=True, effective_on=effect, changed=["purposes"])
    assert counted(at(store, effect - timedelta(days=1)), work) == (3, 0)
    send(store, found["Anna Aho"])
    on_the_day = at(store, effect)
    with pytest.raises(Refused) as caught:
        counted(on_the_day, work)
    assert caught.value.code == "notice_version_behind"
    publish(on_the_day, force=True)
    assert counted(on_the_day, work) == (1, 2)
