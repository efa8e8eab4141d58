"""Hits of seeds: who wrote to or called a row that nobody but us answers for (R038, R039).

A mailbox, a call log or a gateway's payload is read; what went to a seed is recorded once, with a copy as evidence. In
the campaign's window, over its channel and by a sender it declared it is only recorded; else it opens a breach
candidate, for a human to decide. The claim of a sender is not checked: a mail says what it wants.
"""

from __future__ import annotations

import hmac
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from core import mailboxes
from core.clock import helsinki_day
from core.errors import FileRejected, InvalidInput
from core.files import publish_file, remove, sha256_file, storing
from core.identity import normalise_phone
from core.ids import new_id
from extracts.hits import calls, mail, payload
from extracts.hits.judge import EXPECTED, OUTSIDE, STRAY, judge
from extracts.hits.sighting import Kind, Sighting, addresses, domain_of
from ledger import breaches, customers, seeds as stock
from ledger.engine import Transaction
from ledger.seeds import Known, Placement
from ledger.store import Store

__all__ = ["declare_senders", "find_form", "read_hits", "record_by_hand"]

Row = dict[str, Any]
_READERS = {"mail": mail.read, "calls": calls.read, "webhook": payload.read}
_VIA = {"mail": "mailbox", "calls": "call_log", "webhook": "webhook"}
_START = 1 << 10


def read_hits(store: Store, path: Path, *, form: str | None = None) -> Row:
    """Read a mailbox (mbox, Maildir, ``.eml``), a call log or a payload of a gateway; without ``form`` its first bytes
    tell which.

    Returns ``{"read", "hits", "others", "rejected", "recorded", "already", "expected", "outside", "stray", "cases"}``:
    ``read = hits + others + rejected``, of messages, calls or events. ``rejected`` do not say to whom they went. One
    that went to two seeds is one hit and two records. ``cases`` are new breach candidates. Raises ``FileRejected``.
    Each record is committed on its own: a run that dies goes on where it was.
    """
    form = form or find_form(path)
    with store.ledger.read() as connection:
        known = stock.known(connection)
    by_text: dict[str, list[Known]] = {}
    for one in known:
        for text in filter(None, (one.email, one.mobile, one.phone)):
            by_text.setdefault(text, []).append(one)
    count: Counter[str] = Counter()
    cases: list[str] = []
    for seen in _READERS[form](path, now=store.now()):
        count["read"] += 1
        found = _found(seen, by_text)
        count["rejected" if seen is None or not seen.to else "hits" if found else "others"] += 1
        if seen is None or not found:
            continue
        identity = seen.identity()
        for seed, kind in found:
            made = _record(store, seed, seen, kind=kind, via=_VIA[form], identity=identity)
            count["already" if made is None else "recorded"] += 1
            if made is not None:
                count[made.verdict] += 1
                cases += [made.case] if made.case else []
    names = ("read", "hits", "others", "rejected", "recorded", "already", EXPECTED, OUTSIDE, STRAY)
    return {name: count[name] for name in names} | {"cases": cases}


def find_form(path: Path) -> str:
    """What a file is: a directory or what begins like a mail, JSON, or a table. Raises ``FileRejected``."""
    if path.is_dir():
        return "mail"
    try:
        with path.open("rb") as file:
            start = file.read(_START)
    except FileNotFoundError as error:
        raise FileRejected("file_missing", file=path.name) from error
    except OSError as error:
        raise FileRejected("file_damaged", file=path.name, reason=error.strerror or "it cannot be read") from error
    if start.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"["):
        return "webhook"
    return "mail" if mailboxes.is_mail(start) else "calls"


def record_by_hand(
    store: Store, seed: str, *, kind: Kind, at: datetime, sender: str | None = None, evidence: Path | None = None
) -> Row:
    """Record what somebody saw of a seed: a letter that came, a call that was answered. ``evidence``: a scan, a note.

    Returns ``{"hit", "verdict", "reasons", "case"}``; without evidence the same seed, day and kind is one hit. Raises
    ``NotFound`` (seed_unknown), ``InvalidInput`` (date_future, already_recorded), ``FileRejected`` (file_missing).
    """
    if at > store.now():
        raise InvalidInput("date_future", field="at")
    if evidence is not None and not evidence.is_file():
        raise FileRejected("file_missing", file=evidence.name)
    with store.ledger.read() as connection:
        one = stock.known_one(connection, seed)
    said = {"seed": seed, "kind": kind, "at": at.isoformat(), "sender": sender, "by": store.actor}
    told = f"{kind} {helsinki_day(at).isoformat()}" if evidence is None else sha256_file(evidence)
    seen = Sighting(
        kinds=frozenset({kind}),
        to=frozenset(),
        sender=_sender(sender),
        at=at,
        identity=f"hand {told}".encode,
        keep=partial(_copy, evidence, said),
        suffix=evidence.suffix.lower()[:10] if evidence is not None else ".json",
    )
    made = _record(store, one, seen, kind=kind, via="person", identity=seen.identity())
    if made is None:
        raise InvalidInput("seed_hit_recorded", seed=seed)
    return {"hit": made.hit, "verdict": made.verdict, "reasons": list(made.reasons), "case": made.case}


