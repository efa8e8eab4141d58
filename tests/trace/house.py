"""A small house for trace tests: people, and extracts with manifests in the layout of the gate, keyed as it keys."""

from __future__ import annotations

import csv
import json
import random
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import insert, select

from core import files, identity
from core.keys import Key
from extracts.gate.channels import AREAS, FORM
from extracts.gate.commitment import commitment
from extracts.gate.fingerprint import SCHEME, Marker
from ledger import tables
from ledger.store import Store
from schemas import codes

LOW, HIGH = 0.2113, 0.7887


@dataclass(frozen=True)
class Person:
    """One position with its contact data."""

    first: str
    last: str
    email: str | None
    mobile: str | None
    organisation: str
    business_id: str
    codes: tuple[str, ...]
    nonce: str
    name_tokens: str
    organisation_fold: str


def people(number: int, *, seed: int = 1) -> list[Person]:
    """Invented people with Finnish names; three in five have at least two responsibilities."""
    chance = random.Random(seed)
    first, last = _names()
    areas = list(codes.responsibilities())
    names = [(chance.choice(first), chance.choice(last)) for _ in range(number)]
    organisations = [f"Firma {index} {surname} Oy" for index, (_, surname) in enumerate(names)]
    folded = identity.fold_names(pa.array([f"{name} {surname}" for name, surname in names])).to_pylist()
    organisation_folds = identity.fold_names(pa.array(organisations)).to_pylist()
    made = []
    for index, (name, surname) in enumerate(names):
        listed = chance.sample(areas, chance.choice((2, 3, 4)) if chance.random() < 0.6 else 1)
        made.append(
            Person(
                name,
                surname,
                f"{folded[index].replace(' ', '.')}@firma{index}.example",
                f"+35840{1000000 + index}",
                organisations[index],
                business_id(index),
                tuple(sorted(listed)),
                str(uuid.UUID(int=chance.getrandbits(128), version=4)),
                " ".join(sorted(folded[index].split())),
                organisation_folds[index],
            )
        )
    return made


@cache
def _names() -> tuple[list[str], list[str]]:
    return codes.column("first_names", "name")[:800], codes.column("surnames", "surname")[:2000]


def business_id(index: int) -> str:
    """The first valid Y-tunnus from that number on."""
    number = 6_000_000 + index * 7
    while True:
        rest = (
            sum(int(digit) * weight for digit, weight in zip(f"{number:07d}", (7, 9, 10, 5, 8, 4, 2), strict=True)) % 11
        )
        if rest != 1:
            return f"{number:07d}-{0 if rest == 0 else 11 - rest}"
        number += 1


@dataclass
class Cut:
    """One extract as delivered."""

    extract: str
    customer: str
    campaign: str
    rows: list[dict[str, str]]
    """The delivered file, seeds last."""
    seeds: list[str]


