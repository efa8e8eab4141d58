"""An order held against the rules of the narrowest selection: the facts gathered, the findings made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from core.errors import Refused
from core.settings import Settings
from extracts.narrow import Facts, Finding, Limits, Part, findings, history, meter, refused
from extracts.narrow.history import History
from extracts.narrow.tokens import Persons
from extracts.selection import Commission
from ledger.engine import Connection
from ledger.store import Store
from register import strata
from register.query import Register, Selector, Statement, deliverable_rows, pool
from register.strata import Stratum

WHOLE = Stratum("register", "")


@dataclass(frozen=True)
class Asked:
    """An order about to be submitted or cut: for whom, the selection as judged, and its statement."""

    work: Commission
    selector: Selector
    statement: Statement
    fields: Sequence[str] | None = None
    order: str | None = None
    """None before it is recorded."""
    pool: pa.Table | None = None
    """The units eligible, when another rule than that of one order chose them."""


@dataclass(frozen=True)
class Review:
    """What is to be said of an order."""

    findings: Sequence[Finding]
    narrowness: meter.Narrowness
    tokens: bytes
    """Whom it would disclose, as manifest tokens."""
    pool: pa.Table
    """The units eligible for it (``register.query.pool``)."""
    history: History
    """What it rests on."""

    def check(self) -> None:
        """Raise ``Refused`` (order_too_large) for what nobody can approve."""
        stop = refused(self.findings)
        if stop is not None:
            raise Refused("order_too_large", **stop.figures)

    def unapproved(self, order: Mapping[str, Any]) -> list[str]:
        """Codes of what holds it and was not found when the order was submitted, or last approved."""
        known = {finding["code"] for finding in order["findings"]}
        return [one.code for one in self.findings if one.severity != "note" and one.code not in known]

    @property
    def documents(self) -> list[dict[str, Any]]:
        """The findings as the order keeps them."""
        return [finding.document() for finding in self.findings]


def review(store: Store, connection: Connection, register: Register, asked: Asked, *, planned: bool = True) -> Review:
    """Judge an order whose selection was just made on ``register``; ``connection`` reads the ledger.

    ``planned`` counts orders that may still be cut as if they were: not at the cut, where each takes its own turn.
    Raises ``StoreError`` (manifest_damaged).
    """
    recipient, party = asked.work.customer["customer"], asked.work.agreement["customer"]
    who = history.parties(connection, recipient=recipient, party=party)
    past = history.read(store, connection, who, planned=planned, but=asked.order)
    units = asked.pool if asked.pool is not None else pool(register, asked.selector, asked.statement)
    persons = pc.unique(units.filter(units["delivered"])["person"])
    fingerprint = store.key("fingerprint")
    tokens = strata.tokens(register, persons, fingerprint=fingerprint)
    mine = Persons.of(tokens, day=store.today().toordinal())
    sizes = strata.sizes(register)
    reading = read_meter(register, asked)
    facts = Facts(
        limits(store.settings),
        rows=asked.statement.to_deliver,
        register_rows=deliverable_rows(register),
        persons=len(persons),
        register_persons=sizes.get(WHOLE, 0),
        group=past.reach(who.group, mine),
        reseller=past.reach(who.reseller, mine) if who.reseller else None,
        circle=past.reach(who.circle, mine) if who.circle > who.group else None,
        pieces=past.pieces(asked.selector.criteria.document(), mine, order=asked.order),
        score=reading.score,
    )
    known = strata.linked(register, past.obtained(who.everybody).words, fingerprint=fingerprint)
    facts = replace(facts, parts=_parts(register, persons, known, sizes=sizes))
    return Review(findings(facts), reading, tokens, units, past)


def read_meter(register: Register, asked: Asked, *, facets: meter.Facets | None = None) -> meter.Narrowness:
    """How narrow a selection is; with ``facets`` the suggestions say what they would leave."""
    return meter.narrowness(
        meter.Asked(
            criteria=asked.selector.criteria.document(),
            subject=asked.work.campaign["subject"],
            channels=asked.work.campaign["channels"],
            rows=asked.statement.to_deliver,
            organisations=asked.statement.organisations,
            register_rows=deliverable_rows(register),
            fields=asked.fields,
            facets=facets or {},
        )
    )


def limits(settings: Settings) -> Limits:
    """The caps as the installation has them."""
    return Limits(
        rows=settings.row_cap,
        share_percent=settings.share_cap_percent,
        share_floor=settings.share_cap_floor,
        refused_percent=settings.share_refused_percent,
        year=settings.year_cap,
        year_percent=settings.year_share_percent,
        part_percent=settings.part_percent,
        part_floor=settings.part_floor,
    )


def _parts(register: Register, persons: pa.Array, known: pa.Array, *, sizes: Mapping[Stratum, int]) -> list[Part]:
    """The parts of the register that the order adds somebody to; ``known`` are the persons obtained before."""
    had = strata.spread(register, known)
    new = strata.spread(register, persons.filter(pc.invert(pc.is_in(persons, value_set=known))))
    return [
        Part(part.dimension, part.value, strata.label(register, part), sizes[part], had.get(part, 0), added)
        for part, added in new.items()
        if part != WHOLE
    ]
