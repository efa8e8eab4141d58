"""What the product does is written down, and what is written down is so."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from scripts.document import verbs
from service.cli import cli, listing
from tests.house.source import ROOT, modules, packages, pages, project

EMAIL = re.compile(r"[\w.+-]+@([\w-]+(?:\.[\w-]+)+)")
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")

VERBS = dict(verbs())


def test_the_tables_of_settings_errors_and_commands_follow_the_code() -> None:
    """In a process of its own: a command remembers the help option of whoever asked first."""
    check = [sys.executable, str(ROOT / "scripts" / "document.py"), "--check"]
    done = subprocess.run(check, check=False, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def test_there_are_verbs() -> None:
    assert {"rajaus init", "rajaus count", "rajaus cut", "rajaus trace", "rajaus ban add"} <= set(VERBS)


@pytest.mark.parametrize("words", VERBS)
def test_the_help_of_every_verb_teaches_with_an_example(words: str) -> None:
    text = VERBS[words].help or ""
    assert len(text.split()) > 5, "a help text says what the verb does"
    assert words in text, f"no example that starts with: {words}"


@pytest.mark.parametrize("words", VERBS)
def test_every_option_of_every_verb_is_explained(words: str) -> None:
    silent = [p.name for p in VERBS[words].params if isinstance(p, click.Option) and not p.help]
    assert silent == []


def test_every_group_says_what_it_is_for() -> None:
    assert [name for name, command in cli.commands.items() if not command.help] == []


def test_the_listing_says_what_the_verbs_say() -> None:
    """It is told without loading a verb, and must not tell something else."""
    said = {name: " ".join((command.help or "").split("\n\n")[0].split()) for name, command in cli.commands.items()}
    assert said == listing.SAID
    held = {verb for verbs in listing.MODULES.values() for verb in verbs}
    assert held == set(listing.SAID)


def test_the_program_tells_its_verbs_without_loading_one() -> None:
    """So that help and completion are there at once."""
    code = (
        "import sys; from service.cli import main; main(['--help']); "
        "print(*sys.modules.keys() & {'sqlalchemy', 'pyarrow', 'pandas', 'duckdb', 'pydantic'}, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stderr.split() == []
    assert all(f"  {verb} " in done.stdout for verb in listing.SAID)


def test_a_verb_begun_is_completed() -> None:
    found = cli.shell_complete(click.Context(cli), "ca")
    assert [(item.value, item.help) for item in found] == [
        (name, cli.commands[name].get_short_help_str()) for name in sorted(cli.commands) if name.startswith("ca")
    ]


def test_links_between_pages_lead_somewhere() -> None:
    dead = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in pages()
        for target in LINK.findall(page.read_text(encoding="utf-8"))
        if "://" not in target and not target.startswith("mailto:") and not (page.parent / target).exists()
    ]
    assert not dead, "\n".join(dead)


def test_every_page_can_be_reached_from_the_readme() -> None:
    seen: set[Path] = set()
    waiting = [ROOT / "README.md"]
    while waiting:
        page = waiting.pop().resolve()
        if page in seen or page.suffix != ".md" or not page.is_file():
            continue
        seen.add(page)
        waiting += [page.parent / target for target in LINK.findall(page.read_text(encoding="utf-8"))]
    assert sorted(str(p.relative_to(ROOT)) for p in set(pages()) - seen) == []


def test_commands_shown_in_the_pages_exist() -> None:
    """Every ``rajaus …`` line in a code block names a verb of the program."""
    unknown = []
    for page in pages():
        for block in re.findall(r"```\w*\n(.*?)```", page.read_text(encoding="utf-8"), flags=re.DOTALL):
            for words in re.findall(r"^\s*(?:\$ )?(rajaus(?: [a-z][a-z0-9-]*)+)", block, flags=re.MULTILINE):
                parts = words.split()
                if not any(" ".join(parts[:n]) in VERBS for n in range(2, len(parts) + 1)):
                    unknown.append(f"{page.relative_to(ROOT)}: {words}")
    assert not unknown, "\n".join(unknown)


def test_settings_named_in_the_pages_exist() -> None:
    known = set(re.findall(r"`(RAJAUS_[A-Z_]+)`", (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")))
    named = {n for page in pages() for n in re.findall(r"(?<![A-Z_])RAJAUS_[A-Z_]+", page.read_text(encoding="utf-8"))}
    assert named - known - {"RAJAUS_CONFIG"} == set()


def test_no_address_outside_example_stands_in_documents_or_code() -> None:
    """Nobody's mailbox is in the repository (RFC 2606 and 6761 reserve the domains used)."""
    texts = {str(page.relative_to(ROOT)): page.read_text(encoding="utf-8") for page in pages()}
    texts |= {module.name: module.text for module in modules()}
    texts |= {str(f.relative_to(ROOT)): f.read_text(encoding="utf-8") for f in (ROOT / "data").rglob("*.csv")}
    foreign = {
        f"{name}: @{domain}"
        for name, text in texts.items()
        for domain in EMAIL.findall(text)
        if not re.search(r"(^|\.)(example(\.(com|org|net))?|invalid)$", domain, flags=re.IGNORECASE)
    }
    assert not foreign, "\n".join(sorted(foreign))


def test_the_changelog_tells_of_this_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"^## {re.escape(project()['project']['version'])}\b", text, flags=re.MULTILINE)


def test_the_glossary_explains_every_layer_of_the_source() -> None:
    text = (ROOT / "GLOSSARY.md").read_text(encoding="utf-8")
    assert [package for package in packages() if f"`{package}/`" not in text] == []


def test_decisions_are_numbered_without_gaps_and_no_longer_than_a_page() -> None:
    decisions = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    assert [int(d.name[:4]) for d in decisions] == list(range(1, len(decisions) + 1))
    assert [d.name for d in decisions if len(d.read_text(encoding="utf-8").split()) > 500] == []
