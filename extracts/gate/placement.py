"""Placing seeds among the delivered rows so that they fit the selection and look like their neighbours (R038)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from core.errors import Refused
from extracts.gate import seeds
from extracts.gate.fingerprint import Marker
from ledger import seeds as stock
from ledger.store import Store
from register.rows import Register

_OWN = {
    "organisation_name": "organisation_name",
    "business_id": "business_id",
    "visiting_street": "street",
    "postal_street": "street",
    "organisation_phone": "phone",
    "website": "website",
    "first_name": "first_name",
    "last_name": "last_name",
    "email": "email",
    "mobile": "mobile",
}
"""Cells that a seed brings itself; all others are its neighbour's, and a cell blank there is blank here."""

_COMPANY = r"(?i) oy$"
_PROPERTY = r"(?i)^(as|asunto|kiinteistö|bostads|fastighets)\b"
_NUMBER = re.compile(r"[1-9]\d*")
_WEB_STYLE = re.compile(r"(https?://)?(www\.)?")

_SPARE = 64
"""Candidates looked at per seed needed; the choice among them is keyed, so that two cuts seldom want the same."""


def choose(store: Store, register: Register, *, wanted: int, marker: Marker) -> list[dict[str, Any]]:
    """So many unused seeds for an extract; one that equals somebody in the snapshot is retired (T10).

    Raises ``Refused`` (seeds_exhausted) when the stock is too small and may not be filled automatically.
    """
    key = marker.placing_key
    filled = False
    while True:
        with store.ledger.read() as connection:
            candidates = stock.ready(connection, today=store.today(), limit=wanted * _SPARE)
        candidates.sort(
            key=lambda seed: (key.mac(seed["business_id"].encode()), seed["seed"])
        )  # of one company together
        chosen = candidates[:wanted]
        collided = seeds.collisions(register, chosen) if chosen else frozenset()
        if collided:
            with store.write() as tx:
                stock.retire(tx, sorted(collided), reason="equals the register")
        elif len(chosen) == wanted:
            return chosen
        elif store.settings.seed_autofill and not filled:
            seeds.stock_fictitious(store, seeds.FIRST_STOCK + wanted, register)
            filled = True
        else:
            raise Refused("seeds_exhausted", ready=len(chosen), needed=wanted)


def dress(rows: pa.Table, chosen: list[dict[str, Any]], *, marker: Marker, known: pa.Table) -> pa.Table:
    """Rows for the seeds in the schema of ``rows`` (the delivered ones), plus ``seed TEXT``; ``known`` are the rows of
    the pool with ``business_id`` and ``company_unit``.

    Each takes the cells of a neighbour drawn by a keyed sampler, and its own name, company, street and addresses.
    """
    dressed = rows.take(pa.array(_neighbours(rows, chosen, marker=marker), pa.int64()))
    ids = pa.array([seed["seed"] for seed in chosen], pa.string())
    for name in rows.column_names:
        if name == "unit":
            column = ids
        elif name == "company_unit":
            column = company_units([seed["business_id"] for seed in chosen], ids.to_pylist(), known=known)
        elif name in _OWN:
            own = [seed[_OWN[name]] for seed in chosen]
            if name in ("visiting_street", "postal_street"):
                likes = dressed[name].to_pylist()
                own = [
                    street if seed["kind"] == "host" else _street(like, marker=marker, company=seed["business_id"])
                    for street, like, seed in zip(own, likes, chosen, strict=True)
                ]
            if name == "website":
                own = [_web(site, like) for site, like in zip(own, dressed[name].to_pylist(), strict=True)]
            column = pc.if_else(pc.is_valid(dressed[name]), pa.array(own, pa.string()), None)
        elif name in ("position", "parallel_names"):  # it is nobody in the register, its company has one name
            column = pa.nulls(len(chosen), rows.schema.field(name).type)
        else:
            continue
        dressed = dressed.set_column(rows.column_names.index(name), rows.schema.field(name), column)
    return dressed.append_column("seed", ids)


def _neighbours(rows: pa.Table, chosen: Sequence[Mapping[str, Any]], *, marker: Marker) -> list[int]:
    """A row for each seed; those of one company get different rows of one company, as long as it has them."""
    places, found = _likely(rows), []
    numbers = rows["business_id"].to_pylist() if "business_id" in rows.column_names else [None] * len(rows)
    together: dict[Any, list[int]] = {}
    for place in places:
        together.setdefault(numbers[place] or place, []).append(place)
    taken: Counter[str] = Counter()
    for seed in chosen:
        draw = int.from_bytes(marker.placing_key.mac(f"neighbour:{seed['business_id']}".encode())[:8]) % len(places)
        mates = together[numbers[places[draw]] or places[draw]]
        found.append(mates[(mates.index(places[draw]) + taken[seed["business_id"]]) % len(mates)])
        taken[seed["business_id"]] += 1
    return found


def company_units(numbers: Sequence[str | None], ids: Sequence[str], *, known: pa.Table) -> pa.Array:
    """The unit whose marks a seed's company shows: that of the company's rows where it is ``known``, so that all rows
    of one company look alike, else the seed's own."""
    found = pc.index_in(pa.array(numbers, pa.string()), known["business_id"].combine_chunks())
    return pc.coalesce(known["company_unit"].combine_chunks().take(found), pa.array(ids, pa.string()))


def _likely(rows: pa.Table) -> list[int]:
    """Rows that an invented limited company can stand beside: other limited companies that do not just own a house."""
    names = rows["organisation_name"]
    likely = pc.and_not(pc.match_substring_regex(names, _COMPANY), pc.match_substring_regex(names, _PROPERTY))
    return list(pc.indices_nonzero(likely).to_pylist()) or list(range(len(rows)))


def _street(like: str | None, *, marker: Marker, company: str) -> str | None:
    """The neighbour's street or box with other numbers: written as addresses there are, and not the neighbour's own.
    Where post goes where visitors go, it does so here."""
    digits = iter(marker.placing_key.mac(f"street:{company}:{like}".encode()))
    return like and _NUMBER.sub(lambda number: _renumbered(number.group(), draw=next(digits, 7)), like)


def _renumbered(number: str, *, draw: int) -> str:
    """Another number of as many digits."""
    least = 10 ** (len(number) - 1)
    span = 9 * least
    return str(least + (int(number) - least + 1 + draw % max(1, span - 1)) % span)


def _web(site: str | None, like: str | None) -> str | None:
    """A site written as the neighbour's is: with or without ``https://`` and ``www.``."""
    style = _WEB_STYLE.match(like or "")
    return site and f"{style.group() if style else ''}{site.removeprefix('www.')}"
