"""Assign: whose it is to decide on a draft. Its campaign's reviewers, and admins, still may."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core import events
from core.actor import Actor
from core.drafts.conflicts import explain_conflict, update_theirs
from core.drafts.versions import REDRAW
from core.errors import Refusal
from core.ids import UUID
from core.models import Draft, Member
from core.states import ASSIGNABLE
from core.taxonomy import RefusalCode, Role, Verb

#: The roles that can decide at all.
_DECIDES = [role for role in Role if role.covers(Role.REVIEWER)]


def _reviewers(by: Actor) -> sa.Select[str, str]:
    """Slack ids and names of those who can decide in this actor's workspace, by name."""
    return (
        sa.select(Member.slack_user_id, Member.name)
        .where(
            Member.workspace_id == by.workspace_id,
            Member.active,
            Member.role.in_(_DECIDES),
        )
        .order_by(Member.name, Member.slack_user_id)
    )


def assignees(tx: Connection, draft_id: UUID, by: Actor) -> list[tuple[str, str]]:
    """Whom a draft can be handed to: the Slack ids and names of those who can decide, by name, but whose it is."""
    owner = sa.select(Draft.assigned_to).where(Draft.id == draft_id)
    rows = tx.execute(_reviewers(by).where(Member.id.is_distinct_from(owner.scalar_subquery())))
    return [(row.slack_user_id, row.name) for row in rows]


def assign(tx: Connection, draft_id: UUID, member_id: UUID, by: Actor) -> None:
    """A conditional update: hand a draft to one reviewer, who need not be one of its campaign's.

    Raises `Conflict`, or another `Refusal`: NOT_FOUND when nobody active of this workspace with that id can review,
    NOTHING_TO_DO when it is theirs already.
    """
    which = (
        Draft.status.in_(ASSIGNABLE),
        Draft.assigned_to.is_distinct_from(member_id),
        _reviewers(by).where(Member.id == member_id).exists(),
    )
    if update_theirs(tx, draft_id, by, which, {"assigned_to": member_id, **REDRAW}) is None:
        raise _refusal(tx, draft_id, member_id, by)
    events.write(tx, by, events.Entry(Verb.ASSIGN, draft_id=draft_id, data={"to": str(member_id)}))


def _refusal(tx: Connection, draft_id: UUID, member_id: UUID, by: Actor) -> Refusal:
    why = explain_conflict(tx, draft_id, None, by)
    if why.code not in (RefusalCode.NOTHING_TO_DO, RefusalCode.BLOCKED):
        return why
    if tx.scalar(sa.select(Draft.assigned_to).where(Draft.id == draft_id)) == member_id:
        return Refusal(RefusalCode.NOTHING_TO_DO, "It is assigned to them already.")
    return Refusal(
        RefusalCode.NOT_FOUND, "Choose a reviewer or admin of this workspace in Signoff. An admin can add people."
    )
