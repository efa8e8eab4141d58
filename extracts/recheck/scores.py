"""What anybody can check of an evidence file alone: that every number follows from the ones before it."""

from __future__ import annotations

import math
from collections.abc import Iterator

from extracts.recheck import arithmetic
from extracts.recheck.arithmetic import CAMPAIGN_ERROR, LEAD, MOST_LEADS, Sums
from extracts.recheck.findings import Finding
from schemas.evidence import Evidence, Exhibit, Named, Ranked

_ROUNDED = 1.1e-4
"""Numbers of four digits, made of numbers of nine."""
_TERM = 1e-6
MOST_RANKED = 1_000
"""So many extracts the ranking holds at most."""
_SMALLEST = 690.0
"""A p-value is never printed as 0: no smaller one than e^-690."""


def check(evidence: Evidence) -> Iterator[Finding]:
    """Everything that does not follow; nothing else is read."""
    yield from _grids(evidence)
    for exhibit in evidence.exhibits:
        yield from _score(exhibit)
        yield from _counts(evidence, exhibit)
        if exhibit.units is not None:
            yield from _terms(evidence, exhibit)
    yield from _weights(evidence)
    yield from _ranking(evidence)
    yield from _p_values(evidence)
    yield from _accused(evidence)
    yield from _leads(evidence)


def dropped(evidence: Evidence, exhibit: Exhibit) -> set[int]:
    """Places of the exhibit's channels that do not count."""
    silent = {one.channel for one in evidence.suspect.channels if one.dropped}
    return {place for place, one in enumerate(exhibit.channels or ()) if one.channel in silent}


def _near(said: float, found: float, within: float = _ROUNDED) -> bool:
    return abs(said - found) <= within + 1e-9 * abs(found)


def _grids(evidence: Evidence) -> Iterator[Finding]:
    scheme = {
        "row_lambda": arithmetic.ROW_LAMBDA,
        "row_weight": arithmetic.ROW_WEIGHT,
        "epsilon": arithmetic.EPSILON,
        "epsilon_weight": arithmetic.EPSILON_WEIGHT,
        "cell_lambda": arithmetic.CELL_LAMBDA,
        "cell_weight": arithmetic.CELL_WEIGHT,
    }
    for name, fixed in scheme.items():
        said = getattr(evidence.grids, name)
        if tuple(said) != fixed:
            yield Finding("grids_differ", at=name, said=said, found=list(fixed))
    for name, limit in (("lead", LEAD), ("campaign_error", CAMPAIGN_ERROR)):
        if getattr(evidence.settings, name) != limit:
            yield Finding("grids_differ", at=name, said=getattr(evidence.settings, name), found=limit)


def _score(exhibit: Exhibit) -> Iterator[Finding]:
    keyed = Sums.claimed(exhibit.terms).keyed()
    seeds = arithmetic.seeds(seen=exhibit.seeds_seen, placed=exhibit.seeds_placed)
    for name, found in (("log_keyed", keyed), ("log_seeds", seeds), ("log_e", keyed + seeds)):
        said = getattr(exhibit, name)
        if not _near(said, found):
            yield Finding("scores_differ", exhibit.extract, said, round(found, 4), at=name)


def _counts(evidence: Evidence, exhibit: Exhibit) -> Iterator[Finding]:
    seen = sum(one.extract == exhibit.extract for one in evidence.seeds)
    claimed = [("seeds_seen", exhibit.seeds_seen, seen)]
    if exhibit.units is not None:
        shown = sum(unit.row is not None for unit in exhibit.units)
        pairs = {(line, unit.row) for unit in exhibit.units for line in unit.lines if unit.row is not None}
        claimed += [
            ("leaked_eligible", exhibit.leaked_eligible, len({unit.unit for unit in exhibit.units})),
            ("leaked_delivered", exhibit.leaked_delivered, shown),
            ("lines", len(exhibit.lines), len(set(exhibit.lines) | pairs)),
        ]
    for name, said, found in claimed:
        if said != found:
            yield Finding("counts_differ", exhibit.extract, said, found, at=name)


def _terms(evidence: Evidence, exhibit: Exhibit) -> Iterator[Finding]:
    layers = [one.layer for one in exhibit.channels or ()]
    if any(len(unit.marks) != len(layers) for unit in exhibit.units or ()):
        yield Finding("counts_differ", exhibit.extract, said=len(layers), at="marks")
        return
    made = arithmetic.sums(exhibit.units or (), layers=layers, dropped=dropped(evidence, exhibit))
    terms = exhibit.terms
    pairs = [
        (f"rows.{at}.{within}", said, made.rows[at][within])
        for at, row in enumerate(terms.rows)
        for within, said in enumerate(row)
    ]
    pairs += [
        (f"membership.{at}", *both) for at, both in enumerate(zip(terms.membership, made.membership, strict=True))
    ]
    for layer in terms.cells.keys() | made.cells.keys():
        nothing = [0.0] * len(arithmetic.CELL_LAMBDA)
        both_lists = zip(terms.cells.get(layer, nothing), made.cells.get(layer, nothing), strict=True)
        pairs += [(f"cells.{layer}.{at}", *both) for at, both in enumerate(both_lists)]
    for name, said, found in pairs:
        if not _near(said, found, _TERM):
            yield Finding("terms_differ", exhibit.extract, said, round(found, 9), at=name)
            return  # the first says where to look; they differ together


