"""What the clock does about reviewers' hands, with every look: wake what was put off until now, and deal what waits."""

from core import snooze
from core.db import transaction
from core.ids import UUID
from core.routing import deal


def deal_waiting() -> list[UUID]:
    """Give what waits to whoever has room for it; returns the drafts whose cards are behind now."""
    with transaction() as tx:
        snooze.wake_due(tx)
    with transaction() as tx:
        workspaces = deal.workspaces_owed(tx)
    dealt: list[UUID] = []
    for workspace_id in workspaces:
        with transaction() as tx:
            dealt += deal.deal(tx, workspace_id)
    return dealt


def look_again() -> None:
    """Have everybody looked at for whom something may wait."""
    with transaction() as tx:
        deal.look_again(tx)
