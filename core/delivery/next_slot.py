"""The next slot: when "Approve, next slot" would let a draft go, told before anybody clicks. Touches nothing."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.delivery.facts import facts_of
from core.delivery.gates import earliest, first_refusal
from core.delivery.queue import read_account, read_as_if_queued
from core.ids import UUID

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
