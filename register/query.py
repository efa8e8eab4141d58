"""Reading a published register: counts, facets, the pool of a cut, and finding people for a ban.

Nothing here returns a name or an address: only ids and counts. Contact data leave through ``extracts.gate`` alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
from dateutil.relativedelta import relativedelta
from duckdb import DuckDBPyConnection

import sql
from core.errors import Refused
from core.identity import fold_name, fold_names
from core.ids import org_id
from core.keys import Key
from ledger.bans import Blocked
from ledger.store import Store
from register.snapshot import open_snapshot
from schemas import codes
from schemas.criteria import Criteria

FATES = ("available", "banned", "quarantined", "stale", "unnotified", "received")
"""What becomes of a selected row, by its number in ``judged``."""

_EXACT_ORGANISATIONS = 20_000
_DIMENSIONS = ("kind", "industry", "form", "staff_class", "revenue_class", "region", "level", "responsibility")


@dataclass(frozen=True)
class Register:
    """One job's view of one snapshot: its id and a locked-down connection."""

    snapshot: str
    connection: DuckDBPyConnection
    meta: Mapping[str, str]

    def execute(self, statement: str, values: Mapping[str, Any] | None = None) -> DuckDBPyConnection:
        return self.connection.execute(sql.load(statement), dict(values or {}))

    def arrow(self, statement: str, values: Mapping[str, Any]) -> pa.Table:
        """A statement's rows as Arrow, without a detour through Python objects."""
        return self.connection.sql(sql.load(statement), params=dict(values)).to_arrow_table()


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


