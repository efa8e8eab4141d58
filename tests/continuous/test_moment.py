"""Bans, failures and second tries around the moment of a delivery: the ban always wins (R014, R032, R042)."""

from __future__ import annotations

import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.errors import BanUnreadable, LicenceRefused, StoreError
from core.files import sha256_file
from extracts import continuous, gate
from extracts.gate import seeds
from ledger import cuts, subscriptions
from ledger.store import Store
from tests import apart
from tests.continuous import crash, house
from tests.gate.house import Row, people


@pytest.fixture
def ready(store: Store) -> Store:
    seeds.stock_fictitious(store, 60)
    return store


def started(store: Store, to: Path, rows: list[Row]) -> house.Recipient:
    """A recipient that has its first delivery."""
    house.publish(store, rows)
    recipient = house.subscribe(store, to)
    recipient.deliver(store)
    return recipient


def holder(rows: list[Row], recipient: house.Recipient) -> Row:
    return next(row for row in rows if row.email in house.emails(recipient.table))


@pytest.mark.parametrize("step", ["bans", "compared", "render", "hash"])
def test_R014_a_ban_while_a_delta_is_made_wins(any_store: Store, tmp_path: Path, step: str) -> None:
    """Nothing of the person goes out as added or changed, and the very same delta removes the row."""
    seeds.stock_fictitious(any_store, 60)
    rows = people(30)
    recipient = started(any_store, tmp_path, rows)
    banned = holder(rows, recipient)
    house.publish(any_store, [replace(row, title="Uusi nimike") for row in rows], number=2)
    filed = []

    def late(here: str) -> None:
        if here == step and not filed:
            filed.append(house.ban(any_store, banned.person))

    made = recipient.deliver(any_store, checkpoint=late)
    assert filed
    assert banned.email not in house.emails(recipient.table)
    assert banned.email not in {row["email"] for row in house.rows(made)}
    assert made["removed"] >= 1


def test_a_ban_between_the_making_and_the_handing_over_withdraws_the_delta(ready: Store, tmp_path: Path) -> None:
    rows = people(30)
    house.publish(ready, rows)
    recipient = house.subscribe(ready, tmp_path)

    def dies(here: str) -> None:
        if here == "published":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        recipient.deliver(ready, checkpoint=dies)
    with ready.ledger.read() as connection:
        [waiting] = subscriptions.deltas(connection, recipient.subscription)
        assert waiting["delivered_at"] is None
    for row in rows[:3]:  # one of three is delivered for certain
        house.ban(ready, row.person)
    made = recipient.deliver(ready)
    assert (made["delta"], made["previous"]) == (1, None)
    assert not {row.email for row in rows[:3]} & house.emails(recipient.table)
    with ready.ledger.read() as connection:
        assert cuts.extract(connection, waiting["extract"])["state"] == "void"
        came = {seed["since"] for seed in subscriptions.seeds(connection, recipient.subscription)}
    assert came == {1}, "control records of the withdrawn one are used up"


def test_a_delta_that_was_made_and_not_handed_over_goes_out_as_it_is(ready: Store, tmp_path: Path) -> None:
    house.publish(ready, people(30))
    recipient = house.subscribe(ready, tmp_path)

    def dies(here: str) -> None:
        if here == "committed":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        recipient.deliver(ready, checkpoint=dies)
    house.publish(ready, people(33), number=2)
    assert recipient.deliver(ready)["delta"] == 0
    assert recipient.deliver(ready)["delta"] == 1


STEPS = (
    "policy", "bans", "rows", "check", "compared", "seeds", "fingerprint", "manifest", "render", "hash", "recorded",
    "manifest published", "committed", "published",
)  # fmt: skip


