"""Letters to the persons a breach hit, in plain language and in theirs, and what became of each (R093, Art. 34).

Everybody is written to, banned and restricted persons too: a ban is on use, not on being told. A letter says which data
are concerned and never names another person, an extract's seeds or the customer.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from core.clock import HELSINKI
from core.errors import FileRejected, InvalidTransition, Refused
from core.files import sha256_file, storing
from extracts.gate import addresses
from extracts.gate.addressees import addressees
from ledger import breaches, exposure
from ledger.store import Store
from subjects.breaches import Row
from subjects.documents import render_pdf
from subjects.texts import filled, text

GROUPS: Mapping[str, tuple[str, ...]] = {
    "name": ("first_name", "last_name"),
    "work": ("title", "responsibilities", "purchasing", "level"),
    "email": ("email",),
    "mobile": ("mobile",),
    "post": ("postal_street", "postal_postcode", "postal_city"),
    "employer": ("organisation_name", "business_id", "visiting_street", "organisation_phone", "website"),
}
"""What a letter calls the fields, in this order."""
NEEDED = ("nature", "consequences", "measures")
PURPOSE = "breach letter (Art. 34)"
OUTCOMES = ("sent", "failed")
TRACKING = "tracking.csv"


def write_letters(store: Store, breach: str, out: Path, *, language: str | None = None) -> dict[str, Any]:
    """Write every letter that is due or has failed to ``out`` and mark it exported; returns counts and files.

    By e-mail where the mailbox is the person's own and no e-mail has failed yet (``email.<language>.csv`` with
    ``email.<language>.txt``), else by post (``post.<language>.pdf``); whoever has neither is marked ``impossible`` and
    is to be told by public communication (Art. 34(3)(c)). ``language`` writes to all in one language. Looking up the
    addresses is logged first. Raises ``Refused`` (breach_text_missing), ``InvalidTransition``, ``NotFound``.
    """
    with store.ledger.read() as connection:
        case = breaches.case(connection, breach)
        wanted = exposure.persons(connection, breach, letters=("due", "failed", "impossible"))
    if case["state"] != "open":
        raise InvalidTransition(
            "transition_invalid", kind="breach", id=breach, state=case["state"], event="written about"
        )
    failed = [row["person"] for row in wanted if row["letter"] == "failed" and row["channel"] == "email"]
    ids = [row["person"] for row in wanted]
    table = (
        addressees(store, ids, purpose="breach letter (Art. 34)", kind="breach letter", case=breach) if ids else None
    )
    table = _addressed(table, failed=failed, language=language)
    used = sorted(set(table["language"].to_pylist()))
    texts = {one: _letter(store, case, one) for one in used}
    files = []
    with storing(out):
        out.mkdir(parents=True, exist_ok=True, mode=0o700)
    for one in used:
        in_language = table.filter(pc.equal(table["language"], one))
        files += _by_email(in_language, texts[one], out=out, language=one)
        files += _by_post(store, in_language, texts[one], out=out, language=one)
    rows = _moves(ids, table)
    with store.write() as tx:
        moved = exposure.set_letters(tx, breach, rows)
        counts = {name: sum(row.get("channel") == name for row in rows) for name in ("email", "post")}
        counts["impossible"] = sum(row["letter"] == "impossible" for row in rows)
        digests = {path.name: sha256_file(path) for path in files}
        breaches.note(tx, breach, event="letters_made", ids={**counts, "moved": moved, "files": digests})
    if rows:
        files.append(_tracking(rows, out / TRACKING))
    return {"breach": breach, **counts, "files": [str(path) for path in files]}


def record_letters(store: Store, breach: str, file: Path) -> dict[str, int]:
    """Record what became of letters from a CSV with ``person, state (sent|failed), reference``; returns counts.

    ``unmoved`` counts rows whose letter was not out. Raises ``FileRejected`` (file_missing, file_columns_missing,
    file_damaged) naming the row; nothing is recorded then.
    """
    rows = list(_read(file))
    with store.write() as tx:
        breaches.locked(tx, breach)
        moved = {
            state: exposure.set_letters(tx, breach, [r for r in rows if r["letter"] == state]) for state in OUTCOMES
        }
        breaches.note(tx, breach, event="letters_recorded", ids=moved)
    return moved | {"unmoved": len(rows) - sum(moved.values())}


def _read(file: Path) -> Iterable[Row]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            reader = csv.DictReader(opened)
            missing = {"person", "state", "reference"} - set(reader.fieldnames or ())
            if missing:
                raise FileRejected("file_columns_missing", file=file.name, columns=", ".join(sorted(missing)))
            for number, row in enumerate(reader, start=2):
                state, person = (row["state"] or "").strip(), (row["person"] or "").strip()
                if not state:
                    continue
                if state not in OUTCOMES or not person.isdigit():
                    raise FileRejected(
                        "file_damaged", file=file.name, reason=f"row {number} is not a person sent or failed"
                    )
                yield {"person": int(person), "letter": state, "reference": (row["reference"] or "").strip()[:200]}
    except FileNotFoundError as error:
        raise FileRejected("file_missing", file=str(file)) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise FileRejected("file_damaged", file=file.name, reason=type(error).__name__) from error


def _addressed(found: pa.Table | None, *, failed: Sequence[int], language: str | None) -> pa.Table:
    """One row per person asked for, with the channel by which it can be written to."""
    names = (
        "asked",
        "name",
        "language",
        "channel",
        "email",
        "organisation_name",
        "postal_street",
        "postal_postcode",
        "postal_city",
    )
    if found is None:
        return pa.table({name: pa.array([], pa.int32() if name == "asked" else pa.string()) for name in names})
    tried = pc.is_in(found["asked"], value_set=pa.array(failed, pa.int32()))
    own_mail = pc.and_not(pc.and_not(pc.is_valid(found["email"]), found["email_shared"]), tried)
    posted = pc.and_(pc.is_valid(found["postal_street"]), pc.is_valid(found["postal_city"]))
    channel = pc.if_else(own_mail, "email", pc.if_else(posted, "post", pa.scalar(None, pa.string())))
    name = pc.binary_join_element_wise(found["first_name"], found["last_name"], " ")
    table = found.append_column("channel", channel).append_column("name", name)
    if language is not None:
        spoken = pa.array([language] * len(table), pa.string())
        table = table.set_column(table.column_names.index("language"), "language", spoken)
    return table.filter(pc.is_valid(table["channel"])).select(names)


def _moves(ids: Sequence[int], table: pa.Table) -> list[Row]:
    reached = {row["asked"]: row for row in table.select(["asked", "language", "channel"]).to_pylist()}
    return [
        {"person": person, "letter": "exported", "language": row["language"], "channel": row["channel"]}
        if (row := reached.get(person))
        else {"person": person, "letter": "impossible", "reference": "no address in the register"}
        for person in ids
    ]


def _letter(store: Store, case: Row, language: str) -> Row:
    """The letter's parts in one language; ``Refused`` when the officer's words are not there in it."""
    facts = case["facts"]
    missing = [name for name in NEEDED if not facts.get(name, {}).get(language)]
    if missing:
        raise Refused("breach_text_missing", breach=case["breach"], language=language, missing=", ".join(missing))
    contact = facts.get("contact", {}).get(language) or store.settings.contact
    said = text("breach_letter", language)
    words = {"controller": store.settings.controller, "contact": contact, "reference": case["breach"]}
    happened = ""
    if case["happened_from"] is not None:
        until = case["happened_until"] or case["aware_at"]
        happened = " " + filled(said["happened"], {"since": _moment(case["happened_from"]), "until": _moment(until)})
    sections = [
        {"title": said["what"], "text": facts["nature"][language] + happened},
        {"title": said["consequences"], "text": facts["consequences"][language]},
        {"title": said["measures"], "text": facts["measures"][language]},
    ]
    advice = facts.get("advice", {}).get(language)
    if advice:
        sections.append({"title": said["advice"], "text": advice})
    concerned = set(case["impact"].get("fields", ()))
    return {
        "language": language,
        "subject": said["subject"],
        "greeting": said["greeting"],
        "opening": filled(said["opening"], words),
        "sections": sections,
        "data_title": said["data"],
        "data": [said["fields"][name] for name, fields in GROUPS.items() if concerned.intersection(fields)],
        "closing": [said["rights"], filled(said["contact"], words), said["closing"]],
        "sender": [store.settings.controller, store.settings.contact],
        "date": _moment(store.now())[:10],
        "reference": case["breach"],
        "footer": store.settings.controller,
    }


def _by_email(table: pa.Table, letter: Row, *, out: Path, language: str) -> list[Path]:
    mailed = table.filter(pc.equal(table["channel"], "email"))
    if not len(mailed):
        return []
    addressed, body = out / f"email.{language}.csv", out / f"email.{language}.txt"
    subject = pa.array([letter["subject"]] * len(mailed), pa.string())
    addresses.write(mailed.select(["asked", "email", "name"]).append_column("subject", subject), addressed)
    lines = [letter["greeting"], letter["opening"]]
    lines += [f"{part['title']}\n{part['text']}" for part in letter["sections"]]
    lines += [letter["data_title"] + "\n" + "\n".join(f"- {one}" for one in letter["data"]), *letter["closing"]]
    with storing(body):
        body.write_text("\n\n".join([*lines, letter["footer"]]) + "\n", encoding="utf-8")
        body.chmod(0o600)
    return [addressed, body]


def _by_post(store: Store, table: pa.Table, letter: Row, *, out: Path, language: str) -> list[Path]:
    posted = table.filter(pc.equal(table["channel"], "post")).to_pylist()
    if not posted:
        return []
    people = [
        {
            "greeting": letter["greeting"].format(name=row["name"]),
            "address": [
                line
                for line in (
                    row["name"],
                    row["organisation_name"],
                    row["postal_street"],
                    f"{row['postal_postcode'] or ''} {row['postal_city']}".strip(),
                )
                if line
            ],
        }
        for row in posted
    ]
    path = out / f"post.{language}.pdf"
    render_pdf("breach_letters", letter | {"persons": people}, path=path, at=store.now())
    return [path]


def _tracking(rows: Sequence[Row], path: Path) -> Path:
    """To be filled in by whoever sends: ids only, so that it may lie beside the case."""
    with storing(path), path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("person", "channel", "language", "state", "reference"))
        writer.writerows((row["person"], row["channel"], row["language"], "", "") for row in rows if "channel" in row)
    path.chmod(0o600)
    return path


def _moment(at: datetime) -> str:
    return at.astimezone(HELSINKI).isoformat(sep=" ", timespec="minutes")[:16]
