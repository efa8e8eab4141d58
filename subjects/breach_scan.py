"""The detective control behind the gate: was somebody handed over after their ban was recorded? (R094)

The gate makes that impossible; this looks at what happened, from the other side: deliveries and bans as the ledger has
them, rows as the manifests have them. It shares no code with the gate's ban check.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ledger import breaches, exposure
from ledger.exposure import Standing
from ledger.store import Store
from subjects.recipients import Holding, holdings


def scan(store: Store) -> dict[str, Any]:
    """Open a candidate (banned_delivered) per extract that was handed over with a banned row in it after the ban.

    A ban narrowed to a channel counts for campaigns over it. Returns ``{"bans", "extracts", "candidates"}``;
    candidates are new ones. Raises ``StoreError`` (manifest_damaged, manifests_failed).
    """
    with store.ledger.read() as connection:
        standing = exposure.standing(connection)
        last = exposure.last_deliveries(connection)
    found: dict[str, set[str]] = {}
    for held, hit in _held(store, standing):
        handed_over = last.get(held.extract)
        covered = hit.channels is None or not hit.channels.isdisjoint(held.channels)
        if handed_over is not None and covered and handed_over > hit.recorded_at:
            found.setdefault(held.extract, set()).add(hit.ban)
    opened: list[str] = []
    if found:
        with store.write() as tx:
            for extract, by in sorted(found.items()):
                ids = {"extract": extract, "bans": sorted(by)}
                made = breaches.open_candidate(tx, trigger="banned_delivered", key=extract, ids=ids)
                opened += [made] if made else []
            tx.audit("breach.scanned", extracts=len(found), candidates=len(opened))
    return {"bans": len({hit.ban for hit in standing}), "extracts": sorted(found), "candidates": opened}


def _held(store: Store, standing: Iterable[Standing]) -> Iterable[tuple[Holding, Standing]]:
    """Every delivered row of whom a ban is about, with that ban."""
    hits: dict[str, dict[int, list[Standing]]] = {"person": {}, "position": {}, "organisation": {}}
    for hit in standing:
        hits[hit.target].setdefault(hit.id, []).append(hit)
    for held in holdings(store, sorted(hits["person"]), positions=sorted(hits["position"])):
        for hit in hits["person"].get(held.person or 0, []) + hits["position"].get(held.position or 0, []):
            yield held, hit
    for organisation, of_it in sorted(hits["organisation"].items()):
        for held in holdings(store, [], organisations=[organisation]):
            for hit in of_it:
                yield held, hit
