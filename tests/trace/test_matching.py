"""From suspect lines to counted units: ties, repeats, erased and normalised marks, shared campaigns (R039)."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from extracts.trace import trace
from extracts.trace.matching import Matching, open_matching
from extracts.trace.suspect import read_suspect
from ledger import traces
from ledger.store import Store
from schemas import codes
from tests.trace.house import HIGH, LOW, House, Person, leak, people

EVERYBODY = people(300, seed=2)
HALF = np.full((10, 2), 0.5)
MARKED = [person for person in EVERYBODY if len(person.codes) > 1]


@contextmanager
def joined(store: Store, file: Path) -> Iterator[Matching]:
    """The matched suspect, and how many units it shows."""
    with store.ledger.read() as connection:
        extracts = traces.released_extracts(connection)
    with open_matching(store, suspect=read_suspect(file), extracts=extracts) as join:
        join.match()
        yield join


def _counts(store: Store, file: Path) -> list[tuple[int, bool, int]]:
    """(extract, delivered, units), the channels left aside."""
    with joined(store, file) as join:
        tally = join.tally(join.channels(), share=HALF)
    found: dict[tuple[int, bool], int] = {}
    for extract, delivered, units in zip(tally.extract, tally.delivered, tally.units, strict=True):
        found[int(extract), bool(delivered)] = found.get((int(extract), bool(delivered)), 0) + int(units)
    return sorted((extract, delivered, units) for (extract, delivered), units in found.items())


def _moved(person: Person, **other: str) -> Person:
    """The same person in another position."""
    return replace(person, nonce=other.pop("nonce", person.nonce[::-1]), **other)  # type: ignore[arg-type]


def test_a_unit_counts_once_however_many_lines_show_it(store: Store, tmp_path: Path) -> None:
    """fingerprint.md 2.1 and 8: linked rows are one bit."""
    cut = House(store).release("x1", EVERYBODY[:40], deliver=20)
    assert _counts(store, leak(tmp_path / "l.csv", cut.rows * 5)) == [(0, True, 20)]


def test_the_organisation_tells_two_positions_of_one_person_apart(store: Store, tmp_path: Path) -> None:
    first = EVERYBODY[0]
    second = _moved(
        first,
        business_id=EVERYBODY[1].business_id,
        organisation=EVERYBODY[1].organisation,
        organisation_fold=EVERYBODY[1].organisation_fold,
    )
    house = House(store)
    house.release("x1", [first, second], deliver=2)
    shown = [{"e": first.email or "", "f": first.first, "l": first.last, "o": EVERYBODY[1].organisation}]
    shown += [
        {"e": person.email or "", "f": person.first, "l": person.last, "o": person.organisation}
        for person in EVERYBODY[5:30]
    ]
    assert _counts(store, leak(tmp_path / "l.csv", shown)) == [(0, True, 1)]
    with joined(store, tmp_path / "l.csv") as join:
        assert len(join.lines(0)) == 1


def test_an_ambiguous_line_speaks_only_where_the_pool_holds_one_of_the_units(store: Store, tmp_path: Path) -> None:
    first = EVERYBODY[0]
    second = _moved(first, business_id=EVERYBODY[1].business_id)
    house = House(store)
    house.release("x1", [first, second, EVERYBODY[3]], deliver=3)
    house.release("x2", [second, EVERYBODY[3]], deliver=2)
    file = leak(tmp_path / "l.csv", [{"e": first.email or ""}, {"e": EVERYBODY[3].email or ""}])
    assert _counts(store, file) == [(0, True, 1), (1, True, 2)]


def test_a_shared_mailbox_is_resolved_by_the_mobile(store: Store, tmp_path: Path) -> None:
    shared = [replace(person, email="info@firma.example") for person in EVERYBODY[:3]]
    House(store).release("x1", shared, deliver=3)
    bare = leak(tmp_path / "bare.csv", [{"e": "info@firma.example"}])
    assert _counts(store, bare) == []
    full = leak(tmp_path / "full.csv", [{"e": "info@firma.example", "m": shared[1].mobile or ""}])
    assert _counts(store, full) == [(0, True, 1)]


def test_symbols_are_read_through_other_separators_and_labels(store: Store, tmp_path: Path) -> None:
    """R037: the order survives what spreadsheets and people do to a list."""
    cut = House(store).release("x1", MARKED, deliver=len(MARKED))
    labels = codes.responsibilities()
    styles = [
        " / ".join,
        lambda listed: ", ".join(labels[code].fi for code in listed),
        " ".join,
        lambda listed: "\n".join(code.lower() for code in listed),
    ]
    rows = [
        {"e": row["email"], "v": styles[number % 4](row["responsibilities"].split(";"))}
        for number, row in enumerate(cut.rows)
    ]
    with joined(store, leak(tmp_path / "l.csv", rows)) as join:
        channels = join.channels()
        tally = join.tally(channels, share=HALF)
    assert [channel.name for channel in channels] == ["list"]
    assert channels[0].zeros + channels[0].ones == len(MARKED)
    assert np.all(np.isclose(tally.ratio, 1 / LOW) | np.isclose(tally.ratio, 1 / HIGH)), "every symbol agrees"


def test_a_unit_seen_with_both_symbols_is_erased(store: Store, tmp_path: Path) -> None:
    cut = House(store).release("x1", MARKED[:60], deliver=60)
    both = [{"e": row["email"], "v": ";".join(reversed(row["responsibilities"].split(";")))} for row in cut.rows[:20]]
    rows = [{"e": row["email"], "v": row["responsibilities"]} for row in cut.rows]
    with joined(store, leak(tmp_path / "l.csv", rows + both)) as join:
        [channel] = join.channels()
        tally = join.tally([channel], share=HALF)
    assert (channel.erased, channel.zeros + channel.ones) == (20, 40)
    assert int(tally.units[np.isnan(tally.ratio[:, 0])].sum()) == 20


def test_a_channel_that_was_sorted_is_dropped(store: Store, tmp_path: Path) -> None:
    """fingerprint.md 2.5: decided by the leak alone."""
    cut = House(store).release("x1", MARKED[:80], deliver=80)
    rows = [{"e": row["email"], "v": ";".join(sorted(row["responsibilities"].split(";")))} for row in cut.rows]
    with joined(store, leak(tmp_path / "l.csv", rows)) as join:
        [channel] = join.channels()
        tally = join.tally([channel], share=HALF)
    assert (channel.zeros, channel.ones, channel.dropped) == (80, 0, True)
    assert np.isnan(tally.ratio).all()


def test_other_responsibilities_than_delivered_are_unknown_and_a_third_order_is_erased(
    store: Store, tmp_path: Path
) -> None:
    long = next(person for person in MARKED if len(person.codes) == 3)
    House(store).release("x1", [long, MARKED[1]], deliver=2)
    first, second, third = long.codes
    rows = [
        {"e": long.email or "", "v": f"{second};{first};{third}"},
        {"e": MARKED[1].email or "", "v": "IT;BRD;GM;HR;LEG"},
    ]
    with joined(store, leak(tmp_path / "l.csv", rows)) as join:
        [channel] = join.channels()
    assert (channel.erased, channel.zeros, channel.ones) == (1, 0, 0)


@pytest.mark.parametrize("seed", range(3))
def test_the_counts_equal_a_slow_reading_of_the_same_manifests(store: Store, tmp_path: Path, seed: int) -> None:
    """Property: DuckDB's groups against a loop over rows."""
    chance = random.Random(seed)
    house = House(store)
    pools = [chance.sample(EVERYBODY, 120) for _ in range(4)]
    cuts = [
        house.release(f"x{number}", pool, deliver=80, customer=f"c{number % 2}") for number, pool in enumerate(pools)
    ]
    shown = chance.sample(cuts[0].rows + cuts[1].rows, 90)
    cell_of: dict[str, set[str]] = {}
    for row in shown:
        cell_of.setdefault(row["email"], set()).add(row["responsibilities"])
    expected: dict[tuple[int, bool, float | None], int] = {}
    for number, (pool, cut) in enumerate(zip(pools, cuts, strict=True)):
        delivered = {row["email"]: row["responsibilities"] for row in cut.rows}
        for person in pool:
            if person.email not in cell_of:
                continue
            ratio = None
            orders = {";".join(person.codes), ";".join(reversed(person.codes))}
            seen = cell_of[person.email] & orders
            if person.email in delivered and len(orders) == 2 and len(seen) == 1:
                bias = HIGH if house.derived["bias"].mac(f"{person.nonce}:list".encode())[-1] & 1 else LOW
                descending = seen == {";".join(reversed(person.codes))}
                ratio = round(1 / (bias if descending else 1 - bias), 6) if seen == {delivered[person.email]} else 0.0
            key = (number, person.email in delivered, ratio)
            expected[key] = expected.get(key, 0) + 1
    with joined(store, leak(tmp_path / "l.csv", shown, columns={"email": "e", "responsibilities": "v"})) as join:
        tally = join.tally(join.channels(), share=HALF)
    found: dict[tuple[int, bool, float | None], int] = {}
    for extract, whole, ratio, units in zip(
        tally.extract, tally.delivered, tally.ratio[:, 0], tally.units, strict=True
    ):
        key = (int(extract), bool(whole), None if np.isnan(ratio) else round(float(ratio), 6))
        found[key] = found.get(key, 0) + int(units)
    assert found == expected


