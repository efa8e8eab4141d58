"""Stop lists by webhook: signed, tried again, acknowledged in the answer, and never with a person's text in them."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from core.clock import system_clock
from core.errors import InvalidInput, NotFound
from ledger import webhooks
from ledger.store import Store
from subjects import recipients, stop_list, stop_list_webhook
from tests.recipients import house
from tests.recipients.conftest import Held

URL = "https://ostaja.example/rajaus"


def _hook(store: Store, customer: str, url: str = URL) -> str:
    return str(stop_list_webhook.set_webhook(store, customer, url=url)["secret"])


class Receiver:
    """Recipients' machines: answers by host, and every call that came."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.calls: list[httpx.Request] = []
        self.pauses: list[float] = []

    def handle(self, request: httpx.Request) -> httpx.Response:
        self.calls.append(request)
        answer = self.answers.get(request.url.host.split(".")[0], 200)
        answer = answer.pop(0) if isinstance(answer, list) and len(answer) > 1 else answer
        answer = answer[0] if isinstance(answer, list) else answer
        if isinstance(answer, Exception):
            raise answer
        if callable(answer):
            return answer(request)
        return httpx.Response(answer)

    def send(self, store: Store, **more: Any) -> dict[str, Any]:
        return stop_list_webhook.send(
            store, transport=httpx.MockTransport(self.handle), sleep=self.pauses.append, **more
        )


def _verified(secret: str, request: httpx.Request) -> Any:
    """The body of a call, if the recipient's secret says that it is ours; the time of it is not looked at."""
    hook = Webhook(secret)
    names = {name: request.headers[f"webhook-{name}"] for name in ("id", "timestamp", "signature")}
    from datetime import UTC, datetime

    at = datetime.fromtimestamp(int(names["timestamp"]), UTC)
    body = request.content.decode()
    assert hook.sign(msg_id=names["id"], timestamp=at, data=body) in names["signature"].split(" ")
    return json.loads(body)


def test_R063_one_of_four_recipients_is_down_it_is_tried_again_and_stays_open_the_others_are_done(held: Held) -> None:
    hosts = ("a", "b", "down", "d")
    for customer, host in zip(held.customers, hosts, strict=True):
        _hook(held.store, customer, f"https://{host}.example/")
    house.ban(held.store, house.PERSON)
    receiver = Receiver(down=httpx.ConnectError("refused"))
    document = receiver.send(held.store)
    assert (document["sent"], document["failed"]) == (3, 1)
    [failed] = [one for one in document["messages"] if one["outcome"] == "failed"]
    assert (failed["customer"], failed["tries"], failed["detail"]) == (held.customers[2], 3, "ConnectError")
    assert [call.url.host for call in receiver.calls].count("down.example") == 3
    assert 1 <= receiver.pauses[0] <= receiver.pauses[1]
    states = {row["customer"]: row["state"] for row in stop_list.listing(held.store)}
    assert states == {customer: "open" if customer == held.customers[2] else "sent" for customer in held.customers}
    tried = stop_list.show(held.store, failed["message"])["attempts"]
    assert [(one["attempt"], one["outcome"], one["detail"]) for one in tried] == [
        (number, "failed", "ConnectError") for number in (1, 2, 3)
    ]
    again = Receiver().send(house.later(held.store, hours=1))
    assert [one["customer"] for one in again["messages"]] == [held.customers[2]]
    assert {row["state"] for row in stop_list.listing(held.store)} == {"sent"}


def test_R023_a_call_is_signed_and_carries_row_keys_and_codes_alone(held: Held) -> None:
    one = held.recipients[0]
    secret = _hook(held.store, one.customer)
    house.ban(held.store, house.PERSON)
    receiver = Receiver()
    receiver.send(held.store)
    [call] = receiver.calls
    body = _verified(secret, call)
    assert body["type"] == "stop_list.remove"
    message = stop_list.listing(held.store, customer=one.customer)[0]["message"]
    assert body["data"] == {
        "message": message,
        "part": 1,
        "parts": 1,
        "acknowledge_by": (held.store.now() + timedelta(days=5)).isoformat(),
        "rows": [{"extract": one.extract, "row": house.rows_of(held.store)[one.extract]}],
    }
    assert call.headers["webhook-id"] == message
    for secret_word in (house.MAIL, "ban-", "processing", "tester"):
        assert secret_word not in call.content.decode()


