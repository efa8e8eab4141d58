"""Verbs for personal data breaches."""

from __future__ import annotations

import csv
import tomllib
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from core.errors import FileRejected
from core.files import storing
from ledger import breaches as ledger_breaches
from service.cli.common import INSTANT, Session, Verbs, pass_session
from service.tables import print_listing
from subjects import breaches
from subjects.breach_impact import Impact, Scope, impact, record_impact
from subjects.breach_letters import record_letters, write_letters
from subjects.breach_report import export
from subjects.breach_scan import scan

PATH = click.Path(path_type=Path)


LANGUAGE = click.Choice(breaches.LANGUAGES)


@click.group(cls=Verbs)
def breach() -> None:
    """Breaches of personal data: the 72 h clock, whom it hit, notices, letters (Art. 33 and 34)."""


@breach.command("open")
@click.option("--what", required=True, help="What happened, in a sentence; no names.")
@click.option("--aware", type=INSTANT, help="When we became aware, e.g. 2026-11-20T16:00. Default: now.")
@click.option(
    "--trigger",
    type=click.Choice(ledger_breaches.TRIGGERS),
    default="reported",
    show_default=True,
    help="What found it.",
)
@click.option("--key", help="What the trigger is about, e.g. an extract; one case per trigger and key.")
@click.option("--customer", help="Data processed for this customer: it is to be told (Art. 33(2)).")
@pass_session
def breach_open(
    session: Session, what: str, aware: datetime | None, trigger: str, key: str | None, customer: str | None
) -> None:
    """Open a breach that somebody told us of; its clock starts.

    Example: rajaus breach open --what "Laptop with extract-… stolen from a car" --aware 2026-11-20T16:00
    """
    store = session.store()
    made = breaches.report(store, what=what, aware_at=aware, trigger=trigger, key=key, customer=customer)
    with store.ledger.read() as connection:
        case = ledger_breaches.case(connection, made)
    session.emit({name: case[name] for name in ("breach", "state", "aware_at", "due_at")})


@breach.command("scan")
@pass_session
def breach_scan(session: Session) -> None:
    """Look for banned persons in what was handed over after their ban; each extract makes one candidate.

    Example: rajaus breach scan
    """
    session.emit(scan(session.store()))


@breach.command("candidates")
@pass_session
def breach_candidates(session: Session) -> None:
    """List what was found and awaits a decision. Example: rajaus breach candidates"""
    with session.store().ledger.read() as connection:
        rows = ledger_breaches.cases(connection, state="candidate")

    def table(console: Console) -> None:
        cells = [(row["breach"], row["trigger"], row["key"], row["found_at"]) for row in rows]
        print_listing(console, ("breach", "trigger", "about", "found"), cells)

    session.emit({"candidates": rows}, table)


@breach.command("list")
@click.option("--state", type=click.Choice(ledger_breaches.STATES), help="Only these.")
@pass_session
def breach_list(session: Session, state: str | None) -> None:
    """List the breach register, the most pressing first. Example: rajaus breach list --state open"""
    store = session.store()
    with store.ledger.read() as connection:
        rows = ledger_breaches.cases(connection, state=state)
    for row in rows:
        row["hours_left"] = breaches.hours_left(row, now=store.now()) if row["state"] == "open" else None

    def table(console: Console) -> None:
        cells = [
            (row["breach"], row["state"], row["trigger"], row["risk"] or "undecided", row["due_at"] or "", _left(row))
            for row in rows
        ]
        print_listing(console, ("breach", "state", "trigger", "risk", "due", "hours left"), cells)

    session.emit({"breaches": rows}, table)


def _left(row: dict[str, Any]) -> str:
    return "" if row["hours_left"] is None else str(row["hours_left"])


@breach.command("show")
@click.argument("breach_id", metavar="BREACH")
@pass_session
def breach_show(session: Session, breach_id: str) -> None:
    """Show a breach: facts, clock, notices, letters, and what stands between it and its closing.

    Example: rajaus breach show breach-…
    """
    store = session.store()
    with store.ledger.read() as connection:
        session.emit(breaches.document(connection, breach_id, now=store.now(), settings=store.settings))


