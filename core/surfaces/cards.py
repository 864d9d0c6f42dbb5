"""What only the cards of drafts need: which there must be, and what becomes of a message that was clicked (P9)."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from core.ids import UUID, new_id
from core.models import Campaign, Card, Draft, Member, Workspace
from core.reviewers import open_drafts
from core.reviewers.distribution import distribute, is_distributed
from core.surfaces.kinds import CARDS
from core.surfaces.reconcile import keep_stray
from core.taxonomy import CardPlace
from core.views.draft import DraftView


def ensure(tx: Connection, draft: DraftView) -> bool:
    """Make the cards that a draft needs while a person is to look at it: for whom it is, and for its channel.

    Whoever has no room for it now, or is away, is owed it, and gets it from the clock (`core/reviewers/backlog.py`).
    True when it was assigned to somebody, or to somebody else: then the view has changed.
    """
    waiting = open_drafts.read_open_drafts(tx, [draft.draft_id])
    _note_whether_they_ask(tx, draft.draft_id, asks=any(not draft.unknown for draft in waiting))
    if not waiting:
        return False
    if channel := tx.scalar(sa.select(Campaign.slack_channel).where(Campaign.id == waiting[0].campaign_id)):
        row = {"workspace_id": draft.workspace_id, "draft_id": draft.draft_id, "place": CardPlace.CHANNEL}
        tx.execute(insert(Card).values(row | {"id": new_id(), "channel": channel}).on_conflict_do_nothing())
    if is_distributed(tx, draft.workspace_id, waiting[0]):
        return False
    if not distribute(tx, draft.workspace_id, [draft.draft_id], at_once=True).assigned:
        return False
    tx.execute(sa.update(Draft).where(Draft.id == draft.draft_id).values(revision=Draft.revision + 1))
    return True


def _note_whether_they_ask(tx: Connection, draft_id: UUID, *, asks: bool) -> None:
    """Keep the index of what is open small. A card that somebody is drawing is left for the next time."""
    other = sa.select(Card.id).where(Card.draft_id == draft_id, Card.asks != asks).with_for_update(skip_locked=True)
    tx.execute(sa.update(Card).where(Card.id.in_(other)).values(asks=asks))


def distrust(tx: Connection, team_id: str, draft_id: UUID, channel: str, ts: str) -> None:
    """Mark what this card shows as unknown, so that it is drawn again."""
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
        keep_stray(tx, CARDS, draft.workspace_id, draft_id, (channel, ts))
    tx.execute(sa.update(Draft).where(Draft.id == draft_id).values(revision=Draft.revision + 1))
    return True
