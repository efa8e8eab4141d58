"""The verb that traces a leaked or re-used list."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from rich.console import Console

from extracts.trace import trace as trace_file
from service.cli.common import Session, Verb, pass_session


@click.command("trace", cls=Verb)
@click.argument("file", type=click.Path(path_type=Path))
@pass_session
def trace(session: Session, file: Path) -> None:
    """Say whose extract a list came from, with the probability of error, and write the evidence file.

    FILE may be CSV, XLSX, Parquet or JSON lines with any columns, in any order, under any headings.
    The result is evidence for a person to judge, never an automatic sanction.

    Example: rajaus trace suspect.xlsx
    """
    with session.progress("Tracing"):
        result = trace_file(session.store(), file)

    def human(console: Console) -> None:
        console.print(f"{result['matched']} of {result['read']} rows match the register's disclosures.")
        _list(console, "Accused", result["accused"])
        if not result["accused"]:
            console.print("Nobody is accused: the evidence is not beyond the bound.")
        _list(console, "Leads: where to look further, not accusations", result["leads"])
        for hit in result["seeds"]:
            console.print(f"Seed {hit['seed']} of {hit['extract']}", soft_wrap=True)
        console.print(f"Evidence: {result['evidence_file']}", soft_wrap=True)

    session.emit(result, human)


def _list(console: Console, title: str, rows: list[dict[str, Any]]) -> None:
    if rows:
        console.print(f"[bold]{title}[/bold]")
    for row in rows:
        console.print(
            f"  {row['extract']}  {row['customer']}  {row['campaign'] or 'campaign not proven'}", soft_wrap=True
        )
        console.print(f"    log e {row['log_e']:.1f}   p {row['p']:.1e}   family-wise p {row['family_wise_p']:.1e}")
