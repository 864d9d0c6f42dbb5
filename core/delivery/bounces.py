"""A hard bounce that a server says at once, in its refusal of the recipient: recorded like one that is told later.

The address is suppressed, so that no other mail to it leaves, and the account's health counts it
(`core/intake/feedback.py` does the same with what a provider tells afterwards).
"""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core import events
from core.actor import Actor
from core.contacts.contacts import suppress_address
from core.delivery.history import note_in_history
from core.delivery.leased import LeasedRow
from core.mail.outcome import Outcome
from core.models import Contact, Draft
from core.taxonomy import HistoryStatus, Verb


def record_bounce(tx: Connection, leased: LeasedRow, by: Actor, outcome: Outcome) -> None:
    """Record that this delivery's address does not exist. Called once, with the move to `failed`."""
    whom = sa.select(Contact.email_folded, Draft.campaign_id).join(Draft, Draft.contact_id == Contact.id)
    row = tx.execute(whom.where(Draft.id == leased.draft_id)).one()
    note_in_history(tx, leased.id, HistoryStatus.BOUNCED)
    suppress_address(tx, leased.workspace_id, row.email_folded, "bounce")
    entry = events.Entry(
        Verb.BOUNCE,
        workspace_id=leased.workspace_id,
        draft_id=leased.draft_id,
        delivery_id=leased.id,
        attempt_id=leased.attempt_id,
        campaign_id=row.campaign_id,
        data={"hard": True, "smtp_code": outcome.code},
    )
    events.write(tx, by, entry)
