"""`signoff activity`: sent, scheduled."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from bot.commands import command_app
from bot.commands.operator import MOST, Workspace
from bot.local.embedded import prepare_environment
from core.time_zones import zone_of

app = command_app()

Most = Annotated[int, typer.Option("--limit", min=1, max=MOST, help="How many to show.")]
_FORMATS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M"]
#: How far it looks back if nobody says. What is read grows with it.
BACK = timedelta(days=30)
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_HEADINGS = ("Time", "", "Draft", "To", "Campaign", "Account")


@app.callback()
def activity() -> None:
    """See what was sent, what `signoff history` imported, and what is scheduled, LinkedIn included."""


@app.command()
def sent(
    since: Annotated[
        datetime | None,
        typer.Option(
            formats=_FORMATS,
            help="Only what was sent since then; by default, from 30 days before now, or before --before.",
        ),
    ] = None,
    before: Annotated[
        datetime | None, typer.Option(formats=_FORMATS, help="Only what was sent before this time.")
    ] = None,
    most: Most = 50,
    workspace: Workspace = None,
) -> None:
    """Show what was sent, latest first, and its outcome. Times are in the workspace's time zone."""
    prepare_environment()
    from bot.commands.lines import of_activity
    from bot.commands.tables import more, show
    from core.db import transaction
    from core.views import activity as activity_feed
    from core.workspaces import find_workspace

    with transaction() as tx:
        here = find_workspace(tx, workspace)
        until = _there(before, here.timezone)
        first = _there(since, here.timezone) or (until or datetime.now(UTC)) - BACK
        items = activity_feed.activity(tx, here.id, since=first, before=until, limit=most + 1)
    if not items:
        print(f"Nothing was sent in {'that time' if since or before else 'the last 30 days'}.")
        return
    show(_HEADINGS, [of_activity(item, here.timezone) for item in items[:most]])
    more(most, goes_on=len(items) > most)


@app.command()
def scheduled(most: Most = 50, workspace: Workspace = None) -> None:
    """Show what is being sent, then what is scheduled, earliest first; what waits for a person comes last."""
    prepare_environment()
    from bot.commands.lines import of_activity
    from bot.commands.tables import more, show
    from core.db import transaction
    from core.views import activity as activity_feed
    from core.workspaces import find_workspace

    with transaction() as tx:
        here = find_workspace(tx, workspace)
        items = activity_feed.scheduled(tx, here.id, limit=most + 1)
    if not items:
        print("Nothing is scheduled.")
        return
    show(_HEADINGS, [of_activity(item, here.timezone) for item in items[:most]])
    more(most, goes_on=len(items) > most)


def _there(moment: datetime | None, timezone: str) -> datetime | None:
    """What was typed, in that zone; nothing left before there was email."""
    return max(moment.replace(tzinfo=zone_of(timezone)), EARLIEST) if moment else None
