"""Feedback: what came back of a mail. Each is an event, whoever tells it how often, and has its effect at once.

    bounce       it did not arrive; after a hard one, the address is suppressed
    complaint    it was reported as spam: the person is not written to again, and their address is suppressed
    reply        the person answered: nothing that was planned before goes to them, but answers do
    unsubscribe  the person asked not to be written to: like a complaint, but it is not held against the account

The cards of the draft are drawn again, and whoever approved what was answered is told of it.

A person is an address or a LinkedIn URL, in all offers of the workspace. `replied` is never revived; an unsubscribe
after it still counts. Locks are taken in this order: delivery, draft, history, contacts.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

import sqlalchemy as sa
from pydantic import BeforeValidator, model_validator
from sqlalchemy.engine import Connection

from core import events
from core.actor import Actor
from core.contacts.contacts import lock_key, lock_person, suppress_address
from core.delivery.facts import facts_of
from core.delivery.gates import contactable, not_suppressed
from core.delivery.history import note_in_history
from core.delivery.queue import read_account, read_delivery
from core.delivery.refusals import apply_refusal
from core.drafts.block import block_refused
from core.errors import KeyTaken, SignoffError
from core.ids import UUID
from core.intake import replies
from core.intake.arrival import ONLY_OF_A_MAIL, note_arrival
from core.mail.provider_id import named_by
from core.models import Delivery, Event
from core.taxonomy import FEEDBACK_VERBS, AttemptOutcome, ContactStatus, HistoryStatus, SuppressedBy, Verb
from core.text.fields import Line, MessageName, Moment, Strict

Row = sa.Row[*tuple[Any, ...]]

VERBS = {"bounce": Verb.BOUNCE, "complaint": Verb.COMPLAIN, "reply": Verb.REPLY, "unsubscribe": Verb.UNSUBSCRIBE}
#: What each makes of the person, and of the mail's line in the history.
PERSON = {
    Verb.COMPLAIN: ContactStatus.DO_NOT_CONTACT,
    Verb.UNSUBSCRIBE: ContactStatus.DO_NOT_CONTACT,
    Verb.REPLY: ContactStatus.REPLIED,
}
HISTORY = {Verb.BOUNCE: HistoryStatus.BOUNCED, Verb.REPLY: HistoryStatus.REPLIED}
#: By how much the clock of whoever tells it may be ahead of ours.
CLOCKS_DIFFER = timedelta(hours=1)


class UnknownMessage(SignoffError):
    """No mail and no draft of this workspace goes by that name."""


class NothingLeft(SignoffError):
    """What is said to have come back never left."""


def _bracketed(value: object) -> object:
    """Providers write a Message-ID with and without its angle brackets."""
    if not isinstance(value, str):
        return value
    name = value.strip()
    return f"<{name}>" if "@" in name and not name.startswith("<") else name


class FeedbackIn(Strict):
    """The body of `POST /api/events`: what happened, and to which mail (by Message-ID, or by what its provider calls
    it) or draft (by its key)."""

    kind: Literal["bounce", "complaint", "reply", "unsubscribe"]
    message_id: Annotated[MessageName, BeforeValidator(_bracketed)] | None = None
    draft: Line | None = None
    #: Or to which task (by its key): `core/intake/task_feedback.py`.
    task: Line | None = None
    #: The author's own key of the event: the same again changes nothing. Without one, kind and mail tell events apart,
    #: and a second reply cannot be told from the first.
    id: Line | None = None
    at: Moment | None = None
    #: Of a bounce: for good, or only this time. Whoever does not know says nothing, and is taken to mean for good.
    hard: bool | None = None

    @model_validator(mode="after")
    def _names_one_mail(self) -> "FeedbackIn":
        if [self.message_id, self.draft, self.task].count(None) != 2:
            raise ValueError("give exactly one of message_id, draft and task")
        if self.hard is not None and self.kind != "bounce":
            raise ValueError("hard applies to a bounce only")
        if self.at and self.at > datetime.now(UTC) + CLOCKS_DIFFER:
            raise ValueError("at is in the future")
        return self


@dataclass(frozen=True)
class IngestedFeedback:
    """The draft that it is about, whether it was news, and the drafts that came back to a person because of it."""

    draft_id: UUID
    key: str
    created: bool
    brought_back: Sequence[UUID] = ()


def ingest_feedback(tx: Connection, workspace_id: UUID, told: FeedbackIn, by: Actor) -> IngestedFeedback:
    """Idempotent: record what came back, and let it have its effect. The same again changes nothing.

    Raises `UnknownMessage`, `NothingLeft`, or `KeyTaken` when the event's own key stands for another event.
    """
    verb = VERBS[told.kind]
    key = hashlib.sha256(told.id.encode()).hexdigest() if told.id else None
    if key:
        lock_key(tx, workspace_id, key)
    mail = _find(tx, workspace_id, told)
    if verb in ONLY_OF_A_MAIL and not mail.left:
        raise NothingLeft("This draft was not sent, so there can be no feedback on it.")
    lock_person(tx, workspace_id, [mail.email_folded, mail.linkedin_folded])
    data: dict[str, Any] = {"hard": told.hard is not False} if verb == Verb.BOUNCE else {}
    if _is_known(tx, workspace_id, key, verb, mail.draft_id, data):
        return IngestedFeedback(mail.draft_id, mail.key, created=False)
    if told.at:
        data["at"] = told.at.isoformat()
    if key:
        data["key_sha256"] = key
    suppresses = verb in (Verb.COMPLAIN, Verb.UNSUBSCRIBE) or bool(data.get("hard"))
    if mail.outcome == AttemptOutcome.UNKNOWN:
        note_arrival(tx, mail.attempt_id, verb, told.at, by, by_message_id=told.message_id is not None)
    if mail.delivery_id is not None:  # its line of the history holds it: before the person's other deliveries and rows
        tx.execute(sa.select(Delivery.id).where(Delivery.id == mail.delivery_id).with_for_update(key_share=True))
    brought_back = hold_what_waits(tx, mail, PERSON.get(verb), suppresses=suppresses)
    tx.execute(_SHOW, {"draft": mail.draft_id})
    if verb in HISTORY and mail.left:
        note_in_history(tx, mail.delivery_id, HISTORY[verb])
    if verb in PERSON:
        mark_person(tx, mail, PERSON[verb])
    if suppresses:
        suppress_address(tx, workspace_id, mail.email_folded, told.kind)
    entry = events.Entry(
        verb,
        workspace_id=workspace_id,
        draft_id=mail.draft_id,
        delivery_id=mail.delivery_id,
        attempt_id=mail.attempt_id,
        campaign_id=mail.campaign_id,
        data=data,
    )
    events.write(tx, by, entry)
    # They came back before the person was marked; an entry of the list that was there already marks nobody anew.
    block_refused(tx, brought_back)
    if verb == Verb.REPLY and mail.left:
        replies.tell_approvers(tx, mail.draft_id)
    return IngestedFeedback(mail.draft_id, mail.key, created=True, brought_back=brought_back)


def _find(tx: Connection, workspace_id: UUID, told: FeedbackIn) -> Row:
    if told.message_id is None:
        found = tx.execute(_BY_DRAFT, {"workspace": workspace_id, "named": told.draft}).first()
        if found is None:
            raise UnknownMessage("draft: this workspace has no draft with this key.")
        return found
    found = tx.execute(_BY_MESSAGE, {"workspace": workspace_id, "named": told.message_id}).first()
    if found is not None:
        return found
    ours = tx.execute(_BY_PROVIDER, {"workspace": workspace_id, "named": named_by(told.message_id)}).all()
    if not ours:
        raise UnknownMessage("message_id: no mail of this workspace has this Message-ID.")
    if len(ours) > 1:
        raise UnknownMessage("message_id: more than one mail has this id. Use the mail's own Message-ID, or draft.")
    return ours[0]


_MAIL = """
    SELECT d.id AS draft_id, d.key, d.campaign_id, d.workspace_id,
           q.id AS delivery_id, s.id AS attempt_id, s.outcome,
           c.email_folded, c.linkedin_folded,
           s.started_at IS NOT NULL AND s.outcome IS DISTINCT FROM 'not_sent' AS left
    FROM drafts d
    JOIN contacts c ON c.id = d.contact_id
