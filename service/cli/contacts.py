"""Verbs for what recipients declare and prove: contacts that answer, and where the data lie."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from rich.console import Console

from ledger import contacts, customers, processing, recipients
from service.cli.common import Session, Verbs, pass_session
from service.cli.customers import customer as customer
from service.tables import print_listing
from subjects import contact_test


@customer.group("contact", cls=Verbs)
def contact() -> None:
    """Contacts for notices about persons; nothing is delivered unless one is tested (R076)."""


@contact.command("set")
@click.argument("customer_id", metavar="CUSTOMER")
@click.argument("mailbox")
@pass_session
def contact_set(session: Session, customer_id: str, mailbox: str) -> None:
    """Give a customer another contact; you vouch for it. The one before is kept for 30 days, then retention deletes it.

    Example: rajaus customer contact set customer-… tietosuoja@esimerkki.example
    """
    store = session.store()
    with store.write() as tx:
        recipients.set_contact(tx, customer_id, mailbox, settings=store.settings)
    _emit_contact(session, customer_id)


@contact.command("show")
@click.argument("customer_id", metavar="CUSTOMER")
@pass_session
def contact_show(session: Session, customer_id: str) -> None:
    """Show a customer's contact, what it is worth, and former ones. Example: rajaus customer contact show customer-…"""
    session.store()
    _emit_contact(session, customer_id)


def _emit_contact(session: Session, customer_id: str) -> None:
    store = session.opened or session.store()
    with store.ledger.read() as connection:
        document = {
            "customer": customer_id,
            "contact": customers.customer(connection, customer_id)["contact"],
            "state": recipients.contact_state(connection, customer_id, at=store.now()),
            "former": contacts.former(connection, customer_id),
        }
    session.emit(document)


@contact.command("test")
@click.argument("customer_id", metavar="CUSTOMER")
@click.option("--to", type=click.Path(path_type=Path), help="Write the letter here instead of mailing it.")
@pass_session
def contact_test_send(session: Session, customer_id: str, to: Path | None) -> None:
    """Begin a test: a letter with a token that the contact has to send back. It goes with the next rajaus mail send.

    Example: rajaus customer contact test customer-…
    """
    session.emit(contact_test.send(session.store(), customer_id, to=to))


@contact.command("confirm")
@click.argument("token")
@pass_session
def contact_confirm(session: Session, token: str) -> None:
    """Record that a contact sent its token back. Example: rajaus customer contact confirm TOKEN"""
    store = session.store()
    with store.write() as tx:
        document = recipients.confirm(tx, token, settings=store.settings)
    session.emit(document)


@contact.command("failed")
@click.argument("customer_id", metavar="CUSTOMER")
@click.option("--reason", required=True, help="How it showed: the mail came back, nobody answers.")
@pass_session
def contact_failed(session: Session, customer_id: str, reason: str) -> None:
    """Record that a contact is dead; nothing is delivered until another test succeeds.

    Example: rajaus customer contact failed customer-… --reason "mail came back 3.12."
    """
    with session.store().write() as tx:
        recipients.fail(tx, customer_id, reason=reason)
    session.emit({"customer": customer_id, "contact": "failed"})


@customer.command("declare")
@click.argument("customer_id", metavar="CUSTOMER")
@click.option("--storage", required=True, help="Countries it keeps the data in, e.g. FI,SE.")
@click.option("--subcontractors", default="", help="Countries of those it contracts who hold the data.")
@pass_session
def customer_declare(session: Session, customer_id: str, storage: str, subcontractors: str) -> None:
    """Record where a customer says that it keeps the data; it replaces what it said before (R077).

    A place outside the EU and EEA stops its deliveries; there is no override.

    Example: rajaus customer declare customer-… --storage FI,SE --subcontractors IE
    """
    with session.store().write() as tx:
        recipients.declare(tx, customer_id, storage=_split(storage), subcontractors=_split(subcontractors))
    session.emit(_shown(session, customer_id))


@customer.command("move")
@click.argument("customer_id", metavar="CUSTOMER")
@click.option("--country", required=True, help="ISO 3166 code of the new establishment.")
@pass_session
def customer_move(session: Session, customer_id: str, country: str) -> None:
    """Record another establishment; deliveries stop until storage is declared anew (T09).

    Example: rajaus customer move customer-… --country SE
    """
    with session.store().write() as tx:
        recipients.move(tx, customer_id, country=country.upper())
    session.emit(_shown(session, customer_id))


@customer.command("show")
@click.argument("customer_id", metavar="CUSTOMER")
@pass_session
def customer_show(session: Session, customer_id: str) -> None:
    """Show a recipient: legal entity, roles, contact and its tests, places, and what stops deliveries.

    Example: rajaus customer show customer-…
    """
    session.emit(_shown(session, customer_id))


@customer.command("list")
@pass_session
def customer_list(session: Session) -> None:
    """List the register of recipients. Example: rajaus customer list"""
    store = session.store()
    with store.ledger.read() as connection:
        rows = [processing.recipient(connection, one, at=store.now()) for one in customers.customer_ids(connection)]

    def table(console: Console) -> None:
        names = ("customer", "name", "business_id", "country", "roles", "contact_state", "stopped_by")
        cells = ([", ".join(row[n]) if n == "roles" else row[n] for n in names] for row in rows)
        print_listing(console, ("customer", "name", "id", "country", "roles", "contact", "stopped by"), cells)

    session.emit({"customers": rows}, table)


def _shown(session: Session, customer_id: str) -> dict[str, Any]:
    store = session.opened or session.store()
    with store.ledger.read() as connection:
        return processing.recipient(connection, customer_id, at=store.now())


def _split(text: str) -> list[str]:
    return [part.strip().upper() for part in text.split(",") if part.strip()]
