"""The rows of threads: which cards have a history to tell, who draws it now, and what it shows."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.ids import UUID
from core.models import Card
from core.taxonomy import CardPlace, Verb
from core.views import history as draft_history
from core.views.history import History, thread_events

#: Longer than Slack takes to answer the calls that draw one thread. Then somebody else may try.
HOLD = timedelta(seconds=30)
#: The latest edits, whose differences a thread shows: texts may be long.
EDITS = 6


@dataclass(frozen=True)
class Place:
    """One thread to draw: the card that it is under, and the reply itself once it was posted."""

    card_id: UUID
    channel: str
    card_ts: str
    thread_ts: str | None
    held_until: datetime
    #: A first post was tried and nobody knows whether it arrived.
    in_doubt: bool


def history(tx: Connection, draft_id: UUID) -> History:
    """What the thread of a draft tells. One look at its events, where those are nothing to tell."""
    told = thread_events(draft_history.events(tx, draft_id))
    if not told:
        return History(())
    edits = [int(event.data.get("version", 1)) for event in told if event.verb == Verb.EDIT][-EDITS:]
    return History(
        events=told,
        versions=draft_history.versions(tx, draft_id, since=edits[0] - 1) if edits else (),
        attempts=draft_history.attempts(tx, draft_id),
    )


def behind(tx: Connection, draft_id: UUID, shows: str | None) -> list[UUID]:
    """The cards whose thread shows something else. A message that we only adopted gets none."""
    return list(
        tx.scalars(
            sa.select(Card.id)
            .where(
                Card.draft_id == draft_id,
                Card.ts.is_not(None),
                Card.gone_reason.is_(None),
                Card.place != CardPlace.STRAY,
                Card.thread_shows.is_distinct_from(shows),
            )
            .order_by(Card.id)
        )
    )


def hold(tx: Connection, card_id: UUID, shows: str) -> Place | None:
    """Take a thread to draw it. None when somebody else draws it, or it shows that already."""
    held = tx.execute(
        sa.update(Card)
        .where(
            Card.id == card_id,
            Card.ts.is_not(None),
            Card.gone_reason.is_(None),
            Card.thread_shows.is_distinct_from(shows),
            Card.thread_held_until.is_(None) | (Card.thread_held_until < sa.func.clock_timestamp()),
        )
        .values(thread_held_until=sa.func.clock_timestamp() + sa.cast(HOLD, sa.Interval))
        .returning(Card.channel, Card.ts, Card.thread_ts, Card.thread_held_until, Card.thread_tried_at)
    ).first()
    if held is None:
        return None
    in_doubt = held.thread_ts is None and held.thread_tried_at is not None
    return Place(card_id, held.channel, held.ts, held.thread_ts, held.thread_held_until, in_doubt)


def trying(tx: Connection, place: Place) -> None:
    """A first post leaves now: until its `ts` is recorded, the reply may exist without our knowing."""
    tx.execute(sa.update(Card).where(Card.id == place.card_id).values(thread_tried_at=sa.func.clock_timestamp()))


def drawn(tx: Connection, place: Place, shows: str, thread_ts: str | None) -> None:
    """The thread shows this now; without a `thread_ts`, Slack takes none there, and it is not tried again.

    Nothing is recorded when the hold ran out, or the card was posted anew meanwhile: then it is drawn again.
    """
    tx.execute(
        sa.update(Card)
        .where(Card.id == place.card_id, Card.ts == place.card_ts, Card.thread_held_until == place.held_until)
        .values(thread_ts=thread_ts, thread_shows=shows, thread_held_until=None)
    )


def let_go(tx: Connection, place: Place) -> None:
    """Not drawn this time: anybody may try again."""
    tx.execute(
        sa.update(Card)
        .where(Card.id == place.card_id, Card.thread_held_until == place.held_until)
        .values(thread_held_until=None)
    )
