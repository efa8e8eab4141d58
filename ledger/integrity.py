"""Whether the ledger can be trusted: its audit chain, the anchors outside, and the tombstone log (R087, R074, T11)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from core.errors import Refused, StoreError
from ledger import anchors, audit
from ledger.anchors import Anchor
from ledger.store import Store
from ledger.tombstones import Head, TombstoneLog


@dataclass(frozen=True)
class Examination:
    """What a full look found; ``breaks`` are those nobody has accepted."""

    verdict: audit.Verdict
    anchored: list[Anchor]
    breaks: list[dict[str, object]]
    new: list[str]
    tombstones: str
    """intact, empty, missing, replaced, damaged, short"""
    head: Head | None


def anchor(store: Store, *, files: Iterable[Path] = ()) -> Anchor:
    """Write the audit's head to the anchor file of the settings and to ``files``; returns it, for printing (R087).

    The act is audited first, so the anchor covers its own row. Raises ``StoreError`` when a file cannot be written.
    """
    with store.write() as tx:
        tx.audit("audit.anchored")
    log = TombstoneLog(store.settings.tombstones_path).head()
    with store.ledger.frozen() as connection:
        made = anchors.present(connection, at=store.now(), tombstones=log)
    anchors.append(made, [store.settings.anchors_path, *files])
    return made


def examine(store: Store, *, more: Sequence[Anchor] = ()) -> Examination:
    """Walk the whole audit, hold it against the anchors, and the tombstone log against both.

    New breaks are put on record, each with a breach candidate, and stop deliveries (T11).
    """
    anchored = list(dict.fromkeys([*anchors.read(store.settings.anchors_path), *more]))
    with store.ledger.frozen() as connection:
        verdict = audit.verify(connection, anchors=anchored)
    new = _record(store, verdict)
    with store.ledger.read() as connection:
        breaks = audit.open_breaks(connection)
    state, head = _tombstones(store, verdict, anchored)
    return Examination(verdict, anchored, breaks, new, state, head)


def require_intact(store: Store) -> None:
    """Refuse while the audit is broken (T11); a quick look from the last anchor on, done before every delivery.

    Raises ``Refused`` (audit_broken).
    """
    anchored = anchors.read(store.settings.anchors_path)[-1:]
    with store.ledger.frozen() as connection:
        start = audit.quick_start(connection, anchored)
        verdict = audit.verify(connection, anchors=anchored, after=start)
    if verdict.breaks:
        _record(store, verdict)
    with store.ledger.read() as connection:
        found = len(audit.open_breaks(connection))
    if found:
        raise Refused("audit_broken", breaks=found)


def _record(store: Store, verdict: audit.Verdict) -> list[str]:
    with store.ledger.read() as connection:
        if not audit.unknown(connection, verdict.breaks):
            return []
    with store.write() as tx:
        made = audit.record_breaks(tx, verdict.breaks)
        if not made:
            tx.abandon()  # another process was first
    return made


def _tombstones(store: Store, verdict: audit.Verdict, anchored: Sequence[Anchor]) -> tuple[str, Head | None]:
    """Whether the log holds every line that the audit and the anchors name, as far back as a backup may reach."""
    log = TombstoneLog(store.settings.tombstones_path)
    named = [*verdict.tombstones, *((item.at, item.tombstones) for item in anchored if item.tombstones)]
    wanted = _still_needed(named, since=store.now() - timedelta(days=store.settings.backup_days))
    try:
        found = {line["seq"]: Head(line["log"], line["seq"], line["hash"]) for line in log.lines()} if wanted else {}
        head = log.head()
    except StoreError as error:
        if error.code != "tombstones_damaged":
            return ("missing", None)
        return ("damaged", None)
    if head is None:
        return ("missing" if wanted else "empty", None)
    for line in wanted:
        if line.log != head.log:
            return ("replaced", head)
        if line.seq > head.seq:
            return ("short", head)
        if found.get(line.seq) != line:
            return ("damaged", head)
    return ("intact", head)


def _still_needed(named: Iterable[tuple[datetime, Head]], *, since: datetime) -> list[Head]:
    """A line older than the oldest backup that may be restored is not needed any more."""
    return list(dict.fromkeys(head for at, head in named if at >= since))
