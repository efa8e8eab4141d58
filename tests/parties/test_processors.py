"""The list of processors: each item alone disables, the export is the list, a disabled one is handed nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.errors import Conflict, InvalidInput, InvalidTransition, NotFound, Refused
from extracts.cut import cut
from extracts.deliver import deliver
from extracts.orders import place
from ledger import processors
from ledger.store import Store
from schemas.criteria import parse_criteria
from schemas.processors import ITEMS, missing
from service import doctor
from service.cli import main
from service.cli.common import Session
from subjects import notices, records
from tests.orders import house

TODAY = date(2026, 11, 22)
WHOLE: dict[str, Any] = {
    "category": "hosting",
    "data": "register",
    "purposes": ["running the service"],
    "fields": ["name", "contact"],
    "agreement_on": date(2026, 1, 15),
    "sub_processors": [],
    "location": "FI",
    "storage": ["FI", "SE"],
    "transfer": None,
}
VALID = {"valid_until": TODAY}


def test_R078_a_processor_with_every_item_lacks_nothing() -> None:
    assert missing(WHOLE, [VALID], today=TODAY) == []
    assert missing(WHOLE | {"sub_processors": ["Alihankkija AB (SE)"]}, [VALID], today=TODAY) == []
    abroad = {"data": "users", "storage": ["US"], "transfer": "scc"}
    assert missing(WHOLE | abroad, [VALID, {"valid_until": date(2020, 1, 1)}], today=TODAY) == []


@pytest.mark.parametrize(
    ("changed", "evidence", "lacks"),
    [
        ({"purposes": []}, [VALID], ["purposes"]),
        ({"fields": []}, [VALID], ["fields"]),
        ({"agreement_on": None}, [VALID], ["agreement"]),
        ({"agreement_on": TODAY + timedelta(days=1)}, [VALID], ["agreement"]),
        ({"sub_processors": None}, [VALID], ["sub_processors"]),
        ({"location": None}, [VALID], ["location"]),
        ({"storage": []}, [VALID], ["location"]),
        ({"storage": ["FI", "US"]}, [VALID], ["outside_eea"]),
        ({"location": "GB"}, [VALID], ["outside_eea"]),
        ({"storage": ["US"], "transfer": "scc"}, [VALID], ["outside_eea"]),  # nothing helps register data abroad
        ({"storage": ["US"], "data": "users"}, [VALID], ["transfer"]),
        ({}, [], ["evidence"]),
        ({}, [{"valid_until": TODAY - timedelta(days=1)}], ["evidence_expired"]),
    ],
)
def test_R078_each_item_alone_disables(
    changed: dict[str, Any], evidence: list[dict[str, Any]], lacks: list[str]
) -> None:
    assert missing(WHOLE | changed, evidence, today=TODAY) == lacks
    assert set(lacks) <= set(ITEMS)


def listed(store: Store) -> dict[str, Any]:
    with store.ledger.read() as connection:
        [row] = processors.listing(connection, today=store.today())
    return row


def complete(store: Store, *, until: date = date(2027, 6, 30), **more: Any) -> str:
    with store.write() as tx:
        made = processors.add(tx, "Konesali Oy", WHOLE | more)
        processors.add_evidence(tx, made, kind="ISO 27001", reference="archive 77", valid_until=until)
    return made


def test_R078_it_is_enabled_until_its_evidence_expires_or_it_ends(any_store: Store) -> None:
    made = complete(any_store)
    assert listed(any_store)["enabled"] is True
    with any_store.ledger.read() as connection:
        processors.require(connection, made, today=date(2027, 6, 30))
        with pytest.raises(Refused) as refused:
            processors.require(connection, made, today=date(2027, 7, 1))
        assert refused.value.ids["missing"] == "evidence_expired"
        with pytest.raises(NotFound):
            processors.require(connection, "processor-none", today=TODAY)
    with any_store.write() as tx:
        processors.change(tx, made, {"storage": ["FI", "US"]})
    assert listed(any_store)["missing"] == ["outside_eea"]
    with any_store.write() as tx:
        processors.change(tx, made, {"storage": ["FI"]})
        processors.end(tx, made)
    with any_store.ledger.read() as connection:
        assert processors.listing(connection, today=TODAY) == []
        with pytest.raises(Refused):
            processors.require(connection, made, today=TODAY)
    for act in (
        lambda tx: processors.end(tx, made),
        lambda tx: processors.change(tx, made, {"location": "FI"}),
        lambda tx: processors.add_evidence(tx, made, kind="x", reference="y", valid_until=TODAY),
    ):
        with pytest.raises(InvalidTransition), any_store.write() as tx:
            act(tx)


def test_what_is_not_of_the_closed_lists_is_refused(any_store: Store) -> None:
    complete(any_store)
    for name, changed, error in (
        ("Konesali Oy", {}, Conflict),
        (" ", {}, InvalidInput),
        ("X", {"category": "magic"}, InvalidInput),
        ("X", {"data": "everything"}, InvalidInput),
        ("X", {"fields": ["shoe size"]}, InvalidInput),
        ("X", {"storage": ["XX"]}, InvalidInput),
        ("X", {"location": "suomi"}, InvalidInput),
        ("X", {"transfer": "privacy shield"}, InvalidInput),
    ):
        with pytest.raises(error), any_store.write() as tx:
            processors.add(tx, name, WHOLE | changed)


def test_R078_the_record_of_processing_is_the_list(any_store: Store) -> None:
    complete(any_store)
    with any_store.write() as tx:
        processors.add(tx, "Painotalo Oy", {"category": "printing"})
    with any_store.ledger.read() as connection:
        rows = processors.listing(connection, today=TODAY)
    assert records.art30(any_store)["processors"] == rows
    assert [row["enabled"] for row in rows] == [True, False]


def test_R078_a_node_run_by_a_disabled_processor_delivers_nothing(
    register_store: Store, campaign: str, tmp_path: Path
) -> None:
    made = complete(register_store, until=TODAY)
    hosted = replace(register_store, settings=register_store.settings.model_copy(update={"hosted_by": made}))
    criteria = parse_criteria({"organisation": {"kind": ["company"]}, "person": {"level": [1, 2]}, "limit": 5})
    extract = cut(hosted, place(hosted, campaign, criteria)["order"])["extract"]
    tomorrow = house.at(hosted, hosted.now() + timedelta(days=1))
    with pytest.raises(Refused) as refused:
        deliver(tomorrow, extract, tmp_path / "late")
    assert refused.value.code == "processor_disabled"
    assert not (tmp_path / "late").exists()
    deliver(hosted, extract, tmp_path / "out")


def test_R078_address_files_for_a_disabled_printing_house_are_not_made(register_store: Store, tmp_path: Path) -> None:
    with register_store.write() as tx:
        house_ = processors.add(tx, "Painotalo Oy", {"category": "printing"})
    with pytest.raises(Refused) as refused:
        notices.export(register_store, tmp_path / "out", processor=house_)
    assert refused.value.code == "processor_disabled"
    assert not (tmp_path / "out").exists()


def test_R078_doctor_tells_of_what_is_missing_and_what_runs_out_soon(store: Store) -> None:
    made = complete(store, until=TODAY + timedelta(days=29))
    with store.write() as tx:
        lacking = processors.add(tx, "Painotalo Oy", {"category": "printing", "storage": ["FI"]})
    said = doctor.examine(store)["findings"]
    assert f"The evidence of processor {made} runs out on 2026-12-21." in said
    assert any(line.startswith(f"Processor {lacking} is disabled; missing: purposes") for line in said)
    with store.write() as tx:
        processors.add_evidence(tx, made, kind="ISO 27001", reference="78", valid_until=date(2027, 11, 1))
    assert not any(made in line for line in doctor.examine(store)["findings"])


def test_the_verbs_put_down_what_they_are_told(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    home = str(store.settings.home)
    store.ledger.close()

    def run(*words: str) -> str:
        assert main([*words, "--home", home], session=Session(clock=store.clock)) == 0
        return capsys.readouterr().out

    said = run("processor", "add", "Konesali Oy", "--category", "hosting", "--storage", "fi,se", "--location", "fi")
    assert "missing  ['purposes', 'fields', 'agreement', 'sub_processors', 'evidence']" in said
    made = said.split()[1]
    run(
        "processor", "change", made, "--purposes", "running the service; backups", "--fields", "name,contact",
        "--agreement", "2026-01-15", "--sub-processors", "none",
    )  # fmt: skip
    said = run("processor", "evidence", made, "--kind", "ISO 27001", "--reference", "77", "--until", "2027-01-31")
    assert "enabled  True" in said
    assert "sub_processors  []" in said
    assert "Konesali Oy, hosting, FI" in run("records", "art30")
    assert made in run("processor", "list")
    run("processor", "end", made)
    assert made not in run("processor", "list")
