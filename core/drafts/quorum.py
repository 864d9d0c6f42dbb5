"""Endorse: one approval of the several that a campaign asks for (`quorum`), by distinct people, of one version."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from core import events
from core.actor import Actor
from core.drafts.conflicts import explain_conflict
from core.drafts.permissions import MAY_APPROVE, actor_parameters
from core.drafts.versions import NOT_SNOOZED, REDRAW
from core.errors import Refusal
from core.ids import UUID
from core.models import Campaign, Draft, DraftApproval
from core.states import DRAFT
from core.taxonomy import RefusalCode, Timing, Verb


@dataclass(frozen=True)
class Endorsed:
    """One of several approvals: `have` of the `needed` people have approved this version."""

    draft_id: UUID
    have: int
    needed: int


#: Whoever left, or may not approve this `Draft` any more, does not count (`DraftApproval`).
STILL_MAY = sa.func.why_may_not_approve(sa.literal_column("drafts"), DraftApproval.member_id, type_=sa.Text).is_(None)
#: How many people have approved a `Draft` in its present round: of those who still may, by the rule of the database.
_HAVE = (
    sa.select(sa.func.count())
    .select_from(DraftApproval)
    .where(DraftApproval.draft_id == Draft.id, DraftApproval.review_round == Draft.review_round, STILL_MAY)
    .correlate(Draft)
    .scalar_subquery()
)
#: A condition on `Draft` and its `Campaign`: as many have as must.
ENOUGH = (Campaign.quorum == 1) | (Campaign.quorum <= _HAVE)


def endorse(tx: Connection, draft_id: UUID, seen: int, by: Actor, timing: Timing) -> Endorsed:
    """Count one approval of a quorum, under the draft's lock: two that come at once are counted one after the other.

    With the last of them nothing else is written: the approval follows in the same transaction.
    Raises `Conflict`, `Stale` or another `Refusal`, also (ALREADY_ENDORSED) to somebody who is counted already.
    """
    asked = {"draft": draft_id, "workspace": by.workspace_id, "seen": seen, **actor_parameters(by)}
    locked = tx.execute(_LOCK, asked).first()
    if locked is None:
        raise explain_conflict(tx, draft_id, seen, by, approving=True)
    needed, version = locked
    row = {"draft_id": draft_id, "review_round": seen, "version": version, "member_id": by.member_id}
    counted = tx.execute(_COUNT_IN, row | {"timing": timing, "surface": by.surface}).first()
    have = tx.execute(_COUNT, {"draft": draft_id}).scalar_one()
    if counted is None:
        raise Refusal(
            RefusalCode.ALREADY_ENDORSED,
            f"You have approved this already: {have} of {needed}. It needs another reviewer's approval.",
        )
    if have < needed:
        tx.execute(sa.update(Draft).where(Draft.id == draft_id).values(**REDRAW, **NOT_SNOOZED))
        data = {"version": version, "timing": timing, "have": have, "needed": needed}
        events.write(tx, by, events.Entry(Verb.ENDORSE, draft_id=draft_id, data=data))
    return Endorsed(draft_id, have, needed)


_LOCK = (
    sa.select(Campaign.quorum, Draft.version)
    .join(Draft, Draft.campaign_id == Campaign.id)
    .where(
        Draft.id == sa.bindparam("draft"),
        Draft.workspace_id == sa.bindparam("workspace"),
        Draft.status.in_(DRAFT.sources(Verb.APPROVE)),
        Draft.review_round == sa.bindparam("seen"),
        Campaign.quorum > 1,
        MAY_APPROVE,
    )
    .with_for_update(of=Draft)
)
_COUNT_IN = insert(DraftApproval).on_conflict_do_nothing().returning(DraftApproval.member_id)
_COUNT = sa.select(_HAVE).select_from(Draft).where(Draft.id == sa.bindparam("draft"))
