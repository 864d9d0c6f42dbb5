"""Pause and resume: what a campaign's status lets through (P7)."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core import events
from core.actor import Actor
from core.delivery.held import word
from core.errors import Refusal
from core.ids import UUID
from core.models import Campaign, Delivery, Draft
from core.starts import wait_for_starts
from core.taxonomy import CampaignStatus, DeliveryStatus, GateCode, RefusalCode, Verb

#: Approved mail that has not left.
_WAITING = Delivery.status.in_([DeliveryStatus.QUEUED, DeliveryStatus.CLAIMED])


@dataclass(frozen=True)
class Switched:
    """The campaign that was paused or resumed, and how much of its mail waits."""

    name: str
    waiting: int


def pause(tx: Connection, campaign_id: UUID, by: Actor) -> Switched:
    """Pause an active campaign. Once this commits, no mail of it passes the point before DATA.

    Raises `Refusal` when it is not active.
    """
    return _switch(tx, campaign_id, by, Verb.PAUSE, CampaignStatus.ACTIVE, CampaignStatus.PAUSED)


def resume(tx: Connection, campaign_id: UUID, by: Actor) -> Switched:
    """Resume a paused campaign. Raises `Refusal` when it is not paused."""
    return _switch(tx, campaign_id, by, Verb.RESUME, CampaignStatus.PAUSED, CampaignStatus.ACTIVE)


def _switch(
    tx: Connection, campaign_id: UUID, by: Actor, verb: Verb, before: CampaignStatus, after: CampaignStatus
) -> Switched:
    wait_for_starts(tx)
    switched = tx.execute(
        sa.update(Campaign)
        .where(Campaign.id == campaign_id, Campaign.workspace_id == by.workspace_id, Campaign.status == before)
        .values(status=after)
        .returning(Campaign.name)
    ).scalar()
    if switched is None:
        raise _why_not(tx, campaign_id, verb, by)
    waiting = tx.execute(
        sa.select(sa.func.count()).select_from(Delivery).where(Delivery.campaign_id == campaign_id, _WAITING)
    ).scalar_one()
    events.write(tx, by, verb, campaign_id=campaign_id, moved=(before, after), data={"waiting": waiting})
    return Switched(switched, waiting)


def not_shown_yet(tx: Connection) -> list[UUID]:
    """Campaigns whose status is not on the cards of their mail yet, and active ones whose mail still rests.

    The latter when a claim that had seen the pause held mail back while the resume was passing.
    """
    still_rests = sa.exists().where(
        Delivery.campaign_id == Campaign.id,
        Delivery.status == word(DeliveryStatus.QUEUED),
        Delivery.held_code == word(GateCode.CAMPAIGN_NOT_ACTIVE),
    )
    return list(
        tx.scalars(
            sa.select(Campaign.id).where(
                (Campaign.shown_status != Campaign.status)
                | ((Campaign.status == word(CampaignStatus.ACTIVE)) & still_rests)
            )
        )
    )


def show_some(tx: Connection, campaign_id: UUID, after: UUID | None, limit: int = 500) -> UUID | None:
    """Have the next cards of a campaign's waiting mail drawn again, those `after` one; wake the mail after a resume.

    Returns the last draft of them; None when there are no more. In small steps, so that a pause of a campaign with a
    long queue commits at once and locks nothing that a click needs.
    """
    rows = tx.execute(
        sa.select(Delivery.id, Delivery.draft_id)
        .where(Delivery.campaign_id == campaign_id, _WAITING, *([Delivery.draft_id > after] if after else []))
        .order_by(Delivery.draft_id)
        .limit(limit)
        .with_for_update()
    ).all()
    deliveries, drafts = [row.id for row in rows], [row.draft_id for row in rows]
    if drafts:
        if status_of(tx, campaign_id) == CampaignStatus.ACTIVE:
            wake(tx, Delivery.id.in_(deliveries), GateCode.CAMPAIGN_NOT_ACTIVE)
        tx.execute(sa.update(Draft).where(Draft.id.in_(drafts)).values(revision=Draft.revision + 1))
    return drafts[-1] if drafts else None


def shown(tx: Connection, campaign_id: UUID, status: str) -> None:
    """The cards of the campaign's mail show this status now."""
    tx.execute(sa.update(Campaign).where(Campaign.id == campaign_id).values(shown_status=status))


def status_of(tx: Connection, campaign_id: UUID) -> str:
    """The campaign's status."""
    return tx.execute(sa.select(Campaign.status).where(Campaign.id == campaign_id)).scalar_one()


def wake(tx: Connection, which: sa.ColumnElement[bool], code: GateCode) -> None:
    """Make due what this gate held back until an act. The trigger on the queue wakes the accounts."""
    tx.execute(
        sa.update(Delivery)
        .where(which, Delivery.status == DeliveryStatus.QUEUED, Delivery.held_code == code)
        .values(due_at=sa.func.now(), held_code=None, reason=None)
    )


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
