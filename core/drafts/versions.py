"""Versions of a text, and the optimistic lock of review (P3): a text rewritten and assessed again, or shown anew.

A version is a text. A click names the round of review that its reader saw (`drafts.review_round`): it grows with each
version, and whenever the same text stands before its readers again, or with another sender. So a round has one text.
"""

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
    tx: Connection, draft_id: UUID, seen: int, text: Text, by: Actor, *, only: sa.ColumnElement[bool]
) -> int | None:
    """Optimistic: replace the text of an open draft for which `only` holds, if its round is still the one `seen`.

    Returns the number of the version that is the latest now, its event written; None when nothing changed. A text that
    is still blocked goes to `manual_review`. The text that stands there already makes no version: it is assessed again,
    and where that moves nothing, nothing has happened.
    """
    found = tx.execute(
        sa.select(
            *(Draft.status, Draft.kind, Draft.evidence),
            *(DraftVersion.subject, DraftVersion.body),
            *(Contact.email, Contact.first_name, Contact.title, Contact.status.label("contact_status")),
            Contact.suppressed_by,
        )
        .join(Contact)
        .join(DraftVersion, (DraftVersion.draft_id == Draft.id) & (DraftVersion.version == Draft.version))
        .where(Draft.id == draft_id, Draft.workspace_id == by.workspace_id)
        .with_for_update(of=Draft)
    ).first()
    if found is None:
        return None
    whom = {name: value for name, value in found._mapping.items() if name not in _NOT_ASSESSED}
    assessment = assess(RiskInput(**whom, subject=text.subject, body=text.body))
    status = DraftStatus.MANUAL_REVIEW if assessment.risk == Risk.BLOCKED else DraftStatus.NEEDS_REVIEW
    same_text = (found.subject, found.body) == (text.subject, text.body)
    changes: dict[str, Any] = {
        "status": status,
        "risk": assessment.risk,
        "risk_reasons": list(assessment.text_reasons),
        "text_risk": assessment.text_risk,
        "blocked_by": assessment.blocked_by,
    }
    if not same_text:
        # A confidence belongs to the text that was evaluated (CHECKLIST 002.11).
        changes |= {"version": Draft.version + 1, "confidence": None, "return_reason": None, **RESTART_WAIT}
    elif status != found.status:
        changes |= {"review_round": Draft.review_round + 1, **RESTART_WAIT}
    written: int | None = tx.scalar(
        sa.update(Draft)
        .where(
            Draft.id == draft_id,
            Draft.status.in_(DRAFT.sources(Verb.EDIT)),
            Draft.review_round == seen,
            only,
        )
        .values(changes)
        .returning(Draft.version)
    )
    if written is None or (same_text and status == found.status):
        return written
    if not same_text:
        new = {"draft_id": draft_id, "version": written, "subject": text.subject, "body": text.body}
        tx.execute(sa.insert(DraftVersion).values(**new, edited_by=by.member_id, surface=by.surface))
    data = {"version": written} | ({"same_text": True} if same_text else {})
    events.write(tx, by, events.Entry(Verb.EDIT, draft_id=draft_id, moved=(found.status, status), data=data))
    block_refused(tx, [draft_id])
    return written


#: What `rewrite` reads beside what its text is assessed by.
_NOT_ASSESSED = frozenset({"status", "subject", "body"})
#: What is noted of a draft that waits for a decision from now on: nobody was reminded of it, and no admin told.
RESTART_WAIT: dict[str, Any] = {"waits_since": sa.func.clock_timestamp(), "escalated_at": None}
#: What has the draft's cards drawn again, where nothing else does.
REDRAW: dict[str, Any] = {"revision": Draft.revision + 1}
#: What is noted of a draft that nobody puts off any more.
NOT_SNOOZED: dict[str, Any] = {"snoozed_until": None, "snoozed_by": None}


def begin_round(tx: Connection, which: sa.ColumnElement[bool], **changes: object) -> Sequence[UUID]:
    """Begin another round of review of these drafts, under the text that they have, with `changes`; returns their ids.

    No click on a card of before passes any more.
    """
    begun = sa.update(Draft).where(which).values(review_round=Draft.review_round + 1, **changes).returning(Draft.id)
    return tx.scalars(begun).all()
