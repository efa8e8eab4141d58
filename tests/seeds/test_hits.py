"""R038, R039: what a mailbox, a call log and a gateway's payload say about seeds."""

from __future__ import annotations

import json
import mailbox
import random
import re
import stat
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from core.clock import fixed_clock
from core.errors import FileRejected, InvalidInput, NotFound
from core.files import sha256_file
from extracts.hits import declare_senders, read_hits, record_by_hand
from extracts.hits.judge import EXPECTED, OUTSIDE, REASONS, STRAY, judge
from extracts.hits.sighting import addresses, instant
from ledger import breaches, seeds as stock
from ledger.seeds import Placement
from schemas.retention import rules
from service.cli import main
from subjects.retention.files import FINDERS
from tests.seeds.conftest import AFTER, DELIVERED, IN_WINDOW, READ_AT, Placed


def letter(to: str, *, at: datetime | None = IN_WINDOW, sender: str = "myynti@ostaja.example", **headers: str) -> bytes:
    made = EmailMessage()
    made["From"], made["To"] = f"Myynti <{sender}>", to
    made["Subject"] = headers.pop("Subject", "Tarjous")
    made["Message-ID"] = headers.pop("Message_ID", f"<{random.randrange(10**12)}@ostaja.example>")
    if at is not None:
        made["Date"] = format_datetime(at)
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content("Hei!\n\nFrom tästä alkaa tarjous.\n")
    return made.as_bytes()


def mbox(path: Path, *contents: bytes) -> Path:
    box = mailbox.mbox(path)
    for content in contents:
        box.add(content)
    box.close()
    return path


def maildir(path: Path, *contents: bytes) -> Path:
    box = mailbox.Maildir(path)
    for content in contents:
        box.add(content)
    return path


