"""What the clock does about the reviewers' backlog: end snoozes that are over, and distribute what waits."""

from core.db import transaction
from core.drafts import snooze
from core.reviewers import backlog


def distribute_waiting() -> None:
    """Give what waits to whoever has room for it. Their cards are behind then, and rung for before any others."""
    with transaction() as tx:
        snooze.wake_due(tx)
        workspaces = backlog.workspaces_owed(tx)
    for workspace_id in workspaces:
        with transaction() as tx:
            backlog.distribute_backlog(tx, workspace_id)


def recheck_everybody() -> None:
    """Have everybody looked at for whom something may wait."""
    with transaction() as tx:
        backlog.recheck_everybody(tx)
