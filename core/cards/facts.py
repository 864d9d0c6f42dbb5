"""All that a card or a page says about a draft, read in one transaction."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import aliased

from core.full_name import full_name
from core.ids import UUID
from core.models import (
    Account,
    Campaign,
    CampaignReviewer,
    Contact,
    Delivery,
    Draft,
    DraftVersion,
    InboundMessage,
    Member,
    Workspace,
)
from core.shown import Shown, shown
from core.states import LIVE_DELIVERY
from core.taxonomy import AccountStatus, CampaignStatus, ContactStatus, DeliveryStatus


@dataclass(frozen=True)
class Inbound:
    """What the contact wrote, and we answer."""

    subject: str = field(repr=False)
    body: str = field(repr=False)
    received_at: datetime | None = None


@dataclass(frozen=True)
class Facts:
    """A draft as Postgres has it at `revision`. Its repr holds no personal data (P11)."""

    draft_id: UUID
    workspace_id: UUID
    revision: int
    version: int
    state: Shown
    kind: str
    campaign: str
    timezone: str
    risk: str | None
    risk_reasons: tuple[str, ...]
    confidence: float | None
    from_name: str = field(repr=False)
    from_address: str = field(repr=False)
    to_name: str = field(repr=False)
    to_address: str = field(repr=False)
    company: str | None = field(repr=False)
    subject: str = field(repr=False)
    body: str = field(repr=False)
    inbound: Inbound | None = field(repr=False)
    #: Slack ids of the reviewers who see this draft.
    reviewers: tuple[str, ...]
    #: Slack ids and times of whoever decided, and whoever wrote the latest version.
    decided_by: str | None
    decided_at: datetime | None
    decision_note: str | None = field(repr=False)
    edited_by: str | None
    edited_at: datetime | None
    #: Why it waits, failed or is unknown; when it is tried again; when it came to its end.
    reason: str | None
    due_at: datetime | None
    ended_at: datetime | None


def read(tx: Connection, draft_id: UUID) -> Facts | None:
    """The facts of a draft, or None if there is no such draft."""
    row = tx.execute(_FACTS, {"draft": draft_id}).first()
    if row is None:
        return None
    hold = _held_back_by(row)
    return Facts(
        draft_id=row.id,
        workspace_id=row.workspace_id,
        revision=row.revision,
        version=row.version,
        state=shown(
            row.status,
            returned=row.return_reason is not None,
            delivery_status=row.delivery_status,
            held_back=hold is not None,
        ),
        kind=row.kind,
        campaign=row.campaign,
        timezone=row.timezone,
        risk=row.risk,
        risk_reasons=tuple(row.risk_reasons),
        confidence=row.confidence,
        from_name=row.from_name,
        from_address=row.from_address,
        to_name=full_name(row.first_name, row.last_name),
        to_address=row.email,
        company=row.company,
        subject=row.subject,
        body=row.body,
        inbound=Inbound(row.inbound_subject, row.inbound_body, row.received_at) if row.inbound_subject else None,
        reviewers=reviewers(tx, row.campaign_id),
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        decision_note=row.decision_note,
        edited_by=row.edited_by,
        edited_at=row.edited_at if row.edited_by else None,
        reason=row.return_reason or hold or row.delivery_reason,
        due_at=row.due_at if hold == row.delivery_reason else None,
        ended_at=row.changed_at,
    )


def reviewers(tx: Connection, campaign_id: UUID) -> tuple[str, ...]:
    """Slack ids of the campaign's active reviewers, by name."""
    return tuple(
        tx.scalars(
            sa.select(Member.slack_user_id)
            .join(CampaignReviewer, CampaignReviewer.member_id == Member.id)
            .where(CampaignReviewer.campaign_id == campaign_id, Member.active)
            .order_by(Member.name)
        )
    )


def _held_back_by(row: sa.Row[*tuple[Any, ...]]) -> str | None:
    """Why a queued delivery cannot go now, in one sentence; None if it can."""
    if row.delivery_status != DeliveryStatus.QUEUED:
        return None
    if row.campaign_status != CampaignStatus.ACTIVE:
        return f"{row.campaign} is {row.campaign_status}."
    if row.account_status != AccountStatus.ACTIVE:
        return f"The account {row.from_address} is {row.account_status}."
    if row.contact_status == ContactStatus.DO_NOT_CONTACT:
        return "The contact asked not to be written to."
    return row.delivery_reason if row.tries else None


_Decider, _Editor = aliased(Member), aliased(Member)
_latest = (
    sa.select(Delivery)
    .where(Delivery.draft_id == Draft.id)
    .order_by(Delivery.status.in_(LIVE_DELIVERY).desc(), Delivery.created_at.desc())
    .limit(1)
    .lateral("latest")
)
_FACTS = (
    sa.select(
        Draft.id,
        Draft.workspace_id,
        Draft.campaign_id,
        Draft.revision,
        Draft.version,
        Draft.status,
        Draft.kind,
        Draft.risk,
        Draft.risk_reasons,
        Draft.confidence,
        Draft.decided_at,
        Draft.decision_note,
        Draft.return_reason,
        Workspace.timezone,
        Campaign.name.label("campaign"),
        Campaign.status.label("campaign_status"),
        Account.name.label("from_name"),
        Account.address.label("from_address"),
        Account.status.label("account_status"),
        Contact.email,
        Contact.first_name,
        Contact.last_name,
        Contact.company,
        Contact.status.label("contact_status"),
        DraftVersion.subject,
        DraftVersion.body,
        DraftVersion.created_at.label("edited_at"),
        InboundMessage.subject.label("inbound_subject"),
        InboundMessage.body.label("inbound_body"),
        InboundMessage.received_at,
        _Decider.slack_user_id.label("decided_by"),
        _Editor.slack_user_id.label("edited_by"),
        _latest.c.status.label("delivery_status"),
        _latest.c.reason.label("delivery_reason"),
        _latest.c.tries,
        _latest.c.due_at,
        _latest.c.changed_at,
    )
    .select_from(Draft)
    .join(Workspace, Workspace.id == Draft.workspace_id)
    .join(Campaign, Campaign.id == Draft.campaign_id)
    .join(Contact, Contact.id == Draft.contact_id)
    .join(DraftVersion, (DraftVersion.draft_id == Draft.id) & (DraftVersion.version == Draft.version))
    .outerjoin(_latest, sa.true())
    .join(Account, Account.id == sa.func.coalesce(_latest.c.account_id, Campaign.account_id))
    .outerjoin(InboundMessage, InboundMessage.id == Draft.inbound_message_id)
    .outerjoin(_Decider, _Decider.id == Draft.decided_by)
    .outerjoin(_Editor, _Editor.id == DraftVersion.edited_by)
    .where(Draft.id == sa.bindparam("draft"))
)
