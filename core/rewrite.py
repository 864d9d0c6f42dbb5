"""Rewrite: a new text is a new version, assessed anew, and back before a person. By an editor, or by the author."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core import events
from core.actor import Actor
from core.ids import UUID
from core.models import Contact, Draft, DraftVersion
from core.renew import ANEW
from core.risk import assess
from core.states import DRAFT
from core.taxonomy import DraftStatus, Risk, Verb


def rewrite(
    tx: Connection, draft_id: UUID, version: int, subject: str, body: str, by: Actor, *, only: sa.ColumnElement[bool]
) -> int | None:
    """Replace the text of `version`, if that is the latest of an open draft for which `only` holds, with the event.

    Returns the new version's number; None when nothing changed. A text that is still blocked goes to `manual_review`.
    """
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
        return None
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
    written = tx.execute(
        sa.update(Draft)
        .where(
            Draft.id == draft_id,
            Draft.status.in_(DRAFT.sources(Verb.EDIT, to=status)),
            Draft.version == version,
            only,
        )
        .values(
            version=Draft.version + 1,
            status=status,
            risk=assessment.risk,
            risk_reasons=list(assessment.reasons),
            # A confidence belongs to the text that was evaluated (CHECKLIST 002.11).
            confidence=None,
            return_reason=None,
            **ANEW,
        )
        .returning(Draft.version)
    ).scalar()
    if written is None:
        return None
    tx.execute(
        sa.insert(DraftVersion).values(
            draft_id=draft_id,
            version=written,
            subject=subject,
            body=body,
            edited_by=by.member_id,
            surface=by.surface,
        )
    )
    events.write(tx, by, Verb.EDIT, draft_id=draft_id, moved=(found.status, status), data={"version": written})
    return written
