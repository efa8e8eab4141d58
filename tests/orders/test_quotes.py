"""Quotes, orders made once, and what is billed: on a published register."""

from __future__ import annotations

import csv
import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from core.clock import day_end
from core.errors import Conflict, FileRejected, InvalidInput, NotFound, Refused
from extracts import billing, orders
from extracts.count import count
from extracts.cut import cut
from extracts.deliver import deliver
from extracts.orders import Wish, place
from ledger import billing as ledger_billing, idempotency, seeds, tasks
from ledger.store import Store
from schemas.criteria import parse_criteria
from subjects import credit
from subjects.bans import BanRequest, add_ban
from tests.orders import house
from tests.orders.test_prices import LIST
from tests.published import Rows, open_campaign

WIDE: dict[str, Any] = {"organisation": {"kind": ["company", "association", "public"]}, "person": {"level": [1, 2, 3]}}


@pytest.fixture
def priced(register_store: Store, tmp_path: Path) -> Store:
    file = tmp_path / "prices.csv"
    file.write_text(LIST.replace("150.00", "20.00"), encoding="utf-8")
    billing.load_prices(register_store, file, valid_from=date(2026, 1, 1))
    return register_store


def later(store: Store, **delta: float) -> Store:
    return house.at(store, store.now() + timedelta(**delta))


def wish(campaign: str, limit: int | None = None) -> Wish:
    return Wish(campaign, parse_criteria(WIDE if limit is None else WIDE | {"limit": limit}))


def test_a_quote_is_exact_frozen_and_valid_to_the_end_of_its_day(priced: Store, campaign: str) -> None:
    order = orders.draft(priced, wish(campaign, 100))["order"]
    quoted = orders.quote(priced, order)
    assert (quoted["state"], quoted["quoted_until"]) == ("quoted", date(2026, 12, 6))
    assert quoted["price"]["rows"] == quoted["statement"]["to_deliver"] == 100
    assert Decimal(quoted["price"]["amount"]) == 100 * Decimal("0.775")
    end = day_end(quoted["quoted_until"])
    with pytest.raises(Refused) as refused:
        orders.submit(house.at(priced, end), order)
    assert refused.value.code == "quote_expired"
    submitted = orders.submit(house.at(priced, end - timedelta(microseconds=1)), order)
    assert submitted["state"] == "approved"
    assert submitted["price"] == quoted["price"]
    assert submitted["statement"] == quoted["statement"]


def test_a_quote_does_not_outlive_its_campaign_and_falls_when_the_order_changes(priced: Store) -> None:
    campaign = open_campaign(priced, ends_on=date(2026, 11, 25), channels=("email",))
    order = orders.draft(priced, wish(campaign, 10))["order"]
    quoted = orders.quote(priced, order)
    assert quoted["quoted_until"] == date(2026, 11, 25)
    assert quoted["price"]["amount"] == "20.00"  # the minimum
    assert orders.revise(priced, order, {"criteria": parse_criteria(WIDE | {"limit": 100})})["state"] == "draft"
    shown = orders.show(priced, order)
    assert shown["price"] is shown["statement"] is shown["quoted_until"] is None
    assert orders.submit(priced, order)["price"]["amount"] == "37.50"
    assert [event["event"] for event in orders.show(priced, order)["events"]] == [
        "drafted", "quoted", "revised", "accepted",
    ]  # fmt: skip


def test_without_a_price_list_nothing_is_quoted_and_orders_have_no_price(register_store: Store, campaign: str) -> None:
    order = orders.draft(register_store, wish(campaign, 10))["order"]
    with pytest.raises(NotFound) as missing:
        orders.quote(register_store, order)
    assert missing.value.code == "price_list_none"
    assert orders.submit(register_store, order)["price"] is None


def test_R029_no_cut_delivers_more_than_its_order_stated(
    priced: Store, campaign: str, deliverable: Rows, tmp_path: Path
) -> None:
    """What becomes deliverable after the quote is neither delivered nor billed."""
    banned = [add_ban(priced, BanRequest(via="phone", email=row["email"]))["ban"] for row in deliverable[:40]]
    order = orders.draft(priced, wish(campaign))["order"]
    quoted = orders.quote(priced, order)
    orders.submit(priced, order)
    from ledger import bans

    for ban in banned:
        with priced.write() as tx:
            bans.lift(tx, ban, evidence="the person wrote", approver="second")
    assert count(priced, campaign, wish(campaign).criteria)["to_deliver"] > quoted["statement"]["to_deliver"]
    extract = cut(priced, order)
    assert extract["persons"] == quoted["statement"]["to_deliver"]
    deliver(priced, extract["extract"], tmp_path / "out")
    [line] = billing.invoice(priced, since=date(2026, 11, 22), until=date(2026, 11, 22))["lines"]
    assert line["amount"] == quoted["price"]["amount"]