@contextmanager
def open_register(store: Store, *, holder: str, snapshot: str | None = None) -> Iterator[Register]:
    """Open the published snapshot (or a named one) for one job; raises ``NotFound`` when nothing is published."""
    with open_snapshot(store, snapshot=snapshot, holder=holder) as opened:
        opened.connection.execute(sql.load("register/selection"))
        yield Register(opened.id, opened.connection, opened.meta)


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
    asked = _arguments(register, selector)
    _block(register, selector, asked)
    per_organisation = selector.criteria.per_organisation
    register.execute(
        "register/judged",
        asked
        | _anything(selector)
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
        eligible = _number(register.execute("register/eligible_rows"))
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


def facets(register: Register, selector: Selector) -> dict[str, list[dict[str, Any]]]:
    """Counts of the selected rows per dimension and value, with Finnish labels; one scan."""
    industries = {row[0]: row[1:] for row in register.execute("register/industry_codes").fetchall()}
    forms = dict(register.execute("register/form_codes").fetchall())
    bits = codes.responsibility_bits()
    kinds = {number: name for name, number in codes.KINDS.items()}
    counts: dict[str, dict[str | None, int]] = {name: {} for name in _DIMENSIONS}

    def add(dimension: str, value: str | None, rows: int) -> None:
        counts[dimension][value] = counts[dimension].get(value, 0) + rows

    for grouping, value, rows in register.execute("register/facets", _arguments(register, selector)).fetchall():
        dimension = _DIMENSIONS[8 - (~grouping & 0xFF).bit_length()]
        if value is None:
            add(dimension, None, rows)
        elif dimension == "responsibility":
            for code, bit in bits.items():
                if value & bit:
                    add(dimension, code, rows)
        elif dimension == "industry":
            add(dimension, industries[value][2], rows)
        elif dimension == "region":
            add(dimension, f"{value:02d}", rows)
        else:
            add(dimension, {"kind": kinds, "form": forms}.get(dimension, {}).get(value, str(value)), rows)
    return {
        name: [
            {"value": value, "label": _label(register, name, value), "count": rows}
            for value, rows in sorted(values.items(), key=lambda item: (-item[1], item[0] or ""))
        ]
        for name, values in counts.items()
    }


def find_persons(
    register: Register,
    *,
    email: str | None = None,
    phone: str | None = None,
    tokens: Sequence[str] | None = None,
    organisations: Sequence[int] | None = None,
    municipality: str | None = None,
) -> set[int]:
    """Ids of the persons that an (already normalised) e-mail, phone, or name in organisations or a place points at."""
    found: set[int] = set()
    if email is not None:
        found |= _ids(register.execute("register/persons_by_email", {"email": email}))
    if phone is not None:
        found |= _ids(register.execute("register/persons_by_phone", {"phone": phone}))
    if tokens and (organisations or municipality):
        found |= _ids(
            register.execute(
                "register/persons_by_name",
                {
                    "tokens": list(tokens),
                    "orgs": list(organisations) if organisations else None,
                    "municipality": municipality,
                },
            )
        )
    return found


def find_organisations(register: Register, name: str) -> set[int]:
    """Ids of the organisations that go by a name, in any of its registered forms."""
    return _ids(register.execute("register/organisations_by_name", {"name": name.strip(), "fold": fold_name(name)}))


def organisations_with_phone(register: Register, phone: str) -> set[int]:
    """Ids of the organisations whose own (normalised) number this is."""
    return _ids(register.execute("register/organisations_by_phone", {"phone": phone}))


def person_of(register: Register, position: int) -> int | None:
    """Who holds a position; None when nobody does."""
    return next(iter(_ids(register.execute("register/position_person", {"position": position}))), None)


def tokens_of(register: Register, blocked: Blocked, *, unit_key: Key, link_key: Key) -> dict[str, set[bytes]]:
    """Manifest tokens of blocked ids: ``person``, and ``unit`` and ``company`` of positions and organisations."""
    inner, outer = unit_key.pads
    link_inner, link_outer = link_key.pads
    rows = register.execute(
        "register/tokens",
        {
            "inner": inner,
            "outer": outer,
            "link_inner": link_inner,
            "link_outer": link_outer,
            "persons": blocked.persons.to_pylist(),
            "positions": blocked.positions.to_pylist(),
            "organisations": blocked.organisations.to_pylist(),
        },
    ).fetchall()
    tokens: dict[str, set[bytes]] = {"person": set(), "unit": set(), "company": set()}
    for kind, token in rows:
        tokens[kind].add(token)
    return tokens


def deliverable_rows(register: Register) -> int:
    """How many rows the register could deliver at all."""
    return _number(register.execute("register/share_base"))


def _ids(result: DuckDBPyConnection) -> set[int]:
    return {row[0] for row in result.fetchall()}


def _number(result: Any) -> int:
    return int(result.fetchall()[0][0])


def _arguments(register: Register, selector: Selector) -> dict[str, Any]:
    """Criteria as the ids that the selection compares; None where nothing was asked."""
    organisation, person = selector.criteria.organisation, selector.criteria.person
    it = organisation.it
    bits = codes.responsibility_bits()
    reachable = person.reachable or []

    def mask(values: Sequence[str] | None) -> int | None:
        return None if values is None else sum(bits[code] for code in set(values))

    def numbers(values: Sequence[str] | None) -> list[int] | None:
        return None if values is None else [int(value) for value in values]

    def folded(statement: str, values: Sequence[str] | None) -> list[int] | None:
        if values is None:
            return None
        folds = fold_names(pa.array(values, pa.string())).to_pylist()
        return sorted(_ids(register.execute(statement, {"folds": folds})))

    return {
        "kinds": None if organisation.kind is None else [codes.KINDS[kind] for kind in organisation.kind],
        "industries": _industries(register, selector.criteria),
        "forms": None
        if organisation.form is None
        else sorted(_ids(register.execute("register/resolve_forms", {"codes": organisation.form}))),
        "staff_classes": numbers(organisation.staff_class),
        "revenue_classes": numbers(organisation.revenue_class),
        "regions": numbers(organisation.region),
        "municipalities": numbers(organisation.municipality),
        "postcodes": _postcodes(organisation.postcode),
        "workstations": it.workstations_min if it else None,
        "servers": it.servers_min if it else None,
        "erps": folded("register/resolve_erps", it.erp if it else None),
        "responsibilities": mask(person.responsibility),
        "purchasings": mask(person.purchasing),
        "levels": person.level,
        "titles": folded("register/resolve_titles", person.title),
        "subject": mask(selector.subject) if selector.subject else None,
        "needs_email": "email" in reachable or None,
        "needs_phone": "phone" in reachable or None,
        "needs_post": "post" in reachable or None,
    }


def _industries(register: Register, criteria: Criteria) -> list[int] | None:
    wanted = criteria.organisation.industry
    if wanted is None:
        return None
    version = criteria.organisation.industry_version or register.meta["industry_version"]
    sections = {code for code in wanted if code.isalpha()}
    divisions = [division for division, section in codes.section_of(version).items() if section in sections]
    return sorted(
        _ids(
            register.execute(
                "register/resolve_industries",
                {
                    "version": version,
                    "prefixes": [code for code in wanted if code not in sections],
                    "divisions": divisions,
                },
            )
        )
    )


def _postcodes(values: Sequence[str] | None) -> list[int] | None:
    if values is None:
        return None
    ranges = [(value.partition("-")[0], value.partition("-")[2] or value) for value in values]
    return sorted({code for first, last in ranges for code in range(int(first), int(last[:5]) + 1)})


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


def _block(register: Register, selector: Selector, asked: dict[str, Any]) -> None:
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
            "register/received_person",
            asked | {"inner": inner, "outer": outer, "tokens": list(exclusion.person_tokens)},
        )
    else:
        register.execute("register/received_nobody")
    inner, outer = selector.unit_key.pads
    if exclusion.organisation_tokens or exclusion.own_organisations:
        register.execute(
            "register/received_organisation",
            asked
            | {
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


def _label(register: Register, dimension: str, value: str | None) -> str:
    if value is None:
        return "ei tiedossa"
    if dimension == "industry":
        label = codes.industry_label(register.meta["industry_version"], value)
        return label.fi if label else value
    if dimension == "kind":
        return {"company": "Yritys", "association": "Yhdistys", "public": "Julkisyhteisö"}[value]
    if dimension == "level":
        return codes.LEVELS.get(int(value), value)
    lists = {
        "form": codes.forms,
        "staff_class": codes.staff_classes,
        "revenue_class": codes.revenue_classes,
        "region": codes.regions,
        "responsibility": codes.responsibilities,
    }
    known = lists[dimension]().get(value)
    return known.fi if known else value
