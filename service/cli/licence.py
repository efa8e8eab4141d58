"""Verbs for licences: the terms of use, their acceptance, the text for messages, and checking a file."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from core.clock import HELSINKI
from core.errors import FileRejected, LicenceRefused, NotFound, RajausError
from core.files import Home, storing
from core.keys import read_keys
from core.signing import public_key, public_pem
from extracts.licence.deal import deal_of
from extracts.licence.message import block
from extracts.licence.policy import instant
from extracts.verify import Verdict, trusted_keys, verify
from ledger import customers, licences
from schemas.licence import MESSAGE_LANGUAGES, PROFILE, shipped, with_own
from service.cli.common import DATE, Session, Verbs, pass_session
from service.tables import print_listing

_FILE = click.Path(path_type=Path)


@click.group(cls=Verbs)
def licence() -> None:
    """Licences: what a recipient may do with an extract, accepted beforehand and checkable by anybody."""


@licence.command("verify")
@click.argument("file", type=_FILE)
@click.option("--licence", "licence_file", type=_FILE, help="The LICENCE.jsonld it came with, if it lies elsewhere.")
@click.option(
    "--key",
    "keys",
    multiple=True,
    help="A public key you trust, or a file of them; repeatable. Default: those of the store, where there is one.",
)
@pass_session
def licence_verify(session: Session, file: Path, licence_file: Path | None, keys: tuple[str, ...]) -> None:
    """Say whether FILE is what was delivered, under which licence, and until when it may be used.

    Works offline and without a store, whatever the file is called. Exit code 3 when it is altered, expired, not yet
    in force or signed with an unknown key, 4 when no licence goes with it.

    Example: rajaus licence verify contacts.xlsx --key z6Mk…
    """
    trusted = trusted_keys(keys) if keys else _own_keys(session)
    found = verify(file, trusted=trusted, now=session.clock(), licence=licence_file)
    document = {"file": file.name, **found.document()}
    if found.verdict == "valid":
        session.emit(document, lambda console: _print_verdict(console, document))
        return
    if not session.json:
        _print_verdict(session.err, document)
    raise _refusal(found, document)


def _own_keys(session: Session) -> list[str]:
    """The public keys of the store at hand, in use and retired; none where there is no store."""
    settings = session.settings()
    if not Home(settings.home).snapshots.is_dir():
        return []
    return [public_key(key) for key in read_keys(settings.keys_dir, "licence")]


def _refusal(found: Verdict, document: dict[str, Any]) -> RajausError:
    name = document["file"]
    match found.verdict:
        case "altered_file":
            seen = "unreadable" if found.rows_found is None else found.rows_found
            return LicenceRefused(
                "licence_altered_file",
                file=name,
                extract=document["extract"],
                rows=document["rows"],
                rows_found=seen,
                verdict=document,
            )
        case "altered_licence":
            return LicenceRefused("licence_altered", file=name, verdict=document)
        case "unknown_key":
            return LicenceRefused("licence_unknown_key", file=name, key=document["key"], verdict=document)
        case "expired":
            return LicenceRefused("licence_expired", file=name, until=document["valid_until"], verdict=document)
        case "not_started":
            return LicenceRefused("licence_not_started", file=name, since=document["valid_from"], verdict=document)
        case _:
            return NotFound("licence_missing", file=name, verdict=document)


_MATCHES = {
    "file": "byte for byte as delivered",
    "rows": "every row and cell as delivered; for the bytes ask its LICENCE.jsonld",
    "licence": "no file of rows was given; the licence itself is genuine",
}
_UNSAID = "Offline nobody can see whether rows were banned or the extract was revoked since: obey the stop list."


def _print_verdict(console: Console, document: dict[str, Any]) -> None:
    colour = "green" if document["verdict"] == "valid" else "red"
    console.print(f"[bold {colour}]{document['verdict'].replace('_', ' ')}[/]  {document['file']}", soft_wrap=True)
    if document["extract"] is None:
        return
    lines = (
        ("extract", document["extract"]),
        ("rows", document["rows"]),
        ("rows found", document["rows_found"]),
        ("file", _MATCHES.get(document["match"])),
        ("customer", f"{document['customer']} ({document['customer_business_id']})"),
        ("campaign", f"{document['campaign_name']} ({document['campaign']})"),
        ("in force", f"{_helsinki(document['valid_from'])} – {_helsinki(document['valid_until'])} Helsinki time"),
        ("controller", document["controller"]),
        ("signed with", document["key"]),
    )
    for label, value in lines:
        if value is not None:
            console.print(f"  {label:12} {value}", soft_wrap=True, markup=False)
    console.print(f"  {_UNSAID}", style="dim", soft_wrap=True)


def _helsinki(text: str) -> str:
    return instant(text).astimezone(HELSINKI).strftime("%Y-%m-%d %H:%M")


@licence.command("key")
@click.option("--out", type=_FILE, help="Write the public keys to this file, to be given to customers.")
@click.option("--pem", is_flag=True, help="The key in use as PEM, for other programs.")
@pass_session
def licence_key(session: Session, out: Path | None, pem: bool) -> None:
    """Show the public keys of this store: the one licences are signed with, and the retired ones.

    Hand them over with the agreement, not with the files. Rotation: rajaus keys rotate licence

    Example: rajaus licence key --out rajaus-licence.pub
    """
    ring = session.store().keys("licence")
    document: dict[str, Any] = {
        "in_use": {"key": ring[0].key_id, "public": public_key(ring[0])},
        "retired": [{"key": key.key_id, "public": public_key(key)} for key in ring[1:]],
    }
    if pem:
        document["pem"] = public_pem(ring[0])
    if out is not None:
        lines = [f"{one['public']}  # {one['key']}" for one in (document["in_use"], *document["retired"])]
        with storing(out):
            out.write_text("\n".join(lines) + "\n", encoding="utf-8")
        document["file"] = str(out)
    session.emit(document)


@licence.command("text")
@click.option("--campaign", "campaign_id", required=True, help="The campaign it is for.")
@click.option(
    "--language", type=click.Choice(MESSAGE_LANGUAGES), default="fi", show_default=True, help="Of the message."
)
@pass_session
def licence_text(session: Session, campaign_id: str, language: str) -> None:
    """Print the text that every message of a campaign must carry: marketing, source, a free way to say no (R040).

    {ban_url} stands where the row's own link goes.

    Example: rajaus licence text --campaign campaign-… --language sv
    """
    store = session.store()
    with store.ledger.read() as connection:
        campaign = customers.campaign(connection, campaign_id)
        recipient = customers.customer(connection, campaign["customer"])
        terms = licences.in_force(connection, today=store.today())
    texts = block(deal_of(store.settings, campaign=campaign, customer=recipient, terms=terms), language)
    document = {"campaign": campaign_id, "language": language, "terms": terms["version"], "texts": texts}

    def human(console: Console) -> None:
        for channel, text in texts.items():
            console.print(f"[bold]{channel}[/bold]")
            console.print(text, soft_wrap=True, markup=False)

    session.emit(document, human)


@licence.command("accept")
@click.option("--campaign", "campaign_id", help="The campaign it is accepted for.")
@click.option("--agreement", "agreement_id", help="Instead: every campaign of this agreement.")
@click.option("--by", required=True, help="Who accepts for the customer.")
@click.option("--terms", "version", type=int, help="Version accepted. Default: the one in force.")
@click.option(
    "--how", type=click.Choice(licences.HOW[1:]), default="signature", show_default=True, help="How it reached us."
)
@click.option("--reference", help="Where the evidence lies, e.g. an archive number; never an address.")
@pass_session
def licence_accept(
    session: Session,
    campaign_id: str | None,
    agreement_id: str | None,
    by: str,
    version: int | None,
    how: str,
    reference: str | None,
) -> None:
    """Record that a customer accepts the terms of use; nothing is delivered under terms it has not accepted (R033).

    Example: rajaus licence accept --campaign campaign-… --by "Liisa Mäkelä" --how email
    """
    if (campaign_id is None) == (agreement_id is None):
        raise click.UsageError("Give --campaign or --agreement.")
    store = session.store()
    with store.write() as tx:
        if campaign_id is not None:
            agreement = customers.campaign(tx.connection, campaign_id)["agreement"]
        else:
            agreement = customers.agreement(tx.connection, str(agreement_id))["agreement"]
        accepted = version or licences.in_force(tx.connection, today=store.today())["version"]
        acceptance = licences.accept(
            tx, agreement=agreement, campaign=campaign_id, version=accepted, by=by, how=how, reference=reference
        )
    session.emit({"acceptance": acceptance, "agreement": agreement, "campaign": campaign_id, "terms": accepted})


@licence.command("acceptances")
@click.option("--campaign", "campaign_id", required=True, help="The campaign.")
@pass_session
def licence_acceptances(session: Session, campaign_id: str) -> None:
    """Show who accepted which terms for a campaign, when and how, and whether that is enough today.

    Example: rajaus licence acceptances --campaign campaign-…
    """
    store = session.store()
    with store.ledger.read() as connection:
        campaign = customers.campaign(connection, campaign_id)
        rows = licences.acceptances(connection, campaign)
        needed = licences.needed(connection, today=store.today())
    enough = bool(rows) and rows[0]["version"] >= needed

    def human(console: Console) -> None:
        names = ("version", "accepted_by", "how", "accepted_at", "campaign", "recorded_by")
        print_listing(console, names, ([row[name] for name in names] for row in rows))
        console.print(f"needed today: version {needed}; {'accepted' if enough else 'NOT accepted'}")

    session.emit({"campaign": campaign_id, "needed": needed, "accepted": enough, "acceptances": rows}, human)


@licence.command("terms")
@click.option("--terms", "version", type=int, help="Show the text of this version.")
@pass_session
def licence_terms(session: Session, version: int | None) -> None:
    """List the versions of the terms of use, or show the text of one.

    Example: rajaus licence terms --terms 1
    """
    store = session.store()
    with store.ledger.read() as connection:
        if version is None:
            rows = licences.versions(connection)
        else:
            row = licences.terms(connection, version)
    if version is not None:
        session.emit(row, lambda console: _print_terms(console, row["text"]))
        return

    def human(console: Console) -> None:
        names = ("version", "effective_on", "material", "changes", "filed_by", "sha256")
        print_listing(console, names, ([row[name] for name in names] for row in rows))

    session.emit({"terms": rows}, human)


def _print_terms(console: Console, text: dict[str, Any]) -> None:
    for language, words in text["terms"].items():
        console.print(f"[bold]{words['title']}[/bold] ({language})")
        console.print(words["brief"], markup=False, soft_wrap=True)
        for section in words["sections"].values():
            console.print(f"\n{section['heading']}\n{section['text']}", markup=False, soft_wrap=True)
        console.print()


@licence.command("file-terms")
@click.option("--from", "effective_on", required=True, type=DATE, help="The first day on which they hold.")
@click.option("--material/--editorial", default=None, required=True, help="Whether they must be accepted anew.")
@click.option("--changes", required=True, help="What is new, in words.")
@click.option(
    "--text",
    "text_file",
    type=_FILE,
    help="TOML with your own [terms.fi], [terms.en], [message.…]. Default: the product's.",
)
@pass_session
def licence_file_terms(
    session: Session, effective_on: date, material: bool, changes: str, text_file: Path | None
) -> None:
    """File a new version of the terms of use. Parts that the file leaves out stay as the product has them.

    A material one must be accepted before the next delivery, by every customer (R033).

    Example: rajaus licence file-terms --from 2027-01-01 --material --changes "Disposal within 7 days" --text terms.toml
    """
    store = session.store()
    text = with_own(_own_text(text_file)) if text_file else shipped()
    with store.write() as tx:
        version = licences.file_terms(
            tx, text=text, material=material, changes=changes, effective_on=effective_on, today=store.today()
        )
    session.emit({"terms": version, "material": material and version > 1, "effective_on": effective_on})


def _own_text(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise FileRejected("file_missing", file=path.name) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FileRejected("file_damaged", file=path.name, reason=type(error).__name__) from error


@licence.command("profile")
@pass_session
def licence_profile(session: Session) -> None:
    """Print the vocabulary of the machine-readable licence: what it says beyond ODRL 2.2, as Turtle.

    Example: rajaus licence profile
    """
    text = PROFILE.read_text(encoding="utf-8")
    session.emit({"profile": text}, lambda console: console.print(text, markup=False, soft_wrap=True))
