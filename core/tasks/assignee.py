"""Who is offered a task: the reviewer of its campaign with the least to do, or an admin where none can be reached."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.ids import UUID
from core.models import CampaignReviewer, Task, TaskCard
from core.reviewers import people
from core.tasks.facts import TaskRow
from core.taxonomy import TaskStatus


def choose_assignee(tx: Connection, row: TaskRow) -> UUID | None:
    """The member to offer this task to; None while nobody has room. A task in hand counts like an open card.

    Locks members, after everything else (docs/locks.md).
    """
    team = people.read_people(tx, row.workspace_id, hold=True)
    reviewers = set(
        tx.scalars(sa.select(CampaignReviewer.member_id).where(CampaignReviewer.campaign_id == row.campaign_id))
    )
    lost = set(
        tx.scalars(sa.select(TaskCard.member_id).where(TaskCard.task_id == row.id, TaskCard.gone_reason.is_not(None)))
    )
    reached = [person for person in team.by_id.values() if person.member_id not in lost]
    able = [person for person in reached if person.member_id in reviewers and not person.long_away]
    have = people.open_cards(tx, row.workspace_id)
    for member_id, tasks in _in_hand(tx, row.workspace_id).items():
        have[member_id] = have.get(member_id, 0) + tasks
    room = people.room(team, have)
    chosen = [person.member_id for person in able or [person for person in reached if person.is_admin]]
    free = [member_id for member_id in chosen if room[member_id] > 0]
    return min(free, key=lambda member_id: (have.get(member_id, 0), member_id), default=None)


def _in_hand(tx: Connection, workspace_id: UUID) -> dict[UUID, int]:
    rows = tx.execute(
        sa.select(Task.offered_to, sa.func.count().label("tasks"))
        .where(Task.workspace_id == workspace_id, Task.status == TaskStatus.OFFERED)
        .group_by(Task.offered_to)
    )
    return {row.offered_to: row.tasks for row in rows}
