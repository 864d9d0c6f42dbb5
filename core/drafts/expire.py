"""Expire: what nobody decided in time leaves the queue, shown and restorable. Silence is never an approval."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core import events
from core.actor import SIGNOFF, Actor
from core.db import literal
from core.drafts.answers import answered_by_another
from core.drafts.block import block_refused, hold_contact
from core.drafts.conflicts import explain_conflict, update_theirs
from core.drafts.order import AWAKE, TO_CHANGE
from core.drafts.versions import RESTART_WAIT
from core.errors import Refusal
from core.ids import UUID
from core.models import Draft, Workspace
from core.states import DRAFT
from core.taxonomy import DraftStatus, RefusalCode, Verb


def expire_due(tx: Connection, limit: int = 100) -> list[UUID]:
    """Expire a batch (SKIP LOCKED) of up to `limit` drafts that wait for longer than `expire_after_days` of their
    workspace.

    What somebody could have approved all that time: in review, and not put off; and what waits for changes that nobody
    makes. Returns them, for their cards.
    """
    expired = _expire(tx, (Draft.status == literal(DraftStatus.NEEDS_REVIEW)) & AWAKE, DraftStatus.NEEDS_REVIEW, limit)
    return [*expired, *_expire(tx, TO_CHANGE, DraftStatus.PENDING, limit - len(expired))]


def _expire(tx: Connection, which: sa.ColumnElement[bool], before: DraftStatus, limit: int) -> list[UUID]:
    due = (
        sa.select(Draft.id)
        .join(Workspace)
        .where(
            which,
            # Where no time is set, this is unknown, and nothing expires.
            Draft.waits_since < sa.func.clock_timestamp() - sa.func.make_interval(0, 0, 0, Workspace.expire_after_days),
        )
        .limit(limit)
        .with_for_update(of=Draft, skip_locked=True)
        .cte()
    )
    expired = tx.execute(
        sa.update(Draft)
        .where(Draft.id == due.c.id)
        .values(status=DraftStatus.EXPIRED)
        .returning(Draft.id, Draft.workspace_id, Draft.version)
    ).all()
    for row in expired:
        entry = events.Entry(
            Verb.EXPIRE,
            workspace_id=row.workspace_id,
            draft_id=row.id,
            moved=(before, DraftStatus.EXPIRED),
            data={"version": row.version},
        )
        events.write(tx, SIGNOFF, entry)
    return [row.id for row in expired]


def restore(tx: Connection, draft_id: UUID, by: Actor) -> None:
    """A conditional update: bring an expired draft back to review. Raises `Refusal` unless it has expired, or where
    another one answers the same message by now."""
    has_expired = Draft.status.in_(DRAFT.sources(Verb.RESTORE))
    back = {"status": DraftStatus.NEEDS_REVIEW, **RESTART_WAIT}
    try:
        with tx.begin_nested():
            restored = update_theirs(tx, draft_id, by, [has_expired], back)
    except sa.exc.IntegrityError:
        refusal = answered_by_another(tx, draft_id)
        if refusal is None:
            raise
        raise refusal from None
    if restored is None:
        why = explain_conflict(tx, draft_id, None, by)
        open_ = why.code in (RefusalCode.NOTHING_TO_DO, RefusalCode.BLOCKED)
        raise (
            Refusal(RefusalCode.NOTHING_TO_DO, "This draft has not expired: it can still be decided.") if open_ else why
        )
    entry = events.Entry(
        Verb.RESTORE,
        draft_id=draft_id,
        moved=(DraftStatus.EXPIRED, DraftStatus.NEEDS_REVIEW),
        data={"version": restored},
    )
    events.write(tx, by, entry)
    hold_contact(tx, draft_id)
    block_refused(tx, [draft_id])
