"""Verbs of an order, from draft to decision."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from extracts import orders
from ledger import orders as ledger_orders
from ledger.store import Store
from schemas import codes
from schemas.criteria import read_criteria
from service.cli.common import Session, Verbs, pass_session
from service.cli.selections import asked_criteria, criteria_options
from service.tables import print_listing, print_narrowness, statement_table

_FILE = click.Path(path_type=Path)


@click.group(cls=Verbs)
def order() -> None:
    """Orders: from draft and quote to approval, cut and the campaign's end."""


_WISH = (
    click.option("--campaign", required=True, help="The campaign it is for."),
    criteria_options,
    click.option(
        "--fields", default="", help="Only these columns, e.g. organisation_name,title,email. Never more than licensed."
    ),
    click.option(
        "--formats", default="csv", show_default=True, help=f"Several with commas: {', '.join(codes.FORMATS)}."
    ),
    click.option("--reason", help="Why so many rows, when the order exceeds the caps."),
    click.option("--with-sources", is_flag=True, help="Also a file that says where each cell is from and as of when."),
)


def wished(verb: Callable[..., None]) -> Callable[..., None]:
    """The options that say what is ordered."""
    for option in reversed(_WISH):
        verb = option(verb)
    return verb


def wish_of(store: Store, asked: dict[str, Any]) -> orders.Wish:
    """What these options say."""
    named = {name: asked[name] for name in ("campaign", "criteria", "selection")}
    return orders.Wish(
        asked["campaign"],
        asked_criteria(store, **named),
        _split(asked["fields"]),
        _split(asked["formats"]),
        asked["reason"],
        asked["with_sources"],
    )


@order.command("place")
@wished
@click.option("--idempotency-key", help="The same request with the same key makes one order, however often it is sent.")
@pass_session
def order_place(session: Session, /, idempotency_key: str | None, **asked: Any) -> None:
    """Place an order: draft and submit in one. Within the caps it is approved at once.

    Example: rajaus order place --campaign campaign-… --criteria it-directors.json --formats csv,xlsx
    """
    store = session.store()
    wish = wish_of(store, asked)
    document = orders.place(
        store,
        wish.campaign,
        wish.criteria,
        fields=wish.fields,
        formats=wish.formats,
        reason=wish.reason,
        with_sources=wish.with_sources,
        key=idempotency_key,
    )
    _emit_submitted(session, document)


def _emit_submitted(session: Session, document: dict[str, Any]) -> None:
    def human(console: Console) -> None:
        console.print(statement_table(document["statement"]))
        for finding in document["findings"]:
            told = ", ".join(f"{name} {value}" for name, value in finding["figures"].items())
            console.print(f"{finding['severity']} {finding['code']}: {told}", soft_wrap=True)
        if document["narrowness"]:
            print_narrowness(console, document["narrowness"])
        _print_price(console, document["price"])
        console.print(f"[bold]{document['order']}[/bold] {document['state']}", soft_wrap=True)

    session.emit(document, human)


def _print_price(console: Console, price: dict[str, Any] | None) -> None:
    if price is not None:
        least = f", at least {price['minimum']}" if Decimal(price["minimum"]) else ""
        console.print(
            f"{price['amount']} {price['currency']} without VAT: {price['rows']} rows at {price['row_price']}{least}",
            soft_wrap=True,
        )


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


@order.command("draft")
@wished
@pass_session
def order_draft(session: Session, /, **asked: Any) -> None:
    """Record an order without asking for it yet.

    Example: rajaus order draft --campaign campaign-… --criteria it-directors.json
    """
    store = session.store()
    session.emit(orders.draft(store, wish_of(store, asked)))


@order.command("revise")
@click.argument("order_id", metavar="ORDER")
@click.option("--criteria", "criteria_file", type=_FILE, help="Other criteria.")
@click.option("--fields", help="Other columns; empty: all that are licensed.")
@click.option("--formats", help="Other formats.")
@click.option("--reason", help="Why the caps may be exceeded.")
@pass_session
def order_revise(
    session: Session,
    order_id: str,
    criteria_file: Path | None,
    fields: str | None,
    formats: str | None,
    reason: str | None,
) -> None:
    """Change an order that was not submitted yet; its quote falls.

    Example: rajaus order revise order-… --criteria narrower.json
    """
    changes: dict[str, Any] = {}
    if criteria_file is not None:
        changes["criteria"] = read_criteria(criteria_file)
    changes |= {name: _split(text) for name, text in (("fields", fields), ("formats", formats)) if text is not None}
    changes |= {"reason": reason} if reason is not None else {}
    session.emit(orders.revise(session.store(), order_id, changes))


