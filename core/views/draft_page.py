"""All that the page of a draft shows: its facts, its versions, its history, and every try to send it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.ids import UUID
from core.models import Draft, Member
from core.views import draft as card_facts
from core.views.draft import Facts
from core.views.history import Happened, Tried, Version, attempts, events, versions


@dataclass(frozen=True)
class DraftPage:
    """The page's content. `versions` and `attempts` are latest first, `events` oldest first."""

    facts: Facts
    key: str
    arrived_at: datetime
    decided_by: str | None
    decided_surface: str | None
    reviewers: tuple[str, ...]
    #: Slack id → name of everybody whom the facts name.
    names: Mapping[str, str]
    versions: tuple[Version, ...]
    events: tuple[Happened, ...]
    attempts: tuple[Tried, ...]

    def name(self, slack_user_id: str | None) -> str:
        """A member's name; "somebody" where none is known."""
        return self.names.get(slack_user_id or "", "somebody")


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
    names = _names(tx, workspace_id, facts)
    return DraftPage(
        facts=facts,
        key=known.key,
        arrived_at=known.created_at,
        decided_by=known.decided_by,
        decided_surface=known.decided_surface,
        reviewers=tuple(names[member] for member in facts.reviewers if member in names),
        names=names,
        versions=versions(tx, draft_id),
        events=events(tx, draft_id),
        attempts=attempts(tx, draft_id),
    )


def snapshot(tx: Connection) -> None:
    """Make the transaction, which has done nothing yet, one that sees one moment and can change nothing."""
    tx.execute(sa.text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))


def _names(tx: Connection, workspace_id: UUID, facts: Facts) -> dict[str, str]:
    named = {*facts.reviewers, *facts.endorsed_by, facts.assigned_to, facts.snoozed_by, facts.change_asked_by} - {None}
    rows = tx.execute(
        sa.select(Member.slack_user_id, Member.name).where(
            Member.workspace_id == workspace_id, Member.slack_user_id.in_(named)
        )
    )
    return {row.slack_user_id: row.name for row in rows}
