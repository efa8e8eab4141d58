"""Verbs that publish the register and look after its snapshot."""

from __future__ import annotations

import click
from rich.console import Console
from rich.table import Table

from register import publish as publishing
from service.cli.common import Session, pass_session
from service.cli.register_group import register as register


@register.command("publish")
@click.option("--force", is_flag=True, help="Publish even if many positions would go.")
@pass_session
def register_publish(session: Session, force: bool) -> None:
    """Build a snapshot from the live loads and make it current; whoever reads the old one goes on reading it.

    Then the stock of seeds is filled up with some like the new register, where the setting seed_autofill allows it.

    Example: rajaus register publish
    """
    store = session.store()
    with session.progress("Publishing", publishing.PROGRESS) as advance:
        document = publishing.publish(store, force=force, advance=advance)
    from extracts.gate.seeds import restock_or_warn  # after the publish stands: it needs the new snapshot

    session.emit(document | {"seeds": restock_or_warn(store)})


@register.command("status")
@pass_session
def register_status(session: Session) -> None:
    """Say which snapshot is current, how large it is and which loads it was built from.

    Example: rajaus register status
    """
    document = publishing.status(session.store())

    def human(console: Console) -> None:
        if document["snapshot"] is None:
            console.print("Nothing is published yet. Load a source, then: rajaus register publish")
            return
        for name in ("snapshot", "published_at", "organisations", "persons", "positions"):
            console.print(f"[bold]{name}[/bold]  {document[name]}", soft_wrap=True)
        table = Table("load", "source", "kind", "obtained on", "rows")
        for load in document["loads"]:
            table.add_row(
                str(load["load"]), load["source"], load["kind"], load["obtained_on"].isoformat(), str(load["accepted"])
            )
        console.print(table)

    session.emit(document, human)


@register.command("verify")
@pass_session
def register_verify(session: Session) -> None:
    """Compare the current snapshot with its seal; a single changed bit is found.

    Example: rajaus register verify
    """
    session.emit(publishing.verify(session.store()))
