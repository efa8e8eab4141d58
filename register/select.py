"""The selection of count and cut: every selected row judged, the statement, the pool (R009).

Nothing here returns a name or an address: only ids and counts.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
from dateutil.relativedelta import relativedelta

from core.errors import Refused
from core.ids import org_id
from core.keys import Key
from ledger.bans import Blocked
from register.asked import ask
from register.opened import Register
from schemas import codes
from schemas.criteria import Criteria

FATES = ("available", "banned", "quarantined", "stale", "unnotified", "received")
"""What becomes of a selected row, by its number in ``judged``."""

_EXACT_ORGANISATIONS = 20_000


@dataclass(frozen=True)
class Exclusion:
    """What the customer already has: tokens of earlier deliveries and its own organisations."""

    person_tokens: Sequence[bytes] = ()
    organisation_tokens: Sequence[bytes] = ()
    own_organisations: Sequence[int] = ()
    hashes: Sequence[bytes] = ()
    """SHA-256 of e-mails or business ids."""


@dataclass(frozen=True)
class Selector:
    """Everything that decides a selection: count and cut share it, so they cannot disagree (R009)."""

    criteria: Criteria
    subject: Sequence[str]
    blocked: Blocked
    quarantined_sources: Sequence[str]
    exclusion: Exclusion
    today: date
    verified_months: int
    notice_wait_days: int
    draw: str
    """Names the campaign's own random order, so that its count and its cut draw alike."""
    rank_key: Key
    """The customer's selection key: who is withheld is the same in each of its orders (fingerprint.md 2.3)."""
    link_key: Key
    unit_key: Key
    smallest_share: float
    voided: pa.Table
    """``person, told_on`` of notices that turned out to have reached nobody, whatever the snapshot says (R096)."""
    notice_version: int
    """The material version of the notice in effect; a snapshot published before it serves nothing (R098)."""


@dataclass(frozen=True)
class Statement:
    """The count statement: ``selected − unavailable − already_received − capped = to_deliver``, exactly."""

    selected: int
    unavailable: int
    already_received: int
    capped: int
    to_deliver: int
    organisations: int
    staff: Mapping[str, int]
    pool: int

    def document(self) -> dict[str, Any]:
        return {
            name: getattr(self, name)
            for name in ("selected", "unavailable", "already_received", "capped", "to_deliver", "organisations")
        } | {"staff": dict(self.staff)}


def withheld_share(rows: int, smallest_share: float) -> float:
    """``q`` of fingerprint.md 2.3: 24/(s·N) between 1 % and 5 %."""
    return min(0.05, max(0.01, 24 / (smallest_share * rows))) if rows else 0.0


def pool_size(eligible: int, limit: int | None, *, smallest_share: float) -> tuple[int, int]:
    """How many rows form the pool, and how many of them are delivered (fingerprint.md 2.3)."""
    wanted = eligible if limit is None else min(limit, eligible)
    pool = min(eligible, 2 * wanted)
    return pool, min(wanted, pool - math.floor(withheld_share(pool, smallest_share) * pool))


def select(register: Register, selector: Selector) -> Statement:
    """Judge every selected row and state the count. Leaves ``eligible`` in the connection for :func:`pool`.

    Raises ``Refused`` (notice_version_behind).
    """
    if int(register.meta.get("notice_version", 1)) < selector.notice_version:
        raise Refused("notice_version_behind", version=selector.notice_version)
    ask(register, selector.criteria, subject=selector.subject)
    _block(register, selector)
    per_organisation = selector.criteria.per_organisation
    register.execute(
        "register/judged",
        _anything(selector)
        | {
            "ranked": per_organisation is not None,
            "spread": selector.criteria.sample == "spread",
            "verified_since": selector.today - relativedelta(months=selector.verified_months),
            "notified_by": selector.today - timedelta(days=selector.notice_wait_days),
        },
    )
    fates = dict.fromkeys(FATES, 0)
    organisations = 0
    for fate, rows, distinct in register.execute("register/fates").fetchall():
        fates[FATES[fate]] = rows
        if FATES[fate] == "available":
            organisations = distinct
    eligible = fates["available"]
    if per_organisation is None:
        register.execute("register/eligible")
    else:
        bits = codes.responsibility_bits()
        register.execute(
            "register/preferred",
            {
                "most": per_organisation.max,
                "draw": selector.draw,
                "prefer": [bits[code] for code in per_organisation.prefer or []],
            },
        )
        register.execute("register/eligible_preferred")
        eligible = register.number("register/eligible_rows")
    limit = selector.criteria.limit
    size, deliver = pool_size(eligible, limit, smallest_share=selector.smallest_share)
    over_limit = max(0, eligible - limit) if limit is not None else 0
    withheld = eligible - over_limit - deliver
    staff = {name: fates[name] for name in ("banned", "quarantined", "stale", "unnotified")} | {"withheld": withheld}
    statement = Statement(
        selected=sum(fates.values()),
        unavailable=sum(staff.values()),
        already_received=fates["received"],
        capped=fates["available"] - eligible + over_limit,
        to_deliver=deliver,
        organisations=organisations,
        staff=staff,
        pool=size,
    )
    return _with_organisations(register, selector, statement)


