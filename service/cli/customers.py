"""Verbs for customers, agreements and campaigns."""

from __future__ import annotations

from datetime import date
from typing import Any

import click
from rich.console import Console

from extracts import ending
from ledger import customers, licences, removal
from schemas import codes
from service.cli.common import DATE, Session, Verbs, pass_session
from service.tables import print_listing


@click.group(cls=Verbs)
def customer() -> None:
    """Legal entities that may receive data, inside the EU/EEA only."""


@customer.command("add")
@click.option("--name", required=True, help="Registered name.")
@click.option("--business-id", required=True, help="Y-tunnus, or the national id of another EU/EEA country.")
@click.option("--country", default="FI", show_default=True, help="ISO 3166 code of the establishment.")
@click.option("--group", "parent", help="Customer id of the parent: caps are counted by group.")
@click.option("--contact", help="Role mailbox for notices about the persons delivered; you vouch for it (R076).")
@click.option("--storage", default="", help="Countries it keeps the data in, e.g. FI,SE. Default: its establishment.")
@click.option("--subcontractors", default="", help="Countries of those it contracts who hold the data, e.g. IE.")
@pass_session
def customer_add(
    session: Session,
    name: str,
    business_id: str,
    country: str,
    parent: str | None,
    contact: str | None,
    storage: str,
    subcontractors: str,
) -> None:
    """Record a customer. Nothing is delivered to one without a contact, or with data outside the EU and EEA.

    Example: rajaus customer add --name "Esimerkki Oy" --business-id 0112038-9 --contact tietosuoja@esimerkki.example
    """
    store = session.store()
    with store.write() as tx:
        identifier = customers.add_customer(
            tx,
            name=name,
            business_id=business_id,
            country=country.upper(),
            parent=parent,
            contact=contact,
            storage=_split(storage.upper()),
            subcontractors=_split(subcontractors.upper()),
            vouched_days=store.settings.contact_declared_days,
        )
    session.emit({"customer": identifier})


@customer.command("remove")
@click.argument("customer_id", metavar="CUSTOMER")
@click.option("--reason", required=True, help="Why; kept in the audit.")
@pass_session
def customer_remove(session: Session, customer_id: str, reason: str) -> None:
    """End a customer's access at once: agreements, campaigns, extracts. It stays nameable as a recipient.

    It is still told of bans and corrections of rows it holds (rajaus stop-list). Adding it again brings it back.

    Example: rajaus customer remove customer-… --reason "agreement terminated, letter 14"
    """
    with session.store().write() as tx:
        document = removal.remove(tx, customer_id, reason=reason)
    session.emit(document)


@click.group(cls=Verbs)
def agreement() -> None:
    """Written agreements: for campaigns, continuous use, data care, or reselling."""


@agreement.command("add")
@click.option("--customer", "customer_id", required=True, help="Who agrees.")
@click.option("--mode", required=True, type=click.Choice(codes.MODES), help="What the agreement is for.")
@click.option("--from", "starts_on", required=True, type=DATE, help="The first day.")
@click.option("--until", "ends_on", required=True, type=DATE, help="The last day.")
@click.option("--licence-accepted-by", "accepted_by", help="Who signed for the customer, if it is to be named.")
@pass_session
def agreement_add(
    session: Session, customer_id: str, mode: str, starts_on: date, ends_on: date, accepted_by: str | None
) -> None:
    """Record a written agreement with a customer; with it the terms of use in force today are accepted (R033).

    Example: rajaus agreement add --customer customer-… --mode campaign --from 2026-11-01 --until 2027-10-31
    """
    with session.store().write() as tx:
        identifier = customers.add_agreement(
            tx, customer_id=customer_id, mode=mode, starts_on=starts_on, ends_on=ends_on, accepted_by=accepted_by
        )
    session.emit({"agreement": identifier})


@click.group(cls=Verbs)
def campaign() -> None:
    """Campaigns: named, with a subject, a purpose, channels, a start and an end."""


