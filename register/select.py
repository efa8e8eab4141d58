"""The selection of count and cut: every selected row judged, the statement, the pool (R009).

Nothing here returns a name or an address: only ids and counts.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
from dateutil.relativedelta import relativedelta

from core.errors import Refused
from core.keys import Key, Words
from ledger.bans import Blocked
from register import cells
from register.asked import ask
from register.opened import Register
from schemas import codes
from schemas.criteria import Criteria


def _no_words() -> Words:
    return np.empty(0, np.uint64)


FATES = ("available", "banned", "quarantined", "stale", "unnotified", "received", "own", "pressed")
"""What becomes of a selected row, by its number in ``judged``."""

OWN_KINDS = ("business", "domain", "name", "email")
"""What a customer's own list may name; the last is of persons."""
_EXACT_ORGANISATIONS = 20_000


@dataclass(frozen=True)
class Exclusion:
    """Whom the customer has already: first 64 bits of blinded tokens (``earlier``) and of SHA-256 (``own``)."""

    level: str = "none"
    """Of ``earlier``: person, site or organisation."""
    earlier: Words = field(default_factory=_no_words, repr=False)
    own: Mapping[str, Words] = field(default_factory=dict, repr=False)
    """By kind: business, domain and name are of organisations, email of persons."""


@dataclass(frozen=True)
class HotRows:
    """Rows among which alone pools of ``least`` rows and more withhold, each with probability ½: drawn by the house's
    key, so the same for every customer. Where several merge copies, some of them are missing still (fingerprint.md
    2.3)."""

    key: Key
    least: int


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
    smallest_share: float
    voided: pa.Table
    """``person, told_on`` of notices that turned out to have reached nobody, whatever the snapshot says (R096)."""
    notice_version: int
    """The material version of the notice in effect; a snapshot published before it serves nothing (R098)."""
    pressed: Words = field(default_factory=_no_words, repr=False)
    """Persons who are in as many campaigns as may be, whoever's those are; blinded words like ``earlier``."""
    hot: HotRows | None = None


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
    left_out: Mapping[str, int]
    """``already_received``, split: by earlier orders, by the customer's own lists."""
    pool: int
    cells: Mapping[str, int] = field(default_factory=dict)
    """Test cell to its rows; none when none are asked for."""
    unplaced: int = 0
    """Rows, counted as capped, that no cell had room for without splitting an organisation."""

    def document(self) -> dict[str, Any]:
        return {
            name: getattr(self, name)
            for name in ("selected", "unavailable", "already_received", "capped", "to_deliver", "organisations")
        } | (
            {"left_out": dict(self.left_out), "staff": dict(self.staff)}
            | ({"cells": dict(self.cells)} if self.cells else {})
        )


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
    _compare(register, selector)
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
        asked = {"draw": selector.draw, "prefer": [bits[code] for code in per_organisation.prefer or []]}
        register.execute("register/ranked")
        if per_organisation.max == 1:
            register.execute("register/preferred_one", asked)
        else:
            register.execute("register/preferred", asked | {"most": per_organisation.max})
        register.execute("register/eligible_preferred")
        eligible = register.number("register/eligible_rows")
    limit = selector.criteria.most
    size, deliver = pool_size(eligible, limit, smallest_share=selector.smallest_share)
    over_limit = max(0, eligible - limit) if limit is not None else 0
    withheld = eligible - over_limit - deliver
    staff = {name: fates[name] for name in ("banned", "quarantined", "stale", "unnotified", "pressed")}
    staff |= {"withheld": withheld}
    left_out = {"earlier_orders": fates["received"], "own_lists": fates["own"]}
    statement = Statement(
        selected=sum(fates.values()),
        unavailable=sum(staff.values()),
        already_received=sum(left_out.values()),
        capped=fates["available"] - eligible + over_limit,
        to_deliver=deliver,
        organisations=organisations,
        staff=staff,
        left_out=left_out,
        pool=size,
    )
    if selector.criteria.cells is not None:
        statement = _with_cells(register, selector, statement)
    return _with_organisations(register, selector, statement)


def _with_cells(register: Register, selector: Selector, statement: Statement) -> Statement:
    """The statement when the rows are parted into cells; what none has room for is over the limits of the order."""
    placed = pool(register, selector, statement)
    placed = placed.filter(placed["delivered"])
    numbers = {one["values"]: one["counts"] for one in placed["cell"].value_counts().to_pylist()}
    unplaced = statement.to_deliver - len(placed)
    return replace(
        statement,
        capped=statement.capped + unplaced,
        to_deliver=len(placed),
        pool=statement.pool - unplaced,
        cells={name: numbers.get(name, 0) for name in selector.criteria.cells or ()},
        unplaced=unplaced,
    )


def _with_organisations(register: Register, selector: Selector, statement: Statement) -> Statement:
    """Organisations of the rows to be delivered; above 20,000 rows, where 1-5 % are withheld, before withholding."""
    if statement.pool > _EXACT_ORGANISATIONS:
        return statement
    delivered = pool(register, selector, statement)
    return replace(statement, organisations=len(delivered.filter(delivered["delivered"])["org"].unique()))


