"""The rows of cards: which there must be, who draws one now, and what it shows (P9)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from core.ids import UUID, new_id
from core.models import Campaign, Card, Draft, Event, Member, Workspace
from core.reviewers import open_drafts
from core.reviewers.distribution import distribute, is_distributed
from core.taxonomy import CardPlace
from core.views.draft import DraftView

#: Longer than Slack takes to answer the calls that draw one card. Then somebody else may try.
HOLD = timedelta(seconds=30)
#: For so long somebody who did something to a draft looks at its cards.
LOOKED_AT = timedelta(seconds=30)


@dataclass(frozen=True)
class Place:
    """One card to draw: where it is, or for whom it is to be posted."""

    card_id: UUID
    workspace_id: UUID
    draft_id: UUID
    channel: str | None
    ts: str | None
    member_id: UUID | None
    slack_user_id: str | None
    dm_channel: str | None
    #: Until when it is ours to draw: whoever holds it later has another time here.
    held_until: datetime
    #: Adopted after a click: not a place where we would post anew.
    is_stray: bool
    #: A first post was tried and nobody knows whether it arrived.
    in_doubt: bool
    #: By what name a message says in its metadata what it shows.
    named: str = "draft_id"
    #: Somebody waits to see what became of it. Nobody does when thousands are drawn again, as after a pause.
    awaited: bool = True


def ensure(tx: Connection, view: DraftView) -> bool:
    """Make the cards that a draft needs while a person is to look at it: for whom it is, and for its channel.

    Whoever has no room for it now, or is away, is owed it, and gets it from the clock (`core/reviewers/backlog.py`).
    True when it was assigned to somebody, or to somebody else: then the view has changed.
    """
    waiting = open_drafts.read_open_drafts(tx, [view.draft_id])
    _note_whether_they_ask(tx, view.draft_id, asks=any(not draft.unknown for draft in waiting))
    if not waiting:
        return False
    if channel := tx.scalar(sa.select(Campaign.slack_channel).where(Campaign.id == waiting[0].campaign_id)):
        row = {"workspace_id": view.workspace_id, "draft_id": view.draft_id, "place": CardPlace.CHANNEL}
        tx.execute(insert(Card).values(row | {"id": new_id(), "channel": channel}).on_conflict_do_nothing())
    if is_distributed(tx, view.workspace_id, waiting[0]):
        return False
    if not distribute(tx, view.workspace_id, [view.draft_id], at_once=True).assigned:
        return False
    tx.execute(sa.update(Draft).where(Draft.id == view.draft_id).values(revision=Draft.revision + 1))
    return True


def _note_whether_they_ask(tx: Connection, draft_id: UUID, *, asks: bool) -> None:
    """Keep the index of what is open small. A card that somebody is drawing is left for the next time."""
    other = sa.select(Card.id).where(Card.draft_id == draft_id, Card.asks != asks).with_for_update(skip_locked=True)
    tx.execute(sa.update(Card).where(Card.id.in_(other)).values(asks=asks))


def behind(tx: Connection, draft_id: UUID, revision: int) -> list[UUID]:
    """The cards that show less than `revision`, in the order in which every job draws them."""
    return list(
        tx.scalars(
            sa.select(Card.id)
            .where(Card.draft_id == draft_id, Card.drawn_revision < revision, Card.gone_reason.is_(None))
            .order_by(Card.id)
        )
    )


def hold(tx: Connection, card_id: UUID, revision: int) -> Place | None:
    """Take a card to draw `revision` on it. None when somebody else draws it, or it shows that already."""
    held = tx.execute(
        sa.update(Card)
        .where(
            Card.id == card_id,
            Card.drawn_revision < revision,
            Card.gone_reason.is_(None),
            Card.held_until.is_(None) | (Card.held_until < sa.func.clock_timestamp()),
        )
        .values(held_until=sa.func.clock_timestamp() + sa.cast(HOLD, sa.Interval))
        .returning(
            *(Card.id, Card.workspace_id, Card.draft_id, Card.channel, Card.ts, Card.member_id),
            *(Card.tried_at, Card.place, Card.held_until),
        )
    ).first()
    if held is None:
        return None
    member = tx.execute(sa.select(Member.slack_user_id, Member.dm_channel).where(Member.id == held.member_id)).first()
    return Place(
        card_id=held.id,
        workspace_id=held.workspace_id,
        draft_id=held.draft_id,
        channel=held.channel,
        ts=held.ts,
        member_id=held.member_id,
        slack_user_id=member.slack_user_id if member else None,
        dm_channel=member.dm_channel if member else None,
        held_until=held.held_until,
        is_stray=held.place == CardPlace.STRAY,
        in_doubt=held.ts is None and held.tried_at is not None,
        awaited=_awaited(tx, held.draft_id),
    )


def _awaited(tx: Connection, draft_id: UUID) -> bool:
    """Whether a person has just done something to this draft, or tried to."""
    just_now = Event.at > sa.func.clock_timestamp() - sa.cast(LOOKED_AT, sa.Interval)
    by_person = sa.exists().where(Event.draft_id == draft_id, Event.member_id.is_not(None), just_now)
    return bool(tx.scalar(sa.select(by_person)))


def trying(tx: Connection, card_id: UUID) -> None:
    """A first post leaves now: until its `ts` is recorded, the message may exist without our knowing."""
    tx.execute(sa.update(Card).where(Card.id == card_id).values(tried_at=sa.func.clock_timestamp()))


def drawn(tx: Connection, place: Place, revision: int, channel: str, ts: str) -> bool:
    """The message shows `revision` now. False when the hold ran out meanwhile, and somebody else may have drawn it."""
    recorded = tx.execute(
        sa.update(Card)
        .where(Card.id == place.card_id, Card.held_until == place.held_until)
        .values(channel=channel, ts=ts, drawn_revision=revision, held_until=None)
    )
    return recorded.rowcount == 1


def distrust_late(tx: Connection, place: Place, channel: str, ts: str) -> None:
    """A draw that outlived its hold may have covered a newer one: all cards of the draft are drawn again.

    The message itself, should nobody know it, becomes a card too: no button outlives its meaning (P9).
    """
    workspace_id = tx.execute(sa.select(Draft.workspace_id).where(Draft.id == place.draft_id)).scalar_one()
    tx.execute(insert(Card).values(_stray(workspace_id, place.draft_id, channel, ts)).on_conflict_do_nothing())
    tx.execute(sa.update(Card).where(Card.draft_id == place.draft_id).values(drawn_revision=0))
    tx.execute(sa.update(Draft).where(Draft.id == place.draft_id).values(drawn_revision=0))


def let_go(tx: Connection, place: Place) -> None:
    """Not drawn this time: anybody may try again."""
    tx.execute(
        sa.update(Card).where(Card.id == place.card_id, Card.held_until == place.held_until).values(held_until=None)
    )


def forget_message(tx: Connection, card_id: UUID) -> None:
    """The message is gone from Slack, and the thread under it: a new one will be posted. Whoever holds it goes on."""
    gone = {"ts": None, "tried_at": None, "thread_ts": None, "thread_shows": None, "thread_tried_at": None}
    tx.execute(sa.update(Card).where(Card.id == card_id).values(gone))


def give_up(tx: Connection, place: Place, reason: str) -> None:
    """No message can be had in this place. The draft's cards are drawn again, so that others are asked."""
    tx.execute(sa.update(Card).where(Card.id == place.card_id).values(gone_reason=reason, held_until=None))
    tx.execute(sa.update(Draft).where(Draft.id == place.draft_id).values(revision=Draft.revision + 1))