"""
_OF_ATTEMPT = f"""{_MAIL}
    JOIN send_attempts s ON s.draft_id = d.id
    JOIN send_queue q ON q.id = s.delivery_id
    WHERE s.workspace_id = :workspace
"""
_BY_MESSAGE = sa.text(f"{_OF_ATTEMPT} AND s.message_id = :named")
#: Queue ids of a mail server come again after some time, so there may be several; two are enough to know.
_BY_PROVIDER = sa.text(f"{_OF_ATTEMPT} AND s.provider_id = ANY(:named) LIMIT 2")
_BY_DRAFT = sa.text(f"""{_MAIL}
    LEFT JOIN LATERAL (
        SELECT * FROM send_attempts
        WHERE draft_id = d.id AND started_at IS NOT NULL AND outcome IS DISTINCT FROM 'not_sent'
        ORDER BY number DESC LIMIT 1  -- ids are of a process's clock, which may jump
    ) s ON true
    LEFT JOIN send_queue q ON q.id = s.delivery_id
    WHERE d.key = :named AND d.workspace_id = :workspace
""")  # noqa: S608  made of our own constants


def _is_known(
    tx: Connection, workspace_id: UUID, key: str | None, verb: Verb, draft_id: UUID, data: dict[str, Any]
) -> bool:
    """Whether this was told before: by the event's own key, or by what happened to which mail.

    A person may answer as often as they like: replies with keys of their own are each one. All else happens to a mail
    once.
    """
    known = known_by_key(tx, workspace_id, key, verb, Event.draft_id == draft_id)
    if known is not None:
        return known
    hard = Event.data["hard"].astext
    told = {True: "true", False: "false", None: ""}[data.get("hard")]
    return bool(
        tx.scalar(
            sa.select(
                sa.exists().where(Event.draft_id == draft_id, Event.verb == verb, sa.func.coalesce(hard, "") == told)
            )
        )
    )


def known_by_key(
    tx: Connection, workspace_id: UUID, key: str | None, verb: Verb, about: sa.ColumnElement[bool]
) -> bool | None:
    """Whether the event with the author's own key was told before; `about` is true of an event of the same row. None
    where the key does not say: what is no reply happens once, whatever its key.

    Raises `KeyTaken` when the key stands for another event.
    """
    if key is None:
        return None
    same = tx.execute(
        sa.select(Event.verb, about.label("about")).where(
            Event.verb.in_(FEEDBACK_VERBS),
            Event.workspace_id == workspace_id,
            Event.data["key_sha256"].astext == key,
        )
    ).first()
    if same and not (same.verb == verb and same.about):
        raise KeyTaken("id: this id belongs to another event. Use a new one for a new event.")
    if same:
        return True
    return False if verb == Verb.REPLY else None


def hold_what_waits(tx: Connection, about: Row, becomes: ContactStatus | None, *, suppresses: bool) -> list[UUID]:
    """Skip what is queued for this person and may not leave any more; its drafts go back to a person, with the reason.
    Of one that `becomes` nothing, only the address `suppresses`, and only what goes there.

    What is claimed already meets the same facts in `start`, or when it comes back to the queue.
    """
    if becomes is None and not suppresses:
        return []
    brought_back: list[UUID] = []
    for waiting in tx.execute(_WAITING, {**about._mapping, "whole_person": becomes is not None}).all():
        row, account = read_delivery(tx, waiting.id), read_account(tx, waiting.account_id)
        assert row is not None
        assert account is not None
        facts = facts_of(account, row)
        if becomes is None:
            facts = replace(facts, suppressed_by=SuppressedBy.ADDRESS)
        elif facts.contact_status != ContactStatus.DO_NOT_CONTACT:
            facts = replace(facts, contact_status=becomes)
        held = contactable(facts) or not_suppressed(facts)
        if held is not None:
            apply_refusal(tx, row, held)
            brought_back.append(row.draft_id)
    return brought_back


_WAITING = sa.text("""
    SELECT q.id, q.account_id
    FROM contacts c JOIN send_queue q ON q.contact_id = c.id AND q.status = 'queued'
    WHERE c.id IN (SELECT contacts_of(:workspace_id, :email_folded, :linkedin_folded))
      AND (:whole_person OR c.email_folded = :email_folded)
    ORDER BY q.id
    FOR UPDATE OF q
""")
#: What came back shows on every card of the draft, however late they were to be tried again.
_SHOW = sa.text("""
    UPDATE drafts SET revision = revision + 1, sync_after = least(sync_after, now()) WHERE id = :draft
""")
_MARK_PERSON = sa.text("""
    UPDATE contacts SET status = :status, eligible_for_outreach = false
    WHERE id IN (SELECT contacts_of(:workspace_id, :email_folded, :linkedin_folded))
      AND status NOT IN ('do_not_contact', :status)
""")


def mark_person(tx: Connection, about: Row, status: ContactStatus) -> None:
    """All contacts of the person, from now on; nobody who asked to be left alone is revived."""
    tx.execute(_MARK_PERSON, {**about._mapping, "status": status})
