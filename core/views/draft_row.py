"""The one statement that reads a draft with all that surrounds it, and its typed row."""

from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.engine import Connection
from sqlalchemy.orm import aliased

from core.db import literal
from core.drafts.quorum import STILL_MAY
from core.ids import UUID
from core.models import (
    Account,
    Attempt,
    Campaign,
    Contact,
    Delivery,
    Draft,
    DraftApproval,
    DraftVersion,
    Event,
    InboundMessage,
    Member,
    OutreachHistory,
    Workspace,
)
from core.states import LIVE_DELIVERY
from core.taxonomy import FEEDBACK_VERBS, DeliveryStatus, Verb


class DraftRow(NamedTuple):
    """A draft with what surrounds it, at `now`. The columns of its latest delivery are empty where there is none."""

    id: UUID
    workspace_id: UUID
    campaign_id: UUID
    revision: int
    version: int
    review_round: int
    status: str
    kind: str
    risk: str | None
    risk_reasons: list[str]
    text_risk: str | None
    blocked_by: str | None
    evidence: list[str] | None
    confidence: float | None
    decided_at: datetime | None
    decision_note: str | None
    return_reason: str | None
    snoozed_until: datetime | None
    change_note: str | None
    timezone: str
    campaign: str
    campaign_status: str
    quorum: int
    from_name: str
    from_address: str
    email: str
    first_name: str | None
    last_name: str | None
    company: str | None
    to_timezone: str | None
    subject: str
    body: str
    edited_at: datetime
    inbound_subject: str | None
    inbound_body: str | None
    received_at: datetime | None
    #: Slack ids.
    decided_by: str | None
    decider: str | None
    edited_by: str | None
    assigned_to: str | None
    snoozed_by: str | None
    change_asked_by: str | None
    endorsed_by: list[str] | None
    change_asked_at: datetime | None
    now: datetime
    account_id: UUID
    delivery_id: UUID | None
    delivery_status: str | None
    delivery_reason: str | None
    due_at: datetime | None
    queued_at: datetime | None
    #: When its latest delivery came to where it is; of one that was sent, when it left.
    ended_at: datetime | None
    overruled: bool
    came_back: bool
    #: Somebody took its latest delivery out of the queue: by Slack id and name, of a member.
    skipped: bool
    skipped_by: str | None
    skipper: str | None


def read_row(tx: Connection, draft_id: UUID) -> DraftRow | None:
    """The row of a draft; None if there is no such draft."""
    row = tx.execute(_DRAFT_ROW, {"draft": draft_id}).first()
    return DraftRow(**row._mapping) if row else None


_Decider, _Editor, _Owner, _Snoozer, _Asker, _Endorser, _Skipper = (aliased(Member) for _ in range(7))
_latest = (
    sa.select(Delivery)
    .where(Delivery.draft_id == Draft.id)
    .order_by(Delivery.status.in_(LIVE_DELIVERY).desc(), Delivery.created_at.desc())
    .limit(1)
    .lateral("latest")
)
#: Slack ids of those who approved it in its present round, and still may, in their order.
_endorsed_by = (
    sa.select(sa.func.array_agg(aggregate_order_by(_Endorser.slack_user_id, DraftApproval.created_at)))
    .join(DraftApproval, DraftApproval.member_id == _Endorser.id)
    .where(DraftApproval.draft_id == Draft.id, DraftApproval.review_round == Draft.review_round, STILL_MAY)
    .scalar_subquery()
)
#: Whoever took the latest delivery out of the queue; what a gate held back for good nobody did.
_skip = (
    sa.select(Event.id, _Skipper.slack_user_id, _Skipper.name)
    .outerjoin(_Skipper, _Skipper.id == Event.member_id)
    .where(
        Event.draft_id == Draft.id,
        Event.delivery_id == _latest.c.id,
        Event.verb == Verb.SKIP,
        ~Event.data.has_key("gate"),
        _latest.c.status == DeliveryStatus.SKIPPED,
        _latest.c.reason == Draft.return_reason,  # since when nothing else has brought it back
    )
    .limit(1)
    .lateral("skip")
)
_asked_at = (
    sa.select(sa.func.max(Event.at))
    .where(Event.draft_id == Draft.id, Event.verb == Verb.REQUEST_CHANGES)
    .scalar_subquery()
)

