"""Verbs that change what is held of a registered person: rectification, erasure, restriction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from core.errors import InvalidInput
from ledger import corrections, erasures, restrictions
from service.cli.common import DATE, Session, pass_session
from service.cli.subject_group import subject as subject
from service.tables import print_listing
from subjects import cases, certificate, erase, rectify, restrict

OUT = click.Path(path_type=Path, file_okay=False)


@subject.command("rectify")
@click.option("--person", type=int, help="Register id of the person; not needed with --position.")
@click.option("--position", type=int, help="Register id of the position that is corrected.")
@click.option("--set", "sets", multiple=True, metavar="FIELD=VALUE", help="What is right; may be repeated.")
@click.option("--clear", "clears", multiple=True, metavar="FIELD", help="A field that is to be empty; may be repeated.")
@click.option("--via", type=click.Choice(cases.VIA), default="email", help="How it reached us.")
@click.option("--received", type=DATE, help="When it reached us. Default: today.")
@click.option("--case", help="The case, if one is open already.")
@click.option("--own-initiative", is_flag=True, help="We found it ourselves; no case is opened.")
@click.option(
    "--reason", type=click.Choice(corrections.REASONS), default="request", help="What showed that it was wrong."
)
@click.option("--statement", help="What the person wants to stand beside the data (Art. 16).")
@click.option("--disputed", is_flag=True, help="We do not take it over; the statement stands beside the data.")
@pass_session
def subject_rectify(
    session: Session,
    person: int | None,
    position: int | None,
    sets: tuple[str, ...],
    clears: tuple[str, ...],
    via: str,
    received: date | None,
    case: str | None,
    own_initiative: bool,
    reason: str,
    statement: str | None,
    disputed: bool,
) -> None:
    """Correct what the register says; no later import undoes it, and whoever holds the row is told.

    Fields: first_name, last_name; title, responsibilities, purchasing, level, email, mobile, postal_street,
    postal_postcode, postal_city, started (of --position).

    Example: rajaus subject rectify --position 1234 --set "title=Hankintajohtaja" --via phone
    """
    store = session.store()
    if person is None:
        if position is None:
            raise InvalidInput("value_missing", field="person or position")
        person = rectify.position_holder(store, position)
    asked = rectify.Rectification(
        person=person,
        position=position,
        values=dict(_pair(text) for text in sets) | dict.fromkeys(clears),
        via=via,
        received_on=received,
        case=case,
        source="own initiative" if own_initiative else "data subject",
        reason=reason,
        disputed=disputed,
        statement=statement,
    )
    session.emit(rectify.rectify(store, asked))


def _pair(text: str) -> tuple[str, str]:
    field, equals, value = text.partition("=")
    if not equals:
        raise InvalidInput("value_missing", field="= and a value after --set FIELD")
    return field.strip().lower(), value


@subject.command("bounced")
@click.option("--email", required=True, help="The address that bounced for good.")
@click.option("--via", type=click.Choice(cases.VIA), default="customer", help="Who reported it.")
@pass_session
def subject_bounced(session: Session, email: str, via: str) -> None:
    """Take a dead address out of every cut at once, and open a task for finding the right one (R011).

    Example: rajaus subject bounced --email liisa.makela@yritys.example --via customer
    """
    session.emit(rectify.bounced(session.store(), email=email, via=via))


@subject.command("corrections")
@click.option("--person", type=int, required=True, help="Register id of the person.")
@click.option("--purpose", required=True, help="Why you look; it stands in the read log.")
@pass_session
def subject_corrections(session: Session, person: int, purpose: str) -> None:
    """Show everything that was corrected or disputed of a person, oldest first.

    Example: rajaus subject corrections --person 1234 --purpose "case case-…"
    """
    rows = rectify.history(session.store(), person, purpose=purpose)

    def table(console: Console) -> None:
        names = ("correction", "position", "field", "value", "was", "source", "made_on", "ended_at")
        print_listing(console, names, [tuple(str(row[name]) for name in names) for row in rows])

    session.emit({"corrections": rows}, table)


@subject.command("withdraw-correction")
@click.argument("correction")
@pass_session
def subject_withdraw_correction(session: Session, correction: str) -> None:
    """End a correction: from the next publish on the sources speak again.

    Example: rajaus subject withdraw-correction correction-…
    """
    session.emit(rectify.withdraw(session.store(), correction))


@subject.command("erase")
@click.argument("persons", type=int, nargs=-1, required=True, metavar="PERSON...")
@click.option("--ground", required=True, type=click.Choice(erasures.GROUNDS), help="Ground of Art. 17(1).")
@click.option("--via", required=True, type=click.Choice(cases.VIA), help="How it reached us.")
@click.option("--received", type=DATE, help="When it reached us. Default: today.")
@click.option("--case", help="The case, if one is open already.")
@click.option(
    "--keep-keys/--forget-keys",
    default=None,
    help="Whether keyed hashes keep the person from coming back. Kept after an objection; else ask the person.",
)
@pass_session
def subject_erase(
    session: Session,
    persons: tuple[int, ...],
    ground: str,
    via: str,
    received: date | None,
    case: str | None,
    keep_keys: bool | None,
) -> None:
    """Erase persons: out of counts and cuts at once, then out of every file; who holds them is told first.

    Example: rajaus subject erase 1234 --ground objection --via email
    """
    request = erase.ErasureRequest(
        persons=persons, ground=ground, via=via, received_on=received, keep_keys=keep_keys, case=case
    )
    session.emit(erase.erase(session.store(), request))


@subject.command("erasures")
@click.option("--all", "everything", is_flag=True, help="Those that are certified too.")
@pass_session
def subject_erasures(session: Session, everything: bool) -> None:
    """List erasures that are not finished, and what they wait for. Example: rajaus subject erasures"""
    with session.store().ledger.read() as connection:
        rows = erasures.erasures(connection, unfinished=not everything)

    def table(console: Console) -> None:
        names = ("erasure", "state", "received_on", "ground", "case", "waits_for")
        print_listing(console, names, [_cells(row, names) for row in rows])

    session.emit({"erasures": rows}, table)


@subject.command("resume-erasures")
@pass_session
def subject_resume_erasures(session: Session) -> None:
    """Go on with every erasure that is not finished: after a crash, or when readers have let go.

    Example: rajaus subject resume-erasures
    """
    session.emit({"erasures": erase.resume(session.store())})


@subject.command("certificate")
@click.argument("erasure")
@click.option("--to", required=True, type=OUT, help="Directory for the JSON and the PDF.")
@click.option("--language", type=click.Choice(cases.LANGUAGES), default="fi", help="Language of the PDF.")
@pass_session
def subject_certificate(session: Session, erasure: str, to: Path, language: str) -> None:
    """Write the certificate of an erasure: what was removed, what stays and why, what is waited for.

    Example: rajaus subject certificate erasure-… --to reply --language fi
    """
    session.emit(certificate.certificate(session.store(), erasure, to=to, language=language))


@subject.command("restrict")
@click.argument("persons", type=int, nargs=-1, required=True, metavar="PERSON...")
@click.option("--via", required=True, type=click.Choice(cases.VIA), help="How it reached us.")
@click.option("--received", type=DATE, help="When it reached us. Default: today.")
@click.option("--case", help="The case, if one is open already.")
@pass_session
def subject_restrict(
    session: Session, persons: tuple[int, ...], via: str, received: date | None, case: str | None
) -> None:
    """Restrict persons at once: neither used nor changed nor deleted until it is lifted (R062).

    Example: rajaus subject restrict 1234 --via letter
    """
    session.emit(restrict.restrict(session.store(), persons, via=via, received_on=received, case=case))


@subject.command("restrictions")
@pass_session
def subject_restrictions(session: Session) -> None:
    """List restrictions, and whether the person was told that one ends. Example: rajaus subject restrictions"""
    with session.store().ledger.read() as connection:
        rows = restrictions.restrictions(connection)

    def table(console: Console) -> None:
        names = ("ban", "persons", "received_on", "told_on", "lifted_at")
        print_listing(console, names, [_cells(row, names) for row in rows])

    session.emit({"restrictions": rows}, table)


@subject.command("tell-restriction")
@click.argument("restriction")
@click.option("--via", required=True, type=click.Choice(restrict.TOLD_VIA), help="How the person was told.")
@click.option("--on", type=DATE, help="When. Default: today.")
@pass_session
def subject_tell_restriction(session: Session, restriction: str, via: str, on: date | None) -> None:
    """Record that the person was told that the restriction will be lifted (Art. 18(3)).

    Example: rajaus subject tell-restriction ban-… --via letter
    """
    session.emit(restrict.tell(session.store(), restriction, via=via, on=on))


@subject.command("lift-restriction")
@click.argument("restriction")
@click.option("--reason", required=True, help="What was settled; no contact data.")
@pass_session
def subject_lift_restriction(session: Session, restriction: str, reason: str) -> None:
    """Lift a restriction; refused until the person was told.

    Example: rajaus subject lift-restriction ban-… --reason "accuracy checked, case case-…"
    """
    session.emit(restrict.lift(session.store(), restriction, reason=reason))


def _cells(row: Mapping[str, Any], names: Sequence[str]) -> tuple[str, ...]:
    """A row's values as a table shows them."""
    return tuple(
        ", ".join(map(str, row[name])) if isinstance(row[name], list) else str(row[name] or "") for name in names
    )
