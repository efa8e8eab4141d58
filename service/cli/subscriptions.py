"""Verbs of continuous use: recipients as controllers, subscriptions and their deltas."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from rich.console import Console

from extracts import continuous, subscriptions
from ledger import controllers
from schemas import codes
from schemas.criteria import read_criteria
from service.cli.common import Session, Verbs, pass_session, print_document
from service.cli.customers import agreement as agreement
from service.tables import print_listing, statement_table

_FILE = click.Path(path_type=Path)


@agreement.command("controller")
@click.argument("agreement_id", metavar="AGREEMENT")
@click.option("--notice", "notice_url", required=True, help="Address of the recipient's own privacy notice.")
@click.option("--contact", required=True, help="Who there acts on rectification, erasure and restriction (Art. 19).")
@pass_session
def agreement_controller(session: Session, agreement_id: str, notice_url: str, contact: str) -> None:
    """Record a recipient of continuous use as a controller of its own.

    Example: rajaus agreement controller agreement-… --notice https://asiakas.example/tietosuoja --contact
    tietosuoja@asiakas.example
    """
    with session.store().write() as tx:
        row = controllers.name(tx, agreement=agreement_id, notice_url=notice_url, contact=contact)
    session.emit(row)


@agreement.command("confirm")
@click.argument("agreement_id", metavar="AGREEMENT")
@click.option("--by", required=True, help="Who at the recipient said so.")
@pass_session
def agreement_confirm(session: Session, agreement_id: str, by: str) -> None:
    """Record that the recipient informs the persons itself (Art. 14); nothing is delivered before.

    Example: rajaus agreement confirm agreement-… --by "Tiina Tietosuoja"
    """
    with session.store().write() as tx:
        row = controllers.confirm(tx, agreement=agreement_id, by=by)
    session.emit(row)


@click.group(cls=Verbs)
def subscription() -> None:
    """Continuous use: a first delivery, then what was added, changed and removed."""


@subscription.command("open")
@click.option("--agreement", "agreement_id", required=True, help="An agreement for continuous use.")
@click.option("--criteria", "criteria_file", required=True, type=_FILE, help="JSON file; see docs/criteria.md.")
@click.option("--subject", required=True, help="Responsibility codes the offer is about, e.g. IT,PUR.")
@click.option("--purpose", required=True, type=click.Choice(codes.PURPOSES), help="What the rows are used for.")
@click.option("--channel", "channels", required=True, help="email, phone, post; several with commas.")
@click.option("--name", default="Jatkuva käyttö", show_default=True, help="What the use is called.")
@click.option("--fields", default="", help="Only these columns, e.g. organisation_name,title,email.")
@click.option("--formats", default="csv", show_default=True, help=f"Several with commas: {', '.join(codes.FORMATS)}.")
@click.option("--reason", help="Why so many rows, when they exceed the caps.")
@click.option(
    "--without-marks",
    default=",".join(codes.MARKS_OFF),
    show_default=True,
    help=f"Marks to leave out, '' for none: {', '.join(codes.MARKS)}.",
)
@pass_session
def subscription_open(
    session: Session,
    agreement_id: str,
    criteria_file: Path,
    subject: str,
    purpose: str,
    channels: str,
    name: str,
    fields: str,
    formats: str,
    reason: str | None,
    without_marks: str,
) -> None:
    """Open a subscription until its agreement ends. Above the caps its order waits for a second person.

    Example: rajaus subscription open --agreement agreement-… --criteria it-directors.json --subject IT --purpose
    marketing --channel email --formats csv,hubspot
    """
    wish = subscriptions.Wish(
        agreement=agreement_id,
        criteria=read_criteria(criteria_file),
        subject=_split(subject),
        purpose=purpose,
        channels=_split(channels),
        name=name,
        fields=_split(fields),
        formats=_split(formats),
        reason=reason,
        marks_off=_split(without_marks),
    )
    document = subscriptions.open_subscription(session.store(), wish)

    def human(console: Console) -> None:
        console.print(statement_table(document["statement"]))
        console.print(f"[bold]{document['subscription']}[/bold]  order {document['order']} {document['state']}")

    session.emit(document, human)


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


@subscription.command("approve")
@click.argument("subscription_id", metavar="SUBSCRIPTION")
@click.option("--by", help="Who approves. Default: the actor.")
@click.option("--reason", required=True, help="Why it may exceed the caps.")
@pass_session
def subscription_approve(session: Session, subscription_id: str, by: str | None, reason: str) -> None:
    """Let a subscription go on that has come to exceed a cap since it was opened; by a second person.

    Example: rajaus subscription approve campaign-… --by liisa --reason "two new regions agreed on"
    """
    session.emit(subscriptions.approve(session.store(), subscription_id, by=by, reason=reason))


@subscription.command("list")
@click.option("--customer", "customer_id", help="Only this recipient's.")
@pass_session
def subscription_list(session: Session, customer_id: str | None) -> None:
    """List the subscriptions and what is owed on either side. Example: rajaus subscription list"""
    rows = subscriptions.listing(session.store(), customer=customer_id)

    def table(console: Console) -> None:
        names = ("subscription", "name", "state", "held", "delta", "owed_by", "unacknowledged", "ends_at")
        headers = ("subscription", "name", "state", "rows held", "delta", "removal due", "unacknowledged", "ends")
        print_listing(console, headers, ([row[name] for name in names] for row in rows))

    session.emit({"subscriptions": rows}, table)


@subscription.command("show")
@click.argument("subscription_id", metavar="SUBSCRIPTION")
@pass_session
def subscription_show(session: Session, subscription_id: str) -> None:
    """Show a subscription with its deltas. Example: rajaus subscription show subscription-…"""
    document = subscriptions.show(session.store(), subscription_id)

    def human(console: Console) -> None:
        print_document(console, {name: value for name, value in document.items() if name != "deltas"})
        names = ("delta", "added", "changed", "removed", "held", "released_at", "delivered_at", "acknowledged_at")
        headers = ("delta", "added", "changed", "removed", "held", "released", "delivered", "acknowledged")
        print_listing(console, headers, ([row[name] for name in names] for row in document["deltas"]))

    session.emit(document, human)


@subscription.command("deliver")
@click.argument("subscription_id", metavar="SUBSCRIPTION")
@click.option("--to", "directory", required=True, type=_FILE, help="Directory that receives the files.")
@click.option("--recipient", help="age public key of the recipient; the files are encrypted for it.")
@click.option("--whole", is_flag=True, help="Every row once more, for a recipient that lost a delivery.")
@click.option("--again", "number", type=int, help="Hand this delta over once more, as it was.")
@pass_session
def subscription_deliver(
    session: Session, subscription_id: str, directory: Path, recipient: str | None, whole: bool, number: int | None
) -> None:
    """Make the next delta and hand it over: removals first, then what was added and changed.

    Example: rajaus subscription deliver subscription-… --to outbox --recipient age1…
    """
    store = session.store()
    if number is not None:
        document = continuous.again(store, subscription_id, number, to=directory, recipient=recipient)
    else:
        with session.progress("Delivering") as advance:
            document = continuous.deliver(
                store, subscription_id, directory, whole=whole, recipient=recipient, advance=advance
            )
    session.emit(document, _human(document))


def _human(document: dict[str, Any]) -> Any:
    def human(console: Console) -> None:
        if document["delta"] is None:
            console.print(f"Nothing differs from delta {document['previous']}.")
            return
        print_document(console, document)

    return human


@subscription.command("acknowledge")
@click.argument("subscription_id", metavar="SUBSCRIPTION")
@click.option("--delta", "number", required=True, type=int, help="The last delta that the recipient has applied.")
@click.option("--by", required=True, help="Who at the recipient said so.")
@pass_session
def subscription_acknowledge(session: Session, subscription_id: str, number: int, by: str) -> None:
    """Record that the recipient has applied every delta up to this one.

    Example: rajaus subscription acknowledge subscription-… --delta 7 --by "Tiina Tietosuoja"
    """
    session.emit(continuous.acknowledge(session.store(), subscription_id, number, by=by))


@subscription.command("stop")
@click.argument("subscription_id", metavar="SUBSCRIPTION")
@pass_session
def subscription_stop(session: Session, subscription_id: str) -> None:
    """End a subscription before its agreement ends. Example: rajaus subscription stop subscription-…"""
    session.emit(subscriptions.stop(session.store(), subscription_id))
