"""What is set up, what is not, and the real encryption state; never a promise (R085)."""

from __future__ import annotations

import platform
import shutil
import sqlite3
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

from core.errors import RajausError
from core.keys import NAMES
from core.settings import Settings
from core.signing import digest
from ledger import assessments, licences, outbox, processors, schema, seeds, snapshots, sources
from ledger.store import Store
from register.engine import spill_files_encrypted
from schemas.assessments import state
from schemas.licence import shipped as shipped_terms
from subjects import drill, relay

_ENOUGH_SEEDS = 20
_EVIDENCE_DAYS = 30
_MAIL_PATIENCE = timedelta(hours=24)
_PACKAGES = ("rajaus", "duckdb", "sqlalchemy", "pyarrow", "pandas", "pandera", "click", "phonenumbers")


def examine(store: Store) -> dict[str, Any]:
    """One document: versions, stores, keys, encryption, stock, and ``findings`` that somebody should act on."""
    findings: list[str] = []
    with store.ledger.read() as connection:
        current = snapshots.current(connection)
        ready = len(seeds.ready(connection, today=store.today(), limit=_ENOUGH_SEEDS))
        quarantined = sorted(sources.quarantined_sources(connection))
    keys = {name: _key_state(store, name, findings) for name in NAMES}
    encrypted = _volume_encrypted(store.home.root)
    if not encrypted:
        findings.append("The volume of the store is not known to be encrypted; the product writes its files in clear.")
    if not spill_files_encrypted():
        findings.append("Builds spill to disk in clear: DuckDB has no crypto module here.")
    if store.settings.keys is None:
        findings.append("The keys lie inside the store; put them on another volume with the setting keys.")
    if current is None:
        findings.append("Nothing is published yet.")
    if ready < _ENOUGH_SEEDS:
        findings.append(f"Only {ready} seeds are ready.")
    _records(store, findings)
    _processors(store, findings)
    _resellers(store, findings)
    _outbox(store, findings)
    silent = drill.status(store)["silent"]
    if silent:
        findings.append(f"No drill came in lately through: {', '.join(silent)}. Run: rajaus drill run")
    debris = [path.name for path in store.home.staging.iterdir() if path.is_dir()]
    if debris:
        findings.append(f"{len(debris)} half-made things in staging; they are swept by the next publish or cut.")
    usage = shutil.disk_usage(store.home.root)
    return {
        "home": str(store.home.root.resolve()),
        "now": store.now(),
        "ledger": {
            "kind": store.ledger.engine.dialect.name,
            "schema": schema.found(store.ledger),
            "needed": schema.needed(),
        },
        "snapshot": current,
        "keys": keys,
        "encryption": {
            "volume": encrypted,
            "database_files": False,
            "spill_files": spill_files_encrypted(),
            "deliveries": "age, by --recipient",
        },
        "seeds_ready": f"{ready} or more" if ready == _ENOUGH_SEEDS else ready,
        "sources_quarantined": quarantined,
        "disk_free_bytes": usage.free,
        "versions": {name: version(name) for name in _PACKAGES}
        | {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version},
        "findings": findings,
        "ok": not findings,
    }


def _records(store: Store, findings: list[str]) -> None:
    """What the controller has not made its own: shipped assessments, late reviews, nobody in charge (R095, R099)."""
    with store.ledger.read() as connection:
        filed = assessments.current(connection)
        terms = licences.latest(connection)
    shipped = sorted(key for key, row in filed.items() if row["shipped"])
    if shipped:
        findings.append(
            f"Assessments are the shipped texts, to be adopted (rajaus assessment add): {', '.join(shipped)}."
        )
    if terms is not None and terms["version"] == 1 and terms["sha256"] != digest(shipped_terms()):
        findings.append(
            f"The product's terms of use differ from version {terms['version']} on file; if you want them: "
            "rajaus licence file-terms"
        )
    grace = store.settings.assessment_grace_days
    for key, row in sorted(filed.items()):
        found = state(row["review_on"], today=store.today(), grace_days=grace)
        if found != "valid":
            findings.append(f"The assessment for {key} was due for review on {row['review_on']}: it is {found}.")
    if store.settings.responsible == Settings.model_fields["responsible"].default:
        findings.append("Nobody is named as in charge of the register; set responsible (R095).")


def _outbox(store: Store, findings: list[str]) -> None:
    """Messages that nobody sends, or that could not be sent."""
    with store.ledger.read() as connection:
        queued, oldest, failed = outbox.waiting(connection)
    if oldest is not None and oldest + _MAIL_PATIENCE <= store.now():
        findings.append(f"{queued} messages wait in the outbox, the oldest since {oldest:%Y-%m-%d %H:%M} UTC.")
    if failed:
        findings.append(f"{failed} messages could not be sent: rajaus mail list --state failed")


def _key_state(store: Store, name: str, findings: list[str]) -> str:
    path = store.settings.keys_dir / f"{name}.key"
    try:
        key_id = store.key(name).key_id
    except RajausError as error:
        findings.append(str(error))
        return "missing or damaged"
    if path.stat().st_mode & 0o077:
        findings.append(f"Key file {path.name} is readable by others.")
    return key_id


def _volume_encrypted(path: Path) -> bool:
    """Whether the store's block device is a dm-crypt volume, as far as this machine shows."""
    device = path.resolve().stat().st_dev
    major, minor = device >> 8, device & 0xFF
    uuid = Path(f"/sys/dev/block/{major}:{minor}/dm/uuid")
    return uuid.is_file() and uuid.read_text(encoding="ascii").startswith("CRYPT-")


def _processors(store: Store, findings: list[str]) -> None:
    """Processors that are disabled, and evidence that runs out within a month (R078, R091)."""
    with store.ledger.read() as connection:
        listed = processors.listing(connection, today=store.today())
    soon = store.today() + timedelta(days=_EVIDENCE_DAYS)
    for one in listed:
        last = max((proof["valid_until"] for proof in one["evidence"]), default=None)
        if one["missing"]:
            findings.append(f"Processor {one['processor']} is disabled; missing: {', '.join(one['missing'])}.")
        elif last is not None and last < soon:
            findings.append(f"The evidence of processor {one['processor']} runs out on {last}.")


def _resellers(store: Store, findings: list[str]) -> None:
    """Resellers that do not pass on what persons tell them (R053)."""
    findings.extend(
        f"Reseller {one['customer']} is flagged: {one['flag']}. See: rajaus reseller standing"
        for one in relay.standing(store)
        if one["flag"] is not None
    )
