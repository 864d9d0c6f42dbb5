"""`signoff up`."""

from typing import Annotated

import typer

from bot.commands import command_app

app = command_app()


@app.command()
def up(
    demo: Annotated[bool, typer.Option("--demo/--no-demo", help="Load the demo into an empty sandbox.")] = True,
    browser: Annotated[bool, typer.Option("--open/--no-open", help="Open the page in a browser.")] = True,
) -> None:
    """Start everything on this machine and print the addresses to open; Ctrl-C ends everything.

    Without DATABASE_URL and REDIS_URL it runs a PostgreSQL and a Redis of its own in SIGNOFF_HOME. Without a
    Slack app in the environment it runs a sandbox in place of Slack, with a mailbox that keeps what is sent.
    """
    from rich.console import Console

    from bot.local.embedded.servers import check_settings
    from bot.local.up.run import up as run

    check_settings()
    run(demo=demo, browser=browser, console=Console(highlight=False))
