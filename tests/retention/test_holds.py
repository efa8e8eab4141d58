"""Legal holds keep what they name and nothing else; a recipient's own data end (R075); bans do not (R073)."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import pytest
from dateutil.relativedelta import relativedelta
from sqlalchemy import select

from core.errors import Conflict, InvalidInput, InvalidTransition, NotFound
from ledger import bans, contacts, customers, holds, tables, tasks
from ledger.store import Store
from register.publish import publish
from register.sources.load import load_files
from subjects import retention
from subjects.ban_request import BanRequest
from subjects.bans import add_ban
from subjects.retention import holding
from tests.moment import NOW
from tests.retention import house
from tests.retention.house import at, due, kept, people, planned
from tests.retention.rows import Filler

REVIEW = date(2027, 6, 1)
OLD = NOW - timedelta(days=1000)


def old_tasks(store: Store, number: int) -> list[str]:
    filler = Filler(store, random.Random(1))
    return [filler.add(tables.task, closed_at=OLD)["task"] for _ in range(number)]


def audited(store: Store, action: str) -> list[dict[str, Any]]:
    with store.ledger.read() as connection:
        query = select(tables.audit.c.ids).where(tables.audit.c.action == action).order_by(tables.audit.c.seq)
        return list(connection.execute(query).scalars())


def test_R075_a_hold_stops_the_deletion_of_only_the_named_rows(any_store: Store) -> None:
    """R075: placed, reviewed, released, each with its audit row; then the row goes like the others did."""
    store = any_store
    first, second, third = old_tasks(store, 3)
    placed = holding.place(store, case="HO 2026/7", reason="claim", review_on=REVIEW, rows=[("table", "task", second)])
    assert planned(store)["table task"] == {first, third}
    assert kept(store, "table task") == {"held": 1}
    assert retention.run(store)["held"] == 1
    with store.ledger.read() as connection:
        assert list(connection.execute(select(tables.task.c.task)).scalars()) == [second]
    holding.review(store, placed["hold"], until=REVIEW + timedelta(days=100))
    holding.release(store, placed["hold"], reason="settled")
    assert planned(store)["table task"] == {second}
    assert retention.run(store)["disposed"] == {"table task": 1}
    for action in ("hold.placed", "hold.reviewed", "hold.released"):
        assert [ids["hold"] for ids in audited(store, action)] == [placed["hold"]]
    with store.ledger.read() as connection:
        assert holds.holds(connection) == []
        (row,) = holds.holds(connection, released=True)
    assert (row["case"], row["rows"], row["release_reason"]) == ("HO 2026/7", 1, "settled")


def test_R075_two_holds_on_one_row_must_both_be_released(store: Store) -> None:
    (task,) = old_tasks(store, 1)
    rows = [("table", "task", task)]
    made = [holding.place(store, case=f"HO {n}", reason="claim", review_on=REVIEW, rows=rows)["hold"] for n in (1, 2)]
    holding.release(store, made[0], reason="settled")
    assert kept(store, "table task") == {"held": 1}
    holding.release(store, made[1], reason="settled")
    assert planned(store)["table task"] == {task}


def test_R075_a_held_row_keeps_what_it_refers_to_and_what_goes_with_it(any_store: Store) -> None:
    """The order's campaign and agreement wait; what is told of the order stays with it."""
    store = any_store
    filler = Filler(store, random.Random(1))
    filler.sharing = False
    order = filler.add(tables.order)
    event = filler.add(tables.order_event, order=order["order"])
    day = date(2040, 1, 1)
    over = at(store, day)
    assert {"table campaign_order", "table campaign", "table agreement"} <= due(over).keys()
    holding.place(
        over, case="HO", reason="claim", review_on=date(2041, 1, 1), rows=[("table", "campaign_order", order["order"])]
    )
    assert kept(over, "table campaign_order") == {"held": 1}
    assert kept(over, "table campaign") == {"waiting": 1}
    assert kept(over, "table agreement") == {"waiting": 1}
    retention.run(over)
    with store.ledger.read() as connection:
        assert connection.execute(select(tables.order_event.c.order)).scalar_one() == event["order"]
        assert connection.execute(select(tables.agreement)).one()


UNHOLDABLE = [
    ("table", "audit", "1", "hold_pointless"),
    ("table", "ban_key", "ban-1/email/00", "hold_pointless"),
    ("files", "snapshots", "x", "hold_pointless"),
    ("table", "nothing", "1", "value_unknown"),
    ("template", "applications", "1", "value_unknown"),
    ("table", "task", "task-unknown", "held_unknown"),
    ("files", "evidence", "evidence/none.json", "held_unknown"),
    ("files", "evidence", "../../etc/passwd", "held_unknown"),
    ("files", "evidence", "ledger.db", "held_unknown"),
    ("files", "manifests", "extract-unknown", "extract_unknown"),
    ("register", "position", "x", "held_unknown"),
    ("register", "position", "7", "position_unknown"),
    ("register", "person", "7", "person_unknown"),
]