def test_R063_a_new_value_is_announced_and_goes_out_in_the_file_alone(held: Held, tmp_path: Any) -> None:
    customer = held.customers[0]
    _hook(held.store, customer)
    changes = {"title": "Hallintojohtaja"}
    recipients.tell(held.store, persons=[house.PERSON], code="update", cause="correction-1", changes=changes)
    receiver = Receiver()
    document = receiver.send(held.store)
    assert (document["announced"], document["without_webhook"]) == (1, 3)
    [call] = receiver.calls
    assert json.loads(call.content)["data"]["rows"][0]["fields"] == ["title"]
    assert "Hallintojohtaja" not in call.content.decode()
    assert {row["state"] for row in stop_list.listing(held.store, customer=customer)} == {"open"}
    [made] = stop_list.export(held.store, tmp_path / "out", customer=customer)["recipients"]
    assert house.read_csv(made["files"])[0]["value"] == "Hallintojohtaja"


@pytest.mark.parametrize(
    ("answer", "tries", "outcome"),
    [
        ([503, 503, 200], 3, "delivered"),
        ([429, 204], 2, "delivered"),
        ([httpx.ReadTimeout("slow"), 202], 2, "delivered"),
        (500, 3, "failed"),
        (404, 1, "failed"),
        (301, 1, "failed"),
    ],
)
def test_what_may_pass_is_tried_again_and_what_will_not_is_not(
    held: Held, answer: Any, tries: int, outcome: str
) -> None:
    _hook(held.store, held.customers[0])
    house.ban(held.store, house.PERSON)
    receiver = Receiver(ostaja=answer)
    [result] = receiver.send(held.store)["messages"]
    assert (result["tries"], result["outcome"], len(receiver.calls)) == (tries, outcome, tries)
    assert len({call.headers["webhook-id"] for call in receiver.calls}) == 1


def test_an_endpoint_that_says_it_is_gone_is_not_asked_again(held: Held, tmp_path: Any) -> None:
    _hook(held.store, held.customers[0])
    house.ban(held.store, house.PERSON)
    receiver = Receiver(ostaja=410)
    receiver.send(held.store)
    assert receiver.send(held.store)["without_webhook"] == 4
    assert len(receiver.calls) == 1
    assert len(stop_list.export(held.store, tmp_path / "out")["recipients"]) == 4
    _hook(held.store, held.customers[0])  # set anew, it is in use again
    with held.store.ledger.read() as connection:
        hook = webhooks.webhook(connection, held.customers[0])
    assert hook is not None
    assert hook["disabled_at"] is None


def _answer(content: Callable[[str], bytes]) -> Callable[[httpx.Request], httpx.Response]:
    def respond(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=content(json.loads(request.content)["data"]["message"]))

    return respond


def test_R023_a_recipient_may_acknowledge_in_its_answer(held: Held) -> None:
    _hook(held.store, held.customers[0])
    house.ban(held.store, house.PERSON)
    says = _answer(lambda message: json.dumps({"acknowledged": message, "by": "crm\x00-robotti"}).encode())
    [result] = Receiver(ostaja=says).send(held.store)["messages"]
    assert result["acknowledged"] is True
    shown = stop_list.show(held.store, result["message"])
    assert (shown["state"], shown["settled_by"]) == ("acknowledged", "crm-robotti")


@pytest.mark.parametrize(
    "content",
    [
        lambda _: b"",
        lambda _: b"\xff{",
        lambda _: b"[]",
        lambda _: b'{"acknowledged": true, "by": "x"}',
        lambda _: b'{"acknowledged": "message-other", "by": "x"}',
        lambda message: json.dumps({"acknowledged": message}).encode(),
        lambda message: json.dumps({"acknowledged": message, "by": " \x00"}).encode(),
        lambda message: json.dumps({"acknowledged": message, "by": "x" * 70_000}).encode(),
    ],
)
def test_an_answer_that_does_not_say_so_acknowledges_nothing(held: Held, content: Callable[[str], bytes]) -> None:
    _hook(held.store, held.customers[0])
    house.ban(held.store, house.PERSON)
    [result] = Receiver(ostaja=_answer(content)).send(held.store)["messages"]
    assert (result["outcome"], result["acknowledged"]) == ("delivered", False)


def test_a_long_message_comes_in_parts_and_is_sent_when_all_have_arrived(
    held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stop_list_webhook, "PART", 2)
    _hook(held.store, held.customers[0])
    house.ban(held.store, *range(1001, 1006))
    half = Receiver(ostaja=[200, 500])
    assert half.send(held.store)["failed"] == 1
    assert {row["state"] for row in stop_list.listing(held.store)} == {"open"}
    whole = Receiver()
    assert whole.send(held.store)["sent"] == 1
    bodies = [json.loads(call.content)["data"] for call in whole.calls]
    assert [(body["part"], body["parts"], len(body["rows"])) for body in bodies] == [(1, 3, 2), (2, 3, 2), (3, 3, 1)]
    assert len({call.headers["webhook-id"] for call in whole.calls}) == 3


