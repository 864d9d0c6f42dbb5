"""All that a card or a page says about a draft, read in one transaction."""

from dataclasses import dataclass, field, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.delivery.explain import explain_wait
from core.delivery.next_slot import NextSlot, SendNow, next_slot
from core.delivery.unknown import Unknown, read_unknown
from core.drafts.risk import known_of, reasons_of
from core.drafts.state import OPEN, draft_state
from core.ids import UUID
from core.models import Attempt, CampaignReviewer, Member
from core.taxonomy import AttemptOutcome, CampaignStatus, DeliveryStatus, DraftState
from core.text.phrases import full_name
from core.views import came_back
from core.views.came_back import CameBack
from core.views.draft_row import DraftRow, read_row


@dataclass(frozen=True)
class Inbound:
    """What the contact wrote, and we answer."""

    subject: str = field(repr=False)
    body: str = field(repr=False)
    received_at: datetime | None = None


@dataclass(frozen=True)
class OverruledAttempt:
    """A try that a person overruled: by whom (a Slack id), when, whether it arrived after all, and perhaps twice."""

    by: str
    at: datetime
    arrived: bool
    twice: bool


@dataclass(frozen=True)
class DraftView:
    """A draft as Postgres has it at `revision`. Its repr holds no personal data (P11)."""

    draft_id: UUID
    workspace_id: UUID
    revision: int
    version: int
    state: DraftState
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
    #: What a click names (P3).
    review_round: int = 1
    #: What is known while nobody knows whether it left; and the try that a person gave up on, had it sent again.
    unknown: Unknown | None = None
    overruled: OverruledAttempt | None = None
    #: Somebody took its latest delivery out of the queue: a member's Slack id and name, or else an operator.
    skipped: bool = False
    skipped_by: str | None = None
    skipper: str | None = None
    #: What came back of it, the weightiest first.
    came_back: tuple[CameBack, ...] = ()
    #: What no mail of it passes, whatever its text (`BlockedBy`), while it is open.
    blocked_by: str | None = None
    #: What its author says that the text rests on: links, or words.
    evidence: tuple[str, ...] = field(default=(), repr=False)
    #: When all of this was so; and the recipient's own time zone, where it is known.
    as_of: datetime | None = None
    to_timezone: str | None = None
    #: How many must approve, and the Slack ids of those who approved it in this round.
    quorum: int = 1
    endorsed_by: tuple[str, ...] = ()
    #: Whose it is to decide; until when it asks for nobody's attention, and by whose wish (Slack ids).
    assigned_to: str | None = None
    snoozed_until: datetime | None = None
    snoozed_by: str | None = None
    #: What is to be changed, who asked for it, and when.
    change_note: str | None = field(default=None, repr=False)
    change_asked_by: str | None = None
    change_asked_at: datetime | None = None
    #: The approval can still be taken back; and until when nothing leaves, so that it can.
    can_undo: bool = False
    undo_until: datetime | None = None
    campaign_active: bool = True
    #: The name of whoever decided.
    decider: str | None = None
    #: Its reader may pause the campaign (`for_reader`): what nobody may do is not offered to them.
    offers_pause: bool = False
    #: What "Approve & send" and "Approve, next slot" would give, while somebody may approve.
    next_slot: NextSlot | None = None

    @property
    def send_now(self) -> SendNow | None:
        """What "Approve & send" would give, while somebody may approve."""
        return self.next_slot.send_now if self.next_slot else None

    def for_reader(self, *, admin: bool) -> "DraftView":
        """The same for somebody who is an admin or owner, or is not."""
        return replace(self, offers_pause=admin and self.campaign_active)


