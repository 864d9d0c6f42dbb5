"""The next slot: when "Approve, next slot" would let a draft go, told before anybody clicks. Touches nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.delivery.closed_hours import ClosedHours, closed_by
from core.delivery.facts import facts_of
from core.delivery.gates import Facts, earliest, first_refusal
from core.delivery.queue import read_as_if_queued
from core.ids import UUID
from core.models import Draft, Workspace
from core.taxonomy import GateCode, Timing

#: Mail ahead of it is counted up to here: more is "many".
COUNTED = 100


@dataclass(frozen=True)
class SendNow:
    """What "Approve & send" would give, as it stood at a moment."""

    #: The earliest moment that the gates let it pass; None where that takes an act.
    at: datetime | None
    #: What keeps it, other than the minutes between two mails; None where nothing does.
    why: str | None = None
    #: And it does so for good: approved, it would come back.
    lasting: bool = False
    #: It would leave outside of these business hours.
    closed: ClosedHours | None = None


@dataclass(frozen=True)
class Told:
    """What stood beside the button that was clicked: outside of business hours as yet; or that the mail would wait."""

    closed: bool = False
    held: bool = False


NOTHING_TOLD = Told()


@dataclass(frozen=True)
class NextSlot:
    """The next slot as it stood at a moment."""

    #: The earliest moment that the gates let it pass; None where that takes an act, and then `why` says which.
    at: datetime | None
    why: str | None
    #: Mail of the same account that is queued for then or sooner, up to `COUNTED`: it goes first, with minutes between.
    ahead: int
    #: Nothing holds it: `at` is the moment of asking.
    at_once: bool = False
    send_now: SendNow | None = None


def next_slot(tx: Connection, draft_id: UUID) -> NextSlot | None:
    """The slot that this draft would get if it were approved now; None if there is no such draft."""
    rows = read_as_if_queued(tx, [draft_id])
    if not rows:
        return None
    ((account, row),) = rows
    facts = facts_of(account, row)
    at, now = earliest(facts), send_now(facts, undo_seconds(tx, draft_id))
    if at is None:
        refusal = first_refusal(facts)
        return NextSlot(None, refusal.sentence if refusal else None, 0, send_now=now)
    ahead = tx.execute(
        _AHEAD, {"account": account.account_id, "priority": row.priority, "at": at, "counted": COUNTED}
    ).scalar_one()
    return NextSlot(at, None, ahead, at_once=at == facts.now, send_now=now)


def sends_now(tx: Connection, draft_ids: Sequence[UUID]) -> Mapping[UUID, SendNow]:
    """What "Approve & send" would give for each of these drafts, in two trips. All are of one workspace."""
    seconds = undo_seconds(tx, draft_ids[0]) if draft_ids else 0
    rows = read_as_if_queued(tx, draft_ids) if draft_ids else []
    return {row.draft_id: send_now(facts_of(account, row), seconds) for account, row in rows}


def send_now(facts: Facts, seconds: int = 0) -> SendNow:
    """What the same gates say of "Approve & send": all but the hours, which it disregards for a while.

    `seconds`: for so long the approval could be undone.
    """
    facts = replace(facts, timing=Timing.EARLIEST, queued_at=facts.now)
    refusal, at = first_refusal(facts), earliest(facts)
    why = refusal.sentence if refusal is not None and refusal.code != GateCode.SPACING else None
    if at is None:
        return SendNow(None, why, lasting=refusal is not None and refusal.lasting)
    address = None if facts.recipient_hours else facts.account.address
    leaves = max(at, facts.now + timedelta(seconds=seconds))
    closed = closed_by(facts.recipient_hours or facts.account.hours, address, facts.now, leaves)
    return SendNow(at, why, closed=closed)


def undo_seconds(tx: Connection, draft_id: UUID) -> int:
    """For how long nothing leaves, so that the approval of this draft can be undone."""
    workspace = sa.select(Workspace.undo_seconds).join(Draft, Draft.workspace_id == Workspace.id)
    return tx.scalar(workspace.where(Draft.id == draft_id)) or 0


#: As many index entries as are counted, whatever the backlog.
_AHEAD = sa.text("""
    SELECT count(*) FROM (
        SELECT FROM send_queue
        WHERE account_id = :account AND status = 'queued' AND priority <= :priority AND due_at <= :at
        LIMIT :counted
    ) ahead
""")
