"""Verbs from count to delivery."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from extracts import count as counting, cut as cutting, deliver as delivering, orders
from ledger import cuts, orders as ledger_orders
from schemas.criteria import read_criteria
from service.cli.common import Session, Verb, Verbs, pass_session
from service.tables import print_facets, print_listing, statement_table

_FILE = click.Path(path_type=Path)


@click.command("count", cls=Verb)
@click.option("--campaign", "campaign_id", required=True, help="The campaign it is for.")
@click.option("--criteria", "criteria_file", required=True, type=_FILE, help="JSON file; see docs/criteria.md.")
@click.option("--facets", "with_facets", is_flag=True, help="Also count by eight dimensions.")
@click.option("--for-customer", is_flag=True, help="As the customer may see it: no reasons, numbers in steps (R026).")
@pass_session
def count(session: Session, campaign_id: str, criteria_file: Path, with_facets: bool, for_customer: bool) -> None:
    """State what a selection would deliver, and where every other row goes.

    Example: rajaus count --campaign campaign-… --criteria it-directors.json --facets
    """
    store = session.store()
    document = counting.count(store, campaign_id, read_criteria(criteria_file), with_facets=with_facets)

    if for_customer:
        session.emit(counting.for_customer(document, threshold=store.settings.count_threshold))
        return

    def human(console: Console) -> None:
        console.print(statement_table(document))
        if with_facets:
            print_facets(console, document["facets"])

    session.emit(document, human)


@click.group(cls=Verbs)
def order() -> None:
    """Orders: a frozen statement, approved before the cut."""


@order.command("place")
@click.option("--campaign", "campaign_id", required=True, help="The campaign it is for.")
@click.option("--criteria", "criteria_file", required=True, type=_FILE, help="JSON file; see docs/criteria.md.")
@click.option(
    "--fields", default="", help="Only these columns, e.g. organisation_name,title,email. Never more than licensed."
)
@click.option(
    "--formats", default="csv", show_default=True, help="csv, csv-excel, xlsx, parquet, jsonl; several with commas."
)
@click.option("--reason", help="Why so many rows, when the order exceeds the caps.")
@pass_session
def order_place(
    session: Session, campaign_id: str, criteria_file: Path, fields: str, formats: str, reason: str | None
) -> None:
    """Place an order. Within the caps it is approved at once.

    Example: rajaus order place --campaign campaign-… --criteria it-directors.json --formats csv,xlsx
    """
    document = orders.place(
        session.store(),
        campaign_id,
        read_criteria(criteria_file),
        fields=_split(fields),
        formats=_split(formats),
        reason=reason,
    )

    def human(console: Console) -> None:
        console.print(statement_table(document["statement"]))
        console.print(f"[bold]{document['order']}[/bold] {document['state']}", soft_wrap=True)

    session.emit(document, human)


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


@order.command("approve")
@click.argument("order_id", metavar="ORDER")
@click.option("--by", help="Who approves. Default: the actor.")
@click.option("--reason", help="Why the caps may be exceeded.")
@pass_session
def order_approve(session: Session, order_id: str, by: str | None, reason: str | None) -> None:
    """Approve an order that exceeds the caps.

    Example: rajaus order approve order-… --by liisa --reason "whole sector"
    """
    session.emit(orders.decide(session.store(), order_id, event="approved", by=by, reason=reason))


@order.command("reject")
@click.argument("order_id", metavar="ORDER")
@click.option("--by", help="Who rejects. Default: the actor.")
@click.option("--reason", help="Why; kept with the order.")
@pass_session
def order_reject(session: Session, order_id: str, by: str | None, reason: str | None) -> None:
    """Reject an order.

    Example: rajaus order reject order-… --reason "too wide"
    """
    session.emit(orders.decide(session.store(), order_id, event="rejected", by=by, reason=reason))


@order.command("show")
@click.argument("order_id", metavar="ORDER")
@pass_session
def order_show(session: Session, order_id: str) -> None:
    """Show an order with its statement. Example: rajaus order show order-…"""
    with session.store().ledger.read() as connection:
        row = ledger_orders.order(connection, order_id)
    session.emit(row)


@order.command("list")
@click.option("--campaign", "campaign_id", help="Only this campaign's.")
@pass_session
def order_list(session: Session, campaign_id: str | None) -> None:
    """List the orders, newest first. Example: rajaus order list --campaign campaign-…"""
    with session.store().ledger.read() as connection:
        rows = ledger_orders.orders(connection, campaign=campaign_id)

    def table(console: Console) -> None:
        names = ("order", "campaign", "state", "placed_at")
        cells = ([*(row[name] for name in names), row["statement"]["to_deliver"]] for row in rows)
        print_listing(console, ("order", "campaign", "state", "placed", "to deliver"), cells)

    session.emit({"orders": rows}, table)


@click.command("cut", cls=Verb)
@click.argument("order_id", metavar="ORDER")
@pass_session
def cut(session: Session, order_id: str) -> None:
    """Cut an approved order into an extract.

    Example: rajaus cut order-…
    """
    with session.progress("Cutting") as advance:
        document = cutting.cut(session.store(), order_id, advance=advance)
    session.emit(document)


@click.group(cls=Verbs)
def extract() -> None:
    """Extracts that were cut."""


@extract.command("show")
@click.argument("extract_id", metavar="EXTRACT")
@pass_session
def extract_show(session: Session, extract_id: str) -> None:
    """Show an extract with its files. Example: rajaus extract show extract-…"""
    with session.store().ledger.read() as connection:
        document = cuts.extract(connection, extract_id) | {"files": cuts.files(connection, extract_id)}
    session.emit(document)


@extract.command("list")
@pass_session
def extract_list(session: Session) -> None:
    """List the extracts, newest first. Example: rajaus extract list"""
    with session.store().ledger.read() as connection:
        rows = cuts.extracts(connection)

    def table(console: Console) -> None:
        names = ("extract", "campaign", "persons", "seeds", "state", "released_at")
        headers = ("extract", "campaign", "persons", "seeds", "state", "released")
        print_listing(console, headers, ([row[name] for name in names] for row in rows))

    session.emit({"extracts": rows}, table)


@extract.command("revoke")
@click.argument("extract_id", metavar="EXTRACT")
@click.option("--reason", default="operator", show_default=True, help="Why; kept in the audit.")
@pass_session
def extract_revoke(session: Session, extract_id: str, reason: str) -> None:
    """Withdraw an extract: it is never delivered again.

    Example: rajaus extract revoke extract-… --reason "wrong list"
    """
    with session.store().write() as tx:
        cuts.end(tx, extract_id, event="revoked", reason=reason)
    session.emit({"extract": extract_id, "state": "revoked"})


@click.command("deliver", cls=Verb)
@click.argument("extract_id", metavar="EXTRACT")
@click.option("--to", "directory", required=True, type=_FILE, help="Directory that receives the files.")
@click.option("--recipient", help="age public key of the customer; the files are encrypted for it.")
@pass_session
def deliver(session: Session, extract_id: str, directory: Path, recipient: str | None) -> None:
    """Hand an extract over. Bans filed after the cut are looked at once more.

    Example: rajaus deliver extract-… --to outbox --recipient age1…
    """
    from subjects import recipients

    store = session.store()
    document = delivering.deliver(store, extract_id, directory, recipient=recipient)
    recipients.sweep(store)  # what was corrected since the cut goes after it as a message (R060)
    session.emit(document)
