"""R013: one gate for every output. The same banned person is tried through every door, and comes out of none.

A door is a way by which rows, counts or files leave for somebody else than the person. Each has its other side: a
person whom nobody banned, of the same register, does come out, so that an empty door does not pass for a closed one.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet as pq
import pytest

from core.errors import FenceMoved, LicenceRefused
from core.ids import org_id
from extracts import continuous, gate, subscriptions
from extracts.count import count
from extracts.cut import cut
from extracts.deliver import deliver
from extracts.narrow.questions import ask
from extracts.orders import place
from extracts.selection import commission, selector
from extracts.trace import trace
from ledger import bans, controllers, customers, orders
from ledger.store import Store
from register.query import find_persons, open_register, pool, select
from schemas import codes
from schemas.criteria import Criteria, parse_criteria
from subjects import access, cases, notices, stop_list
from subjects.bans import BanRequest, add_ban
from tests.notices import house as newcomers
from tests.published import Rows, open_campaign

SEVERAL = 5
FORMATS = ("csv", "xlsx", "parquet", "jsonl")


@dataclass
class Town:
    """The register, some in it who say no, and some who do not: several, for an extract leaves a few out by its key."""

    store: Store
    criteria: Criteria
    banned: Rows
    free: Rows
    person: int
    neighbour: int

    def ban(self) -> None:
        for row in self.banned:
            add_ban(self.store, BanRequest(via="phone", email=row["email"]))


def person_of(store: Store, row: dict[str, str]) -> int:
    with open_register(store, holder="test") as register:
        [found] = find_persons(register, email=row["email"], phone=None)
    return found


@pytest.fixture
def town(register_store: Store, deliverable: Rows, positions: Rows, organisations: Rows) -> Iterator[Town]:
    called = Counter((row["first_name"], row["last_name"]) for row in positions)
    alone = [row for row in deliverable if row["mobile"] and called[row["first_name"], row["last_name"]] == 1]
    firms = list({row["business_id"]: row for row in alone}.values())
    banned, free = firms[:SEVERAL], firms[SEVERAL : 2 * SEVERAL]
    places = {row["business_id"]: row["visiting_postcode"] for row in organisations}
    postcodes = sorted({places[row["business_id"]] for row in (*banned, *free)})
    criteria = parse_criteria({"organisation": {"postcode": postcodes}, "person": {"level": [1, 2, 3, 4]}})
    return Town(
        register_store, criteria, banned, free, person_of(register_store, banned[0]), person_of(register_store, free[0])
    )


def text_of(path: Path) -> str:
    """Everything that a file of any format says, one record a line."""
    if path.suffix == ".xlsx":
        return "\n".join(str([cell.value for cell in row]) for sheet in openpyxl.load_workbook(path) for row in sheet)
    if path.suffix == ".parquet":
        return "\n".join(str(row) for row in pq.read_table(path).to_pylist())
    return path.read_text(encoding="utf-8-sig", errors="replace")


def says(text: str, rows: Rows) -> bool:
    """Whether a text tells of one of these persons."""
    return any(_says(text.casefold().splitlines(), row) for row in rows)


def _says(lines: list[str], row: dict[str, str]) -> bool:
    """Whether a record tells of a person: the address, the number however it is spaced, or the name with the firm."""
    digits = "[ -]?".join(row["mobile"].removeprefix("+358").lstrip("0"))
    number = re.compile(rf"(?<!\d)(?:\+358|0)[ -]?{digits}(?!\d)")
    words = [row[name].casefold() for name in ("first_name", "last_name", "business_id")]
    return any(
        row["email"].casefold() in line or number.search(line) is not None or all(word in line for word in words)
        for line in lines
    )


def everything(directory: Path) -> str:
    return "\n".join(text_of(path) for path in sorted(directory.rglob("*")) if path.is_file())


def cut_all(town: Town, business_id: str = "6000001-0") -> dict[str, Any]:
    campaign = open_campaign(town.store, business_id=business_id)
    order = place(town.store, campaign, town.criteria, formats=FORMATS)
    return cut(town.store, order["order"])


def files_of_a_cut(town: Town, to: Path) -> str:
    """Doors 1-4: the files of a cut, in four formats, as they lie in the house."""
    made = cut_all(town)
    return "\n".join(text_of(Path(file["path"])) for file in made["files"])


def delivery(town: Town, to: Path) -> str:
    """Door 5: what is handed over."""
    deliver(town.store, cut_all(town)["extract"], to)
    return everything(to)


def subscription(town: Town, to: Path) -> str:
    """Door 6: what continuous use delivers."""
    with town.store.write() as tx:
        customer = customers.add_customer(
            tx, name="Tilaaja Oy", business_id="6000003-7", country="FI", parent=None, contact="t@tilaaja.example"
        )
        agreement = customers.add_agreement(
            tx, customer_id=customer, mode="continuous", starts_on=date(2026, 1, 1), ends_on=date(2027, 12, 31)
        )
        controllers.name(tx, agreement=agreement, notice_url="https://tilaaja.example/t", contact="o@tilaaja.example")
        controllers.confirm(tx, agreement=agreement, by="Tiina")
    subject = list(codes.responsibilities())
    wish = subscriptions.Wish(
        agreement,
        town.criteria,
        subject=subject,
        purpose="sales",
        channels=["email", "phone", "post"],
        name="J",
        formats=["csv"],
    )
    opened = subscriptions.open_subscription(town.store, wish)
    assert opened["state"] == "approved"
    continuous.deliver(town.store, opened["subscription"], to=to)
    return everything(to)


def stop_lists(town: Town, to: Path) -> str:
    """Door 7: what recipients are told. It names rows, so nobody comes out of it, banned or not."""
    deliver(town.store, cut_all(town)["extract"], to / "delivered")
    town.ban()
    stop_list.export(town.store, to / "told")
    return everything(to / "told")


def trace_of_a_leak(town: Town, to: Path) -> str:
    """Door 8: the evidence of a traced list; it names rows and customers, nobody of the register."""
    made = cut_all(town)
    deliver(town.store, made["extract"], to)
    document = trace(town.store, next(to.glob("*.csv")))
    return json.dumps(document, default=str) + text_of(Path(document["evidence_file"]))


def somebody_elses_reply(town: Town, to: Path) -> str:
    """Door 9: the reply to another person of the house; it is for that person alone."""
    case = cases.open_case(town.store, right="access", via="email", persons=[town.neighbour])
    access.reply(town.store, case, to=to, persons=[town.neighbour])
    return "\n".join(text_of(path) for path in to.glob("*.json"))


Door = Callable[[Town, Path], str]
ROWS: tuple[Door, ...] = (files_of_a_cut, delivery, subscription)
NOBODY: tuple[Door, ...] = (stop_lists, trace_of_a_leak)


@pytest.mark.parametrize("door", ROWS)
def test_R013_a_banned_person_is_in_no_file_that_leaves(town: Town, door: Door, tmp_path: Path) -> None:
    town.ban()
    text = door(town, tmp_path / "out")
    assert says(text, town.free), "the door is open to others"
    assert not says(text, town.banned)


@pytest.mark.parametrize("door", ROWS)
def test_R013_without_the_ban_the_same_person_does_come_out(town: Town, door: Door, tmp_path: Path) -> None:
    assert says(door(town, tmp_path / "out"), town.banned)


@pytest.mark.parametrize("door", NOBODY)
def test_R013_what_recipients_and_experts_get_names_nobody(town: Town, door: Door, tmp_path: Path) -> None:
    text = door(town, tmp_path / "out")
    assert text
    assert not says(text, town.banned)
    assert not says(text, town.free)


def test_R013_somebody_else_s_reply_tells_nothing_of_the_banned(town: Town, tmp_path: Path) -> None:
    town.ban()
    text = somebody_elses_reply(town, tmp_path / "reply")
    assert says(text, town.free)
    assert not says(text, town.banned)


def test_R013_the_banned_person_s_own_reply_is_the_one_door_that_is_open(town: Town, tmp_path: Path) -> None:
    """Art. 15: a ban is on use, not on being told."""
    town.ban()
    case = cases.open_case(town.store, right="access", via="email", persons=[town.person])
    access.reply(town.store, case, to=tmp_path / "reply", persons=[town.person])
    text = "\n".join(text_of(path) for path in (tmp_path / "reply").glob("*.json"))
    assert says(text, town.banned)


def test_R013_the_banned_person_is_written_no_notice(store: Store, tmp_path: Path) -> None:
    """Door 10: our own mailings."""
    newcomers.newcomers(store, "Aino Laine", "Eero Salo")
    add_ban(store, BanRequest(via="phone", email="n0@a.example"))
    notices.export(store, tmp_path / "notices")
    text = everything(tmp_path / "notices")
    assert "n1@a.example" in text
    assert "n0@a.example" not in text
    assert "Laine" not in text


def _open_to(statement: dict[str, Any]) -> int:
    """Rows that could be delivered, with the few that a cut leaves out by its key."""
    return int(statement["to_deliver"] + statement["staff"]["withheld"])


def test_R013_counts_statements_and_facets_lose_the_person(town: Town) -> None:
    campaign = open_campaign(town.store)
    before = count(town.store, campaign, town.criteria, with_facets=True)
    shown = ask(town.store, campaign, town.criteria, with_facets=True)
    ordered = place(town.store, campaign, town.criteria)["statement"]
    town.ban()
    after = count(town.store, campaign, town.criteria, with_facets=True)
    again = place(town.store, campaign, town.criteria)["statement"]
    assert after["staff"]["banned"] == before["staff"]["banned"] + SEVERAL
    assert _open_to(after) == _open_to(before) - SEVERAL
    assert _open_to(again) == _open_to(ordered) - SEVERAL == _open_to(after)
    assert ask(town.store, campaign, town.criteria, with_facets=True) == shown, "a customer learns of no ban (R026)"
    assert not {"staff", "banned", "unavailable"} & set(json.dumps(shown).replace('"', " ").split())


def test_R013_an_extract_cut_before_the_ban_is_not_handed_over(town: Town, tmp_path: Path) -> None:
    made = cut_all(town)
    town.ban()
    with pytest.raises(LicenceRefused) as refused:
        deliver(town.store, made["extract"], tmp_path / "out")
    assert refused.value.code == "extract_banned_since"
    assert not (tmp_path / "out").exists() or list((tmp_path / "out").iterdir()) == []


def test_R013_a_caller_that_hands_the_gate_the_banned_id_gets_nothing(town: Town) -> None:
    """The door behind the others: the gate is handed ids, and looks for itself."""
    campaign = open_campaign(town.store)
    order = place(town.store, campaign, town.criteria)["order"]
    store = town.store
    with open_register(store, holder="test") as register:
        with store.ledger.read() as connection:
            work = commission(store, connection, campaign)
            chosen = selector(store, connection, work, town.criteria)
            row = orders.order(connection, order)
        everybody = pool(register, chosen, select(register, chosen))
        town.ban()
        with pytest.raises(FenceMoved):
            gate.release(
                store, register, order=row | {"state": "approved"}, campaign=work.campaign, customer=work.customer,
                agreement=work.agreement, pool=everybody, fence=10**6,
            )  # fmt: skip


def test_R013_a_whole_organisation_s_ban_takes_its_organisation_out_of_every_file(town: Town, tmp_path: Path) -> None:
    firm = town.free[0]["business_id"]
    add_ban(town.store, BanRequest(via="letter", business_id=firm, whole_organisation=True))
    text = delivery(town, tmp_path / "out")
    assert says(text, town.banned), "the others of the register come out"
    assert firm not in text
    with town.store.ledger.read() as connection:
        assert org_id(firm) in bans.blocked(connection, channels=["email"]).organisations.to_pylist()