def test_R075_what_cannot_be_held_is_refused(store: Store) -> None:
    house.register(store, people("Aalto"))
    for kind, name, one, code in UNHOLDABLE:
        with pytest.raises((InvalidInput, NotFound)) as caught:
            holding.place(store, case="HO", reason="claim", review_on=REVIEW, rows=[(kind, name, one)])
        assert caught.value.code == code, (kind, name, one)
    with store.ledger.read() as connection:
        assert holds.holds(connection, released=True) == []


def test_R075_a_hold_needs_case_reason_rows_and_a_day_of_review_to_come(store: Store) -> None:
    rows = [("table", "task", old_tasks(store, 1)[0])]
    good: dict[str, Any] = {"case": "HO", "reason": "claim", "review_on": REVIEW, "rows": rows}
    for bad, field in (
        ({"case": " "}, "case"), ({"reason": ""}, "reason"), ({"rows": []}, "row or person"),
        ({"review_on": store.today()}, "review"),
    ):  # fmt: skip
        with pytest.raises(InvalidInput) as caught:
            holding.place(store, **{**good, **bad})
        assert caught.value.ids["field"] == field
    hold = holding.place(store, **good)["hold"]
    with pytest.raises(InvalidInput):
        holding.release(store, hold, reason="")
    with pytest.raises(InvalidInput):
        holding.review(store, hold, until=store.today())
    holding.release(store, hold, reason="settled")
    with pytest.raises(InvalidTransition):
        holding.release(store, hold, reason="settled")
    with pytest.raises(InvalidTransition):
        holding.review(store, hold, until=REVIEW)
    with pytest.raises(NotFound):
        holding.release(store, "hold-unknown", reason="x")


def test_R075_a_hold_past_its_day_of_review_is_told_and_stands(store: Store) -> None:
    (task,) = old_tasks(store, 1)
    hold = holding.place(store, case="HO", reason="claim", review_on=REVIEW, rows=[("table", "task", task)])["hold"]
    late = at(store, REVIEW)
    assert retention.plan(at(store, REVIEW - timedelta(days=1)))["attention"] == []
    assert hold in retention.plan(late)["attention"][0]
    assert kept(late, "table task") == {"held": 1}


def test_R075_a_hold_placed_while_a_run_works_is_heeded(any_store: Store) -> None:
    """Between two batches: the later one leaves the row."""
    store = any_store
    filler = Filler(store, random.Random(1))
    task = filler.add(tables.task, closed_at=OLD)["task"]
    list_ = filler.add(tables.suppression_list, replaced_at=NOW - timedelta(days=4000))["version"]
    named = ("table", "suppression_list", list_)

    def meanwhile(step: str) -> None:
        if step == "begun":
            holding.place(store, case="HO", reason="claim", review_on=REVIEW, rows=[named])

    document = retention.run(store, checkpoint=meanwhile)
    assert (document["disposed"], document["held"]) == ({"table task": 1}, 1)
    with store.ledger.read() as connection:
        assert connection.execute(select(tables.suppression_list.c.version)).scalar_one() == list_
        assert connection.execute(select(tables.task.c.task).where(tables.task.c.task == task)).all() == []


# --- the recipients' own data -----------------------------------------------------------------------------------------


def a_customer(store: Store, *, ends_on: date | None) -> str:
    with store.write() as tx:
        customer = customers.add_customer(
            tx, name="Asiakas Oy", business_id="6000001-0", country="FI", parent=None, contact="vanha@asiakas.example"
        )
        if ends_on is not None:
            customers.add_agreement(
                tx, customer_id=customer, mode="campaign", starts_on=date(2026, 1, 1), ends_on=ends_on
            )
    return customer


@pytest.mark.parametrize(
    ("ends_on", "last"), [(date(2027, 2, 28), date(2029, 2, 28)), (None, date(2028, 11, 22))], ids=["agreement", "none"]
)
def test_R075_T15_a_contact_ends_24_months_after_the_relation_and_the_entity_stays(
    any_store: Store, ends_on: date | None, last: date
) -> None:
    """R075, T15, R072: without an agreement it counts from the day it was recorded; the name stays for ever."""
    store = any_store
    customer = a_customer(store, ends_on=ends_on)
    assert planned(at(store, last))["blank customer.contact"] == set()
    over = at(store, last + timedelta(days=1))
    assert planned(over)["blank customer.contact"] == {customer}
    assert retention.run(over)["disposed"]["blank customer.contact"] == 1
    with store.ledger.read() as connection:
        row = customers.customer(connection, customer)
    assert (row["contact"], row["name"]) == (None, "Asiakas Oy")
    assert planned(over)["blank customer.contact"] == set()


