"""All that one member's Home says, read in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.actor import Actor
from core.db import all_rows
from core.ids import UUID
from core.models import Campaign, Draft, DraftVersion
from core.reviewers.review_queue import Queue, QueueFilter, queue_of
from core.taxonomy import Role
from core.time_zones import zone_of
from core.views.day import Day, RecentApproval, day_of, recent_approvals
from core.views.trouble import Trouble, troubles
from core.workspaces import timezone_for

#: Drafts that a viewer's Home links to.
LATEST = 20


class LatestDraft(NamedTuple):
    """A draft that somebody who decides nothing may read."""

    draft_id: UUID
    subject: str
    campaign: str


@dataclass(frozen=True)
class HomeView:
    """What one member sees. Its repr holds no personal data (P11)."""

    role: Role
    timezone: str
    chosen: QueueFilter
    queue: Queue
    day: Day
    #: What came of their last click.
    note: str | None = field(default=None, repr=False)
    #: Those that no row shows.
    recent_approvals: tuple[RecentApproval, ...] = ()
    #: What is wrong, for those who may do something about it; None for everybody else.
    troubles: tuple[Trouble, ...] | None = None
    #: What came in last, for those for whom nothing waits, as they only read.
    latest: tuple[LatestDraft, ...] = field(default=(), repr=False)


def read(
    tx: Connection, by: Actor, chosen: QueueFilter, note: str | None = None, kept: Sequence[UUID] | None = None
) -> HomeView:
    """The Home of this member, in which the rows of `kept` keep their places. They must be one: `by` has a role."""
    assert by.role is not None
    assert by.member_id is not None
    assert by.workspace_id is not None
    timezone = timezone_for(tx, by)
    now = datetime.now(UTC)
    midnight = now.astimezone(zone_of(timezone)).replace(hour=0, minute=0, second=0, microsecond=0)
    queue = queue_of(tx, by, chosen, kept=kept)
    shown = {draft.draft_id for draft in queue.drafts}
    return HomeView(
        role=by.role,
        timezone=timezone,
        chosen=chosen,
        queue=queue,
        day=day_of(tx, by.member_id, midnight),
        note=note,
        recent_approvals=recent_approvals(tx, by.member_id, now, without=shown),
        troubles=troubles(tx, by.workspace_id) if by.role.covers(Role.ADMIN) else None,
        latest=() if by.role.covers(Role.REVIEWER) else _latest(tx, by.workspace_id),
    )


def _latest(tx: Connection, workspace_id: UUID) -> tuple[LatestDraft, ...]:
    newest = (
        sa.select(Draft.id.label("draft_id"), DraftVersion.subject, Campaign.name.label("campaign"))
        .join(DraftVersion, (DraftVersion.draft_id == Draft.id) & (DraftVersion.version == Draft.version))
        .join(Campaign, Campaign.id == Draft.campaign_id)
        .where(Draft.workspace_id == workspace_id)
        .order_by(Draft.id.desc())
        .limit(LATEST)
    )
    return tuple(all_rows(tx.execute(newest), LatestDraft))
