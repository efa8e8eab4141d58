"""Verbs for outside prohibition lists and for the key that bans are hashed with."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click
from rich.console import Console

from core.keys import rotate_key
from schemas import codes
from service.cli.common import DATE, Session, Verbs, pass_session
from service.tables import print_listing
from subjects.outside_list_load import KINDS, ListFile, load_list, status


@click.group(cls=Verbs)
def suppression() -> None:
    """Prohibition lists kept by others: dated, keyed on load, refused when they look broken (R025)."""


@suppression.command("load")
@click.option("--list", "name", required=True, help="Name of the list, e.g. robinson-phone.")
@click.option("--kind", required=True, type=click.Choice(KINDS), help="What a row holds.")
@click.option("--date", "dated_on", required=True, type=DATE, help="The day its keeper made it.")
@click.option("--valid-days", required=True, type=click.IntRange(1, 3660), help="How long it may be relied upon.")
@click.option("--channel", type=click.Choice(codes.CHANNELS), help="The one channel it forbids. Default: all.")
@click.option("--column", help="Column of a file that has several. Default: the only one, or one named as the kind.")
@click.option("--confirmed-by", help="A second person who vouches for a list that is empty or shrank (T22).")
@click.argument("file", type=click.Path(path_type=Path))
@pass_session
def load(
    session: Session,
    name: str,
    kind: str,
    dated_on: date,
    valid_days: int,
    channel: str | None,
    column: str | None,
    confirmed_by: str | None,
    file: Path,
) -> None:
    """Load a list; it replaces the one of that name, or is refused whole and the last good one stays.

    Example: rajaus suppression load --list robinson --kind phone --date 2026-11-20 --valid-days 30 robinson.csv
    """
    listed = ListFile(
        path=file, name=name, kind=kind, dated_on=dated_on, valid_days=valid_days, channel=channel, column=column
    )
    session.emit(load_list(session.store(), listed, confirmed_by=confirmed_by))


@suppression.command("status")
@pass_session
def status_(session: Session) -> None:
    """The lists that count, and until when they may be relied upon. Example: rajaus suppression status"""
    rows = status(session.store())

    def table(console: Console) -> None:
        columns = ("list", "kind", "channel", "rows", "dated_on", "valid_until", "state")
        cells = [tuple(row[name] if row[name] is not None else "all" for name in columns) for row in rows]
        print_listing(console, columns, cells)

    session.emit({"lists": rows}, table)


_ROTATED = ("suppression", "licence")


@click.group(cls=Verbs)
def keys() -> None:
    """Key files: which there are, and putting a new one in use."""


@keys.command("list")
@pass_session
def list_(session: Session) -> None:
    """The keys that can be rotated, by id, the one in use first; no key is shown. Example: rajaus keys list"""
    store = session.store()
    rings = {name: [key.key_id for key in store.keys(name)] for name in _ROTATED}
    session.emit({name: {"in_use": ring[0], "retired": ring[1:]} for name, ring in rings.items()})


@keys.command("rotate")
@click.argument("name", type=click.Choice(_ROTATED))
@pass_session
def rotate(session: Session, name: str) -> None:
    """Put a new key in use; the old one is kept: bans cannot be keyed anew (R019), and old licences are still checked.

    Example: rajaus keys rotate suppression
    """
    store = session.store()
    with store.write() as tx:
        old, new = rotate_key(store.settings.keys_dir, name)
        tx.audit("key.rotated", key=name, old=old.key_id, new=new.key_id)
    session.emit({"key": name, "in_use": new.key_id, "retired": old.key_id})
