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
_WIDTH = 32
"""Characters of the longest bar."""
_LINES = (
    ("selected", "Selected by the criteria", ""),
    ("unavailable", "Unavailable", "−"),
    ("already_received", "Already received or the customer's own", "−"),
    ("capped", "Over the limits of the order", "−"),
    ("to_deliver", "To be delivered", "="),
)
_COLOURS = {
    "selected": "cyan",
    "unavailable": "red",
    "already_received": "blue",
    "capped": "yellow",
    "to_deliver": "green",
}
_LEFT_OUT = {"earlier_orders": "delivered earlier", "own_lists": "on the customer's own lists"}
_STAFF = {
    "banned": "banned",
    "quarantined": "source quarantined",
    "stale": "not verified lately",
    "unnotified": "not yet notified",
    "pressed": "in enough campaigns already",
    "withheld": "withheld as fingerprint",
}


def statement_table(statement: dict[str, Any]) -> Table:
    """The count statement as sales ops read it: every subtraction on its line, with its share of the selected rows."""
    table = Table(title="Count statement", title_justify="left", show_header=False)
    table.add_column()
    table.add_column(justify="right")
    table.add_column()

    def line(label: str, number: int, *, style: str = "", colour: str = "", last: bool = False) -> None:
        drawn = _bar(number, statement["selected"], colour=colour) if colour else ""
        table.add_row(label, _thousands(number), drawn, style=style, end_section=last)

    for key, label, sign in _LINES:
        style = "bold" if key == "to_deliver" else ""
        last = key in ("selected", "capped")
        line(f"{sign} {label}".strip(), statement[key], style=style, colour=_COLOURS[key], last=last)
        parts = {"unavailable": (statement["staff"], _STAFF), "already_received": (statement["left_out"], _LEFT_OUT)}
        numbers, names = parts.get(key, ({}, {}))
        for reason, number in numbers.items():
            if number:
                line(f"      of which {names.get(reason, reason)}", number, style="dim")
    line("  in organisations", statement["organisations"], style="dim")
    for cell, number in statement.get("cells", {}).items():
        line(f"  in cell {cell}", number, style="dim")
    return table


def explain_table(explained: dict[str, Any]) -> Table:
    """What is left after each criterion, and what each alone takes away."""
    table = Table(title="What each criterion does", title_justify="left")
    for header, justify in (("criterion", "left"), ("alone", "right"), ("left", "right"), ("", "left")):
        table.add_column(header, justify="right" if justify == "right" else "left")
    table.add_column("takes away alone", justify="right")
    whole = explained["register"]
    table.add_row("(the register)", "", _thousands(whole), _bar(whole, whole, colour="cyan"), "")
    for line in explained["criteria"]:
        numbers = [_thousands(line[name]) for name in ("alone", "left", "removes")]
        drawn = _bar(line["left"], whole, colour="cyan")
        table.add_row(line["criterion"], numbers[0], numbers[1], drawn, numbers[2])
    return table


def _thousands(number: int) -> str:
    return f"{number:,}".replace(",", " ")


def _bar(number: int, whole: int, *, colour: str) -> str:
    """A bar of a number's share, to an eighth of a character; whatever is not nothing can be seen."""
    if not number or not whole:
        return ""
    eighths = max(1, round(8 * _WIDTH * number / whole))
    return f"[{colour}]{'█' * (eighths // 8)}{'▏▎▍▌▋▊▉'[eighths % 8 - 1] if eighths % 8 else ''}[/{colour}]"


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


def bar(percent: float, *, width: int = 24) -> str:
    """A share as a bar; anything above nothing shows."""
    full = min(width, round(width * percent / 100)) or (1 if percent > 0 else 0)
    return "█" * full + "░" * (width - full)


def print_narrowness(console: Console, reading: dict[str, Any]) -> None:
    """The meter's reading: the score as a bar, then each reason with what would narrow it."""
    score = reading["score"]
    colour = "green" if score >= 75 else "yellow" if score >= 50 else "red"
    console.print(f"Narrowest selection  [{colour}]{bar(score)}[/{colour}]  {score} of 100, {reading['grade']}")
    table = Table(show_header=False, box=None, pad_edge=False)
    for reason in reading["reasons"]:
        table.add_row(f"−{reason['points']}", reason["says"], f"[dim]{reason['suggests']}[/dim]")
    console.print(table)


def print_listing(
    console: Console, headers: Sequence[str], rows: Iterable[Sequence[object]], *, prose: str | None = None
) -> None:
    """A plain list, one line a row, wider than the terminal rather than cut short: people copy ids out of it.

    The column ``prose`` holds sentences; on a terminal they go on in the next line.
    """
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for header in headers:
        table.add_column(header, no_wrap=header != prose)
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    width = console.width if prose is not None and console.is_terminal else _WIDE
    Console(file=console.file, width=width, no_color=console.no_color).print(table)


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(HELSINKI).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return "" if value is None else str(value)
