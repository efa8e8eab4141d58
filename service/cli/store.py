"""Verbs for the store itself: init, doctor, demo."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from extracts.gate.seeds import stock_fictitious
from ledger.store import create_store
from service.cli.common import Session, Verb, pass_session

FIRST_SEEDS = 500


@click.command("init", cls=Verb)
@click.option("--upgrade", is_flag=True, help="Bring an older store up to this version.")
@pass_session
def init(session: Session, upgrade: bool) -> None:
    """Create an empty store with keys and a first stock of seeds.

    Example: rajaus init --home /srv/rajaus
    """
    store = create_store(session.settings(), clock=session.clock, upgrade=upgrade)
    stocked = 0 if upgrade else stock_fictitious(store, FIRST_SEEDS)
    session.emit(
        {"home": str(store.home.root), "keys": str(store.settings.keys_dir), "upgraded": upgrade, "seeds": stocked}
    )


@click.command("doctor", cls=Verb)
@pass_session
def doctor(session: Session) -> None:
    """Tell what is set up, what is not, and how things are really encrypted.

    Example: rajaus doctor --home /srv/rajaus
    """
    from service import doctor as examination  # here and below: a verb loads only what it needs

    document = examination.examine(session.store())

    def human(console: Console) -> None:
        table = Table(show_header=False)
        for key, value in document.items():
            if key == "findings":
                continue
            text = (
                ", ".join(f"{name} {item}" for name, item in value.items()) if isinstance(value, dict) else str(value)
            )
            table.add_row(key, text)
        console.print(table)
        for finding in document["findings"]:
            console.print(f"[yellow]![/yellow] {finding}", soft_wrap=True)

    session.emit(document, human)


@click.command("demo", cls=Verb)
@click.option(
    "--out",
    default="rajaus-demo",
    show_default=True,
    type=click.Path(path_type=Path),
    help="Where the demo's own store and files go. An earlier demo there is replaced.",
)
@pass_session
def demo(session: Session, out: Path) -> None:
    """The main job on the embedded sample, told step by step, in a store of its own.

    Example: rajaus demo
    """
    from service import demo as demonstration

    console = Console(stderr=True) if session.json else session.out
    document = demonstration.run(out, console=console, settings=session.settings())
    session.emit(document, lambda _console: None)
