"""Versions of a text, the optimistic lock of review (P3): rewritten and assessed again, or bumped as it stands."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core import events
from core.actor import Actor
from core.drafts.block import block_refused
from core.drafts.risk import RiskInput, assess
from core.ids import UUID
from core.models import Contact, Draft, DraftVersion
from core.states import DRAFT
from core.taxonomy import DraftStatus, Risk, Verb


@dataclass(frozen=True)
class Text:
    """What a version says."""

    subject: str = field(repr=False)
    body: str = field(repr=False)


def rewrite(
    tx: Connection, draft_id: UUID, version: int, text: Text, by: Actor, *, only: sa.ColumnElement[bool]
) -> int | None:
    """Optimistic: replace the text of `version` if that is the latest of an open draft for which `only` holds.

    Returns the new version's number, its event written; None when nothing changed. A text that is still blocked goes to
    `manual_review`.
    """
    found = tx.execute(
        sa.select(
            *(Draft.status, Draft.kind, Draft.evidence),
            *(Contact.email, Contact.first_name, Contact.title, Contact.status.label("contact_status")),
            Contact.suppressed_by,
        )
        .join(Contact, Contact.id == Draft.contact_id)
        .where(Draft.id == draft_id, Draft.workspace_id == by.workspace_id)
        .with_for_update(of=Draft)
    ).first()
    if found is None:
        return None
    whom = {name: value for name, value in found._mapping.items() if name != "status"}
    assessment = assess(RiskInput(**whom, subject=text.subject, body=text.body))
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
            risk_reasons=list(assessment.text_reasons),
            text_risk=assessment.text_risk,
            blocked_by=assessment.blocked_by,
            # A confidence belongs to the text that was evaluated (CHECKLIST 002.11).
            confidence=None,
            return_reason=None,
            **RESTART_WAIT,
        )
        .returning(Draft.version)
    ).scalar()
    if written is None:
        return None
    tx.execute(
        sa.insert(DraftVersion).values(
            draft_id=draft_id,
            version=written,
            subject=text.subject,
            body=text.body,
            edited_by=by.member_id,
            surface=by.surface,
        )
    )
    entry = events.Entry(Verb.EDIT, draft_id=draft_id, moved=(found.status, status), data={"version": written})
    events.write(tx, by, entry)
    block_refused(tx, [draft_id])
    return written


#: What is noted of a draft that waits for a decision from now on: nobody was reminded of it, and no admin told.
RESTART_WAIT: dict[str, Any] = {"waits_since": sa.func.clock_timestamp(), "escalated_at": None}
#: What is noted of a draft that nobody puts off any more.
NOT_SNOOZED: dict[str, Any] = {"snoozed_until": None, "snoozed_by": None}


def bump_version(tx: Connection, which: sa.ColumnElement[bool], **changes: object) -> Sequence[UUID]:
    """Bump the optimistic version of these drafts, with the text of their latest and `changes`; returns their ids.

    No click on a card of before passes any more.
    """
    renewed = tx.scalars(
        sa.update(Draft).where(which).values(version=Draft.version + 1, **changes).returning(Draft.id)
    ).all()
    columns = [column for column in DraftVersion.__table__.c if column.name != "version"]
    if renewed:
        tx.execute(
            sa.insert(DraftVersion).from_select(
                ["version", *(column.name for column in columns)],
                sa.select(Draft.version, *columns)
                .join(Draft, (Draft.id == DraftVersion.draft_id) & (Draft.version - 1 == DraftVersion.version))
                .where(Draft.id.in_(renewed)),
            )
        )
    return renewed
