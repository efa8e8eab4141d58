"""From a campaign and its criteria to the one selector that count, order and cut share."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from core.clock import helsinki_day
from core.errors import FileRejected, LicenceRefused
from core.identity import normalise_business_ids
from extracts.gate.policy import unacknowledged_ids
from ledger import (
    bans,
    customers,
    cuts,
    heartbeat,
    messages,
    notice_versions,
    notices,
    recipients,
    sources,
    trusted_time,
)
from ledger.engine import Connection
from ledger.store import Store
from register.query import Exclusion, Selector, own_organisations
from schemas import codes
from schemas.criteria import Criteria

Row = dict[str, Any]
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Commission:
    """The rows of the ledger that a count, order or cut is for."""

    campaign: Row
    agreement: Row
    customer: Row


def commission(store: Store, connection: Connection, campaign_id: str, *, planning: bool = False) -> Commission:
    """Fetch campaign, agreement and recipient, and check that they are in force and inside the EEA (R027, R077).

    ``planning`` lets a campaign that has not started yet be counted and ordered. Raises ``BanUnreadable`` on a node
    whose view of the bans is too old to count with (R016), and, unless ``planning``, ``StoreError`` (clock_untrusted);
    an end that was seen before a clock went back stays an end (R036).
    """
    heartbeat.check_fresh(connection, store.settings, now=store.now())
    campaign = customers.campaign(connection, campaign_id)
    agreement = customers.agreement(connection, campaign["agreement"])
    customer = customers.customer(connection, campaign["customer"])
    recipients.check_places(connection, customer, at=store.now())
    now = trusted_time.now(connection, store.now())
    customers.check_in_force(campaign, agreement, now=now, today=helsinki_day(now), planning=planning)
    if not planning:
        trusted_time.check(store, connection)
    return Commission(campaign, agreement, customer)


def check_acknowledged(store: Store, connection: Connection, customer: str) -> None:
    """Raise ``LicenceRefused`` (stop_list_unacknowledged) while the recipient owes the word that rows of earlier
    extracts are gone (R023)."""
    for overdue in messages.unacknowledged(connection, customer=customer, at=store.now()):
        raise LicenceRefused("stop_list_unacknowledged", **unacknowledged_ids(overdue))


def selector(store: Store, connection: Connection, work: Commission, criteria: Criteria) -> Selector:
    """Everything that decides the selection, read in one ledger transaction.

    Raises ``LicenceRefused`` when the criteria ask only for responsibilities outside the campaign's subject (R028).
    """
    subject = work.campaign["subject"]
    asked = set(criteria.person.responsibility or ()) | set(criteria.person.purchasing or ())
    if asked and not asked & set(subject):
        raise LicenceRefused("subject_outside", subject=", ".join(subject), asked=", ".join(sorted(asked)))
    fingerprint = store.key("fingerprint")
    customer = work.customer["customer"]
    return Selector(
        criteria=criteria,
        subject=subject,
        blocked=bans.blocked(connection, channels=work.campaign["channels"]),
        quarantined_sources=sorted(sources.quarantined_sources(connection)),
        exclusion=_exclusion(store, connection, customer, criteria),
        today=store.today(),
        verified_months=store.settings.verified_months,
        notice_wait_days=store.settings.notice_wait_days,
        draw=work.campaign["campaign"],
        rank_key=fingerprint.derive("sel").sub(customer),
        link_key=fingerprint.derive("link"),
        unit_key=fingerprint.derive("unit"),
        smallest_share=store.settings.withhold_share_traced,
        voided=notices.voided(connection, today=store.today()),
        notice_version=notice_versions.material_in_effect(connection, today=store.today()),
    )


def _exclusion(store: Store, connection: Connection, customer: str, criteria: Criteria) -> Exclusion:
    wanted = criteria.exclude
    persons: list[bytes] = []
    companies: list[bytes] = []
    if wanted.earlier_orders != "none":
        column = "person" if wanted.earlier_orders == "person" else "company"
        tokens = _delivered_tokens(
            [
                store.path(row["manifest"])
                for row in cuts.extracts(connection, customer=customer)
                if row["state"] != "void"
            ],
            column,
        )
        persons, companies = (tokens, []) if column == "person" else ([], tokens)
    return Exclusion(
        person_tokens=persons,
        organisation_tokens=companies,
        own_organisations=_own_file(Path(wanted.organisations_file)) if wanted.organisations_file else (),
        hashes=_hashes(Path(wanted.hashes_file)) if wanted.hashes_file else (),
    )


def _delivered_tokens(manifests: Sequence[Path], column: str) -> list[bytes]:
    tokens: set[bytes] = set()
    for path in manifests:
        table = pq.read_table(path, columns=[column, "number"])
        tokens |= set(table.filter(table["number"].is_valid())[column].unique().to_pylist())
    return sorted(tokens)


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise FileRejected("file_missing", file=path.name) from error
    except UnicodeDecodeError:
        return path.read_text(encoding="cp1252")


def _own_file(path: Path) -> list[int]:
    """Business ids of the customer's own organisations: every valid Y-tunnus in a text or CSV file."""
    text = _read_text(path)
    delimiter = max(";,\t", key=text.count)
    cells = [cell for row in csv.reader(io.StringIO(text), delimiter=delimiter) for cell in row]
    found = own_organisations(normalise_business_ids(pa.array(cells, pa.string())))
    if not found:
        raise FileRejected("file_no_business_ids", file=path.name)
    return sorted(set(found))


def _hashes(path: Path) -> list[bytes]:
    """SHA-256 of lower-case e-mails or of business ids, one hex digest a line."""
    lines = [line.strip().lower() for line in _read_text(path).splitlines() if line.strip()]
    for number, line in enumerate(lines, start=1):
        if not _HASH.fullmatch(line):
            raise FileRejected("file_not_a_hash", file=path.name, row=number)
    return [bytes.fromhex(line) for line in lines]


def licensed_fields(channels: Sequence[str]) -> list[str]:
    """Extract columns that these channels need, in the contract's order (R029)."""
    return [name for name, channel in codes.EXTRACT_FIELDS.items() if channel is None or channel in channels]
