"""The rows of task cards: who draws one now, and what it shows, as for the cards of drafts (P9)."""

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.ids import UUID
from core.models import Member, Task, TaskCard
from core.surfaces.behind import RING_AGAIN
from core.surfaces.cards import HOLD, Place, Standing


def take_behind(tx: Connection, limit: int = 100) -> list[UUID]:
    """Tasks whose cards show less than the latest revision, longest first; each is returned once per `RING_AGAIN`."""
    behind = (
        sa.select(Task.id)
        .where(Task.drawn_revision < Task.revision, Task.sync_after <= sa.func.now())
        .order_by(Task.sync_after)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("behind")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    later = sa.func.now() + sa.cast(RING_AGAIN, sa.Interval)
    return list(tx.scalars(sa.update(Task).where(Task.id == behind.c.id).values(sync_after=later).returning(Task.id)))


def behind(tx: Connection, task_id: UUID, revision: int) -> list[UUID]:
    """The cards that show less than `revision`, in the order in which every job draws them."""
    chosen = (TaskCard.task_id == task_id, TaskCard.drawn_revision < revision, TaskCard.gone_reason.is_(None))
    return list(tx.scalars(sa.select(TaskCard.id).where(*chosen).order_by(TaskCard.id)))


def hold(tx: Connection, card_id: UUID, revision: int) -> Place | None:
    """Take a card to draw `revision` on it. None when somebody else draws it, or it shows that already."""
    held = tx.execute(
        sa.update(TaskCard)
        .where(
            TaskCard.id == card_id,
            TaskCard.drawn_revision < revision,
            TaskCard.gone_reason.is_(None),
            TaskCard.held_until.is_(None) | (TaskCard.held_until < sa.func.clock_timestamp()),
            Member.id == TaskCard.member_id,
        )
        .values(held_until=sa.func.clock_timestamp() + sa.cast(HOLD, sa.Interval))
        .returning(TaskCard, Member.slack_user_id, Member.dm_channel)
    ).first()
    if held is None:
        return None
    return Place(
        card_id=held.id,
        workspace_id=held.workspace_id,
        draft_id=held.task_id,
        channel=held.channel,
        ts=held.ts,
        member_id=held.member_id,
        slack_user_id=held.slack_user_id,
        dm_channel=held.dm_channel,
        held_until=held.held_until,
        is_stray=False,
        in_doubt=held.ts is None and held.tried_at is not None,
        named="task_id",
    )


def trying(tx: Connection, card_id: UUID) -> None:
    """A first post leaves now: until its `ts` is recorded, the message may exist without our knowing."""
    tx.execute(sa.update(TaskCard).where(TaskCard.id == card_id).values(tried_at=sa.func.clock_timestamp()))


def drawn(tx: Connection, place: Place, revision: int, channel: str, ts: str) -> bool:
    """The message shows `revision` now. False when the hold ran out meanwhile, and somebody else may have drawn it."""
    recorded = tx.execute(
        sa.update(TaskCard)
        .where(TaskCard.id == place.card_id, TaskCard.held_until == place.held_until)
        .values(channel=channel, ts=ts, drawn_revision=revision, held_until=None)
    )
    return recorded.rowcount == 1


def distrust_late(tx: Connection, place: Place, _channel: str, _ts: str) -> None:
    """A draw that outlived its hold may have covered a newer one: drawn again. What a second message says that nobody
    knows, its buttons cannot do twice: they name the offer."""
    mistrust(tx, place.draft_id)


def mistrust(tx: Connection, task_id: UUID) -> None:
    """Draw all cards of this task again, whatever we believe that they show."""
    tx.execute(sa.update(TaskCard).where(TaskCard.task_id == task_id).values(drawn_revision=0))
    tx.execute(sa.update(Task).where(Task.id == task_id).values(drawn_revision=0))


def let_go(tx: Connection, place: Place) -> None:
    """Not drawn this time: anybody may try again."""
    ours = (TaskCard.id == place.card_id, TaskCard.held_until == place.held_until)
    tx.execute(sa.update(TaskCard).where(*ours).values(held_until=None))


def forget_message(tx: Connection, card_id: UUID) -> None:
    """The message is gone from Slack: a new one will be posted. Whoever holds it goes on."""
    tx.execute(sa.update(TaskCard).where(TaskCard.id == card_id).values(ts=None, tried_at=None))


def give_up(tx: Connection, place: Place, reason: str) -> None:
    """They cannot be reached: the clock takes the task back, and somebody else is asked (`recheck_offer`)."""
    tx.execute(sa.update(TaskCard).where(TaskCard.id == place.card_id).values(gone_reason=reason, held_until=None))


def settle(tx: Connection, task_id: UUID, revision: int) -> Standing:
    """Note that all cards show `revision`, if they do; returns how they stand."""
    if behind(tx, task_id, revision):
        return Standing.LEFT
    latest = tx.execute(
        sa.update(Task)
        .where(Task.id == task_id)
        .values(drawn_revision=sa.func.greatest(Task.drawn_revision, revision), sync_after=sa.func.now())
        .returning(Task.revision)
    ).scalar_one()
    return Standing.CHANGED if latest > revision else Standing.TRUE


def postpone(tx: Connection, task_id: UUID, seconds: float) -> None:
    """Let the clock ring for this task's cards again, but not before."""
    later = sa.func.clock_timestamp() + sa.cast(timedelta(seconds=seconds), sa.Interval)
    tx.execute(sa.update(Task).where(Task.id == task_id).values(sync_after=later))
