"""Start: the point of no return, committed right before DATA."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core import events
from core.actor import SIGNOFF
from core.delivery.held import FREE_TO_SEND, Claimed, from_now, start_lease, word
from core.models import Account, Attempt, Campaign, Contact, Delivery, Installation
from core.states import DELIVERY
from core.taxonomy import ContactStatus, DeliveryStatus, DraftKind, Verb


def start(tx: Connection, claimed: Claimed) -> bool:
    """The last gate, right before DATA: the attempt still holds its lease, and nothing was paused meanwhile (P7, P8).

    True: committed as `sending`, so the mail may leave, once. The rows of campaign, account, contact and installation
    are locked until the commit: a pause, a suppression or a stop either committed before, and is obeyed, or waits until
    this mail has passed.
    """
    held = tx.execute(
        sa.select(Delivery.workspace_id, Delivery.campaign_id, Delivery.account_id, Delivery.contact_id, Delivery.kind)
        .where(
            Delivery.id == claimed.delivery_id,
            Delivery.attempt_id == claimed.attempt_id,
            Delivery.status.in_(DELIVERY.sources(Verb.START)),
            Delivery.lease_until > sa.func.clock_timestamp(),
        )
        .with_for_update()
    ).first()
    if held is None:
        return False
    free = tx.execute(
        sa.select(Campaign.id)
        .join(Account, Account.id == held.account_id)
        .join(Contact, Contact.id == held.contact_id)
        .join(Installation, sa.true())
        .where(Campaign.id == held.campaign_id, *FREE_TO_SEND)
        .where(Contact.status != word(ContactStatus.REPLIED) if held.kind != DraftKind.REPLY else sa.true())
        .with_for_update(read=True)
    ).first()
    if free is None:
        return False
    tx.execute(sa.update(Attempt).where(Attempt.id == claimed.attempt_id).values(started_at=sa.func.clock_timestamp()))
    tx.execute(
        sa.update(Delivery)
        .where(Delivery.id == claimed.delivery_id)
        .values(status=DeliveryStatus.SENDING, lease_until=from_now(start_lease()))
    )
    events.write(
        tx,
        SIGNOFF,
        Verb.START,
        workspace_id=held.workspace_id,
        draft_id=claimed.draft_id,
        delivery_id=claimed.delivery_id,
        attempt_id=claimed.attempt_id,
        moved=(DeliveryStatus.CLAIMED, DeliveryStatus.SENDING),
    )
    return True
