"""Write the tables in docs/ that follow from the code: settings, errors, commands, requirements; and the
list of decisions.

``python scripts/document.py`` rewrites what stands between ``<!-- begin: NAME -->`` and ``<!-- end: NAME -->``;
with ``--check`` it only says which page is behind. What stands outside the marks is written by hand.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import click  # noqa: E402

from core.errors import RajausError  # noqa: E402
from core.settings import PREFIX, Settings  # noqa: E402
from extracts import narrow  # noqa: E402
from extracts.narrow import meter  # noqa: E402
from schemas import order_states  # noqa: E402
from schemas.retention import ACTIONS, in_words, rules  # noqa: E402
from scripts import licence_rules, requirement_map  # noqa: E402
from service.cli import assemble, cli  # noqa: E402
from service.cli.common import EXIT_CODES, DefaultVerbs  # noqa: E402


def _cell(text: object) -> str:
    return str(text).replace("|", "\\|").replace("\n", " ")


def _table(header: tuple[str, ...], rows: Iterator[tuple[object, ...]]) -> str:
    lines = [header, tuple("---" for _ in header), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def error_classes(base: type[RajausError] = RajausError) -> Iterator[type[RajausError]]:
    """The error classes in the order of their definition, each after its base."""
    for found in base.__subclasses__():
        yield found
        yield from error_classes(found)


def exit_code_of(error: type[RajausError]) -> int:
    """The exit code a class ends a command with."""
    return next(EXIT_CODES[base] for base in error.__mro__ if base in EXIT_CODES)


def verbs() -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, with the words that call it."""
    assemble()
    yield from _verbs(cli, ("rajaus",))


def _verbs(group: click.Group, path: tuple[str, ...]) -> Iterator[tuple[str, click.Command]]:
    for name, command in sorted(group.commands.items()):
        words = (*path, name)
        if isinstance(command, DefaultVerbs):
            yield " ".join(words), command.default
        if isinstance(command, click.Group):
            yield from _verbs(command, words)
        else:
            yield " ".join(words), command


_SIGNS = (("ge", "≥"), ("gt", ">"), ("le", "≤"), ("lt", "<"))


def _bounds(metadata: list[object]) -> str:
    return ", ".join(f"{sign} {getattr(b, name)}" for b in metadata for name, sign in _SIGNS if hasattr(b, name))


def settings() -> str:
    rows = (
        (
            f"`{name}`",
            f"`{PREFIX}{name.upper()}`",
            "" if field.default is None else f"`{field.default}`",
            _bounds(field.metadata),
            field.description or "",
        )
        for name, field in sorted(Settings.model_fields.items())
    )
    return _table(("setting", "variable", "default", "bounds", "what it does"), rows)


def errors() -> str:
    rows = (
        (f"`{code}`", found.__name__, exit_code_of(found), message)
        for found in error_classes()
        for code, message in found.__dict__.get("catalogue", {}).items()
    )
    return _table(("code", "class", "exit", "message"), rows)


def commands() -> str:
    parts = []
    for words, command in verbs():
        settings = cli.context_settings | {"max_content_width": 110, "terminal_width": 110}
        context = click.Context(command, info_name=words, **settings)
        parts.append(f"## {words}\n\n```\n{command.get_help(context).strip()}\n```")
    return "\n\n".join(parts)


def decisions() -> str:
    found = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    titles = (page.read_text(encoding="utf-8").split("\n", 1)[0].removeprefix("# ") for page in found)
    return "\n".join(f"- [{title}](decisions/{page.name})" for title, page in zip(titles, found, strict=True))


def requirements() -> str:
    return _table(("number", "requirement", "shown by"), requirement_map.table())


def order_steps() -> str:
    """The diagram of an order's life, and the table of its steps."""
    rows = (
        (
            step.event,
            ", ".join(step.sources) or "–",
            step.target,
            "time" if "clock" in step.by else ", ".join(step.by) + (" (a second person)" if step.second else ""),
            step.meaning,
        )
        for step in order_states.STEPS
    )
    table = _table(("event", "from", "to", "by", "meaning"), rows)
    return f"```mermaid\n{order_states.diagram()}\n```\n\n{table}"


def retention() -> str:
    kinds = {"table": "table", "blank": "column", "files": "files", "register": "register", "template": "template"}
    rows = (
        (
            f"{kinds[rule.kind]} `{rule.name}`",
            rule.start,
            in_words(rule.period),
            f"{ACTIONS[rule.action]}{f': `{rule.target}`' if rule.target else ''}",
            rule.ground,
        )
        for rule in rules().values()
    )
    return _table(("what", "from", "kept", "then", "why"), rows)


def narrow_rules() -> str:
    rows = (
        (f"`{rule.code}`", rule.severity, rule.says, ", ".join(f"`{name}`" for name in rule.settings) or "–")
        for rule in narrow.RULES
    )
    return _table(("rule", "what it does", "about", "settings"), rows)


def meter_measures() -> str:
    grades = ", ".join(f"{name} from {least}" for least, name in meter.GRADES)
    rows = ((f"`{measure.code}`", measure.most, measure.about) for measure in meter.MEASURES)
    return f"Grades: {grades}.\n\n{_table(('measure', 'points at most', 'about'), rows)}"


def licence() -> str:
    header = ("rule", "action", "of the rows", "narrowed by; owed for it", "campaign use", "continuous use")
    return _table(header, licence_rules.rows())


PAGES: dict[str, tuple[str, Callable[[], str]]] = {
    "settings": ("docs/settings.md", settings),
    "errors": ("docs/errors.md", errors),
    "commands": ("docs/commands.md", commands),
    "decisions": ("docs/README.md", decisions),
    "licence": ("docs/licence.md", licence),
    "orders": ("docs/orders.md", order_steps),
    "requirements": ("docs/requirements.md", requirements),
    "retention": ("docs/retention.md", retention),
    "narrow": ("docs/narrowest.md", narrow_rules),
    "meter": ("docs/narrowest.md", meter_measures),
}


def rewritten(name: str) -> tuple[Path, str, str]:
    """A page, its text as it stands, and its text as it should be."""
    path, make = PAGES[name]
    page = ROOT / path
    old = page.read_text(encoding="utf-8")
    begin, end = f"<!-- begin: {name} -->", f"<!-- end: {name} -->"
    new, found = re.subn(
        f"{re.escape(begin)}.*{re.escape(end)}", lambda _: f"{begin}\n{make()}\n{end}", old, flags=re.DOTALL
    )
    if found != 1:
        raise SystemExit(f"{path} needs the marks {begin} and {end} once")
    return page, old, new


def main() -> None:
    behind = []
    for name in PAGES:
        page, old, new = rewritten(name)
        if old != new:
            behind.append(page.relative_to(ROOT))
            if "--check" not in sys.argv:
                page.write_text(new, encoding="utf-8")
    for page in behind:
        print(f"{'behind' if '--check' in sys.argv else 'rewritten'}: {page}")
    if behind and "--check" in sys.argv:
        raise SystemExit("make docs puts it right")


if __name__ == "__main__":
    main()
