"""The verbs of review: approve, edit, reject, request changes (DESIGN §3).

Each is optimistic: one conditional UPDATE that names the states that the machine allows, the round that the person saw
(`core/drafts/versions.py`), and who may. If nothing comes back, somebody was first, the text changed, or it is not
theirs to decide, and `explain_conflict` says who, what and when.
"""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core import events
from core.actor import SIGNOFF, Actor
from core.drafts.block import block_refused
from core.drafts.conflicts import explain_conflict
from core.drafts.permissions import MAY_APPROVE, actor_parameters, may_decide, refuse_the_nameless
from core.drafts.quorum import ENOUGH, Endorsed, endorse
from core.drafts.versions import NOT_SNOOZED, RESTART_WAIT, Text, begin_round, rewrite
from core.ids import UUID, new_id
from core.models import Campaign, Delivery, Draft, Workspace
from core.states import DRAFT
from core.taxonomy import DraftStatus, Timing, Verb
from core.text.clean import clean_body, clean_note, clean_reason, clean_subject

__all__ = ["Approved", "Endorsed", "approve", "bring_back", "edit", "reject", "request_changes"]


@dataclass(frozen=True)
class Approved:
    """What an approval made."""

    draft_id: UUID
    delivery_id: UUID
    account_id: UUID


def approve(
    tx: Connection, draft_id: UUID, seen: int, by: Actor, timing: Timing = Timing.EARLIEST
) -> Approved | Endorsed:
    """Optimistic: approve exactly the text of the round `seen`, and queue its one live delivery in the same transaction
    (P1, P3).

    Where the campaign asks for several people, all but the last one endorse, and the timing of the last counts. The
    delivery is due once the time is over in which the approval can be taken back.
    Raises `Conflict` (somebody decided first: who and when), `Stale` (the text changed) or another `Refusal`.
    """
    refuse_the_nameless(by)
    asked = {
        "draft": draft_id,
        "workspace": by.workspace_id,
        "seen": seen,
        "surface": by.surface,
        **actor_parameters(by),
    }
    decided = tx.execute(_APPROVE, asked).first()
    if decided is None:
        endorsed = endorse(tx, draft_id, seen, by, timing)
        if endorsed.have < endorsed.needed:
            return endorsed
        decided = tx.execute(_APPROVE, asked).one()
    delivery_id = new_id()
    events.write_with(
        tx,
        by,
        events.Entry(
            Verb.APPROVE,
            draft_id=draft_id,
            delivery_id=delivery_id,
            moved=(DraftStatus.NEEDS_REVIEW, DraftStatus.APPROVED),
            data={"version": decided.version, "timing": timing},
        ),
        _QUEUE,
        {
            "delivery": delivery_id,
            "workspace": by.workspace_id,
            "draft": draft_id,
            "version": decided.version,
            "campaign": decided.campaign_id,
            "account": decided.account_id,
            "contact": decided.contact_id,
            "when": timing,
            "undo_seconds": decided.undo_seconds,
        },
    )
    return Approved(draft_id, delivery_id, decided.account_id)


_APPROVE = (
    sa.update(Draft)
    .where(
        Draft.id == sa.bindparam("draft"),
        Draft.workspace_id == sa.bindparam("workspace"),
        Draft.status.in_(DRAFT.sources(Verb.APPROVE)),
        Draft.review_round == sa.bindparam("seen"),
        Campaign.id == Draft.campaign_id,
        Workspace.id == Draft.workspace_id,
        MAY_APPROVE,
        ENOUGH,
    )
    .values(
        status=DraftStatus.APPROVED,
        decided_by=sa.bindparam("by"),
        decided_at=sa.func.clock_timestamp(),
        decided_surface=sa.bindparam("surface"),
        decision_note=None,
        return_reason=None,
        **NOT_SNOOZED,
    )
    .returning(Draft.version, Draft.campaign_id, Draft.contact_id, Campaign.account_id, Workspace.undo_seconds)
)
#: The claim takes what is due, so it cannot come before the end of the time in which an approval can be taken back.
_QUEUED = (
    sa.insert(Delivery)
    .values(
        id=sa.bindparam("delivery"),
        workspace_id=sa.bindparam("workspace"),
        draft_id=sa.bindparam("draft"),
        content_version=sa.bindparam("version"),
        campaign_id=sa.bindparam("campaign"),
        account_id=sa.bindparam("account"),
        contact_id=sa.bindparam("contact"),
        timing=sa.bindparam("when"),
        due_at=sa.func.now() + sa.func.make_interval(0, 0, 0, 0, 0, 0, sa.bindparam("undo_seconds")),
    )
    .returning(Delivery.id)
    .cte("queued")
)
_QUEUE = events.with_changes(_QUEUED)


