"""Data care by subscription: what a customer drops in its folder is matched and returned by night (R050).

One folder an agreement, called after it. A dropped file is the customer's; it is removed once its rows are in the job,
and set aside under ``refused/`` with the reason when it cannot be used. A job that needs somebody stays, and is named.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from core.errors import LicenceRefused, RajausError
from core.files import remove, storing
from datacare import matching
from datacare.closing import close_job
from datacare.jobs import open_job
from datacare.returning import return_job
from ledger import care_jobs
from ledger.store import Store

Row = dict[str, Any]
REFUSED = "refused"
_FILES = (".csv", ".gz", ".xlsx", ".ods", ".parquet")


def run(store: Store, drop: Path, *, to: Path) -> Row:
    """Do every file under ``drop/AGREEMENT/``: ``{"done": [{"agreement", "file", "job", "rows", "updated"}], "held":
    [{"agreement", "file", "job", "findings"}], "refused": [{"agreement", "file", "code"}], "closed": [job]}``.

    What goes back lies in ``to/AGREEMENT/JOB/``. The jobs of the agreement's earlier nights are closed once a newer one
    has been returned; where their rows go back at the end, beside what they got. A file that fails stops no other.
    Raises ``StoreError`` when a folder cannot be read or written.
    """
    document: Row = {"done": [], "held": [], "refused": [], "closed": []}
    with storing(drop):
        folders = [path for path in sorted(drop.iterdir()) if path.is_dir() and not path.is_symlink()]
    for folder in folders:
        with storing(folder):
            files = [path for path in sorted(folder.iterdir()) if path.is_file() and path.suffix.lower() in _FILES]
        for file in files:
            place = {"agreement": folder.name, "file": file.name}
            try:
                _one(store, file, to=to, document=document, place=place)
            except RajausError as error:
                document["refused"].append(place | {"code": error.code})
                _set_aside(file, error)
    return document


def _one(store: Store, file: Path, *, to: Path, document: Row, place: Row) -> None:
    agreement = place["agreement"]
    job = open_job(store, agreement, file)["job"]
    with storing(file):
        remove(file)
    matching.match_job(store, job)
    out = to / agreement / job
    try:
        made = return_job(store, job, to=out)
    except LicenceRefused as refused:
        if refused.code != "care_held":
            raise
        document["held"].append(place | {"job": job, "findings": refused.ids["findings"]})
        return
    document["done"].append(place | {"job": job, "rows": made["rows"], "updated": made["updated"]})
    with store.ledger.read() as connection:
        earlier = care_jobs.jobs(connection, agreement=agreement, standing=True)
        owing = care_jobs.owing(connection)
    for row in earlier:
        if row["job"] != job and row["state"] == care_jobs.RETURNED:
            close_job(store, row["job"], to=to / agreement / row["job"] if row["job"] in owing else None)
            document["closed"].append(row["job"])


def _set_aside(file: Path, error: RajausError) -> None:
    """The file, if it is still there, and why it was refused; the reason names no cell."""
    place = file.parent / REFUSED
    with storing(place):
        place.mkdir(mode=0o700, exist_ok=True)
        (place / f"{file.name}.txt").write_text(f"{error.code}: {error}\n", encoding="utf-8")
        if file.exists():
            file.replace(place / file.name)
