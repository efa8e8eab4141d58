"""Verbs for the records of processing, the notice and its versions, and the assessments that purposes rest on."""

from __future__ import annotations

import difflib
from datetime import date
from pathlib import Path
from typing import Any

import click
from dateutil.relativedelta import relativedelta
from rich.console import Console

from core.errors import FileRejected
from ledger import assessments, notice_versions
from schemas import codes
from schemas.assessments import KINDS, REVIEW_MONTHS, state
from service.cli.common import DATE, Session, Verbs, pass_session, print_document
from service.tables import print_listing
from subjects import notice_text, notices as telling, records as recording, user_notice
from subjects.texts import LANGUAGES

_LANGUAGE = click.Choice(LANGUAGES)


@click.group(cls=Verbs)
def records() -> None:
    """Records of processing (Art. 30) and the notice (Art. 14), made from what is really set up."""


@records.command("art30")
@click.option("--processor", is_flag=True, help="The record as a processor in data care, Art. 30(2).")
@pass_session
def records_art30(session: Session, processor: bool) -> None:
    """Print the record of processing activities from the live configuration, schema and ledger.

    Example: rajaus records art30 --json
    """
    from service import doctor

    store = session.store()
    document = recording.art30(store, processor=processor)
    document["encryption"] = doctor.examine(store)["encryption"]

    def human(console: Console) -> None:
        for name, value in document.items():
            if name == "categories":
                console.print("[bold]categories[/bold]")
                for table, found in value.items():
                    for one in found.values():
                        console.print(f"  {table}: {one['label']} ({', '.join(one['fields'])})", soft_wrap=True)
            elif name == "purposes":
                console.print("[bold]purposes[/bold]")
                for one in value:
                    test = one["balancing_test"]
                    on_file = f"{test['assessment']}, review {test['review_on']}, {test['state']}" if test else "none"
                    console.print(f"  {one['purpose']}: {one['label']}; balancing test: {on_file}", soft_wrap=True)
            elif name in ("data_subjects", "processing"):
                console.print(f"[bold]{name}[/bold]  {'; '.join(value)}", soft_wrap=True)
            elif name == "recipients":
                console.print(f"[bold]recipients[/bold]  {', '.join(value['kinds'])}")
                for one in value["named"]:
                    console.print(f"  {one['name']} ({one['business_id']}): {', '.join(one['modes'])}", soft_wrap=True)
            elif name in ("processors", "sub_processors"):
                _print_processors(console, name, value)
            else:
                print_document(console, {name: value})

    session.emit(document, human)


def _print_processors(console: Console, name: str, listed: list[dict[str, Any]]) -> None:
    console.print(f"[bold]{name}[/bold]" + ("" if listed else "  none"))
    for one in listed:
        missing = f"; disabled, missing: {', '.join(one['missing'])}" if one["missing"] else ""
        console.print(f"  {one['name']}, {one['category']}, {one['location']}{missing}", soft_wrap=True)


@records.command("notice")
@click.option("--language", type=_LANGUAGE, default="fi", show_default=True, help="Language of the text.")
@click.option("--version", type=int, help="A version on file. Default: the text as live settings would make it.")
@pass_session
def records_notice(session: Session, language: str, version: int | None) -> None:
    """Print the notice to registered persons, and say what is wrong with it or differs from the version on file.

    Example: rajaus records notice --language sv
    """
    store = session.store()
    with store.ledger.read() as connection:
        filed = notice_versions.latest(connection) if version is None else notice_versions.show(connection, version)
    said = notice_text.facts(store) if version is None else (filed or {})["facts"]
    number = version or (1 if filed is None else filed["version"])
    made = notice_text.document(said, language, version=number)
    text = notice_text.plain(made) if version is None or filed is None else filed["texts"][language]
    document: dict[str, Any] = {
        "language": language,
        "version": version,
        "text": text,
        "faults": notice_text.lint(made, said),
        "differs": [] if filed is None else notice_text.changed(filed["facts"], said),
    }

    def human(console: Console) -> None:
        console.print(text, soft_wrap=True, markup=False)
        for fault in document["faults"]:
            console.print(f"[red]![/red] {fault}", soft_wrap=True)
        if document["differs"]:
            console.print(f"[yellow]![/yellow] differs from the version on file: {', '.join(document['differs'])}")

    session.emit(document, human)


@records.command("user-notice")
@click.option("--language", type=_LANGUAGE, default="fi", show_default=True, help="Language of the text.")
@pass_session
def records_user_notice(session: Session, language: str) -> None:
    """Print the notice to customers' users (Art. 13), as live settings make it, and say what is wrong with it.

    Example: rajaus records user-notice --language sv
    """
    store = session.store()
    settings = store.settings
    used = user_notice.live(store)
    made = user_notice.document(settings, language, used=used)
    faults = user_notice.lint(made, settings, used=used)
    document = {"language": language, "text": notice_text.plain(made), "faults": faults}

    def human(console: Console) -> None:
        console.print(document["text"], soft_wrap=True, markup=False)
        for fault in document["faults"]:
            console.print(f"[red]![/red] {fault}", soft_wrap=True)

    session.emit(document, human)


