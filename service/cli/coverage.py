"""Verbs about how much of the register somebody obtained, and may look at."""

from __future__ import annotations

from typing import Any

import click
from rich.console import Console
from rich.table import Table

from extracts.narrow.coverage import coverage as covered
from ledger import obtained
from service.cli.common import Session, Verb, pass_session
from service.cli.customers import campaign as campaign
from service.tables import bar

_SHOWN = 12


@click.command("coverage", cls=Verb)
@click.option("--customer", "customer_id", help="What its whole group obtained, by whichever way.")
@click.option("--reseller", "reseller_id", help="What it ordered, for all its end customers together.")
@pass_session
def coverage(session: Session, customer_id: str | None, reseller_id: str | None) -> None:
    """Show which share of the register and of its parts somebody obtained in twelve months. For staff (T07).

    Example: rajaus coverage --reseller customer-…
    """
    whose = customer_id or reseller_id
    if whose is None or (customer_id and reseller_id):
        raise click.UsageError("Name one of --customer and --reseller.")
    document = covered(session.store(), whose)
    session.emit(document, lambda console: _print(console, document))


@campaign.command("allow-views")
@click.argument("campaign_id", metavar="CAMPAIGN")
@click.option("--user", required=True, help="Whose budget of pages is raised.")
@click.option("--persons", required=True, type=int, help="By so many different persons, within twelve months.")
@click.option("--reason", required=True, help="Why; kept with the grant.")
@click.option("--by", help="Who allows it, not the user. Default: the actor.")
@pass_session
def campaign_allow_views(
    session: Session, campaign_id: str, user: str, persons: int, reason: str, by: str | None
) -> None:
    """Let a user look at more persons on pages than its budget has, and its customer with it (R088).

    Example: rajaus campaign allow-views campaign-… --user matti --persons 500 --reason "fair in March"
    """
    with session.store().write() as tx:
        grant = obtained.grant(tx, campaign=campaign_id, user=user, persons=persons, reason=reason, by=by)
    session.emit({"grant": grant, "campaign": campaign_id, "user": user, "persons": persons})


def _print(console: Console, document: dict[str, Any]) -> None:
    cap = 100 * document["cap"] / document["register_persons"] if document["register_persons"] else 0.0
    console.print(
        f"[bold]{document['persons']}[/bold] persons of {document['register_persons']} since {document['since']}, "
        f"in {document['extracts']} extracts; {document['planned']} more in orders that may still be cut"
    )
    over = document["percent"] > cap
    colour = "red" if over else "cyan"
    console.print(
        f"[{colour}]{bar(document['percent'])}[/{colour}] {document['percent']} % of the register; "
        f"a second person from {document['cap']} persons ({cap:.1f} %) on"
    )
    circle = document["circle"]
    if circle["customers"] > len(document["customers"]):
        console.print(f"With {circle['customers']} customers that share a mail domain: {circle['persons']} persons")
    _table(console, "By recipient", [(row["name"], row["persons"], None, None) for row in document["recipients"]])
    rows = [
        (f"{part['dimension']} {part['value']}  {part['label']}", part["persons"], part["of"], part["percent"])
        for part in document["parts"]
    ]
    _table(console, "Parts of the register", rows)


def _table(console: Console, title: str, rows: list[tuple[str, int, int | None, float | None]]) -> None:
    if not rows:
        return
    table = Table(title=title, title_justify="left", show_header=False)
    for name, persons, of, percent in rows[:_SHOWN]:
        share = "" if percent is None else f"[cyan]{bar(percent)}[/cyan] {percent} %"
        table.add_row(name, str(persons) if of is None else f"{persons} of {of}", share)
    if len(rows) > _SHOWN:
        table.add_row(f"and {len(rows) - _SHOWN} more", "", "")
    console.print(table)
