"""The daily drill: a synthetic request is put into every intake channel (R100)."""

from __future__ import annotations

from typing import Any

from ledger import drills, tasks
from ledger.engine import Transaction
from ledger.store import Store
from subjects import drill, mail
from subjects.ban_token import use_link
from subjects.bans import BanRequest, add_ban
from subjects.mail import Letter

Row = dict[str, Any]


def run(store: Store) -> Row:
    """Put a synthetic request into every channel of the setting ``drill_channels``: ``{"drills": [{"drill", "channel",
    "address", "how"}]}``.

    ``how``: ``mailed`` (queued, to come back through the mail servers), ``done`` (it went through the product's own
    door), ``by hand`` (a task asks somebody to hand ``address`` in through the channel, as anybody would).
    """
    made = []
    with store.write() as tx:
        for channel in store.settings.drill_channels:
            identifier = drills.start(tx, channel)
            made.append({"drill": identifier, "channel": channel, "address": drill.address(store, channel, identifier)})
            made[-1]["how"] = _sent(tx, store, made[-1])
    for one in made:
        if one["how"] == "done":
            _through(store, one)
    return {"drills": made}


def _sent(tx: Transaction, store: Store, one: Row) -> str:
    if one["channel"] == "mailbox":
        to = store.settings.intake_address or store.settings.contact
        said = f"Kielto: {one['address']}"
        mail.queue(tx, store, Letter(to, said, f"Koe.\n\n{said}\n", "fi"), kind=mail.DRILL, about=one["drill"])
        return "mailed"
    if one["channel"] in ("reply_token", "customer", "reseller"):
        return "done"
    names = {"drill": one["drill"], "channel": one["channel"]}
    tasks.open_task(tx, kind=drill.BY_HAND, due_on=store.today(), ids=names)
    return "by hand"


def _through(store: Store, one: Row) -> None:
    if one["channel"] == "reply_token":
        use_link(store, store.settings.ban_url + one["address"].partition("@")[0])
    else:
        add_ban(store, BanRequest(via=one["channel"], email=one["address"]))