def test_R075_a_changed_contact_is_kept_30_days_and_then_gone(any_store: Store) -> None:
    """R075: a change is a deletion event of the contact before it."""
    store = any_store
    customer = a_customer(store, ends_on=date(2030, 1, 1))
    with store.write() as tx:
        contacts.change(tx, customer, contact="uusi@asiakas.example")
    assert planned(at(store, NOW + timedelta(days=30)))["table former_contact"] == set()
    over = at(store, NOW + timedelta(days=31))
    assert planned(over)["table former_contact"] == {f"{customer}/1"}
    retention.run(over)
    with store.ledger.read() as connection:
        assert contacts.former(connection, customer) == []
        assert customers.customer(connection, customer)["contact"] == "uusi@asiakas.example"
    assert "asiakas.example" not in str(audited(store, "customer.contact_changed"))


def test_R075_a_contact_must_be_one_and_another(store: Store) -> None:
    customer = a_customer(store, ends_on=None)
    for error, who, contact in (
        (InvalidInput, customer, "not a mailbox"), (Conflict, customer, "vanha@asiakas.example"),
        (NotFound, "customer-x", "uusi@asiakas.example"),
    ):  # fmt: skip
        with store.write() as tx:
            tx.audit("test")
            with pytest.raises(error):
                contacts.change(tx, who, contact=contact)


# --- bans -------------------------------------------------------------------------------------------------------------


def test_R073_after_15_years_a_ban_still_holds(any_store: Store, tmp_path: Any) -> None:
    """R073: no run takes a standing ban or its keys; an import of the person is stopped by them."""
    store = any_store
    house.register(store, people("Aalto", "Berg"))
    ban = add_ban(store, BanRequest(via="email", email="aalto@a.example"))["ban"]
    later = at(store, NOW + relativedelta(years=15))
    for year in (1, 5, 10, 15):
        assert "table ban" not in retention.run(at(store, NOW + relativedelta(years=year)))["disposed"]
    with store.ledger.read() as connection:
        assert bans.show(connection, ban)["lifted_at"] is None
        assert connection.execute(select(tables.ban_key).where(tables.ban_key.c.ban == ban)).first() is not None
    day = later.today().isoformat()
    header = "source_id;business_id;first_name;last_name;title;responsibilities;level;email;verified;notified"
    rows = [f"x{n};0112038-9;Etu;{name};Johtaja;IT;2;{name.lower()}@a.example;{day};{day}" for n, name in
            enumerate(("Aalto", "Cygnaeus"))]  # fmt: skip
    file = tmp_path / "positions.csv"
    file.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    document = load_files(later, source="own", files=[file])
    assert (document["accepted"], document["suppressed"]) == (1, 1)


def test_R073_standing_bans_are_reviewed_every_year(store: Store) -> None:
    """A task a year; none while nobody is banned."""
    house.register(store, people("Aalto"))
    retention.run(store)
    add_ban(store, BanRequest(via="email", email="aalto@a.example"))

    def reviews(when: Any) -> int:
        retention.run(at(store, when))
        with store.ledger.read() as connection:
            return len(tasks.list_tasks(connection, closed=True, kind="suppression review"))

    assert reviews(NOW) == 1
    assert reviews(NOW + timedelta(days=1)) == 1
    assert reviews(NOW + relativedelta(years=1) - timedelta(days=1)) == 1
    assert reviews(NOW + relativedelta(years=1)) == 2


def test_R022_a_lifted_ban_goes_with_its_keys_and_hits_after_ten_years(any_store: Store) -> None:
    """R022, R069: until then it proves that the person lifted it."""
    store = any_store
    house.register(store, people("Aalto"))
    ban = add_ban(store, BanRequest(via="email", email="aalto@a.example"))["ban"]
    with store.write() as tx:
        bans.lift(tx, ban, evidence="letter", approver="second")
    publish(store)
    assert planned(at(store, NOW + relativedelta(years=10)))["table ban"] == set()
    over = at(store, NOW + relativedelta(years=10, days=1))
    assert planned(over)["table ban"] == {ban}
    disposed = retention.run(over)["disposed"]
    assert (disposed["table ban"], disposed["table ban_hit"]) == (1, 1)
    assert disposed["table ban_key"] >= 1


def test_R061_R075_no_byte_of_an_emptied_contact_stays_in_sqlite(store: Store) -> None:
    """R061: the log is emptied into the file, whose freed bytes are zeroed."""
    a_customer(store, ends_on=None)
    retention.run(at(store, date(2029, 1, 1)))
    found = [path.name for path in store.home.root.glob("ledger.db*") if b"vanha@asiakas" in path.read_bytes()]
    assert found == []
