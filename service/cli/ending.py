"""Verbs for the end of a licence: ``rajaus campaign sweep``."""

from __future__ import annotations

from rich.console import Console

from extracts import ending
from service.cli.common import Session, pass_session
from service.cli.customers import campaign as campaign
from service.tables import print_listing


@campaign.command("sweep")
@pass_session
def campaign_sweep(session: Session) -> None:
    """Delete the stored copies of campaigns that are over; for cron, every minute. Said again it finds nothing.

    That nothing more is delivered needs no sweep: every door asks the clock.

    Example: rajaus campaign sweep
    """
    store = session.store()
    ended = ending.sweep(store)
    strays = ending.sweep_strays(store)

    def human(console: Console) -> None:
        headers = ("extract", "customer", "ended", "files", "disposal due")
        names = ("extract", "customer", "ended_at", "files", "disposal_due")
        print_listing(console, headers, ([row[name] for name in names] for row in ended))
        if strays:
            console.print(f"[bold]strays removed[/bold]  {', '.join(strays)}", soft_wrap=True)

    session.emit({"ended": ended, "strays": strays}, human)
