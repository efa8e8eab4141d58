"""Verbs about resellers for the house, and the reseller's own: counts, orders and statements, never rows."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from extracts import reseller as door
from ledger import end_customers, resellers
from schemas import codes
from service.cli.common import DATE, ResellerVerb, Session, Verbs, pass_session
from service.cli.orders import wish_of, wished
from service.cli.selections import asked_criteria, criteria_options
from service.tables import print_listing
from subjects import relay as relaying
from subjects.ban_request import BanRequest
from subjects.cases import LANGUAGES, RIGHTS


@click.group(cls=Verbs)
def reseller() -> None:
    """Resellers: order for named end customers by a token, and never receive rows (R051-R053).

    \b
    The house:     rajaus reseller token add|revoke|list, prohibit|allow|prohibited, standing, drill
    The reseller:  rajaus reseller campaigns, count, order, orders, show, statement, relay
    """


# --- the house --------------------------------------------------------------------------------------------------------


@reseller.group("token", cls=Verbs)
def token() -> None:
    """Order tokens: shown once, only a keyed hash is stored."""


@token.command("add")
@click.argument("customer_id", metavar="CUSTOMER")
@click.option("--label", required=True, help="What it is for, e.g. the machine that orders.")
@click.option("--until", "expires_on", required=True, type=DATE, help="The last day on which it is good.")
@pass_session
def token_add(session: Session, customer_id: str, label: str, expires_on: date) -> None:
    """Make an order token for a reseller; its secret is shown this once.

    Example: rajaus reseller token add customer-… --label "order desk" --until 2027-06-30
    """
    store = session.store()
    with store.write() as tx:
        document = resellers.add_token(
            tx, customer_id, label=label, expires_on=expires_on, key=store.key("fingerprint")
        )
    session.emit(document)


@token.command("revoke")
@click.argument("token_id", metavar="TOKEN")
@pass_session
def token_revoke(session: Session, token_id: str) -> None:
    """End a token at once. Example: rajaus reseller token revoke token-…"""
    with session.store().write() as tx:
        resellers.revoke_token(tx, token_id)
    session.emit({"token": token_id, "state": "revoked"})


@token.command("list")
@click.option("--customer", "customer_id", help="Only this reseller's.")
@pass_session
def token_list(session: Session, customer_id: str | None) -> None:
    """List the tokens, newest first; no secret is in it. Example: rajaus reseller token list"""
    with session.store().ledger.read() as connection:
        rows = resellers.tokens(connection, customer=customer_id)
    _emit_rows(session, "tokens", rows, ("token", "customer", "label", "expires_on", "used_at", "revoked_at"))


@reseller.command("prohibit")
@click.option("--business-id", required=True, help="Y-tunnus, or the national id of another EU/EEA country.")
@click.option("--country", default="FI", show_default=True, help="ISO 3166 code of the establishment.")
@click.option("--reason", required=True, help="Why nobody may order for it.")
@pass_session
def reseller_prohibit(session: Session, business_id: str, country: str, reason: str) -> None:
    """Put a legal entity on the list of prohibited end customers; it works at once, for running campaigns too.

    Example: rajaus reseller prohibit --business-id 0112038-9 --reason "misuse, case 12"
    """
    with session.store().write() as tx:
        made = end_customers.prohibit(tx, business_id=business_id, country=country.upper(), reason=reason)
    session.emit({"prohibition": made})


@reseller.command("allow")
@click.argument("prohibition")
@pass_session
def reseller_allow(session: Session, prohibition: str) -> None:
    """End a prohibition. Example: rajaus reseller allow prohibition-…"""
    with session.store().write() as tx:
        end_customers.allow(tx, prohibition)
    session.emit({"prohibition": prohibition, "state": "ended"})


@reseller.command("prohibited")
@pass_session
def reseller_prohibited(session: Session) -> None:
    """List the prohibited end customers, newest first. Example: rajaus reseller prohibited"""
    with session.store().ledger.read() as connection:
        rows = end_customers.prohibitions(connection)
    names = ("prohibition", "country", "business_id", "reason", "made_at", "ended_at")
    _emit_rows(session, "prohibitions", rows, names)


@reseller.command("standing")
@pass_session
def reseller_standing(session: Session) -> None:
    """List the resellers with what they passed on; one that passes nothing on is flagged.

    Example: rajaus reseller standing
    """
    rows = relaying.standing(session.store())
    _emit_rows(session, "resellers", rows, ("customer", "name", "relays", "late", "last_at", "drilled_at", "flag"))


@reseller.command("drill")
@click.argument("customer_id", metavar="CUSTOMER")
@pass_session
def reseller_drill(session: Session, customer_id: str) -> None:
    """Begin a drill: send the reseller a made-up request with the code in it, as a person would.

    It is due back within one working day: rajaus reseller relay --drill CODE.

    Example: rajaus reseller drill customer-…
    """
    session.emit(relaying.begin_drill(session.store(), customer_id))


def _emit_rows(session: Session, key: str, rows: list[dict[str, Any]], names: tuple[str, ...]) -> None:
    headers = tuple(name.removesuffix("_at").replace("_", " ") for name in names)
    session.emit(
        {key: rows}, lambda console: print_listing(console, headers, ([row[name] for name in names] for row in rows))
    )


# --- the reseller -----------------------------------------------------------------------------------------------------


@reseller.command("campaigns", cls=ResellerVerb)
@pass_session
def reseller_campaigns(session: Session) -> None:
    """List your campaigns with their end customers. Example: rajaus reseller campaigns --token-file token"""
    store, party = session.party()
    rows = door.campaigns(store, party)
    _emit_rows(session, "campaigns", rows, ("campaign", "name", "end_customer", "business_id", "starts_on", "ends_on"))


@reseller.command("count", cls=ResellerVerb)
@click.option("--campaign", "campaign_id", required=True, help="The campaign it is for.")
@criteria_options
@click.option("--facets", "with_facets", is_flag=True, help="Also count by eight dimensions.")
@pass_session
def reseller_count(
    session: Session, campaign_id: str, criteria: Path | None, selection: str | None, with_facets: bool
) -> None:
    """State what a selection would deliver, in steps. Example: rajaus reseller count --campaign campaign-…
    --criteria it-directors.json"""
    store, party = session.party()
    door.check_campaign(store, party, campaign_id)
    asked = asked_criteria(store, campaign=campaign_id, criteria=criteria, selection=selection)
    document = door.count(store, party, campaign_id, asked, with_facets=with_facets)

    def human(console: Console) -> None:
        console.print(
            f"To be delivered {document['to_deliver']}, in organisations {document['organisations']} "
            f"(in steps of {document['in_steps_of']})"
        )
        for dimension, values in document.get("facets", {}).items():
            cells = ([value["value"], value["label"], value["count"]] for value in values)
            console.print(f"[bold]{dimension}[/bold]")
            print_listing(console, ("value", "label", "count"), cells)

    session.emit(document, human)


@reseller.command("order", cls=ResellerVerb)
@wished
@click.option("--draft", "only_draft", is_flag=True, help="Record it, and ask for nothing yet.")
@click.option("--idempotency-key", help="The same request with the same key makes one order, however often it is sent.")
@pass_session
def reseller_order(session: Session, /, only_draft: bool, idempotency_key: str | None, **asked: Any) -> None:
    """Order for an end customer; what is cut goes to the end customer itself.

    Example: rajaus reseller order --campaign campaign-… --criteria it-directors.json --token-file token
    """
    store, party = session.party()
    door.check_campaign(store, party, asked["campaign"])  # before its customer's saved selections are looked at
    wish = wish_of(store, asked)
    if only_draft:
        session.emit(door.draft(store, party, wish))
    else:
        session.emit(door.place(store, party, wish, key=idempotency_key))


@reseller.command("quote", cls=ResellerVerb)
@click.argument("order_id", metavar="ORDER")
@pass_session
def reseller_quote(session: Session, order_id: str) -> None:
    """Count and price a draft. Example: rajaus reseller quote order-…"""
    store, party = session.party()
    session.emit(door.quote(store, party, order_id))


@reseller.command("submit", cls=ResellerVerb)
@click.argument("order_id", metavar="ORDER")
@click.option("--reason", help="Why so many rows, when the order exceeds the caps.")
@pass_session
def reseller_submit(session: Session, order_id: str, reason: str | None) -> None:
    """Ask for a drafted or quoted order. Example: rajaus reseller submit order-…"""
    store, party = session.party()
    session.emit(door.submit(store, party, order_id, reason=reason))


@reseller.command("cancel", cls=ResellerVerb)
@click.argument("order_id", metavar="ORDER")
@click.option("--reason", help="Why; kept with the order.")
@pass_session
def reseller_cancel(session: Session, order_id: str, reason: str | None) -> None:
    """Take an order back before it is cut. Example: rajaus reseller cancel order-… --reason "other list"."""
    store, party = session.party()
    session.emit(door.cancel(store, party, order_id, reason=reason))


@reseller.command("orders", cls=ResellerVerb)
@pass_session
def reseller_orders(session: Session) -> None:
    """List your orders, newest first. Example: rajaus reseller orders --token-file token"""
    store, party = session.party()
    rows = door.listing(store, party)

    def table(console: Console) -> None:
        cells = (
            [row["order"], row["campaign"], row["state"], row["placed_at"], (row["statement"] or {}).get("to_deliver")]
            for row in rows
        )
        print_listing(console, ("order", "campaign", "state", "placed", "to deliver"), cells)

    session.emit({"orders": rows}, table)


@reseller.command("show", cls=ResellerVerb)
@click.argument("order_id", metavar="ORDER")
@pass_session
def reseller_show(session: Session, order_id: str) -> None:
    """Show one of your orders with what happened to it. Example: rajaus reseller show order-…"""
    store, party = session.party()
    session.emit(door.show(store, party, order_id))


@reseller.command("statement", cls=ResellerVerb)
@click.option("--from", "since", required=True, type=DATE, help="The first day.")
@click.option("--until", required=True, type=DATE, help="The last day.")
@pass_session
def reseller_statement(session: Session, since: date, until: date) -> None:
    """List what was delivered and credited in a period, as it is billed.

    Example: rajaus reseller statement --from 2026-11-01 --until 2026-11-30 --token-file token
    """
    store, party = session.party()
    document = door.statement(store, party, since=since, until=until)

    def table(console: Console) -> None:
        names = ("day", "kind", "recipient", "order", "extract", "rows", "row_price", "amount", "currency")
        print_listing(console, names, ([line[name] for name in names] for line in document["lines"]))
        for currency, amount in document["totals"].items():
            console.print(f"Total {amount} {currency}")

    session.emit(document, table)


@reseller.command("credits", cls=ResellerVerb)
@pass_session
def reseller_credits(session: Session) -> None:
    """List the credits for rows of your orders that were no good. Example: rajaus reseller credits"""
    store, party = session.party()
    rows = door.credits_of(store, party)
    _emit_rows(session, "credits", rows, ("day", "order", "extract", "rows", "amount", "currency"))


@reseller.command("relay", cls=ResellerVerb)
@click.option("--email", help="Of the person who said no.")
@click.option("--phone", help="Of the person who said no.")
@click.option("--first-name", help="First name; goes with --last-name.")
@click.option("--last-name", help="Surname; with an organisation or a Y-tunnus.")
@click.option("--organisation", help="Name of the organisation.")
@click.option("--business-id", help="Its Y-tunnus.")
@click.option("--channel", type=click.Choice(codes.CHANNELS), help="Only this channel, if the person asked so.")
@click.option("--request", "right", type=click.Choice(RIGHTS), help="Another request than a ban.")
@click.option("--reference", help="Of a request: under what you keep the letter; it names nobody.")
@click.option("--language", type=click.Choice(LANGUAGES), default="fi", show_default=True, help="Of a request.")
@click.option("--drill", "code", help="The code in a drill's made-up request.")
@click.option("--received", type=DATE, help="When it reached you. Default: today.")
@pass_session
def reseller_relay(
    session: Session,
    email: str | None,
    phone: str | None,
    first_name: str | None,
    last_name: str | None,
    organisation: str | None,
    business_id: str | None,
    channel: str | None,
    right: str | None,
    reference: str | None,
    language: str,
    code: str | None,
    received: date | None,
) -> None:
    """Pass on what a person told you: a ban works at once, another request opens a case. Due within one working day.

    Example: rajaus reseller relay --email liisa.makela@yritys.example --received 2026-11-20 --token-file token
    """
    store, party = session.party()
    if code is not None:
        session.emit(relaying.drill(store, party, code))
        return
    if right is not None:
        document = relaying.request(
            store, party, right=right, received_on=received, reference=reference or "", language=language
        )
        session.emit(document)
        return
    said = BanRequest(
        via="reseller",
        email=email,
        phone=phone,
        first_name=first_name,
        last_name=last_name,
        organisation=organisation,
        business_id=business_id,
        channel=channel,
        received_on=received,
    )
    session.emit(relaying.ban(store, party, said))
