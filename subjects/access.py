"""The reply to an access request: everything Art. 15 asks for, in the person's language, as JSON and PDF (R056-R059).

The register's part comes through the gate by the person's id; recipients by name come from the manifests and the ledger
(C-154/21), look-ups from the read log (C-579/21). What it cannot hold, because it is never read: seeds, marks and the
keys behind them, extracts that were never delivered, other persons (R059).
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyrage

from core.clock import day_start, helsinki_day
from core.errors import InvalidInput, NotFound, Refused
from core.files import sha256_file, storing
from extracts.gate import subject
from ledger import activations, consultations, processors, requests, subject_facts, unlinking
from ledger.store import Store
from subjects import cases, documents, identity_check
from subjects.access_view import day_text, view
from subjects.find import Looked, Search, look
from subjects.recipients import holdings
from subjects.texts import filled, text

Row = dict[str, Any]

ENDED_MONTHS, UNVERIFIED_MONTHS, LINK_MONTHS, REQUEST_YEARS = 6, 24, 24, 10
"""Periods told to the person (R069, R070, R072)."""

_NOWHERE = Looked()

_NOT_DATA = frozenset({"row"})
"""Columns of an extract that say nothing of a person."""


def reply(
    store: Store,
    case: str,
    *,
    to: Path,
    persons: Sequence[int] = (),
    search: Search | None = None,
    send: str = "known_address",
    recipient: str | None = None,
    language: str | None = None,
) -> Row:
    """Write the reply of an access case to the directory ``to`` and close the case; no copy stays in the store (R069).

    ``persons`` are the register ids that are the person who asks (those tied to the case otherwise). With none,
    ``search`` is made again, and if it finds nobody the reply is negative and says by what was looked. ``send``: how it
    goes out (``identity_check.SEND``). ``recipient``: an age public key; only files encrypted for it are then written.

    Returns ``{"case", "answer": "data"|"no_data", "persons", "recipients", "consultations", "files": [{path,
    sha256}]}``.
    Raises ``NotFound`` (case_unknown, person_unknown), ``InvalidTransition`` (the identity query or the fee is open, or
    the case is closed), ``Refused`` (reply_elsewhere, persons_found), ``InvalidInput`` (value_unknown, value_missing,
    recipient_invalid).
    """
    key = _recipient(recipient)
    with store.ledger.read() as connection:
        row = requests.find(connection, case)
    cases.check(row, "replied")
    identity_check.check_send(row, send)
    if row["right"] != "access":
        raise InvalidInput("value_unknown", field="right", value=row["right"], allowed="access")
    spoken = language or row["language"]
    persons = persons or row["persons"]
    looked = Looked() if persons else look(store, _needed(search))
    if looked.persons:
        raise Refused("persons_found", case=case, persons=len(looked.persons))
    document = compose(store, row, persons=persons, looked=looked, language=spoken)
    files = _write(store, document, to=to, stem=f"reply-{spoken}", key=key)
    answer = document["answer"]
    ids = {
        "answer": answer,
        "language": spoken,
        "send": send,
        "encrypted": key is not None,
        "sha256": [file["sha256"] for file in files],
    }
    with store.write() as tx:
        standing = requests.lock(tx, case)
        requests.concern(tx, case, persons=[one["person"] for one in document["persons"]])
        cases.advance(tx, standing, event="replied", ids=ids)
        outcome = "granted" if answer == "data" else "no_data"
        cases.advance(tx, standing, event="completed", outcome=outcome, ids={"outcome": outcome})
    return {
        "case": case,
        "answer": answer,
        "persons": [one["person"] for one in document["persons"]],
        "recipients": len(document["recipients"]),
        "consultations": len(document["consultations"]),
        "files": files,
    }


def compose(
    store: Store, row: Mapping[str, Any], *, persons: Sequence[int], looked: Looked = _NOWHERE, language: str
) -> Row:
    """The whole reply as one JSON document: stable English keys, texts in ``language``. Logs the look first (R058)."""
    with store.ledger.read() as connection:
        seen = {person: consultations.of_person(connection, person) for person in persons}
    records, departed = _records(store, persons, case=row["case"])
    numbers = sorted({*departed, *(number for record in records for number in record["numbers"])})
    positions = [place["position"] for record in records for place in record["positions"]]
    with store.ledger.read() as connection:
        for number in numbers:
            seen.setdefault(number, consultations.of_person(connection, number))
        told, secret = subject_facts.disclosed(connection, numbers, today=store.today())
        processed_by = processors.named(connection, today=store.today(), data="register")
        facts = {
            "blocks": subject_facts.blocks(connection, persons=numbers, positions=positions),
            "notices": subject_facts.notices(connection, numbers),
            "corrections": subject_facts.corrected(connection, numbers),
            "requests": subject_facts.cases(connection, numbers),
        }
    words = text("access", language)
    values = {
        "received": day_text(row["received_on"], language),
        "made": day_text(store.today(), language),
        "contact": store.settings.contact,
        "searched": ", ".join(words["searched"][name] for name in looked.by) or "–",
        "ended_months": ENDED_MONTHS,
        "unverified_months": UNVERIFIED_MONTHS,
        "link_months": LINK_MONTHS,
        "request_years": REQUEST_YEARS,
    }
    said = filled({name: words[name] for name in ("texts", "lists")}, values)
    answer = "data" if records or departed else "no_data"
    return {
        "document": "access_reply",
        "answer": answer,
        "language": language,
        "title": words["title" if answer == "data" else "title_none"],
        "intro": filled(words["intro" if answer == "data" else "intro_none"], values),
        "banned": bool(looked.bans),
        "case": row["case"],
        "received_on": row["received_on"],
        "made_on": store.today(),
        "controller": controller(store),
        "persons": [_person(record, facts["corrections"]) for record in records],
        **facts,
        "departed": filled(words["ended"]["departed"], values) if departed else None,
        "recipients": _recipients(store, numbers),
        "unlinked": _unlinked(store, records, words=words, language=language),
        "processors": processed_by,
        "authorities": sorted({one["counterpart"] for one in facts["requests"] if one["right"] == "authority"}),
        "other_disclosures": told,
        "consultations": _consultations(seen.values(), secret=secret),
        "texts": said["texts"],
        "lists": said["lists"],
    }


def controller(store: Store) -> Row:
    """Who answers for the register, as every document to a person says it."""
    settings = store.settings
    return {
        "name": settings.controller,
        "business_id": settings.controller_business_id,
        "address": settings.controller_address,
        "phone": settings.controller_phone,
        "contact": settings.contact,
        "responsible": settings.responsible,
        "data_protection_officer": settings.data_protection_officer,
    }


def _needed(search: Search | None) -> Search:
    if search is None or not search.kinds():
        raise InvalidInput("value_missing", field="person, or what to search by")
    return search


def _person(record: Row, corrections: Sequence[Row]) -> Row:
    """A record without what only the house needs, the source of a corrected field being who corrected it (R060)."""
    standing = [one for one in corrections if one["ended_on"] is None and not one["disputed"]]
    for one in standing:
        if one["field"] == "name":
            for name, value in one["value"].items():
                _corrected(record["name"], name, value, by=one)
        for place in record["positions"]:
            if place["position"] == one["position"]:
                _corrected(place["fields"], one["field"], one["value"], by=one)
    return {name: value for name, value in record.items() if name != "snapshot"}


def _corrected(fields: Sequence[Row], name: str, value: Any, *, by: Row) -> None:
    """The true source of a field, once the register says what was corrected; until then the source's value stands."""
    for field in fields:
        if field["field"] == name and _plain(field["value"]) == _plain(value):
            field.update({"source": by["source"], "source_date": by["made_on"], "obtained_on": by["made_on"]})


