"""The end of a data care job: key and files go, and a signed certificate says what went and when (R050, Art. 28(3)(g)).

What stays is the ledger's row: counts, digests and the certificate. No backup ever held the files or their key. Where
the customer instructed that its rows go back at the end, nothing is deleted before they have.
"""

from __future__ import annotations

from typing import Any

from core.errors import LicenceRefused
from core.signing import sign
from extracts import care_folder
from ledger import care_jobs, customers
from ledger.store import Store

Row = dict[str, Any]


def end(store: Store, name: str) -> Row | None:
    """Close a job by its id: its key is overwritten, its folder removed, and the signed certificate returned.

    The key goes before the ledger says so, the unreadable rest after: stopped anywhere, the next call goes on.
    A folder that is no standing job's (debris, or what was remembered under an agreement) goes without one: None.

    Raises ``LicenceRefused`` (care_to_go_back) while the rows owe their way back and can still be read; what was lost
    with its key, as after a restore, is closed, and the certificate says that nothing went back.
    """
    with store.ledger.read() as connection:
        standing = {row["job"]: row for row in care_jobs.jobs(connection, standing=True)}
        job = standing.get(name)
        customer = None if job is None else customers.customer(connection, job["customer"])
        went = None if job is None else care_jobs.went_back(connection, job)
        at_end = None if job is None else care_jobs.at_end(connection, job["agreement"])
        if name in care_jobs.owing(connection) and care_folder.exists(store, name):
            raise LicenceRefused("care_to_go_back", job=name)
    care_folder.forget_key(store, name)
    files = care_folder.listed(store, name)
    if job is None or customer is None:
        care_folder.destroy(store, name)
        return None
    document = {
        "document": "certificate_of_deletion",
        "job": name,
        "controller": {"name": customer["name"], "business_id": customer["business_id"]},
        "processor": {
            "name": store.settings.controller,
            "business_id": store.settings.controller_business_id,
            "contact": store.settings.contact,
        },
        "agreement": job["agreement"],
        "instruction": job["instruction"],
        "file_sha256": job["file_sha256"],
        "rows": job["rows"],
        "opened_at": job["opened_at"].isoformat(),
        "returned_at": None if job["returned_at"] is None else job["returned_at"].isoformat(),
        "at_end": at_end,
        "went_back": None if went is None else _told(went),
        "deleted_at": store.now().isoformat(),
        "files": files,
        "key": "overwritten and removed; what it sealed can be read by nobody",
        "backups": "none holds the files or their key",
    }
    signed = sign(document, store.key("licence"), at=store.now())
    with store.write() as tx:
        care_jobs.closed(tx, name, certificate=signed)
    care_folder.destroy(store, name)
    return signed


def _told(went: Row) -> Row:
    """What a certificate says of a return of all rows."""
    return {
        "return": went["return"],
        "at": went["returned_at"].isoformat(),
        "rows": went["rows"],
        "as": "the upload as it came" if went["own"] else "the upload, corrected",
        "files": went["files"],
    }