def _with_organisations(register: Register, selector: Selector, statement: Statement) -> Statement:
    """Organisations of the rows to be delivered; above 20,000 rows, where 1-5 % are withheld, before withholding."""
    if statement.pool > _EXACT_ORGANISATIONS:
        return statement
    delivered = pool(register, selector, statement)
    return replace(statement, organisations=len(delivered.filter(delivered["delivered"])["org"].unique()))


def pool(register: Register, selector: Selector, statement: Statement) -> pa.Table:
    """The units eligible for this cut: ``position, person, org INT32, delivered BOOL``, by position.

    Must follow :func:`select` on the same connection; ``delivered`` is true in exactly ``to_deliver`` rows.
    """
    draw = {"draw": selector.draw, "size": statement.pool}
    if selector.criteria.limit is None or statement.pool < 2 * selector.criteria.limit:
        register.execute("register/pool_whole")
    elif selector.criteria.sample == "spread":
        register.execute("register/pool_spread", draw)
    else:
        register.execute("register/pool_random", draw)
    inner, outer = selector.rank_key.pads
    return register.arrow("register/pool_delivered", {"inner": inner, "outer": outer, "deliver": statement.to_deliver})


def standing(register: Register, selector: Selector, *, withheld: float) -> tuple[Statement, pa.Table]:
    """The statement and the units of a continuous use: whoever is eligible, with ``delivered`` false in the share of
    the customer's highest ranks that its subscription never delivers, whatever the number of the others (sticky).

    Same columns as :func:`pool`. Raises ``Refused`` (notice_version_behind).
    """
    counted = select(register, selector)
    inner, outer = selector.rank_key.pads
    units = register.arrow("register/pool_standing", {"inner": inner, "outer": outer, "share": 1 - withheld})
    delivered = units.filter(units["delivered"])
    kept_back = len(units) - len(delivered)
    statement = replace(
        counted,
        unavailable=counted.unavailable - counted.staff["withheld"] + kept_back,
        to_deliver=len(delivered),
        organisations=len(delivered["org"].unique()),
        staff={**counted.staff, "withheld": kept_back},
        pool=len(units),
    )
    return statement, units


def deliverable_rows(register: Register) -> int:
    """How many rows the register could deliver at all."""
    return register.number("register/share_base")


def _anything(selector: Selector) -> dict[str, bool]:
    """Which of the look-ups have anything to find."""
    blocked, exclusion = selector.blocked, selector.exclusion
    return {
        "any_person": len(blocked.persons) > 0,
        "any_position": len(blocked.positions) > 0,
        "any_organisation": len(blocked.organisations) > 0,
        "any_source": bool(selector.quarantined_sources),
        "any_received": exclusion != Exclusion(),
        "any_voided": len(selector.voided) > 0,
    }


def _block(register: Register, selector: Selector) -> None:
    """Put the ids that must not leave, and those the customer has, beside the register."""
    blocked, exclusion = selector.blocked, selector.exclusion
    register.execute("register/blocked_person", {"ids": blocked.persons.to_pylist()})
    register.execute("register/blocked_position", {"ids": blocked.positions.to_pylist()})
    register.execute("register/blocked_organisation", {"ids": blocked.organisations.to_pylist()})
    register.execute("register/blocked_load_sets", {"sources": list(selector.quarantined_sources)})
    register.connection.register("voided_notice", selector.voided)
    register.execute("register/untold_pair")
    register.connection.unregister("voided_notice")
    inner, outer = selector.link_key.pads
    if exclusion.person_tokens:
        register.execute(
            "register/received_person", {"inner": inner, "outer": outer, "tokens": list(exclusion.person_tokens)}
        )
    else:
        register.execute("register/received_nobody")
    inner, outer = selector.unit_key.pads
    if exclusion.organisation_tokens or exclusion.own_organisations:
        register.execute(
            "register/received_organisation",
            {
                "inner": inner,
                "outer": outer,
                "tokens": list(exclusion.organisation_tokens),
                "own": list(exclusion.own_organisations),
            },
        )
    else:
        register.execute("register/received_no_organisation")
    if exclusion.hashes:
        register.execute("register/received_person_hashes", {"hashes": list(exclusion.hashes)})
        register.execute("register/received_organisation_hashes", {"hashes": list(exclusion.hashes)})


def own_organisations(values: pa.Array) -> list[int]:
    """Register ids of a column of valid business ids."""
    return [org_id(value) for value in values.to_pylist() if value is not None]
