"""Stop lists by webhook: signed as Standard Webhooks says, row keys and codes only, tried again until they arrive.

https://www.standardwebhooks.com. A new value never goes this way: an update is announced and its file exported.
"""

from __future__ import annotations

import base64
import ipaddress
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
import tenacity
from standardwebhooks import Webhook

from core.errors import InvalidInput, InvalidTransition
from extracts.gate import stop_list as gate
from ledger import messages, webhooks
from ledger.store import Store
from subjects.stop_list import due_for_reminder, nothing_untold
from subjects.stop_list_keys import Keys

Row = dict[str, Any]
PART = 2_000
"""Rows in one call; a longer message comes in parts."""
ANSWER_LIMIT = 65_536
_GONE = 410
_AGAIN = frozenset({408, 425, 429})
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def set_webhook(store: Store, customer: str, *, url: str, rotate: bool = False) -> Row:
    """Set where a recipient's machine takes messages: ``{"customer", "url", "secret"}``. The secret is for the
    recipient; it is derived from the key file ``webhook`` and stored nowhere.

    Raises ``InvalidInput`` (webhook_url_invalid) unless the address is https, or http on this machine.
    """
    check_url(url)
    with store.write() as tx:
        row = webhooks.set_webhook(tx, customer, url=url, rotate=rotate)
    return {"customer": customer, "url": url, "secret": secret(store, customer, generation=row["generation"])}


def disable(store: Store, customer: str) -> Row:
    """Send nothing to a recipient's webhook any more. Raises ``NotFound`` (webhook_none)."""
    with store.write() as tx:
        webhooks.disable(tx, customer, reason="by hand")
    return {"customer": customer, "webhook": "off"}


def check_url(url: str) -> None:
    """Raise ``InvalidInput`` (webhook_url_invalid) for an address that messages may not go to."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        plain = not (parts.username or parts.password or parts.fragment) and (parts.port is None or parts.port > 0)
    except ValueError as error:
        raise InvalidInput("webhook_url_invalid") from error
    secure = parts.scheme == "https" and _public(host)
    if not (host and plain and (secure or (parts.scheme in ("http", "https") and host in _LOOPBACK))):
        raise InvalidInput("webhook_url_invalid")


def _public(host: str) -> bool:
    """Whether a host is a name, or a number that is reachable from everywhere: no door to our own network."""
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host


def secret(store: Store, customer: str, *, generation: int) -> str:
    """A recipient's secret as Standard Webhooks writes it (``whsec_`` and base 64)."""
    key = store.key("webhook").derive("stop-list").sub(f"{customer}|{generation}")
    return "whsec_" + base64.b64encode(key.secret).decode()


@dataclass(frozen=True)
class _Call:
    """One POST: its id, which stays the same however often it is tried, and its body."""

    id: str
    body: str


@dataclass(frozen=True)
class _Answer:
    """What came of one try."""

    arrived: bool
    detail: str
    """HTTP status, or the kind of failure."""
    again: bool = False
    body: bytes = b""


