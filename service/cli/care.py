"""Verbs of data care."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from core.errors import InvalidInput
from core.files import storing
from datacare import closing, decisions, jobs, matching, nightly, returning, review
from datacare.crm_exports import NONE, PRESETS
from datacare.tables import match_tables
from ledger import care_instructions, care_jobs, customers
from ledger.engine import carries_contact
from schemas import care as instructions
from service.cli.care_group import care as care
from service.cli.common import Session, pass_session, print_document
from service.tables import print_listing

_FILE = click.Path(path_type=Path)


@care.command("match-tables")
@click.option("--register", "register_file", required=True, type=_FILE, help="CSV, XLSX or Parquet to look rows up in.")
@click.option("--crm", "crm_file", required=True, type=_FILE, help="CSV, XLSX or Parquet whose rows are looked up.")
@click.option("--out", required=True, type=_FILE, help="CSV to write: crm_id, register_id, p, state.")
@click.option("--mapping", type=_FILE, help='JSON: {"register": {field: column}, "crm": {field: column}}.')
@pass_session
def match_two(session: Session, register_file: Path, crm_file: Path, out: Path, mapping: Path | None) -> None:
    """Match any two tables: no store, no register, the engine alone.

    Example: rajaus care match-tables --register accounts.csv --crm leads.xlsx --out matches.csv
    """
    settings = session.settings()
    document = match_tables(
        register_file,
        crm_file,
        out,
        mapping=mapping,
        memory=settings.memory_limit,
        threads=settings.threads,
        engine=settings.care_engine,
    )
    session.emit(document)


@care.command("instruct")
@click.option("--agreement", "agreement_id", required=True, help="The data care agreement.")
@click.option("--file", "file", type=_FILE, help="TOML; what it leaves out is as in the standard instruction.")
@click.option("--withdraw", is_flag=True, help="End the instruction: nothing is done until another is recorded.")
@pass_session
def care_instruct(session: Session, agreement_id: str, file: Path | None, withdraw: bool) -> None:
    """Show, record or withdraw the written instruction under which a customer's data are processed (R044).

    Example: rajaus care instruct --agreement agreement-… --file ohje.toml
    """
    store = session.store()
    if withdraw or file is not None:
        with store.write() as tx:
            customers.agreement(tx.connection, agreement_id)
            if withdraw:
                care_instructions.withdraw(tx, agreement_id)
            elif file is not None:
                care_instructions.record(tx, agreement_id, terms=instructions.read(file))
    with store.ledger.read() as connection:
        customers.agreement(connection, agreement_id)
        row = care_instructions.latest(connection, agreement_id)
    state = "none" if row is None else "withdrawn" if row["withdrawn_at"] is not None else "holds"
    document = {"agreement": agreement_id, "state": state, "number": None if row is None else row["number"]}
    session.emit(document | ({} if row is None else {"standard": row["standard"], **row["terms"]}))


@care.command("open")
@click.argument("file", type=_FILE)
@click.option("--agreement", "agreement_id", required=True, help="The data care agreement it is done under.")
@click.option("--mapping", type=_FILE, help="JSON: {field: column}, where the guess of the columns is wrong.")
@click.option(
    "--preset", type=click.Choice([*PRESETS, NONE]), help="Which CRM's export it is, when its headers do not tell."
)
@click.option("--rejected", type=_FILE, help="CSV for the rows that cannot be used: row, column, reason.")
@pass_session
def care_open(
    session: Session, file: Path, agreement_id: str, mapping: Path | None, preset: str | None, rejected: Path | None
) -> None:
    """Take a customer's file in: CSV, XLSX, ODS or Parquet, into a folder and under a key of its own.

    Example: rajaus care open --agreement agreement-… crm.xlsx --rejected hylatyt.csv
    """
    document = jobs.open_job(session.store(), agreement_id, file, mapping=mapping, preset=preset, rejected=rejected)
    session.emit(document)


@care.command("match")
@click.argument("job")
@pass_session
def care_match(session: Session, job: str) -> None:
    """Match a job with the published register and count what changed; the register's index is made once a snapshot.

    Example: rajaus care match job-…
    """
    session.emit(matching.match_job(session.store(), job))


@care.command("decisions")
@click.argument("job")
@click.option("--out", required=True, type=_FILE, help="CSV to write.")
@pass_session
def care_decisions(session: Session, job: str, out: Path) -> None:
    """Write which organisation and person each row is, how surely, and what kinds of change were found.

    Example: rajaus care decisions job-… --out paatokset.csv
    """
    session.emit(decisions.write(session.store(), job, out))


@care.command("review")
@click.argument("job")
@click.option("--limit", type=int, default=20, show_default=True, help="How many rows at most.")
@click.option("--decide", "decided", multiple=True, help="ROW=Y-TUNNUS or ROW=none: decide without being asked.")
@click.option("--person", "persons", multiple=True, help="ROW=POSITION or ROW=none: who the row's person is.")
@pass_session
def care_review(session: Session, job: str, limit: int, decided: tuple[str, ...], persons: tuple[str, ...]) -> None:
    """Walk the doubtful rows: first which organisation, by name and city, then who its person is, by name and title.

    The likeliest first, at most three candidates, each shown one logged; nobody who is banned. With --json the queue is
    printed and nobody is asked. A decision holds for later uploads too.

    Example: rajaus care review job-… --decide 17=0112038-9 --decide 23=none --person 31=4711
    """
    store = session.store()
    made = [review.decide(store, job, row, organisation=choice) for row, choice in _said(decided, "--decide")]
    made += [review.decide_person(store, job, row, position=choice) for row, choice in _said(persons, "--person")]
    waiting = [] if made else review.queue(store, job, limit=limit)
    if not session.json:
        for item in waiting:
            choice = _asked(session, item)
            if choice == "q":
                break
            if choice != "s" and item["of"] == review.PERSON:
                made.append(review.decide_person(store, job, item["row"], position=choice))
            elif choice != "s":
                made.append(review.decide(store, job, item["row"], organisation=choice))
        waiting = []
    session.emit({"job": job, "decided": made, "waiting": waiting})


def _said(options: tuple[str, ...], hint: str) -> list[tuple[int, str]]:
    """``ROW=CHOICE`` options as numbers and choices."""
    found = []
    for one in options:
        row, _, choice = one.partition("=")
        if not row.strip().isdigit() or not choice.strip():
            raise click.BadParameter("is not ROW=CHOICE or ROW=none", param_hint=hint)
        found.append((int(row), choice.strip()))
    return found


def _asked(session: Session, item: dict[str, Any]) -> str:
    """What the operator says of a row: a Y-tunnus or a position, none, s (later) or q (enough)."""
    session.out.print(f"[bold]{item['row']}[/bold]  {', '.join(item['own'].values())}", soft_wrap=True)
    for number, one in enumerate(item["candidates"], 1):
        where = one["title"] if item["of"] == review.PERSON else one["city"]
        session.out.print(f"  {number}  {one['name']}, {where or '–'}  p {one['p']}", soft_wrap=True)
    numbers = [str(number) for number in range(1, len(item["candidates"]) + 1)]
    said = click.prompt("  which", type=click.Choice([*numbers, "n", "s", "q"]), default="s")
    if said in numbers:
        chosen = item["candidates"][int(said) - 1]
        return str(chosen["position"] if item["of"] == review.PERSON else chosen["organisation"])
    return review.NOBODY if said == "n" else str(said)


@care.command("return")
@click.argument("job")
@click.option("--to", required=True, type=_FILE, help="Directory for the files.")
@click.option("--keep", default="", help="Fields that stay as the customer has them, e.g. phone,title.")
@click.option("--whole", is_flag=True, help="All rows, also those of which an earlier return told everything.")
@pass_session
def care_return(session: Session, job: str, to: Path, keep: str, whole: bool) -> None:
    """Write the customer's own rows with what changed, the changes one a line, and the health report.

    Example: rajaus care return job-… --to outbox --keep phone
    """
    kept = [field.strip() for field in keep.split(",") if field.strip()]
    session.emit(returning.return_job(session.store(), job, to=to, keep=kept, whole=whole))


@care.command("nightly")
@click.option("--drop", required=True, type=_FILE, help="Directory with a folder for each agreement, called after it.")
@click.option("--to", required=True, type=_FILE, help="Directory for what goes back: AGREEMENT/JOB/.")
@pass_session
def care_nightly(session: Session, drop: Path, to: Path) -> None:
    """Take in, match and return every dropped file; earlier nights' jobs are closed, held ones wait for two persons.

    Example: rajaus care nightly --drop /srv/care/in --to /srv/care/out
    """
    session.emit(nightly.run(session.store(), drop, to=to))


@care.command("release")
@click.argument("job")
@click.option("--approver", required=True, help="The second person who looked at it.")
@click.option("--reason", required=True, help="Why it is no harvesting after all; no contact data.")
@pass_session
def care_release(session: Session, job: str, approver: str, reason: str) -> None:
    """Let a job go back that was held because it looks like harvesting (T19): two persons, with a reason.

    Example: rajaus care release job-… --approver liisa --reason "first upload, every contact was ten years old"
    """
    if carries_contact(reason):
        raise InvalidInput("contact_in_text", field="reason")
    with session.store().write() as tx:
        care_jobs.release(tx, job, approver=approver, reason=reason)
    session.emit({"job": job, "state": "released", "approver": approver})


@care.command("list")
@click.option("--agreement", "agreement_id", help="Only of this agreement.")
@pass_session
def care_list(session: Session, agreement_id: str | None) -> None:
    """List the jobs, oldest first, and the day by which their files must be gone.

    Example: rajaus care list --agreement agreement-…
    """
    with session.store().ledger.read() as connection:
        rows = care_jobs.jobs(connection, agreement=agreement_id)
        owing = care_jobs.owing(connection)
    names = ("job", "agreement", "state", "rows", "rejected", "opened_at", "returned_at", "due_on", "closed_at")
    document = [
        {name: row[name] for name in names} | {"held": care_jobs.held(row), "to_go_back": row["job"] in owing}
        for row in rows
    ]
    session.emit({"jobs": document}, lambda out: print_listing(out, names, ([r[n] for n in names] for r in document)))


@care.command("close")
@click.argument("job")
@click.option("--to", type=_FILE, help="Directory for the upload as it came: it goes back before it is deleted.")
@click.option("--certificate", type=_FILE, help="JSON file for the signed certificate of deletion.")
@pass_session
def care_close(session: Session, job: str, to: Path | None, certificate: Path | None) -> None:
    """Delete everything that a job holds, its key first, and say so in a signed certificate (R050).

    Where the instruction says at_end = "return", the rows go back first: by a return of all rows, or by --to.

    Example: rajaus care close job-… --to outbox --certificate todistus.json
    """
    document = closing.close_job(session.store(), job, to=to)
    if certificate is not None:
        _write_certificate(document, certificate)
    told = {"job": job, "state": "closed", "deleted_at": document["deleted_at"], "files": len(document["files"])}
    rest = {"certificate": None if certificate is None else str(certificate)}
    back = document["went_back"]
    brief = None if back is None else f"{back['rows']} rows, {back['as']}, {back['at']}"
    session.emit(told | {"went_back": back} | rest, lambda out: print_document(out, told | {"went_back": brief} | rest))


@care.command("certificate")
@click.argument("job")
@click.option("--out", required=True, type=_FILE, help="JSON file to write.")
@pass_session
def care_certificate(session: Session, job: str, out: Path) -> None:
    """Write the certificate of deletion of a closed job once more, whoever or whatever closed it (R050).

    Example: rajaus care certificate job-… --out todistus.json
    """
    with session.store().ledger.read() as connection:
        document = care_jobs.certificate(connection, job)
    _write_certificate(document, out)
    session.emit({"job": job, "deleted_at": document["deleted_at"], "certificate": str(out)})


def _write_certificate(document: Mapping[str, Any], file: Path) -> None:
    with storing(file):
        file.write_text(json.dumps(dict(document), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
