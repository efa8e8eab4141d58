"""Verbs for counts, cuts, extracts and deliveries."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from extracts import count as counting, cut as cutting, deliver as delivering
from extracts.narrow import questions
from ledger import cuts
from service.cli.common import Session, Verb, Verbs, pass_session
from service.cli.selections import asked_criteria, criteria_options
from service.tables import explain_table, print_facets, print_listing, print_narrowness, statement_table

_FILE = click.Path(path_type=Path)


@click.command("count", cls=Verb)
@click.option("--campaign", "campaign_id", required=True, help="The campaign it is for.")
@criteria_options
@click.option("--facets", "with_facets", is_flag=True, help="Also count by eight dimensions.")
@click.option("--explain", "explained", is_flag=True, help="Also what each criterion alone takes away.")
@click.option("--meter", "with_meter", is_flag=True, help="Also say how narrow the selection is, and what would help.")
@click.option(
    "--for-customer", is_flag=True, help="As the customer may see it: no reasons, numbers in steps, a budget (R026)."
)
@pass_session
def count(
    session: Session,
    campaign_id: str,
    criteria: Path | None,
    selection: str | None,
    with_facets: bool,
    explained: bool,
    with_meter: bool,
    for_customer: bool,
) -> None:
    """State what a selection would deliver, and where every other row goes.

    Example: rajaus count --campaign campaign-… --criteria it-directors.json --facets --meter
    """
    store = session.store()
    asked = asked_criteria(store, campaign=campaign_id, criteria=criteria, selection=selection)
    if for_customer:
        if with_meter or explained:
            raise click.UsageError("--meter and --explain show exact numbers; they are not for customers.")
        session.emit(questions.ask(store, campaign_id, asked, with_facets=with_facets))
        return
    document = counting.count(
        store, campaign_id, asked, with_facets=with_facets, with_meter=with_meter, explained=explained
    )

    def human(console: Console) -> None:
        console.print(statement_table(document))
        if explained:
            console.print(explain_table(document["explain"]))
        if with_facets:
            print_facets(console, document["facets"])
        if with_meter:
            print_narrowness(console, document["narrowness"])

    session.emit(document, human)


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
