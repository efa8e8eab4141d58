"""Doubtful rows are shown to a person, a few candidates at a time, and stand as decided from then on (R049)."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.clock import Clock
from core.errors import InvalidInput
from core.settings import load_settings
from datacare import matching, review
from datacare.jobs import open_job
from extracts import care_folder
from ledger import audit
from ledger.store import Store, open_store
from tests.care.conftest import HEADER, Write, add_agreement
from tests.care.test_changes import People, matched


@pytest.fixture
def doubtful(people: People) -> People:
    """Rows with little to go by: half a name, a town, and a Y-tunnus that agrees with nothing else."""
    bare = dict.fromkeys(HEADER, "")
    other = {"Yritys": "Aivan Toinen Oy"}
    alone = [bare | other | {"Asiakasnro": f"D{n}", "Y-tunnus": people[n]["Y-tunnus"]} for n in range(3)]
    return [*alone, *people[3:6]]


def test_R049_the_queue_shows_name_and_city_of_three_at_most_and_logs_it_first(
    register_store: Store, agreement: str, crm: Write, doubtful: People, people: People
) -> None:
    job = matched(register_store, agreement, crm(HEADER, *doubtful))["job"]
    waiting = review.queue(register_store, job)
    assert waiting
    chances = [max(one["p"] for one in item["candidates"]) for item in waiting]
    assert chances == sorted(chances, reverse=True)
    for item in waiting:
        assert 1 <= len(item["candidates"]) <= 3
        assert all(set(one) == {"organisation", "p", "name", "city"} for one in item["candidates"])
    with register_store.ledger.read() as connection:
        logged = audit.entries(connection, action="care.candidates_shown", limit=50)
    assert [entry["ids"]["row"] for entry in logged] == [
        item["row"] for item in sorted(waiting, key=lambda i: i["row"])
    ]


def test_R049_a_decision_holds_at_once_and_at_the_next_upload(
    register_store: Store, agreement: str, crm: Write, doubtful: People, people: People
) -> None:
    file = crm(HEADER, *doubtful)
    job = matched(register_store, agreement, file)["job"]
    first, second = review.queue(register_store, job)[:2]
    chosen = first["candidates"][0]["organisation"]
    review.decide(register_store, job, first["row"], organisation=chosen)
    review.decide(register_store, job, second["row"], organisation=review.NOBODY)
    left = [item["row"] for item in review.queue(register_store, job)]
    assert first["row"] not in left
    assert second["row"] not in left
    again = open_job(register_store, agreement, file)["job"]
    matching.match_job(register_store, again)
    for one in (job, again):
        decided = care_folder.find(register_store, one).read_table(matching.DECISIONS).to_pylist()
        by_row = {line["row"]: line for line in decided}
        assert (by_row[first["row"]]["state"], by_row[first["row"]]["by"]) == ("auto", "person")
        assert (by_row[second["row"]]["state"], by_row[second["row"]]["org"]) == ("none", None)


def test_a_decision_names_a_candidate_of_a_row_of_the_job(
    register_store: Store, agreement: str, crm: Write, doubtful: People, people: People
) -> None:
    job = matched(register_store, agreement, crm(HEADER, *doubtful))["job"]
    with pytest.raises(InvalidInput) as refused:
        review.decide(register_store, job, 999, organisation=review.NOBODY)
    assert refused.value.code == "care_row_unknown"
    row = review.queue(register_store, job)[0]["row"]
    with pytest.raises(InvalidInput) as refused:
        review.decide(register_store, job, row, organisation="0112038-9")
    assert refused.value.code == "value_unknown"


def test_R049_decisions_teach_the_weights_of_that_customer_when_there_are_enough(
    register_store: Store, agreement: str, crm: Write, doubtful: People, people: People, clock: Clock
) -> None:
    """R045: three decisions are too few where four are asked for, and another customer's rows are judged as before."""
    like = [doubtful[0] | {"Asiakasnro": f"L{n}", "Y-tunnus": people[n]["Y-tunnus"]} for n in range(6, 9)]
    unlike, file = people[9:12], crm(HEADER, *like, *people[9:12], name="next.csv")
    job = matched(register_store, agreement, crm(HEADER, *doubtful))["job"]
    for item in review.queue(register_store, job):
        review.decide(register_store, job, item["row"], organisation=review.NOBODY)
    before, _ = _judged(register_store, agreement, file)
    stranger = add_agreement(register_store, business_id="6000002-9")
    home = register_store.home.root
    learning = open_store(load_settings(env={"RAJAUS_CARE_DECIDED_ROWS": "3"}, home=home, actor="tester"), clock=clock)
    few = open_store(load_settings(env={"RAJAUS_CARE_DECIDED_ROWS": "4"}, home=home, actor="tester"), clock=clock)
    after, taught = _judged(learning, agreement, file)
    assert taught == 3
    assert all(now < then - 0.05 for now, then in zip(after[:3], before[:3], strict=True))
    assert after[3:] == pytest.approx(before[3:], abs=0.01)
    assert len(unlike) == len(after[3:])
    assert _judged(few, agreement, file) == (before, 0)
    assert _judged(learning, stranger, file) == (before, 0)
    learning.ledger.close()
    few.ledger.close()


def _judged(store: Store, agreement: str, file: Path) -> tuple[list[float], int]:
    """The probability of each row, and how many decisions were learnt from."""
    document = matched(store, agreement, file)
    decided = care_folder.find(store, document["job"]).read_table(matching.DECISIONS)
    return decided["p"].to_pylist(), document["taught"]
