"""What we know of members in Slack: whether they are still there, and where their DM is."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.drafts.order import OPEN_STATUS
from core.ids import UUID
from core.models import Card, Draft, Member, Workspace
from core.reviewers import people

#: How long Slack's word that a member is active is believed.
FRESH = timedelta(minutes=10)
#: How often somebody who writes to the bot is told what it can do. Slack tells of a message for an hour at most.
ANSWER_EVERY = timedelta(hours=2)


def to_ask_about(tx: Connection, member_id: UUID) -> datetime | None:
    """Now, if Slack is to be asked whether this member is still there; None if it said so a short while ago."""
    fresh = sa.func.coalesce(Member.checked_at > sa.func.now() - sa.cast(FRESH, sa.Interval), sa.false())
    return tx.scalar(sa.select(sa.func.clock_timestamp()).where(Member.id == member_id, ~fresh))


def remember_seen(tx: Connection, member_id: UUID, asked: datetime | None = None) -> None:
    """Slack says that the member is active. Who comes back may be owed what waited meanwhile.

    `asked` is when that was so, which is when Slack was asked; None: just now. What was learned later counts for more.
    """
    at = sa.func.now() if asked is None else sa.literal(asked, sa.DateTime(timezone=True))
    tx.execute(
        sa.update(Member)
        .where(Member.id == member_id, Member.checked_at.is_(None) | (Member.checked_at <= at))
        .values(checked_at=at, active=True, owed=Member.owed | ~Member.active)
    )


def remember_back(tx: Connection, team_id: str, slack_user_id: str, at: datetime) -> None:
    """Slack tells of a member who is not deactivated. That is news only of one who was, by its word, until `at`."""
    of_team = sa.select(Workspace.id).where(Workspace.slack_team_id == team_id).scalar_subquery()
    who = (Member.workspace_id == of_team, Member.slack_user_id == slack_user_id, ~Member.active)
    # To the second, as Slack tells it: of two things within one it does not say which came first.
    before = sa.func.date_trunc("second", Member.checked_at) <= at
    member_id = tx.scalar(sa.select(Member.id).where(*who, before).with_for_update(key_share=True))
    if member_id is not None:
        remember_seen(tx, member_id)


def remember_gone(tx: Connection, member_id: UUID) -> None:
    """Slack says that the member was deactivated: no more cards, no more clicks.

    The cards of every draft that waits for them are drawn again, so that it is handed on; and everybody is owed what
    only they could have had. Locks drafts, then members, each in the order of their ids, as everywhere.
    """
    shown = sa.select(Card.draft_id).where(Card.member_id == member_id, Card.asks, Card.gone_reason.is_(None))
    assigned = sa.select(Draft.id).where(OPEN_STATUS, Draft.assigned_to == member_id)
    waiting = sa.select(Draft.id).where(OPEN_STATUS, Draft.id.in_(sa.union(shown, assigned)))
    tx.execute(
        sa.update(Draft)
        .where(Draft.id.in_(waiting.order_by(Draft.id).with_for_update(key_share=True)))
        .values(revision=Draft.revision + 1)
    )
    workspace_id = tx.execute(sa.select(Member.workspace_id).where(Member.id == member_id)).scalar_one()
    people.read_people(tx, workspace_id, hold=True)
    people.mark_owed(tx, Member.workspace_id == workspace_id)
    tx.execute(sa.update(Member).where(Member.id == member_id).values(checked_at=sa.func.now(), active=False))


def may_answer(tx: Connection, member_id: UUID) -> bool:
    """Conditional update: whether what this member wrote is to be answered. Not so soon after the last answer, so that
    Slack may tell of one message twice, and a person may write ten in a row.
    """
    lately = Member.answered_at > sa.func.clock_timestamp() - sa.cast(ANSWER_EVERY, sa.Interval)
    mine = sa.update(Member).where(Member.id == member_id, Member.active, lately.is_not(sa.true()))
    return tx.scalar(mine.values(answered_at=sa.func.clock_timestamp()).returning(Member.id)) is not None


def remember_dm(tx: Connection, member_id: UUID, channel: str) -> None:
    """The DM between the bot and the member."""
    tx.execute(sa.update(Member).where(Member.id == member_id).values(dm_channel=channel))
