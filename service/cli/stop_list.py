"""Verbs for what recipients are told after delivery: ``rajaus stop-list``, and ``rajaus customer webhook``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from core.clock import helsinki_day
from core.errors import InvalidInput
from ledger import consultations, messages
from ledger.store import Store
from service.cli.common import DATE, Session, Verbs, pass_session
from service.cli.customers import customer as customer
from service.tables import print_listing
from subjects import recipients, stop_list as lists

Row = dict[str, Any]


@click.group("stop-list", cls=Verbs)
def stop_list() -> None:
    """What the recipients of persons' rows are told after delivery: remove this row, or change that value.

    \b
    Example:  rajaus stop-list pending
              rajaus stop-list send
              rajaus stop-list export --out outbox
              rajaus stop-list acknowledge message-… --by "Liisa, Esimerkki Oy"
    """


def _table(rows: Sequence[Row], console: Console) -> None:
    headers = ("message", "recipient", "contact", "code", "rows", "state", "send by", "acknowledge by", "late")
    cells = [
        (
            row["message"], row["name"], row["contact"], row["code"], row["rows"], row["state"],
            helsinki_day(row["send_by"] - timedelta(seconds=1)), row["acknowledge_by"],
            " and ".join(word for word, late in (("to send", row["late_to_send"]),
                                                 ("to acknowledge", row["late_to_acknowledge"])) if late),
        )
        for row in rows
    ]  # fmt: skip
    print_listing(console, headers, cells)


@stop_list.command("pending")
@pass_session
def pending(session: Session) -> None:
    """Queue what bans and quarantined sources still ask of recipients, and show all that waits.

    Example: rajaus stop-list pending
    """
    document = lists.pending(session.store())

    def human(console: Console) -> None:
        for key, title in (("to_send", "To send"), ("to_acknowledge", "To be acknowledged")):
            console.print(f"[bold]{title}[/bold]: {len(document[key])}")
            if document[key]:
                _table(document[key], console)
        for row in document["subscriptions"]:
            late = " [red]late[/red]" if row["late"] else ""
            console.print(f"[bold]Deliver[/bold]: {row['subscription']} until {row['owed_by']:%Y-%m-%d %H:%M %Z}{late}")
        if document["blocked"]:
            console.print(f"[bold]Gets nothing new until it answers[/bold]: {', '.join(document['blocked'])}")

    session.emit(document, human)


@stop_list.command("list")
@click.option("--customer", "customer_id", help="Only messages to this recipient.")
@click.option("--state", type=click.Choice(messages.STATES), help="Only messages in this state.")
@pass_session
def list_messages(session: Session, customer_id: str | None, state: str | None) -> None:
    """List the messages, oldest first. Example: rajaus stop-list list --state sent"""
    rows = lists.listing(session.store(), customer=customer_id, state=state)
    session.emit({"messages": rows}, lambda console: _table(rows, console))


@stop_list.command("show")
@click.argument("message")
@pass_session
def show(session: Session, message: str) -> None:
    """Show a message: its rows, and every try to tell the recipient. Example: rajaus stop-list show message-…"""
    session.emit(lists.show(session.store(), message))


@stop_list.command("export")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Directory for the files.")
@click.option("--customer", "customer_id", help="Only this recipient.")
@click.option("--recipient", help="Its age public key: encrypt the files to it. Needs --customer.")
@pass_session
def export(session: Session, out: Path, customer_id: str | None, recipient: str | None) -> None:
    """Write what is not sent yet as files, one set per recipient; it counts as sent from then on.

    CSV and JSON of the rows, and a letter in Finnish, Swedish and English.

    Example: rajaus stop-list export --out outbox
    """
    session.emit(lists.export(session.store(), out, customer=customer_id, recipient=recipient))


@stop_list.command("send")
@click.option("--customer", "customer_id", help="Only this recipient.")
@pass_session
def send(session: Session, customer_id: str | None) -> None:
    """Send what is not sent yet: to the recipients' webhooks, signed; by e-mail to those without, if smtp_host is set.

    What fails stays open for the next run. New values go neither way: they are announced, and exported as files.

    Example: rajaus stop-list send
    """
    session.emit(_sent(session.store(), customer_id, reminders=False))


def _sent(store: Store, customer: str | None, *, reminders: bool) -> Row:
    from subjects import stop_list_mail, stop_list_webhook  # load clients that no other verb needs

    document = stop_list_webhook.send(store, customer=customer, reminders=reminders)
    if store.settings.smtp_host is None:
        return document
    return document | {"mail": stop_list_mail.send(store, customer=customer, reminders=reminders)}


@stop_list.command("remind")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Directory for recipients without webhook.")
@click.option("--customer", "customer_id", help="Only this recipient.")
@pass_session
def remind(session: Session, out: Path, customer_id: str | None) -> None:
    """Send again what was sent two days ago and not acknowledged: by webhook, by e-mail, else as files.

    Example: rajaus stop-list remind --out outbox
    """
    store = session.store()
    posted = _sent(store, customer_id, reminders=True)
    session.emit({"posted": posted} | lists.remind(store, out, customer=customer_id))


@stop_list.command("acknowledge")
@click.argument("message")
@click.option("--by", required=True, help="Who at the recipient says so.")
@click.option("--on", type=DATE, help="The day they said so. Default: today.")
@pass_session
def acknowledge(session: Session, message: str, by: str, on: date | None) -> None:
    """Record that the recipient has done what a message asked.

    Example: rajaus stop-list acknowledge message-… --by "Liisa, Esimerkki Oy"
    """
    session.emit(lists.acknowledge(session.store(), message, by=by, on=on))


@stop_list.command("fail")
@click.argument("message")
@click.option("--effort", required=True, help="What was tried, when and how.")
@pass_session
def fail_message(session: Session, message: str, effort: str) -> None:
    """Record that a recipient cannot be reached, and what was tried; it goes on getting nothing new.

    Example: rajaus stop-list fail message-… --effort "e-mail bounced 3.12.; called the switchboard 4.12., no such firm"
    """
    session.emit(lists.give_up(session.store(), message, effort=effort))


@stop_list.command("recall")
@click.argument("extract")
@click.option("--case", required=True, help="Why: the id of a case, breach or decision. It does not go out.")
@pass_session
def recall(session: Session, extract: str, case: str) -> None:
    """Ask the recipient of an extract to remove every row of it.

    Example: rajaus stop-list recall extract-… --case breach-…
    """
    message = recipients.tell_extract(session.store(), extract, cause=case)
    session.emit({"extract": extract, "message": message})


@stop_list.command("person")
@click.argument("person", type=int)
@click.option("--purpose", required=True, help="Why it is looked at; written to the read log.")
@pass_session
def of_person(session: Session, person: int, purpose: str) -> None:
    """Which recipients were told about a person, and what they answered, for the person who asks.

    Example: rajaus stop-list person 4711 --purpose "asked by telephone 23.11., case-…"
    """
    store = session.store()
    with store.write() as tx:
        consultations.record(tx, persons=[person], kind="recipients told", purpose=purpose)
    rows = recipients.informed(store, person)

    def human(console: Console) -> None:
        names = ("customer_name", "campaign_name", "code", "queued_at", "sent_at", "acknowledged_at", "state")
        print_listing(
            console, [name.replace("_", " ") for name in names], ([row[name] for name in names] for row in rows)
        )

    session.emit({"person": person, "told": rows}, human)


@customer.command("webhook")
@click.argument("customer_id", metavar="CUSTOMER")
@click.option("--url", help="Where it takes messages: https, or http on this machine.")
@click.option("--rotate", is_flag=True, help="Give a new secret; the old one signs beside it for seven days.")
@click.option("--off", is_flag=True, help="Send nothing there any more.")
@pass_session
def webhook(session: Session, customer_id: str, url: str | None, rotate: bool, off: bool) -> None:
    """Set where a recipient's machine takes stop lists, and print the secret it checks them with. Keep it safe.

    Example: rajaus customer webhook customer-… --url https://esimerkki.example/rajaus
    """
    from subjects import stop_list_webhook

    store = session.store()
    if off:
        session.emit(stop_list_webhook.disable(store, customer_id))
    elif url is None:
        raise InvalidInput("value_missing", field="url")
    else:
        session.emit(stop_list_webhook.set_webhook(store, customer_id, url=url, rotate=rotate))