def _plain(value: Any) -> str:
    return ";".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _recipients(store: Store, persons: Sequence[int]) -> list[Row]:
    """One line per delivered extract, the recipient by name (C-154/21); what was only prepared is none (R059)."""
    lines: dict[str, Row] = {}
    found = holdings(store, persons) if persons else []
    with store.ledger.read() as connection:
        responses = activations.of_rows(connection, [(one.extract, one.row) for one in found])
    for one in found:
        if one.delivered_at is None:
            continue
        line = lines.setdefault(
            one.extract,
            {
                "recipient": one.customer_name,
                "business_id": one.business_id,
                "reseller": one.reseller_name,
                "delivered_on": helsinki_day(one.delivered_at),
                "campaign": one.campaign_name,
                "purpose": one.purpose,
                "channels": one.channels,
                "fields": [name for name in one.fields if name not in _NOT_DATA],
                "positions": [],
                "responses": [
                    {"act": row["act"], "acted_on": row["acted_on"], "may_keep": row["counts"]}
                    for row in responses
                    if row["extract"] == one.extract
                ],
            },
        )
        line["positions"] = sorted({*line["positions"], *([one.position] if one.position is not None else [])})
    return sorted(lines.values(), key=lambda line: (line["delivered_on"], line["campaign"], line["recipient"]))


