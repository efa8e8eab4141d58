"""What a processor owes its customer beside the work: misdirected requests passed on, and its own audit (R050)."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from datacare import auditing
from ledger import care_forwards
from service.cli.care_group import care as care
from service.cli.common import DATE, Session, pass_session
from service.tables import print_listing
from subjects import cases, forwarding

_FILE = click.Path(path_type=Path)


@care.command("forward")
@click.argument("file", type=_FILE)
@click.option("--agreement", "agreement_id", required=True, help="The data care agreement whose customer is to answer.")
@click.option("--right", required=True, type=click.Choice(cases.RIGHTS), help="What the person asks for.")
@click.option("--via", required=True, type=click.Choice(cases.VIA), help="How it reached us.")
@click.option("--received", "received_on", type=DATE, help="The day on which it reached us. Default: today.")
@click.option("--case", "case", help="The case it was opened as, where it concerns our register too.")
@click.option("--language", type=click.Choice(cases.LANGUAGES), default="fi", help="Of the letter to the customer.")
@pass_session
def care_forward(
    session: Session,
    /,
    file: Path,
    agreement_id: str,
    right: str,
    via: str,
    received_on: date | None,
    case: str | None,
    language: str,
) -> None:
    """Pass a person's request on to the customer whose it is to answer, within two working days (R050).

    FILE is the message as it came, or a note of what was said. It goes to the customer's contact with the next mail
    send or mail export, and no copy of it stays.

    Example: rajaus care forward pyynto.eml --agreement agreement-… --right access --via email --received 2026-11-27
    """
    session.emit(
        forwarding.forward(
            session.store(),
            agreement_id,
            file,
            right=right,
            via=via,
            received_on=received_on,
            case=case,
            language=language,
        )
    )


@care.command("forwarded")
@click.option("--customer", help="Only to this customer.")
@pass_session
def care_forwarded(session: Session, customer: str | None) -> None:
    """List the requests that were passed on, when their letter left, and which were late.

    Example: rajaus care forwarded --customer customer-…
    """
    store = session.store()
    with store.ledger.read() as connection:
        rows = care_forwards.forwards(connection, today=store.today(), customer=customer)
    names = ("forward", "customer", "right", "received_on", "due_on", "sent_at", "late", "mail")
    document = [{name: row[name] for name in names} for row in rows]
    session.emit(
        {"forwarded": document}, lambda out: print_listing(out, names, ([r[n] for n in names] for r in document))
    )


@care.command("audit")
@click.option("--customer", required=True, help="The customer whose data were processed.")
@click.option("--since", type=DATE, help="First day. Default: from the beginning.")
@click.option("--until", type=DATE, help="Last day. Default: today.")
@click.option("--out", required=True, type=_FILE, help="JSON file for the signed report.")
@pass_session
def care_audit(session: Session, customer: str, since: date | None, until: date | None, out: Path) -> None:
    """Write the customer's audit report: what was done for it, by whom and under which instruction, signed (R050).

    Example: rajaus care audit --customer customer-… --since 2026-01-01 --out audit.json
    """
    document = auditing.report(session.store(), customer, since=since, until=until)
    auditing.write(document, out)
    counted = {name: len(document[name]) for name in ("agreements", "jobs", "forwarded", "breaches", "standing")}
    session.emit(
        {"customer": customer, "since": document["since"], "until": document["until"], **counted, "file": str(out)}
    )
