"""The history of a draft: its texts, what happened to it, and every try to send it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import aliased

from core.ids import UUID
from core.models import ApiKey, Attempt, Event, Member
from core.taxonomy import Verb

#: The latest events and versions that a page shows; a storm of clicks makes an event each.
EVENTS_SHOWN, VERSIONS_SHOWN = 300, 50

_Given = aliased(Member)


@dataclass(frozen=True)
class Version:
    """One text of the draft; `by` is empty for the text that was ingested."""

    number: int
    subject: str = field(repr=False)
    body: str = field(repr=False)
    by: str | None
    surface: str
    at: datetime


@dataclass(frozen=True)
class HistoryEvent:
    """One event: what (`verb`), who (a member's name, or else a key's), from where, when, and why not (`code`).

    `slack_user_id` names the member in Slack; `attempt` is the try that it is about, `whom` the member to whom
    something was given.
    """

    at: datetime
    verb: str
    surface: str
    member: str | None
    api_key: str | None
    code: str | None
    data: dict[str, Any]
    slack_user_id: str | None = None
    attempt: UUID | None = None
    whom: str | None = None


@dataclass(frozen=True)
class AttemptView:
    """One attempt, without the mail itself. `reply` is what the server said in its own words."""

    at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    outcome: str | None
    phase: str | None
    code: int | None
    reason: str | None
    reply: str | None = field(repr=False)
    message_id: str
    #: Who had it sent again although nobody knew, and when.
    overruled_by: str | None = None
    overruled_at: datetime | None = None
    id: UUID | None = None


def versions(tx: Connection, draft_id: UUID, since: int = 1) -> tuple[Version, ...]:
    """The latest texts of a draft, from the one that stood there at version `since` on, latest first.

    Where an older Signoff wrote one text again under another number (an undo did that), its first number is shown.
    """
    rows = tx.execute(_TEXTS, {"draft": draft_id, "since": max(1, since), "most": VERSIONS_SHOWN})
    return tuple(Version(*row) for row in rows)


_TEXTS = sa.text("""
    WITH texts AS (
        SELECT *, (subject, body) IS DISTINCT FROM (lag(subject) OVER earlier, lag(body) OVER earlier) AS is_new
        FROM draft_versions WHERE draft_id = :draft WINDOW earlier AS (ORDER BY version)
    )
    SELECT t.version, t.subject, t.body, m.name, t.surface, t.created_at
    FROM texts t LEFT JOIN members m ON m.id = t.edited_by
    WHERE t.is_new AND t.version >= (SELECT max(version) FROM texts WHERE is_new AND version <= :since)
    ORDER BY t.version DESC LIMIT :most
""")


def events(tx: Connection, draft_id: UUID) -> tuple[HistoryEvent, ...]:
    """What happened to a draft, oldest first; of a long history, the end."""
    #: That its delivery was cancelled is what an undo is: told once. Only a second send's own end has an attempt.
    told = (Event.draft_id == draft_id) & ((Event.verb != Verb.CANCEL) | Event.attempt_id.is_not(None))
    latest = sa.select(Event).where(told).order_by(Event.id.desc()).limit(EVENTS_SHOWN).subquery()
    given_to = sa.case((latest.c.verb == Verb.ASSIGN, sa.cast(latest.c.data["to"].astext, sa.Uuid)))
    rows = tx.execute(
        sa.select(
            *(latest.c.at, latest.c.verb, latest.c.surface),
            *(Member.name.label("member"), ApiKey.name.label("api_key")),
            *(latest.c.code, latest.c.data),
            *(Member.slack_user_id, latest.c.attempt_id),
            _Given.name.label("whom"),
        )
        .outerjoin(Member, Member.id == latest.c.member_id)
        .outerjoin(ApiKey, ApiKey.id == latest.c.api_key_id)
        .outerjoin(_Given, _Given.id == given_to)
        .order_by(latest.c.at, latest.c.id)
    )
    return tuple(HistoryEvent(*row) for row in rows)


def attempts(tx: Connection, draft_id: UUID) -> tuple[AttemptView, ...]:
    """Every try to send a draft, latest first."""
    rows = tx.execute(
        sa.select(
            *(Attempt.created_at, Attempt.started_at, Attempt.finished_at, Attempt.outcome, Attempt.phase),
            *(Attempt.code, Attempt.reason, Attempt.reply, Attempt.message_id),
            Member.name,
            *(Attempt.overruled_at, Attempt.id),
        )
        .outerjoin(Member, Member.id == Attempt.overruled_by)
        .where(Attempt.draft_id == draft_id)
        .order_by(Attempt.id.desc())
    )
    return tuple(AttemptView(*row) for row in rows)


#: What is told, once there is something to tell.
TOLD = frozenset(
    {
        *(
            Verb.EDIT,
            Verb.APPROVE,
            Verb.ENDORSE,
            Verb.UNDO,
            Verb.REJECT,
            Verb.REQUEST_CHANGES,
            Verb.BLOCK,
            Verb.UNBLOCK,
        ),
        *(Verb.SNOOZE, Verb.WAKE, Verb.ASSIGN, Verb.EXPIRE, Verb.RESTORE, Verb.RETURN, Verb.ESCALATE, Verb.REFUSE),
        *(Verb.RETRY, Verb.FAIL, Verb.LOSE, Verb.DELIVER, Verb.CONFIRM, Verb.RESEND, Verb.SKIP),
        *(Verb.CONTRADICT, Verb.DUPLICATE, Verb.BOUNCE, Verb.COMPLAIN, Verb.REPLY, Verb.UNSUBSCRIBE),
    }
)

#: What the card itself says: alone it is no reason for a thread.
ON_THE_CARD = frozenset(
    {Verb.APPROVE, Verb.ENDORSE, Verb.REJECT, Verb.ASSIGN, Verb.DELIVER, Verb.EXPIRE, Verb.BLOCK, Verb.UNBLOCK}
)


@dataclass(frozen=True)
class History:
    """What a thread tells of. `versions` and `attempts` are latest first, `events` oldest first."""

    events: tuple[HistoryEvent, ...]
    versions: tuple[Version, ...] = ()
    attempts: tuple[AttemptView, ...] = ()


def thread_events(events: tuple[HistoryEvent, ...]) -> tuple[HistoryEvent, ...]:
    """The events that a thread tells, oldest first; none while the card says it all.

    Of the same refusal of one person, which a storm of clicks makes many times, the first.
    """
    told: list[HistoryEvent] = []
    refusals = set()
    for event in events:
        if event.verb not in TOLD or event.data.get("wanted") == Verb.READ:
            continue
        if event.verb == Verb.REFUSE:
            refusal = (event.slack_user_id, event.api_key, event.data.get("wanted"), event.code)
            if refusal in refusals:
                continue
            refusals.add(refusal)
        told.append(event)
    return tuple(told) if any(event.verb not in ON_THE_CARD for event in told) else ()