@campaign.command("open")
@click.option("--agreement", "agreement_id", required=True, help="The agreement it belongs to.")
@click.option("--end-customer", help="Whom a reseller orders for.")
@click.option("--name", required=True, help="What the campaign is called.")
@click.option("--subject", required=True, help="Responsibility codes the offer is about, e.g. IT,PUR.")
@click.option("--purpose", required=True, type=click.Choice(codes.PURPOSES), help="What the rows are used for.")
@click.option("--channel", "channels", required=True, help="email, phone, post; several with commas.")
@click.option("--from", "starts_on", required=True, type=DATE, help="The first day.")
@click.option("--until", "ends_on", required=True, type=DATE, help="The last day; it ends at 24:00 in Helsinki.")
@click.option("--licence-accepted-by", "accepted_by", help="Who accepts the terms in force for this campaign (R033).")
@click.option(
    "--without-marks",
    default=",".join(codes.MARKS_OFF),
    show_default=True,
    help=f"Marks to leave out, '' for none: {', '.join(codes.MARKS)}.",
)
@pass_session
def campaign_open(
    session: Session,
    agreement_id: str,
    end_customer: str | None,
    name: str,
    subject: str,
    purpose: str,
    channels: str,
    starts_on: date,
    ends_on: date,
    accepted_by: str | None,
    without_marks: str,
) -> None:
    """Open a campaign under an agreement.

    Example: rajaus campaign open --agreement agreement-… --name "Varmuuskopiot 2026" --subject IT --purpose sales
    --channel email --from 2026-11-23 --until 2026-12-22
    """
    store = session.store()
    with store.write() as tx:
        identifier = customers.open_campaign(
            tx,
            agreement_id=agreement_id,
            end_customer=end_customer,
            name=name,
            subject=_split(subject),
            purpose=purpose,
            channels=_split(channels),
            starts_on=starts_on,
            ends_on=ends_on,
            max_days=store.settings.campaign_max_days,
            marks_off=_split(without_marks),
        )
        if accepted_by is not None:
            version = licences.in_force(tx.connection, today=store.today())["version"]
            licences.accept(
                tx, agreement=agreement_id, campaign=identifier, version=version, by=accepted_by, how="signature"
            )
    session.emit({"campaign": identifier})


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


@campaign.command("show")
@click.argument("campaign_id", metavar="CAMPAIGN")
@pass_session
def campaign_show(session: Session, campaign_id: str) -> None:
    """Show one campaign with its recipient. Example: rajaus campaign show campaign-…"""
    with session.store().ledger.read() as connection:
        row = customers.campaign(connection, campaign_id)
        recipient = customers.customer(connection, row["customer"])
    session.emit(_public(row) | {"customer_name": recipient["name"], "customer_business_id": recipient["business_id"]})


@campaign.command("list")
@pass_session
def campaign_list(session: Session) -> None:
    """List the campaigns, newest first. Example: rajaus campaign list"""
    with session.store().ledger.read() as connection:
        rows = [_public(row) for row in customers.campaigns(connection)]

    def table(console: Console) -> None:
        headers = ("campaign", "name", "subject", "channels", "from", "until", "state")
        names = ("campaign", "name", "subject", "channels", "starts_on", "ends_on", "state")
        print_listing(console, headers, ([row[name] for name in names] for row in rows))

    session.emit({"campaigns": rows}, table)


@campaign.command("close")
@click.argument("campaign_id", metavar="CAMPAIGN")
@pass_session
def campaign_close(session: Session, campaign_id: str) -> None:
    """End a campaign before its time; its stored copies are deleted. Example: rajaus campaign close campaign-…"""
    store = session.store()
    with store.write() as tx:
        customers.close_campaign(tx, campaign_id)
    ended = ending.sweep(store, campaign=campaign_id)
    session.emit({"campaign": campaign_id, "state": "closed", "ended": [row["extract"] for row in ended]})


def _public(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"state": "closed" if row["closed_at"] else "open"}
