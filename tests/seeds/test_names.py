"""R038: invented organisations are called, and addressed, as the register's are, and have nobody's own words."""

from __future__ import annotations

import random
from collections import Counter

import pyarrow as pa
import pytest

from core.identity import fold_name
from extracts.gate.seed_making import Names, lists
from extracts.gate.seed_names import Called, Vocabulary, called, fused, genitive, swedish
from extracts.gate.seed_shapes import LABELS, LOCALS, Address, folded, label, local, shapes


@pytest.mark.parametrize(
    ("name", "before", "core", "after"),
    [
        ("Rakennus Mäkinen Oy", "", "Rakennus Mäkinen", "Oy"),
        ("Oy Virtanen & Korhonen Ab", "Oy", "Virtanen & Korhonen", "Ab"),
        ("Tmi Sähkö Lahti", "Tmi", "Sähkö Lahti", ""),
        ("Asunto Oy Oulun Koivukatu 3", "Asunto Oy", "Oulun Koivukatu 3", ""),
        ("As. Oy Pihakatu 2", "As. Oy", "Pihakatu 2", ""),
        ("Koivuniemen yrittäjät ry", "", "Koivuniemen yrittäjät", "ry"),
        ("Koivuniemen kunta", "", "Koivuniemen kunta", ""),
        ("Suomen Osuuskunta", "", "Suomen", "Osuuskunta"),
        ("Oy", "", "Oy", ""),
        ("Oy Ab", "Oy", "Ab", ""),
    ],
)
def test_a_name_is_its_form_around_a_core(name: str, before: str, core: str, after: str) -> None:
    found = called(name)
    assert (" ".join(found.style[0]), " ".join(found.core), " ".join(found.style[1])) == (before, core, after)
    assert found.name == name


def test_which_forms_are_swedish() -> None:
    assert [swedish(called(name).style) for name in ("A Oy", "Oy A Ab", "Ab A", "A rf", "A ry")] == [
        False, True, True, True, False,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("surname", "written"), [("Mäkinen", "Mäkisen"), ("Mattila", "Mattilan"), ("Lahti", None), ("Lindström", None)]
)
def test_genitives_are_given_where_they_are_simple(surname: str, written: str | None) -> None:
    assert genitive(surname) == written


def test_two_words_are_put_together_where_a_syllable_ends() -> None:
    assert fused("Leipomo", "Sahanterä") == "Leiterä"
    assert fused("kunta", "Kaupunki")[0].islower()


def _register(size: int, *, seed: int) -> list[str]:
    """Names of a few common words and of words that one organisation alone bears."""
    draw = random.Random(seed)
    common = [f"{head}{tail}" for head in ("Kallio", "Vesi", "Met") for tail in ("palvelu", "huolto", "rinne")]

    def lone() -> str:
        return "".join(draw.choice("bdfghjklmnprstv") + draw.choice("aeiouy") for _ in range(4)).title()

    forms = ("{} Oy", "Oy {} Ab", "{} ry", "{}")
    return [
        draw.choice(forms).format(f"{draw.choice([draw.choice(common), lone()])} {draw.choice([*common, lone()])}")
        for _ in range(size)
    ]


@pytest.mark.parametrize("seed", range(5))
def test_a_word_that_one_organisation_bears_is_never_taken(seed: int) -> None:
    names = _register(200, seed=seed)
    bearers = Counter(word for name in set(names) for word in set(name.split()))
    vocabulary, draw = Vocabulary(names), random.Random(seed)
    for name in names:
        like = called(name)
        made = vocabulary.invent(draw, like)
        assert made.style == like.style
        assert len(made.core) == len(like.core)
        assert not [word for word in made.core if bearers[word] == 1]
        if like.style == ((), ()):
            assert made.core[0] not in bearers, "a place that exists is not taken"


def test_a_word_is_new_as_often_as_words_stand_alone() -> None:
    names = _register(2000, seed=9)
    bearers = Counter(word for name in set(names) for word in set(name.split()))
    companies = [called(name) for name in names if name.endswith(" Oy")]
    alone = sum(bearers[one.core[0]] == 1 for one in companies) / len(companies)
    vocabulary, draw = Vocabulary(names), random.Random(1)
    new = sum(vocabulary.invent(draw, one).core[0] not in bearers for one in companies) / len(companies)
    assert 0.3 < alone < 0.7
    assert abs(new - alone) < 0.06


def test_words_that_are_given_stand_and_numbers_change() -> None:
    vocabulary, draw = Vocabulary(["Rakennus Mäkinen Oy", "Maalaus Niemi Oy"] * 3), random.Random(1)
    assert vocabulary.invent(draw, called("Rakennus Mäkinen Oy"), given=[None, "Virtanen"]).core[1] == "Virtanen"
    numbers = {vocabulary.invent(draw, called("Osasto 123 ry")).core[1] for _ in range(20)}
    assert len(numbers) > 5
    assert all(len(number) == 3 and number.isdigit() for number in numbers)


@pytest.mark.parametrize("name", ["Anna-Maija", "Åkerström", "D'Angelo", "Müller", "Weiß", "Øster", "Mäki-Petäjä", "Ñ"])
def test_letters_fold_as_names_do(name: str) -> None:
    assert folded(name) == fold_name(name)


