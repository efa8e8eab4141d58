"""Verbs for what recipients still hold after the end: ``rajaus leftover``."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click
from rich.console import Console

from extracts import leftover as leftovers
from extracts.leftover.hashing import hash_file
from service.cli.common import DATE, Session, Verbs, pass_session
from service.tables import print_listing

_FILE = click.Path(path_type=Path)
_SHOWN = 20


@click.group(cls=Verbs)
def leftover() -> None:
    """What a recipient still holds after the end, compared by keyed hashes: neither side shows its rows (R035).

    \b
    Here:              rajaus leftover key --extract extract-… --out outbox
    At the recipient:  rajaus leftover hash crm.csv --key extract-…-leftover.key.json --out hashes.csv
    Here:              rajaus leftover check --extract extract-… hashes.csv --out answers
    """


@leftover.command("key")
@click.option("--extract", "extract_id", required=True, help="Which extract it is about.")
@click.option("--out", required=True, type=_FILE, help="Directory for the files.")
@pass_session
def leftover_key(session: Session, extract_id: str, out: Path) -> None:
    """Write what a recipient needs to hash its records: a key of that extract, a program, and instructions.

    Example: rajaus leftover key --extract extract-… --out outbox
    """
    session.emit(leftovers.issue(session.store(), extract_id, out))


@leftover.command("hash")
@click.argument("file", type=_FILE)
@click.option("--key", "key_file", required=True, type=_FILE, help="The key file of the extract.")
@click.option("--out", required=True, type=_FILE, help="CSV for the hashes.")
@pass_session
def leftover_hash(session: Session, file: Path, key_file: Path, out: Path) -> None:
    """Hash the records of a CSV, XLSX or Parquet file; needs the key file and no store.

    Columns: email, phone, mobile, first_name and last_name (or name) with business_id, as far as they are there.

    Example: rajaus leftover hash crm.csv --key extract-…-leftover.key.json --out hashes.csv
    """
    session.emit(hash_file(file, key_file, out=out))


@leftover.command("check")
@click.option("--extract", "extract_id", required=True, help="Which extract it is about.")
@click.argument("hashes", type=_FILE)
@click.option("--out", type=_FILE, help="Directory for the answer to the recipient, record by record.")
@pass_session
def leftover_check(session: Session, extract_id: str, hashes: Path, out: Path | None) -> None:
    """Say which rows of the extract the hashes show, which of them must go and which may stay.

    Rows that must go block the recipient's group until a later check is clean or the recipient answers for them.

    Example: rajaus leftover check --extract extract-… hashes.csv --out answers
    """
    document = leftovers.check(session.store(), extract_id, hashes, out=out)

    def human(console: Console) -> None:
        go, stay = document["must_go"], document["may_stay"]
        console.print(
            f"[bold]{document['check']}[/bold]  {document['records']} records, {document['matched']} of them rows of "
            f"the extract: {len(go)} rows must go, {len(stay)} may stay",
            soft_wrap=True,
        )
        if go:
            more = f" and {len(go) - _SHOWN} more" if len(go) > _SHOWN else ""
            console.print(f"  must go: {', '.join(map(str, go[:_SHOWN]))}{more}", soft_wrap=True)
        for row in stay[:_SHOWN]:
            until = f" until {row['until']}" if row["until"] else ""
            console.print(f"  may stay: {row['row']} ({row['ground']}{until})", soft_wrap=True)
        if document["answer"]:
            console.print(f"  answer: {document['answer']}", soft_wrap=True)

    session.emit(document, human)


@leftover.command("attest")
@click.argument("check")
@click.option("--by", required=True, help="Who at the recipient answers for the rows.")
@click.option("--on", type=DATE, help="The day it was said. Default: today.")
@click.option("--grounds", required=True, help="What they say: deleted since, or had from where; no contact data.")
@pass_session
def leftover_attest(session: Session, check: str, by: str, on: date | None, grounds: str) -> None:
    """Record that the recipient answers for the rows that a check found; its group is no longer blocked by it.

    Example: rajaus leftover attest check-… --by "Liisa Laine, Esimerkki Oy" --grounds "own customers since 2019"
    """
    document = leftovers.attest(session.store(), check, by=by, on=on, grounds=grounds)
    session.emit({name: document[name] for name in ("check", "extract", "attested_by", "attested_on", "grounds")})


@leftover.command("list")
@click.option("--extract", "extract_id", help="Only of this extract.")
@click.option("--customer", "customer_id", help="Only of this recipient.")
@pass_session
def leftover_list(session: Session, extract_id: str | None, customer_id: str | None) -> None:
    """List the checks, oldest first. Example: rajaus leftover list --customer customer-…"""
    rows = leftovers.listing(session.store(), extract=extract_id, customer=customer_id)

    def table(console: Console) -> None:
        headers = ("check", "extract", "checked", "records", "matched", "must go", "may stay", "attested by", "blocks")
        print_listing(
            console,
            headers,
            (
                [*(row[name] for name in ("check", "extract", "checked_at", "records", "matched")), len(row["rows"]),
                 row["stay"], row["attested_by"], "yes" if row["standing"] else ""]
                for row in rows
            ),
        )  # fmt: skip

    session.emit({"checks": rows}, table)
