"""The breach as it goes to the authority and stays on file: Art. 33(3), the notices, the course of it (33(5))."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from core.clock import HELSINKI
from core.files import storing
from ledger import breaches
from ledger.store import Store
from subjects.breaches import LANGUAGES, Row, document
from subjects.documents import render_pdf
from subjects.texts import text


def export(store: Store, breach: str, out: Path, *, language: str = "fi") -> dict[str, Any]:
    """Write ``<breach>.json`` and ``<breach>.pdf`` to ``out``; returns their paths. Counts and ids, no person.

    Raises ``NotFound`` (breach_unknown), ``InvalidInput`` (value_unknown) for a language that is not offered.
    """
    said = text("breach_report", language)
    with store.ledger.read() as connection:
        case = document(connection, breach, now=store.now(), settings=store.settings)
    with storing(out):
        out.mkdir(parents=True, exist_ok=True, mode=0o700)
    plain, paper = out / f"{breach}.json", out / f"{breach}.pdf"
    with storing(plain):
        plain.write_text(
            json.dumps(_article_33(store, case), ensure_ascii=False, indent=1, default=_iso), encoding="utf-8"
        )
        plain.chmod(0o600)
    render_pdf("breach_report", _paper(store, case, said, language), path=paper, at=store.now())
    with store.write() as tx:
        breaches.note(tx, breach, event="exported", ids={"language": language})
    return {"breach": breach, "files": [str(plain), str(paper)], "missing": case["missing"]}


def _article_33(store: Store, case: Row) -> Row:
    """The Art. 33(3) fields by letter, and the record of Art. 33(5)."""
    impact, facts = case["impact"], case["facts"]
    return {
        "breach": case["breach"],
        "state": case["state"],
        "trigger": case["trigger"],
        "role": case["role"],
        "controller": store.settings.controller,
        "happened": {"from": case["happened_from"], "until": case["happened_until"]},
        "found_at": case["found_at"],
        "aware_at": case["aware_at"],
        "due_at": case["due_at"],
        "article_33_3": {
            "a_nature": facts.get("nature"),
            "a_categories_of_data_subjects": ["decision-makers and influencers in their position"],
            "a_data_subjects": impact.get("persons"),
            "a_categories_of_records": impact.get("fields", []),
            "a_records": impact.get("rows"),
            "b_contact": facts["contact"],
            "c_consequences": facts.get("consequences"),
            "d_measures": facts.get("measures"),
        },
        "recipients": impact.get("recipients", []),
        "scope": case["scope"],
        "risk": case["risk"],
        "late": case["late"],
        "late_reason": case["late_reason"],
        "no_letters_reason": case["no_letters_reason"],
        "letters": case["letters"],
        "missing": case["missing"],
        "notices": case["notices"],
        "events": case["events"],
    }


def _paper(store: Store, case: Row, said: Any, language: str) -> Row:
    facts, impact = case["facts"], case["impact"]
    recipients = [f"{one['name']} ({one['business_id']})" for one in impact.get("recipients", [])]
    values = {
        "controller": store.settings.controller,
        "case": case["breach"],
        "state": case["state"],
        "role": case["role"],
        "found_at": _moment(case["found_at"]),
        "aware_at": _moment(case["aware_at"]),
        "due_at": _moment(case["due_at"]),
        "happened": " – ".join(_moment(at) for at in (case["happened_from"], case["happened_until"]) if at),
        "nature": _said(facts.get("nature"), language),
        "groups": said["groups_text"],
        "persons": impact.get("persons"),
        "records": impact.get("rows"),
        "fields": impact.get("fields"),
        "recipients": recipients,
        "consequences": _said(facts.get("consequences"), language),
        "measures": _said(facts.get("measures"), language),
        "contact": _said(facts["contact"], language),
        "risk": case["risk"],
        "late_reason": case["late_reason"],
        "no_letters_reason": case["no_letters_reason"],
        "letters": [f"{state} {number}" for state, number in case["letters"].items()],
        "missing": case["missing"],
    }
    notices = [
        (one["number"], one["recipient"], _moment(one["sent_at"]), one["reference"], ", ".join(one["missing"]))
        for one in case["notices"]
    ]
    events = [
        (one["number"], one["event"], _moment(one["at"]), one["actor"], one["reason"] or "") for one in case["events"]
    ]
    return {
        "language": language,
        "title": said["title"],
        "article": said["article"],
        "sender": [store.settings.controller, store.settings.contact],
        "date": _moment(store.now()),
        "reference": case["breach"],
        "footer": store.settings.controller,
        "pairs": [[said[name], value] for name, value in values.items()],
        "notices": {"title": said["notices"], "head": said["notice_head"], "rows": notices},
        "events": {"title": said["events"], "head": said["event_head"], "rows": events},
    }


def _said(texts: Any, language: str) -> str | None:
    """The officer's words in this language, else in the first other one there is."""
    return next((texts[one] for one in (language, *LANGUAGES) if texts.get(one)), None) if texts else None


def _moment(at: datetime | None) -> str:
    return at.astimezone(HELSINKI).strftime("%Y-%m-%d %H:%M") if at else ""


def _iso(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
