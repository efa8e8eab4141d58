"""What the notice says: every item of Art. 14, the ban first and apart, in three languages, as set up (R097)."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from core.clock import fixed_clock
from core.errors import ConfigError, InvalidInput
from core.settings import load_settings
from ledger.store import Store, create_store
from schemas.processing import categories, categorised
from subjects import notice_text
from subjects.texts import LANGUAGES, text
from tests.moment import NOW

EVERY = pytest.mark.parametrize("language", LANGUAGES)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Store:
    home = tmp_path_factory.mktemp("texts") / "home"
    return create_store(load_settings(env={}, home=home, actor="tester"), clock=fixed_clock(NOW))


@pytest.fixture(scope="module")
def said(shop: Store) -> dict[str, Any]:
    return notice_text.facts(shop)


@EVERY
def test_R097_the_shipped_notice_has_every_item_of_article_14(said: dict[str, Any], language: str) -> None:
    assert notice_text.lint(notice_text.document(said, language, version=1), said) == []


@EVERY
@pytest.mark.parametrize("item", notice_text.ITEMS)
def test_R097_a_missing_item_is_found(said: dict[str, Any], language: str, item: str) -> None:
    made = notice_text.document(said, language, version=1)
    made["parts"] = [part for part in made["parts"] if part["part"] != notice_text.ITEMS[item]]
    assert any(fault.startswith(item) for fault in notice_text.lint(made, said))


@EVERY
def test_R097_the_ban_precedes_everything_and_stands_apart(said: dict[str, Any], language: str) -> None:
    made = notice_text.document(said, language, version=1)
    lines = notice_text.plain(made).splitlines()
    ban = lines.index(made["ban"]["text"])
    assert ban < lines.index(made["intro"]) < lines.index(made["parts"][0]["heading"])
    assert lines[ban - 3] == lines[ban + 1] == "=" * 72
    buried = deepcopy(made)
    buried["ban"]["text"] = ""
    assert any(fault.startswith("21(4)") for fault in notice_text.lint(buried, said))
    among = deepcopy(made)
    among["parts"].append({"part": "ban", "heading": "x", "text": "x", "list": []})
    assert any(fault.startswith("21(4)") for fault in notice_text.lint(among, said))


@pytest.mark.parametrize("act", ["523/1999", "516/2004"])
def test_R095_a_repealed_act_in_a_notice_is_found(said: dict[str, Any], act: str) -> None:
    made = notice_text.document(said, "fi", version=1)
    made["parts"][0]["text"] += f" (laki {act})"
    assert f"repealed act {act}" in notice_text.lint(made, said)


def test_R097_purposes_categories_and_sources_come_from_what_is_live(shop: Store, said: dict[str, Any]) -> None:
    made = notice_text.document(said | {"source": ["ytj", "prh"], "processors": ["Kone Oy"]}, "fi", version=1)
    whole = notice_text.plain(made)
    for name in (*categorised()["positions"], *categorised()["ledger"]):
        assert categories()[name].fi in whole
    assert "ytj, prh" in whole
    assert "Kone Oy" in whole
    assert shop.settings.contact in made["ban"]["text"]


def test_a_purpose_without_a_name_stops_the_notice(said: dict[str, Any]) -> None:
    with pytest.raises((KeyError, InvalidInput)):
        notice_text.texts(said | {"purposes": ["credit scoring"]}, version=1)


def test_R097_an_incomplete_notice_is_never_filed(said: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(notice_text.ITEMS, "14(9)", "nothing")  # type: ignore[arg-type]
    with pytest.raises(InvalidInput) as caught:
        notice_text.texts(said, version=1)
    assert caught.value.code == "notice_incomplete"


def test_the_three_languages_say_the_same_things() -> None:
    shapes = {language: _shape(text("notice", language)) for language in LANGUAGES}
    assert shapes["fi"] == shapes["sv"] == shapes["en"]


def _shape(words: Any) -> Any:
    import re

    if isinstance(words, str):
        return sorted(re.findall(r"\{(\w+)\}", words))
    return {name: _shape(value) for name, value in words.items()}


def test_R001_a_controller_without_a_valid_business_id_is_refused() -> None:
    with pytest.raises(ConfigError):
        load_settings(env={"RAJAUS_CONTROLLER_BUSINESS_ID": "0869288-2"})
    assert load_settings(env={"RAJAUS_CONTROLLER_BUSINESS_ID": "08692881"}).controller_business_id == "0869288-1"
