"""What we know of members in Slack: whether they are still there, and where their DM is."""

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.ids import UUID
from core.models import Card, Draft, Member
from core.taxonomy import DraftStatus

#: How long Slack's word that a member is active is believed.
FRESH = timedelta(minutes=10)


def is_fresh(tx: Connection, member_id: UUID) -> bool:
    """Whether Slack confirmed this member a short while ago."""
    return bool(
        tx.scalar(
            sa.select(Member.checked_at > sa.func.now() - sa.cast(FRESH, sa.Interval)).where(Member.id == member_id)
        )
    )


def remember_seen(tx: Connection, member_id: UUID) -> None:
    """Slack says that the member is active."""
    tx.execute(sa.update(Member).where(Member.id == member_id).values(checked_at=sa.func.now(), active=True))


def remember_gone(tx: Connection, member_id: UUID) -> None:
    """Slack says that the member was deactivated: no more cards, no more clicks.

    The cards of every draft that waits for them are drawn again, so that others are asked.
    """
    tx.execute(sa.update(Member).where(Member.id == member_id).values(checked_at=sa.func.now(), active=False))
    tx.execute(
        sa.update(Draft)
        .where(
            Draft.status.in_([DraftStatus.NEEDS_REVIEW, DraftStatus.MANUAL_REVIEW]),
            Draft.id.in_(sa.select(Card.draft_id).where(Card.member_id == member_id)),
        )
        .values(revision=Draft.revision + 1)
    )


def remember_dm(tx: Connection, member_id: UUID, channel: str) -> None:
    """The DM between the bot and the member."""
    tx.execute(sa.update(Member).where(Member.id == member_id).values(dm_channel=channel))
