"""Verbs for backups and for restoring one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from rich.console import Console

from ledger import anchors, backups
from service import backup as making
from service.cli.common import Session, Verb, Verbs, pass_session
from service.tables import print_listing

PATH = click.Path(path_type=Path)


@click.group(cls=Verbs)
def backup() -> None:
    """Backups: encrypted, kept for a fixed time, restorable on another machine; never without the tombstone log."""


@backup.command("make")
@click.option("--out", required=True, type=PATH, help="Directory the archive is written to, on another volume or host.")
@click.option("--recipient", help="The age public key it is encrypted for. Default: the setting backup_recipient.")
@pass_session
def backup_make(session: Session, out: Path, recipient: str | None) -> None:
    """Write the ledger and every file it names into one encrypted archive; work goes on meanwhile. Run it daily.

    Archives in the directory that are older than the setting backup_days are deleted. The keys are not in it:
    rajaus backup keys.

    Example: rajaus backup make --out /mnt/backup --recipient age1…
    """
    session.emit(making.back_up(session.store(), out, recipient=recipient))


@backup.command("keys")
@click.option("--out", required=True, type=PATH, help="File the archive of the key files is written to.")
@click.option("--recipient", help="The age public key it is encrypted for; better not that of the backups.")
@pass_session
def backup_keys(session: Session, out: Path, recipient: str | None) -> None:
    """Write the key files into an encrypted archive of their own; keep it apart from the backups.

    Example: rajaus backup keys --out /media/usb/rajaus-keys.age --recipient age1…
    """
    session.emit(making.back_up_keys(session.store(), out, recipient=recipient))


@backup.command("restore-keys")
@click.argument("file", type=PATH)
@click.option("--identity", required=True, type=PATH, help="File with the age identity the archive is encrypted for.")
@pass_session
def backup_restore_keys(session: Session, file: Path, identity: Path) -> None:
    """Unpack key files into the key directory of a new machine, before the restore.

    Example: rajaus backup restore-keys /media/usb/rajaus-keys.age --identity officer.txt --home /srv/rajaus
    """
    from service import restore as restoring

    session.emit(restoring.restore_keys(session.settings(), file, identity=identity))


@backup.command("list")
@pass_session
def backup_list(session: Session) -> None:
    """List the backups, newest first, with the day each must be gone. Example: rajaus backup list"""
    store = session.store()
    with store.ledger.read() as connection:
        rows = backups.backups(connection)
    states = [_state(row, now=store.now()) for row in rows]

    def table(console: Console) -> None:
        cells = [
            (row["file"], row["made_at"], row["expires_at"], row["bytes"], state)
            for row, state in zip(rows, states, strict=True)
        ]
        print_listing(console, ("file", "made", "gone by", "bytes", "state"), cells)

    session.emit({"backups": [row | {"state": state} for row, state in zip(rows, states, strict=True)]}, table)


def _state(row: dict[str, Any], *, now: Any) -> str:
    if row["removed_at"] is not None:
        return "removed"
    return "overdue" if row["expires_at"] <= now else "kept"


@backup.command("remove")
@click.option("--in", "directory", required=True, type=PATH, help="Directory whose archives that are too old go.")
@pass_session
def backup_remove(session: Session, directory: Path) -> None:
    """Delete the archives of a directory whose time is over, and note it.

    Example: rajaus backup remove --in /mnt/backup
    """
    session.emit({"removed": making.remove_expired(session.store(), directory)})


@click.command("restore", cls=Verb)
@click.argument("archive", type=PATH, required=False)
@click.option("--identity", type=PATH, help="File with the age identity the backup is encrypted for.")
@click.option(
    "--tombstones", type=PATH, help="The lost machine's tombstone log; it is copied to where the settings say."
)
@click.option("--anchor", "lines", multiple=True, help="An anchor line kept elsewhere; may be given several times.")
@click.option("--anchor-file", "files", multiple=True, type=PATH, help="A file of anchor lines kept elsewhere.")
@click.option("--resume", is_flag=True, help="Finish a restore that stands closed, e.g. once the log was found.")
@pass_session
def restore(
    session: Session,
    archive: Path | None,
    identity: Path | None,
    tombstones: Path | None,
    lines: tuple[str, ...],
    files: tuple[Path, ...],
    resume: bool,
) -> None:
    """Put a backup into a new home, do the later bans and erasures again, and open it.

    Without the tombstone log, or with one that is older than the backup, the store stays closed. The key files must
    be there first (rajaus backup restore-keys). RAJAUS_LEDGER_URL may name another database than before.

    Example: rajaus restore 20261122T090000Z-….age --identity officer.txt --tombstones old.tombstones --home /srv/new
    """
    from service import restore as restoring

    settings = session.settings()
    known = [anchors.parse(line) for line in lines] + [found for file in files for found in anchors.read(file)]
    if tombstones is not None:
        restoring.bring(tombstones, settings.tombstones_path)
    if resume:
        session.emit(restoring.finish(settings, clock=session.clock, lines=known))
        return
    if archive is None or identity is None:
        raise click.UsageError("Give the archive and --identity, or --resume.")
    session.emit(restoring.restore(settings, archive, identity=identity, clock=session.clock, lines=known))
