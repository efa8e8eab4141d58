"""Tracing: a suspect file to the extract, campaign and customer it came from, with a bound on error (R039)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import StoreError
from core.files import sha256_file
from extracts.gate.commitment import FORM, commitment, scope_of
from extracts.gate.fingerprint import Marker
from extracts.gate.manifest import facts
from extracts.trace import decide, evidence
from extracts.trace.channels import layer_of
from extracts.trace.decide import Party
from extracts.trace.indexed import Indexed
from extracts.trace.matching import Matching, open_matching
from extracts.trace.score import e_values
from extracts.trace.segments import LEAST
from extracts.trace.suspect import read_suspect
from ledger import traces
from ledger.store import Store


def trace(store: Store, file: Path, *, readable: bool = False) -> dict[str, Any]:
    """Trace a suspect file and write the evidence file; returns the document of ``rajaus trace`` (cli.md).

    ``readable``: a PDF beside it, as ``document_file``. Changes nothing but the evidence file and its audit row: what
    follows from a trace is for people to decide.
    Raises ``FileRejected`` for a file without anything to trace, ``StoreError`` (manifest_damaged) when a manifest
    is missing or does not match its seal.
    """
    suspect = read_suspect(file)
    with store.ledger.read() as connection:
        extracts = traces.released_extracts(connection)
        placed = traces.placed_seeds(connection)
    case = evidence.Case(file=file, sha256=sha256_file(file), suspect=suspect, extracts=extracts)
    if not extracts:
        return evidence.write(store, case, readable=readable)
    kind = Indexed if len(extracts) >= LEAST else Matching
    with open_matching(store, suspect=suspect, extracts=extracts, kind=kind) as join:
        units = join.match()
        case = replace(
            case, manifests=join.manifests(), units=units, channels=join.channels(), seeds=join.seeds(placed)
        )
        case = replace(case, matched=join.matched_lines(case.seeds), verdict=_judge(store, join, case))
        _verify_seals(store, case)
        if case.verdict:
            leaked = {one.extract: join.units(one.extract) for one in case.verdict.accused}
            case = replace(case, leaked=leaked, lines={index: join.lines(index) for index in case.verdict.exhibits})
    return evidence.write(store, replace(case, commitments=_commitments(store, case)), readable=readable)


def _commitments(store: Store, case: evidence.Case) -> dict[str, dict[str, Any] | None]:
    """Each exhibit's commitment, with whether today's key and manifest still give it; ``agrees`` is null where persons
    were unlinked from the manifest since (R072), and of a form of commitment that is no more."""
    found: dict[str, dict[str, Any] | None] = {}
    for index in case.verdict.exhibits if case.verdict else ():
        extract = case.extracts[index]
        with store.ledger.read() as connection:
            kept = traces.commitment(connection, extract.extract)
        if kept:
            path = store.path(extract.manifest)
            said = facts(path)
            scope = scope_of(said)
            made = commitment(Marker(store.key("fingerprint"), scope, extract.customer), path)["commitment"]
            told = kept["form"] == FORM and "unlinked_on" not in said
            kept["agrees"] = made == kept["commitment"] if told else None
        found[extract.extract] = kept
    return found


def _judge(store: Store, join: Matching, case: evidence.Case) -> evidence.Verdict:
    extracts, channels = case.extracts, case.channels
    parties = [Party(one.extract, one.customer, one.campaign, one.reseller) for one in extracts]
    share = np.array([manifest.shares for manifest in case.manifests]).reshape(-1, 2)
    layers = tuple(layer_of(channel.name) for channel in channels)
    seen = [sum(hit.extract == one.extract for hit in case.seeds) for one in extracts]
    seeds = {
        "seeds_seen": np.array(seen, np.int64),
        "seeds_placed": np.array([one.seeds for one in extracts], np.int64),
    }

    tally = join.tally(channels, share=share)
    scores = e_values(tally, layers=layers, **seeds)
    pool = np.bincount(tally.extract, weights=tally.units, minlength=len(extracts)).astype(np.int64)
    delivered = np.bincount(tally.extract, weights=tally.units * tally.delivered, minlength=len(extracts)).astype(
        np.int64
    )

    apart = np.full(len(extracts), -np.inf)
    for customer in dict.fromkeys(parties[index].customer for index in np.flatnonzero(scores.log_e >= decide.LEAD)):
        own = np.array([party.customer == customer for party in parties])
        whole, unshared = join.customer_tally(channels, customer=customer)
        scores = scores.replaced(e_values(whole, layers=layers, **seeds), where=own)
        apart[own] = e_values(unshared, layers=layers, **seeds).log_e[own]
    weight = decide.weights(pool / max(case.units, 1))
    threshold = decide.thresholds(weight, alpha=store.settings.trace_alpha)
    passed = decide.passing(scores.log_e, scores.keyed, threshold=threshold, seeds_seen=seeds["seeds_seen"])
    named = decide.log_e_of(
        [party.campaign if known else None for party, known in zip(parties, np.isfinite(apart), strict=True)], apart
    )
    accused = decide.accuse(parties, log_e=scores.log_e, passed=passed, campaign_log_e=named)
    customers = {parties[accusation.extract].customer for accusation in accused}
    barred = np.array([party.customer in customers for party in parties])
    return evidence.Verdict(
        scores=scores,
        pool=pool,
        delivered=delivered,
        weight=weight,
        threshold=threshold,
        campaign_log_e=named,
        accused=accused,
        leads=decide.leads(scores.log_e, barred=barred),
        customers=decide.log_e_of([party.customer for party in parties], scores.log_e),
        resellers=decide.log_e_of([party.reseller for party in parties], scores.log_e),
    )


def _verify_seals(store: Store, case: evidence.Case) -> None:
    """An exhibit must be what was written at delivery."""
    for index in case.verdict.exhibits if case.verdict else ():
        extract = case.extracts[index]
        if sha256_file(store.path(extract.manifest)) != extract.manifest_sha256:
            raise StoreError("manifest_damaged", extract=extract.extract)