def _records(store: Store, persons: Sequence[int], *, case: str) -> tuple[list[Row], list[int]]:
    """The register's part of each person; and whoever left it but is still named as delivered to somebody (R072)."""
    records, departed = {}, []
    for person in dict.fromkeys(persons):
        try:
            record = subject.person_record(
                store, person, purpose="reply to the person's own request", kind="access", case=case, sources_too=True
            )
        except NotFound as unknown:
            if unknown.code != "person_unknown" or not holdings(store, [person]):
                raise
            departed.append(person)
        else:
            records[record["person"]] = record
    return list(records.values()), departed


def _unlinked(store: Store, records: Sequence[Row], *, words: Mapping[str, Any], language: str) -> Row | None:
    """Deliveries that name nobody any more, and the reason; those before the person's data were here are none of them.

    Recipients are told by category where they cannot be told by name (C-154/21, R072).
    """
    obtained = [record["first_obtained_on"] for record in records]
    since = day_start(min(obtained)) if obtained and all(obtained) else None
    with store.ledger.read() as connection:
        found = unlinking.unlinked(connection, since=since)
    if found is None:
        return None
    last = helsinki_day(found.ended_until - timedelta(microseconds=1))
    values = {
        "extracts": found.extracts,
        "until": day_text(last, language),
        "purposes": ", ".join(words["purposes"][purpose] for purpose in found.purposes),
        "link_months": LINK_MONTHS,
    }
    told = filled(words["ended"]["unlinked"], values)
    return {"extracts": found.extracts, "ended_until": last, "purposes": list(found.purposes), "text": told}


def _consultations(looks: Iterable[Sequence[Row]], *, secret: set[str]) -> list[Row]:
    """When, what and why; never who of the staff (C-579/21, R058). A look at several ids of a person is one line, one
    for a disclosure that may not be told of (``secret``) is none."""
    lines: Counter[tuple[Any, ...]] = Counter()
    for one in looks:
        lines |= Counter((look["at"], look["kind"], look["purpose"]) for look in one if look["case"] not in secret)
    return [{"at": at, "kind": kind, "purpose": purpose} for at, kind, purpose in sorted(lines.elements())]


def _recipient(key: str | None) -> pyrage.x25519.Recipient | None:
    if key is None:
        return None
    try:
        return pyrage.x25519.Recipient.from_str(key)
    except pyrage.RecipientError as error:
        raise InvalidInput("recipient_invalid") from error


def _write(store: Store, document: Row, *, to: Path, stem: str, key: Any) -> list[Row]:
    """The JSON and the PDF, readable by their owner only; with a key, encrypted ones alone reach ``to``."""
    with storing(to):
        to.mkdir(parents=True, exist_ok=True)
    store.home.staging.mkdir(exist_ok=True)
    files = []
    with storing(to), tempfile.TemporaryDirectory(dir=store.home.staging, prefix="reply-") as directory:
        plain = Path(directory)
        (plain / f"{stem}.json").write_text(as_json(document), encoding="utf-8")
        documents.render_pdf("access", view(document), path=plain / f"{stem}.pdf", at=store.now())
        for source in sorted(plain.iterdir()):
            target = to / (source.name + (".age" if key else ""))
            if key:
                pyrage.encrypt_file(str(source), str(target), [key])
            else:
                shutil.copyfile(source, target)
            target.chmod(0o600)
            files.append({"path": str(target), "sha256": sha256_file(target)})
    return files


def as_json(document: Row) -> str:
    """The document as the person gets it: dates in ISO 8601, instants with their zone."""
    return json.dumps(document, ensure_ascii=False, indent=1, default=lambda value: value.isoformat()) + "\n"
