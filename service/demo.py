"""``rajaus demo``: the main job on the embedded sample, told step by step.

The demo has a clock of its own that begins on a fixed day, so that the sample's verification and notice dates never
grow old, and that is set on to the campaign's end.
"""

from __future__ import annotations

import csv
import random
import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from core.errors import ConfigError
from core.settings import Settings
from extracts import activation, ending
from extracts.billing import load_prices
from extracts.count import count
from extracts.cut import cut
from extracts.deliver import deliver
from extracts.gate.seeds import stock_fictitious
from extracts.orders import Wish, draft, quote, show, submit
from extracts.trace import trace
from ledger import customers
from ledger.store import Store, create_store
from register.publish import publish
from register.sample import sample_dir
from register.sources.load import load_files
from schemas.criteria import Criteria, parse_criteria
from service.tables import statement_table
from subjects import disposal
from subjects.bans import BanRequest, add_ban

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
RESPONSES = datetime(2026, 12, 1, 9, tzinfo=UTC)
END = datetime(2026, 12, 22, 22, tzinfo=UTC)
"""24:00 in Helsinki on the campaign's last day."""
_PRICES = """mode,item,price
campaign,base,0.20
campaign,email,0.35
campaign,phone,0.45
campaign,post,0.15
campaign,minimum,90.00
"""
_MARK = ".rajaus-demo"
_LEAKED_ROWS = 60
_RESPONDERS = 3
_CRITERIA = {
    "organisation": {"kind": ["company"], "staff_class": ["1", "2", "3", "4", "5"]},
    "person": {"responsibility": ["GM", "IT"], "reachable": ["email"]},
    "per_organisation": {"max": 1, "prefer": ["IT", "GM"]},
    "limit": 300,
}


