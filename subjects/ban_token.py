"""Using a row's ban link: the person behind the row is banned at once, in every channel and position (R040, R017).

Only we can tell whose link it is. It works after the campaign and as often as somebody uses it; nothing is asked. To
the outside every use is answered alike, so that nobody learns from an answer who is a control record, who was erased,
or who had said no before (R026, R038).
"""

from __future__ import annotations

import hashlib
import logging
from datetime import date
from typing import Any

import pyarrow as pa

from core.clock import helsinki_day
from core.errors import Conflict, InvalidInput, NotFound, Refused
from extracts import ban_links
from extracts.gate.fingerprint import token_of
from ledger import ban_links as used, bans, disclosures, erasures, links, seeds
from ledger.messages import Entry
from ledger.store import Store
from register.ban_search import Found
from register.persons import person_of_row, persons_now, positions_of_units
from register.query import Register, open_register
from subjects import drill, recipients_told
from subjects.ban_confirmation import worded
from subjects.ban_request import VIA, BanRequest
from subjects.bans import add_ban, record
from subjects.recipients_held import HELD, state_of

Answer = dict[str, Any]

_log = logging.getLogger(__name__)


def use_link(
    store: Store,
    text: str,
    *,
    extract: str | None = None,
    via: str = "web",
    received_on: date | None = None,
    language: str = "fi",
) -> Answer:
    """File the ban that a link, or the token in it, stands for. ``extract``: the one it is said to be from.

    Returns ``{"outcome", "ban", "extract", "row", "matched", "fence", "reply": {"subject", "text"}}``. ``outcome`` is
    for us alone: ``banned``; ``standing`` (the link was used before); ``departed`` (not in the register any more: kept
    out under the old id, recipients told); ``erased``; ``seed`` (a control record: a hit is recorded and nobody banned;
    ``ban`` is then a reference that leads to the hit); ``drill`` (ours, R100). ``reply`` is what the person is shown,
    and tells none of them apart.

    Raises ``InvalidInput`` (ban_token_invalid, value_unknown, date_future), ``NotFound`` (ban_token_unknown;
    ban_token_unlinked when the delivery can be tied to nobody any more, R072), ``Refused`` (ban_token_elsewhere).
    """
    if via not in VIA:
        raise InvalidInput("value_unknown", field="via", value=via, allowed=", ".join(VIA))
    received = received_on or store.today()
    if received > store.today():
        raise InvalidInput("date_future", field="received")
    token = token_of(text)
    if token is None:
        raise InvalidInput("ban_token_invalid")
    drilled = drill.arrived(store, text, via="reply_token")
    if drilled is not None:
        return _drilled(store, drilled["drill"], received=received, language=language)
    row = ban_links.find(store, token)
    if row is None:
        _missed(store, via=via, reason="unknown")
        raise NotFound("ban_token_unknown")
    if extract is not None and extract != row.extract:
        _missed(store, via=via, reason="elsewhere")
        raise Refused("ban_token_elsewhere", extract=extract)
    if not row.linked:
        _missed(store, via=via, reason="unlinked")
        raise NotFound("ban_token_unlinked", extract=row.extract, ended=helsinki_day(row.ends_at))
    done = _seed_hit(store, row, via, received) if row.seed else _ban(store, row, token, via, received)
    reply = worded(store, done.pop("said"), reference=done["ban"], language=language)
    return {**done, "extract": row.extract, "row": row.number, "language": language, "reply": reply}


def _drilled(store: Store, drilled: str, *, received: date, language: str) -> Answer:
    """The daily drill's own link: answered like any other, and nobody is banned (R100)."""
    said = {"target": "person", "channel": None, "received_on": received, "recorded_at": store.now()}
    reply = worded(store, said, reference=drilled, language=language)
    done = {"outcome": "drill", "ban": drilled, "matched": 0, "fence": None, "extract": None, "row": None}
    return {**done, "language": language, "reply": reply}


def _missed(store: Store, *, via: str, reason: str) -> None:
    with store.write() as tx:
        written = used.missed(tx, via=via, reason=reason)
    if not written:
        _log.warning("More tries at ban links lead nowhere than are written down.")


