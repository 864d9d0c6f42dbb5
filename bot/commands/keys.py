"""`signoff keys`: create, list, revoke."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands import command_app
from bot.commands.operator import Workspace, Yes, ask, operator
from bot.local.embedded import prepare_environment

if TYPE_CHECKING:
    from core.actor import Actor
    from core.db import Connection

app = command_app()

Name = Annotated[str, typer.Argument(metavar="NAME", help="A name for the key.")]


@app.callback()
def keys() -> None:
    """Keys of the HTTP API. A program sends its key with every request: `Authorization: Bearer so_…`."""


@app.command()
def create(name: Name, workspace: Workspace = None) -> None:
    """Create a key and show it once: only its hash is stored."""
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
    """List the keys: names, and when each was created, last used and revoked."""
    prepare_environment()
    from bot.commands.tables import show
    from core import api_keys
    from core.db import transaction
    from core.workspaces import find_workspace

    with transaction() as tx:
        found = api_keys.listed(tx, find_workspace(tx, workspace).id)
    if not found:
        print("There are no keys yet: `signoff keys create NAME` makes one.")
        return
    show(
        ("Name", "Created", "Last used", "Revoked"),
        [(key.name, _when(key.created_at), _when(key.last_used_at), _when(key.revoked_at)) for key in found],
    )


@app.command()
def revoke(
    name: Name,
    workspace: Workspace = None,
    yes: Yes = False,
) -> None:
    """Revoke a key at once. This cannot be undone."""
    prepare_environment()
    from core import api_keys
    from core.db import transaction

    def end(tx: "Connection", by: "Actor") -> None:
        assert by.workspace_id is not None
        api_keys.revoke(tx, by.workspace_id, name, by)

    if not yes:
        question = f"Revoke the key {name!r}? Programs that use it are locked out at once"
        ask(question, operator(workspace), end)
    with transaction() as tx:
        end(tx, operator(workspace)(tx))
    print(f"Revoked the key {name!r}.")


def _when(at: datetime | None) -> str:
    return f"{at.astimezone():%Y-%m-%d %H:%M}" if at else "-"
