"""``rajaus register load`` and ``rajaus source``: files into the register, and the sources they come from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from ledger import sources
from register.sources.intake import FORMATS
from register.sources.load import load_files
from service.cli.common import Session, Verbs, pass_session
from service.cli.register_group import register


def _number(value: int) -> str:
    return f"{value:,}".replace(",", " ")


def _print_load(document: dict[str, Any], console: Console) -> None:
    table = Table(show_header=True, title=f"Load {document['load'] or '(nothing to record)'}", title_justify="left")
    for title in ("", "read", "accepted", "quarantined", "suppressed"):
        table.add_column(title, justify="right" if title else "left")
    for load in document["loads"]:
        table.add_row(
            load["kind"], *(_number(load[name]) for name in ("read", "accepted", "quarantined", "suppressed"))
        )
    console.print(table)
    for reason, count in document["reasons"].items():
        console.print(f"  {reason}  {_number(count)}")
    if document["quarantine_file"]:
        console.print(f"Rows not accepted, with field and reason: {document['quarantine_file']}", soft_wrap=True)
    if document["ignored_columns"]:
        console.print(f"Columns left out: {', '.join(document['ignored_columns'])}", soft_wrap=True)
    if document["load"] is None:
        console.print("[yellow]Not one row could be accepted; the register is unchanged.[/yellow]")


@register.command("load")
@click.option("--source", required=True, help="Name of the source the files come from; made on its first load.")
@click.option("--format", "format_", type=click.Choice(FORMATS), help="Default: told by the file's first bytes.")
@click.option("--mapping", type=click.Path(path_type=Path), help="JSON or TOML: which column is which field.")
@click.option("--mode", type=click.Choice(sources.MODES), default="full", show_default=True,
              help="full replaces what the source gave before, update adds to it.")  # fmt: skip
@click.option("--priority", type=int, help="The smaller number wins a field. Default: behind the sources that stand.")
@click.option("--ground", help=f"Lawful ground of the source. Default: {sources.GROUND}.")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@pass_session
def load(
    session: Session, source: str, format_: str | None, mapping: Path | None, mode: str, priority: int | None,
    ground: str | None, files: tuple[Path, ...],
) -> None:  # fmt: skip
    """Load organisations and positions: YTJ bulk, CSV, XLSX or Parquet.

    Rows that do not hold are listed in a quarantine file, with the reason; banned persons are dropped and only
    counted. A file with a person column outside the closed list, or with anything like a personal identity code,
    is refused whole. docs/sources.md lists columns, reasons and mapping files.

    \b
    Example:  rajaus register load --source demo organisations.csv positions.csv
              rajaus register load --source crm --mapping crm.json --mode update contacts.xlsx
    """
    store = session.store()
    with session.progress("Loading rows") as advance:
        document = load_files(
            store, source=source, files=files, format=format_, mapping=mapping, mode=mode, priority=priority,
            ground=ground, advance=advance,
        )  # fmt: skip
    session.emit(document, lambda console: _print_load(document, console))


@click.group("source", cls=Verbs)
def source() -> None:
    """Sources: who wins a field, and which are out of use.

    \b
    Example:  rajaus source list
              rajaus source quarantine bought-list
    """


@source.command("list")
@pass_session
def list_(session: Session) -> None:
    """All sources, the one that wins a field first.

    \b
    Example:  rajaus source list --json
    """
    store = session.store()
    with store.ledger.read() as connection:
        known, live = sources.sources(connection), sources.live_loads(connection)
    listed = [
        {"source": one.source, "priority": one.priority, "ground": one.ground, "added_at": one.added_at,
         "quarantined_at": one.quarantined_at, "rows": sum(load.accepted for load in live if load.source == one.source)}
        for one in known
    ]  # fmt: skip

    def human(console: Console) -> None:
        table = Table()
        for title in ("source", "priority", "ground", "rows", "state"):
            table.add_column(title, justify="right" if title in ("priority", "rows") else "left")
        for one in listed:
            state = "[red]quarantined[/red]" if one["quarantined_at"] else "in use"
            table.add_row(str(one["source"]), str(one["priority"]), str(one["ground"]), str(one["rows"]), state)
        console.print(table)

    session.emit({"sources": listed}, human)


@source.command("priority")
@click.argument("name")
@click.argument("priority", type=int)
@pass_session
def priority(session: Session, name: str, priority: int) -> None:
    """Change who wins a field, from the next publish on; the smaller number wins.

    \b
    Example:  rajaus source priority prh 5
    """
    with session.store().write() as tx:
        sources.set_priority(tx, name, priority)
    session.emit({"source": name, "priority": priority})


@source.command("quarantine")
@click.argument("name")
@pass_session
def quarantine(session: Session, name: str) -> None:
    """Take a source out of use at once: what is known only from it leaves counts and cuts.

    \b
    Example:  rajaus source quarantine bought-list
    """
    with session.store().write() as tx:
        sources.quarantine(tx, name)
    session.emit({"source": name, "state": "quarantined"})


@source.command("release")
@click.argument("name")
@pass_session
def release(session: Session, name: str) -> None:
    """Put a quarantined source back in use.

    \b
    Example:  rajaus source release bought-list
    """
    with session.store().write() as tx:
        sources.release(tx, name)
    session.emit({"source": name, "state": "in use"})