def edit(tx: Connection, draft_id: UUID, seen: int, subject: str, body: str, by: Actor) -> int:
    """Optimistic: replace the text of the round `seen` by a new version; returns its number. Endorsements named the old
    one.

    A text that is still blocked stays in `manual_review`; one that did not change makes no version. Raises `BadInput`,
    `Conflict`, `Stale` or another `Refusal`.
    """
    text = Text(clean_subject(subject), clean_body(body))
    edited = rewrite(tx, draft_id, seen, text, by, only=may_decide(by))
    if edited is None:
        raise explain_conflict(tx, draft_id, seen, by)
    return edited


def reject(tx: Connection, draft_id: UUID, seen: int, reason: str, by: Actor) -> None:
    """Optimistic: reject a draft for good, in the round `seen`, with a reason.

    Raises `BadInput`, `Conflict`, `Stale` or another `Refusal`."""
    decided = {"decided_by": by.member_id, "decided_at": sa.func.clock_timestamp(), "decided_surface": by.surface}
    decision = decided | {"status": DraftStatus.REJECTED, "decision_note": clean_reason(reason)}
    _decide(tx, Verb.REJECT, (draft_id, seen), decision, by)


def request_changes(tx: Connection, draft_id: UUID, seen: int, note: str, by: Actor) -> None:
    """Optimistic: ask for another text than that of the round `seen`, with a note to whoever wrote it. The note stays
    until the next one is asked for.

    It leaves the queue, and from now on waits for its author, and is told of and expires as what waits for a decision
    does. Raises `BadInput`, `Conflict`, `Stale` or another `Refusal`.
    """
    asked = {"status": DraftStatus.PENDING, "change_note": clean_note(note), "change_asked_by": by.member_id}
    _decide(tx, Verb.REQUEST_CHANGES, (draft_id, seen), asked | RESTART_WAIT, by)


def _decide(tx: Connection, verb: Verb, which: tuple[UUID, int], decision: dict[str, Any], by: Actor) -> None:
    """Take the draft from any state that `verb` may leave to that of the decision, which ends a snooze."""
    refuse_the_nameless(by)
    draft_id, seen = which
    before = sa.select(Draft.id, Draft.status).where(Draft.id == draft_id).with_for_update().cte()
    left = tx.execute(
        sa.update(Draft)
        .where(
            Draft.id == before.c.id,
            Draft.workspace_id == by.workspace_id,
            Draft.status.in_(DRAFT.sources(verb)),
            Draft.review_round == seen,
            may_decide(by),
        )
        .values(decision | NOT_SNOOZED)
        .returning(before.c.status, Draft.version)
    ).first()
    if left is None:
        raise explain_conflict(tx, draft_id, seen, by)
    moved = (left.status, decision["status"])
    entry = events.Entry(verb, draft_id=draft_id, moved=moved, data={"version": left.version})
    events.write(tx, by, entry)


def bring_back(tx: Connection, draft_id: UUID, reason: str | None) -> None:
    """Return an approved draft to review, as its delivery came to nothing (P2). Idempotent.

    In a new round: a second click on the card from before the failure must not approve it again. What a lasting gate
    refused is blocked, and not approved again while that lasts; it needs no `reason` beside that.
    """
    renewed = begin_round(
        tx,
        (Draft.id == draft_id) & Draft.status.in_(DRAFT.sources(Verb.RETURN)),
        status=DraftStatus.NEEDS_REVIEW,
        decided_by=None,
        decided_at=None,
        decided_surface=None,
        return_reason=reason,
        **RESTART_WAIT,
    )
    if not renewed:
        return
    workspace_id = tx.execute(sa.select(Draft.workspace_id).where(Draft.id == draft_id)).scalar_one()
    entry = events.Entry(
        Verb.RETURN,
        workspace_id=workspace_id,
        draft_id=draft_id,
        moved=(DraftStatus.APPROVED, DraftStatus.NEEDS_REVIEW),
    )
    events.write(tx, SIGNOFF, entry)
    block_refused(tx, [draft_id])