def run(out: Path, *, console: Console, settings: Settings) -> dict[str, Any]:
    """Play the demo into ``out``; returns what happened. Raises when a promise of the demo does not hold."""
    if out.exists() and not (out / _MARK).exists():
        raise ConfigError("home_exists", home=str(out))
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    (out / _MARK).touch()
    clock = _Clock()
    store = create_store(
        settings.model_copy(update={"home": out / "home", "keys": None, "ledger_url": None}), clock=clock
    )
    _step(console, 1, "Load the register's sources and publish a snapshot")
    published = _load(store, console)
    stock_fictitious(store, 100)

    _step(console, 2, "Two customers, each with an agreement and a campaign")
    buyer, campaign = _campaign(store, "Esimerkkiohjelmistot Oy", "6000001-0", "Varmuuskopiot kuntoon 2026")
    _, rival_campaign = _campaign(store, "Toinen Esimerkki Oy", "6000002-9", "Pilveen 2026")
    console.print(
        "  Esimerkkiohjelmistot Oy: “Varmuuskopiot kuntoon 2026”, 23.11.–22.12.2026, e-mail, subject IT and GM"
    )
    console.print("  Toinen Esimerkki Oy orders the very same selection for its own campaign")

    _step(console, 3, "Count, and a person forbids marketing")
    criteria = parse_criteria(_CRITERIA)
    before = count(store, campaign, criteria)
    person = _somebody()
    ban = add_ban(
        store,
        BanRequest(
            via="phone",
            first_name=person["first_name"],
            last_name=person["last_name"],
            business_id=person["business_id"],
        ),
    )
    after = count(store, campaign, criteria)
    console.print(f"  Ban {ban['ban']}: {ban['matched']} person matched, by phone, no questions asked")
    _hold(after["staff"]["banned"] == before["staff"]["banned"] + 1, "the ban takes effect at once")
    console.print(statement_table(after))

    _step(console, 4, "A quote, an order, a watermarked extract")
    (out / "prices.csv").write_text(_PRICES, encoding="utf-8")
    load_prices(store, out / "prices.csv")
    order, extract, files = _extract(store, campaign, criteria, to=out / "delivered")
    _extract(store, rival_campaign, criteria, to=out / "delivered-to-the-other")
    price = order["price"]
    console.print(
        f"  Quoted: {price['rows']} rows × {price['row_price']} = {price['amount']} {price['currency']}; seeds free"
    )
    console.print(f"  {extract['persons']} persons and {extract['seeds']} seeds in {extract['rows']} rows")
    for file in files:
        console.print(f"  {file['path']}", soft_wrap=True)
    rows = _read(Path(next(file["path"] for file in files if file["format"] == "csv")))
    _hold(
        len(rows) == extract["rows"] and extract["persons"] == after["to_deliver"],
        "the count statement equals the file",
    )
    present = [
        row
        for row in rows
        if (row["last_name"], row["business_id"]) == (person["last_name"], person["business_id"])
        and row["first_name"] == person["first_name"]
    ]
    _hold(not present, "the person who said no is not in it")
    console.print("  [green]✓[/green] the statement equals the file; the person who said no is not in it")

    _step(console, 5, f"{_LEAKED_ROWS} rows leak: shuffled, renamed columns, upper case, no marks of origin")
    leak = _leak(rows, out / "leak.csv")
    traced = trace(store, leak, readable=True)
    accused = traced["accused"]
    _hold(
        [row["extract"] for row in accused] == [extract["extract"]],
        "the trace names the extract it came from, and nobody else",
    )
    found = accused[0]
    console.print(f"  Matched {traced['matched']} of {traced['read']} rows")
    console.print(
        f"  [bold]Accused: {found['extract']}[/bold]: Esimerkkiohjelmistot Oy, “Varmuuskopiot kuntoon 2026”",
        soft_wrap=True,
    )
    console.print(
        f"  p = {found['p']:.2g}, family-wise p = {found['family_wise_p']:.2g} (log e = {found['log_e']:.1f});"
        " the other customer stays clear"
    )
    _step(console, 6, "Responders may be kept; at the campaign's end all else goes")
    life = _end(store, clock, order=order["order"], extract=extract["extract"], rows=rows, out=out, console=console)

    _step(console, 7, "Where things lie")
    for label, path in (
        ("store", out / "home"),
        ("delivered", out / "delivered"),
        ("leaked list", leak),
        ("evidence", Path(traced["evidence_file"])),
        ("to read", Path(traced["document_file"])),
    ):
        console.print(f"  {label:12} {path}", soft_wrap=True)
    store.ledger.engine.dispose()
    return {
        "published": published,
        "customer": buyer,
        "campaign": campaign,
        "ban": ban,
        "statement": after,
        "order": life,
        "extract": extract,
        "files": files,
        "leak": str(leak),
        "trace": traced,
        "home": str(out / "home"),
    }


