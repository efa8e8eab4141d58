"""Verbs for the stock of seeds (control records)."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from extracts.gate.seeds import FIRST_STOCK, add_hosts, stock_fictitious
from ledger import seeds as stock
from service.cli.common import Session, Verbs, pass_session
from service.tables import print_listing


@click.group(cls=Verbs)
def seeds() -> None:
    """Seeds: control records placed in every extract, each used once and never again."""


@seeds.command("stock")
@click.option(
    "--count", default=FIRST_STOCK, show_default=True, type=click.IntRange(1, 100_000), help="How many to make."
)
@pass_session
def seeds_stock(session: Session, count: int) -> None:
    """Make fictitious seeds under reserved domains and numbers; they are ready at once.

    Example: rajaus seeds stock --count 200
    """
    session.emit(stock_fictitious(session.store(), count))


@seeds.command("add")
@click.argument("file", type=click.Path(path_type=Path))
@pass_session
def seeds_add(session: Session, file: Path) -> None:
    """Add hosts: consenting persons with an alias of their own at their company, usable after 30 days of silence.

    FILE is CSV with the columns first_name, last_name, email, mobile, organisation_name, business_id, street and,
    if you like, phone and website.

    Example: rajaus seeds add hosts.csv
    """
    session.emit(add_hosts(session.store(), file))


@seeds.command("list")
@click.option("--state", type=click.Choice(["ready", "allocated", "retired"]), help="Only those in this state.")
@pass_session
def seeds_list(session: Session, state: str | None) -> None:
    """Show the stock: states, and which extract each used seed went out in; no names.

    Example: rajaus seeds list --state allocated
    """
    with session.store().ledger.read() as connection:
        found, counts = stock.seeds(connection, state=state), stock.counts(connection)

    def human(console: Console) -> None:
        table = Table("seed", "kind", "state", "ready on", "extract", "row", box=None)
        for seed in found:
            number = "" if seed["number"] is None else str(seed["number"])
            table.add_row(
                seed["seed"], seed["kind"], seed["state"], str(seed["ready_on"]), seed["extract"] or "", number
            )
        console.print(table)
        console.print(", ".join(f"{number} {name}" for name, number in counts.items()))

    session.emit({"counts": counts, "seeds": found}, human)


@seeds.command("hits")
@pass_session
def seeds_hits(session: Session) -> None:
    """Show what was seen of seeds: whose copy is used, when and how; no names. Example: rajaus seeds hits"""
    with session.store().ledger.read() as connection:
        found = stock.hits(connection)

    def human(console: Console) -> None:
        names = ("hit", "seed", "extract", "number", "kind", "via", "received_on", "answered_as")
        print_listing(console, names, ([row[name] for name in names] for row in found))

    session.emit({"hits": found}, human)
