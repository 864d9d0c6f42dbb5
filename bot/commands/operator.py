"""Who acts on the command line: whoever may run it there may do all that an owner may."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:  # a command that only shows its help imports nothing slow
    from collections.abc import Callable

    from core.access import Identify
    from core.actor import Actor
    from core.db import Connection

Workspace = Annotated[
    str | None, typer.Option(metavar="TEAM_ID", help="The workspace; needed only if there are several.")
]
#: Rows that a list shows at most.
MOST = 1_000
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")]


def operator(team_id: str | None) -> "Identify":
    """Finds the operator of the workspace that is meant. It raises `BadInput` where that is not clear."""
    from core.actor import Actor
    from core.taxonomy import Role, Surface
    from core.workspaces import find_workspace

    def identify(tx: "Connection") -> Actor:
        return Actor(Surface.CLI, find_workspace(tx, team_id).id, name="The operator", role=Role.OWNER)

    return identify


def ask(question: str, whose: "Identify", change: "Callable[[Connection, Actor], object]") -> None:
    """Ask before `change`, which is tried first and rolled back: what would be refused is refused without a question.

    Raises what `change` raises, and `typer.Abort` when the answer is no. Time passes until the answer, so that the
    caller's own act looks at everything again.
    """
    from core.db import transaction

    with transaction() as tx:
        tried = tx.begin_nested()
        change(tx, whose(tx))
        tried.rollback()
    typer.confirm(question, abort=True)


def mails(count: int) -> str:
    """ "no mail waits", "1 mail waits", "12 mails wait"."""
    return {0: "no mail waits", 1: "1 mail waits"}.get(count, f"{count:,} mails wait")