def test_R038_billed_rows_are_the_persons_delivered_and_never_seeds(priced: Store, tmp_path: Path) -> None:
    """Random orders with bans in between: the invoice says what the files hold, to the cent."""
    draw = random.Random(38)
    campaign = open_campaign(priced)
    billed: dict[str, tuple[int, str]] = {}
    for number in range(12):
        criteria = WIDE | {"organisation": {"kind": draw.sample(["company", "association", "public"], 2)}}
        criteria |= {"limit": draw.choice([5, 40, 150])} if draw.random() < 0.7 else {}
        fields = draw.choice([(), ("email",), ("title", "mobile"), ("postal_street",)])
        order = place(priced, campaign, parse_criteria(criteria), fields=fields)
        extract = cut(priced, order["order"])
        if draw.random() < 0.3:
            continue  # never delivered, never billed
        files = deliver(priced, extract["extract"], tmp_path / f"out{number}")["files"]
        with next(Path(f["path"]) for f in files if f["format"] == "csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        with priced.ledger.read() as connection:
            planted = set(seeds.numbers(connection, extract["extract"]))
        real = [row for row in rows if int(row["row"]) not in planted]
        assert len(real) == extract["persons"] < len(rows)
        row_price = Decimal("0.12") + sum(
            price
            for price, names in (
                (Decimal("0.255"), {"email"}),
                (Decimal("0.30"), {"mobile", "organisation_phone"}),
                (Decimal("0.1"), {"postal_street"}),
            )
            if names & set(rows[0])
        )
        amount = max(Decimal("20.00"), row_price * len(real)).quantize(Decimal("0.01"), rounding="ROUND_HALF_UP")
        billed[extract["extract"]] = (len(real), str(amount))
        if number == 5:
            add_ban(priced, BanRequest(via="phone", email=next(row["email"] for row in real if row.get("email"))))
    invoice = billing.invoice(priced, since=date(2026, 11, 22), until=date(2026, 11, 22))
    assert {line["extract"]: (line["rows"], line["amount"]) for line in invoice["lines"]} == billed
    assert Decimal(invoice["totals"]["EUR"]) == sum(Decimal(amount) for _, amount in billed.values())
    written = tmp_path / "lines.csv"
    billing.write(invoice["lines"], written)
    text = written.read_text(encoding="utf-8")
    assert len(text.splitlines()) == len(billed) + 1
    assert "@" not in text
    assert billing.invoice(priced, since=date(2026, 11, 23), until=date(2026, 11, 30))["lines"] == []
    with pytest.raises(InvalidInput):
        billing.invoice(priced, since=date(2026, 11, 23), until=date(2026, 11, 22))


# --- the same request twice -------------------------------------------------------------------------------------------


def test_T17_the_same_key_and_body_find_the_same_order_as_it_now_is(register_store: Store, campaign: str) -> None:
    asked = {"criteria": parse_criteria(WIDE | {"limit": 10}), "key": "click-1", "formats": ["csv", "xlsx"]}
    first = place(register_store, campaign, **asked)
    again = place(register_store, campaign, **asked | {"formats": ["xlsx", "csv"]})
    assert again == first | {"repeated": True}
    cut(register_store, first["order"])
    assert place(register_store, campaign, **asked)["state"] == "cut"
    with register_store.ledger.read() as connection:
        assert len(orders.orders.orders(connection, at=register_store.now())) == 1


def test_T17_a_changed_body_under_the_same_key_is_a_conflict(register_store: Store, campaign: str) -> None:
    criteria = parse_criteria(WIDE | {"limit": 10})
    place(register_store, campaign, criteria, key="k")
    for changed in (
        {"criteria": parse_criteria(WIDE | {"limit": 11})},
        {"fields": ["email"]},
        {"formats": ["xlsx"]},
        {"reason": "other"},
        {"campaign": open_campaign_again(register_store, campaign)},
    ):
        with pytest.raises(Conflict) as refused:
            place(register_store, **{"campaign": campaign, "criteria": criteria, "key": "k"} | changed)
        assert refused.value.code == "key_reused"
    for invalid in ("", "  ", "k" * 201):
        with pytest.raises(InvalidInput):
            place(register_store, campaign, criteria, key=invalid)


def open_campaign_again(store: Store, campaign: str) -> str:
    """Another campaign of the same customer."""
    from ledger import customers

    with store.write() as tx:
        row = customers.campaign(tx.connection, campaign)
        return customers.open_campaign(
            tx, agreement_id=row["agreement"], end_customer=None, name="Toinen", subject=row["subject"],
            purpose="sales", channels=row["channels"], starts_on=row["starts_on"], ends_on=row["ends_on"], max_days=90,
        )  # fmt: skip


def test_T17_keys_are_each_customers_own_and_a_refused_request_leaves_its_key_free(register_store: Store) -> None:
    one, other = open_campaign(register_store), open_campaign(register_store, business_id="6000002-9")
    criteria = parse_criteria(WIDE | {"limit": 10})
    assert (
        place(register_store, one, criteria, key="k")["order"]
        != place(register_store, other, criteria, key="k")["order"]
    )
    nobody = parse_criteria(WIDE | {"person": {"title": ["ei kukaan"]}})
    with pytest.raises(Refused):
        place(register_store, one, nobody, key="free")
    assert "repeated" not in place(register_store, one, criteria, key="free")


def test_T17_double_clicks_make_one_order(any_store: Store) -> None:
    """Ten threads at once, on both databases: one works, the others are told so or find its order."""
    campaign = open_campaign(any_store)
    with any_store.ledger.read() as connection:
        from ledger import customers

        customer = customers.campaign(connection, campaign)["customer"]

    def click(_: int) -> str:
        try:
            claim = idempotency.claim(
                any_store.ledger, customer=customer, key="k", body={"limit": 5}, at=any_store.now()
            )
        except Conflict as conflict:
            return conflict.code
        if claim.order is not None:
            return claim.order
        order = house.drafted(any_store, campaign)
        with any_store.write() as tx:
            idempotency.settle(tx, claim, order=order)
            tx.audit("test.settled")
        return order

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(click, range(10)))
    made = set(answers) - {"key_in_flight"}
    assert len(made) == 1
    assert click(11) in made


