"""The notice gate in a build: who was told and when, and who leaves because nobody told them in time (Art. 14(3)).

A person counts as told from the first day that a source or the ledger gives. Somebody whose data were obtained over a
month ago and who was never told is left out before a byte of the person is written; the restricted stay (R062).
"""

from __future__ import annotations

from dateutil.relativedelta import relativedelta

from ledger import notice_versions, notices
from ledger.store import Store
from register.engine import Workshop

MONTHS = 1
"""After so many calendar months from obtaining a person must have been told (Art. 14(3)(a))."""


def apply(shop: Workshop, store: Store) -> None:
    """Leave the untold out of ``seat``, fill ``person_obtained``, and make ``notice_state`` for the selectable rows.

    Runs when it is known who is who (``seat``, ``successor``, ``person_alias``) and nothing personal is written yet.
    """
    today = store.today()
    with store.ledger.read() as connection:
        told = notices.told(connection, today=today)
        since = notice_versions.told_since(connection, today=today)
        version = notice_versions.material_in_effect(connection, today=today)
    shop.connection.register("notice_told", told)
    shop.execute("notice_rule", {"version": version, "since": since})
    shop.run("notice_former" if shop.row("notice_former_known") != (0,) else "notice_former_none")
    shop.run("notice_state", "notice_seen")
    shop.execute("notice_untold", {"obtained_before": today - relativedelta(months=MONTHS)})
    shop.run("notice_drop", "notice_obtained")
    shop.drop("notice_seen")
    shop.connection.unregister("notice_told")


def facts(shop: Workshop) -> dict[str, int]:
    """For the snapshot's ``meta``: the version of the notice it was built under, and how many persons were left out."""
    version, untold = shop.row("notice_facts")
    return {"notice_version": version, "untold": untold}
