"""The independent re-check of evidence: what is true holds, whatever is changed is found and named (R039)."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.errors import FileRejected, InvalidInput
from extracts.recheck import shown, verify
from schemas.evidence import Revealed
from tests.trace.disputed import Dispute, dispute
from tests.trace.house import leak

Change = Callable[[dict[str, Any]], None]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Dispute:
    return dispute(tmp_path_factory.mktemp("recheck"))


def _written(path: Path, document: dict[str, Any]) -> Path:
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def _found(verdict: dict[str, Any]) -> set[str]:
    assert verdict["ok"] is not bool(verdict["findings"])
    return {one["finding"] for one in verdict["findings"]}


def _place(document: dict[str, Any], path: str) -> tuple[Any, Any]:
    *way, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    inner: Any = document
    for part in way:
        inner = inner[part]
    return inner, last


def _set(path: str, value: Any) -> Change:
    def change(document: dict[str, Any]) -> None:
        inner, last = _place(document, path)
        assert inner[last] != value
        inner[last] = value

    return change


def _add(path: str, value: float) -> Change:
    def change(document: dict[str, Any]) -> None:
        inner, last = _place(document, path)
        inner[last] += value

    return change


def test_R039_true_evidence_holds_by_everything_at_hand(made: Dispute) -> None:
    """The score made from the two files in plain Python is the one that the engine made from the manifests."""
    alone = verify(made.evidence)
    assert (alone["ok"], alone["checked"]) == (True, ["scores"])
    assert {"suspect", "keys", "files", "audit"} <= set(alone["not_checked"])
    assert [one["extract"] for one in alone["accused"]] == ["x1"]
    whole = verify(made.evidence, suspect=made.suspect, delivered=made.delivered, revealed=made.revealed)
    assert (whole["ok"], whole["checked"]) == (True, ["scores", "suspect", "keys", "files"])
    assert whole["read_again"]["channels"] == ["list", "form"]
    assert whole["read_again"]["log_e"] == pytest.approx(made.document()["exhibits"][0]["log_e"], abs=1e-3)
    assert whole["read_again"]["lines_unclaimed"] == []


def _of_innocent(name: str, value: float) -> Change:
    def change(document: dict[str, Any]) -> None:
        innocent = next(one for one in document["extracts"] if one["customer"] == "c2")
        innocent[name] = value

    return change


def _another_share(document: dict[str, Any]) -> None:
    next(unit for unit in document["exhibits"][0]["units"] if unit["row"])["share"] -= 0.01


def _drop_accused(document: dict[str, Any]) -> None:
    document["result"]["accused"].clear()


def _accuse_another(document: dict[str, Any]) -> None:
    document["result"]["accused"][0]["campaign"] = None


def _hide_withheld(document: dict[str, Any]) -> None:
    """The unit that speaks for the accused is left out."""
    units = document["exhibits"][0]["units"]
    units.remove(next(unit for unit in units if unit["row"] is None))


@pytest.mark.parametrize(
    ("change", "name"),
    [
        (_add("exhibits.0.log_e", 0.01), "scores_differ"),
        (_add("exhibits.0.log_keyed", -0.01), "scores_differ"),
        (_add("exhibits.0.log_seeds", 1.0), "scores_differ"),
        (_add("exhibits.0.terms.rows.0.0", 1.0), "terms_differ"),
        (_add("exhibits.0.terms.membership.3", 0.001), "terms_differ"),
        (_add("exhibits.0.terms.cells.L1.5", 0.001), "terms_differ"),
        (_another_share, "terms_differ"),
        (_hide_withheld, "terms_differ"),
        (_hide_withheld, "counts_differ"),
        (_add("exhibits.0.seeds_seen", 1), "counts_differ"),
        (_add("exhibits.0.leaked_delivered", 1), "counts_differ"),
        (_add("exhibits.0.log_weight", 0.1), "weights_differ"),
        (_add("settings.coverage", 0.5), "weights_differ"),
        (_add("settings.extracts", 1), "weights_differ"),
        (_add("extracts.1.threshold", -3.0), "thresholds_differ"),
        (_set("settings.alpha", 0.01), "thresholds_differ"),
        (_add("extracts.0.log_e", 1.0), "ranking_differs"),
        (_of_innocent("log_e", 300.0), "accused_differ"),
        (_set("result.accused.0.p", 1e-9), "p_values_differ"),
        (_set("result.accused.0.family_wise_p", 1e-9), "p_values_differ"),
        (_drop_accused, "accused_differ"),
        (_accuse_another, "accused_differ"),
        (_add("grids.row_lambda.0", -0.08), "grids_differ"),
        (_set("settings.campaign_error", 0.5), "grids_differ"),
        (_of_innocent("log_e", 6.0), "leads_differ"),
    ],
)
def test_R039_a_changed_number_is_found_with_the_evidence_alone(
    made: Dispute, tmp_path: Path, change: Change, name: str
) -> None:
    document = made.document()
    change(document)
    assert name in _found(verify(_written(tmp_path / "e.json", document)))


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (_set("suspect.sha256", "ABC"), "suspect.sha256"),
        (_set("exhibits.0.manifest_sha256", "0" * 63), "exhibits.0.manifest_sha256"),
        (_set("exhibits.0.commitment.hash", "g" * 64), "exhibits.0.commitment.hash"),
        (_set("exhibits.0.units.0.unit", "12"), "exhibits.0.units.0.unit"),
        (_set("exhibits.0.log_e", "much"), "exhibits.0.log_e"),
        (_set("scheme", 1), "scheme"),
        (lambda document: document.pop("grids"), "grids"),
        (lambda document: document.update(more=1), "more"),
    ],
)
def test_evidence_of_another_shape_is_refused_with_the_place(
    made: Dispute, tmp_path: Path, change: Change, place: str
) -> None:
    document = made.document()
    change(document)
    with pytest.raises(FileRejected, match=place) as caught:
        verify(_written(tmp_path / "e.json", document))
    assert caught.value.code == "evidence_invalid"


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe\x00", b"[]"])
def test_rubbish_is_no_evidence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "e.json").write_bytes(content)
    with pytest.raises(FileRejected) as caught:
        verify(tmp_path / "e.json")
    assert caught.value.code == "evidence_invalid"
    with pytest.raises(FileRejected, match="No file"):
        verify(tmp_path / "none.json")


def test_R039_another_suspect_file_is_found(made: Dispute, tmp_path: Path) -> None:
    other = tmp_path / "leak.csv"
    other.write_bytes(made.suspect.read_bytes() + b"\n")
    assert _found(verify(made.evidence, suspect=other)) == {"suspect_differs"}


def test_R039_another_customer_s_file_does_not_show_the_claimed_rows(made: Dispute, tmp_path: Path) -> None:
    other = leak(tmp_path / "d.csv", made.house.cuts[1].rows)
    found = verify(made.evidence, suspect=made.suspect, delivered=other, extract="x1")
    assert {"lines_differ", "reading_differs"} <= _found(found)


def test_R039_a_symbol_that_the_suspect_does_not_show_is_found(made: Dispute, tmp_path: Path) -> None:
    """By the terms, and by the files that lie side by side."""
    document = made.document()
    units, place = document["exhibits"][0]["units"], [one["channel"] for one in document["exhibits"][0]["channels"]]
    mark = next(mark for unit in units if (mark := unit["marks"][place.index("list")]) and mark[3] in (0, 1))
    mark[3] = 1 - mark[3]
    changed = _written(tmp_path / "e.json", document)
    assert "terms_differ" in _found(verify(changed))
    with_files = verify(changed, suspect=made.suspect, delivered=made.delivered)
    assert "reading_differs" in _found(with_files)


@pytest.fixture(scope="module")
def left_out(tmp_path_factory: pytest.TempPathFactory) -> Dispute:
    return dispute(tmp_path_factory.mktemp("left_out"), areas=True)


def test_R039_marks_that_leave_an_area_out_are_read_from_the_two_files_too(left_out: Dispute) -> None:
    """L2: that the suspect shows the areas that were delivered, and the score made with that."""
    whole = verify(left_out.evidence, suspect=left_out.suspect, delivered=left_out.delivered, extract="x1")
    assert (whole["ok"], whole["findings"]) == (True, [])
    assert whole["read_again"]["channels"] == ["list", "form", "areas"]
    assert whole["read_again"]["log_e"] == pytest.approx(left_out.document()["exhibits"][0]["log_e"], abs=1e-3)


@pytest.mark.parametrize("shown", [True, False])
def test_R039_an_area_claimed_against_the_files_is_found(left_out: Dispute, tmp_path: Path, *, shown: bool) -> None:
    """The delivered areas are there and the evidence denies it, or they are not and it claims them."""
    document = left_out.document()
    units, place = document["exhibits"][0]["units"], [one["channel"] for one in document["exhibits"][0]["channels"]]
    marks = [mark for unit in units if (mark := unit["marks"][place.index("areas")])]
    mark = next(mark for mark in marks if mark[3] == (mark[0] if shown else 1 - mark[0]))
    mark[3] = None if shown else mark[0]
    changed = _written(tmp_path / "e.json", document)
    found = verify(changed, suspect=left_out.suspect, delivered=left_out.delivered, extract="x1")
    [one] = [one for one in found["findings"] if one["finding"] == "reading_differs"]
    assert one["at"].endswith(", areas")


@pytest.mark.parametrize(
    ("change", "names"),
    [
        (_set("keys.extract", "00" * 32), {"key_differs", "symbols_differ"}),
        (_set("keys.customer", "11" * 32), {"key_differs", "symbols_differ"}),
        (_set("disclosures.3.row", 4711), {"disclosures_differ"}),
        (lambda document: document["disclosures"].pop(), {"disclosures_differ", "counts_differ"}),
        (_set("commitment", "0" * 64), {"reveal_differs"}),
        (_set("trace", "trace-other"), {"reveal_differs"}),
        (_set("customer", "c2"), {"reveal_differs"}),
    ],
)
def test_R039_a_changed_key_or_list_is_found(made: Dispute, tmp_path: Path, change: Change, names: set[str]) -> None:
    keys = made.keys()
    change(keys)
    found = _found(verify(made.evidence, revealed=_written(tmp_path / "k.json", keys)))
    assert names <= found


def test_R039_symbols_in_the_evidence_must_be_those_that_were_committed_to(made: Dispute, tmp_path: Path) -> None:
    document = made.document()
    mark = next(mark for unit in document["exhibits"][0]["units"] for mark in unit["marks"] if mark)
    mark[1] = 0.5
    found = verify(_written(tmp_path / "e.json", document), revealed=made.revealed)
    assert "units_differ" in _found(found)


def test_R039_shown_keys_draw_that_extract_s_symbols_and_no_other_s(made: Dispute) -> None:
    """All of its own; of another customer's as many as chance gives; of the same customer's other extract those that
    the customer's scope draws."""
    keys = Revealed.model_validate_json(made.revealed.read_bytes())
    right, of = shown.agreement(keys)
    assert right == of > 200
    for cut, low, high in ((made.house.cuts[1], 0.45, 0.9), (made.house.cuts[2], 0.6, 0.97)):
        other = keys.model_copy(update={"disclosures": _disclosures(made, cut.extract)})
        right, of = shown.agreement(other)
        assert low < right / of < high, cut.extract
        assert (
            shown.commitment(other, shown.merkle_root([shown.leaf(one) for one in other.disclosures]))
            != keys.commitment
        )


