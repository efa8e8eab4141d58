"""Sending what was written in a case by e-mail: to the known address, an access reply encrypted (R055, R056, T23)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.errors import FileRejected, InvalidInput, Refused
from core.identity import normalise_email
from extracts.gate import subject
from ledger import requests
from ledger.store import Store
from subjects import identity_check, mail
from subjects.access_view import day_text
from subjects.mail import Attachment, Letter
from subjects.texts import filled, text

Row = dict[str, Any]

LARGEST = 20 << 20
"""Bytes of all attachments together; more is refused by most mail servers."""
_ENCRYPTED = ".age"


def send(
    store: Store, case: str, *, files: Sequence[Path], to: str, way: str = "known_address", plain: bool = False
) -> Row:
    """Queue the files of a case with a covering letter in its language: ``{"case", "mail", "files"}``.

    ``way`` as in ``identity_check.SEND``: to the address that the register knows, or after a verified identity to the
    one the person gave. Of an access case only encrypted files go, unless the person asked for them in clear
    (``plain``). The case keeps the digests, never the address. Raises ``NotFound`` (case_unknown), ``Refused``
    (reply_elsewhere, reply_in_clear), ``InvalidInput`` (email_invalid, value_missing, value_unknown,
    size_out_of_range), ``FileRejected`` (file_missing).
    """
    address = mail.address(to, field="to")
    with store.ledger.read() as connection:
        row = requests.find(connection, case)
    identity_check.check_send(row, way)
    if way == "known_address" and row["persons"] and address not in _known(store, row):
        raise Refused("reply_elsewhere", case=case)
    attached = [_attachment(path) for path in files]
    if not attached:
        raise InvalidInput("value_missing", field="file")
    if not 0 < (size := sum(len(one.content) for one in attached)) <= LARGEST:
        raise InvalidInput("size_out_of_range", field="bytes of the files", least=1, most=LARGEST)
    in_clear = [one.name for one in attached if not one.name.endswith(_ENCRYPTED)]
    if in_clear and row["right"] == "access" and not plain:
        raise Refused("reply_in_clear", case=case)
    letter = _cover(store, row, to=address, attached=attached, in_clear=bool(in_clear))
    with store.write() as tx:
        requests.lock(tx, case)
        sent = mail.queue(tx, store, letter, kind=mail.REPLY, about=case)
        digests = [hashlib.sha256(one.content).hexdigest() for one in attached]
        ids = {"mail": sent, "send": way, "encrypted": not in_clear, "bytes": size, "sha256": digests}
        requests.happen(tx, case, event="mailed", ids=ids)
    return {"case": case, "mail": sent, "files": [one.name for one in attached]}


def _known(store: Store, row: Row) -> set[str]:
    """Addresses at which the register knows the persons of a case; the look is logged."""
    found = set()
    for person in row["persons"]:
        record = subject.person_record(
            store, person, purpose="where the reply goes", kind=row["right"], case=row["case"]
        )
        values = (
            field["value"] for place in record["positions"] for field in place["fields"] if field["field"] == "email"
        )
        found |= {normalise_email(value) for value in values if value}
    return {address for address in found if address}


def _attachment(path: Path) -> Attachment:
    try:
        return Attachment(path.name, path.read_bytes())
    except OSError as error:
        raise FileRejected("file_missing", file=path.name) from error


def _cover(store: Store, row: Row, *, to: str, attached: Sequence[Attachment], in_clear: bool) -> Letter:
    language = row["language"]
    words = text("cover", language)
    paragraphs = list(words["paragraphs"])
    if not in_clear:
        paragraphs.insert(1, words["encrypted"])
    elif row["right"] == "access":
        paragraphs.insert(1, words["plain"])
    values = {
        "case": row["case"],
        "received": day_text(row["received_on"], language),
        "right": text("access", language)["rights"][row["right"]],
        "contact": store.settings.contact,
    }
    said = [*(filled(paragraph, values) for paragraph in paragraphs), store.settings.controller]
    return Letter(to, filled(words["subject"], values), "\n\n".join(said), language, attached)
