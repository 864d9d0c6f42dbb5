"""What only Homes need: when each was opened or used, what its member chose to see, and when it may be behind (P9).

Slack never tells that a Home was closed, so that it counts as open for half an hour after its last use.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from core.actor import Actor
from core.ids import UUID, first_id_at
from core.models import Campaign, Draft, DraftVersion, Event, Home
from core.views.day import DECIDING

#: How long a Home is kept true after its member last opened or used it.
OPEN_FOR = timedelta(minutes=30)
#: The clock lets at least so much time pass between two looks at one: views.publish is rate limited.
PACE = timedelta(seconds=5)
#: What no event tells (a snooze that ends, a day that turns, a score) shows after so long at most.
ANYWAY = timedelta(seconds=60)
#: An event may be written so long before it is committed, and must not be missed for that.
OVERLAP = timedelta(seconds=5)

#: Of an open Home: what Slack shows may be less than what is so.
MAY_SHOW_LESS = sa.and_(
    Home.opened_at > sa.func.now() - sa.cast(OPEN_FOR, sa.Interval),
    sa.or_(
        Home.drawn_at.is_(None),
        Home.shows.is_(None),
        Home.opened_at > Home.drawn_at,
        Home.drawn_at < sa.func.now() - sa.cast(ANYWAY, sa.Interval),
        sa.select(Event.at)
        .where(Event.workspace_id == Home.workspace_id)
        .order_by(Event.id.desc())
        .limit(1)
        .correlate(Home)
        .scalar_subquery()
        > Home.drawn_at - sa.cast(OVERLAP, sa.Interval),
    ),
)


def record_use(
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


#: Nobody reads a list, and decides, within this time of its last change.
UNREAD = timedelta(seconds=1)


def moved_just_now(tx: Connection, draft_id: UUID | None, by: Actor) -> bool:
    """Whether their Home was drawn anew this very moment, for what they decided on another draft: so that a second
    click on that one may have hit this one, which moved into its place."""
    drawn = sa.and_(
        Home.member_id == by.member_id, Home.drawn_at > sa.func.clock_timestamp() - sa.cast(UNREAD, sa.Interval)
    )
    decided = sa.exists().where(
        Event.member_id == by.member_id,
        DECIDING,
        Event.draft_id != draft_id,
        Event.at > sa.func.clock_timestamp() - sa.cast(3 * UNREAD, sa.Interval),
        Event.id >= first_id_at(datetime.now(UTC) - timedelta(minutes=1)),
    )
    return bool(tx.scalar(sa.select(sa.exists().where(drawn) & decided)))


def is_open(tx: Connection, member_id: UUID) -> bool:
    """Whether this member has opened or used their Home of late."""
    lately = sa.and_(Home.member_id == member_id, Home.opened_at > sa.func.now() - sa.cast(OPEN_FOR, sa.Interval))
    return bool(tx.scalar(sa.select(sa.exists().where(lately))))


def campaign_of(tx: Connection, campaign_id: UUID | None, by: Actor) -> UUID | None:
    """Check an id from a Home: itself, if it is a campaign of their workspace; else None."""
    return tx.scalar(sa.select(Campaign.id).where(Campaign.id == campaign_id, Campaign.workspace_id == by.workspace_id))


def subject_of(tx: Connection, draft_id: UUID | None, by: Actor) -> str | None:
    """The subject of a draft of their workspace, so that a note can name it."""
    return tx.scalar(
        sa.select(DraftVersion.subject)
        .join(Draft, sa.and_(Draft.id == DraftVersion.draft_id, Draft.version == DraftVersion.version))
        .where(Draft.id == draft_id, Draft.workspace_id == by.workspace_id)
    )
