"""Verbs for the end of a licence: ``rajaus campaign sweep``, ``rajaus disposal``, ``rajaus customer blocks``."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click
from rich.console import Console

from core.errors import LicenceRefused
from extracts import ending
from extracts.gate.blocks import blocks
from service.cli.common import DATE, Session, Verbs, pass_session
from service.cli.customers import campaign as campaign, customer as customer
from service.tables import print_listing
from subjects import disposal as disposals


@campaign.command("sweep")
@pass_session
def campaign_sweep(session: Session) -> None:
    """Delete the stored copies of campaigns that are over and ask their recipients to state disposal; for cron.

    What time brought to orders that nobody touched is written down too.

    Said again it finds nothing. That nothing more is delivered needs no sweep: every door asks the clock.

    Example: rajaus campaign sweep
    """
    store = session.store()
    ended = ending.sweep(store)
    strays = ending.sweep_strays(store)
    asked = disposals.ask(store)
    settled = ending.settle_orders(store)

    def human(console: Console) -> None:
        headers = ("extract", "customer", "ended", "files", "disposal due")
        names = ("extract", "customer", "ended_at", "files", "disposal_due")
        print_listing(console, headers, ([row[name] for name in names] for row in ended))
        if strays:
            console.print(f"[bold]strays removed[/bold]  {', '.join(strays)}", soft_wrap=True)

        if asked:
            console.print(f"[bold]asked to state disposal[/bold]  {', '.join(asked)}", soft_wrap=True)
        if settled:
            console.print(f"[bold]orders moved on by time[/bold]  {', '.join(settled)}", soft_wrap=True)

    session.emit({"ended": ended, "strays": strays, "asked": asked, "orders": settled}, human)


@click.group(cls=Verbs)
def disposal() -> None:
    """Disposal after the end of a campaign: who owes its statement, and the statements that came (R035)."""


@disposal.command("list")
@click.option("--customer", "customer_id", help="Only this recipient's.")
@click.option("--owed", is_flag=True, help="Only those that were not stated yet.")
@pass_session
def disposal_list(session: Session, customer_id: str | None, owed: bool) -> None:
    """List what was or is to be disposed of, the most pressing first. Example: rajaus disposal list --owed"""
    rows = disposals.listing(session.store(), customer=customer_id, owed=owed)

    def table(console: Console) -> None:
        headers = ("extract", "recipient", "contact", "ended", "due", "overdue", "stated on", "by")
        names = ("extract", "name", "contact", "ended_at", "due")
        print_listing(
            console,
            headers,
            (
                [*(row[name] for name in names), "yes" if row["overdue"] else "", row["stated_on"], row["stated_by"]]
                for row in rows
            ),
        )

    session.emit({"disposals": rows}, table)


@disposal.command("statement")
@click.option("--extract", "extract_id", required=True, help="What was disposed of.")
@click.option("--by", required=True, help="Who at the recipient states it.")
@click.option("--on", type=DATE, help="The day it was stated. Default: today.")
@pass_session
def disposal_statement(session: Session, extract_id: str, by: str, on: date | None) -> None:
    """Record the recipient's statement that the rows are gone; also before the campaign's end.

    Example: rajaus disposal statement --extract extract-… --by "Liisa Laine, Esimerkki Oy" --on 2026-12-28
    """
    session.emit(disposals.statement(session.store(), extract_id, by=by, on=on))


@disposal.command("document")
@click.option("--extract", "extract_id", required=True, help="Which extract it is about.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Directory for the files.")
@click.option("--language", default="fi", show_default=True, help="fi, sv or en.")
@pass_session
def disposal_document(session: Session, extract_id: str, out: Path, language: str) -> None:
    """Write the statement as PDF and JSON: as it was recorded, or as a form for the recipient to sign.

    Example: rajaus disposal document --extract extract-… --out outbox --language en
    """
    session.emit(disposals.document(session.store(), extract_id, to=out, language=language))


@customer.command("blocks")
@click.option("--customer", "customer_id", required=True, help="Who wants something new.")
@pass_session
def customer_blocks(session: Session, customer_id: str) -> None:
    """Show everything that stands in the way of anything new for a customer; empty: nothing does.

    Example: rajaus customer blocks --customer customer-…
    """
    store = session.store()
    with store.ledger.read() as connection:
        found = blocks(connection, customer_id, at=store.now())
    rows = [
        {"code": block.code, "reason": str(LicenceRefused(block.code, **block.ids)), "ids": dict(block.ids)}
        for block in found
    ]

    def table(console: Console) -> None:
        if not rows:
            console.print("Nothing stands in the way.")
            return
        print_listing(console, ("code", "reason"), ([row["code"], row["reason"]] for row in rows), prose="reason")

    session.emit({"customer": customer_id, "blocks": rows}, table)
