"""The SQL of a publish against the slow obvious reading of the same rows, on random small registers."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow.parquet as pq
from hypothesis import HealthCheck, Phase, event, given, settings, strategies as st

from core.clock import fixed_clock
from core.settings import load_settings
from ledger.sources import live_loads
from ledger.store import Store, create_store
from register.publish import publish
from register.snapshot import open_snapshot
from tests.conftest import NOW
from tests.register import reference
from tests.register.loads import A, B, C, add_load, organisation, position

_DATES = st.sampled_from([None, date(2026, 1, 1), date(2026, 9, 1)])


def _maybe(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from([None, *values])


_ORGANISATION = st.builds(
    organisation,
    st.sampled_from([A, B, C]),
    name=st.sampled_from(["Yksi Oy", "Kaksi Ab"]),
    industry=_maybe("62010", "46510"),
    industry_version=st.just("TOL2025"),
    staff_class=_maybe(1, 5),
    municipality=_maybe("091", "049"),
    visiting_street=_maybe("Katu 1"),
    visiting_postcode=_maybe("00100"),
    postal_postcode=_maybe("00101"),
    phone=_maybe("+35891", "+35892"),
    website=_maybe("a.example"),
    it_erp=_maybe("SAP", "Sap ", "Oma"),
    former_names=st.sampled_from([None, [], ["Nolla Oy"]]),
    ceased=st.sampled_from([None, False, False, True]),
    source_date=_DATES,
)
_POSITION = st.builds(
    position,
    st.sampled_from("12345"),
    st.sampled_from(["Mia Salo", "Mia Aho", "Eva Salo"]),
    st.sampled_from([A, B, C]),
    title=_maybe("Johtaja", "johtaja", "Päällikkö"),
    responsibilities=st.sampled_from([[], ["IT"], ["FIN", "IT"]]),
    purchasing=st.sampled_from([[], ["SEC"]]),
    level=_maybe(1, 2),
    email=_maybe("a@x.example", "b@x.example"),
    mobile=_maybe("+358401", "+358402"),
    postal_postcode=_maybe("00102"),
    verified=_DATES,
    source_date=_DATES,
)
_LOAD = st.tuples(
    st.sampled_from(["own", "prh"]),
    st.sampled_from(["full", "update"]),
    st.lists(_ORGANISATION, max_size=3),
    st.lists(_POSITION, max_size=5),
)
_FIRST = st.tuples(
    st.just("own"),
    st.just("full"),
    st.lists(_ORGANISATION, min_size=1, max_size=3),
    st.lists(_POSITION, min_size=1, max_size=6),
)


_QUICK = (Phase.explicit, Phase.reuse, Phase.generate)
"""Each try publishes: shrinking would take minutes."""


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), phases=_QUICK)
@given(rounds=st.lists(st.lists(_LOAD, max_size=2), min_size=1, max_size=3), first=_FIRST)
def test_publish_makes_what_the_rules_say(rounds: list[list[Any]], first: Any) -> None:
    """Merge, provenance, ids, aliases, names and the flat rows (R005-R008), over several publishes in a row."""
    with TemporaryDirectory() as directory:
        store = create_store(load_settings(env={}, home=Path(directory) / "home", actor="t"), clock=fixed_clock(NOW))
        expected, nonces = reference.Content(), {}
        for number, loads in enumerate(rounds):
            for source, mode, organisations, positions in [first, *loads] if number == 0 else loads:
                for kind, rows in (("organisations", organisations), ("positions", positions)):
                    if rows:
                        day = date(2026, 11, 1 + number)
                        priority = {"own": 2, "prh": 1}[source]
                        add_load(store, source, kind, rows, mode=mode, priority=priority, obtained_on=day)
            publish(store, force=True)
            expected = reference.publish(*_live_rows(store), expected)
            actual, found = _read(store)
            event(f"aliases: {len(expected.aliases)}")
            event(f"other names: {sum(map(len, expected.names.values()))}")
            assert actual == _plain(expected)
            for key in nonces.keys() & found.keys():
                assert nonces[key] == found[key], f"the nonce of {key[0]} changed"
            nonces = found
        store.ledger.close()


def _live_rows(store: Store) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    with store.ledger.read() as connection:
        live = live_loads(connection)
    for load in live:
        for row in pq.read_table(store.path(load.data)).to_pylist():
            marks = {"rid": (load.load, row["file"], row["row"]), "load": load.load, "source": load.source}
            marks["obtained"] = load.obtained_on
            rows[load.kind].append(row | marks | {"priority": load.priority})
    return rows["organisations"], rows["positions"]


def _plain(content: reference.Content) -> dict[str, Any]:
    return {
        "organisations": content.organisations,
        "persons": {
            person: (row["name"], row["first_name"], row["last_name"]) for person, row in content.persons.items()
        },
        "names": {
            person: {name.split("|")[1] for name in names} - {content.persons[person]["name"]}
            for person, names in content.names.items()
        },
        "aliases": content.aliases,
        "positions": content.positions,
        "selectable": content.selectable,
        "next": (content.next_person, content.next_position),
    }


def _read(store: Store) -> tuple[dict[str, Any], dict[tuple[str, int], Any]]:
    with open_snapshot(store, holder="test") as snapshot:
        tables = {
            name: snapshot.connection.table(name).to_arrow_table().to_pylist()
            for name in (
                "organisation",
                "person",
                "person_name",
                "person_alias",
                "position",
                "selectable",
                "title",
                "erp",
                "industry",
                "load_set",
            )
        }
        meta = snapshot.meta
    nonces = {
        (name, row[key]): row["nonce"]
        for name, key in (("organisation", "org"), ("person", "person"), ("position", "position"))
        for row in tables[name]
    }
    names: dict[int, set[str]] = {row["person"]: set() for row in tables["person"]}
    for row in tables["person_name"]:
        names[row["person"]].add(row["name_fold"])
    kinds = {1: "company", 2: "association", 3: "public"}
    organisations = {
        row["org"]: {k: v for k, v in row.items() if k not in ("org", "business_id", "nonce")}
        | {"kind": kinds[row["kind"]]}
        for row in tables["organisation"]
    }
    positions = {
        row["position"]: {k: v for k, v in row.items() if k not in ("position", "nonce")} for row in tables["position"]
    }
    return {
        "organisations": organisations,
        "persons": {row["person"]: (row["name_fold"], row["first_name"], row["last_name"]) for row in tables["person"]},
        "names": names,
        "aliases": {row["former"]: row["person"] for row in tables["person_alias"]},
        "positions": positions,
        "selectable": _flat(tables, nonces),
        "next": (int(meta["next_person"]), int(meta["next_position"])),
    }, nonces


def _flat(tables: dict[str, list[dict[str, Any]]], nonces: dict[tuple[str, int], Any]) -> dict[int, dict[str, Any]]:
    titles = {row["title"]: row["fold"] for row in tables["title"]}
    erps = {row["erp"]: row["fold"] for row in tables["erp"]}
    industries = {row["industry"]: row["code"] for row in tables["industry"]}
    loads: dict[int, set[int]] = defaultdict(set)
    for row in tables["load_set"]:
        loads[row["load_set"]].add(row["load"])
    flat = {}
    for row in tables["selectable"]:
        assert row["nonce"] == nonces["position", row["position"]]
        same = ("person", "org", "responsibility", "purchasing", "has_email", "has_phone", "has_post", "has_website")
        flat[row["position"]] = {name: row[name] for name in (*same, "has_parallel_name")} | {
            "title": titles.get(row["title"]),
            "erp": erps.get(row["it_erp"]),
            "industry": industries.get(row["industry"]),
            "loads": loads[row["load_set"]],
        }
    return flat
