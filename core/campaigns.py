"""Pause and resume: what a campaign's status lets through (P7)."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core import events
from core.actor import Actor
from core.errors import Refusal
from core.ids import UUID
from core.models import Campaign, Delivery, Draft
from core.taxonomy import CampaignStatus, DeliveryStatus, RefusalCode, Verb


def pause(tx: Connection, campaign_id: UUID, by: Actor) -> int:
    """Pause an active campaign. Once this commits, no mail of it passes the point before DATA; returns how many wait.

    Raises `Refusal` when it is not active.
    """
    return _switch(tx, campaign_id, by, Verb.PAUSE, CampaignStatus.ACTIVE, CampaignStatus.PAUSED)


def resume(tx: Connection, campaign_id: UUID, by: Actor) -> int:
    """Resume a paused campaign; returns how many mails go on. Raises `Refusal` when it is not paused."""
    return _switch(tx, campaign_id, by, Verb.RESUME, CampaignStatus.PAUSED, CampaignStatus.ACTIVE)


def _switch(
    tx: Connection, campaign_id: UUID, by: Actor, verb: Verb, before: CampaignStatus, after: CampaignStatus
) -> int:
    switched = tx.execute(
        sa.update(Campaign)
        .where(Campaign.id == campaign_id, Campaign.workspace_id == by.workspace_id, Campaign.status == before)
        .values(status=after)
        .returning(Campaign.name)
    ).scalar()
    if switched is None:
        raise _why_not(tx, campaign_id, verb, by)
    waiting = tx.execute(
        sa.update(Draft)
        .where(
            Draft.id.in_(
                sa.select(Delivery.draft_id).where(
                    Delivery.campaign_id == campaign_id,
                    Delivery.status.in_([DeliveryStatus.QUEUED, DeliveryStatus.CLAIMED]),
                )
            )
        )
        .values(revision=Draft.revision + 1)  # their cards say that they wait, or go on
    ).rowcount
    events.write(tx, by, verb, campaign_id=campaign_id, moved=(before, after), data={"waiting": waiting})
    return waiting


def _why_not(tx: Connection, campaign_id: UUID, verb: Verb, by: Actor) -> Refusal:
    found = tx.execute(
        sa.select(Campaign.name, Campaign.status).where(
            Campaign.id == campaign_id, Campaign.workspace_id == by.workspace_id
        )
    ).first()
    if found is None:
        return Refusal(RefusalCode.UNKNOWN_CAMPAIGN, "There is no such campaign in your workspace.")
    return Refusal(RefusalCode.NOTHING_TO_DO, f"{found.name} is {found.status}: there is nothing to {verb}.")


def find(tx: Connection, named: str, by: Actor) -> UUID:
    """The campaign with this slug, or the only one whose name begins so. Raises `Refusal` that lists the choice."""
    named = named.strip()
    if not named:
        raise Refusal(RefusalCode.UNKNOWN_CAMPAIGN, f"Which campaign? {_choice(tx, by)}")
    rows = tx.execute(
        sa.select(Campaign.id, Campaign.slug, Campaign.name)
        .where(Campaign.workspace_id == by.workspace_id)
        .order_by(Campaign.slug)
    ).all()
    folded = named.casefold()
    for fits in (
        [row for row in rows if row.slug == named],
        [row for row in rows if folded in (row.slug.casefold(), row.name.casefold())],
        [row for row in rows if row.name.casefold().startswith(folded) or row.slug.casefold().startswith(folded)],
    ):
        if len(fits) == 1:
            campaign_id: UUID = fits[0].id
            return campaign_id
        if fits:
            slugs = ", ".join(row.slug for row in fits[:10])
            raise Refusal(RefusalCode.UNCLEAR_CAMPAIGN, f"More than one campaign fits. Say which: {slugs}.")
    raise Refusal(RefusalCode.UNKNOWN_CAMPAIGN, f"There is no campaign of that name. {_choice(tx, by)}")


def _choice(tx: Connection, by: Actor) -> str:
    slugs = tx.scalars(
        sa.select(Campaign.slug).where(Campaign.workspace_id == by.workspace_id).order_by(Campaign.slug).limit(10)
    ).all()
    return f"There are: {', '.join(slugs)}." if slugs else "This workspace has none yet."
