"""Verbs that answer registered persons: access, objection, portability, refusal, fee."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from service.cli.common import DATE, Session, pass_session
from service.cli.subject_group import subject as subject
from service.cli.subjects import OUT, searching
from subjects import access, cases, identity_check, objections, refusals, reply_mail
from subjects.find import Search


@subject.command("access")
@click.option("--case", required=True, help="The access case.")
@click.option("--person", "persons", type=int, multiple=True, help="Register id of who asks; may be repeated.")
@click.option("--to", required=True, type=OUT, help="Directory for the JSON and the PDF.")
@click.option("--send", type=click.Choice(identity_check.SEND), default="known_address", help="Where the reply goes.")
@click.option("--recipient", help="The person's age public key: the files are encrypted for it.")
@click.option("--language", type=click.Choice(cases.LANGUAGES), help="Default: that of the case.")
@searching
@pass_session
def subject_access(
    session: Session,
    /,
    case: str,
    persons: tuple[int, ...],
    to: Path,
    send: str,
    recipient: str | None,
    language: str | None,
    **search: str | None,
) -> None:
    """Write the reply with everything held of the person; with a search instead of --person, that there is nothing.

    Example: rajaus subject access --case case-… --person 1234 --to reply
    """
    looked_by = Search(**search)
    document = access.reply(
        session.store(),
        case,
        to=to,
        persons=persons,
        search=looked_by if looked_by.kinds() else None,
        send=send,
        recipient=recipient,
        language=language,
    )
    session.emit(document)


@subject.command("send")
@click.argument("case")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--to", required=True, help="The address; by default it must be one the register knows.")
@click.option("--send", "way", type=click.Choice(identity_check.SEND), default="known_address", help="Which address.")
@click.option("--plain", is_flag=True, help="The person asked for an access reply that is not encrypted.")
@pass_session
def subject_send(session: Session, case: str, files: tuple[Path, ...], to: str, way: str, plain: bool) -> None:
    """Queue the files of a case to the person, with a covering letter; rajaus mail send sends them.

    Example: rajaus subject send case-… reply/reply-fi.pdf.age --to liisa.makela@yritys.example
    """
    session.emit(reply_mail.send(session.store(), case, files=files, to=to, way=way, plain=plain))


@subject.command("object")
@click.option("--person", "persons", type=int, multiple=True, required=True, help="Register id; may be repeated.")
@click.option("--via", required=True, type=click.Choice(cases.VIA), help="How it reached us.")
@click.option("--words", default="", help="What the person wrote; if it speaks of marketing, it is a ban.")
@click.option("--marketing", is_flag=True, help="It is against marketing: a ban at once, nothing is assessed.")
@click.option("--received", type=DATE, help="When it reached us. Default: today.")
@click.option("--language", type=click.Choice(cases.LANGUAGES), default="fi", help="Language of the reply.")
@pass_session
def subject_object(
    session: Session,
    persons: tuple[int, ...],
    via: str,
    words: str,
    marketing: bool,
    received: date | None,
    language: str,
) -> None:
    """Take an objection: a ban at once if it is against marketing, else restricted at once and a case.

    Example: rajaus subject object --person 1234 --via letter --words "I am under threat, my employer must stay secret"
    """
    document = objections.object_to(
        session.store(),
        persons=persons,
        via=via,
        words=words,
        received_on=received,
        marketing=marketing,
        language=language,
    )
    session.emit(document)


@subject.command("portability")
@click.argument("case")
@click.option("--approver", required=True, help="The second person, if it must be refused.")
@click.option("--customer", help="A customer whose contact asks: its own data are handed over.")
@click.option("--to", required=True, type=OUT, help="Directory for the files or the letter.")
@pass_session
def subject_portability(session: Session, case: str, approver: str, customer: str | None, to: Path) -> None:
    """Hand over data given under a contract, or say by which rule the right does not reach the register's data.

    Example: rajaus subject portability case-… --approver liisa --to reply
    """
    session.emit(objections.portability(session.store(), case, approver=approver, customer=customer, to=to))


@subject.command("refuse")
@click.argument("case")
@click.option("--ground", required=True, type=click.Choice(refusals.GROUNDS), help="On what ground.")
@click.option("--reason", required=True, help="The reason, as the person is told.")
@click.option("--evidence", required=True, help="Where what shows it is kept.")
@click.option("--approver", required=True, help="The second person; not the one who runs this.")
@click.option("--rule", help="For the ground rule: which, e.g. GDPR 17(3)(e).")
@click.option("--intent", help="What shows an abusive intent; needed for a first request.")
@click.option("--to", required=True, type=OUT, help="Directory for the letter.")
@pass_session
def subject_refuse(
    session: Session,
    case: str,
    ground: str,
    reason: str,
    evidence: str,
    approver: str,
    rule: str | None,
    intent: str | None,
    to: Path,
) -> None:
    """Refuse a request on documented grounds, by two persons, in time; writes the letter with the ways to complain.

    Example: rajaus subject refuse case-… --ground rule --rule "GDPR 17(3)(e)" --reason "…" --evidence "file 12"
    --approver liisa --to letters
    """
    grounds = refusals.Grounds(ground, reason=reason, evidence=evidence, approver=approver, rule=rule, intent=intent)
    session.emit(refusals.refuse(session.store(), case, grounds, to=to))


@subject.group("fee")
def subject_fee() -> None:
    """A fee, told before the work, on documented grounds alone.

    \b
    Example:  rajaus subject fee tell case-… --euros 20 --ground further_copy --reason "third copy this year"
                  --evidence "cases of 2026" --approver liisa --to letters
              rajaus subject fee accept case-…
              rajaus subject fee charge case-…
    """


@subject_fee.command("tell")
@click.argument("case")
@click.option("--euros", required=True, type=int, help="The fee: administrative costs, at most 500.")
@click.option("--ground", required=True, type=click.Choice(refusals.FEE_GROUNDS), help="On what ground.")
@click.option("--reason", required=True, help="The reason, as the person is told.")
@click.option("--evidence", required=True, help="Where what shows it is kept.")
@click.option("--approver", required=True, help="The second person; not the one who runs this.")
@click.option("--intent", help="What shows an abusive intent; needed for a first request.")
@click.option("--to", required=True, type=OUT, help="Directory for the letter.")
@pass_session
def subject_fee_tell(
    session: Session,
    case: str,
    euros: int,
    ground: str,
    reason: str,
    evidence: str,
    approver: str,
    intent: str | None,
    to: Path,
) -> None:
    """Tell the person of a fee and wait for the answer; nothing is done before.

    Example: rajaus subject fee tell case-… --euros 20 --ground further_copy --reason "…" --evidence "…"
    --approver liisa --to letters
    """
    grounds = refusals.Grounds(ground, reason=reason, evidence=evidence, approver=approver, intent=intent)
    session.emit(refusals.tell_fee(session.store(), case, grounds, euros=euros, to=to))


@subject_fee.command("accept")
@click.argument("case")
@pass_session
def subject_fee_accept(session: Session, case: str) -> None:
    """Record that the person accepts the fee; the work may begin. Example: rajaus subject fee accept case-…"""
    refusals.accept_fee(session.store(), case)
    session.emit({"case": case, "state": "open"})


@subject_fee.command("charge")
@click.argument("case")
@pass_session
def subject_fee_charge(session: Session, case: str) -> None:
    """Say what to invoice for a case that is done, once. Example: rajaus subject fee charge case-…"""
    session.emit({"case": case, "euros": refusals.charge(session.store(), case)})
