"""The timeline of what was sent and what is scheduled, each thing once. The view `activity_feed`."""

from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.ids import UUID
from core.views.came_back import weightiest_of, weightiest_of_task


@dataclass(frozen=True)
class Activity:
    """Something that left, or is to leave. What was imported has neither key nor campaign."""

    #: The line in the history of what left, the delivery of what is scheduled.
    item_id: UUID
    #: `sent` or `scheduled`.
    what: str
    #: What became of it: sent, unknown, or the weightiest that came back of it; or where it stands: queued, claimed,
    #: sending; a task's: waiting, offered.
    status: str
    #: When it left, or may leave at the earliest; None when that takes somebody's act, or while it is under way.
    at: datetime | None
    channel: str
    draft_id: UUID | None
    delivery_id: UUID | None
    task_id: UUID | None
    #: The author's own, of the draft or the task.
    key: str | None
    campaign: str | None
    account: str | None = field(repr=False)
    #: The address, or the LinkedIn page.
    person: str = field(repr=False)


def activity(
    tx: Connection,
    workspace_id: UUID,
    *,
    since: datetime | None = None,
    before: datetime | None = None,
    limit: int = 100,
) -> list[Activity]:
    """What left, latest first, from `before` backwards. Without a `since`, all that ever left is read for it."""
    return _read(tx, _SENT, workspace_id, limit, since=since, before=before)


def scheduled(tx: Connection, workspace_id: UUID, *, limit: int = 100) -> list[Activity]:
    """What is on its way, then what is to leave, earliest first; what waits for somebody's act comes last."""
    return _read(tx, _SCHEDULED, workspace_id, limit)


def _read(
    tx: Connection, statement: sa.TextClause, workspace_id: UUID, limit: int, **window: datetime | None
) -> list[Activity]:
    rows = tx.execute(statement, {"workspace": workspace_id, "limit": limit, **window})
    return [Activity(*row) for row in rows]


_FEED = """
    SELECT f.item_id, f.what, coalesce({came_back}, f.status) AS status, f.at, f.channel,
           f.draft_id, f.delivery_id, f.task_id,
           coalesce(d.key, t.key) AS key, c.slug AS campaign, a.address AS account,
           CASE f.channel WHEN 'linkedin' THEN coalesce(f.linkedin_folded, f.email_folded)
                ELSE coalesce(f.email_folded, f.linkedin_folded) END AS person
    FROM (SELECT * FROM activity_feed f WHERE workspace_id = :workspace AND {which} ORDER BY {order} LIMIT :limit) f
    LEFT JOIN drafts d ON d.id = f.draft_id
    LEFT JOIN tasks t ON t.id = f.task_id
    LEFT JOIN campaigns c ON c.id = f.campaign_id
    LEFT JOIN accounts a ON a.id = f.account_id
    ORDER BY {order}
"""
#: Two plain bounds, so that the history's index serves them.
_WINDOW = """
    at >= coalesce(CAST(:since AS timestamptz), '-infinity') AND at < coalesce(CAST(:before AS timestamptz), 'infinity')
"""
_SENT = sa.text(
    _FEED.format(
        which=f"what = 'sent' AND {_WINDOW}",
        order="f.at DESC, f.item_id",
        came_back=f"{weightiest_of('f')}, {weightiest_of_task('f')}",
    )
)
_SCHEDULED = sa.text(
    _FEED.format(
        which="what = 'scheduled'",
        came_back="NULL",
        order="f.status NOT IN ('claimed', 'sending', 'offered'), f.at NULLS LAST, f.item_id",
    )
)
