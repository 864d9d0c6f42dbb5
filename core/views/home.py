"""All that one member's Home says, read in one transaction."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.actor import Actor
from core.models import Member, Workspace
from core.reviewers.waiting import Queue, QueueFilter, queue_of
from core.taxonomy import Role
from core.views.day import Day, JustApproved, day_of, just_approved
from core.views.trouble import Trouble, troubles


@dataclass(frozen=True)
class HomeFacts:
    """What one member sees. Its repr holds no personal data (P11)."""

    role: Role
    timezone: str
    chosen: QueueFilter
    queue: Queue
    day: Day
    #: What came of their last click.
    note: str | None = field(default=None, repr=False)
    just_approved: tuple[JustApproved, ...] = ()
    #: What is wrong, for those who may do something about it; None for everybody else.
    troubles: tuple[Trouble, ...] | None = None


def read(tx: Connection, by: Actor, chosen: QueueFilter, note: str | None = None) -> HomeFacts:
    """The Home of this member. They must be one: `by` has a role."""
    assert by.role is not None
    assert by.member_id is not None
    assert by.workspace_id is not None
    timezone = tx.execute(
        sa.select(sa.func.coalesce(Member.timezone, Workspace.timezone))
        .join(Workspace, Workspace.id == Member.workspace_id)
        .where(Member.id == by.member_id)
    ).scalar_one()
    now = datetime.now(UTC)
    midnight = now.astimezone(ZoneInfo(timezone)).replace(hour=0, minute=0, second=0, microsecond=0)
    return HomeFacts(
        role=by.role,
        timezone=timezone,
        chosen=chosen,
        queue=queue_of(tx, by, chosen),
        day=day_of(tx, by.member_id, midnight),
        note=note,
        just_approved=just_approved(tx, by.member_id, now),
        troubles=troubles(tx, by.workspace_id) if by.role.covers(Role.ADMIN) else None,
    )
