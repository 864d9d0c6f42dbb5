"""What may be approved together (CHECKLIST 000.7): the low-risk drafts that wait for a member, as a list shows them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.actor import Actor
from core.delivery.next_slot import SendNow, sends_now
from core.drafts.order import AWAKE, REVIEW_ORDER
from core.drafts.permissions import actor_parameters
from core.ids import UUID
from core.models import Campaign, Contact, Draft, DraftVersion
from core.reviewers.waiting import LOW_RISK, waits_for
from core.text.phrases import full_name
from core.workspaces import timezone_for

#: How many are offered unless more are asked for, and how many at most: one window of Slack's holds 100 blocks.
USUAL, MOST = 20, 95


@dataclass(frozen=True)
class DraftAtVersion:
    """One draft, and the optimistic version that its reader saw (P3): its round of review, which has one text."""

    draft_id: UUID
    version: int


@dataclass(frozen=True)
class LowRiskDraft:
    """One low-risk draft as the list shows it."""

    draft: DraftAtVersion
    campaign: str
    subject: str = field(repr=False)
    to_name: str = field(repr=False)
    to_address: str = field(repr=False)
    text: str = field(repr=False)


@dataclass(frozen=True)
class LowRisk:
    """What could be approved: how many drafts wait for this member, how many of them are low-risk, the first ones."""

    scanned: int
    found: int
    offered: tuple[LowRiskDraft, ...]
    #: What approving each of the offered for now would give; and the time zone of the member.
    send_now: Mapping[UUID, SendNow] = field(default_factory=dict, repr=False)
    timezone: str = "UTC"
    #: The name of the one campaign that they are of, if one was named.
    campaign: str | None = None

    @property
    def closed(self) -> frozenset[UUID]:
        """Those of the offered drafts for which "now" is outside business hours."""
        return frozenset(draft_id for draft_id, now in self.send_now.items() if now.closed)


def read_low_risk(tx: Connection, by: Actor, limit: int = USUAL, campaign_id: UUID | None = None) -> LowRisk:
    """The low-risk drafts that wait for this member and are theirs to approve, in the order of review.

    At most `limit`, and never more than `MOST`; of one campaign, if one is named.
    """
    of_campaign = [Draft.campaign_id == campaign_id] if campaign_id else []
    scanned, found = tx.execute(
        sa.select(sa.func.count(), sa.func.count().filter(LOW_RISK))
        .select_from(Draft)
        .join(Campaign)
        .where(waits_for(by), AWAKE, *of_campaign),
        actor_parameters(by),
    ).one()
    rows = tx.execute(
        sa.select(
            *(Draft.id, Draft.review_round),
            *(Campaign.name.label("campaign"), DraftVersion.subject, DraftVersion.body),
            *(Contact.first_name, Contact.last_name, Contact.email),
        )
        .join(Campaign)
        .join(Contact)
        .join(DraftVersion, sa.and_(DraftVersion.draft_id == Draft.id, DraftVersion.version == Draft.version))
        .where(waits_for(by), AWAKE, LOW_RISK, *of_campaign)
        .order_by(*REVIEW_ORDER)
        .limit(max(0, min(limit, MOST))),
        actor_parameters(by),
    )
    offered = tuple(
        LowRiskDraft(
            DraftAtVersion(row.id, row.review_round),
            row.campaign,
            row.subject,
            full_name(row.first_name, row.last_name),
            row.email,
            row.body,
        )
        for row in rows
    )
    now = sends_now(tx, [line.draft.draft_id for line in offered])
    campaign = _name_of(tx, campaign_id, by) if campaign_id else None
    return LowRisk(scanned, found, offered, now, timezone_for(tx, by), campaign)


def _name_of(tx: Connection, campaign_id: UUID, by: Actor) -> str | None:
    return tx.scalar(
        sa.select(Campaign.name).where(Campaign.id == campaign_id, Campaign.workspace_id == by.workspace_id)
    )