def test_T17_a_request_that_died_is_taken_over_and_cannot_come_back_to_life(any_store: Store) -> None:
    campaign = open_campaign(any_store)
    with any_store.ledger.read() as connection:
        from ledger import customers

        customer = customers.campaign(connection, campaign)["customer"]

    def claim(at: datetime, **body: Any) -> idempotency.Claim:
        return idempotency.claim(any_store.ledger, customer=customer, key="k", body=body, at=at)

    started = any_store.now()
    dead = claim(started)
    with pytest.raises(Conflict) as refused:
        claim(started + timedelta(minutes=9))
    assert refused.value.code == "key_in_flight"
    alive = claim(started + timedelta(minutes=10))
    order = house.drafted(any_store, campaign)
    with pytest.raises(Conflict), any_store.write() as tx:
        idempotency.settle(tx, dead, order=order)
    idempotency.drop(any_store.ledger, dead)  # must not free the other's key
    with any_store.write() as tx:
        idempotency.settle(tx, alive, order=order)
        tx.audit("test.settled")
    assert claim(started + timedelta(days=30)).order == order
    assert claim(started + timedelta(days=32), another="body").order is None  # kept for 30 days, then a new key


# --- rows that were no good -------------------------------------------------------------------------------------------


@pytest.fixture
def given_rows(priced: Store, campaign: str, tmp_path: Path) -> tuple[str, Rows, set[int]]:
    extract = cut(priced, place(priced, campaign, parse_criteria(WIDE | {"limit": 60}))["order"])
    deliver(priced, extract["extract"], tmp_path / "out")
    with Path(extract["files"][0]["path"]).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with priced.ledger.read() as connection:
        planted = set(seeds.numbers(connection, extract["extract"]))
    return extract["extract"], rows, planted


def reported(tmp_path: Path, *lines: str) -> Path:
    file = tmp_path / "report.csv"
    file.write_text("row,kind\n" + "".join(f"{line}\n" for line in lines), encoding="utf-8")
    return file


def test_R011_a_reported_bounce_is_credited_once_and_its_address_is_out_of_every_cut(
    priced: Store, campaign: str, given_rows: tuple[str, Rows, set[int]], tmp_path: Path
) -> None:
    extract, rows, planted = given_rows
    mails = [row["email"] for row in rows]
    gone = next(r for r in rows if r["email"] and int(r["row"]) not in planted and mails.count(r["email"]) == 1)
    left = next(r for r in rows if int(r["row"]) not in planted and r is not gone)
    file = reported(
        tmp_path, f"{gone['row']},bounce", f"{left['row']},left", f"{gone['row']},wrong_person", "9999,bounce", "0,left"
    )
    done = credit.report(priced, extract, file)
    assert [row["outcome"] for row in done["rows"]] == [
        "credited", "credited", "already", "not_delivered", "not_delivered",
    ]  # fmt: skip
    assert (done["credited"], done["amount"], done["currency"]) == (2, "1.55", "EUR")
    again = credit.report(priced, extract, file)
    assert (again["credit"], again["amount"]) == (None, "0.00")
    with priced.ledger.read() as connection:
        open_tasks = {task["kind"]: task["ids"] for task in tasks.list_tasks(connection)}
        assert ledger_billing.unhandled(connection, extract) == []
    assert set(open_tasks) == {"correct address", "check position"}
    assert open_tasks["check position"]["number"] == int(left["row"])
    fresh = cut(priced, place(priced, campaign, parse_criteria(WIDE))["order"])
    assert gone["email"] not in Path(fresh["files"][0]["path"]).read_text(encoding="utf-8")
    listing = credit.listing(priced)
    assert [row["kinds"] for row in listing["credits"]] == [{"bounce": 1, "left": 1}]
    assert [(total["rows"], total["amount"]) for total in listing["totals"]] == [(2, "1.55")]
    assert credit.listing(priced, customer="customer-other") == {"credits": [], "totals": []}
    lines = billing.invoice(priced, since=date(2026, 11, 22), until=date(2026, 11, 22))["lines"]
    assert [(line["kind"], line["rows"], line["amount"]) for line in lines] == [
        ("delivery", 60, "46.50"),
        ("credit", -2, "-1.55"),
    ]


