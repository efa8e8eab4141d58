"""What shown keys prove: that they, and the list of the disclosed, were fixed at the release, and draw these symbols.

Uses of the product only what an outsider can write anew in an hour: SHA-256, HMAC-SHA-256 and the layout of a leaf
(``extracts.gate.commitment`` says it in words).
"""

from __future__ import annotations

import hashlib
import hmac
import math
import struct
from collections.abc import Iterator, Sequence

from extracts.gate.channels import CHANNELS, Unit
from extracts.recheck.findings import Finding
from schemas.evidence import Disclosure, Evidence, Exhibit, Revealed

_LINKED = frozenset(channel.name for channel in CHANNELS if channel.unit is Unit.COMPANY)


def check(evidence: Evidence, shown: Revealed) -> Iterator[Finding]:
    """Everything about one extract that the shown keys and list contradict."""
    exhibit = evidence.exhibit(shown.extract)
    committed = exhibit.commitment
    for name, said, found in (
        ("trace", shown.trace, evidence.trace),
        ("customer", shown.customer, exhibit.customer),
        ("commitment", shown.commitment, committed and committed.commitment),
    ):
        if said != found:
            yield Finding("reveal_differs", exhibit.extract, said, found, at=name)
    root = merkle_root([leaf(one) for one in shown.disclosures])
    if committed and root.hex() != committed.disclosures:
        yield Finding("disclosures_differ", exhibit.extract, committed.disclosures, root.hex())
    elif committed and commitment(shown, root) != committed.commitment:
        yield Finding("key_differs", exhibit.extract, committed.commitment, commitment(shown, root))
    yield from _symbols(shown)
    yield from _units(exhibit, shown)


def commitment(shown: Revealed, root: bytes) -> str:
    """The hash that the shown keys and a list's root give."""
    keys = (bytes.fromhex(key) for key in (shown.keys.extract, shown.keys.customer))
    hashed = b"".join(hashlib.sha256(key).digest() for key in keys)
    return hashlib.sha256(f"rajaus:commitment:{shown.form}".encode() + hashed + root).hexdigest()


def leaf(one: Disclosure) -> bytes:
    """One unit as it went into the tree."""
    row = b"\xff" * 4 if one.row is None else (one.row + (1 << 31) * one.hot).to_bytes(4)
    marks = (struct.pack(">BBd", *((2, 0, 0.0) if mark is None else mark)) for mark in one.marks)
    return bytes.fromhex(one.unit) + bytes.fromhex(one.company) + row + b"".join(marks)


def merkle_root(rows: Sequence[bytes]) -> bytes:
    """RFC 6962, by recursion: split at the largest power of two below the length."""
    if len(rows) < 2:
        return hashlib.sha256(b"\0" + rows[0] if rows else b"").digest()
    half = 1 << (len(rows) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + merkle_root(rows[:half]) + merkle_root(rows[half:])).digest()


def drawn(key: str, *, token: str, channel: str, p: float) -> int:
    """The symbol that a scope key draws: U(HMAC(key, token:channel)) < p, U being the first 53 bits."""
    digest = hmac.digest(bytes.fromhex(key), f"{token}:{channel}".encode(), "sha256")
    return int((int.from_bytes(digest[:8]) >> 11) / 2**53 < p)


def agreement(shown: Revealed) -> tuple[int, int]:
    """How many of the list's symbols the shown keys draw, of how many."""
    found = [
        drawn(shown.keys.extract if scope else shown.keys.customer, token=token, channel=channel, p=p) == symbol
        for one in shown.disclosures
        for channel, mark in zip(shown.channels, one.marks, strict=True)
        if mark is not None
        for symbol, scope, p in (mark,)
        for token in (one.company if channel in _LINKED else one.unit,)
    ]
    return sum(found), len(found)


def _symbols(shown: Revealed) -> Iterator[Finding]:
    if any(len(one.marks) != len(shown.channels) for one in shown.disclosures):
        yield Finding("disclosures_differ", shown.extract, said=len(shown.channels), at="marks")
        return
    right, of = agreement(shown)
    if right != of:
        yield Finding("symbols_differ", shown.extract, said=of, found=right)


def _units(exhibit: Exhibit, shown: Revealed) -> Iterator[Finding]:
    """The units of the evidence are rows of the shown list, with the same symbols; and the list is as long as said."""
    delivered = sum(one.row is not None for one in shown.disclosures)
    for name, said, found in (
        ("eligible", exhibit.eligible, len(shown.disclosures)),
        ("delivered", exhibit.delivered, delivered),
    ):
        if said != found:
            yield Finding("counts_differ", exhibit.extract, said, found, at=name)
    yield from _shares(exhibit, shown)
    places = {name: place for place, name in enumerate(shown.channels)}
    listed = {one.unit: one for one in shown.disclosures}
    names = [one.channel for one in exhibit.channels or ()]
    for unit in exhibit.units or ():
        here = listed.get(unit.unit)
        claimed = [None if mark is None else (mark[0], mark[2], mark[1]) for mark in unit.marks]
        there = here and [here.marks[places[name]] if name in places else None for name in names]
        if here is None or here.row != unit.row or here.company != unit.company or there != claimed:
            yield Finding("units_differ", exhibit.extract, at=unit.unit)
            return  # the first says where to look


def _shares(exhibit: Exhibit, shown: Revealed) -> Iterator[Finding]:
    """Each unit's chance of being delivered is the list's share; of hot rows, who alone are withheld, theirs."""
    if exhibit.shares_by_history:
        return
    hot = {one.unit for one in shown.disclosures if one.hot or (exhibit.hot is not None and one.row is None)}
    parts = ([one.row is not None for one in shown.disclosures if (one.unit in hot) is of] for of in (False, True))
    share = [sum(part) / len(part) if part else None for part in parts]
    for unit in exhibit.units or ():
        found = share[unit.unit in hot]
        if unit.share is not None and (found is None or not math.isclose(unit.share, found, rel_tol=1e-6)):
            yield Finding("shares_differ", exhibit.extract, unit.share, found, at=unit.unit)
            return  # the first says where to look
