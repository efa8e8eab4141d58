"""Whom a notice is owed: ids and days, no text (R096)."""

from __future__ import annotations

import pyarrow as pa

from register.query import Register

DUE = pa.schema(
    [("person", pa.int32()), ("obtained", pa.date32()), ("email_failed", pa.bool_()), ("post_failed", pa.bool_())]
)


def due(
    register: Register, *, history: pa.Table, exempt: pa.Table, version: int, source: str | None = None
) -> pa.Table:
    """``person, obtained, email_failed, post_failed`` (:data:`DUE`) of everybody owed a notice.

    ``history`` and ``exempt`` as ``ledger.notices`` gives them; ``version`` is the last material one. The oldest first.
    """
    lent = {"notice_history": history, "notice_exempt": exempt}
    for name, table in lent.items():
        register.connection.register(name, table)
    found = register.arrow("register/notice_due", {"version": version, "source": source}).cast(DUE)
    for name in lent:
        register.connection.unregister(name)
    return found
