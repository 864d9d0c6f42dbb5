"""`signoff ingest FILE.jsonl`."""

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from bot.commands import command_app
from bot.local.embedded import prepare_environment

app = command_app()


@app.command()
def ingest(
    file: Annotated[str, typer.Argument(metavar="FILE.jsonl", help="Drafts, one JSON object a line; - is stdin.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check every line, and ingest nothing.")] = False,
    workspace: Annotated[
        str | None, typer.Option(metavar="TEAM_ID", help="The workspace; needed only if there are several.")
    ] = None,
) -> None:
    """Ingest drafts. Good lines are ingested; the others are listed with the reason, and the exit code is 1.

    The same key again is the same draft, so a file may be run again after an interruption or a correction.
    """
    with nullcontext(sys.stdin.buffer) if file == "-" else Path(file).open("rb") as stream:
        prepare_environment()
        from bot.commands.ingest_run import run

        refused = run(stream, workspace, dry_run=dry_run)
    if refused:
        raise typer.Exit(1)