class _Clock:
    """A clock that is set on by hand."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        return self.at


def _end(
    store: Store, clock: _Clock, *, order: str, extract: str, rows: list[dict[str, str]], out: Path, console: Console
) -> dict[str, Any]:
    """Responders are reported, the campaign ends, and the customer states disposal."""
    clock.at = RESPONSES
    people = [row for row in rows if row["business_id"] < "99"][:_RESPONDERS]
    responders = out / "responders.csv"
    with responders.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["date", "act", "evidence", "reference", "row"])
        writer.writerows(["2026-11-30", "reply", "message", f"CRM-{row['row']}", row["row"]] for row in people)
    kept = activation.report(store, extract, responders)
    _hold(kept["accepted"] == _RESPONDERS, "who responded may be kept")
    console.print(f"  1.12.  {kept['accepted']} responders reported with evidence: the customer's own from now on")
    clock.at = END
    ended = ending.sweep(store)
    _hold(extract in {row["extract"] for row in ended}, "the campaign ends at midnight in Helsinki")
    lying = list((store.home.deliveries / extract).glob("*"))
    _hold(not lying, "no stored copy outlives its campaign")
    console.print(
        f"  23.12. 0.00 Helsinki: {len(ended)} extracts over, their stored copies gone; disposal is asked for"
    )
    disposal.ask(store)
    disposal.statement(store, extract, by="Liisa Laine, Esimerkkiohjelmistot Oy")
    shown = show(store, order)
    steps = " → ".join(event["target"] for event in shown["events"])
    _hold(shown["state"] == "disposed", "the order's life ends with the word that the rows are gone")
    console.print(f"  The order's life: {steps}", soft_wrap=True)
    return {"order": order, "state": shown["state"], "events": [event["event"] for event in shown["events"]]}


def _step(console: Console, number: int, text: str) -> None:
    console.print(f"\n[bold cyan]{number}[/bold cyan]  [bold]{text}[/bold]")


def _hold(promise: bool, text: str) -> None:
    if not promise:
        raise AssertionError(f"the demo's promise does not hold: {text}")


def _load(store: Store, console: Console) -> dict[str, Any]:
    sample = sample_dir()
    for source, names, form in (
        ("sample", ["organisations.csv", "positions.csv"], None),
        ("ytj", ["ytj.json"], "ytj"),
        ("prh", ["companies_prh_excerpt.csv"], None),
    ):
        report = load_files(store, source=source, files=[sample / name for name in names], format=form)
        console.print(
            f"  {source:8} read {report['read']:>5}  accepted {report['accepted']:>5}  "
            f"quarantined {report['quarantined']}  suppressed {report['suppressed']}"
        )
    published = publish(store)
    console.print(
        f"  published {published['snapshot']}: {published['organisations']} organisations, "
        f"{published['persons']} persons, {published['positions']} positions",
        soft_wrap=True,
    )
    return published


def _campaign(store: Store, name: str, business_id: str, campaign: str) -> tuple[str, str]:
    with store.write() as tx:
        customer = customers.add_customer(
            tx, name=name, business_id=business_id, country="FI", parent=None, contact="tietosuoja@esimerkki.example"
        )
        agreement = customers.add_agreement(
            tx, customer_id=customer, mode="campaign", starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31)
        )
        opened = customers.open_campaign(
            tx,
            agreement_id=agreement,
            end_customer=None,
            name=campaign,
            subject=["IT", "GM"],
            purpose="sales",
            channels=["email"],
            starts_on=date(2026, 11, 23),
            ends_on=date(2026, 12, 22),
            max_days=store.settings.campaign_max_days,
        )
    return customer, opened


def _somebody() -> dict[str, str]:
    """A managing director of the sample who would otherwise be in the selection."""
    companies = {
        row["business_id"]
        for row in _read(sample_dir() / "organisations.csv")
        if row["kind"] == "company" and row["staff_class"] in ("2", "3", "4")
    }
    return next(
        row
        for row in _read(sample_dir() / "positions.csv")
        if row["business_id"] in companies
        and row["responsibilities"].split(";")[0] == "GM"
        and row["email"]
        and not row["email"].startswith(("info@", "myynti@"))
        and row["verified"] > "2026-02"
        and row["notified"] < "2026-10"
        and row["notified"]
    )


def _extract(
    store: Store, campaign: str, criteria: Criteria, *, to: Path
) -> tuple[dict[str, Any], dict[str, Any], list[dict[str, Any]]]:
    """Quoted, ordered, cut and delivered: the order, the extract and its files."""
    order = draft(store, Wish(campaign, criteria, formats=["csv", "xlsx"]))["order"]
    quote(store, order)
    submitted = submit(store, order)
    extract = cut(store, order)
    return submitted, extract, deliver(store, extract["extract"], to)["files"]


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _leak(rows: list[dict[str, str]], path: Path) -> Path:
    """What a dishonest recipient might pass on: part of the rows, in other order, dress and columns."""
    draw = random.Random(60)  # noqa: S311  a demo's shuffle
    chosen = draw.sample(rows, _LEAKED_ROWS)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(["Yritys", "Yhteyshenkilö", "Sähköposti"])
        for row in chosen:
            writer.writerow(
                [row["organisation_name"].upper(), f"{row['last_name']} {row['first_name']}", row["email"].upper()]
            )
    return path
