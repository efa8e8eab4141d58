"""Verbs for the stock of seeds (control records)."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from extracts.gate.seeds import FIRST_STOCK, add_hosts, stock_fictitious
from extracts.hits.sighting import FORMATS, Kind
from ledger import customers, seeds as stock
from service.cli.common import INSTANT, Session, Verbs, pass_session
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
@click.argument("path", type=click.Path(path_type=Path), required=False)
@click.option("--format", "form", type=click.Choice(FORMATS), help="What PATH is. Default: told by its first bytes.")
@pass_session
def seeds_hits(session: Session, path: Path | None, form: str | None) -> None:
    """Find hits in PATH, or without one show those recorded: whose copy is used, when and how; no names.

    PATH is a mailbox (an mbox file, a Maildir, one .eml), a call log (CSV or XLSX with the columns called number and
    time, caller if you like; soitettu numero, aika, soittaja) or the JSON that a mail gateway posts. Every message is
    recorded once, with a copy as evidence. One outside the campaign's window or channel, or from a sender that the
    campaign did not declare, opens a breach candidate.

    \b
    Example:  rajaus seeds hits /var/mail/seeds
              rajaus seeds hits calls.csv
              rajaus seeds hits
    """
    store = session.store()
    if path is not None:
        from extracts.hits import read_hits  # loads the mail parser, which no other verb needs

        session.emit(read_hits(store, path, form=form))
        return
    with store.ledger.read() as connection:
        found = stock.hits(connection)

    def human(console: Console) -> None:
        names = ("hit", "seed", "extract", "number", "kind", "via", "received_on", "verdict", "answered_as")
        print_listing(console, names, ([row[name] for name in names] for row in found))

    session.emit({"hits": found}, human)


@seeds.command("hit")
@click.argument("seed")
@click.option("--channel", type=click.Choice(["email", "phone", "post"]), required=True, help="How it was reached.")
@click.option("--at", type=INSTANT, required=True, help="When, e.g. 2026-11-24T09:15; Finnish time.")
@click.option("--sender", help="Domain, address or number it came from, as it says.")
@click.option("--evidence", type=click.Path(path_type=Path), help="A scan or a note; a copy is kept.")
@pass_session
def seeds_hit(
    session: Session, seed: str, channel: Kind, at: datetime, sender: str | None, evidence: Path | None
) -> None:
    """Record what somebody saw of a seed: a letter that came, a call that a host answered.

    Example: rajaus seeds hit seed-2qglzy7mywgj4ik6 --channel post --at 2026-11-24T09:15 --evidence letter.pdf
    """
    from extracts.hits import record_by_hand

    session.emit(record_by_hand(session.store(), seed, kind=channel, at=at, sender=sender, evidence=evidence))


@seeds.command("senders")
@click.argument("campaign")
@click.argument("senders", nargs=-1)
@click.option("--none", "nobody", is_flag=True, help="Forget what was declared: nobody is a stranger then.")
@pass_session
def seeds_senders(session: Session, campaign: str, senders: tuple[str, ...], nobody: bool) -> None:
    """Declare from which domains and numbers CAMPAIGN is sent, in place of those before; without any, show them.

    A subdomain of a declared domain is no stranger. What comes from elsewhere to a seed opens a breach candidate.

    Example: rajaus seeds senders campaign-abcdefgh12345678 buyer.example news.gateway.example +358401234567
    """
    from extracts.hits import declare_senders

    store = session.store()
    if senders or nobody:
        declared = declare_senders(store, campaign, () if nobody else senders)
    else:
        with store.ledger.read() as connection:
            customers.campaign(connection, campaign)
            declared = stock.senders(connection, campaign)
    session.emit({"campaign": campaign, "senders": declared})
