"""Verbs of saved selections, and the options by which other verbs use them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from core.errors import InvalidInput
from extracts import selections
from ledger import selections as ledger_selections
from ledger.store import Store
from schemas.criteria import Criteria, read_criteria
from service.cli.common import Session, Verbs, pass_session
from service.tables import print_listing

_FILE = click.Path(path_type=Path)


def criteria_options(verb: Callable[..., None]) -> Callable[..., None]:
    """``--criteria FILE`` or ``--selection NAME[@VERSION]``; :func:`asked_criteria` reads them."""
    verb = click.option("--selection", help="A saved selection instead: NAME, or NAME@VERSION.")(verb)
    return click.option("--criteria", type=_FILE, help="JSON file; see docs/criteria.md.")(verb)


def asked_criteria(store: Store, *, campaign: str, criteria: Path | None, selection: str | None) -> Criteria:
    """What the options ask for, checked. Raises ``InvalidInput`` unless one of the two is given."""
    if (criteria is None) == (selection is None):
        raise InvalidInput("criteria_or_selection")
    return read_criteria(criteria) if criteria is not None else selections.use(store, campaign, str(selection))[1]


@click.group(cls=Verbs)
def selection() -> None:
    """Saved selections: named, versioned, of a customer or a campaign."""


@selection.command("save")
@click.option("--name", required=True, help="Of the customer's own choice; saving again makes the next version.")
@click.option("--criteria", "criteria_file", required=True, type=_FILE, help="JSON file; see docs/criteria.md.")
@click.option("--customer", help="Whose it is.")
@click.option("--campaign", help="For one campaign, and so for its customer.")
@click.option("--note", help="What it is for, in words.")
@pass_session
def selection_save(
    session: Session, name: str, criteria_file: Path, customer: str | None, campaign: str | None, note: str | None
) -> None:
    """Save a selection under a name; every save is a version, and none is ever changed.

    Example: rajaus selection save --customer customer-… --name "IT directors" --criteria it-directors.json
    """
    criteria = read_criteria(criteria_file)
    session.emit(selections.save(session.store(), name, criteria, customer=customer, campaign=campaign, note=note))


@selection.command("list")
@click.option("--customer", help="Only this customer's.")
@click.option("--campaign", help="Only those saved for this campaign.")
@pass_session
def selection_list(session: Session, customer: str | None, campaign: str | None) -> None:
    """List the saved selections with all their versions. Example: rajaus selection list --customer customer-…"""
    with session.store().ledger.read() as connection:
        rows = ledger_selections.saved(connection, customer=customer, campaign=campaign)

    def table(console: Console) -> None:
        names = ("name", "version", "customer", "campaign", "saved_at", "saved_by", "note")
        print_listing(console, names, ([row[name] for name in names] for row in rows))

    session.emit({"selections": rows}, table)


@selection.command("show")
@click.argument("name", metavar="NAME[@VERSION]")
@click.option("--customer", required=True, help="Whose it is.")
@pass_session
def selection_show(session: Session, name: str, customer: str) -> None:
    """Show a saved selection, by default its newest version.

    Example: rajaus selection show "IT directors@2" --customer customer-…
    """
    plain, version = selections.parsed(name)
    with session.store().ledger.read() as connection:
        row = ledger_selections.find(connection, customer=customer, name=plain, version=version)
    session.emit(row, lambda console: _print(console, row))


@selection.command("use")
@click.argument("name", metavar="NAME[@VERSION]")
@click.option("--campaign", required=True, help="The campaign it is wanted for.")
@click.option("--out", type=_FILE, help="Write its criteria to this file, to be changed.")
@pass_session
def selection_use(session: Session, name: str, campaign: str, out: Path | None) -> None:
    """Check a saved selection anew for a campaign, and give its criteria, to be looked at or changed.

    Example: rajaus selection use "IT directors" --campaign campaign-… --out criteria.json
    """
    row, criteria = selections.use(session.store(), campaign, name)
    document = {key: row[key] for key in ("selection", "name", "version")} | {"criteria": criteria.document()}
    if out is not None:
        out.write_text(json.dumps(document["criteria"], ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        document["file"] = str(out)
    session.emit(document, lambda console: _print(console, document))


def _print(console: Console, row: dict[str, Any]) -> None:
    console.print(f"[bold]{row['name']}[/bold] version {row['version']}", soft_wrap=True)
    console.print_json(json.dumps(row["criteria"], ensure_ascii=False))
