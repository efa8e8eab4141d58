"""The ``rajaus`` program. Exit codes: 0 done, 2 input, 3 refused, 4 not found, 5 conflict, 6 store, 70 bug."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from core.errors import RajausError
from core.files import store_error
from service.cli.common import BUG, Session, Verbs, fail
from service.cli.listing import MODULES, SAID

_log = logging.getLogger("rajaus")


class Program(Verbs):
    """The group of all verbs. A verb's modules are loaded when it is called; help and completion load none."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Every verb, loaded or not."""
        return sorted({*SAID, *self.commands})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The verb with all its modules; ``None`` when there is none of that name."""
        if cmd_name in SAID:
            assemble(cmd_name)
        return super().get_command(ctx, cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As :meth:`click.Group.resolve_command`, which looks for similar names among the loaded verbs."""
        if args[0] not in SAID:
            assemble()
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The verbs with the first words of their help."""
        limit = formatter.width - 6 - max(map(len, SAID))
        with formatter.section("Commands"):
            formatter.write_dl([(verb, _short(verb, limit)) for verb in self.list_commands(ctx)])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Verbs that begin so, then options."""
        verbs = [
            CompletionItem(verb, help=_short(verb)) for verb in self.list_commands(ctx) if verb.startswith(incomplete)
        ]
        return verbs + click.Command.shell_complete(self, ctx, incomplete)


def _short(verb: str, limit: int = 45) -> str:
    """At most ``limit`` characters of a verb's help, shortened as click shortens it."""
    return click.Command(verb, help=SAID[verb]).get_short_help_str(limit)


@click.group(cls=Program, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="rajaus", prog_name="rajaus")
def cli() -> None:
    """Rajaus: a register of decision-makers, cut into campaign-scoped extracts.

    \b
    A first walk:   rajaus demo
    A store:        rajaus init; rajaus register load --source NAME FILE...; rajaus register publish
    A campaign:     rajaus customer add; rajaus agreement add; rajaus campaign open
    An extract:     rajaus count; rajaus order place; rajaus cut; rajaus deliver
    A ban:          rajaus ban add
    A leaked list:  rajaus trace FILE
    """


def assemble(verb: str | None = None) -> None:
    """Hang the verbs on the program: all of them, or, to start quickly, what the modules of one verb hold."""
    for module, verbs in MODULES.items():
        if verb is None or verb in verbs:
            loaded = import_module(f"service.cli.{module}")
            for name in verbs:
                cli.add_command(getattr(loaded, name.replace("-", "_")))


def main(arguments: Sequence[str] | None = None, session: Session | None = None) -> int:
    """Run one command line; returns the exit code."""
    session = session or Session()
    words = list(sys.argv[1:] if arguments is None else arguments)
    session.json = session.json or "--json" in words  # also when the line fails before the option is reached
    try:
        cli.main(args=words, prog_name="rajaus", obj=session, standalone_mode=False)
        return 0
    except RajausError as error:
        return fail(error, session)
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.Abort:
        return 130
    except click.ClickException as error:
        if session.json:
            click.echo(_error_json("usage", error.format_message()))
        else:
            error.show()
        return 2
    except OSError as error:
        return fail(store_error(error, Path(str(error.filename or session.home or "."))), session)
    except Exception as error:  # noqa: BLE001  the last line of defence: no traceback with data in it reaches the user
        _log.debug("unexpected", exc_info=error)
        message = f"a fault in the program ({type(error).__name__}); RAJAUS_LOG_LEVEL=DEBUG shows where."
        if session.json:
            click.echo(_error_json("bug", message))
        else:
            session.err.print(f"[red]rajaus:[/red] {message}")
        return BUG


def _error_json(code: str, message: str) -> str:
    return json.dumps({"error": {"code": code, "message": message, "ids": {}}}, ensure_ascii=False)


def run() -> None:
    """Console entry point."""
    sys.exit(main())