def test_R038_a_claim_on_a_seed_looks_like_any_other_and_never_costs_more_than_was_billed(
    priced: Store, given_rows: tuple[str, Rows, set[int]], tmp_path: Path
) -> None:
    extract, rows, planted = given_rows
    done = credit.report(priced, extract, reported(tmp_path, *(f"{row['row']},bounce" for row in rows)))
    assert {row["outcome"] for row in done["rows"]} == {"credited"}
    assert done["credited"] == len(rows) == 60 + len(planted)
    assert done["amount"] == "46.50"
    with priced.ledger.read() as connection:
        claims = [task for task in tasks.list_tasks(connection) if task["kind"] == "claim on a seed"]
    assert {task["ids"]["number"] for task in claims} == planted


def test_credit_is_given_for_delivered_extracts_within_the_window_only(
    priced: Store, campaign: str, given_rows: tuple[str, Rows, set[int]], tmp_path: Path
) -> None:
    extract, rows, _ = given_rows
    file = reported(tmp_path, f"{rows[0]['row']},bounce")
    undelivered = cut(priced, place(priced, campaign, parse_criteria(WIDE | {"limit": 5}))["order"])["extract"]
    last = day_end(date(2026, 12, 22))
    for store, of, code in (
        (priced, undelivered, "credit_not_delivered"),
        (house.at(priced, last), extract, "credit_too_late"),
    ):
        with pytest.raises(Refused) as refused:
            credit.report(store, of, file)
        assert refused.value.code == code
    with pytest.raises(NotFound):
        credit.report(priced, "extract-none", file)
    assert credit.report(house.at(priced, last - timedelta(microseconds=1)), extract, file)["credited"] == 1


@pytest.mark.parametrize(
    ("lines", "error", "ids"),
    [
        (["x,bounce"], InvalidInput, {"row": 2, "field": "row"}),
        (["1,bounce", "-2,bounce"], InvalidInput, {"row": 3, "field": "row"}),
        (["1,cold"], InvalidInput, {"row": 2, "field": "kind"}),
        (["1"], InvalidInput, {"row": 2, "field": "kind"}),
        ([], FileRejected, {"file": "report.csv"}),
    ],
)
def test_a_faulty_report_credits_nothing_and_names_row_and_field(
    lines: list[str], error: type[Exception], ids: dict[str, Any], tmp_path: Path
) -> None:
    with pytest.raises(error) as refused:
        credit.read_report(reported(tmp_path, *lines))
    assert ids.items() <= refused.value.ids.items()  # type: ignore[attr-defined]


def test_corrections_that_a_dying_process_left_are_taken_up_by_the_next_report(
    priced: Store, given_rows: tuple[str, Rows, set[int]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    extract, rows, planted = given_rows
    real = [row["row"] for row in rows if int(row["row"]) not in planted]
    with monkeypatch.context() as dying:
        dying.setattr(credit, "correct", lambda *_: 0)
        credit.report(priced, extract, reported(tmp_path, f"{real[0]},left", f"{real[1]},wrong_person"))
    with priced.ledger.read() as connection:
        assert len(ledger_billing.unhandled(connection, extract)) == 2
        assert tasks.list_tasks(connection) == []
    credit.report(priced, extract, reported(tmp_path, f"{real[0]},left"))
    with priced.ledger.read() as connection:
        assert ledger_billing.unhandled(connection, extract) == []
        assert len(tasks.list_tasks(connection)) == 2


def test_a_second_person_s_role_is_kept_with_the_event(register_store: Store, campaign: str) -> None:
    strict = replace(register_store, settings=register_store.settings.model_copy(update={"row_cap": 5}))
    order = place(strict, campaign, parse_criteria(WIDE | {"limit": 6}), reason="a whole region")
    assert order["findings"]
    orders.decide(strict, order["order"], event="approved", by="liisa")
    last = orders.show(strict, order["order"])["events"][-1]
    assert (last["actor"], last["recorded_by"], last["role"]) == ("liisa", "tester", "sales")
