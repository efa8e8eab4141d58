"""Telling registered persons: whom, by which channel, with which text, and what became of it (R096-R098, Art. 14)."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from dateutil.relativedelta import relativedelta

from core.clock import helsinki_day
from core.errors import FileRejected, InvalidInput, RajausError, Refused
from core.files import storing
from extracts.gate.addressees import addressees
from extracts.gate.addresses import write
from ledger import bans, exemptions, notice_versions, notices, processors
from ledger.notices import CHANNELS, Outcome
from ledger.store import Store
from register.notice_due import due
from register.notices import MONTHS
from register.query import open_register
from subjects import mail
from subjects.documents import render_pdf
from subjects.mail import Letter
from subjects.notice_text import changed, document, facts, material, texts

Row = dict[str, Any]

LIMIT = 10_000
"""Persons of one export, unless another number is asked for."""
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "email": ("person", "language", "first_name", "last_name", "organisation_name", "email"),
    "post": (
        "person", "language", "first_name", "last_name", "organisation_name", "postal_street", "postal_postcode",
        "postal_city",
    ),
}  # fmt: skip
_SOON_DAYS = 7


@dataclass(frozen=True)
class _Owed:
    """Whom a notice is owed, and who of them may be written to by which channel."""

    table: pa.Table
    email: pa.Array
    post: pa.Array

    @property
    def reachable(self) -> pa.Table:
        return self.table.filter(pc.or_(self.email, self.post))


def export(
    store: Store, out: Path, *, channel: str | None = None, limit: int = LIMIT, processor: str | None = None
) -> Row:
    """Write address files and texts of the notices that are owed: ``{"version", "persons", "batches", "unreachable",
    "files"}``; ``batches`` is ``{channel: id}``.

    E-mail where the person has a mailbox alone, else post; a channel that failed or that the person banned is not
    used. Whoever bans everything is not written to: such a person is in no cut, and leaves when the month is over. The
    look is logged (R058). Raises ``Refused`` (notice_outdated) when the text no longer says what is done, in a way that
    is material, or (processor_disabled) when the files are for a ``processor`` that may not be used (R078);
    ``InvalidInput`` (value_unknown).
    """
    if processor is not None:
        with store.ledger.read() as connection:
            processors.require(connection, processor, today=store.today())
    if channel is not None:
        notices.known_value("channel", channel, allowed=CHANNELS)
    version = current_version(store)
    owed = _owed(store)
    wanted = owed.reachable.slice(0, limit)
    people = addressees(store, wanted["person"].to_pylist(), purpose="notice to the person (Art. 14)", kind="notice")
    chosen = {name: rows for name, rows in _by_channel(owed, people).items() if channel in (None, name)}
    batches: dict[str, str] = {}
    files: list[str] = []
    for name, rows in chosen.items():
        if len(rows):
            batches[name] = _batch(store, name, rows, version=version)
            try:
                files += _write(store, out, name, rows, batch=batches[name], version=version)
            except RajausError:
                with store.write() as tx:
                    notices.cancel(tx, batches[name])
                raise
    counts = {name: len(rows) for name, rows in chosen.items()}
    return {
        "version": version,
        "persons": counts,
        "batches": batches,
        "unreachable": len(wanted) - sum(counts.values()) if channel is None else 0,
        "files": sorted(set(files)),
    }


def send(store: Store, *, limit: int = LIMIT) -> Row:
    """Queue the notices that are owed and can go by e-mail: ``{"version", "batch", "queued"}``, batch None when there
    is nobody. What becomes of each is recorded when it is sent (``subjects.mail_send``). Raises as :func:`export`.
    """
    version = current_version(store)
    owed = _owed(store)
    wanted = owed.reachable.slice(0, limit)
    people = addressees(store, wanted["person"].to_pylist(), purpose="notice to the person (Art. 14)", kind="notice")
    rows = _by_channel(owed, people)["email"].select(["asked", "language", "email"]).to_pylist()
    if not rows:
        return {"version": version, "batch": None, "queued": 0}
    with store.ledger.read() as connection:
        filed = notice_versions.show(connection, version)
    titles = {one: document(filed["facts"], one, version=version)["title"] for one in filed["texts"]}
    with store.write() as tx:
        pairs = [(row["asked"], row["language"]) for row in rows]
        batch = notices.open_batch(tx, channel="email", version=version, persons=pairs)
        for row in rows:
            spoken = row["language"]
            letter = Letter(row["email"], titles[spoken], filed["texts"][spoken], spoken)
            mail.queue(tx, store, letter, kind=mail.NOTICE, about=f"{batch}/{row['asked']}")
    return {"version": version, "batch": batch, "queued": len(rows)}


def current_version(store: Store) -> int:
    """The version that is sent now; the first, and changes that are not material, are filed here.

    Raises ``Refused`` (notice_outdated): a material change needs its own day of effect (:func:`file_version`).
    """
    said = facts(store)
    with store.ledger.read() as connection:
        latest = notice_versions.latest(connection)
    if latest is not None:
        differing = changed(latest["facts"], said)
        if material(differing):
            raise Refused("notice_outdated", version=latest["version"], parts=", ".join(material(differing)))
        if not differing:
            return int(latest["version"])
    return int(file_version(store, effective_on=store.today())["version"])


def file_version(store: Store, *, effective_on: date, is_material: bool = False) -> Row:
    """File the live text as the next version: ``{"version", "changed", "material", "effective_on"}`` (R098).

    ``is_material`` can make a change material, never the other way round. Raises ``Refused`` (notice_effect_early,
    notice_unchanged), ``InvalidInput`` (notice_incomplete, date_past).
    """
    said = facts(store)
    with store.write() as tx:
        latest = notice_versions.latest(tx.connection)
        differing = changed(latest["facts"], said) if latest is not None else []
        if latest is not None and not differing:
            raise Refused("notice_unchanged", version=latest["version"])
        number = 1 if latest is None else latest["version"] + 1
        weighty = latest is not None and (is_material or bool(material(differing)))
        version = notice_versions.file(
            tx, texts=texts(said, version=number), facts=said, changed=differing, material=weighty,
            effective_on=effective_on, today=store.today(), wait_days=store.settings.notice_wait_days,
        )  # fmt: skip
    return {"version": version, "changed": differing, "material": weighty, "effective_on": effective_on}


def record(
    store: Store, batch: str, *, file: Path | None, sent_on: date | None = None, proof: str | None = None
) -> Row:
    """Record what became of a batch: from a CSV ``person, state, date, proof``, and, with ``sent_on`` and ``proof``,
    that all the rest were sent. Returns ``{"sent", "failed", "unchanged", "waiting"}``; all of it or nothing.

    Raises ``FileRejected``, ``InvalidInput`` (notice_file_row, value_missing, date_future, notice_proof_contact),
    ``NotFound``, ``InvalidTransition``.
    """
    if file is None and sent_on is None:
        raise InvalidInput("value_missing", field="a file or --sent-on")
    with store.ledger.read() as connection:
        made_on = helsinki_day(notices.find_batch(connection, batch)["made_at"])
        waiting = notices.waiting(connection, batch)
    outcomes = list(_outcomes(file, since=made_on, today=store.today())) if file is not None else []
    if sent_on is not None:
        fault = _fault("sent", sent_on, proof, since=made_on, today=store.today())
        if fault is not None:
            raise InvalidInput("notice_outcome_invalid", reason=fault)
        named = {outcome.person for outcome in outcomes}
        outcomes += [Outcome(person, "sent", sent_on, proof) for person in waiting if person not in named]
    with store.write() as tx:
        counts = notices.record(tx, batch, outcomes)
        return counts | {"waiting": len(notices.waiting(tx.connection, batch))}


def status(store: Store) -> Row:
    """How far the telling is: ``{"version", "owed", "unreachable", "not_written_to", "due_soon", "overdue", "batches",
    "exemptions"}``. ``overdue`` leave the register at the next publish."""
    owed = _owed(store)
    with store.ledger.read() as connection:
        latest = notice_versions.latest(connection)
        batches = notices.batches(connection)
        listed = exemptions.exemptions(connection, today=store.today())
    month = store.today() - relativedelta(months=MONTHS)
    obtained = owed.table["obtained"]
    soon = pa.scalar(month + relativedelta(days=_SOON_DAYS), pa.date32())
    return {
        "version": None if latest is None else latest["version"],
        "owed": len(owed.table),
        "not_written_to": len(owed.table) - len(owed.reachable),
        "overdue": pc.sum(pc.less(obtained, pa.scalar(month, pa.date32()))).as_py() or 0,
        "due_soon": pc.sum(
            pc.and_(pc.greater_equal(obtained, pa.scalar(month, pa.date32())), pc.less(obtained, soon))
        ).as_py()
        or 0,
        "batches": [
            {name: row[name] for name in ("batch", "channel", "version", "persons", "made_at", "states")}
            for row in batches
        ],
        "exemptions": [
            {name: row[name] for name in ("exemption", "ground", "persons", "state", "review_on")} for row in listed
        ],
    }


def untold_of_source(store: Store, source: str) -> list[int]:
    """Persons with a position from a source who are owed a notice: whom an exemption may be proposed for."""
    return list(_owed(store, source=source).table["person"].to_pylist())


def _owed(store: Store, *, source: str | None = None) -> _Owed:
    with store.ledger.read() as connection:
        history = notices.history(connection)
        exempt = exemptions.in_force(connection, today=store.today())
        version = notice_versions.last_material(connection)
        blocked = {name: bans.blocked(connection, channels=[name]).persons.cast(pa.int32()) for name in CHANNELS}
    with open_register(store, holder="notices") as register:
        table = due(register, history=history, exempt=exempt, version=version, source=source)
    open_to = {
        name: pc.invert(pc.or_(table[f"{name}_failed"], pc.is_in(table["person"], value_set=blocked[name])))
        for name in CHANNELS
    }
    return _Owed(table, open_to["email"], open_to["post"])


def _by_channel(owed: _Owed, people: pa.Table) -> dict[str, pa.Table]:
    """Each addressee under one channel; whoever has no address of an open channel is under none."""
    persons = {
        name: owed.table.filter(getattr(owed, name))["person"].combine_chunks().cast(pa.int32()) for name in CHANNELS
    }
    asked = people["asked"]
    mail = pc.and_(
        pc.and_(pc.is_valid(people["email"]), pc.invert(people["email_shared"])), _among(asked, persons["email"])
    )
    post = pc.and_(pc.and_(pc.is_valid(people["postal_postcode"]), pc.invert(mail)), _among(asked, persons["post"]))
    return {"email": people.filter(mail), "post": people.filter(post)}


def _among(asked: pa.ChunkedArray, persons: pa.Array) -> pa.ChunkedArray:
    return pc.is_in(asked, value_set=persons)


def _batch(store: Store, channel: str, rows: pa.Table, *, version: int) -> str:
    pairs = zip(rows["asked"].to_pylist(), rows["language"].to_pylist(), strict=True)
    with store.write() as tx:
        return notices.open_batch(tx, channel=channel, version=version, persons=pairs)


def _write(store: Store, out: Path, channel: str, rows: pa.Table, *, batch: str, version: int) -> list[str]:
    """The address file of a batch and the text in the languages that it needs; for letters a PDF too."""
    with storing(out):
        out.mkdir(parents=True, exist_ok=True, mode=0o700)
    addresses = out / f"{batch}-{channel}.csv"
    write(rows.drop_columns(["person"]).rename_columns({"asked": "person"}).select(_COLUMNS[channel]), addresses)
    files = [addresses.name]
    with store.ledger.read() as connection:
        filed = notice_versions.show(connection, version)
    for language in sorted(set(rows["language"].to_pylist())):
        plain = out / f"notice-v{version}.{language}.txt"
        with storing(plain):
            plain.write_text(filed["texts"][language], encoding="utf-8")
        files.append(plain.name)
        if channel == "post":
            letter = out / f"notice-v{version}.{language}.pdf"
            made = document(filed["facts"], language, version=version) | {"date": store.today()}
            render_pdf("notice", made, path=letter, at=store.now())
            files.append(letter.name)
    return files


def _outcomes(file: Path, *, since: date, today: date) -> Iterator[Outcome]:
    """The rows of a file of outcomes; the first faulty one refuses the file, naming its row and no cell."""
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except FileNotFoundError as error:
        raise FileRejected("file_missing", file=file.name) from error
    except UnicodeDecodeError as error:
        raise FileRejected("file_damaged", file=file.name, reason="not UTF-8") from error
    rows = csv.DictReader(lines, delimiter=";" if lines and lines[0].count(";") > lines[0].count(",") else ",")
    missing = {"person", "state", "date"} - set(rows.fieldnames or ())
    if missing:
        raise FileRejected("file_columns_missing", file=file.name, columns=", ".join(sorted(missing)))
    for number, row in enumerate(rows, start=2):
        try:
            person, on = int(row["person"]), date.fromisoformat(row["date"] or "")
        except (TypeError, ValueError) as error:
            raise InvalidInput("notice_file_row", file=file.name, row=number, reason="person or date") from error
        state, proof = (row["state"] or "").strip().lower(), (row.get("proof") or "").strip() or None
        fault = _fault(state, on, proof, since=since, today=today)
        if fault is not None:
            raise InvalidInput("notice_file_row", file=file.name, row=number, reason=fault)
        yield Outcome(person, state, on, proof)


def _fault(state: str, on: date, proof: str | None, *, since: date, today: date) -> str | None:
    """What is wrong with an outcome; pure."""
    if state not in ("sent", "failed"):
        return "the state is neither sent nor failed"
    if not since <= on <= today:
        return "the date is before the export or in the future"
    if state == "sent" and not proof:
        return "sent without proof: say where the log or receipt is kept"
    if proof is not None and ("@" in proof or len(proof) > 200):
        return "the proof is a reference of at most 200 characters, without addresses"
    return None
