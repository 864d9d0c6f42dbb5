"""One member's queue: what waits for them counted, and the page of it that they look at.

Rows that keep their places stand before that page, whatever became of their drafts: no click lands on a draft that has
just taken the place of another.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.actor import Actor
from core.db import all_rows
from core.drafts.order import AWAKE, REVIEW_ORDER, TO_CHANGE
from core.drafts.permissions import actor_parameters
from core.ids import UUID
from core.models import Campaign, Draft
from core.reviewers.waiting import LOW_RISK, WaitingDraft, rows_of, waits_for, whose

#: Drafts on one page of Home. With all that stands around them they stay well under Slack's 100 blocks.
PAGE = 8
#: Rows that there are at most: those of a page, and before them others that were decided and keep their places.
MOST_ROWS = 16


@dataclass(frozen=True)
class QueueFilter:
    """What a member chose to see."""

    campaign_id: UUID | None = None
    risk: str | None = None
    page: int = 0


@dataclass(frozen=True)
class CampaignCount:
    """A campaign in which something waits for this member."""

    campaign_id: UUID
    name: str
    waiting: int


@dataclass(frozen=True)
class Queue:
    """What waits for a member, counted, and one page of it."""

    drafts: tuple[WaitingDraft, ...]
    #: Of what they chose to see: how many wait, and how many of these are low-risk and theirs to approve.
    total: int
    low_risk: int
    #: Whatever they chose: how many wait, how many are snoozed, and where.
    everything: int
    snoozed: int
    campaigns: tuple[CampaignCount, ...]
    page: int = 0
    pages: int = 1
    #: How many are theirs to decide and wait for requested changes.
    to_change: int = 0
    #: More wait on this page than there is room for, beside the rows that keep their places.
    hides_some: bool = False


class _Tally(NamedTuple):
    """How many drafts wait in a campaign at a risk, snoozed or not."""

    campaign_id: UUID
    name: str
    risk: str | None
    awake: bool
    waiting: int
    low_risk: int


def queue_of(
    tx: Connection, by: Actor, chosen: QueueFilter, per_page: int = PAGE, kept: Sequence[UUID] | None = None
) -> Queue:
    """What waits for this member, in the order of 000.10. A page past the end is the last one.

    The drafts of `kept` come first, as they stand there. What else is on the page follows, as far as there is room.
    """
    counted = (
        sa.select(
            *(Draft.campaign_id, Campaign.name, Draft.risk, AWAKE.label("awake")),
            *(sa.func.count().label("waiting"), sa.func.count().filter(LOW_RISK).label("low_risk")),
        )
        .join(Campaign)
        .where(waits_for(by))
        .group_by(Draft.campaign_id, Campaign.name, Draft.risk, AWAKE)
    )
    tally = all_rows(tx.execute(counted, actor_parameters(by)), _Tally)
    awake = [row for row in tally if row.awake]
    matching = [
        row for row in awake if chosen.campaign_id in (None, row.campaign_id) and chosen.risk in (None, row.risk)
    ]
    total = sum(row.waiting for row in matching)
    pages = max(1, -(-total // per_page))
    page = max(0, min(chosen.page, pages - 1))
    ids = list(_page(tx, by, chosen, page * per_page, per_page))
    listed, hides_some = (ids, False) if kept is None else _beside(tx, by, list(kept), ids, per_page)
    return Queue(
        drafts=rows_of(tx, by, listed),
        hides_some=hides_some,
        total=total,
        low_risk=sum(row.low_risk for row in matching),
        everything=sum(row.waiting for row in awake),
        snoozed=sum(row.waiting for row in tally if not row.awake),
        campaigns=_campaigns(awake),
        page=page,
        pages=pages,
        to_change=tx.scalar(_to_change(by)) or 0,
    )


def _to_change(by: Actor) -> sa.Select[int]:
    """By campaign: of all that a workspace has, what is pending is found by that index."""
    campaigns = sa.select(Campaign.id).where(Campaign.workspace_id == by.workspace_id)
    return sa.select(sa.func.count()).select_from(Draft).where(Draft.campaign_id.in_(campaigns), TO_CHANGE, whose(by))


def _campaigns(rows: Sequence[_Tally]) -> tuple[CampaignCount, ...]:
    counts: dict[UUID, CampaignCount] = {}
    for row in rows:
        before = counts[row.campaign_id].waiting if row.campaign_id in counts else 0
        counts[row.campaign_id] = CampaignCount(row.campaign_id, row.name, before + row.waiting)
    return tuple(sorted(counts.values(), key=lambda count: (-count.waiting, count.name)))


def _page(tx: Connection, by: Actor, chosen: QueueFilter, offset: int, limit: int) -> Sequence[UUID]:
    return tx.scalars(
        sa.select(Draft.id)
        .where(
            waits_for(by),
            AWAKE,
            *([Draft.campaign_id == chosen.campaign_id] if chosen.campaign_id else []),
            *([Draft.risk == chosen.risk] if chosen.risk else []),
        )
        .order_by(*REVIEW_ORDER)
        .offset(offset)
        .limit(limit)
    ).all()


def _beside(tx: Connection, by: Actor, kept: list[UUID], page: list[UUID], per_page: int) -> tuple[list[UUID], bool]:
    """The rows that keep their places, and those of the page for which there is room behind them; whether that leaves
    some out. Of `kept`, what is no draft of this workspace has no row, and takes no room."""
    still_waits = sa.and_(waits_for(by), AWAKE)
    theirs = (Draft.id.in_(kept), Draft.workspace_id == by.workspace_id)
    waits = dict(tx.execute(sa.select(Draft.id, still_waits).where(*theirs)).all())
    rows = [draft_id for draft_id in kept if draft_id in waits]
    new = [draft_id for draft_id in page if draft_id not in waits]
    room = max(0, min(per_page - sum(waits.values()), MOST_ROWS - len(rows)))
    return rows + new[:room], sum(waits.values()) + room < min(per_page, len(page))