@pytest.mark.parametrize("step", STEPS)
def test_R032_a_delivery_killed_anywhere_leaves_nothing_half_done(ready: Store, tmp_path: Path, step: str) -> None:
    """Files, manifest, state and ledger agree again after the next delivery, and the recipient gets everything once."""
    rows = people(12)
    house.publish(ready, rows)
    recipient = house.subscribe(ready, tmp_path / "out")
    code, said = apart.run(crash.main, str(ready.home.root), recipient.subscription, step)
    assert code == -signal.SIGKILL, said[-2000:]
    made = recipient.deliver(ready)
    assert made["delta"] == 0
    with ready.ledger.read() as connection:
        [only] = subscriptions.deltas(connection, recipient.subscription)
        named = subscriptions.files_named(connection) | cuts.manifests(connection)
    lying = [*ready.home.subscriptions.iterdir(), *ready.home.manifests.glob("*.parquet")]
    assert {ready.relative(path) for path in lying} == named
    assert sha256_file(ready.path(only["state"])) == only["state_sha256"]
    assert not list(ready.home.staging.glob("extract-*"))
    assert recipient.deliver(ready)["delta"] is None


def test_nothing_goes_out_while_the_bans_cannot_be_read(
    ready: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipient = started(ready, tmp_path, people(20))
    house.publish(ready, people(24), number=2)

    def broken(*_: object, **__: object) -> None:
        raise BanUnreadable("bans_unreadable")

    monkeypatch.setattr("ledger.bans.blocked", broken)
    with pytest.raises(BanUnreadable):
        recipient.deliver(ready)


def test_two_at_a_time_make_one_delta(ready: Store, tmp_path: Path) -> None:
    """The first sees that its recipient obtained something meanwhile, begins again and finds nothing left to send."""
    recipient = started(ready, tmp_path, people(20))
    house.publish(ready, people(60), number=2)
    second = house.Recipient(recipient.subscription, tmp_path / "second", dict(recipient.table), recipient.last)
    others: list[dict[str, Any]] = []

    def meanwhile(here: str) -> None:
        if here == "compared" and not others:
            others.append(second.deliver(ready))

    made = recipient.deliver(ready, checkpoint=meanwhile)
    assert others[0]["delta"] == 1
    assert house.rows(others[0])
    assert made["delta"] is None
    with ready.ledger.read() as connection:
        assert [row["delta"] for row in subscriptions.deltas(connection, recipient.subscription)] == [0, 1]


def test_what_the_recipient_has_is_sealed(ready: Store, tmp_path: Path) -> None:
    """A damaged state is noticed; a whole delivery sets it right."""
    recipient = started(ready, tmp_path, people(20))
    with ready.ledger.read() as connection:
        [only] = subscriptions.deltas(connection, recipient.subscription)
    path = ready.path(only["state"])
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    house.publish(ready, people(24), number=2)
    with pytest.raises(StoreError) as damaged:
        recipient.deliver(ready)
    assert damaged.value.code == "state_damaged"
    made = recipient.deliver(ready, whole=True)
    assert made["whole"] is True
    assert made["held"] == len(recipient.table)
    assert recipient.deliver(ready)["delta"] is None


def test_states_before_the_last_delivered_one_are_deleted(ready: Store, tmp_path: Path) -> None:
    recipient = started(ready, tmp_path, people(20))
    for turn in (2, 3, 4):
        house.publish(ready, people(20 + turn), number=turn)
        recipient.deliver(ready)
    with ready.ledger.read() as connection:
        known = subscriptions.deltas(connection, recipient.subscription)
    assert [ready.path(row["state"]).exists() for row in known] == [False, False, False, True]


def test_an_extract_verb_on_a_delta_is_refused_and_a_revoked_one_is_not_handed_over(
    ready: Store, tmp_path: Path
) -> None:
    recipient = started(ready, tmp_path, people(20))
    with ready.ledger.read() as connection:
        [only] = subscriptions.deltas(connection, recipient.subscription)
    with ready.write() as tx:
        cuts.end(tx, only["extract"], event="revoked", reason="test")
    with pytest.raises(LicenceRefused) as refused:
        continuous.again(ready, recipient.subscription, 0, to=tmp_path / "again")
    assert refused.value.code == "extract_revoked"
    house.publish(ready, people(24), number=2)
    assert recipient.deliver(ready)["delta"] == 1, "what the recipient has is not undone by it"


def test_recovery_is_safe_to_say_at_any_time(ready: Store, tmp_path: Path) -> None:
    started(ready, tmp_path, people(20))
    assert gate.recover(ready) == {"removed": [], "published": [], "void": [], "swept": []}
    stray = ready.home.subscriptions / "stray.parquet"
    stray.write_bytes(b"x")
    assert gate.recover(ready)["swept"] == ["stray"]
