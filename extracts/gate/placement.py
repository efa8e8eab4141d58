"""Placing seeds among the delivered rows so that they fit the selection and look like their neighbours (R038).

Neighbours are organisations of the extract, drawn by a keyed sampler; an organisation of seeds stands beside each, of
the same form and with as many rows.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from core.errors import Refused
from extracts.gate import seeds
from extracts.gate.clearing import industry_labels
from extracts.gate.fingerprint import Marker
from extracts.gate.seed_cells import Borne, own_cells
from extracts.gate.seed_names import NAMELESS, Called, called
from ledger import seeds as stock
from ledger.store import Store
from register.rows import Register

Seed = dict[str, Any]
_PERSON = ("first_name", "last_name", "email", "mobile")
"""Cells that a host brings; all that its organisation has is as its colleagues' rows have it."""
_SIZE = re.compile(r"(staff|revenue)_class$")
_ADDRESS = re.compile(r"(visiting|postal)_(street|postcode|city)$")
"""Cells of two other organisations than the neighbour's other cells: no row of the extract is the seed's double."""
_ORGANISATION = re.compile(
    r"(organisation|business|industry|phone|website|parallel|staff|revenue|size|visiting|postal)"
)
"""Cells of an organisation."""

_SPARE = 64
"""Candidates looked at per seed needed; the choice among them is keyed, so that two cuts seldom want the same."""
_LARGEST = 4
"""Organisations of so many rows or more are alike in size."""


@dataclass(frozen=True)
class Placed:
    """A seed and the rows it is dressed like, by place. Of a host ``size`` and ``address`` are of its colleague."""

    seed: Seed
    like: int
    size: int
    address: int


@dataclass(frozen=True)
class _Organisation:
    """An organisation of the extract and the places of its rows."""

    unit: str
    called: Called
    places: Sequence[int]

    @property
    def kin(self) -> tuple[Any, int]:
        """Form and size: what organisations have in common that may stand for each other."""
        return self.called.style, min(len(self.places), _LARGEST)


def choose(
    store: Store, register: Register, *, delivered: pa.Table, known: pa.Table, wanted: int, marker: Marker
) -> list[Placed]:
    """So many unused seeds for an extract; one that equals somebody in the snapshot is retired (T10).

    A host is taken where its organisation has rows ``delivered``; else seeds of the stock that fit, and where none
    does, some made to fit. ``known`` are the rows of the pool with ``business_id`` and ``company_unit``. Raises
    ``Refused`` (seeds_exhausted) when there are too few and none may be made.
    """
    if not wanted:
        return []
    found = _organisations(delivered)
    foreign = seeds.company_words(register) - {word for one in found for word in one.called.core}
    while True:
        with store.ledger.read() as connection:
            ready = stock.ready(connection, today=store.today(), limit=wanted * _SPARE)
        hosts = _hosts(found, ready, known=known, marker=marker)[:wanted]
        neighbours = _neighbours(found, wanted - len(hosts), marker=marker)
        groups = _grouped([seed for seed in ready if seed["kind"] != "host"], marker=marker)
        usable = len(hosts) + sum(map(len, groups))
        if usable < wanted and not store.settings.seed_autofill:
            raise Refused("seeds_exhausted", ready=usable, needed=wanted)
        opened: set[int] = set()
        taken = [_fitting(groups, one, foreign=foreign, opened=opened) for one in neighbours]
        chosen = [*(host.seed for host in hosts), *(seed for group in taken for seed in group)]
        collided = seeds.collisions(register, chosen) if chosen else frozenset()
        if not collided:
            break
        with store.write() as tx:
            stock.retire(tx, sorted(collided), reason="equals the register")
    lacking = [place for place, group in enumerate(taken) if not group]
    if lacking and store.settings.seed_autofill:
        positions, names = delivered["position"], [one.called.name for one in found]
        beside = [positions.take(pa.array(neighbours[place].places)).to_pylist() for place in lacking]
        for place, group in zip(lacking, seeds.make_beside(store, register, beside, names=names), strict=True):
            taken[place] = group
    for place in lacking:
        taken[place] = taken[place] or _any(groups, neighbours[place])
    return hosts + [
        Placed(seed, like, size, address)
        for one, group in zip(neighbours, taken, strict=True)
        for seed, like, size, address in zip(group, one.places, *_elsewhere(one, found, marker=marker), strict=True)
    ]


