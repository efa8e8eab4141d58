"""From e-values to a decision (fingerprint.md 2.7): who is accused, who is only a lead. Pure.

Promise (R039, T28): whatever the leak is, the probability that any innocent customer is accused by one
trace is at most ``alpha``. A decision is evidence for a person to judge, never an automatic sanction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from extracts.trace.score import Bools, Floats, Ints, log_mean

LEAD = 5.0
"""Least log e-value of a lead; an innocent extract passes it less than 7 times in 1,000."""
MOST_LEADS = 10
CAMPAIGN_ERROR = 1e-4
"""Bound on naming a wrong campaign of a customer that is rightly accused."""
SEEDS_NEEDED = 2
COVERAGE_POWER = 20


@dataclass(frozen=True)
class Party:
    """To whom an extract belongs."""

    extract: str
    customer: str
    campaign: str
    reseller: str | None


@dataclass(frozen=True)
class Accusation:
    """An extract (by index) whose customer is accused; ``campaign_named`` only when that is proven too."""

    extract: int
    campaign_named: bool


def weights(coverage: Floats) -> Floats:
    """Prior weights, summing to 1: half evenly, half by ``c^20``, c = the share of the leak that was eligible.

    ``coverage`` may depend on eligibility, never on keyed bits.
    """
    even = np.full(len(coverage), 1 / len(coverage))
    powered = coverage**COVERAGE_POWER
    total = powered.sum()
    return even if total == 0 else 0.5 * even + 0.5 * powered / total


def thresholds(weight: Floats, *, alpha: float) -> Floats:
    """Log e-value from which an extract is accused: ``1 / (alpha · w)``."""
    return np.asarray(-np.log(alpha * weight), dtype=np.float64)


def passing(log_e: Floats, keyed: Floats, *, threshold: Floats, seeds_seen: Ints) -> Bools:
    """Which extracts pass. A single seed may have strayed: it counts only on top of a lead by the keyed bits."""
    supported = (seeds_seen != SEEDS_NEEDED - 1) | (keyed >= LEAD)
    return np.asarray((log_e >= threshold) & supported, dtype=np.bool_)


def leads(log_e: Floats, *, barred: Bools) -> list[int]:
    """The top ranks that do not belong to an accused customer: where to look, not whom to accuse."""
    order = [int(index) for index in np.argsort(-log_e, kind="stable") if not barred[index] and log_e[index] >= LEAD]
    return order[:MOST_LEADS]


def accuse(
    parties: Sequence[Party], *, log_e: Floats, passed: Bools, campaign_log_e: dict[str, float]
) -> list[Accusation]:
    """One accusation per proven campaign, or one per accused customer when none of its campaigns is proven.

    ``campaign_log_e``: per campaign of an accused customer, the e-value of the bits that its other campaigns
    do not share. A campaign is named when that reaches ``n_campaigns / 1e-4``.
    """
    accused: list[Accusation] = []
    over = np.flatnonzero(passed).tolist()
    for customer in dict.fromkeys(parties[index].customer for index in over):
        campaigns = {party.campaign for party in parties if party.customer == customer}
        limit = np.log(len(campaigns) / CAMPAIGN_ERROR)
        own = [index for index in over if parties[index].customer == customer]
        proven = [index for index in own if campaign_log_e[parties[index].campaign] >= limit]
        best: dict[str, int] = {}
        for index in sorted(proven, key=lambda index: -log_e[index]):
            best.setdefault(parties[index].campaign, index)
        accused += [Accusation(index, campaign_named=True) for index in best.values()]
        if not best:
            accused.append(Accusation(max(own, key=lambda index: log_e[index]), campaign_named=False))
    return sorted(accused, key=lambda accusation: -log_e[accusation.extract])


def log_e_of(groups: Sequence[str | None], log_e: Floats) -> dict[str, float]:
    """E-value of each customer or reseller: the mean over its extracts."""
    members: dict[str, list[int]] = {}
    for index, group in enumerate(groups):
        if group is not None:
            members.setdefault(group, []).append(index)
    return {group: log_mean(log_e[indices]) for group, indices in members.items()}


def p_value(log_e: float, *, weight: float = 1.0) -> float:
    """``min(1, 1 / (w · e))``; never printed as 0."""
    return float(np.exp(max(min(0.0, -log_e - np.log(weight)), -690.0)))
