"""How long the files of an extract lie ready: three deliveries, seven days, the end of the campaign (R071).

Whatever comes first; the days are those of the rule ``files deliveries``. The last delivery takes the files away
itself, the end of a campaign has a sweep of its own (``extracts.ending``), and the retention run finds the rest.
"""

from __future__ import annotations

from datetime import date, datetime

from core.errors import LicenceRefused
from extracts import prepared
from ledger import holds, readiness
from ledger.readiness import Ready
from ledger.store import Store
from schemas.retention import rule

MOST_DELIVERIES = 3
RULE = ("files", "deliveries")


def over(found: Ready, *, now: datetime, today: date) -> bool:
    """Whether the files may lie there no longer."""
    if found.state != "released" or now >= found.ends_at:
        return True
    return found.deliveries >= MOST_DELIVERIES or rule(*RULE).due(found.released_at, today=today)


def check(store: Store, extract: str) -> None:
    """Raise ``LicenceRefused`` (extract_expired) when an extract's files should be gone."""
    with store.ledger.read() as connection:
        found = readiness.ready(connection, extract)
    if any(over(one, now=store.now(), today=store.today()) for one in found):
        raise LicenceRefused("extract_expired", extract=extract, deliveries=MOST_DELIVERIES)


def clear(store: Store, extract: str) -> bool:
    """Take the files away after the last delivery; a legal hold keeps them (R075). Returns whether they went."""
    with store.ledger.read() as connection:
        ended = [one for one in readiness.ready(connection, extract) if one.deliveries >= MOST_DELIVERIES]
        if not ended or extract in holds.standing(connection, kind=RULE[0], name=RULE[1]):
            return False
    with store.write() as tx:
        tx.audit("extract.files_removed", extract=extract, deliveries=ended[0].deliveries)
    prepared.remove(store, extract)
    return True
