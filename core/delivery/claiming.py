"""Claim: take the head of an account's queue, and freeze what will leave, before any I/O."""

from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core import events
from core.actor import SIGNOFF
from core.delivery.finishing import finish
from core.delivery.held import FREE_TO_SEND, HELD, Claimed, Row, claim_lease, word
from core.full_name import full_name
from core.ids import UUID, new_id
from core.mime import Mail, build, make_message_id
from core.models import Account, Attempt, Campaign, Contact, Delivery, Draft, DraftVersion, InboundMessage
from core.taxonomy import AttemptOutcome, DeliveryStatus, Phase, Verb
from core.transports.outcome import Outcome, Reason


def claim(tx: Connection, account_id: UUID) -> Claimed | None:
    """Take the head of the account's queue that may go now: lease, frozen mail and attempt, before any I/O.

    None when nothing is due, or what is due is held or paused. Two claims at once never get the same delivery.
    """
    attempt_id = new_id()
    held = tx.execute(_TAKE_HEAD, {"account": account_id, "attempt": attempt_id, "lease": claim_lease()}).first()
    if held is None:
        return None
    try:
        message_id = make_message_id(attempt_id, held.address.rpartition("@")[2])
        mime, mime_sha256 = _freeze(held, message_id)
    except ValueError:
        # It must not block the queue behind it: an attempt that fails with nothing to hand over.
        message_id, mime, mime_sha256 = f"<{attempt_id.hex}@unsendable.invalid>", b"", ""
    tx.execute(
        _ATTEMPT,
        {
            "id": attempt_id,
            "workspace_id": held.workspace_id,
            "delivery_id": held.id,
            "draft_id": held.draft_id,
            "message_id": message_id,
            "mime": mime,
            "mime_sha256": mime_sha256,
        },
    )
    events.write(
        tx,
        SIGNOFF,
        Verb.CLAIM,
        workspace_id=held.workspace_id,
        draft_id=held.draft_id,
        delivery_id=held.id,
        attempt_id=attempt_id,
        moved=(DeliveryStatus.QUEUED, DeliveryStatus.CLAIMED),
        data={"try": held.tries + 1},
    )
    if not mime:
        finish(tx, attempt_id, Outcome(AttemptOutcome.NOT_SENT, Phase.CONNECT, Reason.UNSENDABLE))
        return None
    return Claimed(attempt_id, held.id, held.draft_id, account_id, held.smtp_url, held.address, held.email, mime)


def _freeze(text: Row, message_id: str) -> tuple[bytes, str]:
    """The mail as it will leave, and its SHA-256. Raises ValueError when an address or a header cannot be sent."""
    mime = build(
        Mail(
            from_name=text.from_name,
            from_address=text.address,
            to_name=full_name(text.first_name, text.last_name),
            to_address=text.email,
            subject=text.subject,
            body=text.body,
            message_id=message_id,
            date=datetime.now(UTC),
            in_reply_to=text.answers,
        )
    )
    return mime.content, mime.sha256


_DUE = (
    sa.select(Delivery.id)
    .join(Campaign, Campaign.id == Delivery.campaign_id)
    .join(Account, Account.id == Delivery.account_id)
    .join(Contact, Contact.id == Delivery.contact_id)
    .where(
        Delivery.account_id == sa.bindparam("account"),
        Delivery.status == word(DeliveryStatus.QUEUED),
        Delivery.due_at <= sa.func.now(),
        *FREE_TO_SEND,
    )
    .order_by(Delivery.priority, Delivery.due_at)
    .limit(sa.literal_column("1"))
    .with_for_update(of=Delivery, skip_locked=True)
    .cte("due")
    .prefix_with("MATERIALIZED", dialect="postgresql")
)

_TAKEN = (
    sa.update(Delivery)
    .where(Delivery.id == _DUE.c.id)
    .values(
        status=DeliveryStatus.CLAIMED,
        attempt_id=sa.bindparam("attempt"),
        lease_until=sa.func.clock_timestamp() + sa.bindparam("lease", type_=sa.Interval),
    )
    .returning(*HELD, Delivery.content_version, Delivery.contact_id, Delivery.account_id)
    .cte("taken")
)

#: Takes the delivery and reads its mail in one go. Foreign keys see to it that all that is joined is there.
_TAKE_HEAD = (
    sa.select(
        *(_TAKEN.c[column.name] for column in HELD),
        DraftVersion.subject,
        DraftVersion.body,
        Contact.email,
        Contact.first_name,
        Contact.last_name,
        Account.address,
        Account.name.label("from_name"),
        Account.smtp_url,
        InboundMessage.message_id.label("answers"),
    )
    .select_from(_TAKEN)
    .join(
        DraftVersion,
        (DraftVersion.draft_id == _TAKEN.c.draft_id) & (DraftVersion.version == _TAKEN.c.content_version),
    )
    .join(Draft, Draft.id == _TAKEN.c.draft_id)
    .join(Contact, Contact.id == _TAKEN.c.contact_id)
    .join(Account, Account.id == _TAKEN.c.account_id)
    .outerjoin(InboundMessage, InboundMessage.id == Draft.inbound_message_id)
)

_ATTEMPT = sa.insert(Attempt)