def dress(
    rows: pa.Table,
    chosen: Sequence[Placed],
    *,
    marker: Marker,
    known: pa.Table,
    criteria: Mapping[str, Any] | None = None,
) -> pa.Table:
    """Rows for the seeds in the schema of ``rows`` (the delivered ones), plus ``seed TEXT``; ``known`` as for
    :func:`choose`, ``criteria`` are the order's.

    Each takes the cells of the rows it is placed beside, and its own names and addresses; a cell blank there is blank
    here.
    """
    ids = pa.array([one.seed["seed"] for one in chosen], pa.string())
    numbers = [one.seed["business_id"] for one in chosen]
    made = {
        name: rows[name].take(pa.array([_place(one, name) for one in chosen], pa.int64())) for name in rows.column_names
    }
    cells = [{name: column[place].as_py() for name, column in made.items()} for place in range(len(chosen))]
    borne = Borne(rows, criteria=criteria)
    for one, dressed in zip(chosen, cells, strict=True):
        if one.seed["kind"] == "host":
            dressed.update({name: one.seed[name] for name in _PERSON if dressed.get(name) is not None})
        else:
            dressed.update(own_cells(dressed, one.seed, borne=borne, key=marker.placing_key))
            dressed.update(_sourced(dressed))
    made = {name: pa.array([one[name] for one in cells], rows.schema.field(name).type) for name in rows.column_names}
    own = pa.array([one.seed["kind"] != "host" for one in chosen], pa.bool_())
    if "parallel_names" in made:  # an invented organisation has one name
        made["parallel_names"] = pc.if_else(own, None, made["parallel_names"])
    if "position" in made:  # it is nobody in the register
        made["position"] = pa.nulls(len(chosen), rows.schema.field("position").type)
    if "industry_label" in made:
        made["industry_label"] = industry_labels(pa.table({n: made[n] for n in ("industry", "industry_version")}))
    made["unit"] = ids
    made["company_unit"] = company_units(numbers, ids.to_pylist(), known=known)
    return pa.table(made, schema=rows.schema).append_column("seed", ids)


def _sourced(dressed: Mapping[str, Any]) -> dict[str, Any]:
    """Sources and days of cells that the neighbour has not: as its organisation's are, for one row has one source."""
    return {
        f"{group}_{what}": dressed[f"organisation_{what}"]
        for group in ("size", "visiting", "postal")
        for what in ("source", "date")
        if f"{group}_{what}" in dressed and dressed[f"{group}_{what}"] is None
    }


def _place(one: Placed, name: str) -> int:
    """The row that a seed has this cell from."""
    if one.seed["kind"] == "host":
        return one.address if _ORGANISATION.match(name) else one.like
    return one.size if _SIZE.match(name) else one.address if _ADDRESS.match(name) else one.like


def _organisations(rows: pa.Table) -> list[_Organisation]:
    names, places = {}, dict[str, list[int]]()
    for place, (unit, name) in enumerate(
        zip(rows["company_unit"].to_pylist(), rows["organisation_name"].to_pylist(), strict=True)
    ):
        names[unit] = name
        places.setdefault(unit, []).append(place)
    return [_Organisation(unit, called(name or NAMELESS), places[unit]) for unit, name in names.items()]


def _draw(marker: Marker, text: str) -> float:
    """A keyed number in (0, 1]."""
    return (int.from_bytes(marker.placing_key.mac(text.encode())[:7]) + 1) / (1 << 56)


def _neighbours(found: Sequence[_Organisation], wanted: int, *, marker: Marker) -> list[_Organisation]:
    """Organisations with as many rows together as seeds are ``wanted``, each with the rows that are looked at.

    One of more rows than there are seeds is drawn as much more often: so each size has its share of the rows.
    """

    def turn(one: _Organisation) -> float:
        weight = max(1.0, len(one.places) / wanted)
        return -math.log(_draw(marker, f"neighbour:{one.unit}")) / weight

    drawn, left = list[_Organisation](), wanted
    while left:  # more than once where there are fewer rows than seeds
        for one in sorted(found, key=turn):
            rows = sorted(one.places, key=lambda place: _draw(marker, f"row:{place}"))[:left]
            if rows:
                drawn.append(_Organisation(one.unit, one.called, rows))
                left -= len(rows)
    return drawn