@order.command("quote")
@click.argument("order_id", metavar="ORDER")
@pass_session
def order_quote(session: Session, order_id: str) -> None:
    """Count and price a draft; both are frozen until the day named.

    Example: rajaus order quote order-…
    """
    document = orders.quote(session.store(), order_id)

    def human(console: Console) -> None:
        console.print(statement_table(document["statement"]))
        _print_price(console, document["price"])
        console.print(f"[bold]{document['order']}[/bold] quoted until {document['quoted_until']}", soft_wrap=True)

    session.emit(document, human)


@order.command("submit")
@click.argument("order_id", metavar="ORDER")
@click.option("--reason", help="Why so many rows, when the order exceeds the caps.")
@pass_session
def order_submit(session: Session, order_id: str, reason: str | None) -> None:
    """Ask for a drafted or quoted order. Within the caps it is approved at once.

    Example: rajaus order submit order-…
    """
    _emit_submitted(session, orders.submit(session.store(), order_id, reason=reason))


@order.command("cancel")
@click.argument("order_id", metavar="ORDER")
@click.option("--reason", help="Why; kept with the order.")
@pass_session
def order_cancel(session: Session, order_id: str, reason: str | None) -> None:
    """Withdraw an order before it is cut.

    Example: rajaus order cancel order-… --reason "wrong campaign"
    """
    session.emit(orders.cancel(session.store(), order_id, reason=reason))


@order.command("approve")
@click.argument("order_id", metavar="ORDER")
@click.option("--by", help="Who approves. Default: the actor.")
@click.option("--reason", help="Why the caps may be exceeded; needed when the order gives no reason itself.")
@pass_session
def order_approve(session: Session, order_id: str, by: str | None, reason: str | None) -> None:
    """Approve an order that waits for it; somebody else than who made it.

    Example: rajaus order approve order-… --by liisa --reason "whole sector"
    """
    session.emit(orders.decide(session.store(), order_id, event="approved", by=by, reason=reason))


@order.command("reject")
@click.argument("order_id", metavar="ORDER")
@click.option("--by", help="Who refuses. Default: the actor.")
@click.option("--reason", help="Why; kept with the order.")
@pass_session
def order_reject(session: Session, order_id: str, by: str | None, reason: str | None) -> None:
    """Refuse an order.

    Example: rajaus order reject order-… --reason "too wide"
    """
    session.emit(orders.decide(session.store(), order_id, event="refused", by=by, reason=reason))


@order.command("show")
@click.argument("order_id", metavar="ORDER")
@pass_session
def order_show(session: Session, order_id: str) -> None:
    """Show an order with its statement and events. Example: rajaus order show order-…"""
    session.emit(orders.show(session.store(), order_id))


@order.command("events")
@click.argument("order_id", metavar="ORDER")
@pass_session
def order_events(session: Session, order_id: str) -> None:
    """List what happened to an order: when, by whom, why. Example: rajaus order events order-…"""
    shown = orders.show(session.store(), order_id)

    def table(console: Console) -> None:
        names = ("number", "at", "event", "source", "target", "actor", "role", "reason")
        headers = ("no", "at", "event", "from", "to", "by", "role", "reason")
        print_listing(console, headers, ([event[name] for name in names] for event in shown["events"]))

    session.emit({name: shown[name] for name in ("order", "state", "events")}, table)


@order.command("list")
@click.option("--campaign", "campaign_id", help="Only this campaign's.")
@pass_session
def order_list(session: Session, campaign_id: str | None) -> None:
    """List the orders, newest first. Example: rajaus order list --campaign campaign-…"""
    store = session.store()
    with store.ledger.read() as connection:
        rows = ledger_orders.orders(connection, at=store.now(), campaign=campaign_id)

    def table(console: Console) -> None:
        names = ("order", "campaign", "state", "placed_at")
        cells = ([*(row[name] for name in names), (row["statement"] or {}).get("to_deliver")] for row in rows)
        print_listing(console, ("order", "campaign", "state", "placed", "to deliver"), cells)

    session.emit({"orders": rows}, table)
