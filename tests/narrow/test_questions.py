"""Counts for customers against whoever would single out a person, a ban or a seed by differences (R026, R080, T24)."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Collection
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st
from sqlalchemy import select

from core.errors import Refused
from core.keys import Key
from extracts import orders
from extracts.count import count
from extracts.cut import cut
from extracts.narrow.blur import OTHERS, blurred, blurred_facets
from extracts.narrow.budget import BUCKETS, Limits, Question, base_of, overlaps, packed, spent, tally_of, unpacked
from extracts.narrow.questions import ask
from ledger import tables
from ledger.store import Store
from schemas.criteria import parse_criteria
from subjects.ban_request import BanRequest
from subjects.bans import add_ban
from tests.narrow import house
from tests.narrow.solver import Told, narrowed, possible, world
from tests.published import open_campaign, read_csv

KEY = Key(bytes(range(32)), "test")
TODAY = date(2026, 11, 22)
K = 10
LIMITS = Limits(user=60, customer=200, overlap=30)


# --- numbers ----------------------------------------------------------------------------------------------------------


@given(st.integers(0, 100_000), st.integers(2, 50))
def test_R080_a_number_is_shown_as_a_step_that_it_reaches(number: int, threshold: int) -> None:
    shown = blurred(number, threshold=threshold, key=KEY)
    assert shown == blurred(number, threshold=threshold, key=KEY)
    if isinstance(shown, str):
        assert number < threshold
        assert shown == f"fewer than {threshold}"
    else:
        assert shown % threshold == 0
        assert max(threshold, number - 2 * threshold + 2) <= shown <= number


def test_R080_no_step_ends_where_it_can_be_guessed() -> None:
    """Between two neighbours the shown number goes up and down by the key; with another key elsewhere."""
    shown = [blurred(number, threshold=K, key=KEY) for number in range(100, 200)]
    other = [blurred(number, threshold=K, key=Key(bytes(32), "other")) for number in range(100, 200)]
    assert shown != other
    falls = sum(int(b) < int(a) for a, b in pairwise(shown))
    assert falls > 10
    assert {
        len({number for number in range(100, 200) if blurred(number, threshold=K, key=KEY) == step})
        for step in (120, 150)
    } != {K}


@given(st.lists(st.integers(1, 60), max_size=8), st.one_of(st.none(), st.integers(0, 4)))
def test_R080_small_values_go_with_so_many_others_that_nothing_follows(counts: list[int], unseen: int | None) -> None:
    facets = {"region": [{"value": f"{n:02d}", "label": "", "count": number} for n, number in enumerate(counts)]}
    possible_values = {"region": None if unseen is None else len(counts) + unseen}
    [shown] = blurred_facets(facets, possible=possible_values, threshold=K, key=KEY).values()
    listed = [value["value"] for value in shown if value["value"] != OTHERS]
    hidden = [number for n, number in enumerate(counts) if f"{n:02d}" not in listed]
    assert all(counts[int(value)] >= K for value in listed)
    if hidden or unseen is None or unseen:
        assert not shown or (sum(hidden) >= K and shown[-1]["value"] == OTHERS), "what is hidden is large together"
        assert len(hidden) + (unseen if unseen is not None else 2) >= 2 or not shown
    else:
        assert len(listed) == len(counts)


# --- which questions are near, and how many there may be --------------------------------------------------------------


def bucket(row: int) -> int:
    return int.from_bytes(hashlib.sha256(f"row {row}".encode()).digest()[:8]) % BUCKETS


def question(rows: Collection[int], *, by: str = "anna", on: date = TODAY, shape: str = "s", **more: Any) -> Question:
    tally = np.bincount([bucket(row) for row in rows], minlength=BUCKETS).astype(np.int64)
    return Question(by, on, more.pop("snapshot", "one"), shape, len(rows), tally, **more)


@given(st.sets(st.integers(0, 500)), st.sets(st.integers(0, 500)))
def test_T24_questions_that_differ_in_fewer_rows_than_the_threshold_are_always_seen(a: set[int], b: set[int]) -> None:
    """One-sided: a tally never makes two near questions look far."""
    near = base_of(question(a), [question(b, answer="b")], threshold=K)
    if len(a ^ b) < K:
        assert near is not None
        assert near.answer == "b"


def test_T24_far_questions_are_not_taken_for_near_ones() -> None:
    draw = random.Random(1)
    for _ in range(200):
        base = set(draw.sample(range(100_000), draw.randint(0, 2000)))
        other = base ^ set(draw.sample(range(100_000), draw.randint(16, 400)))
        assert base_of(question(base), [question(other)], threshold=K) is None


@pytest.mark.parametrize(
    ("change", "near"),
    [({}, True), ({"shape": "t"}, False), ({"snapshot": "two"}, False), ({"fresh": False}, False), ({"by": "b"}, True)],
)
def test_T24_only_a_counted_question_of_the_same_shape_and_snapshot_is_repeated(
    change: dict[str, Any], near: bool
) -> None:
    assert (base_of(question(range(50)), [question(range(50), **change)], threshold=K) is not None) is near


def test_T24_overlaps_are_told_from_the_tallies() -> None:
    draw = random.Random(2)
    for _ in range(200):
        one = set(draw.sample(range(1_000_000), draw.randint(200, 3000)))
        shared = set(draw.sample(sorted(one), len(one) * draw.choice((0, 5, 9)) // 10))
        other = shared | set(draw.sample(range(1_000_000, 2_000_000), len(one)))
        assert overlaps(question(one), question(other)) is (len(shared) > len(one) / 4)
    assert not overlaps(question([]), question(range(10)))


@pytest.mark.parametrize(
    ("earlier", "budget"),
    [
        ([], None),
        ([{"rows": 20, "by": "anna"}] * 2, None),
        ([{"rows": 20, "by": "anna"}] * 3, "user"),
        ([{"rows": 20, "by": "anna", "on": TODAY - timedelta(days=1)}] * 3, None),
        ([{"rows": 20, "by": "anna", "fresh": False}] * 9, None),
        ([{"rows": 20, "by": "b"}] * 5, "customer"),
        ([{"rows": 0, "by": "b", "on": TODAY - timedelta(days=9)}] * 4, "overlap"),
        ([{"rows": 0, "by": "b", "on": TODAY - timedelta(days=9)}] * 3, None),
    ],
)
def test_R080_budgets_are_by_user_by_customer_and_by_overlap(earlier: list[dict[str, Any]], budget: str | None) -> None:
    """``rows`` is where an earlier question of 300 rows begins, in hundreds; the new one begins at 0."""
    made = [
        question(range(100 * one["rows"], 100 * one["rows"] + 300), **{k: v for k, v in one.items() if k != "rows"})
        for one in earlier
    ]
    assert spent(question(range(300)), made, limits=Limits(user=3, customer=5, overlap=4)) == budget


@given(st.dictionaries(st.integers(0, BUCKETS - 1), st.integers(1, 100_000)))
def test_a_tally_is_kept_whole(rows: dict[int, int]) -> None:
    tally = tally_of(list(rows), list(rows.values()))
    assert (unpacked(packed(tally)) == tally).all()


# --- two hundred counts against a solver ------------------------------------------------------------------------------


class Door:
    """The door with a register of numbers behind it: who is asked for, and who of them may be delivered."""

    def __init__(self, deliverable: Collection[int]) -> None:
        self.deliverable = set(deliverable)
        self.earlier: list[Question] = []

    def ask(self, rows: Collection[int]) -> int | str | None:
        """The answer; None when the budget is spent."""
        asked = question(rows)
        base = base_of(asked, self.earlier, threshold=K)
        if base is None and spent(asked, self.earlier, limits=LIMITS) is not None:
            return None
        answer = base.answer if base else blurred(len(self.deliverable & set(rows)), threshold=K, key=KEY)
        self.earlier.append(replace(asked, answer=answer, fresh=base is None))
        return answer


def told(parts: Collection[str], answer: int | str, *, certain: bool) -> Told:
    """What an attacker who knows all but the key learns: an answer may be that of nearly the same rows, unless nothing
    came before."""
    least, most = (0, K - 1) if isinstance(answer, str) else (answer, answer + 2 * K - 2)
    slack = 0 if certain else K - 1
    return Told(frozenset(parts), max(0, least - slack), most + slack)


def test_T24_two_hundred_counts_with_and_without_one_person_tell_of_nobody() -> None:
    """R026, R080: a target group of 60 of whom some are banned; each question leaves out one of them. Every person may
    as well be banned as not, for all that a complete solver can tell."""
    draw = random.Random(3)
    group = set(range(60))
    door = Door(group - set(draw.sample(sorted(group), 12)))
    answers = [door.ask(group - {n % 60} if n % 2 else group) for n in range(200)]
    assert len(set(answers)) == 1, "one person more or less does not show"
    everybody = [f"p{n}" for n in sorted(group)]
    bounds = dict.fromkeys(everybody, (0, 1))
    facts = [told(everybody, answers[0] or 0, certain=True)]
    facts += [
        told([p for p in everybody if p != f"p{n % 60}"], answer or 0, certain=False)
        for n, answer in enumerate(answers)
        if n % 2
    ]
    assert narrowed(bounds, facts) == bounds
    for person in draw.sample(everybody, 4):
        assert possible(bounds, facts, person) == {0, 1}


@pytest.mark.parametrize("seed", [2, 8, 11])
def test_T24_padding_the_difference_tells_no_small_cell_either(seed: int) -> None:
    """Each question differs from every other by more than the threshold, so that none repeats another; the target is in
    every second one. Groups of 3 to 40 rows, the target of one or four. The budget ends it before the solver can tell
    any cell below the threshold, nor even whether there is anybody in it: it may hold none or nine."""
    draw = random.Random(seed)
    sizes = {"base": draw.randint(30, 60), "target": draw.choice((1, 4))}
    sizes |= {f"pad{n}": draw.choice((3, 7, 12, 16, 25, 40)) for n in range(8)}
    rows: dict[str, list[int]] = {}
    start = 0
    for name, size in sizes.items():
        rows[name] = list(range(start, start + size))
        start += size
    door = Door(range(start))
    bounds = dict.fromkeys(sizes, (0, 100))
    facts, refused = [], 0
    for number in range(200):
        pads = draw.sample([name for name in sizes if name.startswith("pad")], draw.randint(1, 5))
        parts = ["base", *pads, *(["target"] if number % 2 else [])]
        fresh = sum(one.fresh for one in door.earlier)
        answer = door.ask([row for part in parts for row in rows[part]])
        if answer is None:
            refused += 1
            continue
        facts.append(told(parts, answer, certain=sum(one.fresh for one in door.earlier) > fresh))
    assert refused
    assert sum(one.fresh for one in door.earlier) <= LIMITS.user
    for name, size in sizes.items():
        if size < K:
            for value in (0, K - 1):
                assert world({**bounds, name: (value, value)}, facts) is not None


# --- on the published sample ------------------------------------------------------------------------------------------

WIDE: dict[str, Any] = {"organisation": {"region": ["06"]}, "person": {"level": [1, 2, 3]}}


def asking(store: Store, campaign: str, document: dict[str, Any], **more: Any) -> dict[str, Any]:
    return ask(store, campaign, parse_criteria(document), **more)


def hashed(path: Path, *mails: str) -> str:
    path.write_text("\n".join(hashlib.sha256(mail.lower().encode()).hexdigest() for mail in mails), encoding="utf-8")
    return str(path)


def test_R026_a_ban_moves_no_number_that_a_customer_sees(register_store: Store, campaign: str) -> None:
    before = asking(register_store, campaign, WIDE, with_facets=True)
    order = orders.place(register_store, campaign, parse_criteria(WIDE | {"limit": 30}))
    rows = read_csv(Path(cut(register_store, order["order"])["files"][0]["path"]))
    for row in [row for row in rows if row["email"]][:3]:
        add_ban(register_store, BanRequest(via="web", email=row["email"]))
    assert asking(register_store, campaign, WIDE, with_facets=True) == before


@pytest.mark.parametrize("level", ["hashes", "person", "organisation"])
def test_R026_what_a_question_is_about_does_not_depend_on_bans(
    register_store: Store, campaign: str, tmp_path: Path, level: str
) -> None:
    """T24: else whoever leaves out exactly so many rows that it shows would see whether one of them is banned."""
    order = orders.place(register_store, campaign, parse_criteria(WIDE | {"limit": 30}))
    rows = read_csv(Path(cut(register_store, order["order"])["files"][0]["path"]))
    mails = [row["email"] for row in rows if row["email"]]
    excluded = {"hashes_file": hashed(tmp_path / "own.txt", *mails)} if level == "hashes" else {"earlier_orders": level}
    asking(register_store, campaign, WIDE | {"exclude": excluded})
    for mail in mails[:3]:
        add_ban(register_store, BanRequest(via="web", email=mail))
    asking(register_store, campaign, WIDE | {"exclude": excluded})
    with register_store.ledger.read() as connection:
        found = connection.execute(select(tables.question.c.asked, tables.question.c.fresh)).all()
    (everybody, _), (before, fresh), (after, again) = found  # the order was a question too
    assert (after, fresh, again) == (before, True, False)
    assert before <= everybody - 20


def test_R038_leaving_out_rows_of_a_file_one_by_one_marks_no_seed(
    register_store: Store, campaign: str, tmp_path: Path
) -> None:
    """T24: whoever has a file asks for the count without each of its rows in turn; a seed would change nothing."""
    order = orders.place(register_store, campaign, parse_criteria(WIDE | {"limit": 60}))
    made = cut(register_store, order["order"])
    mails = [row["email"] for row in read_csv(Path(made["files"][0]["path"])) if row["email"]]
    assert made["seeds"] > 0
    answers = [asking(register_store, campaign, WIDE)]
    for number, mail in enumerate(mails[:12]):
        without = {"exclude": {"hashes_file": hashed(tmp_path / f"{number}.txt", mail)}}
        answers.append(asking(register_store, campaign, WIDE | without))
    assert all(answer == answers[0] for answer in answers)
    without = {"exclude": {"hashes_file": hashed(tmp_path / "all.txt", *mails)}}
    assert count(register_store, campaign, parse_criteria(WIDE | without))["already_received"] >= 40
    assert asking(register_store, campaign, WIDE | without) != answers[0], "a file of many rows does count"


def test_R080_a_handful_is_told_as_fewer_and_its_traits_are_not(register_store: Store, campaign: str) -> None:
    few = {"organisation": {"municipality": ["005"]}, "person": {"level": [1]}}
    shown = asking(register_store, campaign, few, with_facets=True)
    assert (shown["to_deliver"], shown["organisations"]) == ("fewer than 10", "fewer than 10")
    assert not any(shown["facets"].values())
    assert set(shown) == {"snapshot", "in_steps_of", "to_deliver", "organisations", "facets"}


def test_R080_the_budget_ends_and_repetition_is_free(register_store: Store) -> None:
    store = house.at(register_store, register_store.now(), count_budget_user=2)
    campaign = open_campaign(store)
    regions = ["01", "06", "17"]
    first, _ = (asking(store, campaign, {**WIDE, "organisation": {"region": [region]}}) for region in regions[:2])
    with pytest.raises(Refused) as refused:
        asking(store, campaign, {**WIDE, "organisation": {"region": regions[2:]}})
    assert (refused.value.code, refused.value.ids) == ("count_budget_spent", {"budget": "user", "limit": 2})
    assert asking(store, campaign, {**WIDE, "organisation": {"region": regions[:1]}}) == first
    other = replace(store, actor="toinen")
    asking(other, campaign, {**WIDE, "organisation": {"region": regions[2:]}})


def test_R080_a_group_and_a_reseller_share_their_budget(register_store: Store) -> None:
    store = house.at(register_store, register_store.now(), count_budget_customer=1)
    mother = house.add_customer(store, 1)
    daughter = house.add_customer(store, 2, parent=mother)
    reseller, end = house.add_customer(store, 3), house.add_customer(store, 4)
    for one, other in (
        (house.open_campaign(store, mother), house.open_campaign(store, daughter)),
        (house.open_campaign(store, end, party=reseller), house.open_campaign(store, daughter, party=reseller)),
    ):
        store = replace(store, actor="a")
        asking(store, one, {**WIDE, "person": {"responsibility": ["IT"]}})
        with pytest.raises(Refused) as refused:
            asking(replace(store, actor="b"), other, {**WIDE, "organisation": {"region": ["01"]}})
        assert refused.value.ids["budget"] == "customer"


def test_R080_on_a_replica_customers_are_not_answered(register_store: Store, campaign: str) -> None:
    replica = house.at(register_store, register_store.now(), ledger_role="replica")
    with pytest.raises(Refused) as refused:
        asking(replica, campaign, WIDE)
    assert refused.value.code == "count_on_replica"
