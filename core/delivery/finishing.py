"""Finish: record what became of an attempt, and take its delivery where that leads, fenced by the attempt's id."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import aliased

from core import events
from core.actor import SIGNOFF, Actor
from core.db import first_row, from_now
from core.delivery import bounces, resting
from core.delivery.late_arrival import confirm_late, record_duplicate
from core.delivery.leased import LOCK_BY_ATTEMPT, LeasedRow
from core.delivery.outcomes import Transition, sentence_for, transition_for
from core.drafts.block import hold_contact
from core.drafts.review import bring_back
from core.ids import UUID
from core.mail.outcome import Outcome
from core.mail.provider_id import provider_id
from core.models import Attempt, Delivery
from core.settings import settings
from core.taxonomy import AttemptOutcome, DeliveryStatus, Reason


class _Closed(NamedTuple):
    id: UUID
    overruled_at: datetime | None
    arrived_before: UUID | None


_Other = aliased(Attempt)
#: An attempt that a person overruled, and that arrived after all.
_ARRIVED_BEFORE = (
    sa.select(_Other.id)
    .where(_Other.delivery_id == Attempt.delivery_id, _Other.id != Attempt.id, _Other.outcome == AttemptOutcome.SENT)
    .limit(1)
    .scalar_subquery()
)
#: An outcome that is certain is never replaced.
_CLOSE = (
    sa.update(Attempt)
    .where(
        Attempt.id == sa.bindparam("attempt"),
        Attempt.outcome.is_(None) | (Attempt.outcome == AttemptOutcome.UNKNOWN),
        Attempt.outcome.is_distinct_from(sa.bindparam("kind")),
    )
    .values(
        outcome=sa.bindparam("kind"),
        finished_at=sa.func.clock_timestamp(),
        phase=sa.bindparam("at_phase"),
        code=sa.bindparam("answer"),
        reason=sa.bindparam("why"),
        reply=sa.bindparam("words"),
        provider_id=sa.bindparam("named"),
    )
    .returning(Attempt.id, Attempt.overruled_at, _ARRIVED_BEFORE.label("arrived_before"))
)

_MOVED = (
    sa.update(Delivery)
    .where(Delivery.id == sa.bindparam("delivery"))
    .values(
        status=sa.bindparam("next"),
        lease_until=None,
        tries=sa.bindparam("made"),
        reason=sa.bindparam("sentence"),
        due_at=sa.func.coalesce(from_now(sa.bindparam("wait")), Delivery.due_at),
    )
    .returning(Delivery.id)
    .cte("moved")
)
_MOVE = events.with_changes(_MOVED)


def finish(
    tx: Connection, attempt_id: UUID, outcome: Outcome, by: Actor = SIGNOFF, evidence: dict[str, Any] | None = None
) -> bool:
    """Idempotent: record what became of an attempt; False if it was known. A certain outcome is never replaced.

    A late result of an attempt whose lease ran out still closes it, if it is the one that the delivery is waiting for.
    One that a person overruled meanwhile, and that arrived after all, keeps every other from leaving, if it still can.
    `by` says who knows, and `evidence` goes into the event. Raises `NothingChanged` when the delivery stays where it
    is.
    """
    leased = first_row(tx.execute(LOCK_BY_ATTEMPT, {"attempt": attempt_id}), LeasedRow)
    if leased is None:
        return False
    if outcome.reason == Reason.START_REFUSED and leased.lease_is_over:
        # Nothing was paused: the worker was too slow, which counts as a try, or it would be so for ever.
        outcome = replace(outcome, reason=Reason.LEASE_EXPIRED)
    closing = {
        "attempt": attempt_id,
        "kind": outcome.kind,
        "at_phase": outcome.phase,
        "answer": outcome.code,
        "why": outcome.reason,
        "words": outcome.reply or None,
        "named": provider_id(outcome.reply) if outcome.kind == AttemptOutcome.SENT else None,
    }
    closed = first_row(tx.execute(_CLOSE, closing), _Closed)
    if closed is None:
        return False
    data = {"phase": outcome.phase, "reason": outcome.reason, "smtp_code": outcome.code, **(evidence or {})}
    if closed.overruled_at and outcome.kind == AttemptOutcome.SENT:
        confirm_late(tx, leased, attempt_id, by, data)
        return True
    greylisted_for = _greylisted_for(tx, leased.id) if outcome.reason == Reason.GREYLISTED else timedelta(0)
    next_ = transition_for(
        leased.status,
        outcome,
        tries=leased.tries,
        limit=settings().delivery_tries,
        greylisted_for=greylisted_for,
    )
    if next_ is not None and leased.attempt_id == attempt_id:
        if closed.arrived_before and next_.to != DeliveryStatus.SENT:
            confirm_late(tx, leased, closed.arrived_before, by, data, settled=True)
        else:
            _move(tx, leased, next_, outcome, by, data)
            resting.heed(tx, leased.account_id, outcome)
    if closed.arrived_before and outcome.kind == AttemptOutcome.SENT:
        record_duplicate(tx, leased, attempt_id, by)
    return True


def _greylisted_for(tx: Connection, delivery_id: UUID) -> timedelta:
    """How long it is since a server first asked for a second try of this delivery, as it just did."""
    first = sa.func.min(Attempt.finished_at)
    asked = sa.select(sa.func.clock_timestamp() - first).where(
        Attempt.delivery_id == delivery_id, Attempt.reason == Reason.GREYLISTED
    )
    since: timedelta = tx.execute(asked).scalar_one()
    return since


def _move(
    tx: Connection, leased: LeasedRow, next_: Transition, outcome: Outcome, by: Actor, data: dict[str, Any]
) -> None:
    """Take the delivery where its attempt's outcome leads, with the event; a failed one brings its draft back."""
    reason = sentence_for(outcome)
    events.write_with(
        tx,
        by,
        events.Entry(
            next_.verb,
            workspace_id=leased.workspace_id,
            draft_id=leased.draft_id,
            delivery_id=leased.id,
            attempt_id=leased.attempt_id,
            moved=(leased.status, next_.to),
            data=data,
        ),
        _MOVE,
        {
            "delivery": leased.id,
            "next": next_.to,
            "made": leased.tries + next_.counts,
            "sentence": None if next_.to == DeliveryStatus.SENT else reason,
            "wait": next_.wait if next_.to == DeliveryStatus.QUEUED else None,
        },
    )
    if next_.to == DeliveryStatus.FAILED:
        if outcome.reason == Reason.RECIPIENT_UNKNOWN:
            bounces.record_bounce(tx, leased, by, outcome)
        hold_contact(tx, leased.draft_id)
        bring_back(tx, leased.draft_id, reason)