def test_a_repeated_selection_accuses_the_customer_and_names_the_campaign_by_its_own_marks(
    store: Store, tmp_path: Path
) -> None:
    """fingerprint.md 2.7: the holes are the customer's; only extract-scope marks and seeds tell its campaigns apart."""
    house = House(store)
    house.release("x1", EVERYBODY, deliver=150, customer="c1", campaign="spring")
    cut = house.release("x2", EVERYBODY, deliver=150, customer="c1", campaign="autumn")
    house.release("x3", EVERYBODY, deliver=150, customer="c2", campaign="other")
    bare = trace(store, leak(tmp_path / "bare.csv", cut.rows, columns={"email": "e"}))
    assert [(one["customer"], one["campaign"]) for one in bare["accused"]] == [("c1", None)]
    whole = trace(store, leak(tmp_path / "whole.csv", cut.rows))
    assert [(one["extract"], one["customer"], one["campaign"]) for one in whole["accused"]] == [("x2", "c1", "autumn")]


def test_rows_of_one_campaign_only_name_it_without_marks(store: Store, tmp_path: Path) -> None:
    """A unit that no other campaign of the customer holds speaks for this one."""
    house = House(store)
    cut = house.release("x1", EVERYBODY[:200], deliver=100, customer="c1", campaign="spring")
    house.release("x2", EVERYBODY[200:], deliver=50, customer="c1", campaign="autumn")
    result = trace(store, leak(tmp_path / "bare.csv", cut.rows, columns={"email": "e"}))
    assert [(one["extract"], one["campaign"]) for one in result["accused"]] == [("x1", "spring")]


