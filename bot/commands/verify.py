"""`signoff verify`."""

from typing import Annotated

import typer

from bot.commands import command_app
from bot.local.embedded import prepare_environment

app = command_app()


@app.command()
def verify(
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show only the rules that fail.")] = False,
) -> None:
    """Check every sending rule against the live database (the go-live check).

    It tries to break each rule, as the code and as a careless client of the database would: in a transaction that is
    rolled back, on rows of its own, with the settings of your accounts. Nothing is saved, and no mail is sent. The exit
    code is 1 if any rule fails.
    """
    prepare_environment()
    from bot.commands.verify_screen import show
    from core.telemetry import logs

    logs.configure("verify")
    from core.verify import verify as findings

    if show(findings(), quiet=quiet):
        raise typer.Exit(1)