def _disclosures(made: Dispute, extract: str) -> list[Any]:
    import pyarrow.parquet as pq

    from schemas.evidence import Disclosure

    store = made.house.store
    for path in store.home.manifests.glob("*.parquet"):
        if json.loads(pq.read_schema(path).metadata[b"rajaus"])["extract"] == extract:
            return [
                Disclosure(
                    unit=row["unit"].hex(), company=row["company"].hex(), row=row["number"],
                    marks=[
                        None if row[f"{name}_symbol"] is None
                        else (row[f"{name}_symbol"], row[f"{name}_scope"], row[f"{name}_p"])
                        for name in ("form", "list")
                    ],
                )
                for row in pq.read_table(path).to_pylist()
            ]  # fmt: skip
    raise AssertionError(extract)


@pytest.mark.parametrize("size", [0, 1, 2, 3, 6, 8, 11])
def test_the_tree_of_the_re_check_is_that_of_the_release(size: int) -> None:
    from extracts.gate.commitment import merkle_root

    rows = [random.Random(number).randbytes(20) for number in range(size)]
    assert shown.merkle_root(rows) == merkle_root(rows)


def test_a_delivered_file_needs_the_suspect_and_an_accused_extract(made: Dispute) -> None:
    with pytest.raises(InvalidInput, match="suspect"):
        verify(made.evidence, delivered=made.delivered)
    with pytest.raises(FileRejected) as caught:
        verify(made.evidence, suspect=made.suspect, delivered=made.delivered, extract="x9")
    assert caught.value.code == "evidence_without_extract"
