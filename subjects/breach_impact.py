"""Whom a breach hit: from an extract, a customer, an account, a node or a window to persons, fields, recipients (R093).

Counted from the manifests, which hold exactly what was delivered: withheld rows and seeds are not in the answer, and a
ban or a restriction takes nobody out of it. Nothing here returns a name or an address.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from core.errors import InvalidInput, NotFound, StoreError
from core.files import sha256_file
from extracts.gate import minimise
from ledger import bans, breaches, cuts, disclosures, exposure
from ledger.disclosures import Disclosure
from ledger.store import Store
from register.persons import everybody, persons_of_tokens
from register.query import open_register
from schemas.register import POSITIONS

NOT_PERSONAL = frozenset({"file", "row", "name_fold", "source_id", "source_date"})
"""Columns of an accepted position row that are the register's own housekeeping."""


@dataclass(frozen=True)
class Scope:
    """What may have got into wrong hands. Several parts add up; the window narrows accounts and customers."""

    extracts: tuple[str, ...] = ()
    customers: tuple[str, ...] = ()
    """All that these recipients, or end customers of these resellers, were given."""
    accounts: tuple[str, ...] = ()
    """All that these logins released, handed over or looked at."""
    node: str | None = None
    """A machine that held the whole register."""
    since: datetime | None = None
    until: datetime | None = None

    @property
    def empty(self) -> bool:
        return self == Scope()

    def document(self) -> dict[str, Any]:
        """As the ledger keeps it."""
        plain = {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}
        return {
            name: value.isoformat() if isinstance(value, datetime) else value for name, value in plain.items() if value
        }


@dataclass(frozen=True)
class Impact:
    """What Art. 33(3)(a) asks for, and whom to write to."""

    persons: pa.Array
    """Register ids, ascending: those to whom a row leads today."""
    unidentified: int
    """Persons in the manifests to whom nothing leads any more: erased, or the link has run out (R072)."""
    rows: int
    """Records concerned: delivered rows, or positions of the register."""
    seeds: int
    """Seeds in the same files, not counted in anything above (R038)."""
    held_back: int
    """How many of the persons are under a ban, erasure or restriction now; they are told like everybody."""
    fields: tuple[str, ...]
    recipients: tuple[Mapping[str, Any], ...]
    extracts: tuple[str, ...]
    seconds: float = field(compare=False)

    @property
    def count(self) -> int:
        """Persons concerned (Art. 33(3)(a))."""
        return len(self.persons) + self.unidentified

    def document(self) -> dict[str, Any]:
        """Counts and ids of customers and extracts; no person."""
        return {
            "persons": self.count,
            "identified": len(self.persons),
            "unidentified": self.unidentified,
            "rows": self.rows,
            "seeds_excluded": self.seeds,
            "held_back": self.held_back,
            "fields": list(self.fields),
            "recipients": [dict(one) for one in self.recipients],
            "extracts": list(self.extracts),
            "seconds": round(self.seconds, 2),
        }


def impact(store: Store, scope: Scope) -> Impact:
    """The exact set of persons, fields and recipients of a scope.

    Raises ``InvalidInput`` (value_missing) for an empty scope, ``NotFound`` (extract_unknown, customer_unknown),
    ``StoreError`` (manifest_damaged) when a manifest is missing or was changed.
    """
    started = time.monotonic()
    if scope.empty:
        raise InvalidInput("value_missing", field="extract, customer, account, node or window")
    with store.ledger.read() as connection:
        concerned, seen = _concerned(connection, scope)
        seeds = exposure.seeds_in(connection, [one.extract for one in concerned])
        former = exposure.former_tokens(connection)
        blocked = bans.blocked(connection, channels=None)
    tokens, rows, unlinked = _delivered(store, concerned)
    persons, found, whole = _persons(store, tokens, former, whole=scope.node is not None)
    persons = pc.unique(pa.concat_arrays([persons, pa.array(seen, pa.int32())]))
    persons = persons.take(pc.sort_indices(persons))
    fields = {name for one in concerned for name in minimise.columns(one.channels, one.fields)} - minimise.ALWAYS
    if whole is not None or seen:
        fields |= set(POSITIONS.names) - NOT_PERSONAL
    return Impact(
        persons=persons,
        unidentified=len(tokens) - found + unlinked,
        rows=rows + unlinked + (whole or 0),
        seeds=seeds,
        held_back=pc.sum(pc.is_in(persons, value_set=blocked.persons)).as_py() or 0,
        fields=tuple(sorted(fields)),
        recipients=_recipients(concerned),
        extracts=tuple(one.extract for one in concerned),
        seconds=time.monotonic() - started,
    )


