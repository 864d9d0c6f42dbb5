"""Start: the fenced point of no return, committed right before DATA."""

from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core import events
from core.actor import SIGNOFF
from core.db import first_row, from_now, literal
from core.delivery.leased import FREE_TO_SEND, Claimed, contactable, start_lease
from core.ids import UUID
from core.models import Account, Attempt, Campaign, Contact, Delivery, Installation
from core.states import DELIVERY
from core.taxonomy import DeliveryStatus, Verb


class _Leased(NamedTuple):
    workspace_id: UUID
    campaign_id: UUID
    account_id: UUID
    contact_id: UUID
    kind: str


#: The delivery, if the attempt still has its lease: the attempt's id is the fencing token.
_LEASED = (
    sa.select(Delivery.workspace_id, Delivery.campaign_id, Delivery.account_id, Delivery.contact_id, Delivery.kind)
    .where(
        Delivery.id == sa.bindparam("delivery"),
        Delivery.attempt_id == sa.bindparam("attempt"),
        Delivery.status.in_(DELIVERY.sources(Verb.START)),
        Delivery.lease_until > sa.func.clock_timestamp(),
    )
    .with_for_update()
)
#: Whatever an act may close at any moment, locked until the commit.
_FREE = (
    sa.select(Campaign.id)
    .join(Account, Account.id == sa.bindparam("account"))
    .join(Contact, Contact.id == sa.bindparam("contact"))
    .join(Installation, sa.true())
    .where(Campaign.id == sa.bindparam("campaign"), *FREE_TO_SEND)
    .where(contactable(sa.bindparam("kind", type_=sa.Text)))
    .with_for_update(read=True)
)
#: First, as the database lets nothing be `sending` whose attempt has not started. (The functions of triggers see what
#: other parts of their statement changed; the parts themselves do not.)
_STARTED = (
    sa.update(Attempt)
    .where(Attempt.id == sa.bindparam("attempt"))
    .values(started_at=sa.func.clock_timestamp())
    .returning(Attempt.delivery_id)
    .cte("started")
)
_SENDING = (
    sa.update(Delivery)
    .where(Delivery.id == sa.bindparam("delivery"), Delivery.id == _STARTED.c.delivery_id)
    .values(status=literal(DeliveryStatus.SENDING), lease_until=from_now(sa.bindparam("lease")))
    .returning(Delivery.id)
    .cte("sending")
)
_START = events.with_changes(_STARTED, _SENDING)


def start(tx: Connection, claimed: Claimed) -> bool:
    """Fenced point of no return, right before DATA: the attempt still has its lease, and nothing was paused (P7, P8).

    True: committed as `sending`, so the mail may leave, once. The rows of campaign, account, contact and installation
    are locked until the commit: a pause, a suppression or a stop either committed before, and is obeyed, or waits until
    this mail has passed. Raises `NothingChanged` rather than let a mail go that the database does not know of.
    """
    leased = first_row(tx.execute(_LEASED, {"delivery": claimed.delivery_id, "attempt": claimed.attempt_id}), _Leased)
    if leased is None:
        return False
    free = tx.execute(
        _FREE,
        {
            "campaign": leased.campaign_id,
            "account": leased.account_id,
            "contact": leased.contact_id,
            "kind": leased.kind,
        },
    ).first()
    if free is None:
        return False
    events.write_with(
        tx,
        SIGNOFF,
        events.Entry(
            Verb.START,
            workspace_id=leased.workspace_id,
            draft_id=claimed.draft_id,
            delivery_id=claimed.delivery_id,
            attempt_id=claimed.attempt_id,
            moved=(DeliveryStatus.CLAIMED, DeliveryStatus.SENDING),
        ),
        _START,
        {"attempt": claimed.attempt_id, "delivery": claimed.delivery_id, "lease": start_lease()},
    )
    return True