@breach.command("confirm")
@click.argument("breach_id", metavar="BREACH")
@click.option("--aware", type=INSTANT, help="When we became aware. Default: when it was found.")
@click.option("--because", help="The ground; needed when the clock starts later than the finding.")
@pass_session
def breach_confirm(session: Session, breach_id: str, aware: datetime | None, because: str | None) -> None:
    """Make a candidate a breach: its clock starts when it was found, unless said otherwise.

    Example: rajaus breach confirm breach-…
    """
    due_at = breaches.confirm(session.store(), breach_id, aware_at=aware, because=because)
    session.emit({"breach": breach_id, "state": "open", "due_at": due_at})


@breach.command("dismiss")
@click.argument("breach_id", metavar="BREACH")
@click.option("--because", required=True, help="Why it is no breach; stays on record.")
@pass_session
def breach_dismiss(session: Session, breach_id: str, because: str) -> None:
    """Decide that a candidate is no breach. Example: rajaus breach dismiss breach-… --because "Our own test file" """
    breaches.dismiss(session.store(), breach_id, because=because)
    session.emit({"breach": breach_id, "state": "dismissed"})


@breach.command("assess")
@click.argument("breach_id", metavar="BREACH")
@click.option("--nature", help="What happened, in plain words (Art. 33(3)(a)).")
@click.option("--consequences", help="What may follow for the persons (c).")
@click.option("--measures", help="What was done about it (d).")
@click.option("--advice", help="What the persons can do themselves (letters).")
@click.option("--contact", help="Whom to ask (b). Default: the setting contact.")
@click.option("--in", "language", type=LANGUAGE, default="fi", show_default=True, help="Language of the words given.")
@click.option("--facts", "facts_file", type=PATH, help="TOML: [nature] fi = …, sv = …, en = …; and so on.")
@click.option("--risk", type=click.Choice(ledger_breaches.RISKS), help="Risk to the persons; high makes letters due.")
@click.option("--because", help="Ground of the risk decision; needed with --risk.")
@click.option("--happened-from", type=INSTANT, help="When it began.")
@click.option("--happened-until", type=INSTANT, help="When it ended.")
@click.option("--late-because", help="Why the authority is told after the clock.")
@click.option("--no-letters-because", help="Why persons at high risk are not written to (Art. 34(3)).")
@pass_session
def breach_assess(
    session: Session,
    /,
    breach_id: str,
    language: str,
    facts_file: Path | None,
    risk: str | None,
    because: str | None,
    happened_from: datetime | None,
    happened_until: datetime | None,
    late_because: str | None,
    no_letters_because: str | None,
    **words: str | None,
) -> None:
    """Write down what is known by now; only what is given changes.

    Example: rajaus breach assess breach-… --risk high --because "E-mails of 500 persons are public"
    """
    facts = _facts(facts_file) if facts_file else {}
    for name, said in words.items():
        if said:
            facts.setdefault(name, {})[language] = said
    store = session.store()
    case = breaches.assess(
        store,
        breach_id,
        facts=facts,
        risk=risk,
        because=because,
        happened=(happened_from, happened_until),
        late_reason=late_because,
        no_letters_reason=no_letters_because,
    )
    session.emit({"breach": breach_id, "risk": case["risk"], "missing": list(breaches.missing_facts(case))})


def _facts(file: Path) -> dict[str, dict[str, str]]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise FileRejected("file_missing", file=str(file)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FileRejected("file_damaged", file=file.name, reason=type(error).__name__) from error


@breach.command("impact")
@click.option("--breach", "breach_id", help="Keep the result with this breach, and make its letters.")
@click.option("--extract", "extracts", multiple=True, help="An extract that leaked; may be given again.")
@click.option("--customer", "customers", multiple=True, help="All that this customer was given.")
@click.option("--account", "accounts", multiple=True, help="All that this login released, handed over or looked at.")
@click.option("--node", help="A machine that held the whole register.")
@click.option("--from", "since", type=INSTANT, help="Start of the window.")
@click.option("--until", type=INSTANT, help="End of the window.")
@click.option("--persons", "persons_file", type=PATH, help="Write the register ids of the persons to this CSV.")
@pass_session
def breach_impact(
    session: Session,
    breach_id: str | None,
    extracts: tuple[str, ...],
    customers: tuple[str, ...],
    accounts: tuple[str, ...],
    node: str | None,
    since: datetime | None,
    until: datetime | None,
    persons_file: Path | None,
) -> None:
    """Whom it hit: persons, fields and recipients, exactly as the manifests say; seeds are nobody.

    Example: rajaus breach impact --extract extract-… --breach breach-…
    """
    scope = Scope(extracts=extracts, customers=customers, accounts=accounts, node=node, since=since, until=until)
    store = session.store()
    taken: Impact = impact(store, scope) if breach_id is None else record_impact(store, breach_id, scope)
    if persons_file is not None:
        with storing(persons_file), persons_file.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("person",), *((person,) for person in taken.persons.to_pylist())])
        persons_file.chmod(0o600)
    session.emit(({"breach": breach_id} if breach_id else {}) | taken.document())


