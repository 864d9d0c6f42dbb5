"""All that the page of a draft shows: its facts, its versions, its history, and every try to send it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.cards import facts as card_facts
from core.cards.facts import Facts
from core.ids import UUID
from core.models import ApiKey, Attempt, Delivery, Draft, DraftVersion, Event, Member

#: The latest events and versions that a page shows; a storm of clicks makes an event each.
EVENTS_SHOWN, VERSIONS_SHOWN = 300, 50


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
class Happened:
    """One event: what (`verb`), who (a member's name, or else a key's), from where, when, and why not (`code`)."""

    at: datetime
    verb: str
    surface: str
    member: str | None
    api_key: str | None
    code: str | None
    data: dict[str, Any]


@dataclass(frozen=True)
class Tried:
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


@dataclass(frozen=True)
class DraftPage:
    """The page's content. `versions` and `attempts` are latest first, `events` oldest first."""

    facts: Facts
    key: str
    arrived_at: datetime
    decided_by: str | None
    decided_surface: str | None
    reviewers: tuple[str, ...]
    versions: tuple[Version, ...]
    events: tuple[Happened, ...]
    attempts: tuple[Tried, ...]


def read(tx: Connection, workspace_id: UUID, draft_id: UUID) -> DraftPage | None:
    """The page of a draft of this workspace; None for one of another workspace, just as for one that is not there.

    Changes nothing. Run it in a transaction of its own, as `snapshot` begins it, so that all parts show one moment.
    """
    known = tx.execute(
        sa.select(Draft.key, Draft.created_at, Draft.decided_surface, Member.name.label("decided_by"))
        .outerjoin(Member, Member.id == Draft.decided_by)
        .where(Draft.id == draft_id, Draft.workspace_id == workspace_id)
    ).first()
    facts = card_facts.read(tx, draft_id) if known else None
    if known is None or facts is None:
        return None
    return DraftPage(
        facts=facts,
        key=known.key,
        arrived_at=known.created_at,
        decided_by=known.decided_by,
        decided_surface=known.decided_surface,
        reviewers=_names(tx, workspace_id, facts.reviewers),
        versions=_versions(tx, draft_id),
        events=_events(tx, draft_id),
        attempts=_attempts(tx, draft_id),
    )


def snapshot(tx: Connection) -> None:
    """Make the transaction, which has done nothing yet, one that sees one moment and can change nothing."""
    tx.execute(sa.text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))


def _names(tx: Connection, workspace_id: UUID, slack_user_ids: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(
        tx.scalars(
            sa.select(Member.name)
            .where(Member.workspace_id == workspace_id, Member.slack_user_id.in_(slack_user_ids))
            .order_by(Member.name)
        )
    )


def _versions(tx: Connection, draft_id: UUID) -> tuple[Version, ...]:
    rows = tx.execute(
        sa.select(
            DraftVersion.version,
            DraftVersion.subject,
            DraftVersion.body,
            Member.name,
            DraftVersion.surface,
            DraftVersion.created_at,
        )
        .outerjoin(Member, Member.id == DraftVersion.edited_by)
        .where(DraftVersion.draft_id == draft_id)
        .order_by(DraftVersion.version.desc())
        .limit(VERSIONS_SHOWN)
    )
    return tuple(Version(*row) for row in rows)


def _events(tx: Connection, draft_id: UUID) -> tuple[Happened, ...]:
    latest = sa.select(Event).where(Event.draft_id == draft_id).order_by(Event.id.desc()).limit(EVENTS_SHOWN).subquery()
    rows = tx.execute(
        sa.select(
            latest.c.at,
            latest.c.verb,
            latest.c.surface,
            Member.name.label("member"),
            ApiKey.name.label("api_key"),
            latest.c.code,
            latest.c.data,
        )
        .outerjoin(Member, Member.id == latest.c.member_id)
        .outerjoin(ApiKey, ApiKey.id == latest.c.api_key_id)
        .order_by(latest.c.at, latest.c.id)
    )
    return tuple(Happened(*row) for row in rows)


def _attempts(tx: Connection, draft_id: UUID) -> tuple[Tried, ...]:
    rows = tx.execute(
        sa.select(
            Attempt.created_at,
            Attempt.started_at,
            Attempt.finished_at,
            Attempt.outcome,
            Attempt.phase,
            Attempt.code,
            Attempt.reason,
            Attempt.reply,
            Attempt.message_id,
            Member.name,
            Attempt.overruled_at,
        )
        .outerjoin(Member, Member.id == Attempt.overruled_by)
        .where(Attempt.delivery_id.in_(sa.select(Delivery.id).where(Delivery.draft_id == draft_id)))
        .order_by(Attempt.id.desc())
    )
    return tuple(Tried(*row) for row in rows)