def eml(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def figures(document: dict[str, Any]) -> dict[str, int]:
    assert document["read"] == document["hits"] + document["others"] + document["rejected"]
    return {name: value for name, value in document.items() if isinstance(value, int) and value}


def candidates(placed: Placed) -> list[dict[str, Any]]:
    with placed.store.ledger.read() as connection:
        return breaches.cases(connection)


BOXES: list[Callable[..., Path]] = [
    lambda folder, content: mbox(folder / "box", letter("joku@muu.example"), content),
    lambda folder, content: maildir(folder / "dir", letter("joku@muu.example"), content),
    lambda folder, content: eml(folder / "one.eml", content),
]


@pytest.mark.parametrize("box", BOXES, ids=["mbox", "maildir", "eml"])
def test_r039_a_message_to_a_seed_is_found_in_every_box(
    placed: Placed, tmp_path: Path, box: Callable[..., Path]
) -> None:
    seed = placed.seeds[0]
    document = read_hits(placed.store, box(tmp_path, letter(f'"Ö, M" <{seed["email"].upper()}>, x@y.example')))
    found = figures(document)
    assert found.pop("others", 0) == found.pop("read") - 1
    assert found == {"hits": 1, "recorded": 1, EXPECTED: 1}
    [hit] = placed.hits()
    assert (hit["seed"], hit["kind"], hit["via"], hit["extract"]) == (seed["seed"], "email", "mailbox", placed.extract)
    assert (hit["seen_at"], hit["verdict"], hit["reasons"], hit["answered_as"]) == (IN_WINDOW, EXPECTED, [], None)
    assert candidates(placed) == []


def test_r039_every_header_that_names_a_recipient_is_read(placed: Placed, tmp_path: Path) -> None:
    address = placed.seeds[0]["email"].upper()
    headers = ("Cc", "Bcc", "Delivered-To", "X-Original-To", "Resent-To", "Envelope-To")
    values = [(name, f"<{address}>") for name in headers]
    values.append(("Received", f"from a by b for <{address}>; {format_datetime(IN_WINDOW)}"))
    letters = [letter("Lista <lista@muu.example>", **{name: value}) for name, value in values]
    document = read_hits(placed.store, mbox(tmp_path / "box", *letters, letter("x@y.example", Subject=address)))
    assert figures(document) == {
        "read": len(values) + 1, "hits": len(values), "others": 1, "recorded": len(values), EXPECTED: len(values)
    }  # fmt: skip


def test_r039_the_copy_is_the_message_readable_by_its_owner_only(placed: Placed, tmp_path: Path) -> None:
    content = letter(placed.seeds[0]["email"])
    read_hits(placed.store, eml(tmp_path / "one.eml", content))
    [hit] = placed.hits()
    copy = placed.store.path(hit["evidence"])
    assert copy.read_bytes() == content
    assert sha256_file(copy) == hit["evidence_sha256"]
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert copy.parent == placed.store.home.hits
    with placed.store.ledger.read() as connection:
        said = json.dumps([dict(row) for row in audit_rows(connection)], default=str)
    assert placed.seeds[0]["email"] not in said
    assert "myynti@" not in said


def audit_rows(connection: Any) -> list[Any]:
    from sqlalchemy import select

    from ledger import tables

    return list(connection.execute(select(tables.audit)).mappings())


def test_r039_the_same_message_in_every_box_and_twice_is_one_hit(placed: Placed, tmp_path: Path) -> None:
    content = letter(placed.seeds[0]["email"])
    crlf = content.replace(b"\n", b"\r\n") + b"\r\n\r\n"
    relayed = b"Received: from x by y; Tue, 24 Nov 2026 11:16:00 +0200\nX-Status: RO\n" + content
    event = {"recipient": placed.seeds[0]["email"], "raw": content.decode()}
    (tmp_path / "hook.json").write_text(json.dumps([event, event]), encoding="utf-8")
    first = read_hits(placed.store, mbox(tmp_path / "box", content, content))
    assert figures(first) == {"read": 2, "hits": 2, "recorded": 1, "already": 1, EXPECTED: 1}
    for path in (
        maildir(tmp_path / "dir", content, relayed), eml(tmp_path / "a.eml", crlf), tmp_path / "hook.json",
        tmp_path / "box",
    ):  # fmt: skip
        assert read_hits(placed.store, path)["recorded"] == 0
    assert len(placed.hits()) == 1
    assert len(list(placed.store.home.hits.iterdir())) == 1
    other = letter(placed.seeds[0]["email"], Subject="Muistutus")
    assert read_hits(placed.store, eml(tmp_path / "b.eml", other))["recorded"] == 1


def test_r039_a_message_to_two_seeds_is_one_hit_and_two_records(placed: Placed, tmp_path: Path) -> None:
    to = ", ".join(seed["email"] for seed in placed.seeds[:2])
    document = read_hits(placed.store, eml(tmp_path / "one.eml", letter(to)))
    assert figures(document) == {"read": 1, "hits": 1, "recorded": 2, EXPECTED: 2}


def test_r039_one_after_the_campaign_opens_a_candidate_with_the_evidence(placed: Placed, tmp_path: Path) -> None:
    document = read_hits(placed.store, eml(tmp_path / "one.eml", letter(placed.seeds[0]["email"], at=AFTER)))
    assert figures(document) == {"read": 1, "hits": 1, "recorded": 1, OUTSIDE: 1}
    [hit], [case] = placed.hits(), candidates(placed)
    assert document["cases"] == [case["breach"]]
    assert (case["trigger"], case["state"], case["ids"]["extract"]) == ("seed_hit", "candidate", placed.extract)
    assert (case["ids"]["hit"], case["ids"]["suspect"]) == (hit["hit"], hit["evidence_sha256"])
    assert hit["reasons"] == case["ids"]["reasons"] == ["after_window"]
    assert placed.store.path(hit["evidence"]).parent == placed.store.home.evidence
    again = read_hits(placed.store, eml(tmp_path / "two.eml", letter(placed.seeds[1]["email"], at=AFTER)))
    assert (again[OUTSIDE], again["cases"]) == (1, []), "while the case is undecided, the next is noted in it"
    with placed.store.ledger.read() as connection:
        events = breaches.events(connection, case["breach"])
    assert [event["event"] for event in events] == ["found", "found_again"]
    assert events[1]["ids"]["hit"] in {one["hit"] for one in placed.hits()}


PLACED = Placement(
    extract="extract-a", campaign="campaign-a", channels=["email"],
    starts_at=DELIVERED - timedelta(days=1), ends_at=DELIVERED + timedelta(days=8),
    released_at=DELIVERED - timedelta(hours=1), delivered_at=DELIVERED,
)  # fmt: skip
GOOD = {"kind": "email", "at": IN_WINDOW, "sender": "buyer.example", "senders": ("buyer.example",)}
TABLE = [
    (PLACED, {}, EXPECTED, ()),
    (PLACED, {"senders": ()}, EXPECTED, ()),
    (PLACED, {"senders": ("+358401234567",)}, EXPECTED, ()),
    (PLACED, {"sender": "news.buyer.example"}, EXPECTED, ()),
    (PLACED, {"sender": "notbuyer.example"}, OUTSIDE, ("sender",)),
    (PLACED, {"sender": None}, OUTSIDE, ("sender",)),
    (PLACED, {"at": DELIVERED}, EXPECTED, ()),
    (PLACED, {"at": DELIVERED - timedelta(seconds=1)}, OUTSIDE, ("before_window",)),
    (PLACED, {"at": PLACED.ends_at - timedelta(seconds=1)}, EXPECTED, ()),
    (PLACED, {"at": PLACED.ends_at}, OUTSIDE, ("after_window",)),
    (PLACED, {"at": None}, OUTSIDE, ("time_unknown",)),
    (PLACED, {"kind": "phone", "sender": None}, OUTSIDE, ("channel",)),
    (PLACED, {"kind": "post", "sender": None}, OUTSIDE, ("channel",)),
    (
        replace(PLACED, channels=["phone"]),
        {"kind": "phone", "sender": "+358401", "senders": ("+358401",)},
        EXPECTED,
        (),
    ),
    (replace(PLACED, channels=["phone"]), {"kind": "phone", "senders": ("+358401",)}, OUTSIDE, ("sender",)),
    (replace(PLACED, starts_at=IN_WINDOW + timedelta(days=1)), {}, OUTSIDE, ("before_window",)),
    (replace(PLACED, delivered_at=None), {}, OUTSIDE, ("undelivered",)),
    (None, {}, STRAY, ("unplaced",)),
]


@pytest.mark.parametrize(("where", "given", "verdict", "reasons"), TABLE)
def test_r039_the_verdict(where: Placement | None, given: dict[str, Any], verdict: str, reasons: tuple[str]) -> None:
    assert judge(where, **(GOOD | given)) == (verdict, reasons)


def test_r039_every_reason_is_in_the_table() -> None:
    assert {reason for row in TABLE for reason in row[3]} == set(REASONS)


def test_r039_another_sender_than_those_declared_opens_a_candidate(placed: Placed, tmp_path: Path) -> None:
    assert declare_senders(placed.store, placed.campaign, ["Myynti@Ostaja.Example", "040 123 4567"]) == [
        "+358401234567",
        "ostaja.example",
    ]
    own = letter(placed.seeds[0]["email"], sender="a@news.ostaja.example")
    foreign = letter(placed.seeds[1]["email"], sender="a@muu.example")
    document = read_hits(placed.store, mbox(tmp_path / "box", own, foreign))
    assert (document[EXPECTED], document[OUTSIDE], len(document["cases"])) == (1, 1, 1)
    assert {tuple(hit["reasons"]) for hit in placed.hits()} == {(), ("sender",)}
    declare_senders(placed.store, placed.campaign, [])
    other = letter(placed.seeds[2]["email"], sender="a@muu.example")
    assert read_hits(placed.store, eml(tmp_path / "one.eml", other))[EXPECTED] == 1


@pytest.mark.parametrize("sender", ["", "ei mikään", "@"])
def test_r039_what_is_no_domain_or_number_is_not_declared(placed: Placed, sender: str) -> None:
    with pytest.raises(InvalidInput):
        declare_senders(placed.store, placed.campaign, [sender])
    with pytest.raises(NotFound):
        declare_senders(placed.store, "campaign-none", ["ostaja.example"])


def test_r038_an_unused_seed_that_is_not_silent_leaves_the_stock(placed: Placed, tmp_path: Path) -> None:
    """fingerprint.md 2.4: noise before the first use would be taken for misuse after it."""
    seed = placed.ready[0]
    document = read_hits(placed.store, eml(tmp_path / "one.eml", letter(seed["email"])))
    assert figures(document) == {"read": 1, "hits": 1, "recorded": 1, STRAY: 1}
    with placed.store.ledger.read() as connection:
        assert stock.known_one(connection, seed["seed"]).state == "retired"
        left = stock.ready(connection, today=placed.store.today(), limit=99)
    assert seed["seed"] not in {one["seed"] for one in left}
    assert candidates(placed) == []


@pytest.mark.parametrize(
    ("header", "row", "encoding"),
    [
        ("caller;called number;time", "{caller};{called};24.11.2026 11.15", "utf-8"),
        ("Soittaja,Soitettu numero,Aika", '{caller},{called},"24.11.2026 klo 11:15"', "utf-8-sig"),
        ("Alkamisaika;Lähettäjä;Vastaanottaja", "2026-11-24T11:15:00+02:00;{caller};{called}", "cp1252"),
        ("timestamp\tto\tfrom", "1795511700\t{called}\t{caller}", "utf-8"),
    ],
)
def test_r039_a_call_log_in_finnish_and_english(
    placed: Placed, tmp_path: Path, header: str, row: str, encoding: str
) -> None:
    seed = placed.seeds[0]
    number = seed["mobile"].replace("+358", "0")
    lines = [
        header,
        row.format(caller="010 123 4567", called=number[:4] + " " + number[4:]),
        row.format(caller="", called="09 1234 5678"),
        row.format(caller="010 123 4567", called="salainen"),
        row.format(caller="x", called="y") + 9 * header[-5],
    ]
    lines[-1] = "vain yksi solu"
    path = tmp_path / "puhelut.csv"
    path.write_bytes("\n".join(lines).encode(encoding))
    document = read_hits(placed.store, path)
    assert figures(document) == {"read": 4, "hits": 1, "others": 1, "rejected": 2, "recorded": 1, OUTSIDE: 1}
    [hit] = placed.hits()
    assert (hit["kind"], hit["via"], hit["seen_at"]) == ("phone", "call_log", IN_WINDOW)
    assert hit["reasons"] == ["channel"], "the campaign is one over e-mail"
    kept = json.loads(placed.store.path(hit["evidence"]).read_text(encoding="utf-8"))
    assert kept["file_sha256"] == sha256_file(path)
    assert kept["row"]["line"] == 1
    assert read_hits(placed.store, path)["already"] == 1


def test_r039_a_call_without_a_time_is_a_hit_all_the_same(placed: Placed, tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    path.write_text(f"called;time\n{placed.seeds[0]['mobile']};joskus\n", encoding="utf-8")
    assert figures(read_hits(placed.store, path)) == {"read": 1, "hits": 1, "recorded": 1, OUTSIDE: 1}
    assert placed.hits()[0]["reasons"] == ["time_unknown", "channel"]


EVENTS = [
    {"to": "{email}", "from": "a@ostaja.example", "at": "2026-11-24T11:15:00+02:00"},
    {"recipient": "{email}", "sender": "a@ostaja.example", "timestamp": 1795511700},
    {"envelope": {"to": ["{email}"], "from": "a@ostaja.example"}, "date": "Tue, 24 Nov 2026 11:15:00 +0200"},
    {"event-data": {"to": [{"email": "{email}", "name": "x"}], "received_at": "2026-11-24T09:15:00Z"}},
]


@pytest.mark.parametrize(("event", "shape"), [*zip(EVENTS, ["one", "list", "wrapped", "lines"], strict=True)])
def test_r039_a_gateways_payload(placed: Placed, tmp_path: Path, event: dict[str, Any], shape: str) -> None:
    said = json.dumps(event).replace("{email}", placed.seeds[0]["email"])
    other = '{"to": "joku@muu.example", "n": 1}'
    text = {
        "one": said,
        "list": f"[{said}, {other}, 7]",
        "wrapped": f'{{"events": [{said}, {other}, 7]}}',
        "lines": f"{said}\n{other}\nno json\n",
    }[shape]
    path = tmp_path / "hook.json"
    path.write_text(text, encoding="utf-8")
    rest = {} if shape == "one" else {"others": 1, "rejected": 1}
    expected = {"read": 1 + len(rest), "hits": 1, "recorded": 1, EXPECTED: 1} | rest
    assert figures(read_hits(placed.store, path)) == expected
    [hit] = placed.hits()
    assert (hit["kind"], hit["via"], hit["seen_at"]) == ("email", "webhook", IN_WINDOW)
    assert figures(read_hits(placed.store, path))["already"] == 1


def test_r039_a_gateways_call_event_is_one_by_phone(placed: Placed, tmp_path: Path) -> None:
    path = tmp_path / "hook.json"
    event = {"called": placed.seeds[0]["mobile"], "caller": "010 123 4567", "at": "2026-11-24T11:15", "id": 7}
    path.write_text(json.dumps([event, event | {"at": "2026-11-24T11:16"}]), encoding="utf-8")
    document = read_hits(placed.store, path)
    assert (document["recorded"], document["already"]) == (1, 1), "the gateway's id says that it is the same"
    assert placed.hits()[0]["kind"] == "phone"


RUBBISH = random.Random(5).randbytes(40_000)


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.bin", b"\x7fELF\0\0" + RUBBISH, "file_format_unknown"),
        ("a.json", b"{" + RUBBISH, "file_damaged"),
        ("a.json", b"[" * 100_000, "file_damaged"),
        ("a.csv", b"", "file_empty"),
        ("a.csv", b"a;b\n1;2\n", "file_columns_missing"),
        ("a.csv", b"called;time\n", "file_header_only"),
    ],
)
def test_r039_a_file_that_is_none_of_these_is_refused(
    placed: Placed, tmp_path: Path, name: str, content: bytes, code: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(FileRejected) as caught:
        read_hits(placed.store, path)
    assert caught.value.code == code
    assert placed.hits() == []


def test_r039_a_missing_file_and_a_folder_that_is_no_maildir_are_refused(placed: Placed, tmp_path: Path) -> None:
    for path, code in ((tmp_path / "none", "file_missing"), (tmp_path, "file_format_unknown")):
        with pytest.raises(FileRejected) as caught:
            read_hits(placed.store, path)
        assert caught.value.code == code


def test_r039_rubbish_inside_a_mailbox_hides_no_hit(placed: Placed, tmp_path: Path) -> None:
    """Wrong charsets, no headers, headers without end, unreadable dates: all are counted, none stops the run."""
    to = placed.seeds[0]["email"].encode()
    broken = [
        b"\n" + RUBBISH.replace(b"From ", b"") + b"\n",
        b"To: " + to + b"\nSubject: =?x-none?B?////?= \xff\xfe\nDate: eilen\n\n\xff\xfe\xe4\n",
        b"Content-Type: text/plain; charset=martian\nTo: =?utf-8?q?=FF?= <" + to + b">\nDate: Tue, 99 Foo\n\nx\n",
        b"To: " + b"a" * 300_000 + b"\n\nx\n",
        b"Subject: nobody\n\nx\n",
        letter(placed.seeds[1]["email"]).replace(b"\nFrom ", b"\n>From "),
    ]
    path = tmp_path / "box"
    path.write_bytes(b"".join(b"From x Tue Nov 24 09:15:00 2026\n" + one + b"\n" for one in broken))
    document = read_hits(placed.store, path)
    assert figures(document) == {
        "read": 6, "hits": 3, "rejected": 3, "recorded": 3, EXPECTED: 1, OUTSIDE: 2
    }  # fmt: skip


def test_r039_a_large_message_is_copied_in_pieces(placed: Placed, tmp_path: Path) -> None:
    """The mailbox is streamed: memory does not follow its size."""
    import tracemalloc

    path = tmp_path / "box"
    big = (
        b"From x Tue Nov 24 09:15:00 2026\n"
        + letter(placed.seeds[0]["email"]).replace(b"\nFrom ", b"\n>From ")
        + b"x" * 70
        + b"\n"
    )
    with path.open("wb") as file:
        file.write(big)
        for _ in range(300):
            file.write(b"y" * 999 + b"\n" + (b"z" * 99_999 + b"\n"))
    tracemalloc.start()
    document = read_hits(placed.store, path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert document["recorded"] == 1
    assert path.stat().st_size > 30_000_000
    assert peak < 12_000_000
    assert placed.store.path(placed.hits()[0]["evidence"]).stat().st_size > 30_000_000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-24T11:15", IN_WINDOW),
        ("24.11.2026 11:15:00", IN_WINDOW),
        ("24.11.2026 klo 11.15", IN_WINDOW),
        ("1795511700", IN_WINDOW),
        ("1795511700000", IN_WINDOW),
        ("2027-11-24", None),
        ("eilen", None),
        ("", None),
        (None, None),
        ("0001-01-01T00:00:00+14:00", None),
    ],
)
def test_instants_as_people_and_machines_write_them(text: str | None, expected: datetime | None) -> None:
    assert instant(text, now=READ_AT) == expected


