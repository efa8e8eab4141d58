"""Invented organisations, a chunk at a time, as the rows of ``organisations.csv``."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from core.errors import InvalidInput
from register.sample.draw import Bools, Draw, Floats, Ints
from register.sample.naming import draw_names
from register.sample.places import Address, draw_box, draw_places, draw_visiting
from register.sample.text import Text, day, hashes, join, label, number, only, take
from register.sample.traits import INDUSTRY_VERSION, draw_traits, industry_codes

COLUMNS = (
    "business_id",
    "kind",
    "name",
    "parallel_names",
    "auxiliary_names",
    "form",
    "industry",
    "industry_version",
    "staff_class",
    "revenue_class",
    "visiting_street",
    "visiting_postcode",
    "visiting_city",
    "postal_street",
    "postal_postcode",
    "postal_city",
    "municipality",
    "phone",
    "fax",
    "website",
    "it_workstations",
    "it_servers",
    "it_erp",
    "source_date",
)
LEAST, MOST = 10, 3_500_000
HIGHEST_NUMBER, LOWEST_NUMBER = 9_899_999, 6_000_000
"""The Y-tunnus numbers dealt, from the top downwards. PRH is at about 3.6 million; seeds have 9 900 000 and above."""
SWITCHBOARD = "+35839"
"""Company numbers begin with 010, 020, 029, 030 or 075; no number in use begins with 039 and has eight digits more."""
_DOMAIN_BITS = 26
_CHECK_WEIGHTS = (7, 9, 10, 5, 8, 4, 2)


def business_ids(count: int) -> Text:
    """The first ``count`` Y-tunnus numbers with a check digit, from ``HIGHEST_NUMBER`` downwards.

    Raises ``InvalidInput`` (size_out_of_range) rather than go below ``LOWEST_NUMBER``.
    """
    span = min(count + count // 9 + 99, HIGHEST_NUMBER - LOWEST_NUMBER + 1)
    serial = HIGHEST_NUMBER - np.arange(span, dtype=np.int64)
    total = sum((serial // 10 ** (6 - place) % 10) * weight for place, weight in enumerate(_CHECK_WEIGHTS))
    check = np.where(total % 11 == 0, 0, 11 - total % 11)
    usable = np.flatnonzero(check < 10)[:count]
    if len(usable) < count:
        raise InvalidInput("size_out_of_range", field="organisations", least=LEAST, most=MOST)
    return join(number(serial[usable]), "-", number(check[usable]))


class Domains:
    """Deals each organisation a domain of its own under ``.example``.

    A label that was (or, by a hash collision, may have been) dealt before gets the organisation's serial number
    attached (``-y1665``, which no name gives). Memory is constant: one bit table, no list of names.
    """

    def __init__(self) -> None:
        self._dealt = np.zeros(1 << _DOMAIN_BITS, bool)

    def deal(self, labels: Text, serial: Ints) -> Text:
        slot = (hashes(labels) >> np.uint64(64 - _DOMAIN_BITS)).astype(np.int64)
        _, first = np.unique(slot, return_index=True)
        fresh: Bools = np.zeros(len(slot), bool)
        fresh[first] = True
        fresh &= ~self._dealt[slot]
        self._dealt[slot] = True
        return join(labels, only(~fresh, join("-y", number(serial))), ".example")


@dataclass(frozen=True)
class Organisations:
    """One chunk. ``table`` holds the file's columns as text; the rest is what their persons depend on."""

    table: pa.Table
    profile: Ints
    staff: Ints
    swedish: Bools
    swedish_share: Floats
    founder: Ints
    domain: Text
    post: Address
    """Where post reaches the organisation."""

    def __len__(self) -> int:
        return len(self.table)


def draw_organisations(draw: Draw, ids: Text, *, first: int, domains: Domains, as_of: int) -> Organisations:
    """As many organisations as ``ids``; ``first`` is the serial number of the first; ``as_of`` in days since 1970."""
    count = len(ids)
    serial = first + np.arange(count, dtype=np.int64)
    traits, places = draw_traits(draw, count), draw_places(draw, count)
    swedish = draw.chance(count, places.swedish_share)
    visiting = draw_visiting(draw, places, swedish=swedish)
    names = draw_names(draw, traits, places=places, visiting=visiting, swedish=swedish)
    domain = domains.deal(label(names.label_source), serial)
    boxed = draw.chance(count, np.where(traits.staff >= 3, 0.32, 0.08))
    post = visiting.unless(boxed, draw_box(draw, places, swedish=swedish))
    visited, posted = ~(boxed & draw.chance(count, 0.2)), boxed | draw.chance(count, 0.55)
    shown, sent = visiting.only(visited), post.only(posted)
    phoned = draw.chance(count, np.where(traits.staff >= 1, 0.9, 0.62))
    web = draw.chance(count, np.where(traits.staff >= 1, 0.88, 0.5))
    prefix = only(draw.chance(count, 0.8), "www.")
    table = pa.table(
        {
            "business_id": ids,
            "kind": traits.kind,
            "name": names.name,
            "parallel_names": names.parallel,
            "auxiliary_names": names.auxiliary,
            "form": traits.form_code,
            "industry": take(industry_codes(), names.industry),
            "industry_version": take((INDUSTRY_VERSION,), np.zeros(count, np.int64)),
            "staff_class": traits.staff_class,
            "revenue_class": traits.revenue_class,
            "visiting_street": shown.street,
            "visiting_postcode": shown.postcode,
            "visiting_city": shown.city,
            "postal_street": sent.street,
            "postal_postcode": sent.postcode,
            "postal_city": sent.city,
            "municipality": places.municipality,
            "phone": only(phoned, _switchboard(serial, 0)),
            "fax": only(draw.chance(count, 0.02), _switchboard(serial, 1)),
            "website": only(web, join("https://", prefix, domain)),
            "it_workstations": traits.workstations,
            "it_servers": traits.servers,
            "it_erp": traits.erp,
            "source_date": day(as_of - draw.below(count, 120)),
        }
    )
    return Organisations(
        table=table,
        profile=traits.profile,
        staff=traits.staff,
        swedish=swedish,
        swedish_share=places.swedish_share,
        founder=names.founder,
        domain=domain,
        post=post,
    )


def _switchboard(serial: Ints, line: int) -> Text:
    """Eight digits, different for every organisation and line."""
    return join(SWITCHBOARD, number((2 * serial + line) * 41_941_771 % 100_000_000, 8))
