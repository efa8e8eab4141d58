"""Verbs for the list of processors."""

from __future__ import annotations

from datetime import date
from typing import Any

import click
from rich.console import Console

from ledger import processors
from schemas.processors import CATEGORIES, DATA, MECHANISMS
from service.cli.common import DATE, Session, Verbs, pass_session
from service.tables import print_listing


@click.group(cls=Verbs)
def processor() -> None:
    """Who processes data for the controller; while an item is missing of one, nothing is handed to it (R078)."""


_ITEMS = (
    click.option("--data", type=click.Choice(DATA), help="Whose data: the register's persons, or customers' users."),
    click.option("--purposes", help="What it does with them; several with ;."),
    click.option("--fields", help="Categories of data, e.g. name,contact; see rajaus records art30."),
    click.option("--agreement", type=DATE, help="Day of the Art. 28 agreement."),
    click.option("--sub-processors", help="Approved ones with their country; several with ;. Say 'none' for none."),
    click.option("--location", help="Country of its establishment."),
    click.option("--storage", help="Countries it keeps the data in, e.g. FI,SE."),
    click.option("--transfer", type=click.Choice(MECHANISMS), help="Mechanism of Chapter V, for users' data only."),
)


def _described(verb: Any) -> Any:
    for option in reversed(_ITEMS):
        verb = option(verb)
    return verb


def _values(given: dict[str, Any]) -> dict[str, Any]:
    """What was said, as columns of the list."""
    none = (given["sub_processors"] or "").strip().lower() == "none"
    said = {
        "category": given["category"],
        "data": given["data"],
        "purposes": _split(given["purposes"], ";"),
        "fields": _split(given["fields"], ","),
        "agreement_on": given["agreement"],
        "sub_processors": [] if none else _split(given["sub_processors"], ";"),
        "location": given["location"].upper() if given["location"] else None,
        "storage": _split(given["storage"].upper(), ",") if given["storage"] else None,
        "transfer": given["transfer"],
    }
    return {name: value for name, value in said.items() if value is not None}


def _split(text: str | None, at: str) -> list[str] | None:
    return None if text is None else [part.strip() for part in text.split(at) if part.strip()]


@processor.command("add")
@click.argument("name")
@click.option("--category", required=True, type=click.Choice(CATEGORIES), help="Kind of service.")
@_described
@pass_session
def processor_add(session: Session, /, name: str, **given: Any) -> None:
    """Put a processor on the list; the answer says what is still missing.

    Example: rajaus processor add "Konesali Oy" --category hosting --purposes "running the service"
    --fields name,contact --agreement 2026-01-15 --sub-processors none --location FI --storage FI
    """
    with session.store().write() as tx:
        identifier = processors.add(tx, name, _values(given))
    _emit(session, identifier)


@processor.command("change")
@click.argument("processor_id", metavar="PROCESSOR")
@click.option("--category", type=click.Choice(CATEGORIES), help="Kind of service.")
@_described
@pass_session
def processor_change(session: Session, /, processor_id: str, **given: Any) -> None:
    """Change what is known of a processor. Example: rajaus processor change processor-… --storage FI,SE"""
    with session.store().write() as tx:
        processors.change(tx, processor_id, _values(given))
    _emit(session, processor_id)


@processor.command("evidence")
@click.argument("processor_id", metavar="PROCESSOR")
@click.option("--kind", required=True, help="Certificate, audit or assessment.")
@click.option("--reference", required=True, help="Where it lies.")
@click.option("--until", "valid_until", required=True, type=DATE, help="The last day on which it holds.")
@pass_session
def processor_evidence(session: Session, processor_id: str, kind: str, reference: str, valid_until: date) -> None:
    """File evidence of a processor's security; when the last of it expires, the processor is disabled.

    Example: rajaus processor evidence processor-… --kind "ISO 27001" --reference "archive 77/2026" --until 2027-06-30
    """
    with session.store().write() as tx:
        processors.add_evidence(tx, processor_id, kind=kind, reference=reference, valid_until=valid_until)
    _emit(session, processor_id)


@processor.command("end")
@click.argument("processor_id", metavar="PROCESSOR")
@pass_session
def processor_end(session: Session, processor_id: str) -> None:
    """Record that a processor is used no more. Example: rajaus processor end processor-…"""
    with session.store().write() as tx:
        processors.end(tx, processor_id)
    _emit(session, processor_id)


@processor.command("show")
@click.argument("processor_id", metavar="PROCESSOR")
@pass_session
def processor_show(session: Session, processor_id: str) -> None:
    """Show a processor, its evidence and what is missing. Example: rajaus processor show processor-…"""
    session.store()
    _emit(session, processor_id)


@processor.command("list")
@pass_session
def processor_list(session: Session) -> None:
    """List the processors in use, and what is missing of each. Example: rajaus processor list"""
    store = session.store()
    with store.ledger.read() as connection:
        rows = processors.listing(connection, today=store.today())

    def table(console: Console) -> None:
        names = ("processor", "name", "category", "location", "agreement_on", "enabled", "missing")
        cells = ([", ".join(row[n]) if n == "missing" else row[n] for n in names] for row in rows)
        print_listing(console, ("processor", "name", "service", "country", "agreement", "enabled", "missing"), cells)

    session.emit({"processors": rows}, table)


def _emit(session: Session, processor_id: str) -> None:
    store = session.opened or session.store()
    with store.ledger.read() as connection:
        session.emit(processors.processor(connection, processor_id, today=store.today()))
