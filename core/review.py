"""The verbs of review: approve, edit, reject (DESIGN §3).

Each is one conditional UPDATE: it names the states that the machine allows and the version that the person saw. If
nothing comes back, somebody was first or the text changed, and `refusal` says who, what and when.
"""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core import events
from core.actor import SIGNOFF, Actor
from core.ids import UUID, new_id
from core.models import Campaign, Contact, Delivery, Draft, DraftVersion
from core.refused import why_nothing_changed
from core.renew import renew
from core.risk import assess
from core.states import DRAFT
from core.taxonomy import DraftStatus, Risk, Timing, Verb
from core.text import clean_body, clean_reason, clean_subject


@dataclass(frozen=True)
class Approved:
    """What an approval made."""

    draft_id: UUID
    delivery_id: UUID
    account_id: UUID


def approve(tx: Connection, draft_id: UUID, version: int, by: Actor, timing: Timing = Timing.EARLIEST) -> Approved:
    """Approve exactly `version` of a draft and queue its one live delivery, in the same transaction (P1, P3).

    Raises `Conflict` (somebody decided first: who and when), `Stale` (the text changed) or another `Refusal`.
    """
    decided = tx.execute(
        _APPROVE,
        {
            "draft": draft_id,
            "workspace": by.workspace_id,
            "seen": version,
            "by": by.member_id,
            "surface": by.surface,
        },
    ).first()
    if decided is None:
        raise why_nothing_changed(tx, draft_id, version, by)
    delivery_id = new_id()
    tx.execute(
        _QUEUE,
        {
            "id": delivery_id,
            "workspace_id": by.workspace_id,
            "draft_id": draft_id,
            "content_version": version,
            "campaign_id": decided.campaign_id,
            "account_id": decided.account_id,
            "contact_id": decided.contact_id,
            "timing": timing,
        },
    )
    events.write(
        tx,
        by,
        Verb.APPROVE,
        draft_id=draft_id,
        delivery_id=delivery_id,
        moved=(DraftStatus.NEEDS_REVIEW, DraftStatus.APPROVED),
        data={"version": version, "timing": timing},
    )
    return Approved(draft_id, delivery_id, decided.account_id)


_APPROVE = (
    sa.update(Draft)
    .where(
        Draft.id == sa.bindparam("draft"),
        Draft.workspace_id == sa.bindparam("workspace"),
        Draft.status.in_(DRAFT.sources(Verb.APPROVE)),
        Draft.version == sa.bindparam("seen"),
        Campaign.id == Draft.campaign_id,
    )
    .values(
        status=DraftStatus.APPROVED,
        decided_by=sa.bindparam("by"),
        decided_at=sa.func.clock_timestamp(),
        decided_surface=sa.bindparam("surface"),
        decision_note=None,
        return_reason=None,
    )
    .returning(Draft.campaign_id, Draft.contact_id, Campaign.account_id)
)
_QUEUE = sa.insert(Delivery)


def edit(tx: Connection, draft_id: UUID, version: int, subject: str, body: str, by: Actor) -> int:
    """Replace the text that `version` showed by a new version; returns its number.

    A text that is still blocked stays in `manual_review`. Raises `BadInput`, `Conflict`, `Stale` or another `Refusal`.
    """
    subject, body = clean_subject(subject), clean_body(body)
    found = tx.execute(
        sa.select(
            Draft.status,
            Draft.kind,
            Draft.evidence,
            Contact.email,
            Contact.first_name,
            Contact.title,
            Contact.status.label("contact_status"),
            Contact.suppressed_by,
        )
        .join(Contact, Contact.id == Draft.contact_id)
        .where(Draft.id == draft_id, Draft.workspace_id == by.workspace_id)
        .with_for_update(of=Draft)
    ).first()
    if found is None:
        raise why_nothing_changed(tx, draft_id, version, by)
    assessment = assess(
        email=found.email,
        first_name=found.first_name,
        title=found.title,
        contact_status=found.contact_status,
        suppressed_by=found.suppressed_by,
        kind=found.kind,
        evidence=found.evidence,
        subject=subject,
        body=body,
    )
    status = DraftStatus.MANUAL_REVIEW if assessment.risk == Risk.BLOCKED else DraftStatus.NEEDS_REVIEW
    edited = tx.execute(
        sa.update(Draft)
        .where(
            Draft.id == draft_id,
            Draft.status.in_(DRAFT.sources(Verb.EDIT, to=status)),
            Draft.version == version,
        )
        .values(
            version=Draft.version + 1,
            status=status,
            risk=assessment.risk,
            risk_reasons=list(assessment.reasons),
            # A confidence belongs to the text that was evaluated (CHECKLIST 002.11).
            confidence=None,
            return_reason=None,
        )
        .returning(Draft.version)
    ).scalar()
    if edited is None:
        raise why_nothing_changed(tx, draft_id, version, by)
    tx.execute(
        sa.insert(DraftVersion).values(
            draft_id=draft_id,
            version=edited,
            subject=subject,
            body=body,
            edited_by=by.member_id,
            surface=by.surface,
        )
    )
    events.write(tx, by, Verb.EDIT, draft_id=draft_id, moved=(found.status, status), data={"version": edited})
    return edited


def reject(tx: Connection, draft_id: UUID, version: int, reason: str, by: Actor) -> None:
    """Reject a draft for good, with a reason. Raises `BadInput`, `Conflict`, `Stale` or another `Refusal`."""
    reason = clean_reason(reason)
    before = sa.select(Draft.id, Draft.status).where(Draft.id == draft_id).with_for_update().cte("before")
    rejected = tx.execute(
        sa.update(Draft)
        .where(
            Draft.id == before.c.id,
            Draft.workspace_id == by.workspace_id,
            Draft.status.in_(DRAFT.sources(Verb.REJECT)),
            Draft.version == version,
        )
        .values(
            status=DraftStatus.REJECTED,
            decided_by=by.member_id,
            decided_at=sa.func.clock_timestamp(),
            decided_surface=by.surface,
            decision_note=reason,
        )
        .returning(before.c.status)
    ).scalar()
    if rejected is None:
        raise why_nothing_changed(tx, draft_id, version, by)
    events.write(
        tx, by, Verb.REJECT, draft_id=draft_id, moved=(rejected, DraftStatus.REJECTED), data={"version": version}
    )


def bring_back(tx: Connection, draft_id: UUID, reason: str) -> None:
    """An approved draft whose delivery came to nothing is for a person to look at again (P2).

    As a new version: a second click on the card from before the failure must not approve it again.
    """
    renewed = renew(
        tx,
        (Draft.id == draft_id) & Draft.status.in_(DRAFT.sources(Verb.RETURN)),
        status=DraftStatus.NEEDS_REVIEW,
        decided_by=None,
        decided_at=None,
        decided_surface=None,
        return_reason=reason,
    )
    if not renewed:
        return
    workspace_id = tx.execute(sa.select(Draft.workspace_id).where(Draft.id == draft_id)).scalar_one()
    events.write(
        tx,
        SIGNOFF,
        Verb.RETURN,
        workspace_id=workspace_id,
        draft_id=draft_id,
        moved=(DraftStatus.APPROVED, DraftStatus.NEEDS_REVIEW),
    )
