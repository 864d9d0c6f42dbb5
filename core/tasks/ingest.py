"""Ingest of a task, from the API or a file. Idempotent by the author's key."""

import hashlib
from dataclasses import dataclass
from typing import Annotated, Literal

import sqlalchemy as sa
from pydantic import AfterValidator, Field, ValidationInfo, field_validator
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from core import events
from core.actor import Actor
from core.contacts.contacts import ContactIn, run_of_sequence, upsert_contact
from core.errors import BadInput, KeyTaken
from core.ids import UUID, new_id
from core.models import Account, Campaign, Contact, Task
from core.taxonomy import CampaignStatus, Channel, TaskKind, TaskStatus, Verb
from core.text.clean import clean_task_text
from core.text.fields import Line, Strict, cleaned, profile_url
from core.text.folding import fold_text

#: Characters that LinkedIn takes: in a message, and beside an invitation.
MOST = {TaskKind.MESSAGE: 8_000, TaskKind.CONNECTION: 300}
_KINDS = {"linkedin_message": TaskKind.MESSAGE, "linkedin_connection": TaskKind.CONNECTION}


class PersonIn(ContactIn):
    """The person written to: their page is where it is done."""

    linkedin_url: Annotated[Line, AfterValidator(profile_url)]


class TaskIn(Strict):
    """One line of `signoff ingest` that has a `task`, or the body of `POST /api/tasks`."""

    task: Literal["linkedin_message", "linkedin_connection"]
    key: Line
    campaign: Line
    to: PersonIn
    #: Letter by letter what is to be written. Without it, an invitation goes without a note.
    text: Annotated[str, Field(default="", validate_default=True), cleaned(clean_task_text)]
    #: The seat that does it, by its address; needed only where that is not clear.
    account: Line | None = None
    #: The author's own key of a run of a sequence, and which step of it this is.
    sequence: Line | None = None
    step: Annotated[int, Field(ge=1, le=1_000, strict=True)] | None = None

    @property
    def kind(self) -> TaskKind:
        return _KINDS[self.task]

    @field_validator("text")
    @classmethod
    def _long_enough(cls, text: str, info: ValidationInfo) -> str:
        kind = _KINDS.get(info.data.get("task", ""))
        if kind and len(text) > MOST[kind]:
            raise ValueError(f"has {len(text):,} characters; LinkedIn takes at most {MOST[kind]:,} here")
        if kind == TaskKind.MESSAGE and not text:
            raise ValueError("is empty: a message needs a text")
        return text

    @field_validator("step")
    @classmethod
    def _step_of_something(cls, step: int | None, info: ValidationInfo) -> int | None:
        if step is not None and info.data.get("sequence") is None:
            raise ValueError("needs a sequence: give both")
        return step

    def fingerprint(self) -> str:
        """SHA-256 of all of it, as a draft's."""
        return hashlib.sha256(self.model_dump_json(exclude_defaults=True).encode()).hexdigest()


@dataclass(frozen=True)
class IngestedTask:
    """The task of this key, where it stands, and whether this call made it."""

    task_id: UUID
    status: str
    created: bool


def ingest_task(tx: Connection, workspace_id: UUID, task: TaskIn, by: Actor) -> IngestedTask:
    """Make the task and its contact; or find the one that this key made before.

    Raises `KeyTaken` when the key has other content, and `BadInput` when campaign or account cannot take it.
    """
    fingerprint = task.fingerprint()
    if before := _of_key(tx, workspace_id, task.key, fingerprint):
        return before
    campaign = tx.execute(
        sa.select(Campaign.id, Campaign.offer_id, Campaign.status, Campaign.account_id).where(
            Campaign.workspace_id == workspace_id, Campaign.slug == task.campaign
        )
    ).first()
    if campaign is None:
        raise BadInput(f"campaign: there is no campaign {task.campaign!r}. `signoff apply` declares campaigns.")
    if campaign.status == CampaignStatus.ENDED:
        raise BadInput(f"campaign: {task.campaign!r} has ended and takes no more tasks.")
    account_id = _seat(tx, workspace_id, task.account, campaign.account_id)
    contact = upsert_contact(tx, workspace_id, campaign.offer_id, task.to)
    known = tx.execute(
        sa.select(
            Contact.linkedin_url, Contact.linkedin_folded == sa.func.fold_linkedin_url(task.to.linkedin_url)
        ).where(Contact.id == contact.id)
    ).one()
    if not known[1]:
        raise BadInput(
            "to.linkedin_url: this email address already has another LinkedIn profile; two people need two addresses."
        )
    run = run_of_sequence(tx, workspace_id, contact.id, task.sequence) if task.sequence else None
    task_id = tx.execute(
        insert(Task)
        .values(
            id=new_id(),
            workspace_id=workspace_id,
            key=task.key,
            content_hash=fingerprint,
            campaign_id=campaign.id,
            account_id=account_id,
            contact_id=contact.id,
            sequence_instance_id=run,
            step_order=task.step,
            kind=task.kind,
            text=task.text,
            link=_whole(known.linkedin_url),
        )
        .on_conflict_do_nothing()
        .returning(Task.id)
    ).scalar()
    if task_id is None:  # somebody took the same key in while we looked, or this step has its task
        if before := _of_key(tx, workspace_id, task.key, fingerprint):
            return before
        raise KeyTaken(f"step: step {task.step} of {task.sequence!r} has its {task.kind} already.")
    entry = events.Entry(Verb.INGEST, workspace_id=workspace_id, task_id=task_id, moved=(None, TaskStatus.WAITING))
    events.write(tx, by, entry)
    return IngestedTask(task_id, TaskStatus.WAITING, created=True)


def _of_key(tx: Connection, workspace_id: UUID, key: str, fingerprint: str) -> IngestedTask | None:
    found = tx.execute(
        sa.select(Task.id, Task.status, Task.content_hash).where(Task.workspace_id == workspace_id, Task.key == key)
    ).first()
    if found is None:
        return None
    if found.content_hash != fingerprint:
        raise KeyTaken(f"key: {key!r} is already used by a task with different content. Use a new key for a new task.")
    return IngestedTask(found.id, found.status, created=False)


def _seat(tx: Connection, workspace_id: UUID, named: str | None, of_campaign: UUID) -> UUID:
    """The LinkedIn account that is named, or the campaign's own, or the only one of the workspace."""
    seats = tx.execute(
        sa.select(Account.id, Account.address)
        .where(Account.workspace_id == workspace_id, Account.channel == Channel.LINKEDIN)
        .order_by(Account.id)
    ).all()
    if named is not None:
        found = [seat.id for seat in seats if fold_text(seat.address) == fold_text(named)]
        missing = f"account: there is no LinkedIn account {named!r}. `signoff apply` declares accounts."
    else:
        found = [seat.id for seat in seats if seat.id == of_campaign] or [seat.id for seat in seats]
        missing = "account: the workspace has no LinkedIn account. `signoff apply` declares accounts."
    if not found:
        raise BadInput(missing)
    if len(found) > 1:
        raise BadInput("account: the workspace has several LinkedIn accounts: say which, by its address.")
    seat: UUID = found[0]
    return seat


def _whole(url: str) -> str:
    """An address that a button can open: people leave its beginning out."""
    return url if url.lower().startswith(("http://", "https://")) else f"https://{url.lstrip('/')}"
