"""`signoff apply FILE.toml`."""

import os
from pathlib import Path
from typing import Annotated

import typer

from bot.commands import command_app
from bot.local.embedded import prepare_environment

app = command_app()


@app.command()
def apply(
    file: Annotated[Path, typer.Argument(metavar="FILE.toml", help="What to declare; see examples/workspace.toml.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")] = False,
    new_workspace: Annotated[
        bool, typer.Option("--new-workspace", help="Create the file's workspace although another exists.")
    ] = False,
) -> None:
    """Declare the workspace, its members, accounts and campaigns.

    Run it as often as you like: only differences are changed, and what is not in the file is left alone. If anything
    in the file is wrong, nothing is applied.
    """
    raw = file.read_bytes()
    prepare_environment()
    from rich.console import Console

    from bot.commands.apply_screen import digest_sentence, show, show_faults
    from core import declare
    from core.actor import Actor
    from core.db import transaction
    from core.taxonomy import Surface
    from core.text.validation import Faulty
    from core.views.digest import next_digest

    try:
        declaration = declare.read(raw, os.environ)
        with transaction() as tx:
            whole = tx.begin_nested()
            applied = declare.apply(tx, declaration, Actor(Surface.CLI), new_workspace=new_workspace)
            if dry_run:
                whole.rollback()
            else:
                whole.commit()
    except Faulty as error:
        show_faults(Console(stderr=True, highlight=False), file, declare.located(error.faults, raw))
        raise typer.Exit(1) from None
    show(Console(highlight=False), applied, dry_run=dry_run)
    if not dry_run and any(field.name == "digest_at" for change in applied.changes for field in change.fields):
        with transaction() as tx:
            print(digest_sentence(next_digest(tx, applied.workspace_id), declaration.workspace.timezone))
    for name in declare.unset_variables(declaration, os.environ):
        print(
            f"Warning: {name} is not set here. It must be set where the worker and the clock run, "
            "or nothing can be sent."
        )
