"""Verbs of prices, invoice lines and credits."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from extracts import billing
from ledger import prices as ledger_prices
from schemas import codes
from service.cli.common import DATE, Session, Verbs, pass_session
from service.tables import print_listing
from subjects import credit as crediting

_FILE = click.Path(path_type=Path)


@click.group(cls=Verbs)
def prices() -> None:
    """Price lists: per delivered row and field set, by mode of agreement."""


@prices.command("load")
@click.argument("file", type=_FILE)
@click.option("--from", "valid_from", type=DATE, help="The first day it holds. Default: today.")
@click.option("--currency", default="EUR", show_default=True, help="ISO 4217 code.")
@pass_session
def prices_load(session: Session, file: Path, valid_from: date | None, currency: str) -> None:
    """Load a price list (CSV: mode, item, price). Orders keep the prices they were quoted.

    Items: base for every row; email, phone, post for a row with any field of that channel; minimum for an order.

    Example: rajaus prices load prices-2026.csv --from 2026-11-01
    """
    row = billing.load_prices(session.store(), file, valid_from=valid_from, currency=currency)
    session.emit({name: row[name] for name in ("price_list", "version", "currency", "valid_from", "sha256")})


@prices.command("show")
@click.argument("version", type=int, required=False)
@pass_session
def prices_show(session: Session, version: int | None) -> None:
    """Show the price list in force, or one version. Example: rajaus prices show"""
    row = billing.shown_prices(session.store(), version)

    def table(console: Console) -> None:
        console.print(f"version {row['version']} from {row['valid_from']}, {row['currency']} without VAT")
        items = sorted({item for found in row["modes"].values() for item in found})
        modes = [mode for mode in codes.MODES if mode in row["modes"]]
        print_listing(console, ("item", *modes), ([i, *(row["modes"][m].get(i, "–") for m in modes)] for i in items))

    session.emit(row, table)


@prices.command("list")
@pass_session
def prices_list(session: Session) -> None:
    """List the versions of the price list, newest first. Example: rajaus prices list"""
    with session.store().ledger.read() as connection:
        rows = ledger_prices.price_lists(connection)
    _emit_listing(session, "prices", rows, ("version", "valid_from", "currency", "loaded_at", "loaded_by", "sha256"))


@click.group(cls=Verbs)
def invoice() -> None:
    """Lines for the accounting system; never a person in them."""


@invoice.command("export")
@click.option("--from", "since", required=True, type=DATE, help="The first day of delivery or credit.")
@click.option("--until", required=True, type=DATE, help="The last day.")
@click.option("--to", "file", type=_FILE, help="Also write the lines as CSV.")
@pass_session
def invoice_export(session: Session, since: date, until: date, file: Path | None) -> None:
    """List what was delivered and credited in a period: order, extract, count, price.

    Example: rajaus invoice export --from 2026-11-01 --until 2026-11-30 --to november.csv
    """
    document = billing.invoice(session.store(), since=since, until=until)
    if file is not None:
        billing.write(document["lines"], file)

    def table(console: Console) -> None:
        names = ("day", "kind", "customer_name", "order", "extract", "rows", "row_price", "amount", "currency")
        print_listing(console, names, ([line[name] for name in names] for line in document["lines"]))
        for currency, amount in document["totals"].items():
            console.print(f"Total {amount} {currency}")
        for extract in document["unpriced"]:
            console.print(f"Without a price: {extract}", soft_wrap=True)

    session.emit(document, table)


@click.group(cls=Verbs)
def credit() -> None:
    """Credits for bounces and wrong persons."""


@credit.command("report")
@click.option("--extract", "extract_id", required=True, help="The extract that the rows are of.")
@click.argument("file", type=_FILE)
@pass_session
def credit_report(session: Session, extract_id: str, file: Path) -> None:
    """Credit rows of an extract that were no good, and begin their corrections.

    FILE is CSV with the columns row (its number in the extract) and kind (bounce, wrong_person, left).

    Example: rajaus credit report --extract extract-… bounces.csv
    """
    document = crediting.report(session.store(), extract_id, file)

    def table(console: Console) -> None:
        print_listing(console, ("row", "kind", "outcome"), ([*row.values()] for row in document["rows"]))
        amount = f"{document['amount']} {document['currency'] or ''}".strip()
        console.print(f"{document['credited']} rows credited, {amount}")

    session.emit(document, table)


@credit.command("list")
@click.option("--customer", "customer_id", help="Only this customer's.")
@pass_session
def credit_list(session: Session, customer_id: str | None) -> None:
    """List the credits with their totals. Example: rajaus credit list --customer customer-…"""
    document = crediting.listing(session.store(), customer=customer_id)

    def table(console: Console) -> None:
        names = ("reported_at", "credit", "order", "extract", "rows", "amount", "currency")
        print_listing(console, names, ([row[name] for name in names] for row in document["credits"]))
        for total in document["totals"]:
            console.print(
                f"Total of {total['customer']}: {total['rows']} rows, {total['amount']} {total['currency'] or ''}",
                soft_wrap=True,
            )

    session.emit(document, table)


def _emit_listing(session: Session, key: str, rows: list[dict[str, Any]], names: tuple[str, ...]) -> None:
    session.emit({key: rows}, lambda console: print_listing(console, names, ([row[n] for n in names] for row in rows)))
