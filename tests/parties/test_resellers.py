"""Resellers: tokens, end customers, the door that shows no row, and what is passed on."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import click
import pytest

from core.clock import day_end
from core.errors import (
    Conflict,
    FileRejected,
    InvalidInput,
    InvalidTransition,
    LicenceRefused,
    NotFound,
    PermissionRefused,
    Refused,
)
from extracts import billing, reseller as door
from extracts.cut import cut
from extracts.deliver import deliver
from extracts.orders import Wish
from ledger import bans as ledger_bans, customers, end_customers, orders as ledger_orders, removal, resellers
from ledger.resellers import Party
from ledger.store import Store
from schemas.criteria import parse_criteria
from scripts.document import verbs
from service import doctor
from service.cli import main
from service.cli.common import ResellerVerb, Session
from subjects import cases, credit, relay
from subjects.ban_request import BanRequest
from tests.orders import house
from tests.orders.test_prices import LIST
from tests.published import Rows, read_csv

CRITERIA: dict[str, Any] = {"organisation": {"kind": ["company"]}, "person": {"level": [1, 2, 3]}, "limit": 40}
YEAR = {"starts_on": date(2026, 1, 1), "ends_on": date(2027, 12, 31)}
UNTIL = date(2027, 6, 30)


def customer(store: Store, business_id: str, *modes: str) -> tuple[str, list[str]]:
    with store.write() as tx:
        made = customers.add_customer(
            tx,
            name=f"Firma {business_id} Oy",
            business_id=business_id,
            country="FI",
            parent=None,
            contact="tietosuoja@firma.example",
        )
        return made, [customers.add_agreement(tx, customer_id=made, mode=mode, **YEAR) for mode in modes]


def resold(store: Store, agreement: str, end: str | None) -> str:
    with store.write() as tx:
        return customers.open_campaign(
            tx,
            agreement_id=agreement,
            end_customer=end,
            name="Kevät",
            subject=["IT", "GM", "FIN"],
            purpose="sales",
            channels=["email", "phone"],
            starts_on=date(2026, 11, 1),
            ends_on=date(2026, 12, 20),
            max_days=90,
        )


def token(store: Store, customer: str, *, until: date = UNTIL) -> dict[str, Any]:
    with store.write() as tx:
        return resellers.add_token(tx, customer, label="desk", expires_on=until, key=store.key("fingerprint"))


@dataclass
class Middle:
    """A reseller with one end customer and one campaign for it."""

    customer: str
    end: str
    agreement: str
    campaign: str
    secret: str
    party: Party


def middle(store: Store, number: int) -> Middle:
    ids = (("6000001-0", "6000002-9"), ("6000003-7", "6000004-5"))[number]
    seller, [agreement] = customer(store, ids[0], "reseller")
    end, _ = customer(store, ids[1], "campaign")
    made = token(store, seller)
    return Middle(seller, end, agreement, resold(store, agreement, end), made["secret"], Party(seller, made["token"]))


@pytest.fixture
def two(register_store: Store, tmp_path: Path) -> tuple[Store, Middle, Middle]:
    prices = tmp_path / "prices.csv"
    prices.write_text(LIST, encoding="utf-8")
    billing.load_prices(register_store, prices, valid_from=date(2026, 1, 1))
    return register_store, middle(register_store, 0), middle(register_store, 1)


def wish(one: Middle, **more: Any) -> Wish:
    return Wish(one.campaign, parse_criteria(CRITERIA | more))


# --- end customers ----------------------------------------------------------------------------------------------------


def test_R052_every_order_names_an_end_customer_with_an_agreement_of_its_own(any_store: Store) -> None:
    seller, [agreement] = customer(any_store, "6000001-0", "reseller")
    bare, _ = customer(any_store, "6000002-9")
    other, _ = customer(any_store, "6000003-7", "reseller", "datacare")
    fine, [own] = customer(any_store, "6000004-5", "campaign")
    for end, error, code in (
        (None, InvalidInput, "end_customer_missing"),
        (seller, InvalidInput, "end_customer_same"),
        ("customer-none", NotFound, "customer_unknown"),
        (bare, LicenceRefused, "end_customer_agreement"),
        (other, LicenceRefused, "end_customer_agreement"),
    ):
        with pytest.raises(error) as refused:
            resold(any_store, agreement, end)
        assert refused.value.code == code
    assert resold(any_store, agreement, fine)
    with any_store.write() as tx:
        for changed, allowed in (
            ({"starts_on": date(2026, 11, 2), "ends_on": date(2027, 12, 31)}, True),
            ({"starts_on": date(2025, 12, 31), "ends_on": date(2026, 12, 31)}, False),
            ({"starts_on": date(2026, 11, 2), "ends_on": date(2028, 1, 1)}, False),
        ):
            row = customers.customer(tx.connection, fine)
            if allowed:
                end_customers.check(tx.connection, row, changed)
            else:
                with pytest.raises(LicenceRefused):
                    end_customers.check(tx.connection, row, changed)
        tx.abandon()
    assert own


def test_R052_a_prohibited_end_customer_is_ordered_for_no_more_running_campaigns_included(
    two: tuple[Store, Middle, Middle],
) -> None:
    store, one, _ = two
    order = door.place(store, one.party, wish(one))["order"]
    with store.write() as tx:
        banned = end_customers.prohibit(tx, business_id="60000029", country="FI", reason="misuse, case 12")
    for act in (
        lambda: resold(store, one.agreement, one.end),
        lambda: door.count(store, one.party, one.campaign, parse_criteria(CRITERIA)),
        lambda: door.place(store, one.party, wish(one)),
        lambda: cut(store, order),
    ):
        with pytest.raises(LicenceRefused) as refused:
            act()
        assert refused.value.code == "end_customer_prohibited"
    with pytest.raises(Conflict), store.write() as tx:
        end_customers.prohibit(tx, business_id="6000002-9", country="FI", reason="again")
    for wrong in ({"business_id": "123", "reason": "x"}, {"business_id": "6000003-7", "reason": " "}):
        with pytest.raises(InvalidInput), store.write() as tx:
            end_customers.prohibit(tx, country="FI", **wrong)
    with store.write() as tx:
        end_customers.allow(tx, banned)
    with pytest.raises(InvalidTransition), store.write() as tx:
        end_customers.allow(tx, banned)
    with pytest.raises(NotFound), store.write() as tx:
        end_customers.allow(tx, "prohibition-none")
    assert cut(store, order)["persons"] == 40
    with store.ledger.read() as connection:
        assert [row["reason"] for row in end_customers.prohibitions(connection)] == ["misuse, case 12"]


# --- tokens -----------------------------------------------------------------------------------------------------------


def test_R051_a_token_is_good_until_its_day_its_end_or_its_reseller_s(any_store: Store) -> None:
    seller, [agreement] = customer(any_store, "6000001-0", "reseller")
    made = token(any_store, seller, until=date(2026, 12, 31))
    assert made["secret"].startswith(resellers.PREFIX)
    assert door.enter(any_store, f" {made['secret']}\n") == Party(seller, made["token"])
    with any_store.ledger.read() as connection:
        [listed] = resellers.tokens(connection, customer=seller)
    assert listed["used_at"] == any_store.now()
    assert "secret_mac" not in listed
    late = house.at(any_store, day_end(date(2026, 12, 31)))
    door.enter(house.at(any_store, late.now() - timedelta(microseconds=1)), made["secret"])
    for store, secret in ((late, made["secret"]), (any_store, made["secret"] + "x"), (any_store, ""), (any_store, "ä")):
        with pytest.raises(PermissionRefused) as refused:
            door.enter(store, secret)
        assert (refused.value.code, refused.value.ids) == ("token_refused", {})
    again = token(any_store, seller)
    with any_store.write() as tx:
        resellers.revoke_token(tx, made["token"])
    door.enter(any_store, again["secret"])
    with pytest.raises(InvalidTransition), any_store.write() as tx:
        resellers.revoke_token(tx, made["token"])
    with pytest.raises(NotFound), any_store.write() as tx:
        resellers.revoke_token(tx, "token-none")
    with any_store.write() as tx:
        removal.remove(tx, seller, reason="terminated")
    for secret in (made["secret"], again["secret"]):
        with pytest.raises(PermissionRefused):
            door.enter(any_store, secret)
    assert agreement


def test_the_ledger_keeps_no_secret_and_only_resellers_get_tokens(any_store: Store, tmp_path: Path) -> None:
    seller, _ = customer(any_store, "6000001-0", "reseller")
    plain, _ = customer(any_store, "6000002-9", "campaign")
    secret = token(any_store, seller)["secret"]
    from ledger.export import dump

    with any_store.ledger.frozen() as connection:
        kept = json.dumps(list(dump(connection)), default=str)
    assert secret not in kept
    assert secret.removeprefix(resellers.PREFIX) not in kept
    with pytest.raises(LicenceRefused) as refused:
        token(any_store, plain)
    assert refused.value.code == "not_a_reseller"
    for wrong in ({"label": " ", "expires_on": UNTIL}, {"label": "x", "expires_on": date(2026, 11, 21)}):
        with pytest.raises(InvalidInput), any_store.write() as tx:
            resellers.add_token(tx, seller, key=any_store.key("fingerprint"), **wrong)
    with pytest.raises(FileRejected):
        door.read_token(tmp_path / "none")


# --- the door ---------------------------------------------------------------------------------------------------------


def test_R052_what_is_another_s_is_not_found_by_any_function_of_the_door(two: tuple[Store, Middle, Middle]) -> None:
    store, one, other = two
    mine = door.place(store, one.party, wish(one))["order"]
    drafted = door.draft(store, one.party, wish(one))["order"]
    code = relay.begin_drill(store, one.customer)["code"]
    criteria = parse_criteria(CRITERIA)
    calls: dict[str, Callable[[Party], Any]] = {
        "check_campaign": lambda party: door.check_campaign(store, party, one.campaign) or True,
        "count": lambda party: door.count(store, party, one.campaign, criteria),
        "place": lambda party: door.place(store, party, wish(one)),
        "draft": lambda party: door.draft(store, party, wish(one)),
        "quote": lambda party: door.quote(store, party, drafted),
        "submit": lambda party: door.submit(store, party, drafted),
        "cancel": lambda party: door.cancel(store, party, mine),
        "show": lambda party: door.show(store, party, mine),
        "drill": lambda party: relay.drill(store, party, code),
    }
    for name, call in calls.items():
        with pytest.raises(NotFound) as refused:
            call(other.party)
        assert refused.value.code in ("campaign_unknown", "order_unknown", "drill_unknown"), name
    assert door.campaigns(store, other.party)[0]["campaign"] == other.campaign
    assert door.listing(store, other.party) == []
    assert door.statement(store, other.party, since=date(2026, 1, 1), until=UNTIL)["lines"] == []
    assert {row["order"] for row in door.listing(store, one.party)} == {mine, drafted}
    for name, call in calls.items():
        assert call(one.party), name


def test_R051_R026_the_door_tells_counts_in_steps_and_never_why_an_order_waits(
    two: tuple[Store, Middle, Middle],
) -> None:
    store, one, _ = two
    strict = replace(store, settings=store.settings.model_copy(update={"row_cap": 5, "share_cap_floor": 5}))
    made = door.place(strict, one.party, wish(one, limit=37))
    stepped = made["statement"]["to_deliver"]
    assert stepped in (20, 30)
    assert made == {
        "order": made["order"],
        "state": "awaiting approval",
        "statement": {"in_steps_of": 10, "to_deliver": stepped, "organisations": made["statement"]["organisations"]},
        "price": {
            "currency": "EUR",
            "row_price": "0.55",
            "minimum": "0",
            "rows_at_most": stepped + 27,
            "amount_at_most": f"{Decimal('0.55') * (stepped + 27):.2f}",
        },
    }
    assert made["statement"]["organisations"] % 10 == 0
    shown = door.show(strict, one.party, made["order"])
    assert [event["event"] for event in shown["events"]] == ["drafted", "held"]
    assert all(set(event) == {"at", "event", "state"} for event in shown["events"])
    with strict.ledger.read() as connection:
        assert {event["actor"] for event in ledger_orders.events(connection, made["order"], at=store.now())} == {
            one.party.token
        }
        assert {event["role"] for event in ledger_orders.events(connection, made["order"], at=store.now())} == {
            "reseller"
        }


def test_R080_an_order_or_a_quote_is_a_question_too(two: tuple[Store, Middle, Middle], tmp_path: Path) -> None:
    """T24: neither a quote nor an order tells of one person more or less, nor of a handful, and each costs budget."""
    store, one, _ = two
    told = door.quote(store, one.party, door.draft(store, one.party, wish(one))["order"])["statement"]
    counted = door.count(store, one.party, one.campaign, wish(one).criteria)
    assert told == {name: counted[name] for name in told}
    few = replace(wish(one), criteria=parse_criteria(CRITERIA | {"limit": 3}))
    for ask in (
        lambda: door.place(store, one.party, few),
        lambda: door.quote(store, one.party, door.draft(store, one.party, few)["order"]),
    ):
        with pytest.raises(Refused) as refused:
            ask()
        assert (refused.value.code, refused.value.ids) == ("order_too_small", {"least": 10})
    poor = replace(store, settings=store.settings.model_copy(update={"count_budget_user": 1}))
    with pytest.raises(Refused) as spent:
        door.place(poor, one.party, replace(wish(one), criteria=parse_criteria(CRITERIA | {"limit": 20})))
    assert spent.value.code == "count_budget_spent"
    assert door.place(poor, one.party, wish(one))["statement"] == told, "what was asked before costs nothing"


def test_R051_an_order_is_the_end_customer_s_from_the_cut_on(two: tuple[Store, Middle, Middle], tmp_path: Path) -> None:
    store, one, _ = two
    first = door.place(store, one.party, wish(one), key="click")
    assert door.place(store, one.party, wish(one), key="click") == first | {"repeated": True}
    extract = cut(store, first["order"])
    assert deliver(store, extract["extract"], tmp_path / "end")["customer"] == one.end
    shown = door.show(store, one.party, first["order"])
    assert (shown["state"], shown["events"][-1]["event"]) == ("running", "started")
    today = date(2026, 11, 22)
    [line] = door.statement(store, one.party, since=today, until=today)["lines"]
    assert (line["recipient"], line["rows"], line["amount"]) == (one.end, 40, "22.00")
    report = tmp_path / "report.csv"
    report.write_text("row,kind\n1,bounce\n", encoding="utf-8")
    credit.report(store, extract["extract"], report)
    [given] = door.credits_of(store, one.party)
    assert (given["rows"], given["amount"]) == (1, "0.55")
    totals = door.statement(store, one.party, since=today, until=today)["totals"]
    assert totals == {"EUR": "21.45"}


# --- the matrix: every verb and every function, run as the reseller ---------------------------------------------------


@pytest.fixture
def contacts(positions: Rows, organisations: Rows) -> set[str]:
    """Everything in the register by which somebody could be reached, and every name as it is said or sorted."""
    told = {row[name] for row in positions for name in ("email", "mobile") if row[name]}
    told |= {f"{row['first_name']} {row['last_name']}" for row in positions}
    told |= {f"{row['last_name']} {row['first_name']}" for row in positions}
    return told | {row["phone"] for row in organisations if row["phone"]}


def holds_contact(text: str, contacts: set[str]) -> list[str]:
    return sorted(contact for contact in contacts if len(contact) > 3 and contact in text)


@pytest.fixture
def as_reseller(
    two: tuple[Store, Middle, Middle], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Store, Middle]:
    """A reseller with an order that was cut and delivered, and the program set up with its token."""
    store, one, _ = two
    order = door.place(store, one.party, wish(one))["order"]
    deliver(store, cut(store, order)["extract"], tmp_path / "end")
    file = tmp_path / "token"
    file.write_text(one.secret + "\n", encoding="ascii")
    monkeypatch.setenv("RAJAUS_RESELLER_TOKEN", str(file))
    store.ledger.close()
    return store, one


VERBS = dict(verbs())
_VALUES: dict[str, str] = {
    "integer": "50",
    "integer range": "50",
    "date": "2026-11-22",
    "instant": "2026-11-22T09:00",
    "float": "1",
}


def line_of(words: str, command: click.Command, *, known: dict[str, str], files: Path) -> list[str]:
    """A line that click accepts: every argument and every option that must be given, with a value of its kind."""
    line = words.split()[1:]
    for parameter in command.params:
        if not parameter.required and not isinstance(parameter, click.Argument):
            continue
        kind = parameter.type
        if isinstance(kind, click.Choice):
            value = str(next(iter(kind.choices)))
        elif isinstance(kind, click.Path):
            file = "criteria.json" if parameter.name in ("criteria", "criteria_file") else "x.csv"
            value = str(files / file if kind.file_okay else files)
        else:
            value = known.get(parameter.name or "", _VALUES.get(kind.name, "x"))
        if isinstance(parameter, click.Option):
            line += [parameter.opts[0]] if parameter.is_flag else [parameter.opts[0], value]
        else:
            line.append(value)
    return line


@pytest.fixture
def files(tmp_path: Path) -> Path:
    made = tmp_path / "files"
    made.mkdir()
    (made / "criteria.json").write_text(json.dumps(CRITERIA), encoding="utf-8")
    (made / "x.csv").write_text("row,kind\n1,bounce\n", encoding="utf-8")
    return made


def test_R051_every_verb_of_the_house_is_refused_to_a_reseller_and_shows_nobody(
    as_reseller: tuple[Store, Middle], contacts: set[str], files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """R081: what does not say that it is for resellers is not: a new verb is refused without anybody's doing."""
    store, one = as_reseller
    tried = 0
    for words, command in VERBS.items():
        if isinstance(command, ResellerVerb):
            continue
        line = line_of(words, command, known={"campaign": one.campaign}, files=files)
        code = main([*line, "--home", str(store.settings.home), "--json"], session=Session(clock=store.clock))
        out, err = capsys.readouterr()
        assert (code, json.loads(out)["error"]["code"]) == (3, "reseller_may_not"), words
        assert holds_contact(out + err, contacts) == [], words
        tried += 1
    assert tried > 100