def declare_senders(store: Store, campaign: str, senders: Iterable[str]) -> list[str]:
    """Write down from which domains and numbers a campaign is sent, in place of those before; returns them.

    An address stands for its domain. Raises ``NotFound`` (campaign_unknown) and ``InvalidInput`` (value_unknown).
    """
    wanted = sorted({_declared(one) for one in senders})
    with store.write() as tx:
        customers.campaign(tx.connection, campaign)
        stock.set_senders(tx, campaign, wanted)
    return wanted


def _declared(text: str) -> str:
    found = _sender(text)
    if found is None or ("." not in found and not found.startswith("+")):
        raise InvalidInput("value_unknown", field="sender", value=text, allowed="a domain, an address, a phone number")
    return found


def _sender(text: str | None) -> str | None:
    text = (text or "").strip()
    if "@" in text:
        return domain_of(next(iter(sorted(addresses(text))), None))
    number = normalise_phone(text) if text[:1] in "+0123456789" and text else None
    return number or text.lower().strip(".") or None


@dataclass(frozen=True)
class _Made:
    hit: str
    verdict: str
    reasons: tuple[str, ...]
    case: str | None


def _found(seen: Sighting | None, by_text: Mapping[str, list[Known]]) -> list[tuple[Known, Kind]]:
    """The seeds it went to, each once, and over which channel."""
    found: dict[str, tuple[Known, Kind]] = {}
    for text in sorted(seen.to if seen is not None else ()):
        for one in by_text.get(text, ()):
            found.setdefault(one.seed, (one, "email" if "@" in text else "phone"))
    return [found[seed] for seed in sorted(found)]


def _record(store: Store, seed: Known, seen: Sighting, *, kind: Kind, via: str, identity: bytes) -> _Made | None:
    """Keep a copy, and one ledger transaction: the hit, and what follows from it. None: it was recorded before."""
    digest = hmac.digest(store.key("fingerprint").derive("hits").secret, f"{seed.seed}\n".encode() + identity, "sha256")
    name = digest.hex()
    with store.ledger.read() as connection:
        if stock.hit_known(connection, name):
            return None
        placed = _placement(connection, seed)
        senders = stock.senders(connection, placed.campaign) if placed is not None else []
    verdict, reasons = judge(placed, kind=kind, at=seen.at, sender=seen.sender, senders=senders)
    directory = store.home.evidence if verdict == OUTSIDE else store.home.hits
    path = directory / f"hit-{name[:32]}{seen.suffix}"
    staged = store.home.staging / f"{new_id('hit')}{seen.suffix}"
    try:
        seen.keep(staged)
        sha256 = sha256_file(staged)
        publish_file(staged, path)
    finally:
        remove(staged)
    with store.write() as tx:
        row = {
            "seed": seed.seed, "kind": kind, "via": via, "seen_at": seen.at, "verdict": verdict,
            "reasons": list(reasons), "digest": name, "evidence": store.relative(path), "evidence_sha256": sha256,
            "received_on": helsinki_day(seen.at) if seen.at is not None else store.today(),
        }  # fmt: skip
        hit = stock.record_sighting(tx, row)
        if hit is None:
            tx.abandon()
            return None
        case = _follow(tx, seed, placed, verdict=verdict, reasons=reasons, hit=hit, sha256=sha256)
    return _Made(hit, verdict, reasons, case)


def _placement(connection: Any, seed: Known) -> Placement | None:
    """Where it stands; None also for one that a real person resembles by now: what came may have been for them."""
    if seed.extract is None or seed.state == "retired":
        return None
    return stock.placement(connection, seed.extract)


def _follow(
    tx: Transaction,
    seed: Known,
    placed: Placement | None,
    *,
    verdict: str,
    reasons: Iterable[str],
    hit: str,
    sha256: str,
) -> str | None:
    """A case for what was not allowed; the end of an unused seed that is not silent any more. Returns a new case."""
    if verdict == STRAY and seed.extract is None and seed.state == "ready":
        stock.retire(tx, [seed.seed], reason="not silent")
    if verdict != OUTSIDE or placed is None:
        return None
    ids = {"suspect": sha256, "hit": hit, "seed": seed.seed, "reasons": list(reasons)}
    return breaches.found_leak(tx, extract=placed.extract, trigger="seed_hit", ids=ids)


def _copy(evidence: Path | None, said: Row, path: Path) -> None:
    with storing(path):
        if evidence is None:
            calls.keep(said, path)
        else:
            path.write_bytes(evidence.read_bytes())
