"""Disposal after the end: asked, stated, and nothing new for a group that owes it (R035)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update

from core.clock import day_end
from core.errors import InvalidInput, InvalidTransition, LicenceRefused, NotFound
from extracts import activation, ending
from extracts.cut import cut
from extracts.deliver import deliver
from extracts.gate.blocks import blocks
from extracts.orders import place
from ledger import customers, endings, messages, orders, tables, tasks
from ledger.store import Store
from schemas.codes import responsibilities
from schemas.criteria import parse_criteria
from subjects import disposal, recipients, stop_list, stop_list_webhook
from tests.ending import house
from tests.gate import house as gate_house
from tests.published import open_campaign

SECOND = house.SECOND
DUE = day_end(date(2026, 12, 14))


def ended(store: Store, to: Path, **more: Any) -> house.Cut:
    """A delivered extract whose campaign has just ended, its recipient asked."""
    made = house.delivered(store, house.register(store), to, **more)
    house.set_clock(store, house.END)
    ending.sweep(store)
    assert len(disposal.ask(store)) == 1
    return made


def codes(store: Store, customer: str) -> list[str]:
    with store.ledger.read() as connection:
        return [block.code for block in blocks(connection, customer, at=store.now())]


def order_state(store: Store, made: house.Cut) -> str:
    with store.ledger.read() as connection:
        return orders.state(connection, made.deal.order["order"], at=store.now())


def test_R035_who_does_not_state_disposal_within_fourteen_days_gets_nothing_new_until_it_does(
    any_store: Store, tmp_path: Path
) -> None:
    made = ended(any_store, tmp_path / "out")
    house.set_clock(any_store, DUE - SECOND)
    assert codes(any_store, made.customer) == []
    another = house.cut(any_store, made.people, number=2, last_day=date(2027, 1, 10))
    with any_store.write() as tx:  # the same recipient has another campaign
        for table in (tables.campaign, tables.extract):
            this = table.c.campaign == another.campaign
            tx.execute(update(table).where(this).values(customer=made.customer))
        tx.execute(
            update(tables.agreement)
            .where(tables.agreement.c.agreement == another.deal.agreement["agreement"])
            .values(customer=made.customer, ends_on=date(2027, 12, 31))
        )
        tx.audit("test.same")
    house.set_clock(any_store, DUE)
    assert codes(any_store, made.customer) == ["disposal_overdue"]
    deal = replace(another.deal, customer=made.deal.customer)
    deal.order |= {"state": "approved"}
    deal.agreement |= {"customer": made.customer, "ends_on": date(2027, 12, 31)}
    deal.campaign |= {"customer": made.customer}
    for act in (
        lambda: gate_house.release(any_store, deal, gate_house.pool_of(made.people)),
        lambda: deliver(any_store, another.extract, tmp_path / "more"),
    ):
        with pytest.raises(LicenceRefused) as refused:
            act()
        assert refused.value.code == "disposal_overdue"
        assert refused.value.ids["extract"] == made.extract
        assert refused.value.ids["due"] == date(2026, 12, 14)
    assert not (tmp_path / "more").exists()
    done = disposal.statement(any_store, made.extract, by="Liisa Laine", on=date(2026, 12, 13))
    assert (done["blocked"], done["blocked_by"]) == (False, [])
    assert (done["stated_by"], done["stated_on"]) == ("Liisa Laine", date(2026, 12, 13))
    assert codes(any_store, made.customer) == []
    deliver(any_store, another.extract, tmp_path / "more")
    assert order_state(any_store, made) == "disposed"


def test_R035_no_order_is_placed_while_a_disposal_is_overdue(register_store: Store, tmp_path: Path) -> None:
    """From the published sample, with the house's own verbs: order, cut, delivery, end, order refused, statement."""
    criteria = parse_criteria(
        {"organisation": {"kind": ["company"]}, "person": {"responsibility": ["GM"]}, "limit": 20}
    )
    first = open_campaign(register_store, ends_on=date(2026, 11, 30), channels=("email",))
    order = place(register_store, first, criteria)
    extract = cut(register_store, order["order"])
    deliver(register_store, extract["extract"], tmp_path / "out")
    store = replace(register_store, clock=house.Hands(DUE - timedelta(days=1)))
    with store.ledger.read() as connection:
        customer = endings.over(connection, now=store.now())[0].customer
    agreement = _agreement(store, customer)
    second = _campaign(store, agreement)
    recipients.sweep(store)
    assert place(store, second, criteria)["state"] == "approved"
    late = replace(store, clock=house.Hands(DUE))
    with pytest.raises(LicenceRefused) as refused:
        place(late, second, criteria)
    assert refused.value.code == "disposal_overdue"
    disposal.statement(late, extract["extract"], by="Liisa Laine")
    place(late, second, criteria)


