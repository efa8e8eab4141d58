"""The verbs that trace a leaked or re-used list, check the evidence, and show keys in a dispute."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from rich.console import Console

from core.errors import StoreError
from extracts import reveal as revealing
from extracts.recheck import findings, verify
from extracts.trace import trace as trace_file
from service.cli.common import DefaultVerbs, Session, Verb, pass_session

_FILE = click.Path(path_type=Path)


@click.group("trace", cls=DefaultVerbs)
def trace() -> None:
    """Say whose extract a list came from, with the probability of error, and write the evidence file.

    \b
    A suspect list:     rajaus trace FILE
    Is it so:           rajaus trace verify EVIDENCE
    In a dispute:       rajaus trace reveal EVIDENCE --extract EXTRACT
    """


@click.command("FILE", cls=Verb)
@click.argument("file", type=click.Path(path_type=Path))
@pass_session
def of_file(session: Session, file: Path) -> None:
    """Say whose extract a list came from, with the probability of error, and write the evidence file.

    FILE may be CSV, XLSX, Parquet or JSON lines with any columns, in any order, under any headings.
    The result is evidence for a person to judge, never an automatic sanction.

    Example: rajaus trace suspect.xlsx
    """
    with session.progress("Tracing"):
        result = trace_file(session.store(), file, readable=True)

    def human(console: Console) -> None:
        console.print(f"{result['matched']} of {result['read']} rows match the register's disclosures.")
        _list(console, "Accused", result["accused"])
        if not result["accused"]:
            console.print("Nobody is accused: the evidence is not beyond the bound.")
        _list(console, "Leads: where to look further, not accusations", result["leads"])
        for hit in result["seeds"]:
            console.print(f"Seed {hit['seed']} of {hit['extract']}", soft_wrap=True)
        console.print(f"Evidence: {result['evidence_file']}", soft_wrap=True)
        console.print(f"To read:  {result['document_file']}", soft_wrap=True)

    session.emit(result, human)


trace.default = of_file


@trace.command("verify")
@click.argument("evidence", type=_FILE)
@click.option("--suspect", type=_FILE, help="The list that was traced.")
@click.option("--delivered", type=_FILE, help="The file of the accused extract as delivered, CSV or XLSX.")
@click.option("--revealed", type=_FILE, help="The file of shown keys, from 'trace reveal'.")
@click.option("--extract", help="Whose delivered file it is, where several are accused.")
@click.option("--audit", is_flag=True, help="Hold it against the audit chain of this store too.")
@pass_session
def trace_verify(
    session: Session,
    evidence: Path,
    suspect: Path | None,
    delivered: Path | None,
    revealed: Path | None,
    extract: str | None,
    audit: bool,
) -> None:
    """Check an evidence file anew, by other means than those that wrote it; no store is needed.

    The file alone shows whether every number follows from the ones before it. The suspect list, the delivered file and
    the shown keys each let more be checked; what was not checked is said. Exit code 6 when something does not hold.

    Example: rajaus trace verify trace-….json --suspect leak.csv --delivered extract-….csv --revealed trace-…-keys.json
    """
    verdict = verify(evidence, suspect=suspect, delivered=delivered, revealed=revealed, extract=extract)
    if audit:
        differ = revealing.audit_agrees(session.store(), evidence)
        verdict["findings"] += [findings.Finding("audit_differs", **one).document() for one in differ]
        verdict["checked"].append("audit")
        verdict["not_checked"].pop("audit")
        verdict["ok"] = not verdict["findings"]
    if verdict["ok"]:
        session.emit(verdict, lambda console: _print_verdict(console, verdict))
        return
    if not session.json:
        _print_verdict(session.err, verdict)
    names = ", ".join(dict.fromkeys(one["finding"] for one in verdict["findings"]))
    raise StoreError("evidence_faulty", trace=verdict["trace"], names=names, verdict=verdict)


def _print_verdict(console: Console, verdict: dict[str, Any]) -> None:
    console.print(f"Evidence {verdict['trace']}. Checked: {', '.join(verdict['checked'])}.", soft_wrap=True)
    for one in verdict["findings"]:
        where = " ".join(str(part) for part in (one["extract"], one["at"]) if part)
        console.print(f"[red]{one['finding']}[/red] {where}: {one['means']}", soft_wrap=True)
        if one["said"] is not None or one["found"] is not None:
            console.print(f"    said {one['said']}, found {one['found']}", soft_wrap=True)
    for name, why in verdict["not_checked"].items():
        for text in [why] if isinstance(why, str) else why:
            console.print(f"Not checked ({name}): {text}", soft_wrap=True)
    if verdict["ok"]:
        console.print("The evidence holds.")


@trace.command("reveal")
@click.argument("evidence", type=_FILE)
@click.option("--extract", help="The accused extract whose keys are to be shown.")
@click.option("--reason", help="The dispute it is for; no name or address.")
@click.option("--approve", "reveal", metavar="REVEAL", help="Approve what another person asked for.")
@pass_session
def trace_reveal(session: Session, evidence: Path, extract: str | None, reason: str | None, reveal: str | None) -> None:
    """Show the two scope keys of an accused extract in a dispute: one person asks, another approves.

    Never the house's own key, and no other extract's. The file is written beside the evidence files of the store.

    Example: rajaus trace reveal trace-….json --extract extract-… --reason "claim 12/2026"; then somebody else:
    rajaus trace reveal trace-….json --approve reveal-…
    """
    if (reveal is None) == (extract is None):
        raise click.UsageError("give either --extract, to ask, or --approve")
    if reveal is not None:
        result = revealing.approve(session.store(), evidence, reveal)
    else:
        result = revealing.request(session.store(), evidence, extract=extract or "", reason=reason or "")
    session.emit(result)


def _list(console: Console, title: str, rows: list[dict[str, Any]]) -> None:
    if rows:
        console.print(f"[bold]{title}[/bold]")
    for row in rows:
        console.print(
            f"  {row['extract']}  {row['customer']}  {row['campaign'] or 'campaign not proven'}", soft_wrap=True
        )
        console.print(f"    log e {row['log_e']:.1f}   p {row['p']:.1e}   family-wise p {row['family_wise_p']:.1e}")
