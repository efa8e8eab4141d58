"""Invented persons and their positions, for one chunk of organisations, as the rows of ``positions.csv``."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from register.sample.draw import GOLDEN, Bools, Draw, Floats, Grouped, Ints
from register.sample.organisations import Organisations
from register.sample.people import People, draw_people
from register.sample.text import Text, day, join, number, only, take, when
from register.sample.titles import draw_duties, duty_group
from register.sample.traits import Profile

COLUMNS = (
    "source_id",
    "business_id",
    "first_name",
    "last_name",
    "title",
    "responsibilities",
    "purchasing",
    "level",
    "email",
    "mobile",
    "postal_street",
    "postal_postcode",
    "postal_city",
    "started",
    "verified",
    "notified",
    "source_date",
)
MOBILE = ("+35847", "+35848")
"""No operator has the series 047 and 048; eight digits more is one more than Finnish mobile numbers have."""

_MICRO = (((1, 36), (2, 26), (3, 19), (4, 12), (5, 7)), ((1, 85), (2, 15)))
"""Seats and weights in the smallest class: usual, sole traders."""
_FEWEST = (1, 1, 2, 3, 5, 8, 14, 20, 30)
_MOST = (5, 6, 9, 14, 21, 30, 44, 60, 100)
_FOUNDERS = 0.8
"""Share of small firms named after a family whose head is of that family."""
_SAME_NAME = 0.003
_GUESTS_ON_BOARDS = 0.3
_MOBILE_STEP = 41_941_771


@dataclass(frozen=True)
class Positions:
    """One chunk. ``table`` holds the file's columns as text."""

    table: pa.Table
    organisation: Ints
    """Index into the chunk's organisations."""
    owner: Bools
    """The person's first position; the other positions of a person are not."""
    persons: int

    def __len__(self) -> int:
        return len(self.table)


def draw_positions(
    draw: Draw, organisations: Organisations, *, first_position: int, first_person: int, as_of: int
) -> Positions:
    """The positions of a chunk's organisations; serial numbers go on from the given ones."""
    organisation, rank = _seats(draw, organisations)
    count = len(organisation)
    spread = (draw.unit(len(organisations))[organisation] + rank * GOLDEN) % 1.0
    spread = np.where(rank == 0, draw.unit(count), spread)
    group = duty_group(organisations.profile, organisations.staff)[organisation]
    swedish = organisations.swedish[organisation]
    duties = draw_duties(draw, group=group, rank=rank, spread=spread, swedish=swedish)
    who = _holders(draw, organisation, rank, duties.board)
    owner = who == np.arange(count)
    people = _people(draw, organisations, organisation=organisation, rank=rank, swedish=swedish)
    people, person = people.taken(who), first_person + (np.cumsum(owner) - 1)[who]
    email = _emails(draw, organisations, people, organisation=organisation, who=who)
    started, verified, notified = _dates(draw, count, as_of)
    posted = draw.chance(count, 0.3)
    table = pa.table(
        {
            "source_id": join("P", number(first_position + np.arange(count, dtype=np.int64), 8)),
            "business_id": take(organisations.table["business_id"].combine_chunks(), organisation),
            "first_name": people.first_names,
            "last_name": people.last_names,
            "title": duties.title,
            "responsibilities": duties.responsibilities,
            "purchasing": duties.purchasing,
            "level": duties.level,
            "email": email,
            "mobile": only(draw.chance(count, 0.78)[who], _mobile(person)),
            "postal_street": only(posted, take(organisations.post.street, organisation)),
            "postal_postcode": only(posted, take(organisations.post.postcode, organisation)),
            "postal_city": only(posted, take(organisations.post.city, organisation)),
            "started": day(started),
            "verified": day(verified),
            "notified": only(~draw.chance(count, 0.02), day(notified)),
            "source_date": day(verified),
        }
    )
    return Positions(table=table, organisation=organisation, owner=owner, persons=int(owner.sum()))