@dataclass
class House:
    """Releases extracts into a store's ledger and manifests."""

    store: Store
    cuts: list[Cut] = field(default_factory=list)
    forms: bool = False
    """Whether company names are marked too ("Oy" or "OY")."""
    areas: bool = False
    """Whether one area of three is left out too."""

    def __post_init__(self) -> None:
        self.key = self.store.key("fingerprint")
        self.derived: dict[str, Key] = {
            name: self.key.derive(name) for name in ("bias", "lvl", "sym", "sel", "unit", "blind", "hot")
        }

    def release(
        self,
        extract: str,
        pool: Sequence[Person],
        *,
        deliver: int,
        customer: str = "c1",
        campaign: str | None = None,
        reseller: str | None = None,
        seeds: int = 0,
        state: str = "released",
        excluding: bool = False,
        hot: int = 0,
    ) -> Cut:
        """Deliver the ``deliver`` lowest ranks of the pool, marked by list order, with some seeds. Of ``hot``, so many
        of the pool are hot rows, and the others delivered in any case.

        Each release is a minute after the one before; ``excluding`` notes that the order left out earlier ones.
        """
        campaign = campaign or f"k-{extract}"
        rank = self.derived["sel"].sub(customer)
        draw = self.derived["hot"]
        warm = sorted(range(len(pool)), key=lambda i: _unit(draw.mac(pool[i].nonce.encode())))[: hot or len(pool)]
        kept = sorted(warm, key=lambda i: _unit(rank.mac(pool[i].nonce.encode())))[: deliver - len(pool) + len(warm)]
        delivered = set(range(len(pool))) - set(warm) | set(kept)
        numbers = {index: number for number, index in enumerate(sorted(delivered), start=1)}
        cut = Cut(extract, customer, campaign, [], [])
        types = (
            _TYPES
            | ({"hot": pa.bool_()} if hot else {})
            | (_FORM_TYPES if self.forms else {})
            | (_AREAS_TYPES if self.areas else {})
        )
        columns: dict[str, list[Any]] = {name: [] for name in types}
        for index, person in enumerate(pool):
            left, fewer = self._left_out(person, extract=extract, customer=customer)
            mark, cell = self._mark(fewer, extract=extract, customer=customer)
            mark |= left
            name = person.organisation
            if self.forms:
                formed, name = self._form(person, extract=extract, customer=customer)
                mark |= formed
            if index not in delivered:
                mark = dict.fromkeys(mark)
            said = {**self._identity(person), "number": numbers.get(index), **mark}
            for column, value in (said | ({"hot": index in warm} if hot else {})).items():
                columns[column].append(value)
            if index in delivered:
                cut.rows.append(_row(person, cell) | {"organisation_name": name})
        facts = {
            "extract": extract,
            "customer": customer,
            "campaign": campaign,
            "reseller": reseller,
            "scheme": SCHEME,
            "key_id": self.key.key_id,
            "eligible": len(pool),
            "delivered": deliver,
        } | ({"hot": hot} if hot else {})
        table = pa.table({name: pa.array(columns[name], kind) for name, kind in types.items()}).sort_by("unit")
        staged = self.store.home.staging / f"{extract}.parquet"
        pq.write_table(table.replace_schema_metadata({"rajaus": json.dumps(facts)}), staged)
        committed = commitment(Marker(self.key, extract, customer), staged)
        path, digest = files.store_by_content(staged, self.store.home.manifests, suffix=".parquet")
        self._record(
            cut,
            pool=len(pool),
            manifest=self.store.relative(path),
            digest=digest,
            committed=committed,
            reseller=reseller,
            seeds=seeds,
            state=state,
            excluding=excluding,
        )
        self.cuts.append(cut)
        return cut

    def _identity(self, person: Person) -> dict[str, Any]:
        unit, blind = self.derived["unit"], self.derived["blind"]

        def index(text: str | None) -> int | None:
            return None if text is None else int.from_bytes(blind.mac(text.encode())[:8])

        return {
            "unit": unit.mac(person.nonce.encode())[:16],
            "company": unit.mac(person.business_id.encode())[:16],
            "person": unit.mac(person.nonce[::-1].encode())[:16],
            "email": index(person.email and f"email:{person.email}"),
            "mobile": index(person.mobile and f"mobile:{person.mobile}"),
            "name_org": index(f"name_org:{person.name_tokens}|{person.business_id}"),
            "name_orgname": index(f"name_org:{person.name_tokens}|{person.organisation_fold}"),
        }

    def _mark(self, person: Person, *, extract: str, customer: str) -> tuple[dict[str, Any], str]:
        canonical = ";".join(person.codes)
        if len(person.codes) < 2:
            return dict.fromkeys(name for name in _TYPES if name.startswith("list_")), canonical
        p, scope, symbol = self._drawn(person.nonce, "list", extract=extract, customer=customer)
        texts = (canonical, ";".join(reversed(person.codes)))
        blind = self.derived["blind"]
        alt0, alt1, same = (
            int.from_bytes(blind.mac(f"list:{text}".encode())[:8]) for text in (*texts, f"={canonical}")
        )
        mark = {
            "list_symbol": symbol,
            "list_p": p,
            "list_scope": scope,
            "list_alt0": alt0,
            "list_alt1": alt1,
            "list_canonical": same,
        }
        return mark, texts[symbol]

    def _left_out(self, person: Person, *, extract: str, customer: str) -> tuple[dict[str, Any], Person]:
        if not self.areas:
            return {}, person
        if len(person.codes) < 3:
            return dict.fromkeys(_AREAS_TYPES), person
        p, scope, symbol = self._drawn(person.nonce, "areas", extract=extract, customer=customer)
        whole = ";".join(person.codes)
        texts = [AREAS.render(whole, one, ";".join(person.codes[-2:])) for one in (0, 1)]
        cells = [*map(AREAS.exact, texts), f"={AREAS.canonicalise(whole)}"]
        blinded = [int.from_bytes(self.derived["blind"].mac(f"areas:{text}".encode())[:8]) for text in cells]
        said = dict(zip(_AREAS_TYPES, (symbol, p, scope, *blinded), strict=True))
        return said, replace(person, codes=tuple(texts[symbol].split(";")))

    def _drawn(self, nonce: str, channel: str, *, extract: str, customer: str) -> tuple[float, int, int]:
        """Prior, scope and symbol of one unit."""
        message = f"{nonce}:{channel}".encode()
        p = HIGH if self.derived["bias"].mac(message)[-1] & 1 else LOW
        scope = self.derived["lvl"].mac(message)[-1] & 1
        token = self.derived["unit"].mac(nonce.encode())[:16].hex()
        key = self.derived["sym"].sub(extract if scope else customer)
        return p, scope, int(_unit(key.mac(f"{token}:{channel}".encode())) < p)

    def _form(self, person: Person, *, extract: str, customer: str) -> tuple[dict[str, Any], str]:
        p, scope, symbol = self._drawn(person.business_id, "form", extract=extract, customer=customer)
        blind = self.derived["blind"]
        texts = [FORM.render(person.organisation, one) for one in (0, 1)]
        forms = [*map(FORM.exact, texts), f"={FORM.canonicalise(person.organisation)}"]
        alt0, alt1, same = (int.from_bytes(blind.mac(f"form:{text}".encode())[:8]) for text in forms)
        said = dict(zip(_FORM_TYPES, (symbol, p, scope, alt0, alt1, same), strict=True))
        return said, texts[symbol]

    def _record(
        self,
        cut: Cut,
        *,
        pool: int,
        manifest: str,
        digest: str,
        committed: dict[str, str | int],
        reseller: str | None,
        seeds: int,
        state: str,
        excluding: bool,
    ) -> None:
        now, today = self.store.now(), self.store.today()
        later = today + timedelta(days=30)
        party = reseller or cut.customer
        with self.store.write() as tx:

            def once(table: Any, row: dict[str, Any]) -> None:
                key = next(iter(table.primary_key.columns))
                if tx.one(select(table).where(key == row[key.name])) is None:
                    tx.execute(insert(table), row)

            for customer in {party, cut.customer}:
                once(
                    tables.customer,
                    {"customer": customer, "name": customer, "business_id": customer, "country": "FI", "added_at": now},
                )
            once(
                tables.snapshot,
                {
                    "snapshot": "s",
                    "path": "s",
                    "sha256": "0",
                    "schema_version": 1,
                    "organisations": 0,
                    "persons": 0,
                    "positions": 0,
                    "loads": [],
                    "seconds": 0,
                    "published_at": now,
                },
            )
            once(
                tables.agreement,
                {
                    "agreement": f"a-{party}",
                    "customer": party,
                    "mode": "campaign",
                    "starts_on": today,
                    "ends_on": later,
                    "added_at": now,
                },
            )
            once(
                tables.campaign,
                {
                    "campaign": cut.campaign,
                    "agreement": f"a-{party}",
                    "customer": cut.customer,
                    "name": cut.campaign,
                    "subject": ["IT"],
                    "purpose": "sales",
                    "channels": ["email"],
                    "starts_on": today,
                    "ends_on": later,
                    "ends_at": now,
                    "opened_at": now,
                },
            )
            tx.execute(
                insert(tables.order),
                {
                    "order": f"o-{cut.extract}",
                    "campaign": cut.campaign,
                    "criteria": {"exclude": {"earlier_orders": "person"}} if excluding else {},
                    "fields": [],
                    "formats": [],
                    "state": "cut",
                    "statement": {},
                    "snapshot": "s",
                    "placed_by": "t",
                    "placed_at": now,
                },
            )
            tx.execute(
                insert(tables.extract),
                {
                    "extract": cut.extract,
                    "order": f"o-{cut.extract}",
                    "campaign": cut.campaign,
                    "customer": cut.customer,
                    "snapshot": "s",
                    "fence": 0,
                    "rows": len(cut.rows) + seeds,
                    "persons": len(cut.rows),
                    "seeds": seeds,
                    "pool": pool,
                    "terms": 1,
                    "manifest": manifest,
                    "manifest_sha256": digest,
                    "state": state,
                    "released_at": now + timedelta(minutes=len(self.cuts)),
                    "released_by": "t",
                },
            )
            for number in range(seeds):
                seed = f"seed-{cut.extract}-{number}"
                digits = f"{len(self.cuts):03d}{number:04d}"
                row = {
                    "first_name": "Siemen",
                    "last_name": f"Koe{digits}",
                    "email": f"siemen{digits}@seed.example",
                    "mobile": f"+35850{digits}",
                    "organisation_name": "Siemen Oy",
                    "business_id": business_id(number),
                }
                tx.execute(
                    insert(tables.seed),
                    {
                        "seed": seed,
                        "kind": "fictitious",
                        **row,
                        "street": "Katu 1",
                        "ready_on": today,
                        "added_at": now,
                        "state": "allocated",
                        "extract": cut.extract,
                        "number": len(cut.rows) + 1 + number,
                    },
                )
                cut.seeds.append(seed)
            tx.audit("extract.committed", extract=cut.extract, **committed)
        for number in range(seeds):
            digits = f"{len(self.cuts):03d}{number:04d}"
            cut.rows.append(
                {
                    "organisation_name": "Siemen Oy",
                    "business_id": business_id(number),
                    "first_name": "Siemen",
                    "last_name": f"Koe{digits}",
                    "responsibilities": "IT",
                    "email": f"siemen{digits}@seed.example",
                    "mobile": f"+35850{digits}",
                }
            )


