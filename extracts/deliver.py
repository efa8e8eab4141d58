"""Delivering an extract: the fence is looked at again, then the files are handed over once and logged."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyrage

from core.errors import InvalidInput, LicenceRefused
from core.files import sha256_file, storing
from extracts import ending, gate, prepared, readiness
from extracts.gate import blocks
from extracts.selection import commission
from ledger import bans, cuts, endings, licences, outside_lists, processors, recipients
from ledger.engine import Transaction
from ledger.integrity import require_intact
from ledger.store import Store

Row = dict[str, Any]
_PARTIAL = ".partial"


def _nothing(_tx: Transaction) -> None:
    """Nothing else is written down with the delivery."""


def deliver(store: Store, extract_id: str, to: Path, *, recipient: str | None = None) -> dict[str, Any]:
    """Copy an extract's files to ``to``, for ``recipient`` (an age public key) encrypted.

    The third delivery takes the prepared files away (R071). Raises ``LicenceRefused`` when the recipient may be given
    nothing (``ledger.recipients.check_deliverable``), the campaign is over, the extract revoked, its files gone or due
    to go, or a ban filed after the cut concerns one of its rows: the old file is never handed out, a new cut leaves the
    row out (T01, T17). Raises ``Refused`` (processor_disabled) on a node whose processor may not be used (R078),
    (audit_broken) while the audit does not hold (T11), ``BanUnreadable`` on a node that may not know the newest bans
    (R016) or while an outside list is outdated beyond the policy (R025), and ``StoreError`` (clock_untrusted).
    """
    gate.recover(store)
    ending.sweep(store)
    require_intact(store)
    with store.ledger.read() as connection:
        extract = cuts.extract(connection, extract_id)
        listed = cuts.files(connection, extract_id)
        work = commission(store, connection, extract["campaign"])
        if store.settings.hosted_by:
            processors.require(connection, store.settings.hosted_by, today=store.today())
        recipients.check_deliverable(connection, work.customer, at=store.now())
        blocks.check(connection, work.customer["customer"], at=store.now())
        stated = endings.statement(connection, extract_id)
        outside_lists.check_lists(connection, store.settings, today=store.today())
        licences.check_accepted(connection, work.campaign, today=store.today())
    if extract["state"] != "released":
        raise LicenceRefused("extract_revoked", extract=extract_id)
    if stated is not None:
        raise LicenceRefused("extract_disposed", extract=extract_id, day=stated["stated_on"])
    delivery, files = hand_over(store, extract, listed, to=to, recipient=recipient)
    return {"extract": extract_id, "delivery": delivery, "customer": work.customer["customer"], "files": files}


def hand_over(
    store: Store,
    extract: Row,
    listed: list[Row],
    *,
    to: Path,
    recipient: str | None,
    also: Callable[[Transaction], None] = _nothing,
) -> tuple[str, list[Row]]:
    """Copy an extract's files to ``to`` and write the delivery down; ``also`` is done in the same transaction. Returns
    the delivery's id and its files. Nothing is visible there before it is written down (R032).

    Raises ``LicenceRefused`` (extract_expired, extract_banned_since, extract_files_gone, campaign_ended,
    campaign_closed).
    """
    readiness.check(store, extract["extract"])
    key = _recipient(recipient)
    fence = _untouched(store, extract)
    files = _copy(store, extract["extract"], listed, to, key)
    try:
        delivery = _record(store, extract, files, fence=fence, encrypted=key is not None, also=also)
    except BaseException:
        for path in files:
            path.unlink(missing_ok=True)
        raise
    handed = [_visible(path) for path in files]
    readiness.clear(store, extract["extract"])
    return delivery, [
        {"path": str(path), "format": row["format"], "rows": row["rows"], "sha256": sha256_file(path)}
        for path, row in zip(handed, listed, strict=True)
    ]


def _copy(store: Store, extract: str, listed: list[Row], to: Path, key: Any) -> list[Path]:
    """The files beside the place where they will be seen, under names that nobody takes for them."""
    files = []
    with storing(to):
        to.mkdir(parents=True, exist_ok=True)
        for row in listed:
            source = prepared.directory(store, extract) / row["name"]
            if not source.is_file():
                raise LicenceRefused("extract_files_gone", extract=extract)
            target = to / f".{_name(to, extract, row, '.age' if key else '')}{_PARTIAL}"
            if key:
                pyrage.encrypt_file(str(source), str(target), [key])
            else:
                shutil.copyfile(source, target)
            target.chmod(0o600)
            files.append(target)
    return files


def _name(to: Path, extract: str, row: Row, ending: str) -> str:
    """A file's name; that of a licence names its extract where another extract's licence lies already."""
    name = f"{row['name']}{ending}"
    taken = row["format"] == gate.LICENCE and (to / name).is_file() and sha256_file(to / name) != row["sha256"]
    return f"{extract}-{name}" if taken else name


def _visible(partial: Path) -> Path:
    """Give a file its name; the ledger says by now that it was handed over (R032)."""
    final = partial.with_name(partial.name.removeprefix(".").removesuffix(_PARTIAL))
    with storing(final):
        return partial.replace(final)


def _record(
    store: Store, extract: Row, files: list[Path], *, fence: int, encrypted: bool, also: Callable[[Transaction], None]
) -> str:
    """Write the delivery down at a moment at which no ban and no end of the campaign stands against it."""
    names = [path.name.removeprefix(".").removesuffix(_PARTIAL) for path in files]
    while True:
        with store.write() as tx:
            if bans.lock_fence(tx) == fence:
                ending.check_running(store, tx, extract["campaign"])
                delivery = cuts.record_delivery(
                    tx, extract=extract["extract"], files=names, encrypted=encrypted, fence=fence
                )
                also(tx)
                return delivery
            tx.abandon()  # a ban was filed while the files were copied: look again
        fence = _untouched(store, extract)


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