def _row(**given: str | None) -> dict[str, object]:
    return {
        "org": 1, "position": 1, "name": "Rakennus Mäkinen Oy", "website": "https://www.rakennus-makinen.example",
        "first_name": "Anna-Maija", "last_name": "Virta", "email": None,
    } | given  # fmt: skip


@pytest.mark.parametrize(
    ("email", "found"),
    [
        ("anna-maija.virta@rakennus-makinen.example", Address("{f}.{l}", own=True)),
        ("anna-maija.virta2@rakennus-makinen.example", Address("{f}.{l}2", own=True)),
        ("a.virta@rakennus-makinen.example", Address("{i}.{l}", own=True)),
        ("virta.anna-maija@muu.example", Address("{l}.{f}", own=False)),
        ("info@rakennus-makinen.example", Address("info", own=True)),
        ("annukka76@rakennus-makinen.example", Address("{f}.{l}", own=True)),  # her own word is not kept
        (None, None),
    ],
)
def test_how_an_address_agrees_with_its_person(email: str | None, found: Address | None) -> None:
    rows = pa.Table.from_pylist([_row(email=email)])
    assert shapes(rows)[1].people[0].address == found


def test_a_box_is_what_several_domains_have() -> None:
    rows = [_row(org=number, email=f"varasto@yritys{number}.example", website=None) for number in range(4)]
    assert shapes(pa.Table.from_pylist(rows[:2]))[0].people[0].address == Address("{f}.{l}", own=True)
    assert shapes(pa.Table.from_pylist(rows))[0].people[0].address == Address("varasto", own=True)


@pytest.mark.parametrize(
    ("site", "template"),
    [
        ("https://www.rakennus-makinen.example", "{words}"),
        ("rakennusmakinen.example/fi", "{joined}"),
        ("http://rakennus.example", "{first}"),
        ("www.rakennus-makinen-oy.example", "{words}-{form}"),
        ("www.rakennus-makinen-y1665.example", "{words}-y1665"),
        ("www.jotain-muuta.example", "{words}"),
    ],
)
def test_how_a_domain_agrees_with_the_name(site: str, template: str) -> None:
    assert shapes(pa.Table.from_pylist([_row(website=site)]))[1].label == template


def test_a_company_called_after_somebody_in_it() -> None:
    rows = [
        _row(name="Mäkisen Leipomo Oy", first_name="Eero", last_name="Mäkinen"),
        _row(name="Mäkisen Leipomo Oy", first_name="Liisa", last_name="Virta"),
    ]
    found = shapes(pa.Table.from_pylist(rows))[1]
    assert (dict(found.families), [one.family for one in found.people]) == ({0: True}, [True, False])
    trader = shapes(pa.Table.from_pylist([_row(name="Tmi Eero Mäkinen", first_name="Eero", last_name="Mäkinen")]))[1]
    assert (dict(trader.families), trader.first_names) == ({1: False}, frozenset({0}))
    assert trader.called == Called((("Tmi",), ()), ("Eero", "Mäkinen"))


def test_every_template_can_be_written() -> None:
    assert {local(one, first="aino maria", last="oja") for one in LOCALS} >= {
        "aino-maria.oja",
        "a.oja",
        "oja.aino-maria",
    }
    assert {label(one, called("Ääni Oja Oy")) for one in LABELS} >= {"aani-oja", "aanioja", "aani", "aani-oja-oy"}


def test_R038_a_seed_s_name_is_in_as_many_organisations_as_a_row_s() -> None:
    """A name that one organisation alone has would stand twice if a seed were called so: one in two or three is then
    too frequent, and one that stands alone too rare."""
    every = iter(lists()["last_name"])
    times = [1] * 150 + [2] * 50 + [10] * 10
    bearers = {next(every): count for count in times}
    rows = [("Aino", name, "Yritys Oy") for name, count in bearers.items() for _ in range(count)]
    names, draw = Names(rows, {"last_name": bearers}), random.Random(1)
    drawn = Counter(bearers.get(names.draw(draw, "last_name", language=False), 0) for _ in range(3000))
    wanted = Counter(count - 1 if count < 10 else count for count in times for _ in range(count))
    assert drawn.keys() == wanted.keys()
    for count, share in wanted.items():
        assert drawn[count] / 3000 == pytest.approx(share / len(rows), abs=0.05), count


def test_in_a_large_register_names_are_drawn_as_they_are() -> None:
    names, draw = Names([("Aino", "Virtanen", "Yritys Oy")]), random.Random(1)
    assert names.draw(draw, "last_name", language=False) == "Virtanen"
    rare = Names([("Aino", "Olemattomanniemeläinen", "Yritys Oy")])
    assert rare.draw(draw, "last_name", language=False) in lists()["last_name"], "a rare name is somebody's"


def test_where_nobody_of_that_language_can_be_asked_a_common_name_is_given() -> None:
    """Nobody's organisation has a name, or all have Swedish ones."""
    bearers = {"last_name": {"Virtanen": 1}}
    for rows in ([], [("Aino", "Virtanen", "Oy Firma Ab")]):
        assert Names(rows, bearers).draw(random.Random(1), "last_name", language=False) in lists()["last_name"]
