"""The end of a job: its rows go back where the customer wants them, then everything goes (R050, Art. 28(3)(g))."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from core.files import publish_file, sha256_file, storing
from datacare.jobs import REJECTIONS, upload
from extracts import care_ending, care_folder
from extracts.gate import care_files
from ledger import bans, care_jobs
from ledger.store import Store

Row = dict[str, Any]


def close_job(store: Store, job: str, *, to: Path | None = None) -> Row:
    """Delete what a job holds, its key first: the signed certificate. With ``to`` its upload goes back before.

    Where the instruction says ``at_end = "return"``, ``to`` is needed unless a return of all rows was made. Raises
    ``NotFound``, ``InvalidTransition``, ``LicenceRefused`` (care_to_go_back), ``StoreError`` (care_damaged, …).
    """
    with store.ledger.read() as connection:
        care_jobs.check(care_jobs.job(connection, job), "closed", today=store.today())
    if to is not None:
        hand_back(store, job, to=to)
    return care_ending.end(store, job) or {}


def hand_back(store: Store, job: str, *, to: Path) -> Row:
    """Write a job's upload as it came: ``{"job", "return", "rows", "files": [{path, sha256}]}``.

    All accepted rows in their order under the customer's own columns, and the rejection file; nothing of the register,
    so that no hold, last day or withdrawn instruction stands in the way. Cells that a spreadsheet would calculate are
    disarmed (R090). Raises as :func:`close_job`.
    """
    folder = care_folder.find(store, job)
    held = upload(folder)
    phones = {held.mapping[field] for field in ("phone", "mobile") if field in held.mapping}
    with storing(to):
        to.mkdir(parents=True, exist_ok=True)
    with care_files.staged(store) as directory:
        care_files.write_table(held.cells, directory / f"{job}-upload.csv", phones=phones)
        (directory / f"{job}-rejected.csv").write_bytes(folder.read(REJECTIONS))
        # The files first: the ledger's word that they went back is what lets the rest be deleted.
        files = [_laid(path, to / path.name) for path in sorted(directory.iterdir())]
    with store.write() as tx:
        named = [{"name": path.name, "sha256": digest} for path, digest in files]
        made = care_jobs.handed_back(tx, job, fence=bans.fence_value(tx.connection), files=named)
    told = [{"path": str(path), "sha256": digest} for path, digest in files]
    return {"job": job, "return": made, "rows": len(held.table), "files": told}


def _laid(staged: Path, final: Path) -> tuple[Path, str]:
    """A staged file at its place, safely on the disk, and its digest."""
    partial = final.with_name(f".{final.name}.partial")
    with storing(final):
        shutil.copyfile(staged, partial)
        partial.chmod(0o600)
    publish_file(partial, final)
    return final, sha256_file(final)
