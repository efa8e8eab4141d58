"""Verbs for requests of registered persons: the case and its clock, who asks, the access reply."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from core.clock import HELSINKI
from service.cli.common import DATE, Session, pass_session
from service.cli.subject_group import subject as subject
from service.tables import print_listing
from subjects import cases, identity_check
from subjects.find import Search, find

SEARCH = (
    click.option("--email", help="An e-mail address of the person, however it is written."),
    click.option("--phone", help="A number of the person, however it is written."),
    click.option("--first-name", help="First name; goes with --last-name."),
    click.option("--last-name", help="Surname, present or former."),
    click.option("--organisation", help="Name of the employer; narrows a common name."),
    click.option("--business-id", help="Y-tunnus of the employer; narrows a common name."),
)
"""What a person may be looked for by."""

OUT = click.Path(path_type=Path, file_okay=False)


def searching(command: Any) -> Any:
    """Give a verb the options of a search."""
    for option in reversed(SEARCH):
        command = option(command)
    return command


@subject.command("open")
@click.option("--right", required=True, type=click.Choice(cases.RIGHTS), help="What is asked for.")
@click.option("--via", required=True, type=click.Choice(cases.VIA), help="How it reached us.")
@click.option("--received", type=DATE, help="When it reached us. Default: today.")
@click.option("--person", "persons", type=int, multiple=True, help="Register id, if known already; may be repeated.")
@click.option("--language", type=click.Choice(cases.LANGUAGES), default="fi", help="Language of the reply.")
@click.option("--paper", is_flag=True, help="The person asks for a reply on paper.")
@click.option("--authority", help="Name of the authority, for its order or complaint.")
@click.option("--due", type=DATE, help="The day that an authority set.")
@click.option("--follows", help="An earlier case that this one continues.")
@click.option("--note", help="What was asked, in short; no contact data.")
@pass_session
def subject_open(
    session: Session,
    right: str,
    via: str,
    received: date | None,
    persons: tuple[int, ...],
    language: str,
    paper: bool,
    authority: str | None,
    due: date | None,
    follows: str | None,
    note: str | None,
) -> None:
    """Open a case and start its clock; nothing but the request is needed.

    Example: rajaus subject open --right access --via email --received 2026-11-20
    """
    store = session.store()
    case = cases.open_case(
        store,
        right=right,
        via=via,
        received_on=received,
        persons=persons,
        note=note,
        language=language,
        electronic=False if paper else None,
        counterpart=authority,
        order_due_on=due,
        follows=follows,
    )
    row = cases.show(store, case)
    session.emit({"case": case, "right": right, "received_on": row["received_on"], "due_on": row["due_on"]})


@subject.command("list")
@click.option("--overdue", is_flag=True, help="Only those whose last day is past.")
@pass_session
def subject_list(session: Session, overdue: bool) -> None:
    """List open cases, the one due first at the top; an empty list says on which day it was looked at.

    Example: rajaus subject list --overdue
    """
    agenda = cases.agenda(session.store())
    if overdue:
        agenda = {name: agenda[name] for name in ("checked_on", "open", "overdue")}

    def table(console: Console) -> None:
        console.print(f"{agenda['open']} open on {agenda['checked_on']}, {len(agenda['overdue'])} overdue")
        rows = [row for part in ("overdue", "soon", "paused", "later") for row in agenda.get(part, ())]
        columns = ("case", "right", "via", "state", "received_on", "due_on", "days_left")
        if rows:
            print_listing(console, columns, [[row[name] for name in columns] for row in rows])

    session.emit(agenda, table)


@subject.command("show")
@click.argument("case")
@pass_session
def subject_show(session: Session, case: str) -> None:
    """Show a case: its state, clock, persons and everything that happened. Example: rajaus subject show case-…"""
    session.emit(cases.show(session.store(), case))


@subject.command("find")
@searching
@click.option("--case", help="The case this is done for; written to the read log.")
@pass_session
def subject_find(session: Session, /, case: str | None, **search: str | None) -> None:
    """Find who asks: register ids with name, title and organisation; bans of an erased person too. It is logged.

    Example: rajaus subject find --first-name Liisa --last-name Mäkelä --organisation "Esimerkki Oy" --case case-…
    """
    session.emit(find(session.store(), Search(**search), case=case))


@subject.command("extend")
@click.argument("case")
@click.option("--reason", help="Why, as the person was told today.")
@click.option("--until", type=DATE, help="For an authority's order: the new day that the authority gave.")
@pass_session
def subject_extend(session: Session, case: str, reason: str | None, until: date | None) -> None:
    """Take two further months, if the person was told why within the first; or move an authority's day.

    Example: rajaus subject extend case-… --reason "three archives must be searched"
    """
    store = session.store()
    if until is not None:
        cases.move_order(store, case, until=until, reference=reason or "")
    else:
        cases.extend(store, case, reason=reason or "")
    session.emit({"case": case, "due_on": cases.show(store, case)["due_on"]})


@subject.command("pause")
@click.argument("case")
@click.option("--doubt", required=True, type=click.Choice(identity_check.DOUBTS), help="What the doubt is.")
@click.option("--reason", required=True, help="What it rests on; kept with the case.")
@pass_session
def subject_pause(session: Session, case: str, doubt: str, reason: str) -> None:
    """Ask who it is, on a reasonable doubt alone: prints the text to send; the clock stands until the answer.

    Example: rajaus subject pause case-… --doubt unknown_address --reason "free mail address, asks for erasure"
    """
    session.emit(identity_check.ask(session.store(), case, doubt=doubt, reason=reason))


@subject.command("identify")
@click.argument("case")
@click.option("--way", required=True, type=click.Choice(identity_check.WAYS), help="How the person showed it.")
@click.option("--seen-by", help="For a visit: who saw the identity document. No copy, no number.")
@click.option("--at", type=click.DateTime(["%Y-%m-%dT%H:%M"]), help="For a visit: when, Helsinki time. Default: now.")
@pass_session
def subject_identify(session: Session, case: str, way: str, seen_by: str | None, at: datetime | None) -> None:
    """Record that the person is who he or she says; the clock goes on.

    Example: rajaus subject identify case-… --way visit --seen-by liisa --at 2026-11-23T13:59
    """
    moment = None if at is None else at.replace(tzinfo=HELSINKI)
    due_on = identity_check.verify(session.store(), case, way=way, seen_by=seen_by, at=moment)
    session.emit({"case": case, "identity": "verified", "due_on": due_on})


@subject.command("resume")
@click.argument("case")
@click.option("--reason", required=True, help="Why the query was not needed.")
@pass_session
def subject_resume(session: Session, case: str, reason: str) -> None:
    """Take an identity query back; the clock then counts as though it had never stood.

    Example: rajaus subject resume case-… --reason "the address is the person's own"
    """
    due_on = identity_check.drop(session.store(), case, reason=reason)
    session.emit({"case": case, "identity": "not_asked", "due_on": due_on})


@subject.command("close")
@click.argument("case")
@click.option("--outcome", required=True, type=click.Choice(cases.OUTCOMES), help="What came of it.")
@click.option("--reason", help="For an objection that is upheld: why.")
@pass_session
def subject_close(session: Session, case: str, outcome: str, reason: str | None) -> None:
    """Close a case; an upheld objection becomes a ban. A refusal has its own verb.

    Example: rajaus subject close case-… --outcome granted
    """
    store = session.store()
    if cases.show(store, case)["right"] == "objection" and outcome == "upheld":
        from subjects.objections import assess

        session.emit(assess(store, case, upheld=True, reason=reason or ""))
        return
    cases.complete(store, case, outcome=outcome)
    session.emit({"case": case, "outcome": outcome})
