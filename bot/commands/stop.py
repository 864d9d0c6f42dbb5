"""`signoff stop`."""

import os

from bot.commands import command_app
from bot.local.embedded import home_of, stop_servers
from bot.local.up.lock import only_up

app = command_app()


@app.command()
def stop() -> None:
    """Stop the embedded PostgreSQL and Redis of SIGNOFF_HOME. Data stays; `signoff up` starts them again."""
    home = home_of(os.environ)
    if not home.exists():
        print(f"There is no {home}.")
        return
    with only_up(home):
        stopped = stop_servers(home)
    print(f"Stopped {' and '.join(stopped)}." if stopped else f"Nothing of {home} was running.")