def test_addresses_are_found_in_rubbish() -> None:
    found = addresses('"a@b" <X@Y.example>; z@xn--pyt-qla.example, @no, no@')
    assert {"x@y.example", "z@xn--pyt-qla.example"} <= found
    assert all(re.fullmatch(r"[^@\s]+@[^@\s]+", one) for one in found)


def test_r038_what_a_person_saw_is_recorded_by_hand(placed: Placed, tmp_path: Path) -> None:
    seed = placed.seeds[0]["seed"]
    scan = tmp_path / "kirje.PDF"
    scan.write_bytes(b"%PDF")
    made = record_by_hand(placed.store, seed, kind="post", at=IN_WINDOW, evidence=scan)
    assert (made["verdict"], made["reasons"]) == (OUTSIDE, ["channel"])
    [hit] = placed.hits()
    assert (hit["kind"], hit["via"], hit["hit"]) == ("post", "person", made["hit"])
    assert placed.store.path(hit["evidence"]).read_bytes() == b"%PDF"
    with pytest.raises(InvalidInput):
        record_by_hand(placed.store, seed, kind="post", at=IN_WINDOW, evidence=scan)
    with pytest.raises(InvalidInput):
        record_by_hand(placed.store, seed, kind="email", at=READ_AT + timedelta(seconds=1))
    with pytest.raises(NotFound):
        record_by_hand(placed.store, "seed-none", kind="email", at=IN_WINDOW)
    with pytest.raises(FileRejected):
        record_by_hand(placed.store, seed, kind="email", at=IN_WINDOW, evidence=tmp_path / "none")


