"""Verbs that tell registered persons of the register, and record that they were told."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click
from rich.console import Console

from ledger import exemptions, notices as ledger_notices
from service.cli.common import DATE, Session, Verbs, pass_session
from service.cli.subject_group import subject as subject
from service.tables import print_listing
from subjects import notices

_PATH = click.Path(path_type=Path)


@subject.group("notify", cls=Verbs)
def notify() -> None:
    """Notices under Art. 14: whoever was not told is in no cut, and leaves the register after a month.

    \b
    Example:  rajaus subject notify export --out notices
              rajaus subject notify record batch-… --sent-on 2026-11-22 --proof "mail log 4711"
              rajaus subject notify status
    """


@notify.command("export")
@click.option("--out", required=True, type=_PATH, help="Directory for the address files and the texts.")
@click.option("--channel", type=click.Choice(ledger_notices.CHANNELS), help="Only this channel; a website is none.")
@click.option("--limit", type=click.IntRange(1), default=notices.LIMIT, show_default=True, help="Persons at most.")
@click.option("--processor", help="The printing or mailing house that gets the files; refused while it is disabled.")
@pass_session
def notify_export(session: Session, out: Path, channel: str | None, limit: int, processor: str | None) -> None:
    """Write address files and texts of the notices that are owed, the oldest first; the look is logged.

    Example: rajaus subject notify export --out notices --limit 500
    """
    session.emit(notices.export(session.store(), out, channel=channel, limit=limit, processor=processor))


@notify.command("send")
@click.option("--limit", type=click.IntRange(1), default=notices.LIMIT, show_default=True, help="Persons at most.")
@pass_session
def notify_send(session: Session, limit: int) -> None:
    """Queue the notices that can go by e-mail; rajaus mail send sends them and records what became of each.

    Example: rajaus subject notify send --limit 500
    """
    session.emit(notices.send(session.store(), limit=limit))


@notify.command("record")
@click.argument("batch")
@click.argument("file", required=False, type=_PATH)
@click.option("--sent-on", type=DATE, help="The day on which all that the file does not name were sent.")
@click.option("--proof", help="Where the proof of sending is kept, e.g. the number of a log or receipt.")
@pass_session
def notify_record(session: Session, batch: str, file: Path | None, sent_on: date | None, proof: str | None) -> None:
    """Record what became of a batch: FILE is a CSV with person, state (sent or failed), date and proof.

    Example: rajaus subject notify record batch-… bounces.csv --sent-on 2026-11-22 --proof "mail log 4711"
    """
    session.emit(notices.record(session.store(), batch, file=file, sent_on=sent_on, proof=proof))


@notify.command("cancel")
@click.argument("batch")
@pass_session
def notify_cancel(session: Session, batch: str) -> None:
    """Take back what of a batch was never sent; those persons are exported anew.

    Example: rajaus subject notify cancel batch-…
    """
    with session.store().write() as tx:
        taken_back = ledger_notices.cancel(tx, batch)
    session.emit({"batch": batch, "cancelled": taken_back})


@notify.command("status")
@pass_session
def notify_status(session: Session) -> None:
    """Say how many are owed a notice, how many run out of time, and what became of every batch.

    Example: rajaus subject notify status
    """
    document = notices.status(session.store())

    def human(console: Console) -> None:
        for name in ("version", "owed", "not_written_to", "due_soon", "overdue"):
            console.print(f"[bold]{name}[/bold]  {document[name]}", soft_wrap=True)
        for name in ("batches", "exemptions"):
            if document[name]:
                rows = [[_flat(value) for value in row.values()] for row in document[name]]
                print_listing(console, list(document[name][0]), rows)

    session.emit(document, human)


@notify.command("person")
@click.argument("person", type=int)
@click.option("--language", type=click.Choice(ledger_notices.LANGUAGES), help="Record the language asked for.")
@pass_session
def notify_person(session: Session, person: int, language: str | None) -> None:
    """Show every notice of a person with its proof; with --language, record the language that the person asked for.

    Example: rajaus subject notify person 1234 --language sv
    """
    store = session.store()
    if language is not None:
        with store.write() as tx:
            ledger_notices.set_language(tx, person, language=language)
    with store.ledger.read() as connection:
        listed = ledger_notices.of_person(connection, person)
        spoken = ledger_notices.languages(connection, [person]).get(person)
    document = {"person": person, "language": spoken, "notices": listed}
    headers = ("batch", "channel", "language", "version", "state", "sent_on", "failed_on", "proof")

    def human(console: Console) -> None:
        console.print(f"[bold]language[/bold]  {spoken or 'none asked for'}")
        print_listing(console, headers, [[row[name] for name in headers] for row in listed])

    session.emit(document, human)


@notify.command("exempt")
@click.option("--ground", required=True, type=click.Choice(exemptions.GROUNDS), help="Item of Art. 14(5).")
@click.option("--reason", required=True, help="Why, in words; cost alone is no reason.")
@click.option("--person", "persons", type=int, multiple=True, help="Register id; may be repeated.")
@click.option("--source", help="Everybody owed a notice who has a position from this source.")
@click.option("--review", "review_on", required=True, type=DATE, help="The last day on which it holds.")
@pass_session
def notify_exempt(
    session: Session, ground: str, reason: str, persons: tuple[int, ...], source: str | None, review_on: date
) -> None:
    """Propose that persons need not be told; it has no effect until somebody else approves it.

    Example: rajaus subject notify exempt --ground "14(5)(a)" --reason "…" --person 1234 --review 2027-05-31
    """
    store = session.store()
    covered = {*persons, *(notices.untold_of_source(store, source) if source is not None else ())}
    with store.write() as tx:
        exemption = exemptions.propose(
            tx, ground=ground, reason=reason, persons=sorted(covered), review_on=review_on, today=store.today()
        )
    session.emit({"exemption": exemption, "persons": len(covered), "state": "proposed"})


@notify.command("approve")
@click.argument("exemption")
@click.option("--approver", required=True, help="Who approves; another than its proposer.")
@pass_session
def notify_approve(session: Session, exemption: str, approver: str) -> None:
    """Approve an exemption; its persons count as told from today, once the register is published.

    Example: rajaus subject notify approve exemption-… --approver second.person
    """
    store = session.store()
    with store.write() as tx:
        exemptions.approve(tx, exemption, approver=approver, today=store.today())
    session.emit({"exemption": exemption, "state": "in force"})


@notify.command("end-exemption")
@click.argument("exemption")
@pass_session
def notify_end_exemption(session: Session, exemption: str) -> None:
    """Take an exemption back; whoever it covered is in no cut from now on.

    Example: rajaus subject notify end-exemption exemption-…
    """
    store = session.store()
    with store.write() as tx:
        exemptions.end(tx, exemption, today=store.today())
    session.emit({"exemption": exemption, "state": "ended"})


def _flat(value: object) -> object:
    return ", ".join(f"{name} {number}" for name, number in value.items()) if isinstance(value, dict) else value