def _ban(store: Store, row: ban_links.Row, token: bytes, via: str, received: date) -> Answer:
    """Ban whoever the row is about. A second use of the link finds the ban of the first, unless it was lifted since."""
    link = f"link:{hashlib.sha256(token).hexdigest()}"
    while True:
        with store.ledger.read() as connection:
            before = used.ban_of(connection, link)
        if before is not None and before["lifted_at"] is None:
            return {"outcome": "standing", "ban": before["ban"], "matched": 1, "fence": before["fence"], "said": before}
        batch = f"{link}:{before['fence']}" if before is not None else link
        person, former = _whose(store, row)
        request = BanRequest(via=via, received_on=received, reference=f"ban link of {row.extract}", person=person)
        try:
            if person is not None:
                filed = add_ban(store, request, batch=batch)
                return _filed(store, filed["ban"], outcome="banned", matched=filed["matched"])
            if not former:
                raise NotFound("ban_token_unlinked", extract=row.extract, ended=helsinki_day(row.ends_at))
            filed_former = _ban_former(store, former, request, batch)
        except (Conflict, NotFound) as meanwhile:
            if meanwhile.code not in ("already_done", "person_unknown"):
                raise
            continue  # used twice at the same moment, or published in between: look again
        with store.ledger.read() as connection:
            gone = set(erasures.ids(connection)).intersection(former)
        return _filed(store, filed_former, outcome="erased" if gone else "departed", matched=len(former))


def _whose(store: Store, row: ban_links.Row) -> tuple[int | None, list[int]]:
    """The person as the register has him now, and the former ids that the row stands for."""
    with store.ledger.read() as connection:
        former = links.persons_of(connection, person=row.person, unit=row.unit)
    try:
        with open_register(store, holder="ban link") as register:
            return _present(store, register, row, former), former
    except NotFound:
        return None, former  # nothing is published


def _present(store: Store, register: Register, row: ban_links.Row, former: list[int]) -> int | None:
    """By the position where it was; by what was kept when it left (R072); at last by looking at every position."""
    units = [key.derive("unit") for key in store.keys("fingerprint")]
    for key in units:
        if (person := person_of_row(register, unit=row.unit, company=row.company, unit_key=key)) is not None:
            return person
    if former:
        return next(iter(persons_now(register, former)), None)
    for key in units:
        for _, holder in positions_of_units(register, pa.array([row.unit]), unit_key=key).values():
            return holder
    return None


def _ban_former(store: Store, former: list[int], request: BanRequest, batch: str) -> str:
    """Ban a person who is in the register no more: the old ids stay out, and whoever holds the row is told. There is
    nothing left to key, so a later import under a new id is not known by it."""
    hits = [("person", person, False, None) for person in former]
    with store.write() as tx:
        bans.lock_fence(tx)
        if bans.filed_batches(tx.connection, batch):
            raise Conflict("already_done", kind="ban", id=batch)
        ban, _ = record(tx, store, request, found=Found(hits, []), batch=batch)
    recipients_told.tell_bans(store)
    return ban


def _seed_hit(store: Store, row: ban_links.Row, via: str, received: date) -> Answer:
    """Record the use of a control record's link. Its row is called back as any other would be: that no message came
    would tell the recipient which rows are nobody's (R038)."""
    with store.ledger.read() as connection:
        before = seeds.hits(connection, seed=row.seed, kind="ban_link")
        disclosed = disclosures.disclosures(connection, [row.extract])
    if before:
        hit = before[-1]
    else:
        days = store.settings.disposal_days
        held = [one for one in disclosed if state_of(one, now=store.now(), disposal_days=days) == HELD]
        with store.write() as tx:
            bans.lock_fence(tx)
            hit = seeds.record_hit(tx, str(row.seed), kind="ban_link", via=via, received_on=received)
            entry = Entry(row.extract, row.number or 0, hit["answered_as"])
            told = [one for one in held if one.delta is None or store.now() >= one.ends_at]
            recipients_told.queue(tx, {one.customer: [entry] for one in told}, code="remove")
            running = [one.campaign for one in held if one not in told]  # it leaves with the next delta, as others do
            if running:
                recipients_told.owe(tx, running)
    said = {**hit, "target": "person", "channel": None}
    return {"outcome": "seed", "ban": hit["answered_as"], "matched": 0, "fence": None, "said": said}


def _filed(store: Store, ban: str, *, outcome: str, matched: int) -> Answer:
    with store.ledger.read() as connection:
        row = bans.show(connection, ban)
    return {"outcome": outcome, "ban": ban, "matched": matched, "fence": row["fence"], "said": row}
