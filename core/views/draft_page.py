"""All that the page of a draft shows: its view, its versions, its history, and every try to send it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.ids import UUID
from core.models import Draft, Member
from core.views.draft import DraftView
from core.views.draft import read as read_draft
from core.views.history import AttemptView, HistoryEvent, Version, attempts, events, versions


@dataclass(frozen=True)
class DraftPage:
    """The page's content. `versions` and `attempts` are latest first, `events` oldest first."""

    draft: DraftView
    key: str
    arrived_at: datetime
    decided_by: str | None
    decided_surface: str | None
    reviewers: tuple[str, ...]
    #: Slack id → name of everybody whom the draft names.
    names: Mapping[str, str]
    versions: tuple[Version, ...]
    events: tuple[HistoryEvent, ...]
    attempts: tuple[AttemptView, ...]

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
    draft = read_draft(tx, draft_id) if known else None
    if known is None or draft is None:
        return None
    names = names_in(tx, workspace_id, draft)
    return DraftPage(
        draft=draft,
        key=known.key,
        arrived_at=known.created_at,
        decided_by=known.decided_by,
        decided_surface=known.decided_surface,
        reviewers=tuple(names[member] for member in draft.reviewers if member in names),
        names=names,
        versions=versions(tx, draft_id),
        events=events(tx, draft_id),
        attempts=attempts(tx, draft_id),
    )


def snapshot(tx: Connection) -> None:
    """Make the transaction, which has done nothing yet, one that sees one moment and can change nothing."""
    tx.execute(sa.text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))


def names_in(tx: Connection, workspace_id: UUID, draft: DraftView) -> dict[str, str]:
    """Slack id → name of everybody whom the draft names."""
    named = {*draft.reviewers, *draft.endorsed_by, draft.assigned_to, draft.snoozed_by, draft.change_asked_by} - {None}
    rows = tx.execute(
        sa.select(Member.slack_user_id, Member.name).where(
            Member.workspace_id == workspace_id, Member.slack_user_id.in_(named)
        )
    )
    return {row.slack_user_id: row.name for row in rows}
