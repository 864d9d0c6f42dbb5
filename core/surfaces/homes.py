"""What only Homes need: when each was opened or used, what its member chose to see, and when it may be behind (P9).

Slack never tells that a Home was closed, so that it counts as open for half an hour after its last use.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from core.actor import Actor
from core.ids import UUID
from core.models import Campaign, Draft, DraftVersion, Event, Home

#: How long a Home is kept true after its member last opened or used it.
OPEN_FOR = timedelta(minutes=30)
#: The clock lets at least so much time pass between two looks at one: views.publish is rate limited.
PACE = timedelta(seconds=5)
#: What no event tells (a snooze that ends, a day that turns, a score) shows after so long at most.
ANYWAY = timedelta(seconds=60)
#: Rows keep their places for so long after the last use: whoever is about to click finds under the pointer what they
#: read there. Then what was decided goes, and what is more urgent comes first.
SETTLED = timedelta(minutes=5)
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

    `choose` holds new values of `campaign_id`, `risk` or `page`; `note` is what came of it, in a sentence. Opened, or
    with another choice, it is listed anew.
    """
    now = sa.func.clock_timestamp()
    values: dict[str, Any] = {"opened_at": now, "sync_after": now, "note": note, **(choose or {})}
    if opened:
        values["shows"] = None
    if opened or choose is not None:
        values["listed"] = None
    tx.execute(
        insert(Home)
        .values(member_id=by.member_id, workspace_id=by.workspace_id, **values)
        .on_conflict_do_update(index_elements=[Home.member_id], set_=values)
    )


#: The rows that it goes on showing, where they are; NULL where it may be listed anew.
KEPT = sa.case((Home.opened_at > sa.func.now() - sa.cast(SETTLED, sa.Interval), Home.listed)).label("kept")


def record_listed(tx: Connection, member_id: UUID, locked_until: datetime, ids: Sequence[UUID]) -> None:
    """Note which rows it shows from now on. Fenced on the drawing lock, and on what its member chose meanwhile."""
    ours = (Home.member_id == member_id, Home.held_until == locked_until, Home.opened_at <= Home.drawn_at)
    tx.execute(sa.update(Home).where(*ours, Home.listed.is_distinct_from(list(ids))).values(listed=list(ids)))


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