def _agreement(store: Store, customer: str) -> str:
    with store.ledger.read() as connection:
        query = select(tables.agreement.c.agreement).where(tables.agreement.c.customer == customer)
        return str(connection.execute(query).scalar_one())


def _campaign(store: Store, agreement: str) -> str:
    with store.write() as tx:
        return customers.open_campaign(
            tx,
            agreement_id=agreement,
            end_customer=None,
            name="Toinen",
            subject=list(responsibilities()),
            purpose="sales",
            channels=["email"],
            starts_on=date(2026, 12, 1),
            ends_on=date(2027, 1, 20),
            max_days=90,
        )


def test_R035_the_whole_group_waits_and_nobody_else(any_store: Store, tmp_path: Path) -> None:
    made = ended(any_store, tmp_path / "out")
    parent, sister, niece, stranger = (gate_house.deal(any_store, number=n).customer["customer"] for n in range(2, 6))
    with any_store.write() as tx:
        for child, above in ((made.customer, parent), (sister, parent), (niece, sister)):
            tx.execute(update(tables.customer).where(tables.customer.c.customer == child).values(parent=above))
        tx.audit("test.group")
    house.set_clock(any_store, DUE)
    for one in (made.customer, parent, sister, niece):
        assert codes(any_store, one) == ["disposal_overdue"]
    assert codes(any_store, stranger) == []
    with pytest.raises(NotFound):
        codes(any_store, "customer-nobody")


def test_R035_it_is_asked_once_with_a_task_that_the_statement_closes(any_store: Store, tmp_path: Path) -> None:
    made = ended(any_store, tmp_path / "out")
    assert disposal.ask(any_store) == []
    assert recipients.sweep(any_store) == 0
    [message] = stop_list.listing(any_store)
    assert (message["code"], message["customer"], message["rows"]) == ("dispose", made.customer, 1)
    assert message["acknowledge_by"] == DUE
    assert message["send_by"] == day_end(date(2026, 12, 2)), "asked at 0:00 on 1.12."
    assert stop_list.show(any_store, message["message"])["rows"] == [
        {"extract": made.extract, "row": None, "fields": []}
    ]
    with any_store.ledger.read() as connection:
        [task] = tasks.list_tasks(connection)
    assert (task["kind"], task["due_on"], task["ids"]["extract"]) == ("disposal", date(2026, 12, 14), made.extract)
    disposal.statement(any_store, made.extract, by="Liisa Laine")
    with any_store.ledger.read() as connection:
        assert tasks.list_tasks(connection) == []
        assert messages.message(connection, message["message"])["state"] == "acknowledged"
    assert not any(stop_list.pending(any_store).values())


def test_R035_it_is_reminded_of_a_week_before_it_is_due_and_every_week_then(store: Store, tmp_path: Path) -> None:
    ended(store, tmp_path / "out")
    [sent] = stop_list.export(store, tmp_path / "asked")["recipients"]
    letter = next(Path(file).read_text(encoding="utf-8") for file in sent["files"] if file.endswith(".txt"))
    assert "dispose: " in letter
    [row] = json.loads(next(Path(f).read_text() for f in sent["files"] if f.endswith(".json")))["messages"]
    assert (row["code"], [place["row"] for place in row["rows"]]) == ("dispose", [None])
    reminded: list[datetime] = []
    for day in range(30):
        house.set_clock(store, house.END + timedelta(days=day, hours=1))
        if stop_list.remind(store, tmp_path / f"day{day}")["recipients"]:
            reminded.append(store.now())
    assert [(at - house.END).days for at in reminded] == [7, 14, 21, 28]


