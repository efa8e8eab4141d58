"""What a recipient of continuous use is delivered: everybody first, then what differs, removals first (R042)."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from core.errors import LicenceRefused
from core.files import sha256_file
from core.signing import VALID, check, public_key
from extracts import continuous, subscriptions
from extracts.gate import seeds
from ledger import subscriptions as ledger
from ledger.store import Store
from schemas import codes, crm
from subjects import recipients
from tests.continuous import house
from tests.gate.house import people


@pytest.fixture
def ready(store: Store) -> Store:
    seeds.stock_fictitious(store, 60)
    return store


@pytest.fixture
def ready_anywhere(any_store: Store) -> Store:
    seeds.stock_fictitious(any_store, 60)
    return any_store


def test_R042_the_first_delivery_is_everybody_and_later_ones_what_differs(
    ready_anywhere: Store, tmp_path: Path
) -> None:
    everybody = people(40)
    house.publish(ready_anywhere, everybody)
    recipient = house.subscribe(ready_anywhere, tmp_path / "out")
    first = recipient.deliver(ready_anywhere)
    assert (first["delta"], first["previous"], first["removed"], first["changed"]) == (0, None, 0, 0)
    withheld = {row.email for row in everybody} - house.emails(recipient.table)
    assert first["added"] == first["held"] == 45 - len(withheld)

    assert recipient.deliver(ready_anywhere)["delta"] is None, "nothing differs"

    stays = [row for row in everybody if row.email not in withheld]
    changed, gone = stays[0], stays[1]
    later = [replace(row, title="Tutkimusjohtaja") if row == changed else row for row in everybody if row != gone]
    later += people(43)[40:]
    house.publish(ready_anywhere, later, number=2)
    second = recipient.deliver(ready_anywhere)
    assert (second["delta"], second["previous"], second["changed"]) == (1, 0, 1)
    assert second["removed"] >= 1, "a control record may leave with the row"
    [told] = [row for row in house.rows(second) if row["change"] == "changed"]
    assert (told["email"], told["title"], told["changed_fields"]) == (changed.email, "Tutkimusjohtaja", "title")
    assert gone.email not in house.emails(recipient.table)
    new = house.emails(recipient.table) - {row.email for row in everybody}
    assert new <= {row.email for row in later if row.position > 40}
    assert second["added"] == len(new) + (1 if withheld or len(new) else 0) or second["added"] == len(new)


def test_R042_R026_every_removal_looks_the_same(ready: Store, tmp_path: Path) -> None:
    """Ban, restriction, erasure, out of date, no longer selected, gone from the register: a key each, and nothing else.
    Nor does a message besides tell them apart."""
    everybody = people(40)
    house.publish(ready, everybody)
    recipient = house.subscribe(ready, tmp_path / "out")
    recipient.deliver(ready)
    held = [row for row in everybody if row.email in house.emails(recipient.table)]
    banned, restricted, erased, stale, moved, gone = held[:6]
    house.ban(ready, banned.person)
    house.ban(ready, restricted.person, kind="restriction")
    house.ban(ready, erased.person, kind="erasure")
    later = [replace(row, responsibilities=("HR",)) if row == moved else row for row in everybody if row != gone]
    house.publish(ready, later, number=2, unverified=[stale.position])
    assert recipients.sweep(ready) == 0, "the delta tells, no message does"
    made = recipient.deliver(ready)
    files = [Path(file["path"]) for file in made["files"] if "-1-removed" in file["path"]]
    lines = files[0].read_text(encoding="utf-8").splitlines()
    assert lines[0] == '"rajaus_key"'
    assert made["removed"] == len(lines) - 1 >= 6
    assert {len(line) for line in lines[1:]} == {28}
    gone_for_good = {row.email for row in (banned, restricted, erased, stale, moved, gone)}
    assert not gone_for_good & house.emails(recipient.table)


def test_R042_unacknowledged_removals_stop_additions_and_not_removals(ready_anywhere: Store, tmp_path: Path) -> None:
    everybody = people(46)
    house.publish(ready_anywhere, everybody[:40])
    recipient = house.subscribe(ready_anywhere, tmp_path / "out")
    recipient.deliver(ready_anywhere)
    held = [row for row in everybody if row.email in house.emails(recipient.table)]
    house.ban(ready_anywhere, held[0].person)
    assert recipient.deliver(ready_anywhere)["removed"] >= 1

    late = house.at(ready_anywhere, ready_anywhere.now() + timedelta(days=5))
    retitled = [replace(row, title="Uusi nimike") if row == held[5] else row for row in everybody]
    house.publish(late, retitled, number=2)
    with pytest.raises(LicenceRefused) as refused:
        recipient.deliver(late)
    assert refused.value.code == "removal_unacknowledged"
    house.ban(late, held[1].person)
    made = recipient.deliver(late)
    assert (made["additions_stopped"], made["added"], made["changed"]) == (True, 0, 0)
    assert made["removed"] >= 1
    assert held[1].email not in house.emails(recipient.table)
    shown = subscriptions.show(late, recipient.subscription)
    assert [delta["late_to_acknowledge"] for delta in shown["deltas"]] == [False, True, False]

    recipient.acknowledge(late)
    made = recipient.deliver(late)
    assert made["additions_stopped"] is False
    assert made["changed"] == 1
    with late.ledger.read() as connection:
        withheld = {row["withheld"] for row in [ledger.subscription(connection, recipient.subscription)]}
    assert withheld
    assert {row.email for row in everybody[40:]} & house.emails(recipient.table)


def test_a_removal_within_five_days_stops_nothing(ready: Store, tmp_path: Path) -> None:
    everybody = people(40)
    house.publish(ready, everybody)
    recipient = house.subscribe(ready, tmp_path / "out")
    recipient.deliver(ready)
    house.ban(ready, next(row for row in everybody if row.email in house.emails(recipient.table)).person)
    recipient.deliver(ready)
    soon = house.at(ready, ready.now() + timedelta(days=4, hours=23))
    house.publish(soon, [replace(row, title="Uusi nimike") for row in everybody], number=2)
    assert recipient.deliver(soon)["changed"] > 30


def test_row_keys_are_stable_and_of_one_subscription_alone(ready: Store, tmp_path: Path) -> None:
    """R042: the key tells the recipient its row, and nobody that two recipients hold the same person."""
    everybody = people(40)
    house.publish(ready, everybody)
    one, other = (house.subscribe(ready, tmp_path / name, number=number) for number, name in enumerate("ab", start=1))
    for recipient in (one, other):
        recipient.deliver(ready)
    assert not set(one.table) & set(other.table)
    assert not {row["ban_url"] for row in one.table.values()} & {row["ban_url"] for row in other.table.values()}
    key_of = {row["email"]: key for key, row in one.table.items()}
    house.publish(ready, [replace(row, title="Uusi nimike") for row in everybody], number=2)
    one.deliver(ready)
    assert {row["email"]: key for key, row in one.table.items()} == key_of


def test_whoever_stays_looks_the_same_in_a_whole_delivery(ready: Store, tmp_path: Path) -> None:
    """Marks, ban links and control records are those of the subscription: a second copy adds nothing to the first."""
    house.publish(ready, people(60))
    recipient = house.subscribe(ready, tmp_path / "out")
    recipient.deliver(ready)
    before = dict(recipient.table)
    made = recipient.deliver(ready, whole=True)
    assert made["whole"] is True
    assert made["held"] == len(before)
    assert recipient.table == before


def test_a_lost_delivery_is_handed_over_again_while_nothing_stands_against_it(ready: Store, tmp_path: Path) -> None:
    everybody = people(40)
    house.publish(ready, everybody)
    recipient = house.subscribe(ready, tmp_path / "out")
    first = recipient.deliver(ready)
    again = continuous.again(ready, recipient.subscription, 0, to=tmp_path / "again")
    assert house.rows(again) == house.rows(first)
    house.ban(ready, next(row for row in everybody if row.email in house.emails(recipient.table)).person)
    with pytest.raises(LicenceRefused) as refused:
        continuous.again(ready, recipient.subscription, 0, to=tmp_path / "late")
    assert refused.value.code == "extract_banned_since"


def test_only_the_licensed_and_asked_fields_go(ready: Store, tmp_path: Path) -> None:
    """R029"""
    house.publish(ready, people(30))
    recipient = house.subscribe(ready, tmp_path / "out", channels=("email",), fields=("last_name", "email"))
    recipient.deliver(ready)
    assert {tuple(row) for row in recipient.table.values()} == {("rajaus_key", "last_name", "email", "ban_url")}


def test_a_change_that_the_recipient_does_not_get_is_none(ready: Store, tmp_path: Path) -> None:
    everybody = people(30)
    house.publish(ready, everybody)
    recipient = house.subscribe(ready, tmp_path / "out", channels=("email",), fields=("last_name", "email"))
    recipient.deliver(ready)
    house.publish(ready, [replace(row, title="Uusi", mobile="+358401112222") for row in everybody], number=2)
    assert recipient.deliver(ready)["delta"] is None


@pytest.mark.parametrize("form", ["xlsx", "parquet", "jsonl", "csv-excel", *codes.CRM_FORMATS])
def test_every_format_carries_a_delta(ready: Store, tmp_path: Path, form: str) -> None:
    everybody = people(30)
    house.publish(ready, everybody)
    recipient = house.subscribe(ready, tmp_path / "out", formats=("csv", form))
    recipient.deliver(ready)
    house.ban(ready, next(row for row in everybody if row.email in house.emails(recipient.table)).person)
    made = recipient.deliver(ready)
    listed = {(file["step"], file["format"]): file for file in house.described(made)["apply"]}
    assert listed["remove", form]["rows"] == made["removed"]
    path = next(Path(file["path"]) for file in made["files"] if file["path"].endswith(listed["remove", form]["file"]))
    assert sha256_file(path) == listed["remove", form]["sha256"]
    if form in codes.CRM_FORMATS:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            found = list(csv.DictReader(lines))
        assert [row[crm.profiles()[form].key] for row in found] == [row["rajaus_key"] for row in house.removed(made)]


def test_a_delivery_describes_itself_and_is_signed(ready: Store, tmp_path: Path) -> None:
    house.publish(ready, people(30))
    recipient = house.subscribe(ready, tmp_path / "out")
    made = recipient.deliver(ready)
    document = house.described(made)
    assert check(document, [public_key(ready.key("licence"))]) == VALID
    assert (document["subscription"], document["delta"], document["whole"]) == (recipient.subscription, 0, True)
    card = next(Path(file["path"]) for file in made["files"] if file["path"].endswith("LICENCE.txt"))
    text = card.read_text(encoding="utf-8")
    for part in (
        recipient.subscription,
        "https://tilaaja.example/tietosuoja",
        "hävittää itse",
        "itself removes",
        "ban_url",
    ):
        assert part in text
    assert "$" not in text