class Standing(Enum):
    """How the cards of a draft stand after a round of drawing."""

    #: All show the latest revision.
    TRUE = auto()
    #: The draft has changed meanwhile: another round.
    CHANGED = auto()
    #: Some are held by another job, which looks again when it is done with them.
    LEFT = auto()


def settle(tx: Connection, draft_id: UUID, revision: int) -> Standing:
    """Note that all cards show `revision`, if they do; returns how they stand."""
    left = tx.execute(
        sa.select(sa.func.count())
        .select_from(Card)
        .where(Card.draft_id == draft_id, Card.drawn_revision < revision, Card.gone_reason.is_(None))
    ).scalar_one()
    if left:
        return Standing.LEFT
    latest = tx.execute(
        sa.update(Draft)
        .where(Draft.id == draft_id)
        .values(drawn_revision=sa.func.greatest(Draft.drawn_revision, revision), sync_after=sa.func.now())
        .returning(Draft.revision)
    ).scalar_one()
    return Standing.CHANGED if latest > revision else Standing.TRUE


def postpone(tx: Connection, draft_id: UUID, seconds: float, revision: int) -> None:
    """Let the clock ring for this draft's cards again, but not before; a draft that has changed meanwhile, as ever."""
    later = sa.func.clock_timestamp() + sa.cast(timedelta(seconds=seconds), sa.Interval)
    unchanged = sa.and_(Draft.id == draft_id, Draft.revision == revision)
    tx.execute(sa.update(Draft).where(unchanged).values(sync_after=later))


