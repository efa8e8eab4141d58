"""Filing a ban: free-form, from any channel, without proof of identity (R015).

The ban takes effect in the transaction that records it: what it hits in the published register is out of every
count and cut from then on, and its keys stop the person from being imported again. When several persons could be
meant, all are held out and a task is opened (R018, T04): ambiguity fails closed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from core.errors import Conflict, NotFound
from ledger import bans, snapshots, tasks
from ledger.engine import Transaction
from ledger.store import Store
from register.ban_search import Found, as_requests, empty_register, search
from register.opened import opened_once
from register.persons import persons_now
from register.query import Register, open_register, person_of
from register.suppress import RESOLVE_DAYS
from subjects import ban_confirmation, ban_request, drill, late_bans, mail
from subjects.ban_request import VIA as VIA, BanRequest as BanRequest
from subjects.recipients_told import tell_bans


@dataclass(frozen=True)
class Confirm:
    """Whom to write to that a ban was recorded, in which language."""

    to: str
    language: str


@opened_once
def add_ban(
    store: Store, request: BanRequest, *, batch: str | None = None, confirm: Confirm | None = None
) -> dict[str, Any]:
    """File a ban: ``{"ban", "matched", "held", "fence", "released_meanwhile"}``, and ``mail`` with ``confirm``: a
    confirmation queued in the same transaction (R015).

    ``matched`` persons are out, ``held`` of them until somebody decides who is meant; ``released_meanwhile`` are
    extracts that hold one of them and left after the day the ban reached us (T20). ``batch`` names what it was made of,
    and nothing is filed of the same thing twice. Raises ``Conflict`` (already_done) then, ``InvalidInput`` only when
    nothing identifies anybody or a value cannot be read, and ``NotFound`` (position_unknown). A drill's address is no
    ban: ``ban`` is None then and ``drill`` says which (R100).
    """
    drilled = drill.arrived(store, request.email or "", via=request.via)
    if drilled is not None:
        nothing: dict[str, Any] = {"ban": None, "matched": 0, "held": 0, "fence": None, "released_meanwhile": []}
        return nothing | {"drill": drilled["drill"]}
    clear = ban_request.clear(store, request)
    sent: dict[str, str] = {}
    if confirm is not None:
        mail.address(confirm.to, field="confirm-to")
    while True:
        with store.ledger.read() as connection:
            snapshot = snapshots.current(connection)
        found = resolve(store, [clear], snapshot)[0]
        late = late_bans.find(store, [(request, found)])
        with store.write() as tx:
            bans.lock_fence(tx)
            if snapshots.current(tx.connection) != snapshot or late_bans.outrun(tx, late):
                tx.abandon()  # published or released meanwhile: look again
                continue
            if batch is not None and bans.filed_batches(tx.connection, batch):
                raise Conflict("already_done", kind="ban", id=batch)
            ban, fence = record(tx, store, request, found=found, batch=batch)
            extracts = late_bans.report(tx, ban, late.extracts(0))
            if confirm is not None:
                sent["mail"] = _confirmed(tx, store, ban, confirm)
        tell_bans(store)
        return {
            "ban": ban,
            "matched": found.matched,
            "held": found.held,
            "fence": fence,
            "released_meanwhile": extracts,
            **sent,
        }


def _confirmed(tx: Transaction, store: Store, ban: str, confirm: Confirm) -> str:
    made = ban_confirmation.worded(store, bans.show(tx.connection, ban), reference=ban, language=confirm.language)
    tx.audit("ban.confirmed", ban=ban, language=confirm.language)
    return ban_confirmation.queue(tx, store, ban, made, to=confirm.to, language=confirm.language)


def record(
    tx: Transaction, store: Store, request: BanRequest, *, found: Found, batch: str | None = None
) -> tuple[str, int]:
    """Write one ban, and the task that its held candidates leave. The fence must be locked."""
    ban, fence = bans.record(
        tx,
        kind=request.kind,
        target=ban_request.target(request),
        via=request.via,
        received_on=request.received_on or store.today(),
        channel=request.channel,
        keys=found.keys,
        key_id=store.key("suppression").key_id,
        hits=found.hits,
        reference=request.reference,
        batch=batch,
    )
    if found.held:
        tasks.open_task(
            tx,
            kind=bans.AMBIGUOUS,
            due_on=store.today() + timedelta(days=RESOLVE_DAYS),
            ids={"ban": ban, "candidates": found.held},
        )
    return ban, fence


def resolve(store: Store, requests: Sequence[dict[str, Any]], snapshot: str | None) -> dict[int, Found]:
    """What each request (in normal form) hits in that snapshot, and its keys.

    Raises ``NotFound`` (position_unknown, person_unknown).
    """
    with _opened(store, snapshot) as register:
        for request in requests:
            if request["position"] is not None and person_of(register, request["position"]) is None:
                raise NotFound("position_unknown", position=request["position"])
            if request["person"] is not None and not persons_now(register, [request["person"]]):
                raise NotFound("person_unknown", person=request["person"])
        return search(register, as_requests(requests), store.key("suppression"))


@contextmanager
def _opened(store: Store, snapshot: str | None) -> Iterator[Register]:
    if snapshot is None:
        with empty_register() as register:
            yield register
    else:
        with open_register(store, holder="ban", snapshot=snapshot) as register:
            yield register
