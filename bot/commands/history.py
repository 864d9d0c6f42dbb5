"""`signoff history`: import."""

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from bot.commands import command_app
from bot.commands.operator import Workspace
from bot.local.embedded import prepare_environment

app = command_app()


def _column(role: str) -> typer.models.OptionInfo:
    option: typer.models.OptionInfo = typer.Option(
        metavar="HEADER", help=f"The column of {role}, if not found by itself."
    )
    return option


@app.callback()
def history() -> None:
    """What was sent before Signoff: anyone contacted within sixty days is not contacted again."""


@app.command("import")
def import_csv(
    file: Annotated[
        str, typer.Argument(metavar="FILE.csv", help="A CSV file with one line per mail sent; - is stdin.")
    ],
    keep: Annotated[bool, typer.Option("--apply", help="Import it. Without this, nothing is changed.")] = False,
    email_column: Annotated[str | None, _column("addresses")] = None,
    date_column: Annotated[str | None, _column("dates")] = None,
    linkedin_column: Annotated[str | None, _column("LinkedIn URLs")] = None,
    status_column: Annotated[str | None, _column("the outcome of each mail")] = None,
    ignore_column: Annotated[
        list[str] | None, typer.Option(metavar="HEADER", help="A column to ignore; can be repeated.")
    ] = None,
    status_map: Annotated[
        list[str] | None,
        typer.Option(
            metavar="WORD=MEANING",
            help="What a status means, such as Cold=sent: sent, replied, bounced, unsubscribed or not-sent.",
        ),
    ] = None,
    status: Annotated[
        str | None, typer.Option(metavar="MEANING", help="The status of lines without one, such as unsubscribed.")
    ] = None,
    dates: Annotated[
        str | None, typer.Option(metavar="dmy|mdy", help="Which comes first in 03/04/2026, if no date makes it clear.")
    ] = None,
    date_format: Annotated[
        str | None, typer.Option(metavar="FORMAT", help="How dates are written, if not in ISO, such as %d/%m/%Y.")
    ] = None,
    timezone: Annotated[
        str | None, typer.Option(metavar="ZONE", help="For dates without one; by default the workspace's.")
    ] = None,
    encoding: Annotated[
        str | None, typer.Option(metavar="NAME", help="The file's encoding, if neither UTF-8 nor UTF-16.")
    ] = None,
    workspace: Workspace = None,
) -> None:
    """Import what was sent before from a CSV file. Shows what it would import; with --apply it does.

    The same line again changes nothing, so a file may be run again after an interruption or a correction. Each line
    that is refused is listed with its reason, and the exit code is 1.
    """
    with nullcontext(sys.stdin.buffer) if file == "-" else Path(file).open("rb") as stream:
        prepare_environment()
        from bot.commands.history_run import Asked, run

        columns = {"email": email_column, "date": date_column, "linkedin": linkedin_column, "status": status_column}
        asked = Asked(columns, ignore_column or [], status_map or [], status, dates, date_format, timezone)
        refused = run(stream, workspace, asked, keep=keep, encoding=encoding)
    if refused:
        raise typer.Exit(1)
