"""Verbs for what comes in: the intake mailbox, and the daily drill of every channel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from rich.console import Console

from ledger import intake as ledger_intake
from service.cli.common import Session, Verbs, pass_session
from service.tables import print_listing


@click.group(cls=Verbs)
def intake() -> None:
    """What persons send us in free form: a ban works at once, a request becomes a case (R015, T20)."""


@intake.command("mail")
@click.argument("path", type=click.Path(path_type=Path))
@pass_session
def intake_mail(session: Session, path: Path) -> None:
    """Read a mailbox: an mbox file, a Maildir or one .eml; every message once. Run it every few minutes.

    Who says no is banned by the sender's address at once and gets a confirmation; who asks for a right gets a case;
    what says neither leaves a task. The mails stay where they are.

    Example: rajaus intake mail /var/mail/tietosuoja
    """
    from subjects import mail_intake  # loads the mail parser, which no other verb needs

    session.emit(mail_intake.read_mailbox(session.store(), path))


@intake.command("list")
@click.option("--kind", type=click.Choice(ledger_intake.KINDS), help="Only these; drills are left out otherwise.")
@pass_session
def intake_list(session: Session, kind: str | None) -> None:
    """List what came in by mail and what it became, newest first. Example: rajaus intake list --kind unread"""
    with session.store().ledger.read() as connection:
        rows = ledger_intake.items(connection, kind=kind)

    def table(console: Console) -> None:
        cells = (
            (row["item"], row["kind"], " ".join(map(str, row["outcome"].values())), row["received_on"]) for row in rows
        )
        print_listing(console, ("item", "kind", "became", "received"), cells)

    session.emit({"items": rows}, table)


@click.group(cls=Verbs)
def drill() -> None:
    """The daily drill: a synthetic request through every intake channel, and an alarm when one is silent (R100).

    \b
    Example:  rajaus drill run
              rajaus drill status
    """


@drill.command("run")
@pass_session
def drill_run(session: Session) -> None:
    """Put a synthetic request into every channel of the setting drill_channels. Run it every six hours.

    What the product cannot do itself (ring up, write a letter) becomes a task: hand the address in as anybody would,
    e.g. rajaus ban add --via phone --email ADDRESS. It is known for a drill, bans nobody and is in no figure.

    Example: rajaus drill run
    """
    from subjects import drill_run as running

    session.emit(running.run(session.store()))


@drill.command("status")
@pass_session
def drill_status(session: Session) -> None:
    """Say when something last came in through each channel; exit code 6 and a task when one is silent.

    Example: rajaus drill status
    """
    from core.errors import StoreError
    from subjects import drill as drilling

    store = session.store()

    def table(console: Console, rows: list[dict[str, Any]]) -> None:
        names = ("channel", "last_sent", "last_arrived", "state")
        print_listing(
            console, [name.replace("_", " ") for name in names], ([row[name] for name in names] for row in rows)
        )

    try:
        document = drilling.check(store)
    except StoreError as error:
        if error.code == "channel_silent" and not session.json:
            table(session.err, error.ids["status"]["channels"])
        raise
    session.emit(document, lambda console: table(console, document["channels"]))