def _elsewhere(
    neighbour: _Organisation, found: Sequence[_Organisation], *, marker: Marker
) -> tuple[list[int], list[int]]:
    """Rows for the size, of an organisation of the neighbour's form and size, and for the address, of one of its form:
    two others, where there are some."""
    left, drawn = [one for one in found if one.unit != neighbour.unit], []
    for what in ("size", "address"):
        alike = [one for one in left if one.called.style == neighbour.called.style]
        if what == "size":
            alike = [one for one in alike if one.kin == neighbour.kin] or alike
        one = min(alike, key=lambda one: _draw(marker, f"{what}:{neighbour.unit}:{one.unit}"), default=neighbour)
        left = [other for other in left if other is not one]
        drawn.append([one.places[turn % len(one.places)] for turn in range(len(neighbour.places))])
    return drawn[0], drawn[1]


def _hosts(found: Sequence[_Organisation], ready: Sequence[Seed], *, known: pa.Table, marker: Marker) -> list[Placed]:
    """Hosts whose organisation has rows, each beside a row of somebody else's organisation for what a person does."""
    units = dict(zip(known["business_id"].to_pylist(), known["company_unit"].to_pylist(), strict=True))
    at = {one.unit: one for one in found}
    placed = []
    for host in ready:
        own = at.get(units.get(host["business_id"], "")) if host["kind"] == "host" else None
        if own is None:
            continue
        others = [one for one in found if one is not own and one.called.style == own.called.style] or [own]
        like = min(others, key=lambda one: _draw(marker, f"host:{host['seed']}:{one.unit}"))
        placed.append(Placed(host, like.places[0], own.places[0], own.places[0]))
    return placed


def _grouped(ready: Sequence[Seed], *, marker: Marker) -> list[list[Seed]]:
    """Seeds of one organisation together, in a keyed order."""
    groups: dict[str, list[Seed]] = {}
    for seed in ready:
        groups.setdefault(seed["business_id"], []).append(seed)
    return [groups[number] for number in sorted(groups, key=lambda number: _draw(marker, f"taken:{number}"))]


def _fitting(
    groups: Sequence[list[Seed]], neighbour: _Organisation, *, foreign: frozenset[str], opened: set[int]
) -> list[Seed]:
    """Takes from ``groups`` an organisation of the neighbour's form, with people enough and no word that the register
    has and the extract has not; the one that leaves the fewest over. Empty: there is none. What is left over stands
    beside no other neighbour."""
    rows = len(neighbour.places)
    fit = []
    for group in groups:
        if len(group) >= rows and id(group) not in opened:
            name = called(group[0]["organisation_name"])
            if name.style == neighbour.called.style and foreign.isdisjoint(name.core):
                fit.append(group)
    if not fit:
        return []
    best = min(fit, key=len)
    opened.add(id(best))
    taken = best[:rows]
    del best[:rows]
    return taken


def _any(groups: Sequence[list[Seed]], neighbour: _Organisation) -> list[Seed]:
    """Takes as many seeds of whatever organisations there are, those of the neighbour's form first."""
    style = neighbour.called.style
    left = [group for group in groups if group]
    left.sort(key=lambda group: called(group[0]["organisation_name"]).style != style)
    taken: list[Seed] = []
    for group in left:
        more = group[: len(neighbour.places) - len(taken)]
        del group[: len(more)]
        taken += more
    return taken


def company_units(numbers: Sequence[str | None], ids: Sequence[str], *, known: pa.Table) -> pa.Array:
    """The unit whose marks a seed's company shows, so that all rows of one company look alike: that of the company's
    rows where it is ``known``, else one of the company's number, which stays whoever of its seeds leaves; the seed's
    own where it has none."""
    given = pa.array(numbers, pa.string())
    found = pc.index_in(given, known["business_id"].combine_chunks())
    invented = pc.binary_join_element_wise("company", given, " ")
    return pc.coalesce(known["company_unit"].combine_chunks().take(found), invented, pa.array(ids, pa.string()))
