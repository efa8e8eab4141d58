"""Verbs for the audit: whether it holds, its anchor outside, and what is in it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from core.clock import day_end, day_start
from core.errors import StoreError
from ledger import anchors, audit as ledger_audit, integrity
from service.cli.common import DATE, Session, Verbs, pass_session
from service.tables import print_listing


@click.group(cls=Verbs)
def audit() -> None:
    """The audit: one row for every change and every look at a person, each chained to the one before."""


@audit.command("verify")
@click.option("--anchor", "lines", multiple=True, help="An anchor line kept elsewhere; may be given several times.")
@click.option(
    "--anchor-file",
    "files",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A file of anchor lines kept elsewhere, beside the one in the settings.",
)
@pass_session
def audit_verify(session: Session, lines: tuple[str, ...], files: tuple[Path, ...]) -> None:
    """Walk the whole audit and say where it was touched.

    Finds an edited, deleted, reordered row and a cut tail; with an anchor, a chain made anew. What it finds stops
    deliveries and opens a breach candidate. Exit code 6 when something does not hold.

    Example: rajaus audit verify --anchor "rajaus-anchor at=… chain=… seq=… head=…"
    """
    more = [anchors.parse(line) for line in lines] + [found for file in files for found in anchors.read(file)]
    found = integrity.examine(session.store(), more=more)
    document = {
        "rows": found.verdict.rows,
        "head": found.verdict.last,
        "anchors": len(found.anchored),
        "last_anchored": max((item.at for item in found.anchored), default=None),
        "breaks": [{name: row[name] for name in ("break", "reason", "seq", "found_at")} for row in found.breaks],
        "restores": [{"backup_of": item.made_at, "at": item.at} for item in found.verdict.restores],
        "anchors_set_aside": found.verdict.set_aside,
        "contact_data": found.verdict.contact,
        "tombstones": found.tombstones,
        "ok": not found.breaks and not found.verdict.contact and found.tombstones in ("intact", "empty"),
    }
    if document["ok"]:
        session.emit(document, lambda console: _print_verdict(console, document))
        return
    if not session.json:
        _print_verdict(session.err, document)
    raise StoreError(
        "audit_faulty",
        breaks=len(found.breaks),
        contact=len(found.verdict.contact),
        tombstones=found.tombstones,
        verdict=document,
    )


def _print_verdict(console: Console, document: dict[str, Any]) -> None:
    console.print(f"{document['rows']} rows, head {document['head']}.")
    if document["last_anchored"] is None:
        console.print("[yellow]No anchor:[/yellow] a chain made anew would not be found. Run: rajaus audit anchor")
    else:
        console.print(f"{document['anchors']} anchors, the last of {document['last_anchored'].isoformat()}.")
    for item in document["restores"]:
        console.print(
            f"[yellow]Restored[/yellow] at {item['at'].isoformat()} from the backup of "
            f"{item['backup_of'].isoformat()}; "
            f"{document['anchors_set_aside']} anchors of rows in between are set aside.",
            soft_wrap=True,
        )
    for row in document["breaks"]:
        console.print(f"[red]{row['reason']}[/red] at row {row['seq']}  ({row['break']})", soft_wrap=True)
    for seq in document["contact_data"]:
        console.print(f"[red]contact data[/red] in row {seq}")
    console.print(f"Tombstone log: {document['tombstones']}.")
    if document["ok"]:
        console.print("The audit holds.")


@audit.command("anchor")
@click.option(
    "--out", "files", multiple=True, type=click.Path(path_type=Path), help="Append the line to this file as well."
)
@pass_session
def audit_anchor(session: Session, files: tuple[Path, ...]) -> None:
    """Write the audit's head outside the store, and print it for another host, a mail or paper. Run it daily.

    Example: rajaus audit anchor --out /mnt/auditor/rajaus.anchors
    """
    store = session.store()
    made = integrity.anchor(store, files=files)
    document = {
        "anchor": str(made),
        "seq": made.seq,
        "head": made.hash,
        "files": [str(path) for path in (store.settings.anchors_path, *files)],
    }
    session.emit(document, lambda console: console.print(str(made), soft_wrap=True))


@audit.command("show")
@click.option("--action", help="Only this action, e.g. ban.added; ban.* for all that begin so.")
@click.option("--actor", help="Only what this person did.")
@click.option("--since", type=DATE, help="From this day on.")
@click.option("--until", type=DATE, help="Up to and with this day.")
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, help="So many of the newest rows.")
@pass_session
def audit_show(
    session: Session, action: str | None, actor: str | None, since: date | None, until: date | None, limit: int
) -> None:
    """List what was done, by whom and when; ids and counts only.

    Example: rajaus audit show --action "ban.*" --since 2026-11-01
    """
    with session.store().ledger.read() as connection:
        rows = ledger_audit.entries(
            connection,
            action=action,
            actor=actor,
            since=day_start(since) if since else None,
            until=day_end(until) if until else None,
            limit=limit,
        )

    def table(console: Console) -> None:
        cells = [(row["seq"], row["at"], row["actor"], row["action"], _ids(row["ids"])) for row in rows]
        print_listing(console, ("row", "at", "actor", "action", "ids"), cells)

    session.emit({"entries": rows}, table)


def _ids(ids: dict[str, Any]) -> str:
    return "  ".join(f"{name}={value}" for name, value in ids.items())


@audit.command("accept")
@click.argument("break_id", metavar="BREAK")
@click.option("--evidence", required=True, help="Reference to what was found out about the break.")
@click.option("--approver", required=True, help="The second person; not the one who runs this.")
@pass_session
def audit_accept(session: Session, break_id: str, evidence: str, approver: str) -> None:
    """Record how a break came about, so that deliveries go on; two persons are needed, the break stays on record.

    Example: rajaus audit accept break-… --evidence "report 2026-11-22, archive 12" --approver liisa
    """
    with session.store().write() as tx:
        ledger_audit.accept_break(tx, break_id, evidence=evidence, approver=approver)
    session.emit({"break": break_id, "state": "accepted"})
