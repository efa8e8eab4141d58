"""Random lives of orders on the sample register, and a slow model that says what may never happen in them.

A history is a year in small: two customers of one group, one on its own, a reseller with two end customers, their
agreements and campaigns with random windows; then orders, approvals, cuts, deliveries, bans, closed campaigns and the
passing of time, in any order. The model keeps plain sets of persons and looks at every file that is handed over.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from core.clock import day_start, helsinki_day
from core.errors import InvalidInput, RajausError
from extracts.count import count
from extracts.cut import cut
from extracts.deliver import deliver
from extracts.orders import decide, place
from ledger import customers, messages
from ledger.store import Store, open_store
from register.snapshot import kept_open
from schemas.criteria import parse_criteria
from subjects.bans import BanRequest, add_ban
from tests.published import Rows, read_csv

BEGIN = datetime(2026, 11, 23, 8, tzinfo=UTC)
_SUBJECTS = ("GM", "IT", "FIN", "SAL", "MKT")
_STEPS = (
    "place", "place", "place", "approve", "approve", "cut", "cut", "cut", "deliver", "deliver", "ban", "wait", "wait",
    "close", "reopen", "acknowledge",
)  # fmt: skip

_IDS = ("6000001-0", "6000002-9", "6000003-7", "6000004-5", "6000005-3", "6000006-1")

Person = tuple[str, str, str]
"""First name, last name, business id: whom a row is about."""


@dataclass
class Life:
    """What the model knows of one order."""

    order: str
    campaign: str
    criteria: dict[str, Any]
    state: str
    ordered: int
    """Rows that the order stated: never more are cut, whoever may be delivered by then."""
    approved: bool = False
    extract: str | None = None
    persons: frozenset[Person] = frozenset()


@dataclass
class History:
    """One random history; ``seen`` counts what happened in it."""

    store: Store
    draw: random.Random
    people: Rows
    register: frozenset[str]
    now: datetime = BEGIN
    seen: Counter[str] = field(default_factory=Counter)
    lives: list[Life] = field(default_factory=list)
    banned: dict[Person, datetime] = field(default_factory=dict)
    obtained: dict[str, set[Person]] = field(default_factory=dict)
    """Per group, and per reseller: whom it got."""
    owners: dict[str, list[str]] = field(default_factory=dict)
    """Campaign to the groups and resellers that get what is cut for it."""
    windows: dict[str, tuple[date, date, date, date]] = field(default_factory=dict)
    """Campaign to its own first and last day, and its agreement's."""
    closed: set[str] = field(default_factory=set)
    buyers: list[str] = field(default_factory=list)
    sellers: list[tuple[str, str | None, tuple[date, date], list[str]]] = field(default_factory=list)
    """Under what a campaign may be opened: agreement, end customer, window, the groups and resellers it is for."""

    def run(self, steps: int) -> Counter[str]:
        """Play so many steps; raises ``AssertionError`` when something happened that may never happen."""
        self._open()
        with kept_open(self.store):
            for _ in range(steps):
                self._step()
        return self.seen

    def _step(self) -> None:
        self.now += timedelta(minutes=self.draw.randint(1, 40))
        step = self.draw.choice(_STEPS)
        try:
            getattr(self, f"_{step}")()
        except InvalidInput:
            raise
        except RajausError as refusal:
            self.seen[f"refused: {refusal.code}"] += 1

    # --- what can happen ----------------------------------------------------------------------------------------------

    def _open(self) -> None:
        with self.store.write() as tx:

            def customer(number: int, parent: str | None = None) -> str:
                added = customers.add_customer(
                    tx, name=f"Ostaja {number} Oy", business_id=_IDS[number - 1], country="FI",
                    parent=parent, contact=f"tietosuoja@ostaja{number}.example",
                )  # fmt: skip
                self.buyers.append(added)
                return added

            parent, alone, reseller = customer(1), customer(2), customer(3)
            subsidiary = customer(4, parent)
            ends = [customer(5), customer(6)]
            for end in ends:
                customers.add_agreement(
                    tx, customer_id=end, mode="campaign", starts_on=date(2026, 1, 1), ends_on=date(2027, 12, 31)
                )
            for owner, mode, recipients, groups in (
                (parent, "campaign", [None], ["group"]),
                (subsidiary, "campaign", [None], ["group"]),
                (alone, "campaign", [None], ["alone"]),
                (reseller, "reseller", ends, ["reseller"]),
            ):
                starts = date(2026, 1, 1)
                until = self.now.date() + timedelta(days=self.draw.choice([6, 20, 60, 300]))
                agreement = customers.add_agreement(tx, customer_id=owner, mode=mode, starts_on=starts, ends_on=until)
                for recipient in recipients:
                    self.sellers.append((agreement, recipient, (starts, until), groups))
                    self._campaign(tx, *self.sellers[-1])

    def _reopen(self) -> None:
        """Once most campaigns are over, another under an agreement that still runs."""
        today = helsinki_day(self.now)
        going = [one for one in self.sellers if one[2][1] > today]
        if going and sum(today <= window[1] for window in self.windows.values()) < len(going):
            with self.store.write() as tx:
                self._campaign(tx, *self.draw.choice(going))

    def _campaign(self, tx: Any, agreement: str, recipient: str | None, window: tuple[date, date], to: Any) -> None:
        first = max(window[0], self.now.date() + timedelta(days=self.draw.choice([-5, -1, 0, 3])))
        first = min(first, window[1])
        last = min(window[1], first + timedelta(days=self.draw.choice([2, 9, 30, 60])))
        campaign = customers.open_campaign(
            tx, agreement_id=agreement, end_customer=recipient, name="Kampanja",
            subject=list(_SUBJECTS), purpose="sales", channels=["email", "phone"], starts_on=first, ends_on=last,
            max_days=90,
        )  # fmt: skip
        self.windows[campaign] = (first, last, *window)
        self.owners[campaign] = [*to, recipient] if recipient else list(to)

    def _wait(self) -> None:
        self.now += timedelta(hours=self.draw.choice([3, 12, 30, 80]))

    def _ban(self) -> None:
        row = self.draw.choice(self.people)
        person = (row["first_name"], row["last_name"], row["business_id"])
        add_ban(self.store, BanRequest(via="phone", first_name=person[0], last_name=person[1], business_id=person[2]))
        self.banned.setdefault(person, self.now)
        self.seen["banned"] += 1

    def _acknowledge(self) -> None:
        """The customers say that they followed what they were told; while somebody has not, it gets nothing more."""
        at = self.store.now()
        with self.store.ledger.read() as connection:
            owed = [row for one in self.buyers for row in messages.unacknowledged(connection, customer=one, at=at)]
        for message in owed:
            with self.store.write() as tx:
                messages.acknowledge(tx, message["message"], by="buyer", at=at)
            self.seen["acknowledged"] += 1

    def _close(self) -> None:
        if self.draw.random() < 0.9:
            return
        campaign = self.draw.choice(list(self.windows))
        with self.store.write() as tx:
            customers.close_campaign(tx, campaign)
        self.closed.add(campaign)
        self.seen["closed"] += 1

    def _mostly_open(self, campaigns: list[str]) -> str:
        """One of these campaigns; four times in five one that still runs, if any does."""
        today = helsinki_day(self.now)
        going = [one for one in campaigns if today <= self.windows[one][1] and one not in self.closed]
        return self.draw.choice(going if going and self.draw.random() < 0.8 else campaigns)

    def _place(self) -> None:
        campaign = self._mostly_open(list(self.windows))
        criteria = {
            "organisation": {"staff_class": self.draw.sample([str(n) for n in range(1, 8)], 3)},
            "person": {"responsibility": self.draw.sample(_SUBJECTS, self.draw.choice([1, 2]))},
            "exclude": {"earlier_orders": self.draw.choice(["none", "person", "organisation"])},
            "limit": self.draw.choice([10, 40, 90, 170]),
        }
        if self.draw.random() < 0.5:
            criteria["per_organisation"] = {"max": self.draw.choice([1, 2]), "prefer": ["IT", "GM"]}
        placed = place(self.store, campaign, parse_criteria(criteria), reason="koko toimiala")
        self.lives.append(Life(placed["order"], campaign, criteria, placed["state"], placed["statement"]["to_deliver"]))
        self.seen[placed["state"]] += 1

    def _approve(self) -> None:
        waiting = [life for life in self.lives if life.state == "awaiting approval"]
        if waiting:
            life = self.draw.choice(waiting)
            decide(self.store, life.order, event="approved", by="second.person", reason="perusteltu")
            life.state, life.approved = "approved", True
            self.seen["approved by a second person"] += 1

    def _cut(self) -> None:
        ready = [life for life in self.lives if life.extract is None and life.state != "refused"]
        if not ready:
            return
        campaign = self._mostly_open([life.campaign for life in ready])
        life = self.draw.choice([life for life in ready if life.campaign == campaign])
        stated = count(self.store, life.campaign, parse_criteria(life.criteria))
        made = cut(self.store, life.order)
        life.extract = made["extract"]
        [file] = made["files"]
        life.persons = frozenset(self._real(Path(file["path"])))
        rows = read_csv(Path(file["path"]))
        assert made["persons"] == len(rows) - made["seeds"], "seeds are counted apart"
        assert made["persons"] == min(stated["to_deliver"], life.ordered), "the statement is the file"
        subtractions = stated["unavailable"] + stated["already_received"] + stated["capped"]
        assert stated["selected"] - subtractions == stated["to_deliver"], "every subtraction is named"
        assert life.state == "approved", "what waits is not cut"
        self._look(life, "cut")
        for owner in self.owners[life.campaign]:
            held = self.obtained.setdefault(owner, set())
            over = len(held | life.persons) > self.store.settings.year_cap and life.persons - held
            assert not over or life.approved, f"{owner} is over the cap of a year without a second person"
            held |= life.persons
        assert made["persons"] <= self.store.settings.row_cap or life.approved, "the cap of an order"
        self.seen["cut"] += 1

    def _deliver(self) -> None:
        cuts = [life for life in self.lives if life.extract is not None]
        if not cuts:
            return
        life = self.draw.choice(cuts)
        to = self.store.home.root.parent / f"out-{self.seen['delivered']}"
        handed = deliver(self.store, str(life.extract), to)
        [path] = [Path(file["path"]) for file in handed["files"] if file["format"] == "csv"]
        assert frozenset(self._real(path)) == life.persons
        self._look(life, "delivered")
        self.seen["delivered"] += 1

    # --- what may never happen ----------------------------------------------------------------------------------------

    def _real(self, path: Path) -> list[Person]:
        rows = read_csv(path)
        return [
            (row["first_name"], row["last_name"], row["business_id"])
            for row in rows
            if row["business_id"] in self.register
        ]

    def _look(self, life: Life, what: str) -> None:
        first, last, since, until = self.windows[life.campaign]
        today = helsinki_day(self.now)
        assert day_start(first) <= self.now, f"{what} before the campaign"
        assert today <= last, f"{what} after the campaign"
        assert since <= today <= until, f"{what} outside the agreement"
        assert life.campaign not in self.closed, f"{what} for a closed campaign"
        said_no = life.persons & self.banned.keys()
        assert not said_no, f"{what}: {len(said_no)} who had said no"


def history(home: Path, *, settings: Any, number: int, people: Rows, organisations: Rows) -> History:
    """A history on the store at ``home``, which is the history's own."""
    made: History | None = None

    def clock() -> datetime:
        return BEGIN if made is None else made.now

    store = open_store(settings, clock=clock)
    made = History(store, random.Random(number), people, frozenset(row["business_id"] for row in organisations))
    return made
