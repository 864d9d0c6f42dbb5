"""What routing needs to know of drafts and campaigns, read from the rows."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.db import all_rows, literal
from core.drafts.order import AWAKE, OPEN_STATUS, REVIEW_ORDER
from core.ids import UUID
from core.models import Campaign, CampaignReviewer, Card, Delivery, Draft, DraftApproval, DraftVersion
from core.reviewers.routing import OpenDraft, Rules
from core.taxonomy import DeliveryStatus

#: Nobody knows whether this draft's mail was sent.
UNKNOWN = sa.exists().where(Delivery.draft_id == Draft.id, Delivery.status == literal(DeliveryStatus.OUTCOME_UNKNOWN))


def routing_rules(tx: Connection, of: sa.ColumnElement[bool]) -> dict[UUID, Rules]:
    """The rules of the campaigns `of` which this is true, by their ids."""
    reviewers = sa.func.array_agg(CampaignReviewer.member_id).filter(CampaignReviewer.member_id.is_not(None))
    turns = sa.func.array_agg(CampaignReviewer.turn).filter(CampaignReviewer.member_id.is_not(None))
    rows = tx.execute(
        sa.select(
            Campaign.id,
            Campaign.routing,
            Campaign.admins_above_risk,
            reviewers.label("reviewers"),
            turns.label("turns"),
        )
        .outerjoin(CampaignReviewer, CampaignReviewer.campaign_id == Campaign.id)
        .where(of)
        .group_by(Campaign.id)
    ).all()
    return {
        row.id: Rules(
            row.id, row.routing, dict(zip(row.reviewers or (), row.turns or (), strict=True)), row.admins_above_risk
        )
        for row in rows
    }


def read_open_drafts(
    tx: Connection, drafts: Collection[UUID], *, hold: bool = False, skip: bool = False
) -> list[OpenDraft]:
    """Those of these drafts that a person is to look at now, in the order of review.

    `hold`: nobody else changes them until this transaction ends; `skip`: without those that somebody else holds.
    """
    ask = (
        sa.select(
            *(Draft.id.label("draft_id"), Draft.campaign_id, Draft.risk, Draft.assigned_to), UNKNOWN.label("unknown")
        )
        .where(Draft.id.in_(drafts), sa.or_(sa.and_(OPEN_STATUS, AWAKE), UNKNOWN))
        .order_by(*REVIEW_ORDER)
    )
    rows = tx.execute(ask.with_for_update(key_share=True, skip_locked=skip) if hold else ask)
    return _with_cards(tx, all_rows(rows, _OpenRow))


class _OpenRow(NamedTuple):
    draft_id: UUID
    campaign_id: UUID
    risk: str | None
    assigned_to: UUID | None
    unknown: bool


def _with_cards(tx: Connection, rows: Sequence[_OpenRow]) -> list[OpenDraft]:
    ids = [row.draft_id for row in rows]
    if not ids:
        return []
    has: dict[UUID, set[UUID]] = {}
    lost: dict[UUID, set[UUID]] = {}
    for card in tx.execute(
        sa.select(Card.draft_id, Card.member_id, Card.gone_reason).where(
            Card.draft_id.in_(ids), Card.member_id.is_not(None)
        )
    ):
        (lost if card.gone_reason else has).setdefault(card.draft_id, set()).add(card.member_id)
    barred = _barred(tx, ids)
    return [
        OpenDraft(
            *row,
            has=frozenset(has.get(row.draft_id, ())),
            lost=frozenset(lost.get(row.draft_id, ())),
            barred=frozenset(barred.get(row.draft_id, ())),
        )
        for row in rows
    ]


def _barred(tx: Connection, drafts: Collection[UUID]) -> dict[UUID, set[UUID]]:
    """Who has endorsed each draft in its present round, or wrote it where nobody approves their own."""
    endorsed = (
        sa.select(Draft.id, DraftApproval.member_id)
        .join(DraftApproval, (DraftApproval.draft_id == Draft.id) & (DraftApproval.review_round == Draft.review_round))
        .where(Draft.id.in_(drafts), DraftApproval.draft_id.in_(drafts))
    )
    wrote = (
        sa.select(Draft.id, DraftVersion.edited_by)
        .join(DraftVersion, (DraftVersion.draft_id == Draft.id) & (DraftVersion.version == Draft.version))
        .join(Campaign)
        .where(Draft.id.in_(drafts), DraftVersion.draft_id.in_(drafts))
        .where(DraftVersion.edited_by.is_not(None), ~Campaign.self_approval)
    )
    barred: dict[UUID, set[UUID]] = {}
    both: sa.CompoundSelect[UUID, UUID] = sa.union_all(endorsed, wrote)
    for row in tx.execute(both):
        barred.setdefault(row[0], set()).add(row[1])
    return barred
