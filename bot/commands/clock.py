"""`signoff clock`."""

import importlib

from bot.commands import command_app
from bot.local.embedded import prepare_environment

app = command_app()


@app.command()
def clock() -> None:
    """Find due deliveries, cards behind their draft and expired leases. Of several clocks, one leads."""
    prepare_environment()
    from core.db import meet_database
    from core.telemetry import logs

    logs.configure("clock")
    meet_database()
    importlib.import_module("jobs.clock").run()
