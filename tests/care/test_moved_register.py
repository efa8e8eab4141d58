"""The same customer before and after the register moved on: only what is new goes back (R046, R049, R050)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from core.identity import normalise_business_id
from datacare import matching, review
from datacare.jobs import open_job
from datacare.returning import return_job
from extracts import care_folder
from ledger.store import Store
from register.publish import publish
from tests.care.conftest import HEADER, Write, add_agreement
from tests.care.test_return import lines
from tests.register.loads import load, organisation, position

Row = dict[str, Any]
_NAMES = (
    "Kuusikon Saha", "Lammen Leipomo", "Riihimäen Rakennus", "Tornion Terästyö", "Vaasan Verkko", "Oulun Optiikka",
    "Porin Putki", "Kotkan Kuljetus", "Lahden Laskenta", "Mikkelin Maalaamo", "Savon Sähkö", "Turun Tukku",
    "Hangon Huolto", "Imatran Imurointi", "Jämsän Jäähdytys", "Kemin Kirjapaino", "Lohjan Louhinta", "Nokian Nosturi",
    "Raahen Remontti", "Salon Saneeraus",
)  # fmt: skip
_PEOPLE = (
    "Aino Laine", "Väinö Salo", "Helmi Koski", "Toivo Aho", "Siiri Palo", "Eino Harju", "Impi Lahti", "Arvo Niemi",
    "Saima Ranta", "Urho Mäki", "Lempi Suo", "Onni Kallio", "Hilja Vuori", "Tauno Saari", "Martta Oja", "Veikko Kivi",
    "Elsa Puro", "Reino Korpi", "Aune Metsä", "Yrjö Pelto",
)  # fmt: skip
CEASED, MOVED, LEFT, MAIL, BOTH, EDITED, IGNORED, PHONE = range(8)
"""What happens to which row between the two uploads; the rest stays as it is."""
STREET = "Hakapolku 7"
NEW_STREET, NEW_MAIL = "Valssimyllynkatu 21", "uusi.osoite@tornion.example"


IDS = [
    found
    for number in range(3_000_000, 3_000_040)
    for digit in range(10)
    if (found := normalise_business_id(f"{number}-{digit}"))
][: len(_NAMES)]


def registered() -> tuple[list[Row], list[Row]]:
    """Twenty companies, each with its managing director."""
    firms, places = [], []
    for number, (name, person) in enumerate(zip(_NAMES, _PEOPLE, strict=True)):
        domain = f"yritys{number}.example"
        firms.append(
            organisation(
                IDS[number], name=f"{name} Oy", visiting_street=f"{name.split()[1]}katu {number + 1}",
                visiting_postcode="00100", visiting_city="Helsinki", phone=f"+35893{number:06d}",
                website=f"https://{domain}",
            )
        )  # fmt: skip
        mail = ".".join(reversed(person.lower().replace("ä", "a").replace("ö", "o").split()))
        places.append(
            position(
                f"p{number}", person, IDS[number], title="Toimitusjohtaja", responsibilities=["GM"], level=1,
                email=f"{mail}@{domain}", mobile=f"+35844{number:07d}",
            )
        )  # fmt: skip
    return firms, places


def later(firms: list[Row], places: list[Row]) -> tuple[list[Row], list[Row]]:
    """The same sources some weeks on."""
    firms, places = [dict(row) for row in firms], [dict(row) for row in places]
    firms[CEASED]["ceased"] = True
    firms[MOVED] |= {"visiting_street": NEW_STREET, "visiting_postcode": "20100", "visiting_city": "Turku"}
    places[LEFT] = position(
        "new", "Xerxes Qvistgaard", IDS[LEFT], title="Toimitusjohtaja", responsibilities=["GM"], level=1,
        email="xerxes.qvistgaard@tornion.example",
    )  # fmt: skip
    places[MAIL]["email"] = NEW_MAIL
    places[BOTH]["mobile"] = "+358449999999"
    return firms, places


def crm_rows(firms: list[Row], places: list[Row]) -> list[dict[str, str]]:
    """A well-kept CRM of these companies, and one row that says too little."""
    rows = [
        {
            "Asiakasnro": f"K{number:02d}", "Yritys": firm["name"], "Y-tunnus": firm["business_id"],
            "Katuosoite": firm["visiting_street"], "Postinro": firm["visiting_postcode"],
            "Postitoimipaikka": firm["visiting_city"], "Puhelin": firm["phone"], "Kotisivu": firm["website"],
            "Etunimi": place["first_name"], "Sukunimi": place["last_name"], "Tehtävä": place["title"],
            "Sähköposti": place["email"], "Matkapuhelin": place["mobile"],
        }
        for number, (firm, place) in enumerate(zip(firms, places, strict=True))
    ]  # fmt: skip
    rows[IGNORED]["Kotisivu"] = "https://vanha-sivusto.example"
    rows[PHONE]["Puhelin"] = "+3583912222222"
    bare = dict.fromkeys(HEADER, "") | {"Yritys": "Aivan Toinen Oy"}
    rows += [bare | {"Asiakasnro": f"D{n}", "Y-tunnus": IDS[n]} for n in (18, 19)]
    return rows


def _return(store: Store, agreement: str, file: Path, to: Path) -> tuple[Row, list[Row], dict[str, dict[str, str]]]:
    """Open, match and return: what was decided, the rows that went back by customer number, and their changes."""
    job = open_job(store, agreement, file)["job"]
    matching.match_job(store, job)
    document = return_job(store, job, to=to)
    decided = care_folder.find(store, job).read_table(matching.DECISIONS).to_pylist()
    return document, decided, {row["Asiakasnro"]: row for row in lines(to, "rows")}


def test_R050_after_the_register_moved_only_what_is_new_goes_back(store: Store, crm: Write, tmp_path: Path) -> None:
    """R049, R046: flags and values once each, own edits kept, a conflict told and left alone, decisions used again."""
    firms, places = registered()
    load(store, "own", firms, places)
    publish(store)
    agreement, mine = add_agreement(store), crm_rows(firms, places)
    first = open_job(store, agreement, crm(HEADER, *mine))["job"]
    assert matching.match_job(store, first)["organisations"] == {"auto": 20, "none": 0, "review": 2}
    doubtful = review.queue(store, first)
    assert {item["row"] for item in doubtful} == {21, 22}
    review.decide(store, first, 21, organisation=IDS[18])
    review.decide(store, first, 22, organisation=review.NOBODY)
    told = return_job(store, first, to=tmp_path / "1")
    assert told["changes"] | {"new_web": 1, "new_phone": 1} == told["changes"]
    assert told["updated"] == 2

    load(store, "own", *later(firms, places))
    publish(store)
    # The customer took the new number, left its old website, and corrected two cells of its own accord.
    mine[PHONE]["Puhelin"] = firms[PHONE]["phone"]
    mine[EDITED]["Sähköposti"] = "oma.korjaus@savon.example"
    mine[BOTH]["Matkapuhelin"] = "+358441234567"
    document, decided, back = _return(store, agreement, crm(HEADER, *mine, name="next.csv"), tmp_path / "2")

    assert set(back) == {f"K{number:02d}" for number in (CEASED, MOVED, LEFT, MAIL, BOTH)}
    assert (document["rows"], document["told"], document["kept"]) == (5, 1, 1)
    said = {number: back[f"K{number:02d}"] for number in (CEASED, MOVED, LEFT, MAIL, BOTH)}
    assert said[CEASED]["rajaus_changes"].startswith("ceased")
    assert (said[MOVED]["Katuosoite"], said[MOVED]["Postitoimipaikka"]) == (NEW_STREET, "Turku")
    assert said[LEFT]["rajaus_changes"].startswith("person_left")
    assert "Qvistgaard" not in "".join(str(row) for row in back.values()), (
        "who sits there now is nobody's of the customer"
    )
    assert said[MAIL]["Sähköposti"] == NEW_MAIL
    assert said[BOTH]["Matkapuhelin"] == "+358441234567"
    assert "[ristiriita]" in said[BOTH]["rajaus_changes"]
    by_row = {line["row"]: line for line in decided}
    assert [(by_row[row]["by"], by_row[row]["state"]) for row in (21, 22)] == [("person", "auto"), ("person", "none")]

    third, _, again = _return(store, agreement, crm(HEADER, *mine, name="third.csv"), tmp_path / "3")
    assert (third["rows"], again) == (0, {}), "nothing is told twice"
