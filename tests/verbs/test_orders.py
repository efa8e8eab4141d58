"""An order from its draft to the invoice, the campaign's end and the disposal, verb by verb."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.verbs.conftest import Desk

CRITERIA = {"organisation": {"kind": ["company"]}, "person": {"responsibility": ["GM", "IT"]}, "limit": 20}
PRICES = """mode,item,price
campaign,base,0.20
campaign,email,0.35
campaign,phone,0.45
campaign,post,0.15
campaign,minimum,0
"""
AFTER = datetime(2026, 12, 21, 8, tzinfo=UTC)
MUCH_LATER = datetime(2027, 1, 20, 8, tzinfo=UTC)


def delivered(desk: Desk, campaign: str) -> str:
    """An extract of twenty persons, handed over into ``delivered``."""
    order = desk.run("order", "place", "--campaign", campaign, "--criteria", desk.file("delivered.json", CRITERIA))
    extract = desk.run("cut", order["order"])["extract"]
    desk.run("deliver", extract, "--to", desk.files / "delivered")
    return str(extract)


def persons(desk: Desk) -> list[dict[str, str]]:
    """Rows as the customer got them; those of seeds too, which nobody tells."""
    [path] = (desk.files / "delivered").glob("*.csv")
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def states(events: list[dict[str, Any]]) -> list[str]:
    return [event["event"] for event in events]


def test_from_prices_over_draft_quote_and_revision_to_the_invoice_and_a_credit(desk: Desk, campaign: str) -> None:
    loaded = desk.run("prices", "load", desk.file("prices.csv", PRICES), "--from", "2026-11-01")
    assert [one["version"] for one in desk.run("prices", "list")["prices"]] == [1]
    assert desk.run("prices", "show")["price_list"] == loaded["price_list"]
    assert desk.run("prices", "show", 1)["modes"]["campaign"]["email"] == "0.35"
    assert desk.refused("prices", "show", 2, code=4) == "price_list_unknown"

    criteria = desk.file("criteria.json", CRITERIA)
    order = desk.run("order", "draft", "--campaign", campaign, "--criteria", criteria)["order"]
    quoted = desk.run("order", "quote", order)
    assert (quoted["price"]["rows"], quoted["price"]["amount"]) == (20, "20.00")
    narrower = desk.file("narrower.json", CRITERIA | {"limit": 10})
    assert desk.run("order", "revise", order, "--criteria", narrower)["state"] == "draft"
    assert desk.run("order", "quote", order)["price"]["amount"] == "10.00"
    assert desk.run("order", "submit", order)["state"] == "approved"
    assert states(desk.run("order", "events", order)["events"])[:5] == [
        "drafted", "quoted", "revised", "quoted", "accepted",
    ]  # fmt: skip
    assert [row["order"] for row in desk.run("order", "list", "--campaign", campaign)["orders"]] == [order]

    extract = desk.run("cut", order)["extract"]
    desk.run("deliver", extract, "--to", desk.files / "out")
    dates = ("--from", "2026-11-01", "--until", "2026-11-30")
    invoice = desk.run("invoice", "export", *dates, "--to", desk.files / "invoice.csv")
    assert (invoice["totals"], [line["rows"] for line in invoice["lines"]]) == ({"EUR": "10.00"}, [10])
    assert extract in (desk.files / "invoice.csv").read_text(encoding="utf-8-sig")
    reported = desk.run(
        "credit", "report", "--extract", extract, desk.file("bounces.csv", "row,kind\n1,bounce\n99,left\n")
    )
    assert [row["row"] for row in reported["rows"]] == [1, 99]
    assert reported["rows"][0]["outcome"] == "credited"
    assert reported["rows"][1]["outcome"] != "credited"
    assert [one["credit"] for one in desk.run("credit", "list")["credits"]] == [reported["credit"]]
    assert desk.run("invoice", "export", *dates)["totals"] == {"EUR": "9.00"}


def test_what_is_over_the_cap_waits_for_a_second_person_and_a_draft_can_be_cancelled(
    desk: Desk, campaign: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAJAUS_ROW_CAP", "15")
    criteria = desk.file("criteria.json", CRITERIA)
    wish = ("order", "place", "--campaign", campaign, "--criteria", criteria, "--reason", "the whole sector")
    order = desk.run(*wish)
    assert order["state"] == "awaiting approval"
    assert desk.refused("order", "approve", order["order"]) == "two_persons_needed"
    assert desk.run("order", "approve", order["order"], "--by", "liisa")["state"] == "approved"
    again = desk.run(*wish)["order"]
    desk.actor = "liisa"
    assert desk.run("order", "reject", again, "--reason", "too wide")["state"] == "refused"
    draft = desk.run("order", "draft", "--campaign", campaign, "--criteria", criteria)["order"]
    assert desk.run("order", "cancel", draft, "--reason", "wrong campaign")["state"] == "cancelled"


def test_a_responder_is_activated_and_a_whole_list_of_them_waits_for_two_persons(desk: Desk, campaign: str) -> None:
    extract = delivered(desk, campaign)
    head = "date,act,evidence,reference,row\n"
    one = desk.run(
        "activate", "--extract", extract, desk.file("one.csv", f"{head}2026-11-22,reply,message,thread 1,3\n")
    )
    assert one["read"] == 1
    lines = "".join(f"2026-11-22,reply,message,thread {row},{row}\n" for row in range(1, 26))
    whole = desk.run("activate", "--extract", extract, desk.file("whole.csv", head + lines))
    assert whole["review"] == "open"
    assert {row["report"] for row in desk.run("activation", "list")["reports"]} == {one["report"], whole["report"]}
    assert desk.run("activation", "show", whole["report"])["review"] == "open"
    review = ("activation", "review", whole["report"], "--grounds", "a webinar; list seen")
    assert desk.run(*review, "--release", "--approver", "liisa")["review"] == "released"
    certificate = desk.run("activation", "certificate", "--extract", extract, "--out", desk.files / "kept")
    assert certificate["kind"] == "rajaus-keep-certificate"
    assert {path.suffix for path in (desk.files / "kept").iterdir()} == {".json", ".pdf"}


def test_after_the_end_the_disposal_is_owed_blocks_and_is_stated(desk: Desk, campaign: str, customer: str) -> None:
    extract = delivered(desk, campaign)
    assert desk.run("customer", "blocks", "--customer", customer)["blocks"] == []
    desk.at = AFTER
    swept = desk.run("campaign", "sweep")
    assert [one["extract"] for one in swept["ended"]] == [extract]
    assert desk.run("campaign", "sweep")["ended"] == []
    [owed] = desk.run("disposal", "list", "--owed")["disposals"]
    assert (owed["extract"], owed["overdue"]) == (extract, False)
    desk.at = MUCH_LATER
    found = desk.run("customer", "blocks", "--customer", customer)["blocks"]
    assert "disposal_overdue" in {block["code"] for block in found}
    form = desk.run("disposal", "document", "--extract", extract, "--out", desk.files / "form", "--language", "en")
    assert (form["stated_by"], {Path(file["path"]).suffix for file in form["files"]}) == (None, {".json", ".pdf"})
    desk.run("disposal", "statement", "--extract", extract, "--by", "Liisa Laine, Asiakas Oy", "--on", "2026-12-28")
    assert desk.run("disposal", "list", "--owed")["disposals"] == []
    found = desk.run("customer", "blocks", "--customer", customer)["blocks"]
    assert "disposal_overdue" not in {block["code"] for block in found}
    assert desk.run("campaign", "close", campaign)["state"] == "closed"


def test_what_is_still_held_after_the_end_is_checked_and_answered_for(desk: Desk, campaign: str) -> None:
    extract = delivered(desk, campaign)
    desk.at = AFTER
    desk.run("campaign", "sweep")
    desk.run("leftover", "key", "--extract", extract, "--out", desk.files / "key")
    [key] = (desk.files / "key").glob("*.key.json")
    [held] = (desk.files / "delivered").glob("*.csv")
    hashes = desk.files / "hashes.csv"
    desk.run("leftover", "hash", held, "--key", key, "--out", hashes)
    checked = desk.run("leftover", "check", "--extract", extract, hashes, "--out", desk.files / "answer")
    assert len(checked["must_go"]) == len(persons(desk)) > 20
    [listed] = desk.run("leftover", "list")["checks"]
    assert listed["check"] == checked["check"]
    attested = desk.run(
        *("leftover", "attest", checked["check"], "--by", "Liisa Laine, Asiakas Oy"),
        *("--grounds", "deleted on 2026-12-21"),
    )
    assert attested["check"] == checked["check"]
    [listed] = desk.run("leftover", "list")["checks"]
    assert listed["attested_by"] == "Liisa Laine, Asiakas Oy"
