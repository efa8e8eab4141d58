"""Whether what a seed saw was allowed: pure, from what the campaign may do and what was seen (R038, R039)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from ledger.seeds import Placement

EXPECTED, OUTSIDE, STRAY = "expected", "outside", "stray"
"""In window, channel and by a known sender; not so, which opens a case; by a seed that proves nothing."""


def judge(
    placed: Placement | None, *, kind: str, at: datetime | None, sender: str | None, senders: Collection[str]
) -> tuple[str, tuple[str, ...]]:
    """The verdict and its reasons, in the order of :data:`REASONS`.

    ``placed`` is where the seed stands (None: in no extract, or it proves nothing any more). ``senders`` are the
    domains and numbers that the customer declared; where none of that kind are, nobody is a stranger.
    """
    if placed is None:
        return STRAY, ("unplaced",)
    reasons = []
    if placed.delivered_at is None:
        reasons.append("undelivered")
    if at is None:
        reasons.append("time_unknown")
    elif at < max(placed.starts_at, placed.delivered_at or placed.released_at):
        reasons.append("before_window")
    elif at >= placed.ends_at:
        reasons.append("after_window")
    if kind not in placed.channels:
        reasons.append("channel")
    if stranger(kind, sender, senders=senders):
        reasons.append("sender")
    return (OUTSIDE, tuple(reasons)) if reasons else (EXPECTED, ())


REASONS = ("unplaced", "undelivered", "time_unknown", "before_window", "after_window", "channel", "sender")


def stranger(kind: str, sender: str | None, *, senders: Collection[str]) -> bool:
    """Whether it comes from none of those declared; a domain's own subdomains are it, too."""
    numbers = frozenset(one for one in senders if one.startswith("+"))
    if kind == "phone":
        return bool(numbers) and sender not in numbers
    domains = frozenset(senders) - numbers
    if kind != "email" or not domains:
        return False
    return sender is None or not any(sender == one or sender.endswith(f".{one}") for one in domains)
