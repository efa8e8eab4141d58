"""Verbs of disclosures outside any licence."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click
from rich.console import Console

from ledger import other_disclosures
from service.cli.common import DATE, Session, Verbs, pass_session
from service.tables import print_listing
from subjects import disclosures
from subjects.disclosures import FIELDS, KINDS, Asked


@click.group(cls=Verbs)
def disclosure() -> None:
    """To an authority, for a legal claim, a reorganisation, security: a case with a ground and two persons (R079).

    \b
    Example:  rajaus disclosure open --kind authority --recipient "Poliisi" --ground "Poliisilaki 872/2011 4:3"
                  --scope "holder of a number" --person 17
              rajaus disclosure approve disclosure-… --by liisa
              rajaus disclosure make disclosure-… --to outbox --recipient age1…
    """


@disclosure.command("open")
@click.option("--kind", required=True, type=click.Choice(KINDS), help="What it is for.")
@click.option("--recipient", required=True, help="The legal entity that gets it; never a person's name.")
@click.option("--country", default="FI", show_default=True, help="Where the recipient is; EU and EEA only.")
@click.option("--ground", required=True, help="The provision, order or claim that it rests on.")
@click.option("--scope", required=True, help="What is disclosed and what for, in words.")
@click.option("--person", "persons", type=int, multiple=True, help="Whose data; may be given several times.")
@click.option("--fields", default="name,position", show_default=True, help=f"Of {', '.join(FIELDS)}.")
@click.option("--closed-on", type=DATE, help="Of a reorganisation: when it was carried through; statistics before.")
@click.option("--secret-ground", help="The provision that forbids telling the persons.")
@click.option("--secret-until", type=DATE, help="The last day on which it does.")
@pass_session
def disclosure_open(
    session: Session,
    kind: str,
    recipient: str,
    country: str,
    ground: str,
    scope: str,
    persons: tuple[int, ...],
    fields: str,
    closed_on: date | None,
    secret_ground: str | None,
    secret_until: date | None,
) -> None:
    """Open a case; nothing is disclosed before a second person approves it.

    Example: rajaus disclosure open --kind authority --recipient "Poliisi" --ground "Poliisilaki 872/2011 4:3"
    --scope "holder of a number" --person 17 --fields name,contact
    """
    asked = Asked(
        kind=kind,
        recipient=recipient,
        ground=ground,
        scope=scope,
        persons=persons,
        fields=[part.strip() for part in fields.split(",") if part.strip()],
        country=country.upper(),
        closed_on=closed_on,
        secret_ground=secret_ground,
        secret_until=secret_until,
    )
    session.emit(disclosures.open_disclosure(session.store(), asked))


@disclosure.command("approve")
@click.argument("disclosure_id", metavar="DISCLOSURE")
@click.option("--by", help="Who approves. Default: the actor.")
@pass_session
def disclosure_approve(session: Session, disclosure_id: str, by: str | None) -> None:
    """Approve a case; somebody else than who opened it. Example: rajaus disclosure approve disclosure-… --by liisa"""
    session.emit(disclosures.approve(session.store(), disclosure_id, by=by))


@disclosure.command("withdraw")
@click.argument("disclosure_id", metavar="DISCLOSURE")
@pass_session
def disclosure_withdraw(session: Session, disclosure_id: str) -> None:
    """Close a case without disclosing anything. Example: rajaus disclosure withdraw disclosure-…"""
    session.emit(disclosures.withdraw(session.store(), disclosure_id))


@disclosure.command("make")
@click.argument("disclosure_id", metavar="DISCLOSURE")
@click.option("--to", required=True, type=click.Path(path_type=Path), help="Directory for the file.")
@click.option("--recipient", help="age public key of the recipient; the file is encrypted for it.")
@pass_session
def disclosure_make(session: Session, disclosure_id: str, to: Path, recipient: str | None) -> None:
    """Write what an approved case discloses; each look at a person is logged.

    Example: rajaus disclosure make disclosure-… --to outbox --recipient age1…
    """
    session.emit(disclosures.make(session.store(), disclosure_id, to=to, recipient=recipient))


@disclosure.command("list")
@pass_session
def disclosure_list(session: Session) -> None:
    """List the cases, newest first; nobody is named in them. Example: rajaus disclosure list"""
    with session.store().ledger.read() as connection:
        rows = other_disclosures.listing(connection)

    def table(console: Console) -> None:
        names = ("disclosure", "kind", "recipient", "state", "persons", "opened_at", "approved_by", "ended_at")
        print_listing(console, names, ([row[name] for name in names] for row in rows))

    session.emit({"disclosures": rows}, table)
