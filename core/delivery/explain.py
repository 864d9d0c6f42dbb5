"""Why a queued delivery does not leave now, and when it may: the gates, asked again without touching anything.

For an operator it is said by `core/views/send_queue.py` (`signoff queue why`, `/outreach why`).
"""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.engine import Connection

from core.delivery.facts import AccountRow, DeliveryRow, facts_of
from core.delivery.gates import earliest, first_refusal
from core.delivery.queue import read_account, read_delivery
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
