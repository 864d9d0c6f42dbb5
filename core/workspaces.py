"""Which workspace a command means."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.actor import Actor
from core.errors import BadInput
from core.ids import UUID
from core.models import Member, Workspace


def find_workspace(tx: Connection, team_id: str | None) -> sa.Row[UUID, str, str, str]:
    """The workspace (`id`, `name`, `slack_team_id`, `timezone`) of this team; the only one when none is named.

    Raises `BadInput` that says what there is.
    """
    rows = tx.execute(
        sa.select(Workspace.id, Workspace.name, Workspace.slack_team_id, Workspace.timezone).order_by(
            Workspace.slack_team_id
        )
    ).all()
    if not rows:
        raise BadInput("There is no workspace yet: `signoff apply workspace.toml` declares one.")
    fits = [row for row in rows if team_id in (None, row.slack_team_id)]
    if len(fits) == 1:
        return fits[0]
    listed = ", ".join(f"{row.slack_team_id} ({row.name})" for row in rows)
    if not fits:
        raise BadInput(f"There is no workspace {team_id!r}. Choose from: {listed}.")
    raise BadInput(f"There is more than one workspace; name one with --workspace: {listed}.")


def timezone_for(tx: Connection, by: Actor) -> str:
    """The time zone of whoever acts: the member's own, or else the workspace's."""
    own = sa.select(Member.timezone).where(Member.id == by.member_id).scalar_subquery()
    zone = sa.select(sa.func.coalesce(own, Workspace.timezone)).where(Workspace.id == by.workspace_id)
    found: str = tx.execute(zone).scalar_one()
    return found