def test_R051_every_verb_of_the_door_answers_without_a_person(
    as_reseller: tuple[Store, Middle],
    contacts: set[str],
    positions: Rows,
    files: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    store, one = as_reseller
    with store.ledger.read() as connection:
        [order] = [row["order"] for row in ledger_orders.orders(connection, at=store.now(), campaign=one.campaign)]
    store.ledger.close()
    home = ["--home", str(store.settings.home)]
    person = next(row for row in positions if row["email"])

    def run(*line: str) -> str:
        text = ""
        for form in ([], ["--json"]):
            assert main([*line, *home, *form], session=Session(clock=store.clock)) == 0, line
            text += "".join(capsys.readouterr())
        return text

    criteria = str(files / "criteria.json")
    wanted = ["--campaign", one.campaign, "--criteria", criteria]
    drafted = [json.loads(run("reseller", "order", *wanted, "--draft").splitlines()[-1])["order"] for _ in range(2)]
    code = relay.begin_drill(store, one.customer)["code"]
    store.ledger.close()
    said = {
        "campaigns": run("reseller", "campaigns"),
        "count": run("reseller", "count", *wanted, "--facets"),
        "order": run("reseller", "order", *wanted),
        "quote": run("reseller", "quote", drafted[0]),
        "orders": run("reseller", "orders"),
        "show": run("reseller", "show", order),
        "statement": run("reseller", "statement", "--from", "2026-11-01", "--until", "2026-11-30"),
        "credits": run("reseller", "credits"),
        "relay": run("reseller", "relay", "--email", person["email"]),
    }
    for name, line in (
        ("submit", ["submit", drafted[0]]),
        ("cancel", ["cancel", drafted[1]]),
        ("relay drill", ["relay", "--drill", code]),
    ):
        assert main(["reseller", *line, *home], session=Session(clock=store.clock)) == 0
        said[name] = "".join(capsys.readouterr())
    door_verbs = {words.split()[-1] for words, command in VERBS.items() if isinstance(command, ResellerVerb)}
    assert door_verbs == {name.split()[0] for name in said}
    for name, text in said.items():
        assert text.strip(), name
        assert holds_contact(text, contacts) == [], name
        assert "matched" not in text, name


def test_R051_every_function_of_the_door_is_in_the_matrix_and_answers_without_a_person(
    two: tuple[Store, Middle, Middle], contacts: set[str], positions: Rows
) -> None:
    store, one, _ = two
    criteria = parse_criteria(CRITERIA)
    mine = door.place(store, one.party, wish(one))["order"]
    drafts = [door.draft(store, one.party, wish(one))["order"] for _ in range(2)]
    person = next(row for row in positions if row["email"] and row["mobile"])
    said: dict[str, Any] = {
        "enter": door.enter(store, one.secret),
        "read_token": "",
        "check_campaign": door.check_campaign(store, one.party, one.campaign),
        "campaigns": door.campaigns(store, one.party),
        "count": door.count(store, one.party, one.campaign, criteria, with_facets=True),
        "place": door.place(store, one.party, wish(one)),
        "draft": door.draft(store, one.party, wish(one)),
        "quote": door.quote(store, one.party, drafts[0]),
        "submit": door.submit(store, one.party, drafts[0]),
        "cancel": door.cancel(store, one.party, drafts[1]),
        "listing": door.listing(store, one.party),
        "show": door.show(store, one.party, mine),
        "statement": door.statement(store, one.party, since=date(2026, 1, 1), until=UNTIL),
        "credits_of": door.credits_of(store, one.party),
        "ban": relay.ban(store, one.party, BanRequest(via="web", phone=person["mobile"])),
        "request": relay.request(store, one.party, right="access", received_on=None, reference="box 7"),
        "drill": relay.drill(store, one.party, relay.begin_drill(store, one.customer)["code"]),
    }
    of_house = {"due_at", "standing", "begin_drill"}
    public = {
        name
        for module in (door, relay)
        for name, found in inspect.getmembers(module, inspect.isfunction)
        if found.__module__ == module.__name__ and not name.startswith("_")
    }
    assert public - of_house == set(said)
    for name, answer in said.items():
        assert holds_contact(json.dumps(answer, default=str), contacts) == [], name


def test_R051_without_a_valid_token_the_door_stays_shut(
    two: tuple[Store, Middle, Middle], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store, one, _ = two
    store.ledger.close()
    wrong, right = tmp_path / "wrong", tmp_path / "right"
    wrong.write_text("rajaus-reseller-x", encoding="ascii")
    right.write_text(one.secret, encoding="ascii")
    for more, exit_, code in (
        ([], 3, "token_missing"),
        (["--token-file", str(wrong)], 3, "token_refused"),
        (["--token-file", str(tmp_path / "none")], 2, "file_missing"),
        (["--token-file", str(right)], 0, None),
    ):
        line = ["reseller", "orders", *more, "--home", str(store.settings.home), "--json"]
        assert main(line, session=Session(clock=store.clock)) == exit_
        document = json.loads(capsys.readouterr().out)
        assert document.get("error", {}).get("code") == code


# --- what persons tell a reseller -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("received", "due"),
    [
        (date(2026, 11, 19), date(2026, 11, 20)),  # Thursday
        (date(2026, 11, 20), date(2026, 11, 23)),  # Friday
        (date(2026, 11, 21), date(2026, 11, 23)),  # Saturday
        (date(2026, 12, 4), date(2026, 12, 7)),  # Independence Day is a Sunday
        (date(2026, 12, 23), date(2026, 12, 28)),
    ],
)
def test_R053_what_reached_a_reseller_is_due_by_the_end_of_the_next_working_day(received: date, due: date) -> None:
    assert relay.due_at(received) == day_end(due)


def test_R053_a_ban_passed_on_works_at_once_and_its_clock_began_at_the_reseller(
    two: tuple[Store, Middle, Middle], deliverable: Rows
) -> None:
    store, one, _ = two
    email = deliverable[0]["email"]
    told = relay.ban(store, one.party, BanRequest(via="phone", email=email, received_on=date(2026, 11, 18)))
    assert set(told) == {"relay", "kind", "received_on", "due_at", "late"}
    assert told["late"] is True
    on_time = relay.ban(
        store, one.party, BanRequest(via="phone", email=deliverable[1]["email"], received_on=date(2026, 11, 20))
    )
    assert on_time["late"] is False
    with store.ledger.read() as connection:
        rows = resellers.relays(connection, reseller=one.customer)
        filed = {row["ban"]: row for row in ledger_bans.list_bans(connection)}
    row = next(row for row in rows if row["relay"] == told["relay"])
    ban = filed[row["outcome"]]
    assert (ban["via"], ban["received_on"]) == ("reseller", date(2026, 11, 18))
    with pytest.raises(InvalidInput):
        relay.ban(store, one.party, BanRequest(via="phone"))
    with pytest.raises(InvalidInput):
        relay.ban(store, one.party, BanRequest(via="phone", email=email, received_on=date(2026, 11, 23)))
    with store.ledger.read() as connection:
        assert len(resellers.relays(connection)) == 2  # what could not be filed was not passed on


def test_R053_another_request_becomes_a_case_whose_clock_began_at_the_reseller(any_store: Store) -> None:
    one = middle(any_store, 0)
    told = relay.request(
        any_store, one.party, right="erasure", received_on=date(2026, 11, 19), reference="letter 12", language="sv"
    )
    case = cases.show(any_store, told["case"])
    assert (case["via"], case["received_on"], case["language"]) == ("reseller", date(2026, 11, 19), "sv")
    assert case["due_on"] == date(2026, 12, 21)
    for wrong in ({"right": "magic", "reference": "x"}, {"right": "access", "reference": " "}):
        with pytest.raises(InvalidInput):
            relay.request(any_store, one.party, received_on=None, **wrong)


def flags(store: Store) -> dict[str, str | None]:
    return {row["customer"]: row["flag"] for row in relay.standing(store)}


def test_R053_a_reseller_that_fails_its_drill_or_passes_nothing_on_for_a_year_is_flagged(any_store: Store) -> None:
    one, other = middle(any_store, 0), middle(any_store, 1)
    assert flags(any_store) == {one.customer: None, other.customer: None}
    year = house.at(any_store, datetime(2027, 1, 2, 22, 1, tzinfo=UTC))  # agreements began on 1.1.2026
    assert flags(year) == {one.customer: "inactive", other.customer: "inactive"}
    drilled = relay.begin_drill(year, one.customer)
    assert drilled["due_at"] == day_end(date(2027, 1, 4))
    with pytest.raises(NotFound):
        relay.drill(year, other.party, drilled["code"])
    assert relay.drill(year, one.party, f" {drilled['code']} ")["late"] is False
    assert flags(year) == {one.customer: None, other.customer: "inactive"}
    with pytest.raises(NotFound):
        relay.drill(year, one.party, drilled["code"])  # once
    missed = relay.begin_drill(year, other.customer)
    after = house.at(any_store, missed["due_at"])
    assert flags(house.at(any_store, missed["due_at"] - timedelta(seconds=1)))[other.customer] == "inactive"
    assert flags(after)[other.customer] == "drill_missed"
    assert any(
        f"Reseller {other.customer} is flagged: drill_missed" in line for line in doctor.examine(after)["findings"]
    )
    assert relay.drill(after, other.party, missed["code"])["late"] is True
    assert flags(after)[other.customer] == "drill_late"
    with pytest.raises(LicenceRefused):
        relay.begin_drill(any_store, one.end)


def test_the_house_verbs_of_resellers(two: tuple[Store, Middle, Middle], capsys: pytest.CaptureFixture[str]) -> None:
    store, one, _ = two
    store.ledger.close()

    def run(*words: str) -> str:
        line = [*words, "--home", str(store.settings.home)]
        assert main(line, session=Session(clock=store.clock)) == 0
        return capsys.readouterr().out

    made = run("reseller", "token", "add", one.customer, "--label", "desk 2", "--until", "2027-01-31")
    assert resellers.PREFIX in made
    listed = run("reseller", "token", "list", "--customer", one.customer)
    assert "desk 2" in listed
    assert resellers.PREFIX not in listed
    assert "revoked" in run("reseller", "token", "revoke", made.split()[1])
    added = run("reseller", "prohibit", "--business-id", "0112038-9", "--reason", "misuse").split()[1]
    assert added in run("reseller", "prohibited")
    run("reseller", "allow", added)
    assert one.customer in run("reseller", "standing")
    assert "code" in run("reseller", "drill", one.customer)


def test_the_sample_the_matrix_looks_for_is_the_register_s(contacts: set[str]) -> None:
    """The matrix can fail: the texts it looks for stand in every extract."""
    from register.sample import sample_dir

    text = (sample_dir() / "positions.csv").read_text(encoding="utf-8")
    assert len(holds_contact(text, contacts)) > 1000
    assert len(read_csv(sample_dir() / "positions.csv")) > 1000
