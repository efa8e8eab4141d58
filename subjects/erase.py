"""Erasing persons (Art. 17): blocked at once, recipients told, then out of everything, then certified (R061).

The steps are the states of ``ledger.erasures``; each may be done twice, so whoever is stopped anywhere goes on with
:func:`resume`. The block is a ban of kind ``erasure``: no release that begins later can hold the persons, and one that
is under way fails at its fence. So what is prepared already can be cleared before the register is written anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from core.errors import InvalidInput, Refused
from core.files import remove as remove_file
from core.ids import new_id
from extracts import gate
from ledger import bans, corrections, cuts, disclosures, erasures, requests, restrictions
from ledger.engine import Transaction
from ledger.store import Store
from register import erase as register_erase
from register.erase import Gone, Removed
from register.erase_keys import Kept, keys, present
from register.query import open_register
from subjects import cases, recipients_rows, recipients_told

Row = dict[str, Any]


def _nowhere(_name: str) -> None:
    """Nobody watches between the steps."""


@dataclass(frozen=True)
class ErasureRequest:
    """Who is to be erased, and why.

    ``keep_keys``: whether keyed hashes keep them from coming back with the next import. None: kept after an objection
    (Art. 21), which they carry out; for every other ground the person is asked first, so it must be said.
    """

    persons: Sequence[int]
    ground: str
    via: str
    received_on: date | None = None
    keep_keys: bool | None = None
    case: str | None = None


def erase(store: Store, request: ErasureRequest, *, checkpoint: Callable[[str], None] = _nowhere) -> Row:
    """Erase persons; returns the erasure as :func:`show` tells it.

    They are out of every count and cut in the first transaction. Raises ``InvalidInput`` (value_unknown, value_missing,
    date_future), ``NotFound`` (person_unknown, snapshot_none) and ``Refused`` (person_restricted) before anything is
    changed; ``Conflict`` (publish_running) and ``StoreError`` leave an erasure that :func:`resume` finishes.
    """
    erasure = _block(store, request)
    checkpoint("blocked")
    return go_on(store, erasure, checkpoint=checkpoint)


def _block(store: Store, request: ErasureRequest) -> str:
    keeps = _check(store, request)
    with open_register(store, holder="erasure") as register:
        whom = present(register, request.persons)
        kept = keys(store, register, sorted(whom)) if keeps else Kept({}, 0)
    _refuse_restricted(store, [*whom, *(former for ids in whom.values() for former in ids)])
    case = request.case or cases.open_case(
        store, right="erasure", via=request.via, received_on=request.received_on, persons=sorted(whom)
    )
    erasure, key_id = new_id("erasure"), store.key("suppression").key_id
    with store.write() as tx:
        bans.lock_fence(tx)
        subjects = []
        for person, former in sorted(whom.items()):
            hits = [("person", one, False) for one in (person, *former)]
            ban, _ = bans.record(
                tx, kind="erasure", target="person", via=request.via, channel=None, key_id=key_id,
                received_on=request.received_on or store.today(), keys=kept.keys.get(person, ()), hits=hits,
            )  # fmt: skip
            subjects += [("person", one, ban) for one in (person, *former)]
        erasures.record(
            tx,
            erasure=erasure,
            ground=request.ground,
            via=request.via,
            received_on=request.received_on or store.today(),
            keeps_keys=keeps,
            case=case,
            subjects=subjects,
        )
        erasures.advance(tx, erasure, "blocked", removed={"keys_left_out": kept.left_out})
    return erasure


def _check(store: Store, request: ErasureRequest) -> bool:
    """Whether keys are kept; ``InvalidInput`` when the request cannot be used."""
    for field, value, allowed in (("ground", request.ground, erasures.GROUNDS), ("via", request.via, cases.VIA)):
        if value not in allowed:
            raise InvalidInput("value_unknown", field=field, value=value, allowed=", ".join(allowed))
    if not request.persons:
        raise InvalidInput("value_missing", field="person")
    if request.received_on is not None and request.received_on > store.today():
        raise InvalidInput("date_future", field="received")
    if request.keep_keys is None and request.ground != "objection":
        raise InvalidInput("value_missing", field="keep-keys or forget-keys (ask the person)")
    return request.keep_keys is not False


def _refuse_restricted(store: Store, persons: Sequence[int]) -> None:
    with store.ledger.read() as connection:
        found = restrictions.persons(connection, among=persons)
    for person, ban in sorted(found.items()):
        raise Refused("person_restricted", person=person, ban=ban)


def go_on(store: Store, erasure: str, *, checkpoint: Callable[[str], None] = _nowhere) -> Row:
    """Go on with an erasure from wherever it stands; one that is certified is only shown.

    Raises ``NotFound`` (erasure_unknown), ``Conflict`` (publish_running) and ``StoreError``.
    """
    with store.ledger.read() as connection:
        row = erasures.erasure(connection, erasure)
    state = erasures.STATES.index(row["state"])
    persons = [subject["id"] for subject in row["subjects"] if subject["target"] == "person"]
    if state < erasures.STATES.index("told"):
        _tell(store, erasure)
        checkpoint("told")
    if state < erasures.STATES.index("emptied"):
        _empty(store, erasure, persons)
        checkpoint("emptied")
    if state < erasures.STATES.index("removed"):
        _remove(store, erasure, persons, checkpoint=checkpoint)
        checkpoint("removed")
    if state < erasures.STATES.index("certified"):
        _certify(store, erasure)
        checkpoint("certified")
    return show(store, erasure)


def resume(store: Store) -> list[Row]:
    """Go on with every erasure that is not certified: after a crash, a restore, or when readers have let go."""
    with store.ledger.read() as connection:
        unfinished = [row["erasure"] for row in erasures.erasures(connection, unfinished=True)]
    return [go_on(store, erasure) for erasure in unfinished]


def show(store: Store, erasure: str) -> Row:
    """``{"erasure", "state", "ground", "via", "received_on", "case", "persons", "keeps_keys", "removed", "snapshot",
    "waits_for", "certified_at"}``; ``waits_for`` are snapshots with the persons that a reader still holds."""
    with store.ledger.read() as connection:
        row = erasures.erasure(connection, erasure)
    shown = (
        "erasure", "state", "ground", "via", "received_on", "requested_at", "case", "keeps_keys", "removed", "snapshot",
        "waits_for", "certified_at",
    )  # fmt: skip
    persons = [subject["id"] for subject in row["subjects"] if subject["target"] == "person"]
    return {name: row[name] for name in shown} | {"persons": persons}


def _tell(store: Store, erasure: str) -> None:
    """Queue the messages to whoever holds them, while the register still knows which rows are theirs (R063)."""
    queued = recipients_told.tell_bans(store)
    with store.write() as tx:
        erasures.advance(tx, erasure, "told", removed={"messages": queued})


def _empty(store: Store, erasure: str, persons: Sequence[int]) -> None:
    """Void and remove prepared files that hold them, and what killed processes left lying about."""
    gate.recover(store)
    wanted = recipients_rows.tokens(store, persons=persons)
    with store.ledger.read() as connection:
        among = disclosures.disclosures(connection)
    files = {one.manifest: one for one in among}
    rows = recipients_rows.find(store, wanted, among=among)
    held = sorted({files[name].extract for name in rows["filename"].to_pylist()})
    undelivered = {one.extract for one in among if one.delivered_at is None and one.state == "released"}
    removed = 0
    for extract in held:
        directory = store.home.deliveries / extract
        removed += sum(1 for path in directory.glob("*") if path.is_file())
        if extract in undelivered:
            with store.write() as tx:
                cuts.end(tx, extract, event="void", reason="erasure")
        remove_file(directory)
    with store.write() as tx:
        erasures.advance(
            tx, erasure, "emptied", removed={"prepared_files": removed, "extracts_voided": len(undelivered & set(held))}
        )


def _remove(store: Store, erasure: str, persons: Sequence[int], *, checkpoint: Callable[[str], None]) -> None:
    """Take them out of sources, snapshot and the ledger's text, in this order."""

    def record(tx: Transaction, removed: Removed) -> None:
        texts = forget(tx, persons)
        erasures.set_snapshots(tx, erasure, clean=removed.snapshot, former=removed.former)
        erasures.advance(tx, erasure, "removed", removed=removed.counts | texts)

    register_erase.remove(store, Gone(persons=persons), record=record, checkpoint=checkpoint)


