"""Approve many at once (CHECKLIST 000.7): low-risk drafts, exactly the versions that were shown, each by itself.

Each approval is a transaction of its own: one that somebody else decided first, or whose text changed, keeps no other
from its way.
"""

import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

import sqlalchemy as sa
import structlog
from sqlalchemy.engine import Connection

from core.access import Identify, act
from core.actor import Actor
from core.db import transaction
from core.delivery.next_slot import sends_now
from core.drafts.order import AWAKE
from core.drafts.review import Approved, Endorsed, approve
from core.drafts.undo import undo
from core.errors import AskFirst, CommitInDoubt, DatabaseAway, Refusal
from core.ids import UUID
from core.models import Draft, DraftApproval
from core.reviewers.low_risk import DraftAtVersion
from core.reviewers.waiting import waits_for
from core.taxonomy import BulkOutcome, DraftStatus, RefusalCode, Risk, Role, Timing, Verb

log = structlog.get_logger("core.reviewers.bulk")


@dataclass(frozen=True)
class BulkResult:
    """What came of one draft, why if it was not approved, and whose queue to ring if it was."""

    draft: DraftAtVersion
    outcome: BulkOutcome
    reason: str | None = None
    account_id: UUID | None = None
    #: It was left for its author to say when it is to leave.
    asks_when: bool = False


@dataclass(frozen=True)
class When:
    """When what is approved together is to leave."""

    timing: Timing = Timing.EARLIEST
    #: The drafts of which they were told that it is outside of business hours, and want them to leave all the same.
    told_closed: Collection[UUID] = ()


AT_ONCE = When()


def approve_each(
    identify: Identify,
    drafts: Iterable[DraftAtVersion],
    when: When = AT_ONCE,
    seconds: float | None = None,
    now: Callable[[], float] = time.monotonic,
) -> list[BulkResult]:
    """Idempotent: approve each as the person whom `identify` finds, in a transaction of its own; returns what came of
    each.

    After `seconds` nothing more is begun, and with Postgres away neither: the rest is `LEFT`, and so is what would
    leave outside of its hours, unknown to its approver. Never raises for one of them. The same again is the same: what
    they have approved themselves counts as approved.
    """
    end = None if seconds is None else now() + seconds
    results: list[BulkResult] = []
    left: str | None = None
    for draft in drafts:
        if left is None and end is not None and now() >= end:
            left = "There was no time for it. It was not changed."
        if left is not None:
            results.append(BulkResult(draft, BulkOutcome.LEFT, left))
            continue
        try:
            results.append(_approve_one(identify, draft, when))
        except CommitInDoubt:
            results.append(
                BulkResult(
                    draft, BulkOutcome.FAILED, "The database went away; the card will show whether it was approved."
                )
            )
            left = "The database does not answer. It was not changed."
        except DatabaseAway:
            left = "The database does not answer. It was not changed."
            results.append(BulkResult(draft, BulkOutcome.LEFT, left))
    return results


def _approve_one(identify: Identify, draft: DraftAtVersion, when: When) -> BulkResult:
    try:
        made = act(
            identify,
            Role.REVIEWER,
            Verb.APPROVE,
            lambda tx, by: _approve_as_shown(tx, draft, by, when),
            draft_id=draft.draft_id,
        )
    except Refusal as refusal:
        return _refused(identify, draft, refusal)
    except AskFirst as first:
        return BulkResult(draft, BulkOutcome.LEFT, str(first), asks_when=True)
    except DatabaseAway:
        raise
    except Exception as error:
        log.exception("bulk approval failed", error=type(error).__name__, draft_id=str(draft.draft_id))
        return BulkResult(draft, BulkOutcome.FAILED, "Something went wrong. It was not changed.")
    if isinstance(made, Endorsed):
        return BulkResult(draft, BulkOutcome.ENDORSED, f"{made.have} of {made.needed} approvals.")
    return BulkResult(draft, BulkOutcome.APPROVED, account_id=made.account_id)


