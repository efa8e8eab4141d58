"""What a recipient of continuous use should have: computed row by row, the slow and obvious way."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Collection, Iterable

from core.ids import business_id
from core.keys import Key
from extracts.gate.channels.base import HIGH, LOW
from extracts.gate.fingerprint import Marker
from ledger.store import Store
from tests.gate.house import Row, organisation_nonce


def _hex(key: Key, message: str) -> str:
    return hmac.new(key.secret, message.encode(), "sha256").hexdigest()


def _unit(key: Key, message: str) -> float:
    return (int(_hex(key, message)[:14], 16) >> 3) / 2**53


def _letters(token: bytes) -> str:
    return base64.b32encode(token).decode().rstrip("=").lower()


class Reference:
    """One subscription's view of plain rows."""

    def __init__(self, store: Store, *, subscription: str, customer: str, withheld: float) -> None:
        self.key = store.key("fingerprint")
        self.subscription, self.customer, self.withheld = subscription, customer, withheld
        self.ban_url = store.settings.ban_url

    def delivered(self, row: Row) -> bool:
        """Whether the customer's ranks let the position through."""
        return _unit(self.key.derive("sel").sub(self.customer), row.nonce) < 1 - self.withheld

    def row_key(self, row: Row) -> str:
        token = self.key.derive("unit").mac(row.nonce.encode())[:16]
        return _letters(self.key.derive("row").sub(self.subscription).mac(token)[:16])

    def responsibilities(self, row: Row) -> str:
        """The codes in the order that the mark says."""
        return ";".join(sorted(row.responsibilities, reverse=self._symbol(row.nonce, "list")))

    def organisation_name(self, row: Row) -> str:
        """The form as the mark of the company says."""
        name = row.organisation.removesuffix(" Oy")
        return f"{name} OY" if self._symbol(organisation_nonce(row.org), "form") else f"{name} Oy"

    def _symbol(self, nonce: str, channel: str) -> bool:
        message = f"{nonce}:{channel}"
        own = _hex(self.key.derive("lvl"), message)[-1] in "13579bdf"
        p = HIGH if _hex(self.key.derive("bias"), message)[-1] in "13579bdf" else LOW
        scope = self.subscription if own else self.customer
        token = self.key.derive("unit").mac(nonce.encode())[:16].hex()
        return _unit(self.key.derive("sym").sub(scope), f"{token}:{channel}") < p

    def table(self, rows: Iterable[Row], *, banned: Collection[int]) -> dict[str, dict[str, str]]:
        """The full cut: key to cells."""
        return {
            self.row_key(row): self.cells(row)
            for row in rows
            if row.person not in banned and "IT" in row.responsibilities and self.delivered(row)
        }

    def cells(self, row: Row) -> dict[str, str]:
        token = Marker(self.key, self.subscription, self.customer).token(row.nonce)
        return {
            "rajaus_key": self.row_key(row),
            "organisation_name": self.organisation_name(row),
            "business_id": business_id(row.org),
            "first_name": row.first_name,
            "last_name": row.last_name,
            "title": row.title or "",
            "responsibilities": self.responsibilities(row),
            "email": row.email or "",
            "mobile": row.mobile or "",
            "organisation_phone": row.phone or "",
            "ban_url": self.ban_url + _letters(token),
        }
