"""`signoff demo`."""

import os

from bot.commands import command_app
from bot.embedded import prepare_environment
from core.errors import SignoffError

app = command_app()


@app.command()
def demo() -> None:
    """Load a small campaign into the sandbox's workspace, where that has no drafts yet.

    `signoff up` does this by itself. Real Slack knows nobody of the demo, so it is refused there.
    """
    from bot.sandbox.config import BOT_TOKEN

    if os.environ.get("SLACK_BOT_TOKEN") not in (None, "", BOT_TOKEN):
        raise SignoffError("the demo is for the sandbox, and SLACK_BOT_TOKEN is set to that of a real Slack.")
    prepare_environment()
    from bot.demo.load import load
    from core import logs
    from core.db import transaction

    logs.configure("demo")
    from jobs.ring import ring_new_cards

    with transaction() as tx:
        loaded = load(tx, os.environ)
    ring_new_cards(loaded)
    if loaded:
        print(f"Loaded the demo: {len(loaded)} drafts wait for review.")
    else:
        print("The demo's workspace has drafts already; nothing was changed.")