def _row(person: Person, cell: str) -> dict[str, str]:
    return {
        "organisation_name": person.organisation,
        "business_id": person.business_id,
        "first_name": person.first,
        "last_name": person.last,
        "responsibilities": cell,
        "email": person.email or "",
        "mobile": person.mobile or "",
    }


def _unit(digest: bytes) -> float:
    return float((int.from_bytes(digest[:8]) >> 11) / 2**53)


def leak(
    path: Path,
    rows: Sequence[dict[str, str]],
    *,
    columns: dict[str, str] | None = None,
    delimiter: str = ",",
    encoding: str = "utf-8",
    header: bool = True,
    change: Callable[[str], str] = str,
) -> Path:
    """Write rows as a thief would: any columns under any headings."""
    columns = columns or {name: name for name in rows[0]}
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, delimiter=delimiter)
        if header:
            writer.writerow(columns.values())
        writer.writerows([change(row[name]) for name in columns] for row in rows)
    return path


_TOKEN = pa.binary(16)
_TYPES: dict[str, pa.DataType] = {
    "unit": _TOKEN,
    "company": _TOKEN,
    "person": _TOKEN,
    "number": pa.int32(),
    "email": pa.uint64(),
    "mobile": pa.uint64(),
    "name_org": pa.uint64(),
    "name_orgname": pa.uint64(),
    "list_symbol": pa.int8(),
    "list_p": pa.float64(),
    "list_scope": pa.int8(),
    "list_alt0": pa.uint64(),
    "list_alt1": pa.uint64(),
    "list_canonical": pa.uint64(),
}
_FORM_TYPES = {name.replace("list_", "form_"): kind for name, kind in _TYPES.items() if name.startswith("list_")}
_AREAS_TYPES = {name.replace("list_", "areas_"): kind for name, kind in _TYPES.items() if name.startswith("list_")}
