"""What came back of a task: the person answered on LinkedIn, or asked not to be written to. As of a mail
(`core/intake/feedback.py`), but that nothing of a task bounces or is reported. Locks are taken as there, the task's in
the place of the mail's delivery.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core import events
from core.actor import Actor
from core.alerts import Notice, tell_members
from core.contacts.contacts import lock_key, lock_person, suppress_address
from core.drafts.block import block_refused
from core.ids import UUID
from core.intake.arrival import ONLY_OF_A_MAIL
from core.intake.feedback import (
    PERSON,
    VERBS,
    FeedbackIn,
    NothingLeft,
    UnknownMessage,
    hold_what_waits,
    known_by_key,
    mark_person,
)
from core.models import Event
from core.taxonomy import AlertKind, TaskStatus, Verb

Row = sa.Row[*tuple[Any, ...]]


@dataclass(frozen=True)
class IngestedTaskFeedback:
    """The task that it is about, whether it was news, and the drafts that came back to a person because of it."""

    task_id: UUID
    key: str
    created: bool
    brought_back: Sequence[UUID] = ()


def ingest_task_feedback(tx: Connection, workspace_id: UUID, told: FeedbackIn, by: Actor) -> IngestedTaskFeedback:
    """Idempotent, with its effect at once: the person is not written to as planned, the task's cards say it, and
    whoever did the task is told of an answer.

    Raises `UnknownMessage`, `NothingLeft`, or `KeyTaken` when the event's own key stands for another event.
    """
    verb = VERBS[told.kind]
    key = hashlib.sha256(told.id.encode()).hexdigest() if told.id else None
    if key:
        lock_key(tx, workspace_id, key)
    task = tx.execute(_FIND, {"workspace": workspace_id, "named": told.task}).first()
    if task is None:
        raise UnknownMessage("task: this workspace has no task with this key.")
    if verb in ONLY_OF_A_MAIL:
        raise NothingLeft("A person does a task, so it cannot bounce or be reported as spam.")
    lock_person(tx, workspace_id, [task.email_folded, task.linkedin_folded])
    task = tx.execute(_LOCK, {"workspace": workspace_id, "named": told.task}).one()
    if _is_known(tx, workspace_id, key, verb, task.id):
        return IngestedTaskFeedback(task.id, task.key, created=False)
    suppresses = verb == Verb.UNSUBSCRIBE
    tx.execute(_SHOW, {"task": task.id})
    brought_back = hold_what_waits(tx, task, PERSON[verb], suppresses=suppresses)
    if verb == Verb.REPLY:
        tx.execute(_NOTE_IN_HISTORY, {"task": task.id})
    mark_person(tx, task, PERSON[verb])
    if suppresses:
        suppress_address(tx, workspace_id, task.email_folded, told.kind)
    data = {"at": told.at.isoformat()} if told.at else {}
    data |= {"key_sha256": key} if key else {}
    entry = events.Entry(verb, workspace_id=workspace_id, task_id=task.id, campaign_id=task.campaign_id, data=data)
    events.write(tx, by, entry)
    block_refused(tx, brought_back)
    if verb == Verb.REPLY and task.status == TaskStatus.DONE:
        _tell_who_did_it(tx, task)
    return IngestedTaskFeedback(task.id, task.key, created=True, brought_back=brought_back)


_TASK = """
    SELECT t.id, t.key, t.workspace_id, t.campaign_id, t.status, t.done_by, c.email_folded, c.linkedin_folded,
           g.name AS campaign, coalesce(nullif(concat_ws(' ', c.first_name, c.last_name), ''), c.email) AS person
    FROM tasks t JOIN contacts c ON c.id = t.contact_id JOIN campaigns g ON g.id = t.campaign_id
    WHERE t.workspace_id = :workspace AND t.key = :named
"""
_FIND = sa.text(_TASK)
#: Once the person is locked: whoever says at this moment that it was done comes before, or after.
_LOCK = sa.text(f"{_TASK} FOR NO KEY UPDATE OF t")
_SHOW = sa.text("UPDATE tasks SET revision = revision + 1, sync_after = least(sync_after, now()) WHERE id = :task")
_NOTE_IN_HISTORY = sa.text("UPDATE outreach_history SET status = 'replied' WHERE task_id = :task")


def _is_known(tx: Connection, workspace_id: UUID, key: str | None, verb: Verb, task_id: UUID) -> bool:
    """By the event's own key, or by what happened to which task; replies with keys of their own are each one."""
    known = known_by_key(tx, workspace_id, key, verb, Event.task_id == task_id)
    if known is not None:
        return known
    return bool(tx.scalar(sa.select(sa.exists().where(Event.task_id == task_id, Event.verb == verb))))


def _tell_who_did_it(tx: Connection, task: Row) -> None:
    """Whoever said that they did it, once a reply: `lock_person` has them come one after another."""
    replies = tx.scalar(
        sa.select(sa.func.count()).select_from(Event).where(Event.task_id == task.id, Event.verb == Verb.REPLY)
    )
    notice = Notice(
        AlertKind.REPLY,
        f"{task.person} answered on LinkedIn ({task.campaign}).",
        about=f"reply:{task.id}:{replies}",
    )
    tell_members(tx, task.workspace_id, [task.done_by], notice)
