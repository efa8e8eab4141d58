"""The ``rajaus`` program. Exit codes: 0 done, 2 input, 3 refused, 4 not found, 5 conflict, 6 store, 70 bug."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

import click

from core.errors import RajausError
from core.files import store_error
from service.cli.common import BUG, Session, Verbs, fail

_log = logging.getLogger("rajaus")


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(version("rajaus"), prog_name="rajaus")
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


_MODULES = {
    "store": ("init", "doctor", "demo"),
    "sample": ("sample",),
    "publish": ("register",),
    "sources": ("register", "source"),
    "customers": ("customer", "agreement", "campaign"),
    "orders": ("order",),
    "selections": ("selection",),
    "extracts": ("count", "cut", "extract", "deliver"),
    "coverage": ("coverage", "campaign"),
    "licence": ("licence",),
    "prices": ("prices", "invoice", "credit"),
    "bans": ("ban",),
    "suppression": ("suppression", "keys"),
    "subjects": ("subject",),
    "subject_replies": ("subject",),
    "notices": ("subject",),
    "records": ("records", "assessment"),
    "subject_changes": ("subject",),
    "breaches": ("breach",),
    "stop_list": ("stop-list", "customer"),
    "activation": ("activate", "activation"),
    "contacts": ("customer",),
    "processors": ("processor",),
    "resellers": ("reseller",),
    "disclosures": ("disclosure",),
    "subscriptions": ("subscription", "agreement"),
    "leftover": ("leftover",),
    "ending": ("campaign", "disposal", "customer"),
    "clock": ("clock",),
    "mail": ("mail",),
    "intake": ("intake", "drill"),
    "seeds": ("seeds",),
    "trace": ("trace",),
    "care": ("care",),
    "audit": ("audit",),
    "backup": ("backup", "restore"),
    "retention": ("retention",),
}
"""Module of ``service.cli`` and the verbs in it."""


def assemble(verb: str | None = None) -> None:
    """Hang the verbs on the program: all of them, or, to start quickly, those of the modules that hold one verb."""
    for module, verbs in _MODULES.items():
        if verb is None or verb in verbs:
            loaded = import_module(f"service.cli.{module}")
            for name in verbs:
                cli.add_command(getattr(loaded, name.replace("-", "_")))


def main(arguments: Sequence[str] | None = None, session: Session | None = None) -> int:
    """Run one command line; returns the exit code."""
    session = session or Session()
    words = list(sys.argv[1:] if arguments is None else arguments)
    known = {verb for verbs in _MODULES.values() for verb in verbs}
    assemble(next((word for word in words if word in known), None))
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
