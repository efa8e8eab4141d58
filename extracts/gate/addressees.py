"""Where to write to registered persons: for notices, breach letters and confirmations, and for nothing else.

A door of the gate (R013): it takes ids and a purpose, logs the look (R058, R088) before it looks, and hands out no more
than a letter needs. Banned and restricted persons are found here too: a ban is no reason not to be told of a breach.
Seeds live in another table and are never here (T10).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import pyarrow as pa
import pyarrow.compute as pc

from ledger import consultations, notices
from ledger.store import Store
from register.query import open_register
from register.rows import lent, query
from schemas import codes

ADDRESSEES = pa.schema(
    [("asked", pa.int32()), ("person", pa.int32())]
    + [(name, pa.string()) for name in ("first_name", "last_name", "language", "email")]
    + [("email_shared", pa.bool_())]
    + [(name, pa.string()) for name in ("organisation_name", "postal_street", "postal_postcode", "postal_city")]
)
"""``asked`` is the id that was asked for, ``person`` who it leads to after merges; ``language`` is fi, sv or en;
``email_shared``: somebody else of the register reads that mailbox too."""

LANGUAGES = ("fi", "sv", "en")
_SWEDISH = ("Yksikielinen ruotsinkielinen kunta", "Kaksikielinen kunta, jossa enemmistön kieli on ruotsi")


@cache
def swedish_municipalities() -> frozenset[str]:
    """Codes of the municipalities whose only or larger language is Swedish."""
    return frozenset(row["code"] for row in codes.rows("municipalities") if row["language_status_fi"] in _SWEDISH)


def addressees(
    store: Store, persons: Sequence[int], *, purpose: str, kind: str = "letter", case: str | None = None
) -> pa.Table:
    """Names, language and e-mail and postal address of these persons: one row (:data:`ADDRESSEES`) per id found.

    Ids that the published register does not hold are missing from the answer. The language is the one the person
    asked for, else Swedish where the organisation's municipality is Swedish-speaking, else Finnish (R097); that
    municipality is not part of the answer. ``kind``, ``purpose`` and ``case`` go into the read log first. Raises
    ``InvalidInput`` (value_missing) without a purpose, ``NotFound`` (snapshot_none), ``StoreError``.
    """
    wanted = sorted({int(person) for person in persons})
    with store.write() as tx:
        consultations.record(tx, persons=wanted, kind=kind, purpose=purpose, case=case)
        asked_for = notices.languages(tx.connection, wanted)
        tx.audit("addressees.read", kind=kind, case=case, persons=len(wanted))
    with open_register(store, holder=kind) as register:
        ids = pa.table({"person": pa.array(wanted, pa.int32())})
        with lent(register.connection, wanted=ids):
            found = query(register.connection, "register/rows_addressees")
    return _with_language(found, asked_for)


def _with_language(found: pa.Table, asked_for: dict[int, str]) -> pa.Table:
    """The columns of the answer: the municipality gives way to the language."""
    swedish = pc.is_in(found["municipality"], value_set=pa.array(sorted(swedish_municipalities()), pa.string()))
    guessed = pc.if_else(swedish, "sv", "fi")
    people = pa.array(list(asked_for), pa.int32())
    spoken = pa.array(list(asked_for.values()), pa.string())
    own = pc.take(spoken, pc.index_in(found["person"], value_set=people))
    own = pc.coalesce(own, pc.take(spoken, pc.index_in(found["asked"], value_set=people)))
    table = found.append_column("language", pc.coalesce(own, guessed))
    shared = pc.fill_null(table["email_shared"], False)
    table = table.set_column(table.schema.get_field_index("email_shared"), "email_shared", shared)
    return table.select(ADDRESSEES.names).cast(ADDRESSEES)