def read(tx: Connection, draft_id: UUID) -> DraftView | None:
    """The view of a draft, or None if there is no such draft."""
    row = read_row(tx, draft_id)
    if row is None:
        return None
    waiting = explain_wait(tx, row.delivery_id, row.account_id) if row.delivery_id else None
    is_unknown = row.delivery_status == DeliveryStatus.OUTCOME_UNKNOWN
    queued = row.delivery_status == DeliveryStatus.QUEUED
    heard = came_back.read(tx, row.id, row.delivery_id) if row.came_back else ()
    state = draft_state(
        row.status,
        returned=row.return_reason is not None,
        delivery_status=row.delivery_status,
        held_back=waiting is not None,
        changes_asked=row.change_note is not None,
        came_back=next((one.verb for one in heard if one.of_mail), None),
    )
    return DraftView(
        draft_id=row.id,
        workspace_id=row.workspace_id,
        revision=row.revision,
        version=row.version,
        review_round=row.review_round,
        state=state,
        kind=row.kind,
        campaign=row.campaign,
        timezone=row.timezone,
        risk=row.risk,
        risk_reasons=reasons_of(row.blocked_by, row.text_risk, row.risk_reasons),
        blocked_by=row.blocked_by,
        evidence=known_of(row.evidence),
        confidence=row.confidence,
        from_name=row.from_name,
        from_address=row.from_address,
        to_name=full_name(row.first_name, row.last_name),
        to_address=row.email,
        company=row.company,
        subject=row.subject,
        body=row.body,
        inbound=_inbound(row),
        reviewers=reviewers(tx, row.campaign_id),
        decided_by=row.decided_by,
        decider=row.decider,
        decided_at=row.decided_at,
        decision_note=row.decision_note,
        edited_by=row.edited_by,
        edited_at=row.edited_at if row.edited_by else None,
        reason=row.return_reason or (waiting.sentence if waiting else row.delivery_reason),
        due_at=waiting.until if waiting else None,
        ended_at=row.ended_at,
        unknown=read_unknown(tx, draft_id) if is_unknown else None,
        overruled=_overruled(tx, draft_id) if row.overruled else None,
        came_back=heard,
        skipped=row.skipped,
        skipped_by=row.skipped_by,
        skipper=row.skipper,
        as_of=row.now,
        to_timezone=row.to_timezone,
        quorum=row.quorum,
        endorsed_by=tuple(row.endorsed_by or ()),
        assigned_to=row.assigned_to,
        snoozed_until=row.snoozed_until if row.snoozed_until and row.snoozed_until > row.now else None,
        snoozed_by=row.snoozed_by,
        change_note=row.change_note,
        change_asked_by=row.change_asked_by,
        change_asked_at=row.change_asked_at,
        # What is due at once may be claimed at any moment, and a claim of it draws no card anew: it has no button.
        can_undo=queued and (state == DraftState.WAITING or _is_after(row.due_at, row.queued_at)),
        undo_until=row.due_at if queued and waiting is None and _is_after(row.due_at, row.now) else None,
        campaign_active=row.campaign_status == CampaignStatus.ACTIVE,
        next_slot=next_slot(tx, draft_id) if state in OPEN - {DraftState.MANUAL_REVIEW} else None,
    )


def _inbound(row: DraftRow) -> Inbound | None:
    if row.inbound_subject is None:
        return None
    return Inbound(row.inbound_subject, row.inbound_body or "", row.received_at)


def _is_after(at: datetime | None, other: datetime | None) -> bool:
    return at is not None and other is not None and at > other


def _overruled(tx: Connection, draft_id: UUID) -> OverruledAttempt | None:
    """The last try of a draft that was overruled."""
    row = tx.execute(
        sa.select(Member.slack_user_id, Attempt.overruled_at, Attempt.outcome)
        .join(Member, Member.id == Attempt.overruled_by)
        .where(Attempt.draft_id == draft_id)
        .order_by((Attempt.outcome == AttemptOutcome.SENT).desc(), Attempt.overruled_at.desc())
        .limit(1)
    ).first()
    if row is None or row.outcome == AttemptOutcome.NOT_SENT:
        return None
    arrived = tx.scalar(
        sa.select(sa.func.count()).where(Attempt.draft_id == draft_id, Attempt.outcome == AttemptOutcome.SENT)
    )
    return OverruledAttempt(
        by=row.slack_user_id, at=row.overruled_at, arrived=row.outcome == AttemptOutcome.SENT, twice=(arrived or 0) > 1
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
