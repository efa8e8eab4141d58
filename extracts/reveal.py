"""Showing the scope keys of an accused extract in a dispute (fingerprint.md 2.7): those two and no others.

The file shows them beside the list that they were committed with, in pseudonymous tokens: whoever has it and the
evidence draws every symbol again and finds the commitment of the release. It tells nothing of other extracts but those
symbols that the same customer's extracts share by its own scope. The fingerprint key itself never leaves the house.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from core.errors import Refused, StoreError
from core.files import publish_file, sha256_file, storing
from core.ids import new_id
from extracts.gate import manifest
from extracts.gate.commitment import FORM, commitment, marked, scope_of
from extracts.gate.fingerprint import Marker
from ledger import cuts, reveals, traces
from ledger.store import Store
from schemas.evidence import Evidence, read_evidence

KEYS_SHOWN = "-keys.json"
"""Of the files with shown keys, beside the evidence; backups leave them out, as all keys."""


def request(store: Store, evidence: Path, *, extract: str, reason: str) -> dict[str, Any]:
    """Ask for the keys of an accused extract: ``{"reveal", "extract", "trace", "state"}``.

    Raises ``Refused`` (reveal_not_accused, reveal_uncommitted), ``StoreError`` (evidence_changed, manifest_damaged),
    ``FileRejected`` and ``InvalidInput``.
    """
    document, digest = _audited(store, evidence)
    _held(store, document, extract)
    with store.write() as tx:
        reveal = reveals.request(tx, extract=extract, trace=document.trace, evidence_sha256=digest, reason=reason)
    return {"reveal": reveal, "extract": extract, "trace": document.trace, "state": "requested"}


def approve(store: Store, evidence: Path, reveal: str) -> dict[str, Any]:
    """Show the keys that another person asked for: writes ``<trace>-<extract>-keys.json`` beside the evidence files of
    the store, for its owner only. Returns ``{"reveal", "extract", "trace", "state", "file", "sha256"}``.

    One that was approved, and whose file was lost before it was written, is written once more. Raises as
    :func:`request`, ``NotFound`` (reveal_unknown), ``PermissionRefused`` (reveal_needs_two), ``InvalidTransition``.
    """
    document, digest = _audited(store, evidence)
    with store.ledger.read() as connection:
        row = reveals.reveal(connection, reveal)
    path = store.home.evidence / f"{document.trace}-{row['extract']}{KEYS_SHOWN}"
    if row["evidence_sha256"] != digest:
        raise StoreError("evidence_changed", file=evidence.name, trace=row["trace"])
    anew = row["approved_at"] is not None and not path.exists()
    if not anew:
        reveals.check_second(row, actor=store.actor)
    shown = _shown(store, document, row) if not anew else _shown(store, document, row, approved=row)
    staged = store.home.staging / f"{new_id('reveal')}{KEYS_SHOWN}"
    with storing(staged):
        staged.touch(mode=0o600)
        staged.write_text(json.dumps(shown, ensure_ascii=False) + "\n", encoding="utf-8")
    sha256 = sha256_file(staged)
    with store.write() as tx:
        if anew:
            tx.audit("reveal.written", reveal=reveal, extract=row["extract"], sha256=sha256)
        else:
            reveals.approve(tx, reveal, sha256=sha256)
    publish_file(staged, path)
    return {
        "reveal": reveal, "extract": row["extract"], "trace": document.trace, "state": "approved", "file": str(path),
        "sha256": sha256,
    }  # fmt: skip


def audit_agrees(store: Store, evidence: Path) -> list[dict[str, Any]]:
    """What of an evidence file the store's audit chain does not hold: ``extract, at, said, found``; empty when all."""
    document = read_evidence(evidence)
    differ: list[dict[str, Any]] = []
    with store.ledger.read() as connection:
        kept = traces.evidence_of(connection, document.trace, since=document.traced_at) or {}
        found = kept.get("evidence_sha256")
        if found != sha256_file(evidence):
            differ.append({"extract": None, "at": "evidence", "said": sha256_file(evidence), "found": found})
        told, pdf = kept.get("document_sha256"), evidence.with_suffix(".pdf")
        if told is not None and pdf.is_file() and sha256_file(pdf) != told:
            differ.append({"extract": None, "at": "document", "said": sha256_file(pdf), "found": told})
        for one in document.exhibits:
            held = traces.commitment(connection, one.extract)
            said = one.commitment and one.commitment.model_dump(exclude={"agrees"})
            if said != held:
                differ.append({"extract": one.extract, "at": "commitment", "said": said, "found": held})
    return differ


def _audited(store: Store, evidence: Path) -> tuple[Evidence, str]:
    """The evidence and its digest, as the audit chain has it."""
    document, digest = read_evidence(evidence), sha256_file(evidence)
    with store.ledger.read() as connection:
        kept = traces.evidence_of(connection, document.trace, since=document.traced_at)
    if kept is None or kept["evidence_sha256"] != digest:
        raise StoreError("evidence_changed", file=evidence.name, trace=document.trace)
    return document, digest


def _held(store: Store, document: Evidence, extract: str) -> tuple[Marker, Path, str]:
    """An accused extract's marker, manifest and commitment, when the keys of today still give it."""
    if extract not in {one.extract for one in document.result.accused}:
        raise Refused("reveal_not_accused", trace=document.trace, extract=extract)
    with store.ledger.read() as connection:
        row, kept = cuts.extract(connection, extract), traces.commitment(connection, extract)
    if kept is None or kept["form"] != FORM:
        raise Refused("reveal_uncommitted", extract=extract, reason="it was released before commitments of this form")
    if row["unlinked_at"] is not None:
        raise Refused("reveal_uncommitted", extract=extract, reason="persons were unlinked from its manifest")
    path = store.path(row["manifest"])
    if not path.is_file() or sha256_file(path) != row["manifest_sha256"]:
        raise StoreError("manifest_damaged", extract=extract)
    marker = Marker(store.key("fingerprint"), scope_of(manifest.facts(path)), row["customer"])
    if commitment(marker, path)["commitment"] != kept["commitment"]:
        raise Refused("reveal_uncommitted", extract=extract, reason="the key of today is another one")
    return marker, path, str(kept["commitment"])


def _shown(
    store: Store, document: Evidence, row: dict[str, Any], *, approved: dict[str, Any] | None = None
) -> dict[str, Any]:
    marker, path, committed = _held(store, document, row["extract"])
    own, customer = marker.scope_keys
    channels = marked(path)
    table, _ = manifest.read(path)
    disclosures = [
        {
            "unit": one["unit"].hex(),
            "company": one["company"].hex(),
            "row": one["number"],
            "hot": bool(one.get("hot")),
            "marks": [
                None
                if one[f"{channel}_symbol"] is None
                else [one[f"{channel}_{part}"] for part in ("symbol", "scope", "p")]
                for channel in channels
            ],
        }
        for one in table.to_pylist()
    ]
    return {
        "reveal": row["reveal"],
        "trace": document.trace,
        "extract": row["extract"],
        "customer": marker.customer,
        "scopes": {"extract": marker.extract, "customer": marker.customer},
        "requested_by": row["requested_by"],
        "approved_by": approved["approved_by"] if approved else store.actor,
        "approved_at": (approved["approved_at"] if approved else store.now()).isoformat(),
        "keys": {"extract": own.secret.hex(), "customer": customer.secret.hex()},
        "commitment": committed,
        "form": FORM,
        "channels": channels,
        "disclosures": disclosures,
    }
