"""Ingest: a draft arrives, from the API, a file or a model. The same key again is the same draft."""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from core import events
from core.actor import Actor
from core.email_address import wire_address
from core.errors import BadInput, KeyTaken
from core.ids import UUID, new_id
from core.models import Account, Campaign, Contact, Draft, DraftVersion, InboundMessage, SequenceInstance
from core.risk import assess
from core.taxonomy import CampaignStatus, Channel, DraftKind, DraftStatus, Risk, Verb
from core.text import NOT_IN_A_LINE, clean_body, clean_subject
from core.turns import take_turns


def address(value: str) -> str:
    """A deliverable form of the address (RFC 5321, RFC 6531), or ValueError. Nothing is looked up in the DNS."""
    try:
        normalized = validate_email(value, check_deliverability=False).normalized
    except EmailNotValidError as error:
        raise ValueError(str(error)) from None
    wire_address(normalized)  # what is taken in can be sent: not only after an approval does it turn out that it cannot
    return normalized


def _subject(value: str) -> str:
    try:
        return clean_subject(value)
    except BadInput as error:
        raise ValueError(str(error)) from None


def _body(value: str) -> str:
    try:
        return clean_body(value)
    except BadInput as error:
        raise ValueError(str(error)) from None


def _one_line(value: str) -> str:
    if NOT_IN_A_LINE.search(value) or _TURNS_TEXT.search(value):
        raise ValueError("holds a line break or a control character")
    return value


def _in_our_time(at: datetime) -> datetime:
    """Years at the ends of the calendar cannot be read back from PostgreSQL in every time zone."""
    if not 1990 <= at.year <= 2199:
        raise ValueError("is not a time at which anybody wrote an email")
    return at


def zone(value: str) -> str:
    """A name of the IANA time zone database, or ValueError."""
    try:
        ZoneInfo(value)
    except (LookupError, ValueError, OSError):  # OSError: "Europe" is a directory of that database
        raise ValueError("is no time zone; write one such as Europe/London") from None
    return value


def profile_url(value: str) -> str:
    """The address of a person's page, or ValueError."""
    if not LINKEDIN_URL.fullmatch(value):
        raise ValueError("is no LinkedIn profile; write its address, such as https://www.linkedin.com/in/dana")
    return value


#: A person's page, of which the part after the host is what tells people apart (`fold_linkedin_url` in the database).
LINKEDIN_URL = re.compile(r"(https?://)?([a-z0-9-]+\.)*linkedin\.com/(in|pub)/[^\s/?#]+([/?#]\S*)?", re.IGNORECASE)
#: Overrides of the direction of text (Unicode TR9 §2): a name with one could look like another on a card.
_TURNS_TEXT = re.compile(r"[\u202a-\u202e\u2066-\u2069]")

Email = Annotated[str, Field(max_length=320), AfterValidator(address)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(_one_line)]
Subject = Annotated[str, AfterValidator(_subject)]
Body = Annotated[str, AfterValidator(_body)]
Moment = Annotated[AwareDatetime, AfterValidator(_in_our_time)]
MessageId = Annotated[str, StringConstraints(pattern=r"^<[!-;=?-~]{1,250}@[!-;=?-~]{1,250}>$", max_length=500)]


class Strict(BaseModel):
    """Unknown fields are an error: a misspelt one must not be lost in silence."""

    model_config = ConfigDict(extra="forbid")


class ContactIn(Strict):
    """The person written to."""

    email: Email
    first_name: Line | None = None
    last_name: Line | None = None
    company: Line | None = None
    title: Line | None = None
    linkedin_url: Annotated[Line, AfterValidator(profile_url)] | None = None
    timezone: Annotated[Line, AfterValidator(zone)] | None = None