def send(
    store: Store,
    *,
    customer: str | None = None,
    reminders: bool = False,
    transport: httpx.BaseTransport | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Row:
    """Post the messages not sent yet (``reminders``: those to be reminded of) to the recipients that have a webhook.

    Each call is tried ``webhook_tries`` times with growing pauses; every try is recorded. What fails stays open for the
    next run, and does not hold up the others. A recipient may acknowledge in its answer: a JSON body
    ``{"acknowledged": MESSAGE, "by": WHO}``. Returns ``{"sent", "announced", "failed", "without_webhook",
    "messages": [{"message", "customer", "outcome", "tries", "detail", "acknowledged"}]}``.
    """
    with nothing_untold(store) as tx:
        wanted = messages.messages(tx.connection, customer=customer, states=["sent" if reminders else "open"])
        if reminders:
            wanted = [row for row in wanted if due_for_reminder(row, now=tx.at)]
        collected = gate.collect(tx.connection, wanted)
        collected = Keys(store, tx.connection, collected).named(collected)
        content = {row["message"]: one for row, one in zip(wanted, collected, strict=True)}
        hooks = {row["customer"]: webhooks.webhook(tx.connection, row["customer"]) for row in wanted}
        tx.abandon()
    document: Row = {"sent": 0, "announced": 0, "failed": 0, "without_webhook": 0, "messages": []}
    for row in wanted:
        hook = hooks[row["customer"]]
        if hook is None or hook["disabled_at"] is not None:
            document["without_webhook"] += 1
            continue
        result = _tell(store, row, content[row["message"]], hook, transport=transport, sleep=sleep)
        if result["detail"] == f"HTTP {_GONE}":
            with store.write() as tx:
                webhooks.disable(tx, row["customer"], reason="answered 410 Gone")
            hook["disabled_at"] = store.now()
        document["sent" if result["outcome"] == "delivered" else result["outcome"]] += 1
        document["messages"].append(result)
    return document


def _tell(
    store: Store,
    row: Row,
    content: Row,
    hook: Row,
    *,
    transport: httpx.BaseTransport | None,
    sleep: Callable[[float], None],
) -> Row:
    """One message with all its parts; every try is recorded as it is made."""
    full = "announced" if row["code"] == "update" else "delivered"
    calls = list(_calls(content, at=store.now().isoformat()))
    tries = 0
    with _client(hook["url"], transport) as client:
        for place, call in enumerate(calls, start=1):

            def once(call: _Call = call, last: bool = place == len(calls)) -> _Answer:
                answer = _post(store, client, hook, call)
                told = (full if last else "announced") if answer.arrived else "failed"
                with store.write() as tx:
                    messages.record_attempt(tx, row["message"], via="webhook", outcome=told, detail=answer.detail)
                return answer

            retrying = _retrying(store.settings.webhook_tries, sleep)
            answer: _Answer = retrying(once)
            tries += retrying.statistics["attempt_number"]
            if not answer.arrived:
                break
    return {
        "message": row["message"],
        "customer": row["customer"],
        "outcome": full if answer.arrived else "failed",
        "tries": tries,
        "detail": answer.detail,
        "acknowledged": answer.arrived and full == "delivered" and _acknowledged(store, row["message"], answer.body),
    }


def _retrying(tries: int, sleep: Callable[[float], None]) -> tenacity.Retrying:
    """Again with growing pauses while an answer says so; the last answer is the result."""
    return tenacity.Retrying(
        stop=tenacity.stop_after_attempt(tries),
        wait=tenacity.wait_exponential_jitter(initial=1, max=30),
        retry=tenacity.retry_if_result(lambda answer: answer.again),
        retry_error_callback=lambda state: state.outcome.result() if state.outcome else None,
        sleep=sleep,
    )


def _calls(content: Row, *, at: str) -> Iterator[_Call]:
    rows = [
        {"extract": row["extract"], "row": row["row"]}
        | ({"key": row["key"]} if "key" in row else {})
        | ({"fields": sorted(row["changes"])} if "changes" in row else {})
        for row in content["rows"]
    ]
    parts = [rows[start : start + PART] for start in range(0, len(rows), PART)] or [[]]
    for number, part in enumerate(parts, start=1):
        data = {
            "message": content["message"],
            "part": number,
            "parts": len(parts),
            "acknowledge_by": content["acknowledge_by"].isoformat(),
            "rows": part,
        }
        body = {"type": f"stop_list.{content['code']}", "timestamp": at, "data": data}
        name = content["message"] if len(parts) == 1 else f"{content['message']}.{number}"
        yield _Call(name, json.dumps(body, separators=(",", ":")))


def _client(url: str, transport: httpx.BaseTransport | None) -> httpx.Client:
    """No redirects: a signed message goes where it was told to go, or nowhere."""
    return httpx.Client(
        timeout=10, follow_redirects=False, transport=transport, trust_env=urlsplit(url).hostname not in _LOOPBACK
    )


def _post(store: Store, client: httpx.Client, hook: Row, call: _Call) -> _Answer:
    at = store.now()
    signed = [
        Webhook(secret(store, hook["customer"], generation=generation)).sign(
            msg_id=call.id, timestamp=at, data=call.body
        )
        for generation in webhooks.generations(hook, at=at)
    ]
    headers = {
        "content-type": "application/json",
        "user-agent": "rajaus",
        "webhook-id": call.id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signed),
    }
    try:
        check_url(hook["url"])
        with client.stream("POST", hook["url"], content=call.body.encode(), headers=headers) as response:
            body = _limited(response)
            status = response.status_code
    except httpx.HTTPError as error:
        return _Answer(False, type(error).__name__, again=True)
    detail = f"HTTP {status}"
    if 200 <= status < 300:
        return _Answer(True, detail, body=body)
    return _Answer(False, detail, again=status >= 500 or status in _AGAIN)


def _limited(response: httpx.Response) -> bytes:
    """The start of the answer: nobody makes us read on and on."""
    body = b""
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > ANSWER_LIMIT:
            return b""
    return body


def _acknowledged(store: Store, message: str, body: bytes) -> bool:
    """Whether the answer says, by the message's own id, that it is done; then that is recorded."""
    try:
        answer = json.loads(body)
        by = answer["by"] if answer["acknowledged"] == message else None
    except (ValueError, TypeError, KeyError):
        return False
    if not isinstance(by, str) or not (name := "".join(c for c in by if c.isprintable()).strip()):
        return False
    try:
        with store.write() as tx:
            messages.acknowledge(tx, message, by=name[:200])
    except InvalidTransition:  # somebody recorded it by hand meanwhile
        return True
    return True
