"""The certificate of the right to keep: the records of an extract that are the recipient's own by now (R034).

Signed JSON that anybody can check, and a PDF for people. It names rows by the numbers of the delivered file, what each
person did and where that is shown; no name or address, and the right goes as far as the columns that were delivered.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

from core import signing
from core.clock import helsinki_day
from core.errors import FileRejected, LicenceRefused
from core.files import sha256_file, storing
from extracts.gate import minimise
from ledger import activations, disclosures, endings
from ledger.store import Store
from schemas import codes
from schemas.activation import ACTS, EVIDENCE
from subjects import documents
from subjects.access_view import day_text
from subjects.texts import filled, text

Row = dict[str, Any]
KIND = "rajaus-keep-certificate"
_LARGEST = 1 << 26
"""Bytes of a certificate at most that are worth reading; a row takes some two hundred."""


def certificate(store: Store, extract: str, *, to: Path, language: str = "fi") -> Row:
    """Write ``<extract>-keep.json`` (signed) and ``.pdf`` into ``to``; returns what the JSON says, with the ``files``.

    It holds what counts at this moment; reports that wait for their review are not in it. Raises ``NotFound``,
    ``LicenceRefused`` (nothing_activated), ``InvalidInput`` (value_unknown: language), ``StoreError``.
    """
    words = text("keep_certificate", language)
    with store.ledger.read() as connection:
        one = disclosures.disclosure(connection, extract)
        kept = activations.activated(connection, extract)
    if not kept or one.delivered_at is None:
        raise LicenceRefused("nothing_activated", extract=extract)
    at, fields = store.now(), list(minimise.columns(one.channels, one.fields))
    facts: Row = {
        "kind": KIND,
        "extract": extract,
        "controller": {"name": store.settings.controller, "business_id": store.settings.controller_business_id},
        "recipient": {"name": one.customer_name, "business_id": one.business_id},
        "campaign": {"id": one.campaign, "name": one.campaign_name},
        "delivered_on": helsinki_day(one.delivered_at).isoformat(),
        "licence_until": endings.due_day(one.ends_at).isoformat(),
        "issued_at": at.isoformat(timespec="seconds"),
        "fields": fields,
        "rows": [
            {
                "row": row["number"],
                "act": row["act"],
                "acted_on": row["acted_on"].isoformat(),
                "evidence": row["evidence"],
                "reference": row["reference"],
                "since": row["received_at"].isoformat(timespec="seconds"),
            }
            for row in kept
        ],
        "right": filled(text("keep_certificate", "en")["right"], {"controller": store.settings.controller}),
    }
    signed = signing.sign(facts, store.key("licence"), at=at)
    labels = {name: getattr(label, language) for name, label in codes.extract_fields().items()}
    letter = {
        "language": language,
        "title": words["title"],
        "sender": [store.settings.controller, store.settings.controller_address, store.settings.contact],
        "date": day_text(store.today(), language),
        "reference": extract,
        "footer": words["page"],
        "facts": [
            [words["facts"]["recipient"], f"{one.customer_name} ({one.business_id})"],
            [words["facts"]["campaign"], one.campaign_name],
            [words["facts"]["extract"], extract],
            [words["facts"]["delivered"], day_text(helsinki_day(one.delivered_at), language)],
            [words["facts"]["count"], len(kept)],
        ],
        "paragraphs": filled(words["right"], {"controller": store.settings.controller}),
        "fields": [words["headings"]["fields"], ", ".join(labels[name] for name in fields)],
        "heading": words["headings"]["rows"],
        "head": list(words["columns"].values()),
        "rows": [
            [
                row["number"],
                getattr(ACTS[row["act"]], language),
                day_text(row["acted_on"], language),
                getattr(EVIDENCE[row["evidence"]], language),
                row["reference"],
            ]
            for row in kept
        ],
    }
    files = [to / f"{extract}-keep.json", to / f"{extract}-keep.pdf"]
    with storing(to):
        to.mkdir(parents=True, exist_ok=True)
        files[0].write_text(json.dumps(signed, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        files[0].chmod(0o600)
    documents.render_pdf("keep_certificate", letter, path=files[1], at=at)
    with store.write() as tx:
        tx.audit("activation.certified", extract=extract, rows=len(kept), sha256=signing.digest(facts))
    return facts | {"files": [{"path": str(path), "sha256": sha256_file(path)} for path in files]}


def verify(file: Path, *, trusted: Collection[str]) -> Row:
    """What a certificate is worth: ``{"file", "verdict", "extract", "recipient", "campaign", "rows", "key"}``.

    ``verdict``: valid, altered, unknown_key or unsigned; facts only where the signature holds. ``trusted`` are public
    keys known from elsewhere. Raises ``FileRejected`` (file_missing, certificate_unreadable).
    """
    try:
        if file.stat().st_size > _LARGEST:
            raise ValueError("too large")
        document = json.loads(file.read_text(encoding="utf-8"))
        if document["kind"] != KIND:
            raise ValueError("another kind")
    except FileNotFoundError as error:
        raise FileRejected("file_missing", file=file.name) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FileRejected("certificate_unreadable", file=file.name) from error
    verdict = signing.check(document, trusted)
    whole = verdict in (signing.VALID, signing.UNKNOWN_KEY)
    return {
        "file": file.name,
        "verdict": verdict,
        "extract": document["extract"] if whole else None,
        "recipient": document["recipient"]["name"] if whole else None,
        "campaign": document["campaign"]["name"] if whole else None,
        "rows": len(document["rows"]) if whole else None,
        "key": signing.signer(document),
    }