#: Somebody may have found only later that it arrived.
_left_at = (
    sa.select(OutreachHistory.contacted_at)
    .where(OutreachHistory.delivery_id == _latest.c.id, _latest.c.status == literal(DeliveryStatus.SENT))
    .scalar_subquery()
)
#: By the parameter `draft`, a draft's id.
_DRAFT_ROW = (
    sa.select(
        *(Draft.id, Draft.workspace_id, Draft.campaign_id, Draft.revision, Draft.version),
        *(Draft.review_round, Draft.status, Draft.kind),
        *(Draft.risk, Draft.risk_reasons, Draft.text_risk, Draft.blocked_by, Draft.evidence),
        *(Draft.confidence, Draft.decided_at, Draft.decision_note),
        *(Draft.return_reason, Draft.snoozed_until, Draft.change_note),
        Workspace.timezone,
        *(Campaign.name.label("campaign"), Campaign.status.label("campaign_status"), Campaign.quorum),
        *(Account.name.label("from_name"), Account.address.label("from_address")),
        *(Contact.email, Contact.first_name, Contact.last_name, Contact.company),
        Contact.timezone.label("to_timezone"),
        *(DraftVersion.subject, DraftVersion.body, DraftVersion.created_at.label("edited_at")),
        *(InboundMessage.subject.label("inbound_subject"), InboundMessage.body.label("inbound_body")),
        *(InboundMessage.received_at, _Decider.slack_user_id.label("decided_by"), _Decider.name.label("decider")),
        *(_Editor.slack_user_id.label("edited_by"), _Owner.slack_user_id.label("assigned_to")),
        *(_Snoozer.slack_user_id.label("snoozed_by"), _Asker.slack_user_id.label("change_asked_by")),
        sa.case((Campaign.quorum > 1, _endorsed_by)).label("endorsed_by"),
        sa.case((Draft.change_note.is_not(None), _asked_at)).label("change_asked_at"),
        sa.func.clock_timestamp().label("now"),
        Account.id.label("account_id"),
        *(_latest.c.id.label("delivery_id"), _latest.c.status.label("delivery_status")),
        *(_latest.c.reason.label("delivery_reason"), _latest.c.due_at, _latest.c.created_at.label("queued_at")),
        sa.func.coalesce(_left_at, _latest.c.changed_at).label("ended_at"),
        sa.exists().where(Attempt.draft_id == Draft.id, Attempt.overruled_at.is_not(None)).label("overruled"),
        sa.exists().where(Event.draft_id == Draft.id, Event.verb.in_(FEEDBACK_VERBS)).label("came_back"),
        _skip.c.id.is_not(None).label("skipped"),
        *(_skip.c.slack_user_id.label("skipped_by"), _skip.c.name.label("skipper")),
    )
    .select_from(Draft)
    .join(Workspace, Workspace.id == Draft.workspace_id)
    .join(Campaign, Campaign.id == Draft.campaign_id)
    .join(Contact, Contact.id == Draft.contact_id)
    .join(DraftVersion, (DraftVersion.draft_id == Draft.id) & (DraftVersion.version == Draft.version))
    .outerjoin(_latest, sa.true())
    .outerjoin(_skip, sa.true())
    .join(Account, Account.id == sa.func.coalesce(_latest.c.account_id, Campaign.account_id))
    .outerjoin(InboundMessage, InboundMessage.id == Draft.inbound_message_id)
    .outerjoin(_Decider, _Decider.id == Draft.decided_by)
    .outerjoin(_Editor, _Editor.id == DraftVersion.edited_by)
    .outerjoin(_Owner, _Owner.id == Draft.assigned_to)
    .outerjoin(_Snoozer, _Snoozer.id == Draft.snoozed_by)
    .outerjoin(_Asker, _Asker.id == Draft.change_asked_by)
    .where(Draft.id == sa.bindparam("draft"))
)