def test_R063_a_reminder_is_the_same_call_again(held: Held) -> None:
    _hook(held.store, held.customers[0])
    house.ban(held.store, house.PERSON)
    first = Receiver()
    first.send(held.store)
    later = Receiver()
    assert later.send(house.later(held.store, days=1), reminders=True)["messages"] == []
    assert later.send(house.later(held.store, days=2), reminders=True)["sent"] == 1
    assert later.calls[0].headers["webhook-id"] == first.calls[0].headers["webhook-id"]
    assert later.calls[0].headers["webhook-signature"] != first.calls[0].headers["webhook-signature"]


def test_secrets_differ_by_customer_and_the_old_one_signs_for_seven_days_after_a_rotation(held: Held) -> None:
    one, other = held.customers[:2]
    old = _hook(held.store, one)
    assert old == _hook(held.store, one) != _hook(held.store, other)
    assert old.startswith("whsec_")
    new = stop_list_webhook.set_webhook(held.store, one, url=URL, rotate=True)["secret"]
    assert new != old
    house.ban(held.store, house.PERSON)
    receiver = Receiver()
    receiver.send(held.store, customer=one)
    [call] = receiver.calls
    _verified(old, call)
    _verified(new, call)
    later = Receiver()
    later.send(house.later(held.store, days=7), customer=one, reminders=True)
    _verified(new, later.calls[0])
    with pytest.raises(AssertionError):
        _verified(old, later.calls[0])
    assert new not in house.audit_text(held.store)


@pytest.mark.parametrize(
    "url",
    [
        "http://ostaja.example/", "ftp://ostaja.example/", "https://", "https://user:pass@ostaja.example/",
        "https://ostaja.example/#x", "https://10.0.0.7/", "https://192.168.1.1/", "https://169.254.169.254/latest",
        "https://[fe80::1]/", "https://intranet/", "https://ostaja.example:99999/", "x",
        "http://127.0.0.1.ostaja.example/",
    ],
)  # fmt: skip
def test_a_webhook_goes_over_tls_to_a_public_host_or_nowhere(held: Held, url: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        stop_list_webhook.set_webhook(held.store, held.customers[0], url=url)
    assert caught.value.code == "webhook_url_invalid"
    assert "pass" not in str(caught.value)


@pytest.mark.parametrize("url", [URL, "https://ostaja.example:8443/a?b=c", "http://127.0.0.1:9/", "http://localhost/"])
def test_addresses_that_a_webhook_may_have(held: Held, url: str) -> None:
    assert stop_list_webhook.set_webhook(held.store, held.customers[0], url=url)["url"] == url


def test_a_customer_or_webhook_that_is_not_there_is_said(held: Held) -> None:
    with pytest.raises(NotFound):
        stop_list_webhook.set_webhook(held.store, "customer-none", url=URL)
    with pytest.raises(NotFound) as caught:
        stop_list_webhook.disable(held.store, held.customers[0])
    assert caught.value.code == "webhook_none"


@contextmanager
def _machine(secret: Callable[[], str]) -> Iterator[tuple[str, list[Any]]]:
    """A recipient's own server, which checks what comes with the Standard Webhooks library."""
    seen: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            try:
                data = Webhook(secret()).verify(body, dict(self.headers.items()))
            except WebhookVerificationError:
                self.send_response(401)
                self.end_headers()
                return
            seen.append(data)
            answer = json.dumps({"acknowledged": data["data"]["message"], "by": "machine"}).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", seen
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_R063_a_real_machine_verifies_the_call_with_the_library_and_acknowledges_it(held: Held) -> None:
    now = house.at(held.store, system_clock())  # the library looks at the time
    customer = held.customers[0]
    known: dict[str, str] = {}
    with _machine(lambda: known["secret"]) as (url, seen):
        known["secret"] = _hook(now, customer, url)
        house.ban(held.store, house.PERSON)
        recipients.sweep(held.store)
        [result] = stop_list_webhook.send(now, customer=customer)["messages"]
        assert (result["outcome"], result["acknowledged"], result["detail"]) == ("delivered", True, "HTTP 200")
        assert [one["type"] for one in seen] == ["stop_list.remove"]
        known["secret"] = stop_list_webhook.secret(now, held.customers[1], generation=1)  # another's secret
        house.ban(held.store, house.PERSON + 1)
        recipients.sweep(held.store)
        [refused] = stop_list_webhook.send(now, customer=customer)["messages"]
        assert (refused["outcome"], refused["detail"]) == ("failed", "HTTP 401")
