"""`signoff keys`: create, list, revoke."""

from datetime import datetime
from typing import Annotated

import typer

from bot.commands import command_app
from bot.local.embedded import prepare_environment

app = command_app()

Name = Annotated[str, typer.Argument(metavar="NAME", help="What you call the key.")]
Workspace = Annotated[str | None, typer.Option(metavar="TEAM_ID", help="Needed only where there is more than one.")]


@app.callback()
def keys() -> None:
    """Keys of the HTTP API. A program shows its key with every request: `Authorization: Bearer so_…`."""


@app.command()
def create(name: Name, workspace: Workspace = None) -> None:
    """Make a key and show it, this once: only a hash of it is kept."""
    prepare_environment()
    from core import api_keys
    from core.actor import Actor
    from core.db import transaction
    from core.taxonomy import Surface
    from core.workspaces import find_workspace

    with transaction() as tx:
        workspace_id = find_workspace(tx, workspace).id
        token = api_keys.create(tx, workspace_id, name, Actor(Surface.CLI, workspace_id))
    typer.echo("Keep this key now; it cannot be shown again:", err=True)
    print(token)


@app.command("list")
def list_keys(workspace: Workspace = None) -> None:
    """List the keys: their names and when they were made, used last and revoked."""
    prepare_environment()
    from rich.console import Console
    from rich.table import Table

    from core import api_keys
    from core.db import transaction
    from core.workspaces import find_workspace

    with transaction() as tx:
        found = api_keys.listed(tx, find_workspace(tx, workspace).id)
    if not found:
        print("There are no keys yet: `signoff keys create NAME` makes one.")
        return
    table = Table("Name", "Created", "Last used", "Revoked", box=None, pad_edge=False)
    for key in found:
        table.add_row(key.name, _when(key.created_at), _when(key.last_used_at), _when(key.revoked_at))
    Console(highlight=False, markup=False).print(table)


@app.command()
def revoke(
    name: Name,
    workspace: Workspace = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """End a key: from now on it opens nothing. There is no way back."""
    prepare_environment()
    from core import api_keys
    from core.actor import Actor
    from core.db import transaction
    from core.taxonomy import Surface
    from core.workspaces import find_workspace

    if not yes:
        typer.confirm(f"Revoke the key {name!r}? Programs that use it are locked out at once", abort=True)
    with transaction() as tx:
        workspace_id = find_workspace(tx, workspace).id
        api_keys.revoke(tx, workspace_id, name, Actor(Surface.CLI, workspace_id))
    print(f"Revoked the key {name!r}.")


def _when(at: datetime | None) -> str:
    return f"{at.astimezone():%Y-%m-%d %H:%M}" if at else "-"
