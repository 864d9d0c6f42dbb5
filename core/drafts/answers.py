"""Answers: a message of theirs has at most one that is open or was sent, whoever wrote it and in whichever campaign.

Drafts are email, so this is one answer a message and channel: a task answers nobody. What was rejected, or has expired,
answers nothing any more. The unique index `uq_drafts_one_answer` holds it.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from core.contacts.contacts import lock_key
from core.errors import KeyTaken, Refusal
from core.ids import UUID
from core.models import Draft, InboundMessage
from core.states import ANSWERING
from core.taxonomy import RefusalCode
from core.text.fields import Moment, Strict, TheirId, TheirIds, TheirLine, TheirText


class InboundIn(Strict):
    """The message of theirs that a `reply` answers, as it came: nothing that others wrote into it costs a draft.

    `message_id`, `references` and `in_reply_to` are the values of its headers, which thread the answer (RFC 5322
    §3.6.4): what is an id there is used, what is none is left out.
    """

    subject: TheirLine = ""
    body: TheirText = ""
    message_id: TheirId = None
    references: TheirIds = ()
    in_reply_to: TheirIds = ()
    received_at: Moment | None = None

    def thread(self) -> list[str]:
        """The ids of the thread before it: its References, or else the one message that it answers itself."""
        alone = self.in_reply_to if len(self.in_reply_to) == 1 else ()
        return list(self.references or alone)


@dataclass(frozen=True)
class Writer:
    """Whose message it is, and the key of the draft that is to answer it."""

    workspace_id: UUID
    contact_id: UUID
    email: str = field(repr=False)
    draft_key: str


def keep_message(tx: Connection, writer: Writer, inbound: InboundIn) -> UUID:
    """Idempotent by what tells it from others: keep the contact's message; returns its id.

    Takes a lock on the message until the transaction ends. Raises `KeyTaken`, with the key of the draft, when another
    one answers it already.
    """
    workspace_id, identity = writer.workspace_id, _identity(writer.email, inbound)
    # Of what came twice before there were identities, the second has none; by its Message-ID it is found.
    same = InboundMessage.message_id == identity if inbound.message_id else InboundMessage.identity == identity
    lock_key(tx, workspace_id, f"inbound {identity}")
    first = tx.scalar(
        sa.select(Draft.key)
        .join(InboundMessage)
        .where(
            InboundMessage.workspace_id == workspace_id,
            same,
            Draft.status.in_(ANSWERING),
            Draft.key != writer.draft_key,
        )
        .order_by(Draft.id)
    )
    if first is not None:
        raise KeyTaken(
            f"inbound: draft {first!r} already answers this message, and a message gets one answer. "
            "Send a new version of that draft, or have it rejected first."
        )
    message = {
        "workspace_id": workspace_id,
        "contact_id": writer.contact_id,
        "message_id": inbound.message_id,
        "identity": identity,
        "subject": inbound.subject,
        "body": inbound.body,
        "received_at": inbound.received_at,
        "reference_ids": inbound.thread(),
    }
    tx.execute(insert(InboundMessage).values(message).on_conflict_do_nothing())
    kept: UUID = tx.execute(
        sa.select(InboundMessage.id).where(
            InboundMessage.workspace_id == workspace_id, InboundMessage.identity == identity
        )
    ).scalar_one()
    return kept


def answered_by_another(tx: Connection, draft_id: UUID) -> Refusal | None:
    """The refusal to bring back a draft while another one answers the same message; None while none does."""
    mine, theirs = sa.orm.aliased(Draft), sa.orm.aliased(Draft)
    other = tx.scalar(
        sa.select(theirs.key)
        .join(mine, mine.inbound_message_id == theirs.inbound_message_id)
        .where(mine.id == draft_id, theirs.id != draft_id, theirs.status.in_(ANSWERING))
    )
    if other is None:
        return None
    return Refusal(
        RefusalCode.ALREADY_ANSWERED,
        f"The draft {other} now answers the same message, and a message gets one answer. Reject one of the two.",
    )


def _identity(email: str, inbound: InboundIn) -> str:
    if inbound.message_id:
        return inbound.message_id
    at = inbound.received_at.astimezone(UTC).isoformat(timespec="microseconds") if inbound.received_at else ""
    said = "\n".join((email.lower(), at, inbound.subject, inbound.body))
    return f"sha256:{hashlib.sha256(said.encode()).hexdigest()}"