@breach.command("notify")
@click.argument("breach_id", metavar="BREACH")
@click.option("--to", required=True, help="authority, or the id of the customer told.")
@click.option("--reference", required=True, help="Journal number of the notification.")
@click.option("--sent", type=INSTANT, help="When it was sent. Default: now.")
@click.option("--final", is_flag=True, help="Nothing more is to come; no fact may be missing.")
@click.option("--late-because", help="Why it came after the clock (Art. 33(1)).")
@pass_session
def breach_notify(
    session: Session,
    breach_id: str,
    to: str,
    reference: str,
    sent: datetime | None,
    final: bool,
    late_because: str | None,
) -> None:
    """Record a notification; facts still missing follow in a later phase (Art. 33(4)).

    Example: rajaus breach notify breach-… --to authority --reference "TSV/1234/2026"
    """
    notice = breaches.notify(
        session.store(), breach_id, to=to, reference=reference, sent_at=sent, final=final, late_reason=late_because
    )
    session.emit({name: notice[name] for name in ("breach", "number", "recipient", "sent_at", "missing")})


@breach.command("letters")
@click.argument("breach_id", metavar="BREACH")
@click.option("--out", required=True, type=PATH, help="Directory for letters, address lists and tracking.csv.")
@click.option("--language", type=LANGUAGE, help="Write to everybody in this language. Default: each in their own.")
@pass_session
def breach_letters(session: Session, breach_id: str, out: Path, language: str | None) -> None:
    """Write the letters that are due or have failed; bans and restrictions keep nobody out (Art. 34).

    Example: rajaus breach letters breach-… --out letters
    """
    session.emit(write_letters(session.store(), breach_id, out, language=language))


@breach.command("sent")
@click.argument("breach_id", metavar="BREACH")
@click.argument("file", type=PATH)
@pass_session
def breach_sent(session: Session, breach_id: str, file: Path) -> None:
    """Record from a filled-in tracking.csv which letters were sent and which failed.

    Example: rajaus breach sent breach-… letters/tracking.csv
    """
    session.emit({"breach": breach_id} | record_letters(session.store(), breach_id, file))


@breach.command("export")
@click.argument("breach_id", metavar="BREACH")
@click.option("--out", required=True, type=PATH, help="Directory for the JSON and the PDF.")
@click.option("--language", type=LANGUAGE, default="fi", show_default=True, help="Language of the PDF.")
@pass_session
def breach_export(session: Session, breach_id: str, out: Path, language: str) -> None:
    """Write all that Art. 33(3) asks for, for the authority and the file.

    Example: rajaus breach export breach-… --out notice
    """
    session.emit(export(session.store(), breach_id, out, language=language))


@breach.command("close")
@click.argument("breach_id", metavar="BREACH")
@pass_session
def breach_close(session: Session, breach_id: str) -> None:
    """Close a breach in which nothing is open any more. Example: rajaus breach close breach-…"""
    breaches.close(session.store(), breach_id)
    session.emit({"breach": breach_id, "state": "closed"})


@breach.command("reopen")
@click.argument("breach_id", metavar="BREACH")
@click.option("--because", required=True, help="What is new.")
@pass_session
def breach_reopen(session: Session, breach_id: str, because: str) -> None:
    """Open a closed breach again. Example: rajaus breach reopen breach-… --because "A second file was found" """
    breaches.reopen(session.store(), breach_id, because=because)
    session.emit({"breach": breach_id, "state": "open"})
