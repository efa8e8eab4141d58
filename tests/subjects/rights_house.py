"""A small store for the rights of one person: three positions, two sources, four deliveries, one draft, one ban."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from core.clock import fixed_clock
from core.settings import load_settings
from extracts.cut import cut
from extracts.deliver import deliver
from extracts.gate.seeds import stock_fictitious
from extracts.orders import place
from ledger import customers
from ledger.store import Store, create_store, open_store
from register.publish import publish
from register.query import find_persons, open_register
from schemas.criteria import parse_criteria
from subjects.bans import BanRequest, add_ban
from tests.moment import NOW
from tests.register.loads import A, B, C, load, organisation, position

FIRST, LAST = "Åsa Łucja", "O'Śląska-Öhman"
MAIL, OLD_MAIL, MOBILE = "asa@yhtio-a.example", "vanha@yhtio-a.example", "+358401234567"
TITLE = '#panic("x") *IT*-johtaja $1$ \\ <b>@_'
"""What would be markup, code, mathematics, an escape, a label and a reference to Typst."""
HOMONYM_MAIL, HOMONYM_MOBILE = "toinen@yhtio-a.example", "+358409999999"
COLLEAGUE = "Matti Virtanen"
COLLEAGUE_MAIL = "matti.virtanen@yhtio-a.example"


@dataclass(frozen=True)
class House:
    """The store, the person, and what was delivered."""

    home: Path
    person: int
    homonym: int
    extracts: dict[str, str]
    """Extract to the name of its recipient."""
    draft: str
    campaigns: tuple[str, ...]

    @contextmanager
    def opened(self, to: Path, *, at: datetime = NOW, actor: str = "tester", **settings: Any) -> Iterator[Store]:
        """A store of one's own over it."""
        if not to.exists():
            shutil.copytree(self.home, to)
        store = open_store(
            load_settings(env={}, home=to, actor=actor, row_cap=1000, share_cap_percent=100, **settings),
            clock=fixed_clock(at),
        )
        yield store
        store.ledger.close()


def build(home: Path) -> House:
    """Publish, cut four campaigns, deliver them, cut a fifth that stays in the house, and file a ban."""
    settings = load_settings(env={}, home=home, actor="tester", row_cap=1000, share_cap_percent=100)
    store = create_store(settings, clock=fixed_clock(NOW))
    theirs = {"email": MAIL, "mobile": MOBILE, "title": TITLE}
    load(
        store,
        "main",
        [organisation(A, sole_trader=False), organisation(B), organisation(C, sole_trader=True, phone="+358911111")],
        [
            position("P1", f"{FIRST} {LAST}", A, **theirs, postal_street="Kotikatu 1", postal_postcode="00100"),
            position("P2", f"{FIRST} {LAST}", B, mobile=MOBILE, purchasing=["IT"]),
            position("P3", f"{FIRST} {LAST}", C, mobile=MOBILE, email="asa@yhtio-c.example"),
            position("P4", f"{FIRST} {LAST}", A, email=HOMONYM_MAIL, mobile=HOMONYM_MOBILE, title="Varajohtaja"),
            position("P5", COLLEAGUE, A, email=COLLEAGUE_MAIL, mobile="+358405555555"),
        ],
    )
    old = position("X1", f"{FIRST} {LAST}", A, email=OLD_MAIL, mobile=MOBILE, title=TITLE, source_date=date(2025, 5, 5))
    load(store, "old list", positions=[old])
    publish(store)
    stock_fictitious(store, 60)
    with open_register(store, holder="test") as register:
        person, homonym = find_persons(register, email=MAIL), find_persons(register, email=HOMONYM_MAIL)
    assert len(person) == len(homonym) == 1
    assert person != homonym
    campaigns = [_campaign(store, number) for number in range(5)]
    made = {campaign: _cut(store, campaign) for campaign in campaigns}
    extracts = {}
    for campaign in campaigns[:4]:
        deliver(store, made[campaign], home.parent / campaign)
        with store.ledger.read() as connection:
            recipient = customers.campaign(connection, campaign)["customer"]
            extracts[made[campaign]] = customers.customer(connection, recipient)["name"]
    add_ban(store, BanRequest(via="phone", email=MAIL, received_on=date(2026, 11, 20)))
    store.ledger.close()
    return House(home, person.pop(), homonym.pop(), extracts, made[campaigns[4]], tuple(campaigns))


def _campaign(store: Store, number: int) -> str:
    """The fourth is ordered by a reseller for its end customer."""
    ids = ("6000001-0", "6000002-9", "6000003-7", "6000004-5", "6000005-3", "6000006-1")
    with store.write() as tx:
        made = [
            customers.add_customer(
                tx,
                name=f"Asiakas {index} Oy",
                business_id=ids[index],
                country="FI",
                parent=None,
                contact="tietosuoja@asiakas.example",
            )
            for index in ([number] if number != 3 else [3, 5])
        ]
        mode = "reseller" if number == 3 else "campaign"
        agreement = customers.add_agreement(
            tx, customer_id=made[0], mode=mode, starts_on=date(2026, 1, 1), ends_on=date(2027, 12, 31)
        )
        if number == 3:
            customers.add_agreement(
                tx, customer_id=made[1], mode="campaign", starts_on=date(2026, 1, 1), ends_on=date(2027, 12, 31)
            )
        return customers.open_campaign(
            tx,
            agreement_id=agreement,
            end_customer=made[1] if number == 3 else None,
            name=f"Kampanja {number}",
            subject=["IT"],
            purpose="sales",
            channels=["email"] if number else ["email", "phone", "post"],
            starts_on=date(2026, 11, 1),
            ends_on=date(2026, 12, 20),
            max_days=90,
        )


def _cut(store: Store, campaign: str) -> str:
    criteria = parse_criteria({"organisation": {"kind": ["company"]}, "person": {"responsibility": ["IT"]}})
    return str(cut(store, place(store, campaign, criteria)["order"])["extract"])


def noon(year: int, month: int, day: int) -> datetime:
    """Noon in Helsinki in winter."""
    return datetime(year, month, day, 10, tzinfo=UTC)
