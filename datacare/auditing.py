"""The audit report of one customer: all that was done for it as its processor, signed (R050, Art. 28(3)(h)).

Ids, counts, digests and the names of those who worked on it; nothing of a row, and nothing of any other customer.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date as day_of, datetime, time, timedelta
from pathlib import Path
from typing import Any

from core.clock import HELSINKI
from core.errors import InvalidInput
from core.files import storing
from core.signing import sign
from extracts import care_folder
from ledger import audit, care_audit, care_forwards, care_jobs, customers, processors
from ledger.store import Store

Row = dict[str, Any]
_JOB = (
    "job", "agreement", "instruction", "state", "format", "rows", "rejected", "file_sha256", "snapshot", "counts",
    "findings", "opened_at", "opened_by", "matched_at", "returned_at", "due_on", "closed_at", "closed_by",
    "released_at", "released_by", "release_approved_by", "release_reason",
)  # fmt: skip
_RETURN = ("return", "returned_at", "returned_by", "own", "rows", "changed", "persons", "fields", "files")
_FORWARD = ("forward", "agreement", "right", "via", "received_on", "due_on", "sent_at", "late")
MEASURES = (
    "every job has a folder and a key of its own; all files in it are sealed with AES-256-GCM",
    "uploads are parsed by a process of its own that sees no store, no key and no setting",
    "no backup holds the files or their keys",
    "nothing of an upload enters the register, statistics or control records",
    "what goes back passes the gate and its bans, again at the moment of the return",
    "every act and every look at a candidate is in an audit whose rows are chained by hashes",
)
"""How the data are kept (Art. 32), as the tests of R045, R047, R048 and R087 show it."""


def report(store: Store, customer: str, *, since: day_of | None = None, until: day_of | None = None) -> Row:
    """The signed report of the Helsinki days ``[since, until]``; without them from the first job on until today.

    Agreements with all their instructions, jobs that were open at some time of these days with their returns and
    certificates, who did what, requests passed on, breaches told, sub-processors, and what of it stands on the disk
    now. Raises ``NotFound`` (customer_unknown) and ``InvalidInput`` (value_unknown: the days, or no data care).
    """
    last = until or store.today()
    if since is not None and since > last:
        raise InvalidInput("value_unknown", field="since", value=since, allowed=f"a day until {last}")
    begin = datetime.min.replace(tzinfo=UTC) if since is None else datetime.combine(since, time(), HELSINKI)
    end = datetime.combine(last + timedelta(days=1), time(), HELSINKI)
    with store.ledger.read() as connection:
        row = customers.customer(connection, customer)
        agreements = care_audit.agreements(connection, customer)
        if not agreements:
            raise InvalidInput("value_unknown", field="customer", value=customer, allowed="one with data care")
        jobs = [
            job
            for agreement in agreements
            for job in care_jobs.jobs(connection, agreement=agreement["agreement"])
            if job["opened_at"] < end and (job["closed_at"] is None or job["closed_at"] >= begin)
        ]
        forwards = care_forwards.forwards(connection, today=store.today(), customer=customer)
        document = {
            "document": "data_care_audit",
            "controller": {name: row[name] for name in ("customer", "name", "business_id")},
            "processor": {
                "name": store.settings.controller,
                "business_id": store.settings.controller_business_id,
                "contact": store.settings.contact,
            },
            "since": since,
            "until": last,
            "made_at": store.now(),
            "agreements": agreements,
            "jobs": [_job(job, care_jobs.returns(connection, job["job"])) for job in jobs],
            "work": care_audit.work(connection, [job["job"] for job in jobs], since=begin, until=end),
            "forwarded": [
                {name: one[name] for name in _FORWARD} for one in forwards if begin <= one["forwarded_at"] < end
            ],
            "breaches": care_audit.told_breaches(connection, customer),
            "sub_processors": processors.named(connection, today=store.today(), data="register"),
            "measures": list(MEASURES),
            "audit": care_audit.head(connection) | {"open_breaks": len(audit.open_breaks(connection))},
        }
    document["standing"] = [
        {"job": job["job"], "due_on": job["due_on"], "overdue": store.today() > job["due_on"],
         "files": len(care_folder.listed(store, job["job"]))}
        for job in jobs
        if job["closed_at"] is None
    ]  # fmt: skip
    plain: Row = json.loads(json.dumps(document, default=lambda value: value.isoformat()))
    return dict(sign(plain, store.key("licence"), at=store.now()))


def write(document: Mapping[str, Any], file: Path) -> None:
    """The report as JSON. Raises ``StoreError``."""
    with storing(file):
        file.write_text(json.dumps(dict(document), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _job(job: Row, returns: list[Row]) -> Row:
    certificate = job["certificate"]
    return {name: job[name] for name in _JOB} | {
        "returns": [{name: one[name] for name in _RETURN} for one in returns],
        "certificate": certificate,
    }
