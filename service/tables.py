"""Tables that people read on the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from core.clock import HELSINKI

_WIDE = 1000
_LINES = (
    ("selected", "Selected by the criteria", ""),
    ("unavailable", "Unavailable", "−"),
    ("already_received", "Already received or the customer's own", "−"),
    ("capped", "Over the limits of the order", "−"),
    ("to_deliver", "To be delivered", "="),
)
_STAFF = {
    "banned": "banned",
    "quarantined": "source quarantined",
    "stale": "not verified lately",
    "unnotified": "not yet notified",
    "pressed": "in enough campaigns already",
    "withheld": "withheld as fingerprint",
}


def statement_table(statement: dict[str, Any]) -> Table:
    """The count statement as sales ops read it: every subtraction on its line."""
    table = Table(title="Count statement", title_justify="left", show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for key, label, sign in _LINES:
        style = "bold" if key == "to_deliver" else ""
        table.add_row(
            f"{sign} {label}".strip(),
            f"{statement[key]:,}".replace(",", " "),
            style=style,
            end_section=key in ("selected", "capped"),
        )
        if key == "unavailable":
            for reason, number in statement["staff"].items():
                if number:
                    table.add_row(
                        f"      of which {_STAFF.get(reason, reason)}", f"{number:,}".replace(",", " "), style="dim"
                    )
    table.add_row("  in organisations", f"{statement['organisations']:,}".replace(",", " "), style="dim")
    return table


def print_facets(console: Console, facets: dict[str, Any]) -> None:
    """One table a dimension, the twelve largest values with a bar."""
    for dimension, values in facets.items():
        table = Table(title=dimension, title_justify="left", show_header=False)
        most = max((value["count"] for value in values), default=1)
        for value in values[:12]:
            bar = "█" * max(1, round(24 * value["count"] / most))
            table.add_row(
                str(value["value"] or "–"),
                value["label"],
                f"{value['count']:,}".replace(",", " "),
                f"[cyan]{bar}[/cyan]",
            )
        if len(values) > 12:
            table.add_row(
                "", f"and {len(values) - 12} more", f"{sum(v['count'] for v in values[12:]):,}".replace(",", " "), ""
            )
        console.print(table)


def print_listing(console: Console, headers: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A plain list, one line a row, wider than the terminal rather than cut short: people copy ids out of it."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for header in headers:
        table.add_column(header, no_wrap=True)
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    Console(file=console.file, width=_WIDE, no_color=console.no_color).print(table)


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(HELSINKI).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return "" if value is None else str(value)
