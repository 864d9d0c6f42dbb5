"""The table of kinds that the reconcile engine draws: cards of drafts, threads under them, cards of tasks, and Homes.

A new kind is a row here (its columns) and a picture (its renderer: `jobs/reconcile.py`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from core.actor import Actor
from core.db import from_now
from core.ids import UUID
from core.models import Card, Draft, Event, Home, Member, Task, TaskCard
from core.models.base import Base
from core.reviewers.review_queue import QueueFilter
from core.surfaces import homes
from core.taxonomy import CardPlace, Role, Surface

# --- what a kind is ---

Column = InstrumentedAttribute[Any]
Condition = sa.ColumnElement[bool] | InstrumentedAttribute[bool]


@dataclass(frozen=True, eq=False)
class Source:
    """A table whose rows are shown, and its columns: a row is behind while Slack shows less, and is not looked at
    before `sync_after`.
    """

    table: type[Base]
    id: Column
    sync_after: Column
    behind: Condition
    #: Its optimistic version, and the latest that all of its messages show; a source that has none is its own surface.
    revision: Column | None = None
    drawn_revision: Column | None = None


@dataclass(frozen=True)
class Locked:
    """A drawing lock in hand: until then nobody else draws this row. Its time is the fencing token."""

    kind: "Kind[Any]" = field(repr=False)
    row_id: UUID
    locked_until: datetime


L = TypeVar("L", bound=Locked)


@dataclass(frozen=True, eq=False)
class Kind(Generic[L]):
    """One kind of what Slack shows, as data: `core/surfaces/reconcile.py` keeps its rows."""

    source: Source
    table: type[Base]
    id: Column
    source_id: Column
    #: What Slack shows: the source's revision, or a fingerprint.
    shows: Column
    #: What stands there while nobody knows.
    unknown: int | None
    #: The drawing lock: until when.
    lock: Column
    #: What a lock gives, from these columns.
    gives: Callable[..., L]
    reads: tuple[Column | sa.Label[Any], ...]
    #: What may be drawn at all.
    drawable: tuple[Condition, ...] = ()
    #: Where the message is; when a first post was tried; why none can be had. A kind without `gone` shows it as drawn.
    channel: Column | None = None
    ts: Column | None = None
    tried: Column | None = None
    gone: Column | None = None
    #: What is forgotten with a message.
    beneath: tuple[Column, ...] = ()
    #: What else is written as the lock is taken, and as the drawing is recorded.
    at_lock: Mapping[Column, Any] = field(default_factory=dict)
    at_record: Mapping[Column, Any] = field(default_factory=dict)
    #: What there is to draw has changed since the lock was taken: for a source without a revision.
    changed: sa.ColumnElement[bool] = field(default_factory=sa.false)
    #: A message that is gone for good is a change of its source: others are asked.
    asks_others: bool = False
    #: Values of a row for a message of ours that no row knows.
    stray: Mapping[Column, Any] = field(default_factory=dict)

    def shows_less(self, shows: int | str) -> Condition:
        """The row shows an older revision, or another fingerprint."""
        return self.shows < shows if isinstance(shows, int) else self.shows.is_distinct_from(shows)


# --- what is drawn ---

#: For so long somebody who did something to a draft looks at its cards.
LOOKED_AT = timedelta(seconds=30)


@dataclass(frozen=True)
class Drawing(Locked):
    """One message to draw: where it is, or for whom it is to be posted."""

    workspace_id: UUID
    source_id: UUID
    channel: str | None
    ts: str | None
    #: A first post was tried, at `tried_at`, and nobody knows whether it arrived.
    in_doubt: bool
    #: Whose it is; nobody's in a channel, and in a thread.
    member_id: UUID | None = None
    slack_user_id: str | None = None
    dm_channel: str | None = None
    #: The message that this one is a reply to.
    thread_of: str | None = None
    #: Adopted after a click: not a place where we would post anew.
    is_stray: bool = False
    #: Somebody waits to see what became of it. Nobody does when thousands are drawn again, as after a pause.
    awaited: bool = True
    #: Somebody is to decide, or to do something: a place that takes no message is tried again and again.
    asks: bool = True
    tried_at: datetime | None = None


@dataclass(frozen=True)
class Publication(Locked):
    """One Home to publish: whose it is, and what they chose to see."""

    by: Actor
    slack_user_id: str
    chosen: QueueFilter
    note: str | None
    #: The rows that keep their places; None to list anew.
    kept: tuple[UUID, ...] | None
    #: A fingerprint of what Slack shows; None where nobody knows.
    shows: str | None


def _publication(
    kind: Kind[Publication], row_id: UUID, locked_until: datetime, slack_user_id: str, **row: Any
) -> Publication:
    by = Actor(Surface.SLACK, row["workspace_id"], row_id, name=row["name"], role=Role(row["role"]))
    chosen = QueueFilter(row["campaign_id"], row["risk"], row["page"])
    kept = None if row["kept"] is None else tuple(row["kept"])
    return Publication(kind, row_id, locked_until, by, slack_user_id, chosen, row["note"], kept, row["shows"])


def _of_member(column: Column, table: type[Card] | type[TaskCard]) -> sa.Label[Any]:
    """This of the member whose card it is, read with the lock."""
    return sa.select(column).where(Member.id == table.member_id).correlate(table).scalar_subquery().label(column.key)


def _in_doubt(ts: Column, tried: Column) -> tuple[sa.Label[Any], ...]:
    return sa.and_(ts.is_(None), tried.is_not(None)).label("in_doubt"), tried.label("tried_at")


#: A person has just done something to this draft, or tried to.
_AWAITED = (
    sa.exists()
    .where(Event.draft_id == Card.draft_id, Event.member_id.is_not(None), Event.at > from_now(-LOOKED_AT))
    .correlate(Card)
)

# --- the table ---

DRAFT = Source(
    Draft, Draft.id, Draft.sync_after, Draft.drawn_revision < Draft.revision, Draft.revision, Draft.drawn_revision
)
TASK = Source(Task, Task.id, Task.sync_after, Task.drawn_revision < Task.revision, Task.revision, Task.drawn_revision)
HOME = Source(Home, Home.member_id, Home.sync_after, homes.MAY_SHOW_LESS)

CARDS = Kind(
    *(DRAFT, Card, Card.id, Card.draft_id),
    shows=Card.drawn_revision,
    unknown=0,
    lock=Card.held_until,
    gives=Drawing,
    reads=(
        *(Card.workspace_id, Card.draft_id.label("source_id"), Card.channel, Card.ts, Card.member_id),
        *(_of_member(Member.slack_user_id, Card), _of_member(Member.dm_channel, Card)),
        *(*_in_doubt(Card.ts, Card.tried_at), (Card.place == CardPlace.STRAY).label("is_stray")),
        *(_AWAITED.label("awaited"), Card.asks),
    ),
    drawable=(Card.gone_reason.is_(None),),
    channel=Card.channel,
    ts=Card.ts,
    tried=Card.tried_at,
    gone=Card.gone_reason,
    # Its lock too: whoever draws a reply under a message that is gone records nothing.
    beneath=(Card.thread_ts, Card.thread_shows, Card.thread_tried_at, Card.thread_held_until),
    asks_others=True,
    stray={Card.place: CardPlace.STRAY},
)
THREADS = Kind(
    *(DRAFT, Card, Card.id, Card.draft_id),
    shows=Card.thread_shows,
    unknown=None,
    lock=Card.thread_held_until,
    gives=Drawing,
    reads=(
        *(Card.workspace_id, Card.draft_id.label("source_id"), Card.channel, Card.thread_ts.label("ts")),
        *(*_in_doubt(Card.thread_ts, Card.thread_tried_at), Card.ts.label("thread_of")),
    ),
    # Only under a card that is there; a message that we only adopted gets none.
    drawable=(Card.ts.is_not(None), Card.gone_reason.is_(None), Card.place != CardPlace.STRAY),
    ts=Card.thread_ts,
    tried=Card.thread_tried_at,
)
TASK_CARDS = Kind(
    *(TASK, TaskCard, TaskCard.id, TaskCard.task_id),
    shows=TaskCard.drawn_revision,
    unknown=0,
    lock=TaskCard.held_until,
    gives=Drawing,
    reads=(
        *(TaskCard.workspace_id, TaskCard.task_id.label("source_id"), TaskCard.channel, TaskCard.ts),
        *(TaskCard.member_id, _of_member(Member.slack_user_id, TaskCard), _of_member(Member.dm_channel, TaskCard)),
        *_in_doubt(TaskCard.ts, TaskCard.tried_at),
    ),
    drawable=(TaskCard.gone_reason.is_(None),),
    channel=TaskCard.channel,
    ts=TaskCard.ts,
    tried=TaskCard.tried_at,
    gone=TaskCard.gone_reason,  # nobody else is asked here: the clock takes the task back (`core/tasks/offer.py`)
)
HOMES = Kind(
    *(HOME, Home, Home.member_id, Home.member_id),
    shows=Home.shows,
    unknown=None,
    lock=Home.held_until,
    gives=_publication,
    reads=(
        *(Home.workspace_id, Home.campaign_id, Home.risk, Home.page, Home.note, Home.shows),
        *(homes.KEPT, Member.slack_user_id, Member.name, Member.role),
    ),
    drawable=(Member.id == Home.member_id, Member.active),
    # What is read once this is committed is what it shows as of now.
    at_lock={Home.drawn_at: sa.func.clock_timestamp()},
    at_record={Home.sync_after: from_now(homes.PACE)},
    changed=Home.opened_at > Home.drawn_at,
)