def _seats(draw: Draw, organisations: Organisations) -> tuple[Ints, Ints]:
    """Organisation and rank of every position; larger organisations have more."""
    staff = organisations.staff
    unit = draw.unit(len(staff))
    fewest, most = np.array(_FEWEST)[staff], np.array(_MOST)[staff]
    seats = np.where(
        staff == 0,
        Grouped(_MICRO).at((organisations.profile == Profile.TRADER).astype(np.int64), unit),
        fewest + (unit * (most - fewest + 1)).astype(np.int64),
    )
    organisation = np.repeat(np.arange(len(staff), dtype=np.int64), seats)
    return organisation, np.arange(len(organisation)) - np.repeat(np.cumsum(seats) - seats, seats)


def _holders(draw: Draw, organisation: Ints, rank: Ints, board: Bools) -> Ints:
    """The position whose person holds each position: its own, or for some board seats another organisation's head."""
    count = len(organisation)
    heads = np.flatnonzero(rank == 0)
    candidate = heads[draw.below(count, len(heads))]
    guest = board & (rank > 0) & draw.chance(count, _GUESTS_ON_BOARDS) & (organisation[candidate] != organisation)
    return np.where(guest, candidate, np.arange(count))


def _people(draw: Draw, organisations: Organisations, *, organisation: Ints, rank: Ints, swedish: Bools) -> People:
    """A person for every position: the founder's family at the head of small firms, now and then a namesake."""
    share = np.where(swedish, 0.85, np.minimum(organisations.swedish_share[organisation], 0.2))
    people = draw_people(draw, share)
    count = len(rank)
    founder = organisations.founder[organisation]
    family = (
        (founder >= 0)
        & (rank <= 1)
        & (organisations.staff[organisation] < 3)
        & draw.chance(count, np.where(rank == 0, _FOUNDERS, 0.3))
    )
    last, second = np.where(family, founder, people.last), np.where(family, -1, people.second)
    namesake = (rank > 0) & draw.chance(count, _SAME_NAME)
    source = np.arange(count) - namesake
    return People(people.first[source], last[source], second[source])


def _emails(draw: Draw, organisations: Organisations, people: People, *, organisation: Ints, who: Ints) -> Text:
    """``etunimi.sukunimi@``; a second person of that name gets a 2; some share a mailbox, some have none.

    A guest keeps the address of their own organisation or has one here."""
    count = len(organisation)
    key = (organisation << 46) + people.key
    order = np.argsort(key, kind="stable")
    fresh = np.concatenate(([True], np.diff(key[order]) != 0))
    place = np.arange(count) - np.maximum.accumulate(np.where(fresh, np.arange(count), 0))
    nth = np.empty(count, np.int64)
    nth[order] = place
    domain = take(organisations.domain, organisation)
    own = join(people.mailbox, only(nth > 0, number(nth + 1)), "@", domain)
    guest = who != np.arange(count)
    address = when(guest & draw.chance(count, 0.6), take(own, who), own)
    shared, public = draw.chance(count, 0.025), organisations.profile[organisation] >= Profile.MUNICIPALITY
    box = when(
        public,
        take(("kirjaamo", "info"), draw.below(count, 2)),
        take(("info", "myynti", "toimisto", "laskutus"), draw.below(count, 4)),
    )
    address = when(shared, join(box, "@", domain), address)
    return only(~draw.chance(count, 0.13), address)


def _mobile(person: Ints) -> Text:
    """A number of their own for each person: a permutation of the eight-digit numbers, two series."""
    return join(take(MOBILE, person % 2), number((person // 2 * _MOBILE_STEP + 12_345_678) % 100_000_000, 8))


def _dates(draw: Draw, count: int, as_of: int) -> tuple[Ints, Ints, Ints]:
    """Started, verified, notified, in days. Six in a hundred were verified over a year ago, two in a hundred
    notified within the last fortnight."""
    stale = draw.chance(count, 0.06)
    verified = as_of - np.where(stale, 370 + draw.below(count, 500), 1 + draw.below(count, 300))
    tenure: Floats = draw.unit(count)
    started = verified - 20 - (tenure * tenure * 7000).astype(np.int64)
    late = draw.chance(count, 0.02)
    notified = as_of - np.where(late, draw.below(count, 14), 20 + draw.below(count, 700))
    return started, verified, notified
