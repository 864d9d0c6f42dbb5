"""Request changes: a note to whoever wrote the draft; it leaves the queue until there is a new version."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core import events
from core.actor import Actor
from core.drafts.conflicts import explain_conflict
from core.drafts.permissions import may_decide
from core.drafts.versions import NOT_SNOOZED, RESTART_WAIT
from core.ids import UUID
from core.models import Draft
from core.states import DRAFT
from core.taxonomy import DraftStatus, Verb
from core.text.clean import clean_note


def request_changes(tx: Connection, draft_id: UUID, version: int, note: str, by: Actor) -> None:
    """Optimistic: ask for another text than that of `version`, with a note. The note stays until the next one is asked
    for.

    From now on it waits for its author, and is told of and expires as what waits for a decision does.
    Raises `BadInput`, `Conflict`, `Stale` or another `Refusal`.
    """
    note = clean_note(note)
    before = sa.select(Draft.id, Draft.status).where(Draft.id == draft_id).with_for_update().cte("before")
    asked = tx.execute(
        sa.update(Draft)
        .where(
            Draft.id == before.c.id,
            Draft.workspace_id == by.workspace_id,
            Draft.status.in_(DRAFT.sources(Verb.REQUEST_CHANGES)),
            Draft.version == version,
            may_decide(by),
        )
        .values(
            status=DraftStatus.PENDING, change_note=note, change_asked_by=by.member_id, **RESTART_WAIT, **NOT_SNOOZED
        )
        .returning(before.c.status)
    ).scalar()
    if asked is None:
        raise explain_conflict(tx, draft_id, version, by)
    entry = events.Entry(
        Verb.REQUEST_CHANGES, draft_id=draft_id, moved=(asked, DraftStatus.PENDING), data={"version": version}
    )
    events.write(tx, by, entry)
