"""Verbs for the outbox: what the product mails, and what became of it."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from ledger import outbox
from service.cli.common import Session, Verbs, pass_session
from service.tables import print_listing


@click.group(cls=Verbs)
def mail() -> None:
    """Messages that wait to be mailed: queued with what they are about, sent by a mail server or written as files.

    \b
    Example:  rajaus mail send
              rajaus mail export --out outbox
              rajaus mail list --state failed
    """


@mail.command("send")
@pass_session
def mail_send(session: Session) -> None:
    """Send what waits, through the server of the setting smtp_host; run it every few minutes.

    What the server defers is tried again by the next run; what it refuses has failed and leaves a task.

    Example: rajaus mail send
    """
    from subjects import mail_send as sending  # loads the mail client, which no other verb needs

    session.emit(sending.send(session.store()))


@mail.command("export")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Directory for the files.")
@pass_session
def mail_export(session: Session, out: Path) -> None:
    """Write what waits as .eml files, for a mail program to send; it counts as out from then on.

    Example: rajaus mail export --out outbox
    """
    from subjects import mail_send as sending

    session.emit(sending.export(session.store(), out))


@mail.command("list")
@click.option("--state", type=click.Choice(outbox.STATES), help="Only messages in this state.")
@click.option("--about", help="Only messages about this ban, case or notice.")
@pass_session
def mail_list(session: Session, state: str | None, about: str | None) -> None:
    """List the messages, oldest first; nobody is named in them. Example: rajaus mail list --state failed"""
    with session.store().ledger.read() as connection:
        rows = outbox.mails(connection, state=state, about=about)
    names = ("mail", "kind", "about", "state", "queued_at", "settled_at")

    def table(console: Console) -> None:
        print_listing(
            console, [name.replace("_", " ") for name in names], ([row[name] for name in names] for row in rows)
        )

    session.emit({"mails": rows}, table)


@mail.command("show")
@click.argument("mail_id", metavar="MAIL")
@pass_session
def mail_show(session: Session, mail_id: str) -> None:
    """Show a message and every try to send it, without its text and addressee. Example: rajaus mail show mail-…"""
    with session.store().ledger.read() as connection:
        document = outbox.find(connection, mail_id)
    session.emit(document)


@mail.command("retry")
@click.argument("mail_id", metavar="MAIL")
@pass_session
def mail_retry(session: Session, mail_id: str) -> None:
    """Queue a failed message again. Example: rajaus mail retry mail-…"""
    from subjects import mail_send as sending

    session.emit({"mail": mail_id, "state": sending.retry(session.store(), mail_id)})


@mail.command("drop")
@click.argument("mail_id", metavar="MAIL")
@click.option("--reason", required=True, help="Why it is not sent, e.g. that it went by post; kept in the audit.")
@pass_session
def mail_drop(session: Session, mail_id: str, reason: str) -> None:
    """Give a message up; its text is deleted. Example: rajaus mail drop mail-… --reason "sent by post" """
    from subjects import mail_send as sending

    session.emit({"mail": mail_id, "state": sending.drop(session.store(), mail_id, reason=reason)})
