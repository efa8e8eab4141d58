"""Verbs for bans."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click
from rich.console import Console

from ledger import bans as ledger_bans, heartbeat, tasks
from schemas import codes
from service.cli.common import DATE, Session, Verbs, pass_session
from service.tables import print_listing
from subjects.ban_confirmation import confirmation
from subjects.ban_import import import_bans
from subjects.ban_request import KINDS, VIA, BanRequest
from subjects.ban_resolve import resolve_ban
from subjects.ban_token import use_link
from subjects.bans import Confirm, add_ban
from subjects.texts import LANGUAGES


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
@click.option(
    "--address-only", is_flag=True, help="Only this address or number, whoever uses it, if the person asked so."
)
@click.option("--channel", type=click.Choice(codes.CHANNELS), help="Only this channel, if the person asked so.")
@click.option("--position", type=int, help="Only this position, if the person asked so.")
@click.option("--received", type=DATE, help="When it reached us. Default: today.")
@click.option("--via", required=True, type=click.Choice(VIA), help="How it reached us.")
@click.option(
    "--kind", type=click.Choice(KINDS), default="processing", show_default=True, help="Both block alike (R012)."
)
@click.option("--reference", help="Where the evidence lies, e.g. an archive number; never a name or an address.")
@click.option("--confirm-to", help="Queue a confirmation to this address.")
@click.option("--language", type=click.Choice(LANGUAGES), default="fi", show_default=True, help="Of the confirmation.")
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
    address_only: bool,
    channel: str | None,
    position: int | None,
    received: date | None,
    via: str,
    kind: str,
    reference: str | None,
    confirm_to: str | None,
    language: str,
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
        address_only=address_only,
        channel=channel,
        position=position,
        received_on=received,
        kind=kind,
        reference=reference,
    )
    confirm = None if confirm_to is None else Confirm(confirm_to, language)
    session.emit(add_ban(session.store(), request, confirm=confirm))


@ban.command("token")
@click.argument("token")
@click.option("--extract", "extract_id", help="The extract it is said to be from; another one's link is refused.")
@click.option("--received", type=DATE, help="When it reached us. Default: today.")
@click.option("--via", type=click.Choice(VIA), default="web", show_default=True, help="How it reached us.")
@click.option("--language", type=click.Choice(LANGUAGES), default="fi", show_default=True, help="Of the reply.")
@pass_session
def ban_token(
    session: Session, token: str, extract_id: str | None, received: date | None, via: str, language: str
) -> None:
    """Use the ban link of a delivered row, or the token in it: whoever the row is about is out at once (R040).

    It works after the campaign and as often as somebody uses it. The outcome is for you alone; the reply is what the
    person is shown, and is alike for everybody.

    Example: rajaus ban token https://kielto.example/k/… --via email
    """
    document = use_link(session.store(), token, extract=extract_id, via=via, received_on=received, language=language)

    def human(console: Console) -> None:
        for name in ("outcome", "ban", "extract", "row", "matched"):
            console.print(f"[bold]{name}[/bold]  {document[name]}", soft_wrap=True)
        console.print()
        console.print(document["reply"]["subject"], style="bold", markup=False)
        console.print(document["reply"]["text"], soft_wrap=True, markup=False)

    session.emit(document, human)


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


@ban.command("resolve")
@click.argument("ban_id", metavar="BAN")
@click.option(
    "--person", "persons", type=int, multiple=True, help="Register id of a candidate who is meant; repeatable."
)
@click.option("--organisation", "organisations", type=int, multiple=True, help="The same for an organisation.")
@click.option("--nobody", is_flag=True, help="None of the candidates is meant.")
@click.option("--evidence", required=True, help="Reference to what shows it; never a name or an address.")
@click.option("--approver", required=True, help="The second person; not the one who runs this.")
@pass_session
def ban_resolve(
    session: Session,
    ban_id: str,
    persons: tuple[int, ...],
    organisations: tuple[int, ...],
    nobody: bool,
    evidence: str,
    approver: str,
) -> None:
    """Say which held candidates are meant; the others are let go, a shared address stays out (R018).

    Example: rajaus ban resolve ban-… --person 4711 --evidence "call 2026-11-24, log 88" --approver liisa
    """
    if nobody == bool(persons or organisations):
        raise click.UsageError("give --person or --organisation, or --nobody")
    session.emit(
        resolve_ban(
            session.store(), ban_id, persons=persons, organisations=organisations, evidence=evidence, approver=approver
        )
    )


@ban.command("confirm")
@click.argument("ban_id", metavar="BAN")
@click.option(
    "--language", type=click.Choice(LANGUAGES), default="fi", show_default=True, help="The person's language."
)
@click.option("--mail-to", help="Queue it to this address too.")
@pass_session
def ban_confirm(session: Session, ban_id: str, language: str, mail_to: str | None) -> None:
    """The confirmation to send back: what the ban covers, and that nothing is asked (R015).

    Example: rajaus ban confirm ban-… --language sv
    """
    document = confirmation(session.store(), ban_id, language=language, mail_to=mail_to)

    def human(console: Console) -> None:
        console.print(f"[bold]{document['subject']}[/bold]\n\n{document['text']}", soft_wrap=True)

    session.emit(document, human)


@ban.command("heartbeat")
@pass_session
def ban_heartbeat(session: Session) -> None:
    """On the primary, once a minute: tell the replicas that their view of the bans is fresh (R016).

    Example: rajaus ban heartbeat
    """
    store = session.store()
    heartbeat.beat(store.ledger, at=store.now())
    session.emit({"beat_at": store.now(), "refuse_after_seconds": store.settings.replica_patience_seconds})


@ban.group("tasks")
def ban_tasks() -> None:
    """Tasks that wait for an operator: who of several is meant."""


@ban_tasks.command("list")
@click.option("--closed", is_flag=True, help="The closed ones too.")
@pass_session
def ban_tasks_list(session: Session, closed: bool) -> None:
    """Open tasks, the one due first at the top. Example: rajaus ban tasks list"""
    store = session.store()
    with store.ledger.read() as connection:
        rows = tasks.list_tasks(connection, closed=closed)
    listed = [row | {"overdue": row["closed_at"] is None and row["due_on"] < store.today()} for row in rows]

    def table(console: Console) -> None:
        cells = [
            (
                row["task"],
                row["kind"],
                " ".join(str(value) for value in row["ids"].values()),
                row["due_on"],
                "closed" if row["closed_at"] else "OVERDUE" if row["overdue"] else "open",
            )
            for row in listed
        ]
        print_listing(console, ("task", "kind", "about", "due", "state"), cells)

    session.emit({"tasks": listed}, table)


@ban_tasks.command("close")
@click.argument("task_id", metavar="TASK")
@pass_session
def ban_tasks_close(session: Session, task_id: str) -> None:
    """Close a task; candidates stay held, only 'ban resolve' lets them go. Example: rajaus ban tasks close task-…"""
    with session.store().write() as tx:
        tasks.close_task(tx, task_id)
    session.emit({"task": task_id, "state": "closed"})


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