def pool(register: Register, selector: Selector, statement: Statement) -> pa.Table:
    """The units eligible for this cut: ``position, person, org INT32, delivered BOOL``, by position; with cells also
    ``cell TEXT``, null where not delivered; where whoever is withheld is one of the hot rows, ``hot BOOL``.

    Must follow :func:`select` on the same connection; ``delivered`` is true in exactly ``to_deliver`` rows.
    """
    size, limit = statement.pool + statement.unplaced, selector.criteria.most
    draw = {"draw": selector.draw, "size": size}
    if limit is None or size < 2 * limit:
        register.execute("register/pool_whole")
    elif selector.criteria.sample == "spread":
        register.execute("register/pool_spread", draw)
    else:
        register.execute("register/pool_random", draw)
    inner, outer = selector.rank_key.pads
    deliver = statement.to_deliver + statement.unplaced
    ranks = {"inner": inner, "outer": outer}
    kept_back = size - deliver
    if selector.hot is not None and size >= selector.hot.least and 0 < 2 * kept_back < size:
        hot_inner, hot_outer = selector.hot.key.pads
        hot = {"hot_inner": hot_inner, "hot_outer": hot_outer, "hot": 2 * kept_back, "keep": kept_back}
        drawn = register.arrow("register/pool_hot", ranks | hot)
    else:
        drawn = register.arrow("register/pool_delivered", ranks | {"deliver": deliver})
    return drawn if selector.criteria.cells is None else _in_cells(drawn, selector)


def _in_cells(drawn: pa.Table, selector: Selector) -> pa.Table:
    """The pool with the cell of each delivered row. A row without a place leaves the pool altogether: who is in the
    pool and not delivered is withheld for the fingerprint, and for no other reason (fingerprint.md 2.3)."""
    asked = selector.criteria.cells or {}
    delivered = np.flatnonzero(drawn["delivered"].to_numpy())
    orgs = drawn["org"].to_numpy()[delivered].astype(np.int64)
    wanted = cells.sizes(asked, len(delivered))
    split = selector.criteria.split_organisations
    place = np.full(len(drawn), len(asked), np.int64)
    place[delivered] = cells.assign(orgs, wanted, draw=f"cells {selector.draw}", split=split)
    names = pa.array([*asked, None], pa.string())
    kept = pa.array(place != cells.NOWHERE)
    return drawn.append_column("cell", names.take(pa.array(np.maximum(place, 0)))).filter(kept)


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
    blocked = selector.blocked
    return {
        "any_person": len(blocked.persons) > 0,
        "any_position": len(blocked.positions) > 0,
        "any_organisation": len(blocked.organisations) > 0,
        "any_source": bool(selector.quarantined_sources),
        "any_voided": len(selector.voided) > 0,
        "by_person": _level(selector) == "person" or len(selector.pressed) > 0,
        "by_site": _level(selector) == "site",
        "by_email": len(selector.exclusion.own.get("email", ())) > 0,
    }


def _block(register: Register, selector: Selector) -> None:
    """Put the ids that must not leave, and whom the customer has, beside the register."""
    blocked = selector.blocked
    register.execute("register/blocked_person", {"ids": blocked.persons.to_pylist()})
    register.execute("register/blocked_position", {"ids": blocked.positions.to_pylist()})
    register.execute("register/blocked_organisation", {"ids": blocked.organisations.to_pylist()})
    register.execute("register/blocked_load_sets", {"sources": list(selector.quarantined_sources)})
    register.connection.register("voided_notice", selector.voided)
    register.execute("register/untold_pair")
    register.connection.unregister("voided_notice")


def _compare(register: Register, selector: Selector) -> None:
    """Take out of the available rows whom the customer has, and who is in as many campaigns as may be."""
    level, own = _level(selector), selector.exclusion.own
    by_organisation = any(len(own.get(kind, ())) for kind in OWN_KINDS if kind != "email")
    if level == "organisation" or by_organisation:
        register.execute("register/candidate_key")
    if level != "none":
        _lend(register, "earlier_word", selector.exclusion.earlier)
        register.execute(f"register/received_{level}")
    for kind in OWN_KINDS:
        _lend(register, f"own_{kind}", own.get(kind, _no_words()))
    if by_organisation:
        register.execute("register/own_organisation")
    if len(own.get("email", ())):
        register.execute("register/own_person")
    if len(selector.pressed):
        _lend(register, "pressed_word", selector.pressed)
        register.execute("register/pressed")


def _level(selector: Selector) -> str:
    """At which earlier deliveries are compared; ``none`` when there are none."""
    return selector.exclusion.level if len(selector.exclusion.earlier) else "none"


def _lend(register: Register, name: str, words: Words) -> None:
    register.connection.register(name, pa.table({"word": pa.array(words, pa.uint64())}))