class InboundIn(Strict):
    """The message of theirs that a `reply` answers. `message_id` threads the answer (RFC 5322 §3.6.4)."""

    subject: Subject
    body: Body
    message_id: MessageId | None = None
    received_at: Moment | None = None


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
    """Make the draft, its contact and its first version; or find the one that this key made before.

    Raises `KeyTaken` when the key has other content, and `BadInput` when the campaign cannot take drafts.
    """
    fingerprint = draft.fingerprint()
    before = _of_key(tx, workspace_id, draft.key, fingerprint)
    if before:
        return before
    campaign = tx.execute(
        sa.select(Campaign.id, Campaign.offer_id, Campaign.status, Account.channel)
        .join(Account, Account.id == Campaign.account_id)
        .where(Campaign.workspace_id == workspace_id, Campaign.slug == draft.campaign)
    ).first()
    if campaign is None:
        raise BadInput(f"campaign: there is no campaign {draft.campaign!r}. `signoff apply` declares campaigns.")
    if campaign.status == CampaignStatus.ENDED:
        raise BadInput(f"campaign: {draft.campaign!r} has ended and takes no more drafts.")
    if campaign.channel != Channel.EMAIL:
        raise BadInput(f"campaign: {draft.campaign!r} has a LinkedIn account: it takes tasks, and no drafts.")
    contact = upsert_contact(tx, workspace_id, campaign.offer_id, draft.to)
    if draft.kind == DraftKind.REPLY.value and not draft.inbound and not _has_written(tx, contact.id):
        raise BadInput(
            "inbound: a reply needs the message that it answers. Nothing of this person is known here; "
            "a first mail is an `intro`."
        )
    assessment = assess(
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
    status = DraftStatus.MANUAL_REVIEW if assessment.risk == Risk.BLOCKED else DraftStatus.NEEDS_REVIEW
    draft_id = tx.execute(
        insert(Draft)
        .values(
            id=new_id(),
            workspace_id=workspace_id,
            key=draft.key,
            content_hash=fingerprint,
            campaign_id=campaign.id,
            contact_id=contact.id,
            kind=draft.kind,
            sequence_instance_id=run_of_sequence(tx, workspace_id, contact.id, draft.sequence)
            if draft.sequence
            else None,
            status=status,
            risk=assessment.risk,
            risk_reasons=list(assessment.reasons),
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
    if draft.inbound:
        _answer(tx, workspace_id, draft_id, contact.id, draft.inbound)
    events.write(
        tx, by, Verb.INGEST, workspace_id=workspace_id, draft_id=draft_id, moved=(None, status), data={"version": 1}
    )
    return Ingested(draft_id, created=True)


def _of_key(tx: Connection, workspace_id: UUID, key: str, fingerprint: str) -> Ingested | None:
    found = tx.execute(
        sa.select(Draft.id, Draft.content_hash).where(Draft.workspace_id == workspace_id, Draft.key == key)
    ).first()
    if found is None:
        return None
    if found.content_hash != fingerprint:
        raise KeyTaken(f"key: {key!r} is taken by a draft with other content. Use a new key for a new draft.")
    return Ingested(found.id, created=False)


def _vanished() -> Ingested:
    raise AssertionError("a draft is never deleted: a trigger sees to it")


def run_of_sequence(tx: Connection, workspace_id: UUID, contact_id: UUID, key: str) -> UUID:
    """The run of a sequence with this key. Raises `BadInput` when it is a run with somebody else."""
    tx.execute(
        insert(SequenceInstance)
        .values(id=new_id(), workspace_id=workspace_id, contact_id=contact_id, key=key)
        .on_conflict_do_nothing(index_elements=[SequenceInstance.workspace_id, SequenceInstance.key])
    )
    found = tx.execute(
        sa.select(SequenceInstance.id, SequenceInstance.contact_id).where(
            SequenceInstance.workspace_id == workspace_id, SequenceInstance.key == key
        )
    ).one()
    if found.contact_id != contact_id:
        raise BadInput(f"sequence: {key!r} runs with another contact. A run of a sequence has one contact.")
    instance_id: UUID = found.id
    return instance_id


def upsert_contact(
    tx: Connection, workspace_id: UUID, offer_id: UUID, to: ContactIn
) -> sa.Row[UUID, str | None, str | None, str, str | None]:
    """The contact of this offer with this address, whatever its case; what was not known is filled in.

    What is known stays: approved mail may be waiting for this name as it was read (P3). What comes back of this person
    at the same moment (`core/feedback.py`) either finds the contact, or is found by it.
    """
    profile = to.linkedin_url and tx.scalar(sa.select(sa.func.fold_linkedin_url(to.linkedin_url)))
    take_turns(tx, workspace_id, [to.email.lower(), profile])
    new = insert(Contact).values(
        id=new_id(),
        workspace_id=workspace_id,
        offer_id=offer_id,
        email=to.email,
        first_name=to.first_name,
        last_name=to.last_name,
        company=to.company,
        title=to.title,
        linkedin_url=to.linkedin_url,
        timezone=to.timezone,
    )
    kept = {
        name: sa.func.coalesce(getattr(Contact, name), getattr(new.excluded, name))
        for name in ("first_name", "last_name", "company", "title", "linkedin_url", "timezone")
    }
    return tx.execute(
        new.on_conflict_do_update(index_elements=[Contact.offer_id, Contact.email_folded], set_=kept).returning(
            Contact.id, Contact.first_name, Contact.title, Contact.status, Contact.suppressed_by
        )
    ).one()


def _has_written(tx: Connection, contact_id: UUID) -> bool:
    """Whether this person has ever written to us, as far as anybody told."""
    person = (Contact.workspace_id, Contact.email_folded, Contact.linkedin_folded)
    return bool(tx.scalar(sa.select(sa.func.has_written(*person)).where(Contact.id == contact_id)))


def _answer(tx: Connection, workspace_id: UUID, draft_id: UUID, contact_id: UUID, inbound: InboundIn) -> None:
    """Keep the contact's message, and tie the draft that answers it to it."""
    inbound_id = new_id()
    tx.execute(
        sa.insert(InboundMessage).values(
            id=inbound_id,
            workspace_id=workspace_id,
            contact_id=contact_id,
            message_id=inbound.message_id,
            subject=inbound.subject,
            body=inbound.body,
            received_at=inbound.received_at,
        )
    )
    tx.execute(sa.update(Draft).where(Draft.id == draft_id).values(inbound_message_id=inbound_id))
