"""What every verb shares: ``--home`` and ``--json`` before or after it, one output, progress, exit codes."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from core.clock import HELSINKI, Clock, system_clock
from core.errors import (
    ConfigError,
    Conflict,
    InvalidInput,
    NotFound,
    PermissionRefused,
    RajausError,
    Refused,
    StoreError,
)

if TYPE_CHECKING:  # loaded when a verb runs: help and usage errors need none of it
    from rich.console import Console

    from core.settings import Settings
    from ledger.resellers import Party
    from ledger.store import Store

EXIT_CODES: dict[type[RajausError], int] = {
    ConfigError: 2,
    InvalidInput: 2,
    Refused: 3,
    NotFound: 4,
    Conflict: 5,
    StoreError: 6,
}
BUG = 70


def exit_code(error: RajausError) -> int:
    """The exit code of an error's nearest class in the hierarchy."""
    return next(EXIT_CODES[base] for base in type(error).__mro__ if base in EXIT_CODES)


@dataclass
class Session:
    """The state of one command line."""

    home: Path | None = None
    json: bool = False
    clock: Clock = system_clock
    opened: Store | None = None
    token_file: Path | None = None
    """A reseller's order token, when the verb was given one."""

    @cached_property
    def out(self) -> Console:
        """What people read."""
        from rich.console import Console

        return Console(highlight=False)

    @cached_property
    def err(self) -> Console:
        """What went wrong, and progress."""
        from rich.console import Console

        return Console(stderr=True, highlight=False)

    def settings(self) -> Settings:
        from core.settings import load_settings

        settings = load_settings(home=self.home)
        logging.basicConfig(level=settings.log_level.upper())
        return settings

    def store(self) -> Store:
        """The store this command works on; ``ConfigError`` when there is none."""
        from ledger.store import open_store

        self.opened = open_store(self.settings(), clock=self.clock)
        return self.opened

    def admit(self, verb: Verb, words: str) -> None:
        """Whoever acts by a reseller's token may do what is a reseller's, and nothing else (R051, R081)."""
        if verb.for_resellers:
            return
        from core.settings import load_settings

        if load_settings(home=self.home).reseller_token is not None:
            raise PermissionRefused("reseller_may_not", verb=words)

    def party(self) -> tuple[Store, Party]:
        """The store, and the reseller whose token was given; ``PermissionRefused`` without a valid one."""
        from extracts.reseller import enter, read_token

        store = self.store()
        file = self.token_file or store.settings.reseller_token
        if file is None:
            raise PermissionRefused("token_missing")
        return store, enter(store, read_token(file))

    def emit(self, document: dict[str, Any], human: Callable[[Console], None] | None = None) -> None:
        """Print one JSON document, or what people read. ``human`` defaults to ``key: value`` lines."""
        if self.json:
            click.echo(json.dumps(document, ensure_ascii=False, default=_plain))
        elif human is not None:
            human(self.out)
        else:
            print_document(self.out, document)

    @contextmanager
    def progress(self, label: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
        """A bar on standard error; yields ``advance(n)``. Silent when nobody watches."""
        if self.json or not sys.stderr.isatty():
            yield lambda _n: None
            return
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=self.err, transient=True) as bar:
            task = bar.add_task(label, total=total)
            yield lambda n: bar.advance(task, n)


def print_document(console: Console, document: dict[str, Any]) -> None:
    """``key  value`` lines; a list of things one below the other, a thing by its own values."""
    for key, value in document.items():
        several = value if isinstance(value, list) and value and isinstance(value[0], dict) else None
        if several is None:
            console.print(f"[bold]{key}[/bold]  {_said(value)}", soft_wrap=True)
        else:
            console.print(f"[bold]{key}[/bold]")
            for item in several:
                console.print("  " + "  ".join(_said(part) for part in item.values()), soft_wrap=True)


def _said(value: Any) -> str:
    """A value as people read it; nothing is a dash, for ``None`` is a word of programs."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {_said(item)}" for name, item in value.items())
    return "–" if value is None else str(value)


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _remember(context: click.Context, parameter: click.Parameter, value: Any) -> Any:
    session = context.ensure_object(Session)
    if value not in (None, False):
        setattr(session, "home" if parameter.name == "home" else "json", value)
    return value


def _shared_options() -> list[click.Parameter]:
    return [
        click.Option(
            ["--home"],
            type=click.Path(path_type=Path),
            expose_value=False,
            callback=_remember,
            is_eager=True,
            help="The store. Default: RAJAUS_HOME, or ./rajaus-home.",
        ),
        click.Option(
            ["--json"],
            is_flag=True,
            expose_value=False,
            callback=_remember,
            is_eager=True,
            help="Print exactly one JSON document.",
        ),
    ]


class Verb(click.Command):
    """A command that also takes the shared options."""

    for_resellers = False
    """Whether it may be run with a reseller's order token; whatever does not say so may not."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params += _shared_options()

    def invoke(self, ctx: click.Context) -> Any:
        ctx.ensure_object(Session).admit(self, ctx.command_path)
        return super().invoke(ctx)


class ResellerVerb(Verb):
    """A command of the reseller's door: it shows the token, and answers without rows (R051)."""

    for_resellers = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params.append(
            click.Option(
                ["--token-file"],
                type=click.Path(path_type=Path),
                expose_value=False,
                callback=_remember_token,
                help="File with the order token. Default: the setting reseller_token.",
            )
        )


def _remember_token(context: click.Context, _parameter: click.Parameter, value: Path | None) -> None:
    context.ensure_object(Session).token_file = value


class Verbs(click.Group):
    """A group whose commands are :class:`Verb`; it takes the shared options too."""

    command_class = Verb
    group_class = type

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params += _shared_options()


class DefaultVerbs(Verbs):
    """A group that is a verb too: what begins with none of its verbs goes to ``default``."""

    default: click.Command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in self.commands:
            return self.default.name, self.default, args
        return super().resolve_command(ctx, args)


pass_session = click.make_pass_decorator(Session, ensure=True)


class IsoDate(click.ParamType[date]):
    """A calendar day as ``2026-11-22``."""

    name = "date"

    def convert(self, value: Any, parameter: click.Parameter | None, context: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a date like 2026-11-22", parameter, context)


DATE = IsoDate()


def fail(error: RajausError, session: Session) -> int:
    """Say what went wrong, where the caller looks for it, and audit a refused try (R087); returns the exit code."""
    if isinstance(error, Refused) and session.opened is not None:
        _audit_refusal(error, session.opened)
    if session.json:
        document = {"error": {"code": error.code, "message": str(error), "ids": error.ids}}
        click.echo(json.dumps(document, ensure_ascii=False, default=_plain))
    else:
        session.err.print(f"[red]rajaus:[/red] {error}", soft_wrap=True)
    return exit_code(error)


def _audit_refusal(error: Refused, store: Store) -> None:
    """One row for a refused try: its code and ids. That it cannot be written must not hide the refusal itself."""
    try:
        with store.write() as tx:
            tx.audit("try.refused", code=error.code, ids=error.ids)
    except RajausError as unwritten:
        logging.getLogger("rajaus").warning("the refusal was not audited: %s", unwritten)


class Instant(click.ParamType[datetime]):
    """``2026-11-20T16:00``; without an offset it is Finnish time."""

    name = "instant"

    def convert(self, value: Any, parameter: click.Parameter | None, context: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            at = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not an instant like 2026-11-20T16:00", parameter, context)
        return at if at.tzinfo else at.replace(tzinfo=HELSINKI)


INSTANT = Instant()
