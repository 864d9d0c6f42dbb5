"""`signoff demo`."""

import os
from typing import Annotated

import typer

from bot.commands import command_app
from bot.local.embedded import Servers, prepare_environment
from core.errors import SignoffError

app = command_app()


More = Annotated[int, typer.Option(min=0, max=5_000, metavar="N", help="Add N more drafts, for a whole day of review.")]


@app.command()
def demo(drafts: More = 0) -> None:
    """Load a small campaign into the sandbox's workspace, where that has no drafts yet.

    `signoff up` does this by itself; `signoff demo --drafts 100` adds a day's work to it. The demo's
    people do not exist in a real Slack, so it is refused there.
    """
    from bot.sandbox.config import BOT_TOKEN

    if os.environ.get("SLACK_BOT_TOKEN") not in (None, "", BOT_TOKEN):
        raise SignoffError("the demo is for the sandbox only: unset SLACK_BOT_TOKEN, which is a real Slack's.")
    prepare_environment(servers=Servers.START)
    from bot.demo.load import load, load_more, show_the_rest_later
    from core.db import transaction
    from core.telemetry import logs

    logs.configure("demo")
    from jobs.ring import ring_new_cards

    with transaction() as tx:
        loaded = load(tx, os.environ)
        first = show_the_rest_later(tx, loaded)
    if drafts:  # apart, so that nobody who loads the demo at this moment waits for all of them
        with transaction() as tx:
            more = load_more(tx, drafts)
            loaded, first = [*loaded, *more], [*first, *more]
    ring_new_cards(first)
    if loaded:
        print(f"Loaded the demo: {len(loaded):,} new drafts wait for review.")
    else:
        print("The demo's workspace has drafts already; nothing was changed.")