def forget(tx: Transaction, persons: Sequence[int]) -> dict[str, int]:
    """Delete what the ledger holds of these persons in words: corrections, and new values told to recipients."""
    causes = corrections.ids(tx.connection, persons)
    return {"message_texts": erasures.forget_messages(tx, causes), "corrections": corrections.forget(tx, persons)}


def _certify(store: Store, erasure: str) -> None:
    """Certify when no reader holds an old snapshot and the ledger's files are rewritten; else it goes on waiting."""
    with store.ledger.read() as connection:
        row = erasures.erasure(connection, erasure)
    waits = register_erase.waiting(store, row["waits_for"])
    clean = erasures.compact(store.ledger)
    with store.write() as tx:
        erasures.set_snapshots(tx, erasure, clean=row["snapshot"], former=waits)
        if waits or not clean:
            tx.audit("erasure.waiting", erasure=erasure, snapshots=len(waits))
        else:
            erasures.advance(tx, erasure, "certified")
    if not waits and clean:
        _complete_case(store, row)


def _complete_case(store: Store, row: Mapping[str, Any]) -> None:
    """The case is granted with the certificate; one that was closed by hand meanwhile stays as it is."""
    with store.ledger.read() as connection:
        open_ones = {case["case"] for case in requests.cases(connection, states=["open"])}
    if row["case"] in open_ones:
        cases.complete(store, row["case"], outcome="granted", detail={"erasure": row["erasure"]})
