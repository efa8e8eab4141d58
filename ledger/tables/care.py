"""Data care as a processor: instructions, jobs, what went back, and what people decided of doubtful rows (R044-R050).

Nothing of an uploaded row stands here: counts, digests, register ids, and row keys that are keyed hashes.
"""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Date, ForeignKey, Integer, LargeBinary, String, Table, Text

from ledger.tables.base import BIG, Instant, metadata

care_instruction = Table(
    "care_instruction",
    metadata,
    Column("agreement", ForeignKey("agreement.agreement"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False, comment="1, 2, 3 …; the last one holds"),
    Column("terms", JSON, nullable=False, comment="what Art. 28(3) asks for, as schemas.care says it"),
    Column("standard", Boolean, nullable=False, comment="the shipped instruction, unchanged"),
    Column("recorded_at", Instant, nullable=False),
    Column("recorded_by", String(200), nullable=False),
    Column("withdrawn_at", Instant, comment="from then on nothing is done under the agreement"),
    Column("withdrawn_by", String(200)),
)

care_job = Table(
    "care_job",
    metadata,
    Column("job", String(40), primary_key=True),
    Column("agreement", ForeignKey("agreement.agreement"), nullable=False, index=True),
    Column("customer", ForeignKey("customer.customer"), nullable=False, index=True),
    Column("instruction", Integer, nullable=False, comment="number of the instruction it is done under"),
    Column("state", String(20), nullable=False, comment="open, matched, returned, closed"),
    Column("file_sha256", String(64), nullable=False),
    Column("format", String(20), nullable=False),
    Column("rows", Integer, nullable=False),
    Column("rejected", Integer, nullable=False),
    Column("columns", Integer, nullable=False),
    Column("snapshot", String(60), comment="of the register it was matched with"),
    Column("counts", JSON, comment="organisations, persons, changes by state and kind"),
    Column("findings", JSON, comment="what looks like harvesting (T19); while it stands nothing goes back"),
    Column("released_at", Instant),
    Column("released_by", String(200)),
    Column("release_approved_by", String(200)),
    Column("release_reason", Text),
    Column("opened_at", Instant, nullable=False),
    Column("opened_by", String(200), nullable=False),
    Column("matched_at", Instant),
    Column("returned_at", Instant, comment="last time that files went back"),
    Column("due_on", Date, nullable=False, comment="last day on which its files may be here (R050)"),
    Column("closed_at", Instant),
    Column("closed_by", String(200)),
    Column("certificate", JSON, comment="what was deleted and when: names, sizes, digests of sealed files"),
)

care_return = Table(
    "care_return",
    metadata,
    Column("return", String(40), primary_key=True),
    Column("job", ForeignKey("care_job.job"), nullable=False, index=True),
    Column("returned_at", Instant, nullable=False),
    Column("returned_by", String(200), nullable=False),
    Column("fence", BIG, nullable=False),
    Column("own", Boolean, nullable=False, comment="the upload as it came, at its end (Art. 28(3)(g)); else corrected"),
    Column("rows", Integer, nullable=False),
    Column("changed", Integer, nullable=False, comment="rows that say something else than 'no update'"),
    Column("persons", Integer, nullable=False, comment="registered persons of whom a value went out"),
    Column("fields", JSON, nullable=False, comment="which fields got new values, how many of each"),
    Column("files", JSON, nullable=False, comment="name and SHA-256"),
)

care_return_person = Table(
    "care_return_person",
    metadata,
    Column("return", ForeignKey("care_return.return"), primary_key=True),
    Column("person", BIG, primary_key=True, autoincrement=False, index=True, comment="register id"),
)

care_decision = Table(
    "care_decision",
    metadata,
    Column("agreement", ForeignKey("agreement.agreement"), primary_key=True),
    Column("row_key", LargeBinary(16), primary_key=True, comment="keyed hash of the row's id; the key goes with it"),
    Column("organisation", BIG, comment="register id; null: in the register as nobody"),
    Column("position", BIG, comment="register id of the person's position; null: nobody chosen"),
    Column("of_person", Boolean, nullable=False, comment="the person was decided too: null is then nobody of these"),
    Column("job", String(40), nullable=False),
    Column("decided_at", Instant, nullable=False),
    Column("decided_by", String(200), nullable=False),
)

care_forward = Table(
    "care_forward",
    metadata,
    Column("forward", String(40), primary_key=True),
    Column("agreement", ForeignKey("agreement.agreement"), nullable=False, index=True),
    Column("right", String(20), nullable=False, comment="what the person asks for (subjects.cases.RIGHTS)"),
    Column("via", String(20), nullable=False, comment="the channel it came to us through"),
    Column("received_on", Date, nullable=False),
    Column("due_on", Date, nullable=False, comment="last day for passing it on: two working days (R050)"),
    Column("file_sha256", String(64), nullable=False, comment="of the person's message, which is not kept"),
    Column("mail", String(40), nullable=False, comment="the letter that took it to the customer"),
    Column("case", String(40), comment="the case it was opened as, where it concerns us too"),
    Column("forwarded_at", Instant, nullable=False),
    Column("forwarded_by", String(200), nullable=False),
)
