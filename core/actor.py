"""Who acts: a member, an API key, or Signoff itself (P10)."""

from dataclasses import dataclass
from typing import NamedTuple

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


class SignedIn(NamedTuple):
    """A member who is signed in on the web, as Postgres knows them now."""

    member_id: UUID
    name: str
    workspace_id: UUID
    workspace: str
    role: Role


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


def web_member(tx: Connection, member_id: UUID, team_id: str) -> SignedIn | None:
    """The active member of this id in this Slack team; None if there is no such any more."""
    row = tx.execute(_WEB_MEMBER, {"member": member_id, "team": team_id}).first()
    return SignedIn(row.id, row.name, row.workspace_id, row.workspace, Role(row.role)) if row else None


_SLACK_USER = (
    sa.select(Workspace.id.label("workspace_id"), Member.id.label("member_id"), Member.name, Member.role)
    .select_from(Workspace)
    .outerjoin(
        Member, (Member.workspace_id == Workspace.id) & (Member.slack_user_id == sa.bindparam("user")) & Member.active
    )
    .where(Workspace.slack_team_id == sa.bindparam("team"))
)
_WEB_MEMBER = (
    sa.select(Member.id, Member.name, Member.workspace_id, Workspace.name.label("workspace"), Member.role)
    .join(Workspace, Workspace.id == Member.workspace_id)
    .where(Member.id == sa.bindparam("member"), Member.active, Workspace.slack_team_id == sa.bindparam("team"))
)