def _approve_as_shown(tx: Connection, draft: DraftAtVersion, by: Actor, when: When) -> Approved | Endorsed:
    """Approve it, if it still is what the list offered: low-risk, awake, and theirs.

    What was decided, or has another text, is refused by `approve` itself, with who and when.
    """
    row = tx.execute(
        sa.select(
            (Draft.status == DraftStatus.NEEDS_REVIEW).label("open"),
            sa.and_(waits_for(by), AWAKE, Draft.risk == Risk.LOW).label("offered"),
        )
        .where(Draft.id == draft.draft_id, Draft.workspace_id == by.workspace_id, Draft.review_round == draft.version)
        .with_for_update()
    ).first()
    if row is not None and row.open and not row.offered and not _endorsed(tx, draft, by):
        raise Refusal(
            RefusalCode.NOTHING_TO_DO,
            "This is no longer a low-risk draft for you: it was snoozed or assigned, or its risk changed.",
        )
    asked = when.timing == Timing.NEXT_SLOT or draft.draft_id in when.told_closed
    if row is not None and not asked and sends_now(tx, [draft.draft_id])[draft.draft_id].closed:
        raise AskFirst("It is outside business hours now. Choose when to send it.")
    return approve(tx, draft.draft_id, draft.version, by, when.timing)


def _endorsed(tx: Connection, draft: DraftAtVersion, by: Actor) -> bool:
    """Whether they have given their approval in this round, and others are still asked."""
    mine = sa.exists().where(
        DraftApproval.draft_id == draft.draft_id,
        DraftApproval.review_round == draft.version,
        DraftApproval.member_id == by.member_id,
    )
    return bool(tx.scalar(sa.select(mine)))


_OUTCOMES: dict[RefusalCode, BulkOutcome] = {
    RefusalCode.ALREADY_DECIDED: BulkOutcome.TAKEN,
    RefusalCode.DRAFT_ALREADY_SENDING: BulkOutcome.TAKEN,
    RefusalCode.SEND_OUTCOME_UNKNOWN: BulkOutcome.TAKEN,
    RefusalCode.STALE_VERSION: BulkOutcome.CHANGED,
    RefusalCode.NOTHING_TO_DO: BulkOutcome.CHANGED,
    RefusalCode.BLOCKED: BulkOutcome.CHANGED,
    RefusalCode.ALREADY_ENDORSED: BulkOutcome.ENDORSED,
}


def _refused(identify: Identify, draft: DraftAtVersion, refusal: Refusal) -> BulkResult:
    outcome = _OUTCOMES.get(refusal.code, BulkOutcome.FAILED)
    if outcome == BulkOutcome.TAKEN and _theirs(identify, draft):
        return BulkResult(draft, BulkOutcome.APPROVED)
    return BulkResult(draft, outcome, str(refusal))


def _theirs(identify: Identify, draft: DraftAtVersion) -> bool:
    """Whether it was this person who approved exactly this: an answer of ours was lost, and they ask again."""
    with transaction() as tx:
        by = identify(tx)
        approved = sa.exists().where(
            Draft.id == draft.draft_id,
            Draft.workspace_id == by.workspace_id,
            Draft.review_round == draft.version,
            Draft.status == DraftStatus.APPROVED,
            Draft.decided_by == by.member_id,
        )
        return bool(tx.scalar(sa.select(approved)))


def accounts(results: Sequence[BulkResult]) -> list[UUID]:
    """The accounts that have something to send now, each once."""
    return list(dict.fromkeys(result.account_id for result in results if result.account_id))


def undo_each(identify: Identify, drafts: Iterable[DraftAtVersion]) -> tuple[list[DraftAtVersion], list[str]]:
    """Idempotent: take these approvals back, each in a transaction of its own; returns what was, and of each that was
    not, why: it has left, or is leaving, or somebody decided otherwise since.

    With Postgres away it raises `DatabaseAway`: what was taken back until then is, and the same again is the same.
    """
    undone: list[DraftAtVersion] = []
    why_not: list[str] = []
    for draft in drafts:
        try:
            act(identify, Role.REVIEWER, Verb.UNDO, partial(_undo, draft), draft_id=draft.draft_id)
        except Refusal as refusal:
            why_not.append(str(refusal))
        else:
            undone.append(draft)
    return undone, why_not


def _undo(draft: DraftAtVersion, tx: Connection, by: Actor) -> None:
    undo(tx, draft.draft_id, draft.version, by)
