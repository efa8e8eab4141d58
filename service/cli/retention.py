"""Verbs of retention: the rules in force, what goes, taking it out, and legal holds."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import click
from rich.console import Console

from core.errors import NotFound
from ledger import holds, retention_runs
from ledger.holds import Named
from schemas.retention import ACTIONS, in_words, rules
from service.cli.common import DATE, Session, Verbs, pass_session
from service.tables import print_listing
from subjects import retention as engine
from subjects.retention import holding

Row = dict[str, Any]
_SHOWN = 20


@click.group(cls=Verbs)
def retention() -> None:
    """How long what is kept, what is due to go, and legal holds. Run 'retention run' daily, e.g. by cron."""


@retention.command("rules")
@pass_session
def retention_rules(session: Session) -> None:
    """List the rules in force: for every table and kind of file when its time begins, how long it is kept, and why.

    Example: rajaus retention rules
    """
    found = [
        {
            "kind": rule.kind,
            "name": rule.name,
            "start": rule.start,
            "period": rule.period,
            "action": rule.action,
            "meaning": ACTIONS[rule.action],
            "target": rule.target,
            "ground": rule.ground,
        }
        for rule in rules().values()
    ]

    def table(console: Console) -> None:
        cells = [
            (
                one["kind"],
                one["name"],
                one["start"],
                in_words(one["period"]),
                one["action"],
                one["target"],
                one["ground"],
            )
            for one in found
        ]
        print_listing(console, ("kind", "name", "from", "kept", "action", "", "ground"), cells)

    session.emit({"rules": found}, table)


@retention.command("plan")
@pass_session
def retention_plan(session: Session) -> None:
    """Show what a run would take out now, and change nothing; --json lists every id.

    'oldest' is when the period of the oldest began, 'kept' its length. 'held' stays under a legal hold, 'restricted'
    because the person's data are restricted, 'waits' because something that stays refers to it.

    Example: rajaus retention plan
    """
    document = engine.plan(session.store(), ids=session.json)

    def table(console: Console) -> None:
        cells = [
            (
                f"{one['kind']} {one['name']}",
                one["due"],
                one["oldest"],
                in_words(one["period"]),
                one["held"] or None,
                one["restricted"] or None,
                one["waiting"] or None,
                one["ground"],
            )
            for one in document["classes"]
            if one["due"] or one["held"] or one["restricted"] or one["waiting"]
        ]
        if cells:
            head = ("what", "goes", "oldest", "kept", "held", "restricted", "waits", "why")
            print_listing(console, head, cells)
        console.print(f"{document['due']} to go on {document['day']}, {document['kept']} kept back.")
        _tell(console, [note for one in document["classes"] for note in one["notes"]] + document["attention"])

    session.emit(document, table)


@retention.command("run")
@pass_session
def retention_run(session: Session) -> None:
    """Take out what 'retention plan' shows. Stopped anywhere, the next run takes out the rest.

    Example: rajaus retention run
    """
    store = session.store()
    with session.progress("Retention") as advance:
        document = engine.run(store, advance=advance)

    def table(console: Console) -> None:
        print_listing(console, ("what", "gone"), sorted(document["disposed"].items()))
        gone = sum(document["disposed"].values())
        console.print(f"{document['run']}: {gone} gone, {document['held']} kept back.")
        _tell(console, document["notes"] + document["attention"])

    session.emit(document, table)


def _tell(console: Console, notes: Iterable[str]) -> None:
    for note in notes:
        console.print(f"[yellow]![/yellow] {note}", soft_wrap=True)


@retention.command("runs")
@click.argument("run", required=False)
@click.option("--limit", type=click.IntRange(1), default=_SHOWN, help="How many of the newest runs.")
@pass_session
def retention_runs_list(session: Session, run: str | None, limit: int) -> None:
    """List the runs, newest first; with the id of one, what it took out.

    Example: rajaus retention runs --limit 5
    """
    store = session.store()
    with store.ledger.read() as connection:
        if run is not None:
            session.emit(retention_runs.run(connection, run))
            return
        rows = retention_runs.runs(connection, limit=limit)

    def table(console: Console) -> None:
        cells = [
            (row["run"], row["at"], row["by"], sum(row["disposed"].values()), row["held"], _state(row)) for row in rows
        ]
        print_listing(console, ("run", "begun", "by", "gone", "kept back", "state"), cells)

    session.emit({"runs": rows}, table)


def _state(row: Row) -> str:
    return "stopped" if row["finished_at"] is None else "finished"


@retention.group("hold", cls=Verbs)
def hold() -> None:
    """Legal holds: what a dispute or an investigation keeps although its time is over; only what is named."""


@hold.command("add")
@click.option("--case", required=True, help="The dispute or investigation, by its number.")
@click.option("--reason", required=True, help="Why it must be kept, in words.")
@click.option("--review", required=True, type=DATE, help="The day on which somebody looks whether it must stand.")
@click.option(
    "--row",
    "rows",
    multiple=True,
    type=(str, str, str),
    metavar="KIND NAME ID",
    help="What is kept, as the plan names it, e.g. table message message-…; may be repeated.",
)
@click.option("--person", "persons", multiple=True, type=int, help="A person of the register; may be repeated.")
@pass_session
def hold_add(
    session: Session, case: str, reason: str, review: date, rows: tuple[Named, ...], persons: tuple[int, ...]
) -> None:
    """Keep rows, files or persons until the hold is released. A held person's positions, links to recipients and rows
    of the ledger stay; a hold on a manifest or delivery names its extract.

    Example: rajaus retention hold add --case "HO 2027/14" --reason "claim of a recipient" --review 2027-12-01
    --row files manifests extract-…
    """
    session.emit(holding.place(session.store(), case=case, reason=reason, review_on=review, rows=rows, persons=persons))


@hold.command("review")
@click.argument("hold_id", metavar="HOLD")
@click.option("--until", required=True, type=DATE, help="The next day of review.")
@pass_session
def hold_review(session: Session, hold_id: str, until: date) -> None:
    """Let a hold stand until another day of review.

    Example: rajaus retention hold review hold-… --until 2028-12-01
    """
    session.emit(holding.review(session.store(), hold_id, until=until))


@hold.command("release")
@click.argument("hold_id", metavar="HOLD")
@click.option("--reason", required=True, help="Why it is no longer needed.")
@pass_session
def hold_release(session: Session, hold_id: str, reason: str) -> None:
    """End a hold; what is due goes with the next run.

    Example: rajaus retention hold release hold-… --reason "settled"
    """
    session.emit(holding.release(session.store(), hold_id, reason=reason))


@hold.command("list")
@click.option("--all", "released", is_flag=True, help="Released ones too.")
@click.option("--hold", "hold_id", help="One hold, with everything it names.")
@pass_session
def hold_list(session: Session, released: bool, hold_id: str | None) -> None:
    """List the legal holds, the one to be reviewed first at the top.

    Example: rajaus retention hold list
    """
    store = session.store()
    with store.ledger.read() as connection:
        rows = holds.holds(connection, released=released or hold_id is not None)
        if hold_id is not None:
            rows = [row | {"named": holds.rows_of(connection, hold_id)} for row in rows if row["hold"] == hold_id]
            if not rows:
                raise NotFound("hold_unknown", hold=hold_id)

    def table(console: Console) -> None:
        cells = [
            (
                row["hold"],
                row["case"],
                row["reason"],
                row["rows"],
                row["review_on"],
                row["placed_by"],
                row["released_at"],
            )
            for row in rows
        ]
        print_listing(console, ("hold", "case", "reason", "rows", "review", "placed by", "released"), cells)
        for row in rows:
            for one in row.get("named", ()):
                console.print("  " + " ".join(one.values()), soft_wrap=True)

    session.emit({"holds": rows}, table)
