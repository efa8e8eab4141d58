"""Attacks on delivered lists by other hands: written from the published description of the scheme alone.

It knows what a thief with the paper would know: that order, spelling and abbreviations may be marks, and that some rows
are withheld. Nothing of the product is imported. How it is called: docs/tracing.md, "Attacks by other hands".
"""

import collections
import csv
import json
import pathlib
import random
import sys
import unicodedata

FULL = {"tj": "toimitusjohtaja", "pj": "puheenjohtaja", "hall": "hallituksen", "vpj": "varapuheenjohtaja"}


def load(path):
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return [dict(line) for line in csv.DictReader(lines)]


def person(line):
    return (line["business_id"], line["last_name"].lower(), line["first_name"].lower())


def take(lines, number, rng):
    picked = lines if number >= len(lines) else rng.sample(lines, number)
    return sorted(picked, key=lambda line: (line["last_name"], line["first_name"]))


def plain_cell(name, cell):
    """Lower case, lists sorted, abbreviations written out, addresses and web pages in one spelling."""
    cell = " ".join(unicodedata.normalize("NFKC", cell).lower().split())
    if name == "responsibilities":
        return ";".join(sorted(part.strip() for part in cell.replace(",", ";").split(";") if part.strip()))
    if name == "title":
        words = [FULL.get(word.strip("."), word) for word in cell.split()]
        return " ".join(words)
    if name.endswith("_street"):
        return cell.replace(" ", "")
    if name == "website":
        return cell.split("://")[-1].removeprefix("www.").rstrip("/")
    return cell


def plain(lines, *, without=()):
    return [
        {name: plain_cell(name, cell) for name, cell in line.items() if name not in without and name != "ban_url"}
        for line in lines
    ]


def columns(lines, *names):
    return [{name: line[name] for name in names} for line in lines if any(line[name] for name in names)]


def identity(lines):
    return columns(lines, "first_name", "last_name", "organisation_name", "business_id")


def mails(lines):
    return columns([line for line in lines if line["email"]], "email")


def vandalise(lines, share, rng):
    """Some cells are overwritten by what stands in the same column of another row."""
    donors = {name: [line[name] for line in lines] for name in lines[0]}
    return [
        {name: rng.choice(donors[name]) if rng.random() < share else cell for name, cell in line.items()}
        for line in lines
    ]


def pad(lines, foreign, share, rng):
    """Foreign rows so that ``share`` of the list is foreign."""
    extra = rng.sample(foreign, int(len(lines) * share / (1 - share)))
    both = lines + [{name: line.get(name, "") for name in lines[0]} for line in extra]
    rng.shuffle(both)
    return both


def together(copies):
    held = collections.defaultdict(list)
    for copy in copies:
        for line in copy:
            held[person(line)].append(line)
    return list(held.values())


def cells(groups, choose):
    return [{name: choose([line[name] for line in group]) for name in group[0]} for group in groups]


def vote(values, rng, *, rarest=False):
    rng.shuffle(values)
    counted = collections.Counter(values).most_common()
    return counted[-1 if rarest else 0][0]


def merged(copies, rule, rng):
    """The colluders' list under one of the rules of the literature."""
    groups, thieves = together(copies), len(copies)
    if rule == "union":
        return [group[0] for group in groups]
    if rule == "intersection":
        return [rng.choice(group) for group in groups if len(group) >= thieves]
    if rule == "cell pick":
        return cells(groups, rng.choice)
    if rule == "majority":
        return cells([group for group in groups if len(group) * 2 > thieves], lambda values: vote(values, rng))
    if rule == "minority":
        return cells(groups, lambda values: vote(values, rng, rarest=True))
    raise SystemExit(f"no rule {rule}")


def single(number, act=lambda lines, _rng: lines):
    def attack(copies, foreign, rng):
        del foreign
        return act(take(copies[0], number, rng), rng)

    return attack


def padded(number, share, act=lambda lines: lines):
    def attack(copies, foreign, rng):
        return pad(act(take(copies[0], number, rng)), foreign, share, rng)

    return attack


def several(number, rule, finish=lambda lines: lines):
    def attack(copies, foreign, rng):
        del foreign
        return finish(take(merged(copies, rule, rng), number, rng))

    return attack


def only_mails(number):
    def attack(copies, foreign, rng):
        del foreign
        return mails(take([line for line in copies[0] if line["email"]], number, rng))

    return attack


def said(like, selection, attack, thieves=1):
    return {"like": like, "selection": selection, "copies": thieves, "attack": attack}


ATTACKS = {
    "copy of 200 rows": said("exact copy", "q", single(200)),
    "45 rows sorted": said("raw, random rows, re-sorted", "q", single(45)),
    "one spelling for all": said(
        "renderings normalised, 2 % withheld", "q2", single(320, lambda lines, _rng: plain(lines))
    ),
    "mails, 5 %": said("e-mail only, 5 % withheld", "q", only_mails(500)),
    "mails, half": said("e-mail only, N of 2N", "half", only_mails(45)),
    "names, 5 %": said("identity only, 5 % withheld", "q", single(560, lambda lines, _rng: identity(lines))),
    "names, half": said("identity only, N of 2N", "half", single(45, lambda lines, _rng: identity(lines))),
    "tenth overwritten": said(
        "raw, 10 % of cells altered", "q", single(75, lambda lines, rng: vandalise(lines, 0.1, rng))
    ),
    "third overwritten": said(
        "raw, 30 % of cells altered", "q", single(140, lambda lines, rng: vandalise(lines, 0.3, rng))
    ),
    "half foreign": said("raw among 50 % foreign rows", "q", padded(70, 0.5)),
    "names, half foreign": said("identity among 50 % foreign rows, N of 2N", "half", padded(110, 0.5, identity)),
    "two mix cells": said("raw, 2 together: cell pick", "q", several(200, "cell pick"), 2),
    "two show the rarer": said("raw, 2 together: minority", "q", several(200, "minority"), 2),
    "three vote": said("raw, 3 together: majority", "q", several(650, "majority"), 3),
    "two spell alike": said(
        "normalised, 2 % withheld, 2 together: intersection", "q2", several(1500, "intersection", plain), 2
    ),
    "two halves spell alike": said("normalised, N of 2N, 2 together: union", "half", several(500, "union", plain), 2),
}


def main():
    match sys.argv[1:]:
        case ["list"]:
            shown = [
                {"name": name} | {key: value for key, value in one.items() if key != "attack"}
                for name, one in ATTACKS.items()
            ]
            print(json.dumps(shown))
        case ["run", name, delivered, suspect, seed]:
            folder = pathlib.Path(delivered)
            copies = [load(path) for path in sorted(folder.glob("[0-9]*.csv"))]
            lines = ATTACKS[name]["attack"](copies, load(folder / "foreign.csv"), random.Random(seed))
            with pathlib.Path(suspect).open("w", encoding="utf-8", newline="") as out:
                writer = csv.DictWriter(out, list(lines[0]), delimiter=";")
                writer.writeheader()
                writer.writerows(lines)
        case _:
            raise SystemExit("usage: second_hand.py list | run NAME DELIVERED SUSPECT SEED")


if __name__ == "__main__":
    main()