def test_r068_copies_leave_when_their_time_is_over(placed: Placed, tmp_path: Path) -> None:
    """An expected hit's copy after two years, that of a case after ten, whatever the disk says of them."""
    read_hits(placed.store, eml(tmp_path / "a.eml", letter(placed.seeds[0]["email"])))
    read_hits(placed.store, eml(tmp_path / "b.eml", letter(placed.seeds[1]["email"], at=AFTER)))

    def leaving(name: str, years: float) -> int:
        later = replace(placed.store, clock=fixed_clock(READ_AT + timedelta(days=int(years * 365.25))))
        return len(FINDERS[name](later, rules()[("files", name)]))

    assert [leaving("hits", years) for years in (1.9, 2.1)] == [0, 1]
    assert [leaving("evidence", years) for years in (9.9, 10.1)] == [0, 1]


def test_the_verbs_say_what_was_found_and_no_name(
    placed: Placed, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*arguments: str) -> tuple[int, Any]:
        code = main(["seeds", *arguments, "--home", str(placed.store.settings.home), "--json"])
        return code, json.loads(capsys.readouterr().out)

    seed = placed.seeds[0]
    path = eml(tmp_path / "one.eml", letter(seed["email"]))
    assert run("hits", str(path))[1]["recorded"] == 1
    assert run("hits", str(path), "--format", "calls")[0] == 2
    code, listed = run("hits")
    assert (code, [hit["seed"] for hit in listed["hits"]]) == (0, [seed["seed"]])
    assert seed["last_name"] not in json.dumps(listed)
    assert run("hit", seed["seed"], "--channel", "phone", "--at", "2026-11-24T09:15")[1]["verdict"] == OUTSIDE
    assert run("hit", "seed-none", "--channel", "phone", "--at", "2026-11-24T09:15")[0] == 4
    senders = ("senders", placed.campaign)
    assert run(*senders, "ostaja.example")[1]["senders"] == ["ostaja.example"]
    assert run(*senders)[1] == {"campaign": placed.campaign, "senders": ["ostaja.example"]}
    assert run(*senders, "--none")[1]["senders"] == []
