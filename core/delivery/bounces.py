"""A hard bounce that a server says at once, in its refusal of the recipient: recorded like one that is told later.

The address is suppressed, so that no other mail to it leaves, and the account's health counts it
(`core/intake/feedback.py` does the same with what a provider tells afterwards).
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from core import events
from core.actor import Actor
from core.contacts.contacts import suppress_address
from core.delivery.leased import LeasedRow
from core.ids import new_id
from core.mail.outcome import Outcome
from core.models import Account, Contact, Draft, OutreachHistory
from core.taxonomy import HistoryStatus, Verb


def record_bounce(tx: Connection, leased: LeasedRow, by: Actor, outcome: Outcome) -> None:
    """Record that this delivery's address does not exist. Called once, with the move to `failed`."""
    person = tx.execute(_PERSON, {"contact": leased.contact_id, "draft": leased.draft_id, "account": leased.account_id})
    row = person.one()
    line = insert(OutreachHistory).values(
        id=new_id(),
        workspace_id=leased.workspace_id,
        channel=row.channel,
        status=HistoryStatus.BOUNCED,
        email_folded=row.email_folded,
        linkedin_folded=row.linkedin_folded,
        contacted_at=sa.func.clock_timestamp(),
        delivery_id=leased.id,
        account_id=leased.account_id,
        sequence_instance_id=row.sequence_instance_id,
    )
    tx.execute(line.on_conflict_do_update(index_elements=[OutreachHistory.delivery_id], set_={"status": "bounced"}))
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


_PERSON = (
    sa.select(
        Contact.email_folded,
        Contact.linkedin_folded,
        Draft.campaign_id,
        Draft.sequence_instance_id,
        Account.channel,
    )
    .select_from(Contact)
    .join(Draft, Draft.id == sa.bindparam("draft"))
    .join(Account, Account.id == sa.bindparam("account"))
    .where(Contact.id == sa.bindparam("contact"))
)
