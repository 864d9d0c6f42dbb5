"""Why a queued delivery does not leave now, and when it may: the gates, asked again without touching anything.

And when "Approve, next slot" would let a draft go, told before anybody clicks.
"""

from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.delivery.facts import AccountRow, DeliveryRow, facts_of
from core.delivery.gates import earliest, first_refusal
from core.delivery.queue import read_account, read_as_if_queued, read_delivery
from core.delivery.refusals import UNTIL_AN_ACT
from core.ids import UUID
from core.taxonomy import DeliveryStatus, GateCode


@dataclass(frozen=True)
class WaitReason:
    """Why a queued delivery waits, in a sentence, and the earliest moment at which it may leave, if known."""

    sentence: str
    code: GateCode | None
    until: datetime | None


def explain_wait(tx: Connection, delivery_id: UUID, account_id: UUID) -> WaitReason | None:
    """Dry run of the gates for one delivery: what it waits for; None if nothing, or if it is not queued any more."""
    row, account = read_delivery(tx, delivery_id), read_account(tx, account_id)
    if row is None or account is None or row.status != DeliveryStatus.QUEUED:
        return None
    return wait_reason(account, row)


def wait_reason(account: AccountRow, row: DeliveryRow) -> WaitReason | None:
    """The same for the row of a queued delivery that was read already, with its account."""
    facts = facts_of(account, row)
    waits_for_an_act = row.due_at >= UNTIL_AN_ACT
    # Not before it is due, and then whatever the gates say of that moment.
    until = None if waits_for_an_act else earliest(replace(facts, now=max(facts.now, row.due_at)))
    refusal = first_refusal(facts)
    if refusal is not None:
        return WaitReason(refusal.sentence, refusal.code, until)
    if row.due_at > account.now and row.reason:
        return WaitReason(row.reason, GateCode(row.held_code) if row.held_code else None, until)
    return None


#: Mail ahead of it is counted up to here: more is "many".
COUNTED = 100


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


def next_slot(tx: Connection, draft_id: UUID, account_id: UUID) -> NextSlot | None:
    """The slot that this draft would get if it were approved now; None if there is no such draft or account."""
    row, account = read_as_if_queued(tx, draft_id), read_account(tx, account_id)
    if row is None or account is None:
        return None
    facts = facts_of(account, row)
    at = earliest(facts)
    if at is None:
        refusal = first_refusal(facts)
        return NextSlot(None, refusal.sentence if refusal else None, 0)
    ahead = tx.execute(
        _AHEAD, {"account": account_id, "priority": row.priority, "at": at, "counted": COUNTED}
    ).scalar_one()
    return NextSlot(at, None, ahead, at_once=at == facts.now)


#: As many index entries as are counted, whatever the backlog.
_AHEAD = sa.text("""
    SELECT count(*) FROM (
        SELECT FROM send_queue
        WHERE account_id = :account AND status = 'queued' AND priority <= :priority AND due_at <= :at
        LIMIT :counted
    ) ahead
""")
