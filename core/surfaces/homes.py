"""The rows of Homes: what each member chose to see, what Slack shows, and who publishes one now (P9).

Level-triggered, as cards are: whoever publishes reads the latest state, and looks again when its member did something
meanwhile. Slack never tells that a Home was closed, so that it counts as open for half an hour after its last use.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from core.actor import Actor
from core.ids import UUID
from core.models import Campaign, Draft, DraftVersion, Event, Home, Member
from core.reviewers.waiting import QueueFilter
from core.taxonomy import Role, Surface

#: How long a Home is kept true after its member last opened or used it.
OPEN_FOR = timedelta(minutes=30)
#: The clock lets at least so much time pass between two looks at one: views.publish is rate limited.
PACE = timedelta(seconds=5)
#: After a ring the clock leaves a Home to the jobs for this long.
RING_AGAIN = timedelta(seconds=10)
#: What no event tells (a snooze that ends, a day that turns, a score) shows after so long at most.
ANYWAY = timedelta(seconds=60)
#: An event may be written so long before it is committed, and must not be missed for that.
OVERLAP = timedelta(seconds=5)
#: Longer than Slack takes to answer. Then somebody else may publish.
HOLD = timedelta(seconds=30)


@dataclass(frozen=True)
class Held:
    """One Home that is ours to publish."""

    by: Actor
    slack_user_id: str
    chosen: QueueFilter
    note: str | None
    #: A hash of what Slack shows; None where nobody knows.
    shows: str | None


def used(
    tx: Connection,
    by: Actor,
    note: str | None = None,
    *,
    opened: bool = False,
    choose: Mapping[str, object] | None = None,
) -> None:
    """This member opened their Home (`opened`: Slack may show an old one, or none) or did something in it.

    `choose` holds new values of `campaign_id`, `risk` or `page`; `note` is what came of it, in a sentence.
    """
    now = sa.func.clock_timestamp()
    values: dict[str, Any] = {"opened_at": now, "sync_after": now, "note": note, **(choose or {})}
    if opened:
        values["shows"] = None
    tx.execute(
        insert(Home)
        .values(member_id=by.member_id, workspace_id=by.workspace_id, **values)
        .on_conflict_do_update(index_elements=[Home.member_id], set_=values)
    )


def is_open(tx: Connection, member_id: UUID) -> bool:
    """Whether this member has opened or used their Home of late."""
    lately = sa.and_(Home.member_id == member_id, Home.opened_at > sa.func.now() - _interval(OPEN_FOR))
    return bool(tx.scalar(sa.select(sa.exists().where(lately))))


def campaign_of(tx: Connection, campaign_id: UUID | None, by: Actor) -> UUID | None:
    """The id, if that is a campaign of their workspace."""
    return tx.scalar(sa.select(Campaign.id).where(Campaign.id == campaign_id, Campaign.workspace_id == by.workspace_id))


def subject_of(tx: Connection, draft_id: UUID | None, by: Actor) -> str | None:
    """The subject of a draft of their workspace, so that a note can name it."""
    return tx.scalar(
        sa.select(DraftVersion.subject)
        .join(Draft, sa.and_(Draft.id == DraftVersion.draft_id, Draft.version == DraftVersion.version))
        .where(Draft.id == draft_id, Draft.workspace_id == by.workspace_id)
    )


def take_behind(tx: Connection, limit: int = 50) -> list[UUID]:
    """Members whose open Home may show less than what is so, each once per `RING_AGAIN`; the longest waiting first."""
    now = sa.func.now()
    latest = (
        sa.select(Event.at)
        .where(Event.workspace_id == Home.workspace_id)
        .order_by(Event.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    behind = (
        sa.select(Home.member_id)
        .where(
            Home.opened_at > now - _interval(OPEN_FOR),
            Home.sync_after <= now,
            sa.or_(
                Home.drawn_at.is_(None),
                Home.shows.is_(None),
                Home.opened_at > Home.drawn_at,
                Home.drawn_at < now - _interval(ANYWAY),
                latest > Home.drawn_at - _interval(OVERLAP),
            ),
        )
        .order_by(Home.sync_after)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("behind")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    return list(
        tx.scalars(
            sa.update(Home)
            .where(Home.member_id == behind.c.member_id)
            .values(sync_after=now + _interval(RING_AGAIN))
            .returning(Home.member_id)
        )
    )


def hold(tx: Connection, member_id: UUID) -> Held | None:
    """Take a Home to publish it. None when somebody else publishes it, or they left.

    What is read once this is committed is what it shows as of now.
    """
    now = sa.func.clock_timestamp()
    row = tx.execute(
        sa.update(Home)
        .where(
            Home.member_id == member_id,
            sa.or_(Home.held_until.is_(None), Home.held_until < now),
            Member.id == Home.member_id,
            Member.active,
        )
        .values(held_until=now + _interval(HOLD), drawn_at=now)
        .returning(
            Home.workspace_id,
            Home.campaign_id,
            Home.risk,
            Home.page,
            Home.note,
            Home.shows,
            Member.slack_user_id,
            Member.name,
            Member.role,
        )
    ).first()
    if row is None:
        return None
    by = Actor(Surface.SLACK, row.workspace_id, member_id, name=row.name, role=Role(row.role))
    return Held(by, row.slack_user_id, QueueFilter(row.campaign_id, row.risk, row.page), row.note, row.shows)


def publishing(tx: Connection, member_id: UUID) -> None:
    """Another picture leaves now: until Slack's answer is recorded, nobody knows what it shows."""
    tx.execute(sa.update(Home).where(Home.member_id == member_id).values(shows=None))


def drawn(tx: Connection, member_id: UUID, shows: str) -> bool:
    """Slack shows this now. True when its member did something meanwhile, so that it is to be looked at again."""
    again = tx.execute(
        sa.update(Home)
        .where(Home.member_id == member_id)
        .values(shows=shows, held_until=None, sync_after=sa.func.clock_timestamp() + _interval(PACE))
        .returning(Home.opened_at > Home.drawn_at)
    ).scalar()
    return bool(again)


def put_off(tx: Connection, member_id: UUID, seconds: float) -> None:
    """Slack could not take it: the clock does not look at it before then."""
    later = sa.func.clock_timestamp() + _interval(timedelta(seconds=seconds))
    tx.execute(sa.update(Home).where(Home.member_id == member_id).values(sync_after=later, held_until=None))


def _interval(span: timedelta) -> sa.Cast[timedelta]:
    return sa.cast(span, sa.Interval)