def mistrust(tx: Connection, team_id: str, draft_id: UUID, channel: str, ts: str) -> None:
    """Draw this card again whatever we believe that it shows."""
    of_team = sa.select(Workspace.id).where(Workspace.slack_team_id == team_id).scalar_subquery()
    distrusted = tx.execute(
        sa.update(Card)
        .where(Card.draft_id == draft_id, Card.workspace_id == of_team, Card.channel == channel, Card.ts == ts)
        .values(drawn_revision=0)
    )
    if distrusted.rowcount:
        tx.execute(sa.update(Draft).where(Draft.id == draft_id).values(drawn_revision=0))


def adopt(tx: Connection, team_id: str, draft_id: UUID, slack_user_id: str, channel: str, ts: str) -> bool:
    """Take a message that was clicked, and that we have no row for, as a card of this draft (DESIGN §6).

    It becomes the member's own card, or the channel's, where that one was lost, and a stray one otherwise. True if it
    was adopted.
    """
    if tx.execute(sa.select(Card.id).where(Card.channel == channel, Card.ts == ts)).first():
        return False
    draft = tx.execute(
        sa.select(Draft.workspace_id)
        .join(Workspace, Workspace.id == Draft.workspace_id)
        .where(Draft.id == draft_id, Workspace.slack_team_id == team_id)
    ).first()
    if draft is None:
        return False
    clicker = (
        sa.select(Member.id)
        .where(Member.workspace_id == draft.workspace_id, Member.slack_user_id == slack_user_id)
        .scalar_subquery()
    )
    lost = tx.execute(
        sa.update(Card)
        .where(
            Card.draft_id == draft_id,
            Card.ts.is_(None),
            (Card.member_id == clicker) | ((Card.place == CardPlace.CHANNEL) & (Card.channel == channel)),
        )
        .values(channel=channel, ts=ts, drawn_revision=0, gone_reason=None)
    )
    if lost.rowcount == 0:
        tx.execute(insert(Card).values(_stray(draft.workspace_id, draft_id, channel, ts)).on_conflict_do_nothing())
    tx.execute(sa.update(Draft).where(Draft.id == draft_id).values(revision=Draft.revision + 1))
    return True


def _stray(workspace_id: UUID, draft_id: UUID, channel: str, ts: str) -> dict[str, object]:
    return {
        "id": new_id(),
        "workspace_id": workspace_id,
        "draft_id": draft_id,
        "place": CardPlace.STRAY,
        "channel": channel,
        "ts": ts,
    }
