"""The certificate of an erasure: what was removed, what stays and why, what is waited for; JSON and PDF (R061).

It holds counts and register ids, never what was erased: whom it goes to stands in the letter around it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from core.clock import helsinki_day
from core.files import sha256_file, storing
from ledger.store import Store
from subjects import documents, erase
from subjects.access_view import day_text
from subjects.texts import filled, text

Row = dict[str, Any]


def certificate(store: Store, erasure: str, *, to: Path, language: str = "fi") -> Row:
    """Write ``<erasure>.json`` and ``<erasure>.pdf`` into ``to``; returns what the JSON says and the ``files``.

    Before the erasure is certified it is an interim notice, which says what is waited for. Raises ``NotFound``
    (erasure_unknown), ``InvalidInput`` (value_unknown) and ``StoreError``.
    """
    row = erase.show(store, erasure)
    words = text("erasure", language)
    stays = _stays(row)
    facts = {
        "erasure": erasure,
        "certified": row["certified_at"] is not None,
        "requested_at": row["requested_at"],
        "received_on": row["received_on"],
        "certified_at": row["certified_at"],
        "ground": row["ground"],
        "persons": row["persons"],
        "removed": row["removed"],
        "stays": stays,
        "waits_for": row["waits_for"],
        "backups_until_days": store.settings.backup_days,
        "case": row["case"],
    }
    values = {
        "received": day_text(row["received_on"], language),
        "requested": day_text(helsinki_day(row["requested_at"]), language),
        "certified": day_text(helsinki_day(row["certified_at"]), language) if row["certified_at"] else "",
        "contact": store.settings.contact,
        "backup_days": store.settings.backup_days,
    }
    values["done"] = filled(words["done" if row["certified_at"] else "waiting"], values)
    letter = {
        "language": language,
        "title": words["title" if row["certified_at"] else "title_waiting"],
        "sender": [store.settings.controller, store.settings.controller_address, store.settings.contact],
        "date": day_text(store.today(), language),
        "reference": erasure,
        "footer": words["page"],
        "headings": words["headings"],
        "intro": filled(words["intro"], values),
        "removed": [[label, row["removed"].get(name, 0)] for name, label in words["removed"].items()],
        "waits": [] if row["certified_at"] else [words["waiting"]],
        "stays": [filled(words["stays"][name], values) for name in stays],
        "end": filled(words["end"], values),
    }
    files = [to / f"{erasure}.json", to / f"{erasure}.pdf"]
    with storing(to):
        to.mkdir(parents=True, exist_ok=True)
        files[0].write_text(json.dumps(facts, ensure_ascii=False, indent=1, default=str) + "\n", encoding="utf-8")
        files[0].chmod(0o600)
    documents.render_pdf("erasure", letter, path=files[1], at=store.now())
    with store.write() as tx:
        tx.audit("erasure.certificate_written", erasure=erasure, language=language, certified=facts["certified"])
    return facts | {"files": [{"path": str(path), "sha256": sha256_file(path)} for path in files]}


def _stays(row: Row) -> list[str]:
    """Names of the exceptions that apply, in the order in which the certificate tells them."""
    kept = ["keys" if row["keeps_keys"] else "no_keys"]
    if row["removed"].get("links_kept"):
        kept += ["links", "recipients"]
    return [*kept, "case", "backups"]
