"""What the verbs of delivery share: the leased delivery, what lets it go or stops it, and how long its lease is."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core import events
from core.db import literal
from core.ids import UUID
from core.models import Account, Attempt, Campaign, Contact, Delivery, Installation
from core.settings import settings
from core.taxonomy import AccountStatus, CampaignStatus, ContactStatus, DeliveryStatus, DraftKind, Verb

#: Approved mail that has not left, and has not begun to.
NOT_LEFT_YET = Delivery.status.in_([literal(DeliveryStatus.QUEUED), literal(DeliveryStatus.CLAIMED)])

#: The rows that let a mail go: of all gates the ones that an act may close at any moment. `start` checks them (P8).
FREE_TO_SEND = (
    Campaign.status == literal(CampaignStatus.ACTIVE),
    Account.status == literal(AccountStatus.ACTIVE),
    Contact.status != literal(ContactStatus.DO_NOT_CONTACT),
    Contact.suppressed_by.is_(None),
    # The list itself, too: a contact that was made while an entry was being written carries no mark of it.
    sa.func.suppression_of(Contact.workspace_id, Contact.email_folded, Contact.company).is_(None),
    Installation.sending_stopped.is_(None),
)


def contactable(kind: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """The person has not opted out, and has not replied to what is no answer; whichever of their contacts knows it."""
    said = sa.func.answer_of(Contact.workspace_id, Contact.email_folded, Contact.linkedin_folded)
    may_go = said.is_distinct_from(literal(ContactStatus.DO_NOT_CONTACT))
    answers = kind == literal(DraftKind.REPLY)
    return may_go & (answers | (said.is_(None) & (Contact.status != literal(ContactStatus.REPLIED))))


class LeasedRow(NamedTuple):
    """The delivery that an attempt had claimed, and whether its lease ran out since."""

    id: UUID
    workspace_id: UUID
    draft_id: UUID
    status: str
    attempt_id: UUID | None
    tries: int
    lease_is_over: bool | None
    account_id: UUID
    contact_id: UUID

    def entry(
        self, attempt_id: UUID, verb: Verb, data: dict[str, Any], to: DeliveryStatus | None = None
    ) -> events.Entry:
        """The event of an attempt of it; `to` is the state that it moves to, if it does."""
        return events.Entry(
            verb,
            workspace_id=self.workspace_id,
            draft_id=self.draft_id,
            delivery_id=self.id,
            attempt_id=attempt_id,
            moved=(self.status, to) if to else None,
            data=data,
        )


#: The columns of `LeasedRow`.
LEASED = (
    Delivery.id,
    Delivery.workspace_id,
    Delivery.draft_id,
    Delivery.status,
    Delivery.attempt_id,
    Delivery.tries,
    (Delivery.lease_until <= sa.func.clock_timestamp()).label("lease_is_over"),
    Delivery.account_id,
    Delivery.contact_id,
)
#: The delivery of an `attempt`, locked; the attempt itself is not.
LOCK_BY_ATTEMPT = (
    sa.select(*LEASED)
    .join(Attempt, Attempt.delivery_id == Delivery.id)
    .where(Attempt.id == sa.bindparam("attempt"))
    .with_for_update(of=Delivery)
)


@dataclass(frozen=True)
class Claimed:
    """A delivery leased by this attempt, with all that a transport needs. No personal data in its repr (P11)."""

    attempt_id: UUID
    delivery_id: UUID
    draft_id: UUID
    account_id: UUID
    smtp_url: str = field(repr=False)
    mail_from: str = field(repr=False)
    rcpt_to: str = field(repr=False)
    mime: bytes = field(repr=False)
    #: The attempt's number, which is kept outside Postgres too (`core/installation/restored.py`).
    number: int = 0


def claim_lease() -> timedelta:
    """How long a claim's lease lasts: longer than all that an attempt may wait for up to RCPT (DESIGN §5)."""
    return timedelta(seconds=settings().delivery_connect_seconds + settings().delivery_lease_margin_seconds)


def start_lease() -> timedelta:
    """How long a start's lease lasts: longer than all waits from DATA to the reply to the final dot."""
    return timedelta(seconds=settings().delivery_data_seconds + settings().delivery_lease_margin_seconds)


def wait_for_starts(tx: Connection) -> None:
    """Lock starts out until this transaction ends, once those that are passing have passed. First in every stop.

    `start` holds the rows that it looks at, and many may share a row: under steady sending a row is never free, and
    PostgreSQL lets a new sharer in before somebody who waits to change it. A table's lock has a queue. `start` takes a
    weak one of this table by `FOR SHARE`, which this one makes wait; a claim only reads, and is not held up.
    """
    tx.execute(_LOCK)


_LOCK = sa.text("LOCK TABLE installation IN EXCLUSIVE MODE")
