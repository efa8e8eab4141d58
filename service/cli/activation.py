"""Verbs for responders: ``rajaus activate`` and ``rajaus activation``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from rich.console import Console

from core.errors import LicenceRefused
from core.files import Home
from core.keys import read_keys
from core.signing import public_key
from extracts import activation as activations
from extracts.verify import trusted_keys
from schemas.activation import REASONS
from service.cli.common import Session, Verb, Verbs, pass_session
from service.tables import print_listing
from subjects import keep_certificate

Row = dict[str, Any]


@click.command("activate", cls=Verb)
@click.option("--extract", "extract_id", required=True, help="The extract whose persons responded.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--for-customer", is_flag=True, help="As the customer may see the answer.")
@pass_session
def activate(session: Session, extract_id: str, file: Path, for_customer: bool) -> None:
    """Take in a customer's report of responders, with evidence; whoever is accepted it may keep (R034).

    FILE is CSV or XLSX: date, act (reply, order, event, visit, call), evidence (message, form, order, registration,
    recording, note), reference; and who is meant: row, ban_url, email, or first_name, last_name and business_id.

    Example: rajaus activate --extract extract-… responders.csv
    """
    document = activations.report(session.store(), extract_id, file)
    shown = activations.for_customer(document) if for_customer else document

    def human(console: Console) -> None:
        console.print(
            f"[bold]{shown['report']}[/bold]  read {shown['read']}, accepted {shown['accepted']} "
            f"({shown['duplicates']} reported before), refused {shown['refused']}",
            soft_wrap=True,
        )
        for reason, number in shown["reasons"].items():
            console.print(f"  {number} × {reason}: {REASONS[reason]}", soft_wrap=True)
        if shown.get("refused_file"):
            console.print(f"  refused rows: {shown['refused_file']}", soft_wrap=True)
        if shown["review"]:
            console.print("  [bold]Waits for its review by two persons; until then none of it counts.[/bold]")
        if not for_customer:
            console.print(f"  verdict {shown['verdict']}, control records among them: {len(shown['seeds'])}")

    session.emit(shown, human)


@click.group(cls=Verbs)
def activation() -> None:
    """Responders that customers reported: who may be kept, and what waits for a review (R034)."""


@activation.command("list")
@click.option("--extract", "extract_id", help="Only of this extract.")
@click.option("--customer", "customer_id", help="Only by this customer.")
@click.option("--review", type=click.Choice(["open", "released", "rejected"]), help="Only those whose review is so.")
@pass_session
def activation_list(session: Session, extract_id: str | None, customer_id: str | None, review: str | None) -> None:
    """List the reports, oldest first. Example: rajaus activation list --review open"""
    rows = activations.listing(session.store(), extract=extract_id, customer=customer_id, review=review)

    def table(console: Console) -> None:
        names = ("report", "extract", "received_at", "read", "accepted", "refused", "activated", "persons", "verdict")
        print_listing(
            console,
            (*(name.replace("_at", "") for name in names), "review"),
            ([*(row[name] for name in names), row["review"]] for row in rows),
        )

    session.emit({"reports": rows}, table)


@activation.command("show")
@click.argument("report")
@pass_session
def activation_show(session: Session, report: str) -> None:
    """Show a report with its accepted rows; no names. Example: rajaus activation show report-…"""
    document = activations.show(session.store(), report)

    def human(console: Console) -> None:
        for name, value in document.items():
            if name != "rows":
                console.print(f"[bold]{name}[/bold]  {value}", soft_wrap=True)
        names = ("number", "act", "acted_on", "evidence", "reference", "seed")
        print_listing(console, names, ([row[name] for name in names] for row in document["rows"]))

    session.emit(document, human)


@activation.command("review")
@click.argument("report")
@click.option("--release/--reject", required=True, help="Whether its rows count.")
@click.option("--grounds", required=True, help="What was looked at, and what it showed.")
@click.option("--approver", help="The second person; a release needs one.")
@pass_session
def activation_review(session: Session, report: str, release: bool, grounds: str, approver: str | None) -> None:
    """Close the review of a report: release it, which takes two persons, or reject it.

    Example: rajaus activation review report-… --release --grounds "webinar, 41 of 60 registered; list seen"
    --approver liisa
    """
    document = activations.review(session.store(), report, release=release, grounds=grounds, approver=approver)
    session.emit({name: document[name] for name in ("report", "extract", "review", "decided_by", "approved_by")})


@activation.command("certificate")
@click.option("--extract", "extract_id", required=True, help="The extract whose responders may be kept.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Directory for the files.")
@click.option("--language", default="fi", show_default=True, help="fi, sv or en.")
@pass_session
def activation_certificate(session: Session, extract_id: str, out: Path, language: str) -> None:
    """Write the signed certificate of the records that the customer may keep as its own: JSON, and a PDF.

    Example: rajaus activation certificate --extract extract-… --out outbox --language en
    """
    document = keep_certificate.certificate(session.store(), extract_id, to=out, language=language)

    def human(console: Console) -> None:
        console.print(f"{len(document['rows'])} rows of {document['extract']} may be kept", soft_wrap=True)
        for file in document["files"]:
            console.print(f"  {file['path']}", soft_wrap=True)

    session.emit(document, human)


@activation.command("verify")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--key", "keys", multiple=True, help="A public key you trust, or a file of them. Default: those of the store."
)
@pass_session
def activation_verify(session: Session, file: Path, keys: tuple[str, ...]) -> None:
    """Say whether a certificate is genuine, offline and without a store. Exit code 3 when it is not.

    Example: rajaus activation verify extract-…-keep.json --key z6Mk…
    """
    settings = session.settings()
    trusted = trusted_keys(keys)
    if not keys and Home(settings.home).snapshots.is_dir():
        trusted = [public_key(key) for key in read_keys(settings.keys_dir, "licence")]
    found = keep_certificate.verify(file, trusted=trusted)
    if found["verdict"] != "valid":
        raise LicenceRefused("certificate_refused", **found)
    session.emit(found)
