"""The evidence file of a trace: everything needed to check the decision, nothing personal but line numbers."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from core.files import publish_file, sha256_file, storing
from core.ids import new_id
from extracts.trace import decide, readable as pdf, score as scoring
from extracts.trace.channels import layer_of
from extracts.trace.decide import Accusation
from extracts.trace.matching import Channel, LeakedUnit, Manifest, SeedHit
from extracts.trace.score import Floats, Ints, Scores
from extracts.trace.suspect import Suspect
from extracts.trace.wording import summary
from ledger import breaches
from ledger.engine import Transaction
from ledger.store import Store
from ledger.traces import ReleasedExtract

SCHEME = 2
"""Of the evidence file (``schemas.evidence``)."""
_MOST_RANKED = 1_000
_DIGITS = 4
_TERM_DIGITS = 9
"""Of the terms that everything else follows from."""


@dataclass(frozen=True)
class Verdict:
    """The scored extracts and what was decided; arrays run over the extracts of the case."""

    scores: Scores
    pool: Ints
    """Leaked units that were eligible for the extract."""
    delivered: Ints
    """Of them, delivered in it."""
    weight: Floats
    threshold: Floats
    campaign_log_e: Mapping[str, float]
    accused: Sequence[Accusation]
    leads: Sequence[int]
    customers: Mapping[str, float]
    resellers: Mapping[str, float]

    @property
    def exhibits(self) -> list[int]:
        """The extracts shown in full: accused and leads."""
        return [accusation.extract for accusation in self.accused] + list(self.leads)


@dataclass(frozen=True)
class Case:
    """One suspect file and what was found out about it."""

    file: Path
    sha256: str
    suspect: Suspect
    extracts: Sequence[ReleasedExtract]
    manifests: Sequence[Manifest] = ()
    channels: Sequence[Channel] = ()
    seeds: Sequence[SeedHit] = ()
    units: int = 0
    matched: int = 0
    verdict: Verdict | None = None
    lines: Mapping[int, Sequence[tuple[int, int]]] = field(default_factory=dict)
    """Per exhibited extract: (line of the suspect, row of the delivered file)."""
    leaked: Mapping[int, tuple[Sequence[str], Sequence[LeakedUnit]]] = field(default_factory=dict)
    """Per accused extract: its channels, and its leaked units with their marks in that order."""
    commitments: Mapping[str, Mapping[str, Any] | None] = field(default_factory=dict)
    """Per exhibited extract: what the audit chain holds since its release, and whether key and manifest ``agrees``."""


def write(store: Store, case: Case, *, readable: bool = False) -> dict[str, Any]:
    """Write ``home/evidence/<trace>.json``, ``.pdf`` beside it if it is to be ``readable``, and their audit row;
    returns the document of ``rajaus trace``."""
    trace = new_id("trace")
    result = _result(case)
    document = {
        "trace": trace,
        "scheme": SCHEME,
        "version": version("rajaus"),
        "traced_at": store.now().isoformat(),
        "traced_by": store.actor,
        "summary": summary(result, alpha=store.settings.trace_alpha),
        "suspect": {
            "file": case.file.name,
            "sha256": case.sha256,
            "read": case.suspect.read,
            "matched": case.matched,
            "units": case.units,
            "sheets": [
                {"name": name, "first_line": first, "lines": lines} for name, first, lines in case.suspect.sheets
            ],
            "readings": {
                "email": case.suspect.emails.num_rows,
                "phone": case.suspect.phones.num_rows,
                "business_id": case.suspect.business_ids.num_rows,
                "name": case.suspect.names.num_rows,
            },
            "channels": [
                {
                    "channel": channel.name,
                    "symbol_0": channel.zeros,
                    "symbol_1": channel.ones,
                    "erased": channel.erased,
                    "dropped": channel.dropped,
                }
                for channel in case.channels
            ],
        },
        "settings": {
            "alpha": store.settings.trace_alpha,
            "lead": decide.LEAD,
            "campaign_error": decide.CAMPAIGN_ERROR,
            "extracts": len(case.extracts),
            "coverage": _coverage(case),
            "key_ids": sorted({manifest.key_id for manifest in case.manifests}),
        },
        "grids": {
            "row_lambda": scoring.ROW_LAMBDA.tolist(),
            "row_weight": scoring.ROW_WEIGHT.tolist(),
            "epsilon": scoring.EPSILON.tolist(),
            "epsilon_weight": scoring.EPSILON_WEIGHT.tolist(),
            "cell_lambda": scoring.CELL_LAMBDA.tolist(),
            "cell_weight": scoring.CELL_WEIGHT.tolist(),
        },
        "seeds": [{"extract": hit.extract, "seed": hit.seed, "lines": list(hit.lines)} for hit in case.seeds],
        "result": {name: result[name] for name in ("accused", "leads", "customers", "resellers")},
        "exhibits": [_exhibit(case, case.verdict, index) for index in case.verdict.exhibits] if case.verdict else [],
        "extracts": _ranking(case, case.verdict) if case.verdict else [],
    }
    path = store.home.evidence / f"{trace}.json"
    staged = store.home.staging / path.name
    with storing(path):
        staged.write_text(_one_entry_a_line(document), encoding="utf-8")
    publish_file(staged, path)
    told = _readable(store, case, document, path) if readable else None
    digests = {"evidence_sha256": sha256_file(path)} | ({"document_sha256": sha256_file(told)} if told else {})
    with store.write() as tx:
        _open_breaches(tx, case, result, trace=trace)
        tx.audit(
            "trace.done",
            trace=trace,
            suspect=case.sha256,
            read=case.suspect.read,
            matched=case.matched,
            accused=[one["extract"] for one in result["accused"]],
            leads=len(result["leads"]),
            evidence=store.relative(path),
            **digests,
        )
    return result | {"evidence_file": str(path)} | ({"document_file": str(told)} if told else {})


def _readable(store: Store, case: Case, document: Mapping[str, Any], evidence: Path) -> Path:
    """The PDF beside an evidence file."""
    path = evidence.with_suffix(".pdf")
    staged = store.home.staging / path.name
    others = np.zeros(0)
    if case.verdict is not None:
        accused = {one["customer"] for one in document["result"]["accused"]}
        others = case.verdict.scores.log_e[[one.customer not in accused for one in case.extracts]]
    pdf.write(document, others=others, sha256=sha256_file(evidence), path=staged, at=store.now())
    publish_file(staged, path)
    return path


def _coverage(case: Case) -> float:
    """Σ c^20 over all extracts, c being the share of the leak that was eligible: what the weights rest on."""
    if case.verdict is None:
        return 0.0
    return float((np.asarray(case.verdict.pool / max(case.units, 1)) ** decide.COVERAGE_POWER).sum())


def _open_breaches(tx: Transaction, case: Case, result: Mapping[str, Any], *, trace: str) -> None:
    """A breach candidate per extract whose list turned up elsewhere, by its seeds or by the trace itself (R094)."""
    seen = {one["extract"]: "traced" for one in result["accused"]} | {
        hit["extract"]: "seed_hit" for hit in result["seeds"]
    }
    for extract, trigger in sorted(seen.items()):
        breaches.found_leak(tx, extract=extract, trigger=trigger, ids={"trace": trace, "suspect": case.sha256})


def _one_entry_a_line(document: Mapping[str, Any]) -> str:
    """JSON that a person can scroll through: one line per part, and per exhibited or ranked extract."""

    def part(value: Any) -> str:
        if isinstance(value, list) and value and isinstance(value[0], dict):
            return "[\n  " + ",\n  ".join(json.dumps(item, ensure_ascii=False) for item in value) + "\n ]"
        return json.dumps(value, ensure_ascii=False)

    return "{\n " + ",\n ".join(f"{json.dumps(name)}: {part(value)}" for name, value in document.items()) + "\n}\n"


def _result(case: Case) -> dict[str, Any]:
    verdict = case.verdict
    document: dict[str, Any] = {"read": case.suspect.read, "matched": case.matched, "accused": [], "leads": []}
    document["seeds"] = [{"extract": hit.extract, "seed": hit.seed} for hit in case.seeds]
    document["customers"], document["resellers"] = [], []
    if verdict is None:
        return document
    document["accused"] = [
        _ranked(case, verdict, one.extract, campaign_named=one.campaign_named) for one in verdict.accused
    ]
    document["leads"] = [_ranked(case, verdict, index, campaign_named=True) for index in verdict.leads]
    for name, found in (("customer", verdict.customers), ("reseller", verdict.resellers)):
        document[f"{name}s"] = [
            {name: party, "log_e": round(log_e, _DIGITS)}
            for party, log_e in sorted(found.items(), key=lambda item: -item[1])
            if log_e >= decide.LEAD
        ]
    return document


def _ranked(case: Case, verdict: Verdict, index: int, *, campaign_named: bool) -> dict[str, Any]:
    extract, log_e = case.extracts[index], float(verdict.scores.log_e[index])
    return {
        "extract": extract.extract,
        "customer": extract.customer,
        "campaign": extract.campaign if campaign_named else None,
        "log_e": round(log_e, _DIGITS),
        "p": decide.p_value(log_e),
        "family_wise_p": decide.p_value(log_e, weight=float(verdict.weight[index])),
    }


def _exhibit(case: Case, verdict: Verdict, index: int) -> dict[str, Any]:
    extract, manifest, scores = case.extracts[index], case.manifests[index], verdict.scores
    return {
        "extract": extract.extract,
        "customer": extract.customer,
        "reseller": extract.reseller,
        "released_at": extract.released_at.isoformat(),
        "manifest_sha256": extract.manifest_sha256,
        "eligible": manifest.eligible,
        "delivered": manifest.delivered,
        "shares_by_history": extract.excluding,
        "hot": manifest.hot,
        "leaked_eligible": int(verdict.pool[index]),
        "leaked_delivered": int(verdict.delivered[index]),
        "seeds_placed": extract.seeds,
        "seeds_seen": sum(hit.extract == extract.extract for hit in case.seeds),
        "log_e": _rounded(scores.log_e[index]),
        "log_keyed": _rounded(scores.keyed[index]),
        "log_seeds": _rounded(scores.seeds[index]),
        "log_weight": _rounded(np.log(verdict.weight[index])),
        "threshold": _rounded(verdict.threshold[index]),
        "campaign_log_e": _campaign_log_e(case, verdict, index),
        "campaigns": len({one.campaign for one in case.extracts if one.customer == extract.customer}),
        "terms": {
            "rows": _rounded(scores.rows[index], _TERM_DIGITS),
            "membership": _rounded(scores.membership[index], _TERM_DIGITS),
            "cells": {layer: _rounded(terms[index], _TERM_DIGITS) for layer, terms in scores.cells.items()},
        },
        "commitment": case.commitments.get(extract.extract),
        "lines": [list(pair) for pair in case.lines.get(index, ())],
    } | _units(case, index)


def _campaign_log_e(case: Case, verdict: Verdict, index: int) -> Any:
    """What the bits say that the customer's other campaigns do not share; null where nobody asked."""
    found = verdict.campaign_log_e.get(case.extracts[index].campaign)
    return _rounded(found) if found is not None and np.isfinite(found) else None


