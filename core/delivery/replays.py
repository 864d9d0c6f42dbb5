"""Ask a provider again about a mail whose outcome is unknown, under the attempt's id, for which it takes a mail once.

To ask again is to send, should the first request never have arrived. So the gates that an act may close are looked at
once more, right before; and it ends well before a person may have the mail sent again, as another attempt under another
id, and before the provider forgets the id (Resend: 24 hours).
"""

import hashlib
from dataclasses import dataclass, field
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.delivery.leased import FREE_TO_SEND, contactable
from core.delivery.unknown import WAIT
from core.ids import UUID
from core.mail.resend_url import ResendUrl
from core.models import Account, Attempt, Campaign, Contact, Delivery, Installation
from core.taxonomy import AttemptOutcome, DeliveryStatus

#: After this, a mail is left to a person. What is under way has `MARGIN` to end, which is more than it may take.
MARGIN = timedelta(minutes=5)
ASK_FOR = WAIT - MARGIN
#: How long a provider certainly remembers an id, counted from the first request.
REMEMBERED_FOR = timedelta(hours=12)
#: Attempts that are asked about in one go.
BATCH = 10


@dataclass(frozen=True)
class Unanswered:
    """An attempt that may be asked about again, with all that a transport needs. No personal data in its repr (P11)."""

    attempt_id: UUID
    draft_id: UUID
    account_id: UUID
    asked: str
    smtp_url: str = field(repr=False)
    mail_from: str = field(repr=False)
    rcpt_to: str = field(repr=False)
    mime: bytes = field(repr=False)


def provider_fingerprint(url: ResendUrl) -> str:
    """A fingerprint of the provider's account: only the very same one knows what was sent under an id."""
    return hashlib.sha256(f"resend {url.host}:{url.port} {url.key}".encode()).hexdigest()


def record_provider(tx: Connection, attempt_id: UUID, url: ResendUrl) -> None:
    """Record which provider's account this attempt is about to ask; in the transaction of `start`."""
    tx.execute(sa.update(Attempt).where(Attempt.id == attempt_id).values(asked=provider_fingerprint(url)))


def unanswered(tx: Connection, limit: int = BATCH) -> list[Unanswered]:
    """Attempts at providers that may be asked about again now, the longest unknown first."""
    replayable = _OPEN.where(*FREE_TO_SEND, _CONTACTABLE)
    rows = tx.execute(replayable.order_by(Attempt.finished_at).limit(limit)).all()
    return [Unanswered(**row._mapping) for row in rows]


def may_replay(tx: Connection, one: Unanswered, url: ResendUrl) -> bool:
    """Fenced point of no return of a replay, committed right before its request is written: the outcome is still
    unknown, nothing was paused or suppressed, and the provider's account is the one that was asked before.

    The rows are locked until the commit, as `core.delivery.start` does: a pause either came before, or waits.
    """
    if provider_fingerprint(url) != one.asked:
        return False
    still = _OPEN.where(Attempt.id == one.attempt_id, *FREE_TO_SEND, _CONTACTABLE)
    return tx.execute(still.with_for_update(read=True, of=_LOCKED)).first() is not None


_CONTACTABLE = contactable(Delivery.__table__.c.kind)
#: In the order in which everybody locks them.
_LOCKED = (Delivery, Campaign, Account, Contact, Installation)
_OPEN = (
    sa.select(
        Attempt.id.label("attempt_id"),
        Attempt.draft_id,
        Delivery.account_id,
        Attempt.asked,
        Account.smtp_url,
        Account.address.label("mail_from"),
        Contact.email.label("rcpt_to"),
        Attempt.mime,
    )
    .join(Delivery, Delivery.attempt_id == Attempt.id)
    .join(Campaign, Campaign.id == Delivery.campaign_id)
    .join(Account, Account.id == Delivery.account_id)
    .join(Contact, Contact.id == Delivery.contact_id)
    .join(Installation, sa.true())
    .where(
        Delivery.status == DeliveryStatus.OUTCOME_UNKNOWN,
        # Words of the statement, not parameters: so the partial index is of use.
        Attempt.outcome == sa.literal_column(f"'{AttemptOutcome.UNKNOWN}'", sa.Text),
        Attempt.asked.is_not(None),
        Attempt.overruled_at.is_(None),
        Attempt.finished_at > sa.func.clock_timestamp() - sa.cast(ASK_FOR, sa.Interval),
        Attempt.started_at > sa.func.clock_timestamp() - sa.cast(REMEMBERED_FOR, sa.Interval),
    )
)
