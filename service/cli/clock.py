"""Verbs for the clock that campaign ends are measured with."""

from __future__ import annotations

import click

from ledger import trusted_time
from service.cli.common import Session, Verbs, pass_session


@click.group(cls=Verbs)
def clock() -> None:
    """The clock: whether it agrees with what the ledger has seen. If not, nothing is cut or delivered (R036)."""


@clock.command("show")
@pass_session
def clock_show(session: Session) -> None:
    """Show this node's clock, the latest instant the ledger has seen, and whether the clock is trusted.

    Example: rajaus clock show
    """
    store = session.store()
    with store.ledger.read() as connection:
        document = trusted_time.status(store, connection)
    session.emit(document)


@clock.command("accept")
@click.option("--evidence", required=True, help="How the wrong instant came about, and how the clock was checked.")
@click.option("--approver", required=True, help="The second person.")
@pass_session
def clock_accept(session: Session, evidence: str, approver: str) -> None:
    """Say that this node's clock is right and that a later instant was seen by mistake. Two persons are needed.

    Example: rajaus clock accept --evidence "host was in 2027 until NTP came up, ticket 4711" --approver liisa
    """
    store = session.store()
    with store.write() as tx:
        trusted_time.accept(tx, evidence=evidence, approver=approver)
    with store.ledger.read() as connection:
        document = trusted_time.status(store, connection)
    session.emit(document)
