"""R097: the notice to customers' users has every item of Art. 13, in three languages; what is mandatory is marked."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest

from core.clock import fixed_clock
from core.errors import InvalidInput
from core.settings import Settings, load_settings
from ledger import processors
from ledger.store import Store
from schemas import retention
from service.cli import main
from service.cli.common import Session
from subjects import user_notice
from subjects.notice_text import plain
from subjects.texts import LANGUAGES, text
from tests.moment import NOW
from tests.notices.test_text import _shape

EVERY = pytest.mark.parametrize("language", LANGUAGES)


@pytest.fixture(scope="module")
def chosen() -> Settings:
    return load_settings(
        env={}, controller="Rekisteri Oy", controller_phone="+358 9 123", data_protection_officer="Tiina Tietosuoja",
        contact="tietosuoja@rekisteri.example",
    )  # fmt: skip


@EVERY
def test_R097_the_shipped_user_notice_has_every_item_of_article_13(chosen: Settings, language: str) -> None:
    made = user_notice.document(chosen, language, used=user_notice.Processors(["Kone Oy"]))
    assert user_notice.lint(made, chosen) == []
    whole = plain(made)
    for said in ("Rekisteri Oy", "+358 9 123", "Tiina Tietosuoja", "Kone Oy", chosen.contact, chosen.responsible):
        assert said in whole


@EVERY
@pytest.mark.parametrize("item", user_notice.ITEMS)
def test_R097_a_missing_item_of_article_13_is_found(chosen: Settings, language: str, item: str) -> None:
    made = user_notice.document(chosen, language)
    made["parts"] = [part for part in made["parts"] if part["part"] != user_notice.ITEMS[item]]
    assert any(fault.startswith(item) for fault in user_notice.lint(made, chosen))


@EVERY
def test_R097_the_right_to_object_stands_first_and_apart(chosen: Settings, language: str) -> None:
    made = user_notice.document(chosen, language)
    lines = plain(made).splitlines()
    at = lines.index(made["ban"]["text"])
    assert at < lines.index(made["intro"])
    assert lines[at - 3] == lines[at + 1] == "=" * 72
    for spoilt in ({"heading": "x", "text": ""}, {"heading": "x", "text": "no way to use it"}):
        assert any(fault.startswith("21(4)") for fault in user_notice.lint(made | {"ban": spoilt}, chosen))
    among = deepcopy(made)
    among["parts"].append({"part": "ban", "heading": "x", "text": "x", "list": []})
    assert any(fault.startswith("21(4)") for fault in user_notice.lint(among, chosen))


@EVERY
def test_R097_mandatory_fields_are_marked_and_others_are_not(chosen: Settings, language: str) -> None:
    made = user_notice.document(chosen, language)
    [part] = [part for part in made["parts"] if part["part"] == "obligation"]
    labels = text("user_notice", language)["fields"]
    assert [item.removesuffix(" *") for item in part["list"]] == [labels[name] for name in user_notice.FIELDS]
    assert [item.endswith(" *") for item in part["list"]] == list(user_notice.FIELDS.values())
    part["list"] = [item.removesuffix(" *") for item in part["list"]]
    assert any(fault.startswith("13(2)(e)") for fault in user_notice.lint(made, chosen))


def test_R097_its_periods_are_those_of_the_rules_of_retention(chosen: Settings) -> None:
    span = retention.rule("blank", "customer.contact").span
    assert span is not None
    found = user_notice.periods()
    assert found == {"contact_months": 24, "replaced_days": 30, "look_years": 5, "order_years": 10}
    made = user_notice.document(chosen, "en")
    for part in made["parts"]:
        part["text"] = part["text"].replace("24 months", "some time")
    assert "13(2)(a): contact_months is not told" in user_notice.lint(made, chosen)


def test_R095_a_repealed_act_in_it_is_found(chosen: Settings) -> None:
    made = user_notice.document(chosen, "fi")
    made["intro"] += " (laki 523/1999)"
    assert "repealed act 523/1999" in user_notice.lint(made, chosen)


def test_R097_its_processors_are_those_of_users_and_a_transfer_must_be_told(store: Store, chosen: Settings) -> None:
    """C1: a processor of users' data may lie outside the EEA with a mechanism; the notice must then say so."""
    common = {
        "purposes": ["hosting"],
        "fields": ["name"],
        "agreement_on": store.today(),
        "category": "hosting",
        "sub_processors": [],
        "transfer": None,
    }
    with store.write() as tx:
        processors.add(tx, "Konesali Oy", common | {"data": "users", "location": "FI", "storage": ["FI"]})
        processors.add(tx, "Painotalo Oy", common | {"data": "register", "location": "FI", "storage": ["FI"]})
        abroad = {"data": "users", "location": "US", "storage": ["US"], "transfer": "scc"}
        processors.add(tx, "Elsewhere Inc", common | abroad)
    used = user_notice.live(store)
    made = user_notice.document(chosen, "en", used=used)
    assert "Konesali Oy" in plain(made)
    assert "Painotalo Oy" not in plain(made)
    assert user_notice.lint(made, chosen, used=used) == ["13(1)(f): the transfer to Elsewhere Inc is not told"]


def test_R097_an_incomplete_one_is_never_shown(chosen: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(user_notice.ITEMS, "13(9)", "nothing")  # type: ignore[arg-type]
    with pytest.raises(InvalidInput) as caught:
        user_notice.texts(chosen)
    assert caught.value.code == "notice_incomplete"


def test_the_three_languages_of_it_say_the_same_things() -> None:
    shapes = [_shape(text("user_notice", language)) for language in LANGUAGES]
    assert shapes[0] == shapes[1] == shapes[2]


@EVERY
def test_R097_the_verb_prints_it(store: Store, capsys: pytest.CaptureFixture[str], language: str) -> None:
    line = ["records", "user-notice", "--language", language, "--home", str(store.home.root), "--json"]
    assert main(line, Session(clock=fixed_clock(NOW))) == 0
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert document["text"].startswith(text("user_notice", language)["title"])
    assert document["faults"] == []