def test_a_reseller_is_reported_beside_the_end_customer(store: Store, tmp_path: Path) -> None:
    house = House(store)
    cut = house.release("x1", EVERYBODY[:200], deliver=100, customer="end", reseller="middle")
    house.release("x2", EVERYBODY[:200], deliver=100, customer="c2")
    result = trace(store, leak(tmp_path / "l.csv", cut.rows))
    assert [one["customer"] for one in result["accused"]] == ["end"]
    assert [one["reseller"] for one in result["resellers"]] == ["middle"]


def test_a_void_extract_never_left_the_house(store: Store, tmp_path: Path) -> None:
    cut = House(store).release("x1", EVERYBODY[:200], deliver=100, state="void")
    result = trace(store, leak(tmp_path / "l.csv", cut.rows))
    assert (result["accused"], result["leads"], result["matched"]) == ([], [], 0)


def test_an_order_that_excludes_earlier_ones_does_not_incriminate_its_customer(store: Store, tmp_path: Path) -> None:
    """R039, T28: who was withheld first and is eligible again has a high rank, so the fresh are delivered more often
    than the pool's share says; a lawful list of all fresh persons must not look like a copy."""
    everybody = people(1750, seed=3)
    house = House(store)
    first = house.release("x1", everybody[:700], deliver=350, customer="c1")
    had = {row["email"] for row in first.rows}
    again = [person for person in everybody if person.email not in had]
    second = house.release("x2", again, deliver=700, customer="c1", excluding=True)
    fresh = [{"email": person.email or ""} for person in everybody[700:]]
    # Three in five are expected to be delivered; half would be the pool's share. The keys are drawn anew each time.
    assert sum(row["email"] in {one["email"] for one in fresh} for row in second.rows) > 0.53 * len(fresh)
    assert trace(store, leak(tmp_path / "lawful.csv", fresh))["accused"] == []
    copy = trace(store, leak(tmp_path / "copy.csv", random.Random(4).sample(second.rows, 80), columns={"email": "e"}))
    assert [one["extract"] for one in copy["accused"]] == ["x2"]
