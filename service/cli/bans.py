"""Verbs for bans."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click
from rich.console import Console

from ledger import bans as ledger_bans
from schemas import codes
from service.cli.common import DATE, Session, Verbs, pass_session
from service.tables import print_listing
from subjects.ban_import import import_bans
from subjects.bans import VIA, BanRequest, add_ban


@click.group(cls=Verbs)
def ban() -> None:
    """Bans: free-form, from any channel, effective at once, never asked for a reason or an identity."""


@ban.command("add")
@click.option("--email", help="The address, however it is written.")
@click.option("--phone", help="The number, however it is written.")
@click.option("--first-name", help="First name; goes with --last-name.")
@click.option("--last-name", help="Surname; with an organisation, a Y-tunnus or a municipality.")
@click.option("--former-last-name", help="A maiden or former surname.")
@click.option("--organisation", help="Name of the organisation.")
@click.option("--business-id", help="Its Y-tunnus.")
@click.option("--municipality", help="Municipality of the organisation, by name or code.")
@click.option("--whole-organisation", is_flag=True, help="Nobody of the organisation.")
@click.option("--channel", type=click.Choice(codes.CHANNELS), help="Only this channel, if the person asked so.")
@click.option("--position", type=int, help="Only this position, if the person asked so.")
@click.option("--received", type=DATE, help="When it reached us. Default: today.")
@click.option("--via", required=True, type=click.Choice(VIA), help="How it reached us.")
@pass_session
def ban_add(
    session: Session,
    email: str | None,
    phone: str | None,
    first_name: str | None,
    last_name: str | None,
    former_last_name: str | None,
    organisation: str | None,
    business_id: str | None,
    municipality: str | None,
    whole_organisation: bool,
    channel: str | None,
    position: int | None,
    received: date | None,
    via: str,
) -> None:
    """File a ban; all that could be meant are held out.

    Example: rajaus ban add --first-name Liisa --last-name Mäkelä --organisation "Esimerkki Oy" --via phone
    """
    request = BanRequest(
        via=via,
        email=email,
        phone=phone,
        first_name=first_name,
        last_name=last_name,
        former_last_name=former_last_name,
        organisation=organisation,
        business_id=business_id,
        municipality=municipality,
        whole_organisation=whole_organisation,
        channel=channel,
        position=position,
        received_on=received,
    )
    session.emit(add_ban(session.store(), request))


@ban.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@pass_session
def ban_import(session: Session, file: Path) -> None:
    """File every row of a CSV of bans (columns: docs/bans.md). Example: rajaus ban import bans.csv"""
    store = session.store()
    with session.progress("Bans") as advance:
        document = import_bans(store, file, advance=advance)
    session.emit(document)


@ban.command("list")
@pass_session
def ban_list(session: Session) -> None:
    """List the bans, newest first; nobody is named in them. Example: rajaus ban list"""
    with session.store().ledger.read() as connection:
        rows = ledger_bans.list_bans(connection)

    def table(console: Console) -> None:
        states = ["lifted" if row["lifted_at"] else "in force" for row in rows]
        cells = [
            (row["ban"], row["target"], row["channel"] or "all", row["via"], row["received_on"], state)
            for row, state in zip(rows, states, strict=True)
        ]
        print_listing(console, ("ban", "target", "channel", "via", "received", "state"), cells)

    session.emit({"bans": rows}, table)


@ban.command("show")
@click.argument("ban_id", metavar="BAN")
@pass_session
def ban_show(session: Session, ban_id: str) -> None:
    """Show a ban and the register ids it hits. Example: rajaus ban show ban-…"""
    with session.store().ledger.read() as connection:
        document = ledger_bans.show(connection, ban_id)
    session.emit(document)


@ban.command("lift")
@click.argument("ban_id", metavar="BAN")
@click.option("--evidence", required=True, help="Reference to the person's own documented wish.")
@click.option("--approver", required=True, help="The second person; not the one who runs this.")
@pass_session
def ban_lift(session: Session, ban_id: str, evidence: str, approver: str) -> None:
    """Lift a ban on the person's own documented act; two persons are needed (R022).

    Example: rajaus ban lift ban-… --evidence "letter 2026-11-20, archive 431" --approver liisa
    """
    with session.store().write() as tx:
        fence = ledger_bans.lift(tx, ban_id, evidence=evidence, approver=approver)
    session.emit({"ban": ban_id, "state": "lifted", "fence": fence})
