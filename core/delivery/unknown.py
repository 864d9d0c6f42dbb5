"""A mail of which nobody knows whether it left: what a person can know, and the two things that they can say.

What makes an outcome unknown: `core/mail/smtp.py`, and `core/delivery/outcomes.py`, which says where it leads.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core import events
from core.actor import Actor
from core.db import first_row
from core.delivery.evidence import Evidence, record
from core.drafts.conflicts import explain_conflict
from core.errors import Refusal
from core.ids import UUID
from core.mail.server import mail_server
from core.models import Account, Attempt, Delivery, Workspace
from core.secrets import StillSealed
from core.states import DELIVERY
from core.taxonomy import DeliveryStatus, EvidenceKind, RefusalCode, Says, Verb
from core.text.phrases import when

#: Nobody sends again sooner than this after the outcome became unknown: the worker may be slow, and so may its mail
#: server, which gives up after 10 minutes (RFC 5321 §4.5.3.2.6). The database holds it, too.
WAIT = timedelta(minutes=30)


@dataclass(frozen=True)
class Unknown:
    """What is known of an attempt that never got its answer."""

    number: int
    attempt_id: UUID
    phase: str
    #: The mail server's name, where the account's settings tell it.
    server: str | None = field(repr=False)
    since: datetime
    message_id: str
    again_from: datetime


class _UnknownRow(NamedTuple):
    id: UUID
    number: int
    phase: str
    finished_at: datetime
    message_id: str
    delivery_id: UUID
    account_id: UUID
    smtp_url: str
    timezone: str
    now: datetime


def read_unknown(tx: Connection, draft_id: UUID) -> Unknown | None:
    """What is known of this draft's attempt whose outcome is unknown; None when there is none."""
    row = first_row(tx.execute(_KNOWN.where(Delivery.draft_id == draft_id)), _UnknownRow)
    if row is None:
        return None
    return Unknown(
        number=row.number,
        attempt_id=row.id,
        phase=row.phase,
        server=_server(row.smtp_url, row.account_id),
        since=row.finished_at,
        message_id=row.message_id,
        again_from=row.finished_at + WAIT,
    )


def confirm_arrival(tx: Connection, draft_id: UUID, number: int, by: Actor) -> None:
    """A person has seen that this attempt arrived: it is `sent`. Raises `Conflict` or another `Refusal`."""
    row = _lock_unknown(tx, draft_id, number, by)
    record(tx, row.id, Evidence(EvidenceKind.PERSON, Says.ARRIVED, row.now), by)


def send_again(tx: Connection, draft_id: UUID, number: int, by: Actor) -> UUID:
    """Requeue after an unknown outcome: a person overrules the attempt, which they saw did not arrive; returns the
    account.

    The one way by which a mail that may have left is sent again. Every gate applies to it once more; the sixty days do
    not count the attempt that was overruled. Raises `Refusal` while it is too early, and `Conflict` for who came first.
    """
    row = _lock_unknown(tx, draft_id, number, by)
    if row.now < row.finished_at + WAIT:
        raise Refusal(RefusalCode.TOO_EARLY, too_early(row.finished_at + WAIT, row.now, row.timezone))
    tx.execute(
        sa.update(Attempt)
        .where(Attempt.id == row.id)
        .values(overruled_at=sa.func.clock_timestamp(), overruled_by=by.member_id)
    )
    tx.execute(sa.select(Account.id).where(Account.id == row.account_id).with_for_update(key_share=True))
    # What that day counted stays counted: it may have left. So it is let go of first, before the status gives it back.
    tx.execute(sa.update(Delivery).where(Delivery.id == row.delivery_id).values(counted_on=None))
    tx.execute(
        sa.update(Delivery)
        .where(Delivery.id == row.delivery_id, Delivery.status.in_(DELIVERY.sources(Verb.RESEND)))
        .values(status=DeliveryStatus.QUEUED, due_at=sa.func.clock_timestamp(), tries=0, reason=None)
    )
    entry = events.Entry(
        Verb.RESEND,
        draft_id=draft_id,
        delivery_id=row.delivery_id,
        attempt_id=row.id,
        moved=(DeliveryStatus.OUTCOME_UNKNOWN, DeliveryStatus.QUEUED),
    )
    events.write(tx, by, entry)
    return row.account_id


def too_early(again_from: datetime, now: datetime, timezone: str) -> str:
    """The sentence that refuses "send again" while a late answer may still come."""
    return (
        f"Not yet: the mail server may just be slow. It can be sent again from {when(again_from, now, timezone)}. "
        "Meanwhile look for its Message-ID in the account's Sent folder."
    )


def _lock_unknown(tx: Connection, draft_id: UUID, number: int, by: Actor) -> _UnknownRow:
    """The unknown attempt with this number, its delivery locked. Raises what `explain_conflict` says."""
    this_one = _KNOWN.where(
        Delivery.draft_id == draft_id, Delivery.workspace_id == by.workspace_id, Attempt.number == number
    )
    row = first_row(tx.execute(this_one.with_for_update(of=Delivery)), _UnknownRow)
    if row is not None:
        return row
    why = explain_conflict(tx, draft_id, None, by)
    if why.code == RefusalCode.SEND_OUTCOME_UNKNOWN:
        raise Refusal(
            RefusalCode.STALE_VERSION, "This was about an earlier attempt. Check the card again, then decide."
        )
    if why.code == RefusalCode.NOTHING_TO_DO:
        raise Refusal(RefusalCode.ALREADY_DECIDED, "The outcome is already known: the draft is back in review.")
    raise why


def _server(smtp_url: str, account_id: UUID) -> str | None:
    """The server's name, where this process can read the account's settings: `env:` may be set for workers alone."""
    try:
        return mail_server(smtp_url, account_id).host
    except (ValueError, StillSealed):
        return None


_KNOWN = (
    sa.select(
        *(Attempt.id, Attempt.number, Attempt.phase, Attempt.finished_at, Attempt.message_id),
        *(Delivery.id.label("delivery_id"), Delivery.account_id),
        *(Account.smtp_url, Workspace.timezone),
        sa.func.clock_timestamp().label("now"),
    )
    .join(Delivery, Delivery.attempt_id == Attempt.id)
    .join(Account, Account.id == Delivery.account_id)
    .join(Workspace, Workspace.id == Delivery.workspace_id)
    .where(Delivery.status == DeliveryStatus.OUTCOME_UNKNOWN)
)
