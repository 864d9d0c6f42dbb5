"""Which drafts have cards that are behind: found by index, bounded, and every workspace has its turn."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.drafts.order import OPEN_STATUS
from core.ids import UUID
from core.models import Card, Draft
from core.surfaces.kinds import DRAFT
from core.surfaces.reconcile import take, take_behind
from core.taxonomy import DraftStatus

#: Of how many drafts that wait one is taken: among so many, every workspace has its turn.
LOOK_AT = 10


#: As in the indexes that find them: literals, so that every plan may use them.
DECIDED = sa.text("drafts.status NOT IN ('needs_review', 'manual_review')")
UNDECIDED = sa.text("drafts.status IN ('needs_review', 'manual_review')")


def take_cards_behind(tx: Connection, limit: int = 100) -> list[UUID]:
    """Drafts whose cards show less than the latest revision; each is returned once per `RING_AGAIN`.

    Those that were decided come first, and of each kind the longest waiting one of every workspace: what people have
    just done does not wait behind thousands of new cards. A quarter is kept for what nobody has decided on, so that
    cards which cannot be drawn for the moment hold up no others.
    """
    decided = _take(tx, DECIDED, limit - limit // 4)
    return [*decided, *_take(tx, UNDECIDED, limit - len(decided))]


def _take(tx: Connection, which: sa.TextClause, limit: int) -> list[UUID]:
    due = (DRAFT.behind, Draft.sync_after <= sa.func.now(), which)
    longest = (
        sa.select(Draft.id, Draft.workspace_id, Draft.sync_after)
        .where(*due)
        .order_by(Draft.sync_after)
        .limit(limit * LOOK_AT)
        .subquery("longest")
    )
    turn = sa.func.row_number().over(partition_by=longest.c.workspace_id, order_by=longest.c.sync_after)
    in_turn = sa.select(longest.c.id).order_by(turn, longest.c.sync_after).limit(limit)
    # Again whether it is due: another clock may just have taken it.
    return take(tx, DRAFT, sa.select(Draft.id).where(Draft.id.in_(in_turn), *due))


def new_among(tx: Connection, drafts: list[UUID]) -> set[UUID]:
    """Those of these drafts that wait for a decision, and of which nobody has seen a card yet."""
    if not drafts:
        return set()
    seen = sa.exists().where(Card.draft_id == Draft.id, Card.ts.is_not(None))
    undecided = Draft.status.in_([DraftStatus.NEEDS_REVIEW, DraftStatus.MANUAL_REVIEW])
    return set(tx.scalars(sa.select(Draft.id).where(Draft.id.in_(drafts), undecided, ~seen)))


def take_unposted(tx: Connection, limit: int = 100) -> list[UUID]:
    """Undecided drafts of which a card is to be posted, the longest waiting first; each once per `RING_AGAIN`.

    Somebody has room for these. Of those that are only behind, most will find nobody who has: thousands may wait for
    that look, and would go first, as they have waited longer.
    """
    unposted = sa.select(Card.draft_id).where(Card.asks, Card.gone_reason.is_(None), Card.ts.is_(None))
    return take_behind(tx, DRAFT, limit, Draft.id.in_(unposted), OPEN_STATUS)
