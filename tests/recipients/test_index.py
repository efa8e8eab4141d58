"""The index of manifests says where to look; missing, old or damaged, the answer is the same."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ledger import disclosures
from subjects import recipients, recipients_index
from tests.gate import house as gate_house
from tests.recipients import house
from tests.recipients.conftest import Held


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recipients_index, "LEAST", 2)


def _refresh(held: Held, *, force: bool = False) -> int:
    with held.store.ledger.read() as connection:
        return recipients_index.refresh(held.store, disclosures.disclosures(connection), force=force)


def _looked_at(held: Held, person: int) -> int:
    """How many manifests are opened to answer for a person."""
    from subjects import recipients_rows

    wanted = recipients_rows.tokens(held.store, persons=[person])
    with held.store.ledger.read() as connection:
        among = disclosures.disclosures(connection)
    return len(recipients_index.narrowed(held.store, among, wanted["token"]))


def _another(held: Held, number: int) -> str:
    """One more extract, of persons 7 to 12 only."""
    people = gate_house.people(12)[6:]
    deal = gate_house.deal(held.store, number=2_000 + number)
    return str(gate_house.release(held.store, deal, gate_house.pool_of(people))["extract"])


def test_only_manifests_that_hold_the_person_are_opened(held: Held) -> None:
    before = recipients.holdings(held.store, [house.PERSON])
    _another(held, 1)
    assert _looked_at(held, house.PERSON) == 5
    assert _refresh(held) == 5
    assert _looked_at(held, house.PERSON) == 4
    assert _looked_at(held, 1012) == 5
    assert _looked_at(held, 999) == 0
    assert recipients.holdings(held.store, [house.PERSON]) == before
    assert len(recipients.holdings(held.store, [], positions=[1])) == 4
    assert len(recipients.holdings(held.store, [], organisations=[20_000_010])) == 8


def test_what_came_after_the_index_is_looked_through(held: Held) -> None:
    _refresh(held)
    extract = _another(held, 1)
    assert _refresh(held) == 0
    assert extract in {one.extract for one in recipients.holdings(held.store, [1012])}
    _another(held, 2)
    assert _refresh(held) == 2
    assert _refresh(held, force=True) == 0


def test_R072_a_segment_goes_with_a_manifest_it_names(held: Held) -> None:
    """A manifest that is written anew without its links takes its tokens out of the index too."""
    _refresh(held)
    directory = held.store.home.manifests / "index"
    old = {path.name for path in directory.iterdir()}
    with held.store.ledger.read() as connection:
        left = disclosures.disclosures(connection)[1:]
    assert recipients_index.refresh(held.store, left) == 3
    assert old.isdisjoint(path.name for path in directory.iterdir())


def _lose(path: Path) -> None:
    path.unlink()


def _cut_short(path: Path) -> None:
    os.truncate(path, 40)


def _other_type(path: Path) -> None:
    np.save(path, np.zeros(3, dtype=np.int8))


@pytest.mark.parametrize("harm", [_lose, _cut_short, _other_type])
def test_a_damaged_index_costs_time_and_is_made_again(held: Held, harm: Callable[[Path], None]) -> None:
    before = recipients.holdings(held.store, [house.PERSON])
    _refresh(held)
    [words] = (held.store.home.manifests / "index").glob("*.npy")
    harm(words)
    assert recipients.holdings(held.store, [house.PERSON]) == before
    assert _refresh(held, force=True) == 4
    assert _looked_at(held, 999) == 0


def test_a_flipped_bit_is_found_by_the_digest_when_the_index_grows(held: Held) -> None:
    _refresh(held)
    [words] = (held.store.home.manifests / "index").glob("*.npy")
    content = bytearray(words.read_bytes())
    content[-3] ^= 1
    words.write_bytes(content)
    _another(held, 1)
    _another(held, 2)
    assert _refresh(held) == 6


def test_one_process_writes_the_index_at_a_time(held: Held) -> None:
    _refresh(held, force=True)
    _another(held, 1)
    descriptor = os.open(held.store.home.manifests / "index", os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        assert _refresh(held, force=True) == 0
    finally:
        os.close(descriptor)
    assert _refresh(held, force=True) == 1


def test_a_sweep_keeps_the_index_and_is_not_hurt_by_it(held: Held, monkeypatch: pytest.MonkeyPatch) -> None:
    house.ban(held.store, house.PERSON)
    assert recipients.sweep(held.store) == 4
    assert list((held.store.home.manifests / "index").glob("*.npy"))
    from core.errors import StoreError

    def full(*_: object, **__: object) -> None:
        raise StoreError("disk_full", path="index")

    monkeypatch.setattr(recipients_index, "refresh", full)
    house.ban(held.store, house.PERSON + 1)
    assert recipients.sweep(held.store) == 4
