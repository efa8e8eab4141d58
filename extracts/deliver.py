"""Delivering an extract: the fence is looked at again, then the files are handed over once and logged."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pyrage

from core.errors import InvalidInput, LicenceRefused
from core.files import sha256_file, storing
from extracts import gate
from extracts.selection import check_acknowledged, commission
from ledger import bans, cuts, licences, outside_lists
from ledger.integrity import require_intact
from ledger.store import Store

Row = dict[str, Any]


def deliver(store: Store, extract_id: str, to: Path, *, recipient: str | None = None) -> dict[str, Any]:
    """Copy an extract's files to ``to``, for ``recipient`` (an age public key) encrypted.

    Raises ``LicenceRefused`` when the campaign is over, the extract revoked, or a ban filed after the cut concerns
    one of its rows: the old file is never handed out, a new cut leaves the row out (T01, T17). Raises ``Refused``
    (audit_broken) while the audit does not hold (T11), and ``BanUnreadable`` on a node that may not know the newest
    bans (R016) or while an outside list is outdated beyond the policy (R025).
    """
    gate.recover(store)
    require_intact(store)
    with store.ledger.read() as connection:
        extract = cuts.extract(connection, extract_id)
        listed = cuts.files(connection, extract_id)
        work = commission(store, connection, extract["campaign"])
        check_acknowledged(store, connection, work.customer["customer"])
        outside_lists.check_lists(connection, store.settings, today=store.today())
        licences.check_accepted(connection, work.campaign, today=store.today())
    if extract["state"] != "released":
        raise LicenceRefused("extract_revoked", extract=extract_id)
    key = _recipient(recipient)
    fence = _untouched(store, extract)
    files = _hand_over(store, extract_id, listed, to, key)
    while True:
        with store.write() as tx:
            if bans.lock_fence(tx) == fence:
                names = [Path(file["path"]).name for file in files]
                delivery = cuts.record_delivery(
                    tx, extract=extract_id, files=names, encrypted=key is not None, fence=fence
                )
                break
            tx.abandon()  # a ban was filed while the files were copied: look again
        try:
            fence = _untouched(store, extract)
        except LicenceRefused:
            for file in files:
                Path(file["path"]).unlink(missing_ok=True)
            raise
    return {"extract": extract_id, "delivery": delivery, "customer": work.customer["customer"], "files": files}


def _hand_over(store: Store, extract_id: str, listed: list[Row], to: Path, key: Any) -> list[Row]:
    files = []
    with storing(to):
        to.mkdir(parents=True, exist_ok=True)
        for row in listed:
            source = store.home.deliveries / extract_id / row["name"]
            target = to / (row["name"] + (".age" if key else ""))
            if key:
                pyrage.encrypt_file(str(source), str(target), [key])
            else:
                shutil.copyfile(source, target)
            target.chmod(0o600)
            files.append(
                {"path": str(target), "format": row["format"], "rows": row["rows"], "sha256": sha256_file(target)}
            )
    return files


def _untouched(store: Store, extract: Row) -> int:
    """The fence value at which no ban filed after the cut concerns a delivered row; else ``LicenceRefused``."""
    with store.ledger.read() as connection:
        fence = bans.fence_value(connection)
    if gate.banned_since(store, extract):
        raise LicenceRefused("extract_banned_since", extract=extract["extract"])
    return fence


def _recipient(text: str | None) -> Any:
    if text is None:
        return None
    try:
        return pyrage.x25519.Recipient.from_str(text)
    except pyrage.RecipientError as error:
        raise InvalidInput("recipient_invalid") from error
