"""What we know of members in Slack: whether they are still there, and where their DM is."""

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.ids import UUID
from core.models import Card, Draft, Member
from core.routing import people
from core.routing.order import OPEN_STATUS

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
    """Slack says that the member is active. Who comes back may be owed what waited meanwhile."""
    tx.execute(
        sa.update(Member)
        .where(Member.id == member_id)
        .values(checked_at=sa.func.now(), active=True, owed=Member.owed | ~Member.active)
    )


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
    people.read(tx, workspace_id, hold=True)
    people.owe(tx, Member.workspace_id == workspace_id)
    tx.execute(sa.update(Member).where(Member.id == member_id).values(checked_at=sa.func.now(), active=False))


def remember_dm(tx: Connection, member_id: UUID, channel: str) -> None:
    """The DM between the bot and the member."""
    tx.execute(sa.update(Member).where(Member.id == member_id).values(dm_channel=channel))