def test_R035_to_acknowledge_the_message_is_to_state_the_disposal(any_store: Store, tmp_path: Path) -> None:
    made = ended(any_store, tmp_path / "out")
    [message] = stop_list.listing(any_store)
    house.set_clock(any_store, house.END + timedelta(days=3))
    stop_list.acknowledge(any_store, message["message"], by="Matti Meri", on=date(2026, 12, 2))
    assert disposal.show(any_store, made.extract)["stated_on"] == date(2026, 12, 2)
    with pytest.raises(InvalidTransition):
        disposal.statement(any_store, made.extract, by="Liisa Laine")


def test_R035_a_recipients_machine_may_state_it_in_its_answer(store: Store, tmp_path: Path) -> None:
    made = ended(store, tmp_path / "out")
    [message] = stop_list.listing(store)
    stop_list_webhook.set_webhook(store, made.customer, url="http://localhost:9/rajaus")
    seen: list[dict[str, Any]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(json.loads(request.content))
        return httpx.Response(200, json={"acknowledged": message["message"], "by": "CRM"})

    stop_list_webhook.send(store, transport=httpx.MockTransport(answer))
    assert seen[0]["type"] == "stop_list.dispose"
    assert seen[0]["data"]["rows"] == [{"extract": made.extract, "row": None}]
    assert disposal.show(store, made.extract)["stated_by"] == "CRM"


def test_R035_rows_may_be_disposed_of_before_the_end(any_store: Store, tmp_path: Path) -> None:
    """Then nothing is asked at the end, the file is not handed out again, and the order ends as disposed of."""
    made = house.delivered(any_store, house.register(any_store), tmp_path / "out")
    disposal.statement(any_store, made.extract, by="Liisa Laine")
    with pytest.raises(LicenceRefused) as refused:
        deliver(any_store, made.extract, tmp_path / "again")
    assert refused.value.code == "extract_disposed"
    assert order_state(any_store, made) == "running"
    house.set_clock(any_store, house.END)
    ending.sweep(any_store)
    assert disposal.ask(any_store) == []
    assert order_state(any_store, made) == "disposed"
    house.set_clock(any_store, DUE)
    assert codes(any_store, made.customer) == []
    assert disposal.listing(any_store, owed=True) == []


def test_R035_a_recall_of_the_whole_extract_does_not_stand_for_the_statement(store: Store, tmp_path: Path) -> None:
    made = house.delivered(store, house.register(store), tmp_path / "out")
    recalled = recipients.tell_extract(store, made.extract, cause="breach-1")
    assert recalled is not None
    house.set_clock(store, house.END)
    ending.sweep(store)
    [asked] = disposal.ask(store)
    stop_list.acknowledge(store, recalled, by="Liisa Laine")
    house.set_clock(store, DUE)
    assert codes(store, made.customer) == ["disposal_overdue"]
    stop_list.acknowledge(store, asked, by="Liisa Laine")
    assert codes(store, made.customer) == []


def test_R035_a_ban_after_the_end_is_still_told(store: Store, tmp_path: Path) -> None:
    """The message about the whole extract does not swallow the one about a row."""
    made = ended(store, tmp_path / "out")
    with store.write() as tx:
        kept = messages.queue(
            tx,
            customer=made.customer,
            code="remove",
            entries=[messages.Entry(made.extract, 3, "ban-1")],
            send_by=DUE,
            acknowledge_by=DUE,
        )
    assert kept is not None


def test_R035_a_statement_needs_somebody_a_day_and_something_delivered(store: Store, tmp_path: Path) -> None:
    people = house.register(store)
    made, lying = house.delivered(store, people, tmp_path / "out"), house.cut(store, people, number=2)
    house.set_clock(store, house.NOW + timedelta(days=1))
    for values, code in (
        ({"by": " "}, "value_missing"),
        ({"by": "Liisa", "on": date(2026, 11, 26)}, "date_future"),
        ({"by": "Liisa", "on": date(2026, 11, 23)}, "date_before"),
    ):
        with pytest.raises(InvalidInput) as wrong:
            disposal.statement(store, made.extract, **values)
        assert wrong.value.code == code
    with pytest.raises(LicenceRefused) as refused:
        disposal.statement(store, lying.extract, by="Liisa")
    assert refused.value.code == "extract_not_held"
    with pytest.raises(NotFound):
        disposal.statement(store, "extract-nothing", by="Liisa")
    disposal.statement(store, made.extract, by="Liisa", on=date(2026, 11, 24))


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_R035_the_statement_is_a_form_until_it_is_made(store: Store, tmp_path: Path, language: str) -> None:
    made = ended(store, tmp_path / "out")
    form = disposal.document(store, made.extract, to=tmp_path / "form", language=language)
    assert (form["stated_by"], form["due"], form["rows"]) == (None, date(2026, 12, 14), made.released["rows"])
    disposal.statement(store, made.extract, by="Liisa Laine")
    stated = disposal.document(store, made.extract, to=tmp_path / "stated", language=language)
    assert stated["stated_by"] == "Liisa Laine"
    for document in (form, stated):
        listed, pdf = (Path(file["path"]) for file in document["files"])
        assert json.loads(listed.read_text(encoding="utf-8"))["extract"] == made.extract
        assert pdf.read_bytes().startswith(b"%PDF-")
        assert (pdf.stat().st_mode | listed.stat().st_mode) & 0o077 == 0
    with pytest.raises(InvalidInput):
        disposal.document(store, made.extract, to=tmp_path, language="de")


@pytest.mark.parametrize(
    ("numbers", "said"), [([], "–"), ([4], "4"), ([1, 2, 3], "1–3"), ([1, 3, 4, 9, 10, 12], "1, 3–4, 9–10, 12")]
)
def test_rows_that_may_be_kept_are_told_in_ranges(numbers: list[int], said: str) -> None:
    assert disposal._ranges(numbers) == said


def test_R034_R035_rows_of_responders_are_exempt_from_the_statement(store: Store, tmp_path: Path) -> None:
    made = house.delivered(store, house.register(store), tmp_path / "out")
    house.set_clock(store, house.NOW + timedelta(days=3))
    seeds = house.seed_numbers(store, made.extract)
    number = next(int(row["row"]) for row in house.rows_of(tmp_path / "out") if int(row["row"]) not in seeds)
    activation.report(store, made.extract, house.write_csv(tmp_path / "r.csv", [house.responder({"row": number})]))
    assert disposal.document(store, made.extract, to=tmp_path)["kept"] == [number]


def test_R035_a_recipient_that_stated_disposal_holds_nothing_any_more(store: Store, tmp_path: Path) -> None:
    """Of a ban filed later it is not told; without the word it is, until the days for disposal are over."""
    people = house.register(store)
    silent, done = (house.delivered(store, people, tmp_path / f"o{n}", number=n) for n in (1, 2))
    disposal.statement(store, done.extract, by="Liisa Laine")
    states = {one.customer: one.state for one in recipients.holdings(store, [people[3].person])}
    assert states == {silent.customer: "held", done.customer: "ended"}
    house.ban(store, "person", people[3].person)
    recipients.sweep(store)
    assert {row["customer"] for row in stop_list.listing(store) if row["code"] == "remove"} == {silent.customer}


def test_R035_what_is_overdue_is_said(store: Store, tmp_path: Path) -> None:
    made = ended(store, tmp_path / "out")
    house.set_clock(store, DUE - SECOND)
    [row] = disposal.listing(store, customer=made.customer)
    assert (row["extract"], row["due"], row["overdue"]) == (made.extract, date(2026, 12, 14), False)
    house.set_clock(store, DUE)
    assert [row["overdue"] for row in disposal.listing(store, owed=True)] == [True]
    with pytest.raises(NotFound):
        disposal.listing(store, customer="customer-nobody")