def record_impact(store: Store, breach: str, scope: Scope) -> Impact:
    """Take the impact and keep it with the breach: scope, counts, and whom to write to (Art. 33(5), 34).

    A second taking replaces the first; persons already written to stay. Raises as :func:`impact`, and ``NotFound``.
    """
    taken = impact(store, scope)
    with store.write() as tx:
        case = breaches.locked(tx, breach)
        breaches.change(tx, breach, values={"scope": scope.document(), "impact": taken.document()})
        letter = "due" if case["risk"] == "high" else "none"
        exposure.set_persons(tx, breach, persons=taken.persons.to_pylist(), letter=letter)
        counts = {"persons": taken.count, "rows": taken.rows, "extracts": len(taken.extracts)}
        breaches.note(tx, breach, event="impact_taken", ids=counts)
    return taken


def _concerned(connection: Any, scope: Scope) -> tuple[list[Disclosure], list[int]]:
    """The extracts of a scope, and the persons whom its accounts looked at."""
    window = {"since": scope.since, "until": scope.until}
    for extract in scope.extracts:
        cuts.extract(connection, extract)
    everything = disclosures.disclosures(connection)
    handled = {one for account in scope.accounts for one in exposure.handled_by(connection, account, **window)}
    seen = sorted({one for account in scope.accounts for one in exposure.consulted_by(connection, account, **window)})
    bounded = scope.since is not None or scope.until is not None
    within = set(exposure.delivered_within(connection, **window)) if bounded else None
    for customer in scope.customers:
        if not any(customer in (one.customer, one.reseller) for one in everything):
            raise NotFound("customer_unknown", customer=customer)
    named = scope.extracts or scope.customers or scope.accounts or scope.node
    concerned = [
        one
        for one in everything
        if one.extract in scope.extracts
        or one.extract in handled
        or (
            (one.customer in scope.customers or one.reseller in scope.customers or not named)
            and (within is None or one.extract in within)
        )
    ]
    return concerned, seen


def _delivered(store: Store, concerned: Sequence[Disclosure]) -> tuple[pa.Array, int, int]:
    """Distinct person tokens of the delivered rows, how many rows they are, how many more name nobody now (R072)."""
    tokens, rows = [pa.array([], pa.binary())], 0
    with store.ledger.read() as connection:
        known = {one.extract: cuts.extract(connection, one.extract) for one in concerned}
    for one in concerned:
        path = store.path(one.manifest)
        if not path.is_file() or sha256_file(path) != known[one.extract]["manifest_sha256"]:
            raise StoreError("manifest_damaged", extract=one.extract)
        table = pq.read_table(path, columns=["number", "person"])
        delivered = table.filter(pc.is_valid(table["number"]))
        rows += len(delivered)
        tokens.append(pc.unique(delivered["person"]).cast(pa.binary()))
    unlinked = sum(
        row["persons"] - (row["links_kept"] or 0) for row in known.values() if row["unlinked_at"] is not None
    )
    return pc.unique(pa.concat_arrays(tokens)), rows, unlinked


def _persons(store: Store, tokens: pa.Array, former: pa.Table, *, whole: bool) -> tuple[pa.Array, int, int | None]:
    """Register ids behind the tokens, how many tokens lead to somebody, and the positions of a whole register."""
    if not len(tokens) and not whole:
        return pa.array([], pa.int32()), 0, None
    key = store.key("fingerprint").derive("link")
    with open_register(store, holder="breach impact") as register:
        persons, found = persons_of_tokens(register, tokens, former=former, link_key=key)
        positions = None
        if whole:
            positions = int(register.meta["positions"])
            persons = pa.concat_arrays([persons, everybody(register)])
    return persons, found, positions


def _recipients(concerned: Sequence[Disclosure]) -> tuple[dict[str, Any], ...]:
    """Recipients by name, each with its extracts and when it first had them."""
    found: dict[str, dict[str, Any]] = {}
    for one in concerned:
        recipient = found.setdefault(
            one.customer,
            {"customer": one.customer, "name": one.customer_name, "business_id": one.business_id, "extracts": []},
        )
        first = one.delivered_at.isoformat() if one.delivered_at else None
        recipient["extracts"].append({"extract": one.extract, "campaign": one.campaign, "delivered_at": first})
    return tuple(found.values())
