"""Who acts: a member, an API key, or Signoff itself (P10)."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.errors import Refusal
from core.ids import UUID
from core.models import Member, Workspace
from core.taxonomy import RefusalCode, Role, Surface


@dataclass(frozen=True)
class Actor:
    """The author of an event, and the surface that the act came from."""

    surface: Surface
    workspace_id: UUID | None = None
    member_id: UUID | None = None
    api_key_id: UUID | None = None
    name: str = "Signoff"
    role: Role | None = None

    def require(self, needed: Role) -> None:
        """Raise `Refusal` unless this actor's role covers `needed`."""
        if self.role is None:
            raise Refusal(
                RefusalCode.UNKNOWN_MEMBER, "You are not a member of this workspace in Signoff. Ask an admin."
            )
        if not self.role.covers(needed):
            raise Refusal(
                RefusalCode.ROLE_TOO_LOW, f"This needs the role {needed} or above; yours is {self.role}. Ask an admin."
            )


#: What the clock and the jobs do on their own.
SIGNOFF = Actor(Surface.JOB)


def slack_user(tx: Connection, team_id: str, slack_user_id: str, surface: Surface = Surface.SLACK) -> Actor:
    """The member whom Slack names so; an actor without a role if the workspace or the member is unknown to us."""
    found = tx.execute(_SLACK_USER, {"team": team_id, "user": slack_user_id}).first()
    if found is None:
        return Actor(surface, name="Somebody")
    if found.member_id is None:
        return Actor(surface, found.workspace_id, name="Somebody")
    return Actor(surface, found.workspace_id, found.member_id, name=found.name, role=Role(found.role))


_SLACK_USER = (
    sa.select(Workspace.id.label("workspace_id"), Member.id.label("member_id"), Member.name, Member.role)
    .select_from(Workspace)
    .outerjoin(
        Member,
        (Member.workspace_id == Workspace.id) & (Member.slack_user_id == sa.bindparam("user")) & Member.active,
    )
    .where(Workspace.slack_team_id == sa.bindparam("team"))
)
