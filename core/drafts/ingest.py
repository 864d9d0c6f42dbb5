"""Ingest: a draft arrives, from the API, a file or a model. Idempotent by the author's key."""

import hashlib
from dataclasses import dataclass
from typing import Annotated, Literal

import sqlalchemy as sa
from pydantic import Field
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from core import events
from core.actor import Actor
from core.contacts.contacts import ContactIn, has_written, run_of_sequence, upsert_contact
from core.drafts.answers import InboundIn, Writer, keep_message
from core.drafts.risk import RiskInput, assess
from core.errors import BadInput, KeyTaken
from core.ids import UUID
from core.models import Account, Campaign, Draft, DraftVersion
from core.taxonomy import CampaignStatus, Channel, DraftKind, DraftStatus, Risk, Verb
from core.text.fields import Body, Line, Strict, Subject


class DraftIn(Strict):
    """One line of `signoff ingest`, or the body of `POST /api/drafts`."""

    key: Line
    campaign: Line
    to: ContactIn
    subject: Subject
    body: Body
    kind: Literal["intro", "follow_up", "reply"] = DraftKind.INTRO.value
    inbound: InboundIn | None = None
    confidence: Annotated[float, Field(ge=0, le=1)] | None = None
    #: The author's own key of the run of a sequence that this is a step of: its steps pass the sixty days.
    sequence: Line | None = None
    #: What the text rests on: links, or words. An empty list says that there is nothing; without it, nothing is said.
    evidence: Annotated[list[Line], Field(max_length=20)] | None = None

    def fingerprint(self) -> str:
        """SHA-256 of all of it, to tell "the same again" from "the same key with other content".

        What is left at its default does not count, so that a field of a later version changes no fingerprint.
        """
        return hashlib.sha256(self.model_dump_json(exclude_defaults=True).encode()).hexdigest()


@dataclass(frozen=True)
class Ingested:
    """The draft of this key, and whether this call made it."""

    draft_id: UUID
    created: bool


def ingest(tx: Connection, workspace_id: UUID, draft: DraftIn, by: Actor) -> Ingested:
    """Idempotent by key: make the draft, its contact and its first version, or return the one that this key made
    before.

    Raises `KeyTaken` when the key has other content or another draft answers the same message, and `BadInput` when the
    campaign cannot take drafts.
    """
    fingerprint = draft.fingerprint()
    before = _of_key(tx, workspace_id, draft.key, fingerprint)
    if before:
        return before
    campaign = tx.execute(
        sa.select(Campaign.id, Campaign.offer_id, Campaign.status, Account.channel)
        .join(Account)
        .where(Campaign.workspace_id == workspace_id, Campaign.slug == draft.campaign)
    ).first()
    if campaign is None:
        raise BadInput(f"campaign: there is no campaign {draft.campaign!r}. `signoff apply` declares campaigns.")
    if campaign.status == CampaignStatus.ENDED:
        raise BadInput(f"campaign: {draft.campaign!r} has ended and takes no more drafts.")
    if campaign.channel != Channel.EMAIL:
        raise BadInput(f"campaign: {draft.campaign!r} has a LinkedIn account: it takes tasks, and no drafts.")
    contact = upsert_contact(tx, workspace_id, campaign.offer_id, draft.to)
    if draft.kind == DraftKind.REPLY.value and not draft.inbound and not has_written(tx, contact.id):
        raise BadInput(
            "inbound: a reply needs the message that it answers, and none from this person is known. "
            "A first mail has the kind `intro`."
        )
    text = RiskInput(
        email=draft.to.email,
        first_name=contact.first_name,
        title=contact.title,
        contact_status=contact.status,
        suppressed_by=contact.suppressed_by,
        kind=draft.kind,
        evidence=draft.evidence,
        subject=draft.subject,
        body=draft.body,
    )
    assessment = assess(text)
    status = DraftStatus.MANUAL_REVIEW if assessment.risk == Risk.BLOCKED else DraftStatus.NEEDS_REVIEW
    writer = Writer(workspace_id, contact.id, draft.to.email, draft.key)
    answers = keep_message(tx, writer, draft.inbound) if draft.inbound else None
    draft_id = tx.execute(
        insert(Draft)
        .values(
            workspace_id=workspace_id,
            key=draft.key,
            content_hash=fingerprint,
            campaign_id=campaign.id,
            contact_id=contact.id,
            inbound_message_id=answers,
            kind=draft.kind,
            sequence_instance_id=run_of_sequence(tx, workspace_id, contact.id, draft.sequence)
            if draft.sequence
            else None,
            status=status,
            risk=assessment.risk,
            risk_reasons=list(assessment.text_reasons),
            text_risk=assessment.text_risk,
            blocked_by=assessment.blocked_by,
            confidence=draft.confidence,
            evidence=draft.evidence,
        )
        .on_conflict_do_nothing(index_elements=[Draft.workspace_id, Draft.key])
        .returning(Draft.id)
    ).scalar()
    if draft_id is None:  # somebody ingested the same key while we looked
        return _of_key(tx, workspace_id, draft.key, fingerprint) or _vanished()
    tx.execute(
        sa.insert(DraftVersion).values(
            draft_id=draft_id, version=1, subject=draft.subject, body=draft.body, surface=by.surface
        )
    )
    entry = events.Entry(
        Verb.INGEST, workspace_id=workspace_id, draft_id=draft_id, moved=(None, status), data={"version": 1}
    )
    events.write(tx, by, entry)
    return Ingested(draft_id, created=True)


def _of_key(tx: Connection, workspace_id: UUID, key: str, fingerprint: str) -> Ingested | None:
    found = tx.execute(
        sa.select(Draft.id, Draft.content_hash).where(Draft.workspace_id == workspace_id, Draft.key == key)
    ).first()
    if found is None:
        return None
    if found.content_hash != fingerprint:
        raise KeyTaken(
            f"key: {key!r} is already used by a draft with different content. Use a new key for a new draft."
        )
    return Ingested(found.id, created=False)


def _vanished() -> Ingested:
    raise AssertionError("a draft is never deleted: a trigger sees to it")