@records.command("file-notice")
@click.option("--effective", "effective_on", required=True, type=DATE, help="The first day on which it holds.")
@click.option("--material", is_flag=True, help="Treat the change as material, though it would not be.")
@pass_session
def records_file_notice(session: Session, effective_on: date, material: bool) -> None:
    """File the live text as the next version; a material change needs time to be told before it takes effect.

    Example: rajaus records file-notice --effective 2026-12-15
    """
    session.emit(telling.file_version(session.store(), effective_on=effective_on, is_material=material))


@records.command("versions")
@pass_session
def records_versions(session: Session) -> None:
    """List the versions of the notice: what changed, whether it was material, and from when each holds.

    Example: rajaus records versions
    """
    headers = ("version", "effective_on", "material", "changed", "filed_at", "filed_by")
    with session.store().ledger.read() as connection:
        rows = [{name: row[name] for name in headers} for row in notice_versions.versions(connection)]
    session.emit(
        {"versions": rows}, lambda console: print_listing(console, headers, [list(row.values()) for row in rows])
    )


@records.command("diff")
@click.argument("older", type=int)
@click.argument("newer", type=int)
@click.option("--language", type=_LANGUAGE, default="fi", show_default=True, help="Language of the texts.")
@pass_session
def records_diff(session: Session, older: int, newer: int, language: str) -> None:
    """Show what two versions of the notice say differently, line by line.

    Example: rajaus records diff 1 2 --language en
    """
    with session.store().ledger.read() as connection:
        first, second = (notice_versions.show(connection, version) for version in (older, newer))
    lines = list(
        difflib.unified_diff(
            first["texts"][language].splitlines(), second["texts"][language].splitlines(),
            f"version {older}", f"version {newer}", lineterm="", n=1,
        )
    )  # fmt: skip
    document = {"changed": notice_text.changed(first["facts"], second["facts"]), "diff": lines}
    session.emit(document, lambda console: console.print("\n".join(lines), soft_wrap=True, markup=False))


@click.group(cls=Verbs)
def assessment() -> None:
    """Balancing tests and impact assessments; without one that holds nothing is cut for its purpose (R099)."""


@assessment.command("add")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--kind", type=click.Choice(KINDS), default="lia", show_default=True, help="Balancing test, or dpia.")
@click.option("--purpose", type=click.Choice(codes.PURPOSES), help="The purpose that a balancing test is for.")
@click.option("--owner", required=True, help="Who answers for it.")
@click.option("--made", "made_on", type=DATE, help="The day it was made. Default: today.")
@click.option("--review", "review_on", type=DATE, help="The last day on which it holds. Default: 12 months later.")
@pass_session
def assessment_add(
    session: Session,
    file: Path,
    kind: str,
    purpose: str | None,
    owner: str,
    made_on: date | None,
    review_on: date | None,
) -> None:
    """File an assessment from a text file; it replaces the one before it, which stays on record.

    Example: rajaus assessment add lia-sales.md --purpose sales --owner "Data protection officer"
    """
    store = session.store()
    made = made_on or store.today()
    review = review_on or made + relativedelta(months=REVIEW_MONTHS)
    content = _read(file)
    with store.write() as tx:
        identifier = assessments.file(
            tx, kind=kind, purpose=purpose, owner=owner, made_on=made, review_on=review, text=content,
            today=store.today(),
        )  # fmt: skip
    session.emit({"assessment": identifier, "kind": kind, "purpose": purpose, "review_on": review})


@assessment.command("list")
@pass_session
def assessment_list(session: Session) -> None:
    """List what is on file for each purpose, and whether it holds, is overdue for review, or has expired.

    Example: rajaus assessment list
    """
    store = session.store()
    with store.ledger.read() as connection:
        standing = {row["assessment"] for row in assessments.current(connection).values()}
        listed = assessments.assessments(connection)
    rows = [_line(row, standing, today=store.today(), grace=store.settings.assessment_grace_days) for row in listed]
    headers = ("assessment", "for", "owner", "made_on", "review_on", "shipped", "state")
    session.emit(
        {"assessments": rows}, lambda console: print_listing(console, headers, [list(row.values()) for row in rows])
    )


@assessment.command("show")
@click.argument("identifier")
@pass_session
def assessment_show(session: Session, identifier: str) -> None:
    """Print one assessment as it was filed.

    Example: rajaus assessment show assessment-…
    """
    with session.store().ledger.read() as connection:
        document = assessments.show(connection, identifier)
    session.emit(document, lambda console: console.print(document["text"], soft_wrap=True, markup=False))


def _line(row: dict[str, Any], standing: set[str], *, today: date, grace: int) -> dict[str, Any]:
    holds = state(row["review_on"], today=today, grace_days=grace) if row["assessment"] in standing else "replaced"
    return {
        "assessment": row["assessment"], "for": row["key"], "owner": row["owner"], "made_on": row["made_on"],
        "review_on": row["review_on"], "shipped": row["shipped"], "state": holds,
    }  # fmt: skip


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise FileRejected("file_missing", file=file.name) from error
    except UnicodeDecodeError as error:
        raise FileRejected("file_damaged", file=file.name, reason="not UTF-8") from error