def _units(case: Case, index: int) -> dict[str, Any]:
    """Of an accused extract, the units that its terms are made of: pseudonymous tokens, line numbers and symbols."""
    if index not in case.leaked:
        return {}
    channels, units = case.leaked[index]
    return {
        "channels": [{"channel": name, "layer": layer_of(name)} for name in channels],
        "units": [
            {
                "unit": one.unit,
                "company": one.company,
                "row": one.number,
                "share": one.share,
                "lines": list(one.lines),
                "marks": [mark and [mark.symbol, mark.p, int(mark.own), mark.seen] for mark in one.marks],
            }
            for one in units
        ],
    }


def _ranking(case: Case, verdict: Verdict) -> list[dict[str, Any]]:
    """Every extract the leak touches, by its units or its seeds, best first."""
    seen = Counter(hit.extract for hit in case.seeds)
    touched = [bool(pool) or one.extract in seen for pool, one in zip(verdict.pool, case.extracts, strict=True)]
    order = [int(index) for index in np.argsort(-verdict.scores.log_e, kind="stable") if touched[index]]
    return [
        {
            "extract": case.extracts[index].extract,
            "customer": case.extracts[index].customer,
            "campaign": case.extracts[index].campaign,
            "leaked_eligible": int(verdict.pool[index]),
            "leaked_delivered": int(verdict.delivered[index]),
            "seeds_seen": seen[case.extracts[index].extract],
            "log_e": _rounded(verdict.scores.log_e[index]),
            "log_keyed": _rounded(verdict.scores.keyed[index]),
            "campaign_log_e": _campaign_log_e(case, verdict, index),
            "threshold": _rounded(verdict.threshold[index]),
            "manifest_sha256": case.extracts[index].manifest_sha256,
        }
        for index in order[:_MOST_RANKED]
    ]


def _rounded(value: Any, digits: int = _DIGITS) -> Any:
    return None if value is None else np.round(value, digits).tolist()
