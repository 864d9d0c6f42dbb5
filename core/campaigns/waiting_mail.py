"""What follows a pause or a resume, in small steps: the waiting mail is released, and its cards say so (P9).

So do the cards of drafts that nobody has decided on, which say when the next slot is, and those of tasks on offer. A
stop of all sending goes the same way.
"""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.db import literal
from core.delivery.leased import NOT_LEFT_YET
from core.delivery.release import release
from core.drafts import open_cards
from core.ids import UUID
from core.models import Campaign, Delivery, Draft, Task
from core.taxonomy import CampaignStatus, DeliveryStatus, GateCode, TaskStatus


def not_shown_yet(tx: Connection) -> list[UUID]:
    """Campaigns whose pause or resume has not reached their waiting mail and its cards yet.

    Also an active one whose mail still rests: a claim that saw the pause held it back while the resume was passing.
    """
    still_rests = sa.exists().where(
        Delivery.campaign_id == Campaign.id,
        Delivery.status == literal(DeliveryStatus.QUEUED),
        Delivery.held_code == literal(GateCode.CAMPAIGN_NOT_ACTIVE),
    )
    return list(
        tx.scalars(
            sa.select(Campaign.id).where(
                (Campaign.shown_status != Campaign.status)
                | ((Campaign.status == literal(CampaignStatus.ACTIVE)) & still_rests)
            )
        )
    )


def apply_status_to_waiting_mail(
    tx: Connection, campaign_id: UUID, after: UUID | None, limit: int = 500
) -> UUID | None:
    """Release the next of a campaign's waiting mail if it is active, and mark its cards, and those of what is open, as
    behind; those `after` one.

    Returns the last draft of them; None when there are no more. In small steps, so that a pause of a campaign with a
    long queue commits at once and locks nothing that a click needs.
    """
    if after is None:  # of tasks on offer there are no more than a day's limits
        offered = (Task.campaign_id == campaign_id, Task.status == literal(TaskStatus.OFFERED))
        tx.execute(sa.update(Task).where(*offered).values(revision=Task.revision + 1))
    rows = tx.execute(
        sa.select(Delivery.id, Delivery.draft_id)
        .where(Delivery.campaign_id == campaign_id, NOT_LEFT_YET, *([Delivery.draft_id > after] if after else []))
        .order_by(Delivery.draft_id)
        .limit(limit)
        .with_for_update()
    ).all()
    shown = open_cards.lock_shown(tx, Draft.campaign_id == campaign_id, after, limit)
    drafts = sorted([*(row.draft_id for row in rows), *shown])[:limit]
    deliveries = [row.id for row in rows if row.draft_id in drafts]
    if drafts:
        if status_of(tx, campaign_id) == CampaignStatus.ACTIVE:
            release(tx, Delivery.id.in_(deliveries), GateCode.CAMPAIGN_NOT_ACTIVE)
        tx.execute(sa.update(Draft).where(Draft.id.in_(drafts)).values(revision=Draft.revision + 1))
    return drafts[-1] if drafts else None


def record_shown(tx: Connection, campaign_id: UUID, status: str) -> None:
    """The cards of the campaign's mail show this status now."""
    tx.execute(sa.update(Campaign).where(Campaign.id == campaign_id).values(shown_status=status))


def status_of(tx: Connection, campaign_id: UUID) -> str:
    """The campaign's status."""
    return tx.execute(sa.select(Campaign.status).where(Campaign.id == campaign_id)).scalar_one()