def _weight(evidence: Evidence, eligible: int) -> float:
    used = evidence.settings
    return arithmetic.log_weight(
        eligible=eligible, units=evidence.suspect.units, extracts=used.extracts, coverage=used.coverage
    )


def _weights(evidence: Evidence) -> Iterator[Finding]:
    """The sum that weights are made of follows from the ranking; where that ends at its length, it is at least that."""
    units = max(evidence.suspect.units, 1)
    known = sum((one.leaked_eligible / units) ** 20 for one in evidence.extracts)
    said = evidence.settings.coverage
    cut = len(evidence.extracts) >= MOST_RANKED
    if said < known * (1 - 1e-9) or (not cut and said > known * (1 + 1e-9)):
        yield Finding("weights_differ", said=said, found=known, at="coverage")
    for exhibit in evidence.exhibits:
        found = _weight(evidence, exhibit.leaked_eligible)
        if not _near(exhibit.log_weight, found):
            yield Finding("weights_differ", exhibit.extract, exhibit.log_weight, round(found, 4), at="log_weight")


def _threshold(evidence: Evidence, one: Ranked | Exhibit) -> float:
    return -math.log(evidence.settings.alpha) - _weight(evidence, one.leaked_eligible)


def _ranking(evidence: Evidence) -> Iterator[Finding]:
    each: list[Ranked | Exhibit] = [*evidence.exhibits, *evidence.extracts]
    for one in each:
        found = _threshold(evidence, one)
        if not _near(one.threshold, found):
            yield Finding("thresholds_differ", one.extract, one.threshold, round(found, 4))
    ranked = {one.extract: one for one in evidence.extracts}
    if sorted(evidence.extracts, key=lambda one: -one.log_e) != evidence.extracts:
        yield Finding("ranking_differs", at="order")
    names = ("customer", "leaked_eligible", "leaked_delivered", "seeds_seen", "log_e", "log_keyed", "campaign_log_e",
             "manifest_sha256")  # fmt: skip
    for exhibit in evidence.exhibits:
        row = ranked.get(exhibit.extract)
        for name in names:
            said = row and getattr(row, name)
            if said != getattr(exhibit, name):
                yield Finding("ranking_differs", exhibit.extract, said, getattr(exhibit, name), at=name)


def _p_values(evidence: Evidence) -> Iterator[Finding]:
    exhibits = {one.extract: one for one in evidence.exhibits}
    for named in (*evidence.result.accused, *evidence.result.leads):
        exhibit = exhibits.get(named.extract)
        if exhibit is None or named.log_e != exhibit.log_e or named.customer != exhibit.customer:
            yield Finding("scores_differ", named.extract, named.log_e, exhibit and exhibit.log_e, at="result")
            continue
        for name, found in (
            ("p", min(0.0, -named.log_e)),
            ("family_wise_p", min(0.0, -named.log_e - _weight(evidence, exhibit.leaked_eligible))),
        ):
            said = getattr(named, name)
            if said <= 0 or abs(math.log(said) - max(found, -_SMALLEST)) > _ROUNDED + 1e-9:
                yield Finding("p_values_differ", named.extract, said, math.exp(max(found, -_SMALLEST)), at=name)


def _over(evidence: Evidence) -> list[Ranked]:
    """The extracts that pass; one seed alone counts only on top of a lead by the keyed bits."""
    return [
        one
        for one in evidence.extracts
        if one.log_e >= one.threshold and (one.seeds_seen != 1 or one.log_keyed >= LEAD)
    ]


def _accused(evidence: Evidence) -> Iterator[Finding]:
    """One of each proven campaign, the best; or one of a customer none of whose campaigns is proven."""
    campaigns = {one.customer: one.campaigns for one in evidence.exhibits}
    expected: set[tuple[str, str | None]] = set()
    for customer in {one.customer for one in _over(evidence)}:
        own = [one for one in _over(evidence) if one.customer == customer]
        limit = math.log(campaigns.get(customer, 1) / CAMPAIGN_ERROR)
        proven = [one for one in own if one.campaign_log_e is not None and one.campaign_log_e >= limit]
        for campaign in {one.campaign for one in proven}:
            best = max((one for one in proven if one.campaign == campaign), key=lambda one: one.log_e)
            expected.add((best.extract, campaign))
        if not proven:
            expected.add((max(own, key=lambda one: one.log_e).extract, None))
    said = {(one.extract, one.campaign) for one in evidence.result.accused}
    for named in sorted(said ^ expected, key=str):
        told = "accused" if named[1] else "accused without a campaign"
        both = (told, "not so accused") if named in said else ("not so accused", told)
        yield Finding("accused_differ", named[0], *both)


def _leads(evidence: Evidence) -> Iterator[Finding]:
    accused = {one.customer for one in evidence.result.accused}
    best = [one for one in evidence.extracts if one.customer not in accused and one.log_e >= LEAD][:MOST_LEADS]
    said: list[Named] = evidence.result.leads
    if [one.log_e for one in said] != [one.log_e for one in best]:
        yield Finding("leads_differ", said=[one.extract for one in said], found=[one.extract for one in best])
