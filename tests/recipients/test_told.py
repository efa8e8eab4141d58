"""Telling recipients, each thing once: bans by a sweep, corrections, quarantined sources, recalled extracts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from sqlalchemy import insert, select, update

from core.clock import day_end
from core.errors import InvalidInput, LicenceRefused, NotFound
from ledger import bans, links, messages, sources, tables
from ledger.store import Store
from subjects import recipients
from subjects.recipients_told import deadlines
from tests.gate import house as gate_house
from tests.recipients import house
from tests.recipients.conftest import Held


def test_R023_a_ban_is_told_to_everyone_who_holds_the_person_by_row_and_neutral_code(held: Held) -> None:
    rows = house.rows_of(held.store)
    house.ban(held.store, house.PERSON)
    assert recipients.sweep(held.store) == 4
    assert house.named(held.store) == {
        one.customer: [(one.extract, rows[one.extract], "remove")] for one in held.recipients
    }


@pytest.mark.parametrize("kind", ["processing", "disclosure", "restriction", "erasure"])
def test_R063_a_ban_an_erasure_and_a_restriction_look_the_same(held: Held, kind: str) -> None:
    ban = house.ban(held.store, house.PERSON, kind=kind)
    recipients.sweep(held.store)
    with held.store.ledger.read() as connection:
        for message in messages.messages(connection):
            assert message["code"] == "remove"
            assert {kind, ban} & {str(value) for value in message.values()} == set()


def test_R063_what_was_told_is_not_told_again(held: Held) -> None:
    ban = house.ban(held.store, house.PERSON)
    assert recipients.tell(held.store, persons=[house.PERSON], code="remove", cause=ban) == 4
    assert recipients.tell(held.store, persons=[house.PERSON], code="remove", cause=ban) == 0
    house.ban(held.store, house.PERSON)
    assert recipients.sweep(held.store) == 0
    assert recipients.tell(held.store, persons=[house.PERSON], code="remove", cause="case-1") == 0
    assert len(house.told(held.store)) == 4


def test_R023_a_ban_whose_process_died_before_its_messages_is_told_by_the_next_sweep(held: Held) -> None:
    house.ban(held.store, house.PERSON)
    house.ban(held.store, house.PERSON + 1)
    assert house.told(held.store) == []
    assert recipients.sweep(held.store) == 4
    assert [message["rows"] for message in house.told(held.store)] == [2] * 4


def test_R023_a_sweep_that_dies_before_its_commit_leaves_everything_to_the_next(
    held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.ban(held.store, house.PERSON)

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("ledger.told.mark_told", die)
        with pytest.raises(KeyboardInterrupt):
            recipients.sweep(held.store)
    assert house.told(held.store) == []
    assert recipients.sweep(held.store) == 4


def test_R023_hits_of_a_ban_found_later_are_told_too(held: Held) -> None:
    ban = house.ban(held.store, house.PERSON)
    recipients.sweep(held.store)
    with held.store.write() as tx:
        bans.add_hits(tx, [(ban, "person", house.PERSON + 3, False)])
        tx.audit("test.found")
    assert recipients.sweep(held.store) == 4
    assert recipients.sweep(held.store) == 0


def test_R018_candidates_held_until_somebody_decides_are_told_at_once(held: Held) -> None:
    house.ban(held.store, house.PERSON, house.PERSON + 1, held=True)
    recipients.sweep(held.store)
    assert {len(rows) for rows in house.named(held.store).values()} == {2}


def test_R021_a_ban_of_one_channel_concerns_the_campaigns_that_use_it(held: Held) -> None:
    house.ban(held.store, house.PERSON, channel="phone")
    assert recipients.sweep(held.store) == 0
    house.ban(held.store, house.PERSON, channel="email")
    assert recipients.sweep(held.store) == 4


def test_R021_a_ban_of_a_position_or_an_organisation_names_their_rows(held: Held) -> None:
    house.ban(held.store, 1, target="position")
    house.ban(held.store, 20_000_010, target="organisation")
    recipients.sweep(held.store)
    one = held.recipients[0]
    expected = {house.rows_of(held.store, person)[one.extract] for person in (1001, 1002, 1003)}
    assert {row for _, row, _ in house.named(held.store)[one.customer]} == expected


def test_a_lifted_ban_that_nobody_was_told_of_is_not_told(held: Held) -> None:
    ban = house.ban(held.store, house.PERSON)
    with held.store.write() as tx:
        bans.lift(tx, ban, evidence="letter", approver="second")
    assert recipients.sweep(held.store) == 0


def test_only_those_who_may_still_have_the_rows_are_told(store: Store, tmp_path: Path) -> None:
    house.make(store, tmp_path, recipients=2, delivered=1)
    house.ban(store, house.PERSON)
    over = house.at(store, day_end(store.today()) + timedelta(days=60))
    assert recipients.sweep(store) == 1
    house.ban(store, house.PERSON + 1)
    before = len(house.told(store))
    recipients.sweep(over)
    assert {row["code"] for row in house.told(store)[before:]} <= {"dispose"}


@pytest.mark.parametrize(
    ("at", "last_day"),
    [
        (datetime(2026, 11, 22, 9, tzinfo=UTC), "2026-11-23"),  # a Sunday
        (datetime(2026, 11, 20, 9, tzinfo=UTC), "2026-11-23"),  # a Friday
        (datetime(2026, 12, 23, 9, tzinfo=UTC), "2026-12-28"),  # the eve of Christmas Eve
        (datetime(2026, 11, 23, 22, 30, tzinfo=UTC), "2026-11-25"),  # half past midnight in Helsinki, the 24th
    ],
)
def test_R023_a_message_goes_out_within_one_working_day_and_is_answered_in_five_days(
    at: datetime, last_day: str
) -> None:
    due = deadlines(at)
    assert due["send_by"] == day_end(datetime.fromisoformat(last_day).date())
    assert due["acknowledge_by"] == at + timedelta(days=5)


def test_R060_a_correction_is_told_with_its_new_value_and_only_of_columns_the_recipient_got(held: Held) -> None:
    changes = {"title": "Hallintojohtaja", "mobile": "+358401112223"}
    asked = {"persons": [house.PERSON], "code": "update", "cause": "correction-1", "changes": changes}
    assert recipients.tell(held.store, **asked) == 4
    assert recipients.tell(held.store, **asked) == 0
    assert recipients.tell(held.store, **asked | {"cause": "correction-2"}) == 4
    with held.store.ledger.read() as connection:
        for message in messages.messages(connection):
            assert [row["changes"] for row in messages.entries(connection, message["message"])] == [
                {"title": "Hallintojohtaja"}
            ]
    assert "Hallintojohtaja" not in house.audit_text(held.store)


def test_a_correction_of_columns_that_nobody_got_is_told_to_nobody(held: Held) -> None:
    changes = {"mobile": "+358401112223"}
    assert recipients.tell(held.store, persons=[house.PERSON], code="update", cause="c-1", changes=changes) == 0


def test_R063_a_row_to_be_removed_is_never_updated_and_its_new_values_are_forgotten(held: Held) -> None:
    changes = {"title": "Hallintojohtaja"}
    asked = {"persons": [house.PERSON], "code": "update", "changes": changes}
    recipients.tell(held.store, **asked, cause="correction-1")
    recipients.tell(held.store, persons=[house.PERSON + 1], code="update", changes=changes, cause="correction-2")
    house.ban(held.store, house.PERSON)
    recipients.sweep(held.store)
    assert recipients.tell(held.store, **asked, cause="correction-3") == 0
    states = sorted((message["code"], message["state"]) for message in house.told(held.store))
    assert states == [("remove", "open")] * 4 + [("update", "open")] * 4 + [("update", "withdrawn")] * 4
    with held.store.ledger.read() as connection:
        kept = connection.execute(select(tables.message_row.c.changes, tables.message_row.c.cause)).all()
    assert {cause for changes, cause in kept if changes is not None} == {"correction-2"}


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"code": "restrict", "cause": "c-1"}, "code"),
        ({"code": "update", "cause": "c-1"}, "changes"),
        ({"code": "update", "cause": "c-1", "changes": {"shoe_size": "44"}}, "changes"),
        ({"code": "remove", "cause": " "}, "cause"),
        ({"code": "remove", "cause": "c" * 101}, "cause"),
    ],
)
def test_what_cannot_be_told_is_refused(held: Held, asked: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        recipients.tell(held.store, persons=[house.PERSON], **asked)  # type: ignore[arg-type]
    assert caught.value.ids["field"] == field


def test_R063_a_recalled_extract_is_one_message_about_all_its_rows(held: Held) -> None:
    one = held.recipients[0]
    recipients.tell(
        held.store, persons=[house.PERSON], code="update", cause="correction-1", changes={"title": "Hallintojohtaja"}
    )
    message = recipients.tell_extract(held.store, one.extract, cause="breach-1")
    assert message is not None
    assert recipients.tell_extract(held.store, one.extract, cause="breach-1") is None
    house.ban(held.store, house.PERSON)
    assert recipients.sweep(held.store) == 3
    assert (one.extract, 0, "remove") in house.named(held.store)[one.customer]
    assert [m["state"] for m in house.told(held.store, one.customer) if m["code"] == "update"] == ["withdrawn"]


def test_an_extract_that_nobody_holds_is_not_recalled(held: Held) -> None:
    with pytest.raises(NotFound):
        recipients.tell_extract(held.store, "extract-none", cause="breach-1")
    with pytest.raises(LicenceRefused) as caught:
        recipients.tell_extract(house.later(held.store, days=60), held.recipients[0].extract, cause="breach-1")
    assert caught.value.code == "extract_not_held"


def _with_sources(store: Store) -> None:
    """Position 1 from ``broker`` alone, position 2 from it and another; the others from the other."""
    import duckdb

    path = next(store.home.snapshots.glob("*.duckdb"))
    with store.write() as tx:
        for source in ("broker", "other"):
            sources.ensure_source(tx, source)
            tx.execute(
                insert(tables.load),
                {
                    "load": 1 if source == "broker" else 2, "source": source, "kind": "positions", "mode": "full",
                    "files": [], "data": "x", "data_sha256": "x", "read": 0, "accepted": 0, "quarantined": 0,
                    "suppressed": 0, "reasons": {}, "obtained_on": store.today(), "loaded_at": store.now(),
                },
            )  # fmt: skip
    with duckdb.connect(str(path)) as connection:
        connection.execute("UPDATE position SET name_load = if(position <= 2, 1, 2), email_load = name_load")
        connection.execute("UPDATE position SET title_load = 2 WHERE position = 2")


def test_R063_a_quarantined_source_is_told_to_all_recipients_of_rows_that_only_it_knew(held: Held) -> None:
    """Infobel: the recipients of rows from an unlawful source are informed."""
    _with_sources(held.store)
    rows = house.rows_of(held.store)
    with held.store.write() as tx:
        sources.quarantine(tx, "broker")
    assert recipients.sweep(held.store) == 4
    assert recipients.sweep(held.store) == 0
    assert house.named(held.store) == {
        one.customer: [(one.extract, rows[one.extract], "remove")] for one in held.recipients
    }


def _forget_in_register(store: Store, person: int) -> None:
    """Publish without a person, keeping the link as a publish does."""
    from subjects import recipients_rows

    tokens = [
        {"kind": row["kind"], "token": row["token"], "person": person, "position": row["position"],
         "organisation": None, "source": "broker" if row["kind"] == "unit" else None}
        for row in recipients_rows.tokens(store, persons=[person]).to_pylist()
    ]  # fmt: skip
    people = [row for row in gate_house.people(12) if row.person != person]
    gate_house.publish(store, people, name="20261122T090000-s1-000000000002")
    with store.write() as tx:
        assert links.keep(tx, tokens) == 2
        assert links.keep(tx, tokens) == 0
        tx.audit("test.kept")


def test_R072_who_left_the_register_is_still_found_and_its_recipients_are_told(held: Held) -> None:
    rows = house.rows_of(held.store)
    _forget_in_register(held.store, house.PERSON)
    assert house.rows_of(held.store) == rows
    assert {one.position for one in recipients.holdings(held.store, [house.PERSON])} == {1}
    house.ban(held.store, house.PERSON)
    assert recipients.sweep(held.store) == 4


def test_R063_a_source_is_told_of_although_its_rows_left_the_register_before(held: Held) -> None:
    _forget_in_register(held.store, house.PERSON)
    with held.store.write() as tx:
        sources.ensure_source(tx, "broker")
        sources.quarantine(tx, "broker")
    assert recipients.sweep(held.store) == 4


def test_R018_a_merged_persons_rows_are_found_under_either_id(held: Held, cool_down: Callable[[], None]) -> None:
    kept = house.PERSON + 1
    rows = house.rows_of(held.store, kept)
    path = next(held.store.home.snapshots.glob("*.duckdb"))
    cool_down()
    with duckdb.connect(str(path)) as connection:
        connection.execute("INSERT INTO person_alias VALUES (1001, 1002)")
        connection.execute("UPDATE position SET person = 1002 WHERE person = 1001")
        connection.execute("DELETE FROM person WHERE person = 1001")
    for asked in (house.PERSON, kept):
        found = recipients.holdings(held.store, [asked])
        assert len(found) == 8
        assert {one.person for one in found} == {asked}
        assert set(rows.items()) <= {(one.extract, one.row) for one in found}


def test_R023_messages_and_their_memory_are_the_same_on_both_databases(any_store: Store, tmp_path: Path) -> None:
    made = house.make(any_store, tmp_path, recipients=2)
    house.ban(any_store, house.PERSON)
    assert recipients.sweep(any_store) == 2
    assert recipients.sweep(any_store) == 0
    changes = {"title": None}
    assert recipients.tell(any_store, persons=[1002], code="update", cause="c-1", changes=changes) == 2
    house.ban(any_store, 1002)
    assert recipients.sweep(any_store) == 2
    assert sorted(one["state"] for one in house.told(any_store, made[0].customer)) == ["open", "open", "withdrawn"]
    with any_store.write() as tx:
        tx.execute(update(tables.told).values(fence=0))
        tx.audit("test.forgot")
    assert recipients.sweep(any_store) == 0
